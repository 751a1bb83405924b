"""Counts of what is queued, parked or dead in a marketplace: from names and hints, within bounds that are told.

Hints only say "look here", so a count may be off by records that are just being worked on.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from models.record import Json
from orchestration.event import UNREADABLE
from orchestration.parking import DUE, PAUSED, hint_path
from orchestration.paths import QueuePath, encode
from orchestration.ports import Hints, Ports, UnreadableError

CONCURRENCY = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLimits:
    """The bounds of counting.

    Attributes:
        pages: how many pages of the queue's names are read, 5,000 names each.
        clients: of how many clients what is parked is counted.
        hints: how many hints are counted, of each client where they are kept by client.
        looks: how many records are read for their causes.
    """

    pages: int = 4
    clients: int = 100
    hints: int = 5_000
    looks: int = 100


@dataclass(frozen=True, slots=True)
class _Found:
    """Where something waits, and whether these are all."""

    paths: list[QueuePath]
    whole: bool


class WaitingCounts:
    """Counts what waits in one marketplace; of one client and one record type, where they are given."""

    def __init__(
        self,
        ports: Ports,
        marketplace: str,
        limits: WaitingLimits | None = None,
        *,
        client: str | None = None,
        record_type: str | None = None,
    ) -> None:
        self._ports = ports
        self._prefix = "".join(f"{encode(each)}/" for each in (marketplace, record_type) if each is not None)
        self._client = client
        self._limits = limits or WaitingLimits()

    async def to_json(self) -> Json:
        """Return what is queued, parked and dead by the names of the HTTP API."""
        depth = await self._ports.queue.depth(self._prefix, pages=self._limits.pages, client=self._client)
        age = None if depth.oldest is None else max((self._ports.clock.now() - depth.oldest).total_seconds(), 0.0)
        return {
            "Queue": {"Waiting": depth.waiting, "OldestSeconds": age, "Whole": depth.whole},
            "Parked": await self._told(await self._parked()),
            "Dead": await self._told(await self._dead()),
        }

    async def _parked(self) -> _Found:
        """Find what is parked, paused or not; its hints are kept by client, those of all marketplaces side by side."""
        paths, whole = dict[QueuePath, None](), True
        for folder in (DUE, PAUSED):
            clients = await self._ports.parked.folders(folder) if self._client is None else [encode(self._client)]
            whole = whole and len(clients) <= self._limits.clients
            for client in clients[: self._limits.clients]:
                found = await self._found(self._ports.parked, f"{folder}{client}/", hint_path)
                paths |= dict.fromkeys(found.paths)
                whole = whole and found.whole
        return _Found(list(paths), whole)

    async def _dead(self) -> _Found:
        return await self._found(self._ports.deadletters, self._prefix, QueuePath.parse)

    async def _found(self, box: Hints, prefix: str, path_of: Callable[[str], QueuePath]) -> _Found:
        """Find what the hints below a prefix point to in this marketplace."""
        paths: list[QueuePath] = []
        count = 0
        async for hint in box.list(prefix, limit=self._limits.hints + 1):
            count += 1
            try:
                path = path_of(hint.name)
            except ValueError:  # it is no hint of ours, and the sweep's to remove
                continue
            mine = self._client in (None, path.client)
            if count <= self._limits.hints and mine and str(path).startswith(self._prefix):
                paths.append(path)
        return _Found(paths, count <= self._limits.hints)

    async def _told(self, found: _Found) -> Json:
        """Return how many there are, by client, and by class of failure where that was looked at."""
        looked = list(_spread(found.paths))[: self._limits.looks]
        places = asyncio.Semaphore(CONCURRENCY)

        async def look(path: QueuePath) -> str | None:
            async with places:
                return await self._error_type(path)

        causes = Counter(each for each in await asyncio.gather(*map(look, looked)) if each is not None)
        clients = Counter(path.client for path in found.paths)
        return {
            "Count": len(found.paths),
            "Clients": dict(sorted(clients.items())),
            "ErrorTypes": dict(sorted(causes.items())),
            "Looked": len(looked),
            "Whole": found.whole,
        }

    async def _error_type(self, path: QueuePath) -> str | None:
        """Return the class of the failure by which a posting waits; none where it does so no more."""
        try:
            waiting = (await self._ports.cache.get(path.record)).record.waiting.get(path.client)
        except UnreadableError:
            return UNREADABLE
        return waiting.error_type if waiting else None


def _spread(paths: Iterable[QueuePath]) -> Iterator[QueuePath]:
    """Yield paths, one of each client in turn, so that no client's hide another's."""
    turns: dict[str, list[QueuePath]] = {}
    for path in paths:
        turns.setdefault(path.client, []).append(path)
    for turn in zip_longest(*turns.values()):
        yield from (path for path in turn if path is not None)
