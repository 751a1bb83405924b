"""Makes the database and the container of the event log in Cosmos DB, which a function run never makes.

Imported only where Cosmos DB is chosen: its SDK takes a while to load.
"""

import os
from collections.abc import Mapping

from azure.cosmos import PartitionKey, ThroughputProperties
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from orchestration.adapters.azure_identity import AzureIdentity
from orchestration.adapters.cosmos_account import account_credential, connected, translated
from orchestration.adapters.cosmos_events import INDEXING_POLICY, PARTITION_KEY
from orchestration.adapters.key_vault import KeyVaults
from orchestration.adapters.secrets import ReferencedSecrets
from orchestration.adapters.system import SystemClock
from orchestration.settings import Settings


async def provision_event_log(settings: Settings, *, max_throughput: int | None = None) -> Mapping[str, bool]:
    """Make the database and the container that the settings name; return what they are, and whether each is new.

    Raises:
        StorageUnavailableError: the account is not reached, or refuses; the message holds no key.
    """
    identity = AzureIdentity()
    vaults = KeyVaults(identity.credential)
    secrets = ReferencedSecrets(os.environ, vaults, SystemClock(), development=settings.environment == "development")
    credential = account_credential(settings.cosmos_key, secrets, identity.credential)
    try:
        with translated():
            async with await connected(settings.cosmos_endpoint or "", credential) as client:
                database = await make_database(client, settings.cosmos_database)
                proxy = client.get_database_client(settings.cosmos_database)
                ttl = settings.cosmos_ttl_seconds
                container = await make_container(
                    proxy, settings.cosmos_container, ttl=ttl, max_throughput=max_throughput
                )
    finally:
        await vaults.close()
        await identity.close()
    return {
        f"database {settings.cosmos_database}": database,
        f"container {settings.cosmos_container}": container,
    }


async def make_database(client: CosmosClient, name: str) -> bool:
    """Make a database; false when it is there already."""
    try:
        await client.get_database_client(name).read()
    except CosmosResourceNotFoundError:
        await client.create_database_if_not_exists(name)
        return True
    return False


async def make_container(database: DatabaseProxy, name: str, *, ttl: int, max_throughput: int | None = None) -> bool:
    """Make the container of the event log; false when it is there already, which is then left as it is.

    `ttl` is in seconds, -1 for ever; `max_throughput` in RU/s lets it scale by itself, none is for serverless accounts
    and emulators.
    """
    try:
        await database.get_container_client(name).read()
    except CosmosResourceNotFoundError:
        await database.create_container_if_not_exists(
            name,
            PartitionKey(PARTITION_KEY),
            indexing_policy=dict(INDEXING_POLICY),
            default_ttl=ttl,
            offer_throughput=max_throughput and ThroughputProperties(auto_scale_max_throughput=max_throughput),
        )
        return True
    return False
