"""A Cosmos DB account to test with: COSMOS_ENDPOINT and COSMOS_KEY where they are set, else the stand-in.

In an account each run of tests has a database of its own, and each process of a run, which it takes away again.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from azure.cosmos.exceptions import CosmosResourceNotFoundError
from cosmos_stand_in.running import running_stand_in
from cosmos_stand_in.server import StandIn

from localdev.cosmos_provisioning import make_container, make_database
from orchestration.adapters.cosmos_account import CosmosContainer, connected
from orchestration.adapters.cosmos_event_log import CosmosEventLog

KEY = "c3RhbmQtaW4="


@dataclass(frozen=True)
class Cosmos:
    """An account, and the stand-in if it is one."""

    endpoint: str
    key: str
    stand_in: StandIn | None = None
    database: str = "contract"

    async def credential(self) -> str:
        """Give the account's key."""
        return self.key

    def container(self, name: str, *, seconds: float = 8.0) -> CosmosContainer:
        """Return a container by its name."""
        return CosmosContainer(self.endpoint, self.credential, self.database, name, seconds=seconds)

    @asynccontextmanager
    async def log(self, name: str) -> AsyncIterator[CosmosEventLog]:
        """Give an event log in a container of its own."""
        async with await connected(self.endpoint, self.credential) as client:
            await make_database(client, self.database)
            database = client.get_database_client(self.database)
            await make_container(database, name, ttl=3_600)
            log = CosmosEventLog(self.container(name))
            try:
                yield log
            finally:
                await log.close()
                if self.stand_in is None:
                    await database.delete_container(name)

    async def remove(self) -> None:
        """Take the database away, if there is one."""
        async with await connected(self.endpoint, self.credential) as client:
            with suppress(CosmosResourceNotFoundError):
                await client.delete_database(self.database)


@contextmanager
def cosmos_account() -> Iterator[Cosmos]:
    """Give an account for the length of a block."""
    endpoint, key = os.environ.get("COSMOS_ENDPOINT"), os.environ.get("COSMOS_KEY")
    if endpoint and key:
        account = Cosmos(endpoint, key, database=f"contract-{uuid.uuid4().hex[:12]}")
        try:
            yield account
        finally:
            asyncio.run(account.remove())
        return
    with running_stand_in(KEY) as stand_in:
        yield Cosmos(stand_in.url, KEY, stand_in)
