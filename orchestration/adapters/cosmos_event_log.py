"""The event log in a container of Cosmos DB.

Events of one record and source lie in one partition, and are read with one request. Questions about all go to each
range of partitions by itself and are merged here: no query needs a plan, nor order across partitions, of the service.
"""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy

from models.record import Json
from orchestration.adapters.cosmos_account import ChangedError, CosmosContainer, MissingError
from orchestration.adapters.cosmos_events import (
    Statement,
    document,
    event_of,
    in_order,
    ordering,
    partition,
)
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery, Position
from orchestration.paths import QueuePath
from orchestration.ports import StorageUnavailableError

CONCURRENCY = 16
"""How many requests one call has under way at once."""

_ATTEMPTS = 4
_SKIPPED_AT_ONCE = 1_000


class CosmosEventLog:
    """The port EventLog on a container of Cosmos DB."""

    def __init__(self, container: CosmosContainer) -> None:
        self._container = container
        self._last_written = 0

    async def write(self, event: Event) -> None:
        """Store an event, over the one with its id if there is one."""
        async with self._operation() as container:
            await self._upsert(container, event)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, a request for each and some at once: a transaction does not reach beyond one partition."""
        places = asyncio.Semaphore(CONCURRENCY)

        async def stored(event: Event) -> None:
            async with places:
                await self.write(event)

        ended = await asyncio.gather(*(stored(event) for event in events), return_exceptions=True)
        for failure in ended:
            if failure is not None:
                raise failure

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first."""
        statement = "SELECT c.position, c.written, c.event FROM c ORDER BY c.position DESC"
        async with self._operation() as container:
            query = container.query_items(statement, partition_key=partition(path), max_item_count=limit)
            found = await _first(query, limit)
        newest = sorted(found, key=lambda each: (each["position"].partition(" ")[0], each["written"]), reverse=True)
        return [event_of(each) for each in newest]

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds."""
        start = await self._start(query) if query.offset else None
        if query.offset and start is None:
            return LogPage([], None, await self._count(query) if query.total else None)
        statement = Statement()
        text = f"SELECT c.position, c.event FROM c{statement.where(query, start)}{ordering(query)}"  # noqa: S608 - our own words; values are parameters
        found = in_order(await self._of_all(text, statement, query.size + 1), newest_first=query.newest_first)
        items = [event_of(each) for each in found[: query.size]]
        total = await self._count(query) if query.total else None
        return LogPage(items, Position.of(items[-1]) if len(found) > query.size else None, total)

    async def catch_up(self, event: Event) -> None:
        """Store an event, unless one of its id with a later time is there."""
        for _ in range(_ATTEMPTS):
            try:
                async with self._operation() as container:
                    await self._store_if_latest(container, event)
            except ChangedError:
                continue
            return
        raise StorageUnavailableError("Cosmos DB: an event is being written by others")

    async def check(self) -> None:
        """Ask for the container.

        Raises:
            StorageUnavailableError: it is not there, or not reached.
        """
        async with self._operation() as container:
            await container.read()

    async def close(self) -> None:
        """Close the connections."""
        await self._container.close()

    async def _upsert(self, container: ContainerProxy, event: Event) -> None:
        await container.upsert_item(document(event, self._written()), no_response=True, retry_write=2)

    async def _store_if_latest(self, container: ContainerProxy, event: Event) -> None:
        body = document(event, self._written())
        try:
            async with self._container.operation():
                found = await container.read_item(body["id"], partition_key=body["partition"])
        except MissingError:
            await container.create_item(body, no_response=True)
            return
        if found["position"] <= body["position"]:
            condition = {"etag": found["_etag"], "match_condition": MatchConditions.IfNotModified}
            await container.replace_item(found["id"], body, no_response=True, **condition)

    async def _start(self, query: LogQuery) -> str | None:
        """Return the position of the first event of a page by its number, or none beyond the last event."""
        statement = Statement()
        text = f"SELECT c.position FROM c{statement.where(query)}{ordering(query)}"  # noqa: S608 - as above
        positions = in_order(await self._of_all(text, statement, query.offset + 1), newest_first=query.newest_first)
        return str(positions[query.offset]["position"]) if len(positions) > query.offset else None

    async def _count(self, query: LogQuery) -> int:
        statement = Statement()
        text = f"SELECT VALUE COUNT(1) FROM c{statement.where(_whole(query))}"  # noqa: S608 - as above
        return sum(await self._of_all(text, statement, 1))

    async def _of_all(self, text: str, statement: Statement, limit: int) -> list[Any]:
        """Return what a query finds first in each range of partitions, up to a limit in each."""
        async with self._operation() as container:
            ranges = [each async for each in container.read_feed_ranges()]
            places = asyncio.Semaphore(CONCURRENCY)

            async def of_range(feed_range: dict[str, Any]) -> list[Any]:
                async with places:
                    size = min(limit, _SKIPPED_AT_ONCE)
                    query = container.query_items(
                        text, parameters=statement.parameters, feed_range=feed_range, max_item_count=size
                    )
                    return await _first(query, limit)

            return [each for found in await asyncio.gather(*map(of_range, ranges)) for each in found]

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[ContainerProxy]:
        try:
            async with self._container.operation() as container:
                yield container
        except MissingError as error:
            raise StorageUnavailableError("Cosmos DB: no such database or container; see `provision`") from error

    def _written(self) -> int:
        """Return a number that grows with each write of this process: microseconds, which a double holds exactly."""
        self._last_written = max(self._last_written + 1, time.time_ns() // 1_000)
        return self._last_written


def _whole(query: LogQuery) -> LogQuery:
    """Return a question without the place of its page."""
    return replace(query, after=None, offset=0)


async def _first(found: AsyncIterable[Any], limit: int) -> list[Any]:
    """Return the first things that a query finds; no page is asked for beyond them."""
    first: list[Any] = []
    async for each in found:
        first.append(each)
        if len(first) == limit:
            break
    return first
