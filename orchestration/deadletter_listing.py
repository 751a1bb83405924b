"""List the dead letters of a marketplace: found by their hints, never by listing the cache, and read from the cache.

A hint that nothing waits by any more is left out, and removed.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from orchestration.deadletters import DeadLetter, Letter, Unreadable, Wanted, is_own
from orchestration.event import UNREADABLE as UNREADABLE_TYPE
from orchestration.event import unreadable_path
from orchestration.parking import UNREADABLE
from orchestration.paths import PathError, QueuePath
from orchestration.ports import Hint, Ports, UnreadableError

PAGE, LARGEST_PAGE = 20, 100
LOOKS = 1_000
"""The most hints that one question looks at."""

CONCURRENCY = 16
_ALL = 10**9
_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some dead letters: how many hints were looked at, and the key after which to go on, where there are more."""

    letters: tuple[Letter, ...]
    looked: int
    next_key: str | None


class DeadLetterListing:
    """The dead letters of one marketplace."""

    def __init__(self, ports: Ports, marketplace: str, looks: int = LOOKS) -> None:
        self._ports = ports
        self._marketplace = marketplace
        self._looks = looks

    async def page(self, wanted: Wanted, *, after: str = "", size: int = PAGE) -> Page:
        """Return the dead letters that are meant, at most `size`, in the order of their keys after one.

        The hints that are looked at are bounded, so a page may be short though there are more.
        """
        found: list[Letter] = []
        looked, last = 0, None
        async for hints in self._some_at_a_time(wanted, after):
            letters = await asyncio.gather(*(self._read(hint, wanted) for hint in hints))
            for hint, letter in zip(hints, letters, strict=True):
                if len(found) == size or looked == self._looks:
                    return Page(tuple(found), looked, last)
                looked, last = looked + 1, hint.name
                if letter is not None and wanted.means(letter):
                    found.append(letter)
        return Page(tuple(found), looked, None)

    async def _some_at_a_time(self, wanted: Wanted, after: str) -> AsyncIterator[list[Hint]]:
        """Yield the hints in their order, as many at a time as are read side by side."""
        some: list[Hint] = []
        async for hint in self._hints(wanted, after):
            some.append(hint)
            if len(some) == CONCURRENCY:
                yield some
                some = []
        if some:
            yield some

    async def _hints(self, wanted: Wanted, after: str) -> AsyncIterator[Hint]:
        """Yield the hints to postings, then what is unreadable; another marketplace's is not even counted."""
        hints = self._ports.deadletters
        if not after.startswith(UNREADABLE):
            async for hint in hints.list(wanted.prefix(self._marketplace), limit=self._looks + 1, after=after):
                yield hint
        async for hint in hints.list(UNREADABLE, limit=_ALL, after=max(after, UNREADABLE)):
            if is_own(self._marketplace, hint.name):
                yield hint

    async def _read(self, hint: Hint, wanted: Wanted) -> Letter | None:
        """Return what a hint points to, or none where its name is not meant or nothing dead is there."""
        if not wanted.may_be(hint.name):
            return None
        if hint.name.startswith(UNREADABLE):
            return await self._unreadable(hint.name)
        try:
            path = QueuePath.parse(hint.name)
            record = (await self._ports.cache.get(path.record)).record
        except PathError:
            return Unreadable(key=hint.name, cause="the hint's name is no path of a record")
        except UnreadableError as unreadable:
            return Unreadable(key=hint.name, cause=f"what is cached of the record: {unreadable.reason}")
        if dead := record.dead(path.client):
            return DeadLetter(key=hint.name, waiting=dead)
        if record.is_stale(hint.name, path.client):
            await self._ports.deadletters.delete(hint.name, hint.etag)
        return None

    async def _unreadable(self, key: str) -> Unreadable:
        """Return what the log says of bytes that are nothing of ours."""
        path = unreadable_path(key.removeprefix(UNREADABLE))
        for event in await self._ports.log.events(path, limit=_EVENTS):
            if event["ErrorType"] == UNREADABLE_TYPE:
                return Unreadable(key=key, cause=event["Message"], found_at=datetime.fromisoformat(event["Time"]))
        return Unreadable(key=key, cause="the bytes are nothing of ours")
