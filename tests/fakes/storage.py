"""Containers of blobs in memory, with Azure's conditional writes and ETags, under the adapters that use Azure's too.

Contents are bytes and only bytes, so nothing is shared by reference. A pipeline's crash or a lost answer is made by
a container's hooks: `before` runs before a request has any effect, `after` when it has had it.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fakes.clock import FakeClock
from orchestration.adapters.blob_container import PAGE, Blob, Listed, Page
from orchestration.adapters.blob_hints import BlobHints
from orchestration.adapters.blob_record_cache import BlobRecordCache
from orchestration.adapters.blob_record_queue import BlobRecordQueue
from orchestration.ports import Clock, LostError

type Hook = Callable[[str, str], Awaitable[None]]
"""Is told the method of a request and the name of its blob; may raise in its place."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob as it lies in memory."""

    content: bytes
    etag: str
    written_at: datetime


async def let_others_run(_method: str, _name: str) -> None:
    """Give up control once, so that other runs come between."""
    await asyncio.sleep(0)


async def do_nothing(_method: str, _name: str) -> None:
    """Let the answer through."""


class MemoryContainer:
    """One container: `blobs` by name, and `requests` as method and name, in order."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._states = itertools.count(1)
        self._lost = False
        self.blobs: dict[str, Stored] = {}
        self.requests: list[tuple[str, str]] = []
        self.before: Hook = let_others_run
        self.after: Hook = do_nothing

    def lose_answer(self) -> None:
        """Lose the answer to the next write or delete once it has had its effect: it is repeated, as the SDK does."""
        self._lost = True

    async def read(self, name: str) -> Blob | None:
        """Return a blob, or none."""
        await self._begin("GET", name)
        found = self.blobs.get(name)
        await self.after("GET", name)
        return None if found is None else Blob(found.content, found.etag)

    async def etag(self, name: str) -> str | None:
        """Return the ETag of a blob, or none."""
        await self._begin("HEAD", name)
        found = self._state(name)
        await self.after("HEAD", name)
        return found

    async def put(self, name: str, content: bytes, etag: str | None) -> str:
        """Write a blob in the state that an ETag names and return its new ETag."""
        await self._begin("PUT", name)
        if self._state(name) == etag:
            written = self._write(name, content)
            await self.after("PUT", name)
            return await self.put(name, content, etag) if self._answer_is_lost() else written
        await self.after("PUT", name)
        found = await self.read(name)
        if found is None or found.content != content:
            raise LostError(name)
        return found.etag

    async def overwrite(self, name: str, content: bytes) -> str:
        """Write a blob whatever lies there and return its new ETag."""
        await self._begin("PUT", name)
        written = self._write(name, content)
        await self.after("PUT", name)
        return await self.overwrite(name, content) if self._answer_is_lost() else written

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a blob in the state that an ETag names; false when it was written since."""
        await self._begin("DELETE", name)
        deleted = self._state(name) in (etag, None)
        if deleted:
            self.blobs.pop(name, None)
        await self.after("DELETE", name)
        return await self.delete(name, etag) if self._answer_is_lost() else deleted

    async def list(self, prefix: str = "", *, page: int = PAGE) -> AsyncIterator[Listed]:
        """Yield the blobs whose names begin with a prefix, by name; a page shows what is there when it is asked for."""
        marker = None
        while True:
            found = await self.page(prefix, marker, size=page)
            for blob in found.blobs:
                yield blob
            if (marker := found.marker) is None:
                return

    async def page(self, prefix: str, marker: str | None, *, size: int = PAGE) -> Page:
        """Return one page of such a listing; it shows what is there when it is asked for."""
        await self._begin("LIST", prefix)
        names = sorted(name for name in self.blobs if name.startswith(prefix) and name > (marker or ""))
        found = [(name, self.blobs[name]) for name in names[:size]]
        await self.after("LIST", prefix)
        listed = tuple(Listed(name, blob.etag, blob.written_at) for name, blob in found)
        return Page(listed, found[-1][0] if len(names) > size else None)

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of blobs."""
        await self._begin("LIST", prefix)
        rests = [name.removeprefix(prefix) for name in self.blobs if name.startswith(prefix)]
        await self.after("LIST", prefix)
        return tuple(sorted({rest.partition("/")[0] for rest in rests if "/" in rest})[:PAGE])

    async def _begin(self, method: str, name: str) -> None:
        self.requests.append((method, name))
        await self.before(method, name)

    def _state(self, name: str) -> str | None:
        return self.blobs[name].etag if name in self.blobs else None

    def _write(self, name: str, content: bytes) -> str:
        stored = Stored(content, f'"0x{next(self._states):X}"', self._clock.now())
        self.blobs[name] = stored
        return stored.etag

    def _answer_is_lost(self) -> bool:
        lost, self._lost = self._lost, False
        return lost


class MemoryRecordQueue(BlobRecordQueue):
    """The port RecordQueue on a container in memory."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.container = MemoryContainer(clock)
        super().__init__(self.container)


class MemoryRecordCache(BlobRecordCache):
    """The port RecordCache on a container in memory."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.container = MemoryContainer(clock)
        super().__init__(self.container)


class MemoryHints(BlobHints):
    """The port Hints on a container in memory."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.container = MemoryContainer(clock)
        super().__init__(self.container)
