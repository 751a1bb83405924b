"""Makes the database and the container of the event log in Cosmos DB, which a function run never makes."""

from azure.cosmos import PartitionKey, ThroughputProperties
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from orchestration.adapters.cosmos_events import INDEXING_POLICY, PARTITION_KEY


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
