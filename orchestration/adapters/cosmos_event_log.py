"""The event log in a container of Cosmos DB.

Events of one record and source lie in one partition, and are read with one request. Questions about all go to each
range of partitions by itself and are merged here: no query needs a plan, nor order across partitions, of the service.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy

from models.record import Json
from orchestration.adapters.cosmos_account import ChangedError, CosmosContainer, MissingError, ranges_of
from orchestration.adapters.cosmos_events import (
    Statement,
    document,
    in_order,
    orderings,
    partition,
)
from orchestration.event import Event
from orchestration.event_text import read
from orchestration.log_query import LogPage, LogQuery, Position
from orchestration.paths import QueuePath
from orchestration.ports import EventRefusedError, StorageUnavailableError

WITHOUT_RANGES_SECONDS = 300.0
"""How long a server that told no ranges of partitions is not asked for them again."""

CONCURRENCY = 16
"""How many requests one call has under way at once."""

_ATTEMPTS = 4
_SKIPPED_AT_ONCE = 1_000


class CosmosEventLog:
    """The port EventLog on a container of Cosmos DB."""

    def __init__(self, container: CosmosContainer) -> None:
        self._container = container
        self._last_written = 0
        self._asks_for_ranges = -math.inf  # the moment from which on, as `time.monotonic` counts

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
        place = partition(path)
        statement = Statement()
        text = (
            "SELECT c.position, c.written, c.event FROM c"  # noqa: S608 - our own words; values are parameters
            f" WHERE c.partition = {statement.parameter(place)} ORDER BY c.position DESC"
        )
        async with self._operation() as container:
            query = container.query_items(
                text, parameters=statement.parameters, partition_key=place, max_item_count=limit
            )
            found = await _first(query, limit)
        newest = sorted(found, key=lambda each: (each["position"].partition(" ")[0], each["written"]), reverse=True)
        return [read(each["event"]) for each in newest]

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds."""
        start = await self._start(query) if query.offset else None
        if query.offset and start is None:
            return LogPage((), None, await self._count(query))
        found = await self._found("c.position, c.event", query, query.size + 1, start)
        texts = tuple(each["event"] for each in found[: query.size])
        following = Position.of(read(texts[-1])) if len(found) > query.size else None
        return LogPage(texts, following, await self._count(query))

    async def catch_up(self, event: Event) -> None:
        """Store an event, unless one of its id with a later time is there."""
        body = document(event, self._written())
        for _ in range(_ATTEMPTS):
            with suppress(ChangedError):  # there is one already
                async with self._operation() as container:
                    await container.create_item(body, no_response=True)
                return
            with suppress(ChangedError, MissingError):  # another came between, or its time to live ended
                async with self._container.operation() as container:
                    await _replace_earlier(container, body)
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

    async def _start(self, query: LogQuery) -> str | None:
        """Return the position of the first event of a page by its number, or none beyond the last event."""
        positions = await self._found("c.position", query, query.offset + 1)
        return str(positions[query.offset]["position"]) if len(positions) > query.offset else None

    async def _found(self, what: str, query: LogQuery, limit: int, start: str | None = None) -> list[Mapping[str, Any]]:
        """Return the documents that a question finds, in its order, up to a limit in each range of partitions."""
        statement = Statement()
        text = f"SELECT {what} FROM c{statement.where(query, start)}"  # noqa: S608 - as above
        *better, plain = (text + order for order in orderings(query))
        for each in better:
            with suppress(EventRefusedError):
                return in_order(await self._of_all(each, statement, limit), newest_first=query.newest_first)
        return in_order(await self._of_all(plain, statement, limit), newest_first=query.newest_first)

    async def _count(self, query: LogQuery) -> int | None:
        """Return how many match, where that was asked for and they are no more than may be looked at."""
        if not query.count:
            return None
        statement = Statement()
        text = f"SELECT VALUE COUNT(1) FROM c{statement.where(_whole(query))}"  # noqa: S608 - as above
        total = sum(await self._of_all(text, statement, 1))
        return total if total <= query.count else None

    async def _of_all(self, text: str, statement: Statement, limit: int) -> list[Any]:
        """Return what a query finds first in each range of partitions, up to a limit in each.

        Of a server that answers, and tells no ranges, all is asked at once for some minutes, as the SDK does it: it may
        know none, or only have been busy.
        """
        asked: dict[str, Any] = {"parameters": statement.parameters, "max_item_count": min(limit, _SKIPPED_AT_ONCE)}
        async with self._operation() as container:
            asks = time.monotonic() >= self._asks_for_ranges
            ranges = await ranges_of(container) if asks else []
            if not ranges:
                found = await _first(container.query_items(text, **asked), limit)
                if asks:
                    self._asks_for_ranges = time.monotonic() + WITHOUT_RANGES_SECONDS
                return found
            places = asyncio.Semaphore(CONCURRENCY)

            async def of_range(feed_range: dict[str, Any]) -> list[Any]:
                async with places:
                    return await _first(container.query_items(text, feed_range=feed_range, **asked), limit)

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


async def _replace_earlier(container: ContainerProxy, body: Json) -> None:
    """Replace the document that has the place of another, unless it is of a later time."""
    found = await container.read_item(body["id"], partition_key=body["partition"])
    if found["position"] <= body["position"]:
        condition = {"etag": found["_etag"], "match_condition": MatchConditions.IfNotModified}
        await container.replace_item(body["id"], body, no_response=True, **condition)


async def _first(found: AsyncIterable[Any], limit: int) -> list[Any]:
    """Return the first things that a query finds; no page is asked for beyond them."""
    first: list[Any] = []
    async for each in found:
        first.append(each)
        if len(first) == limit:
            break
    return first
