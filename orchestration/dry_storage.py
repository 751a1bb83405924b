"""Storage, event log and seals of a dry run: reads come from the real ports, writes stay in memory and are seen there.

A run on these goes the way of any other, claim and conditional writes included, and leaves nothing behind. What it
reads back are values that were bytes meanwhile, as in storage: their keys are in the order that storage gives them.
"""

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.envelope import Envelope
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import (
    Cached,
    Depth,
    EventLog,
    Hint,
    LostError,
    Queued,
    RecordCache,
    RecordQueue,
    Seals,
    UnreadableError,
)
from orchestration.sealing import HIDDEN, Sealed
from orchestration.stored_json import decode, encode


class DryQueue:
    """The port RecordQueue: what is queued, and laid over it what the dry run has queued and removed."""

    def __init__(self, queue: RecordQueue) -> None:
        self._queue = queue
        self._laid: dict[str, Queued | None] = {}
        self._states = itertools.count(1)

    async def get(self, path: QueuePath) -> Queued | None:
        """Return what waits at a path, or none; what was read once stays so for this dry run."""
        name = str(path)
        if name not in self._laid:
            self._laid[name] = await self._queue.get(path)
        return self._laid[name]

    async def add(self, envelope: Envelope) -> str:
        """Lay an envelope where none waits and return its ETag, or raise LostError."""
        try:
            waiting = await self.get(envelope.path)
        except UnreadableError as unreadable:
            raise LostError(str(envelope.path)) from unreadable
        if waiting is not None:
            raise LostError(str(envelope.path))
        return self._lay(envelope)

    async def replace(self, envelope: Envelope, etag: str) -> None:
        """Lay an envelope in the place of the one with this ETag, or raise LostError."""
        if await self.etag(envelope.path) != etag:
            raise LostError(str(envelope.path))
        self._lay(envelope)

    async def etag(self, path: QueuePath) -> str | None:
        """Return the ETag of what waits at a path, or none."""
        name = str(path)
        if name not in self._laid:
            return await self._queue.etag(path)
        laid = self._laid[name]
        return laid.etag if laid else None

    async def delete(self, path: QueuePath, etag: str) -> bool:
        """Have what waits at a path with this ETag no more; false when another is there."""
        found = await self.etag(path)
        if found not in (None, etag):
            return False
        self._laid[str(path)] = None
        return True

    async def older_than(self, moment: datetime, marker: str | None = None) -> tuple[list[str], str | None]:
        """Return the names of blobs last written before a moment, as they really are."""
        return await self._queue.older_than(moment, marker)

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield the names of blobs, as they really are."""
        return self._queue.list(prefix, limit=limit, after=after)

    async def depth(self, prefix: str, *, pages: int, client: str | None = None) -> Depth:
        """Count blobs, as they really are."""
        return await self._queue.depth(prefix, pages=pages, client=client)

    async def discard(self, name: str, etag: str) -> bool:  # noqa: ARG002 - what is not ours cannot be written anew here
        """Have a blob no more."""
        self._laid[name] = None
        return True

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a blob's bytes and ETag, as they really are."""
        return await self._queue.read(name)

    def _lay(self, envelope: Envelope) -> str:
        etag = f"dry-{next(self._states)}"
        self._laid[str(envelope.path)] = Queued(Envelope.from_json(decode(encode(envelope.to_json()))), etag)
        return etag


class DryCache:
    """The port RecordCache: what is cached, and laid over it what the dry run has written.

    Attributes:
        read: each record as it was when the dry run first asked for it.
    """

    def __init__(self, cache: RecordCache) -> None:
        self._cache = cache
        self._laid: dict[RecordPath, Cached] = {}
        self._states = itertools.count(1)
        self.read: dict[RecordPath, CachedRecord] = {}

    async def get(self, path: RecordPath) -> Cached:
        """Return what is known of a record; what was read once stays so for this dry run."""
        if path not in self._laid:
            self._laid[path] = await self._cache.get(path)
            self.read[path] = self._laid[path].record
        return self._laid[path]

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        """Lay a record in the state that its ETag names and return the new ETag, or raise LostError."""
        if (await self.get(path)).etag != etag:
            raise LostError(str(path))
        written = f"dry-{next(self._states)}"
        self._laid[path] = Cached(CachedRecord.from_json(decode(encode(record.to_json()))), written)
        return written

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield the names of blobs, as they really are."""
        return self._cache.list(prefix, limit=limit, after=after)


class DryHints:
    """The port Hints with those of the dry run alone: what waits already is no concern of what is planned."""

    def __init__(self) -> None:
        self._laid: dict[str, str] = {}
        self._states = itertools.count(1)

    async def put(self, name: str, content: bytes = b"") -> str:  # noqa: ARG002 - nobody reads what a dry run keeps
        """Lay a hint, whether it is there or not, and return its ETag."""
        self._laid[name] = f"dry-{next(self._states)}"
        return self._laid[name]

    async def delete(self, name: str, etag: str) -> bool:
        """Have a hint with this ETag no more; false when it was laid anew."""
        if self._laid.get(name, etag) != etag:
            return False
        self._laid.pop(name, None)
        return True

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of hints, by name."""
        below = (name.removeprefix(prefix) for name in self._laid if name.startswith(prefix))
        return tuple(sorted({name.partition("/")[0] for name in below if "/" in name}))

    async def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[Hint]:
        """Yield at most `limit` hints whose names begin with a prefix, by name; none up to `after`."""
        names = sorted(name for name in self._laid if name.startswith(prefix) and name > after)
        for name in names[:limit]:
            yield Hint(name, self._laid[name])


class DryEventLog:
    """The port EventLog: `written` has the events that there would be, in order; asked is the real log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.written: list[Event] = []

    async def write(self, event: Event) -> None:
        """Keep an event."""
        self.written.append(event)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Keep events."""
        self.written += events

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source that are really logged."""
        return await self._log.events(path, limit=limit)

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that are really logged."""
        return await self._log.query(query)

    async def catch_up(self, event: Event) -> None:
        """Keep an event."""
        self.written.append(event)


class DrySeals:
    """The port Seals that shows nothing: what is sealed opens as the mark that stands for it."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    async def seal(self, text: str, record: RecordPath, field: str) -> Json:
        """Return a value as it may rest in a posting."""
        return await self._seals.seal(text, record, field)

    async def open(self, sealed: Sealed, record: RecordPath, field: str) -> str:
        """Return what is shown in the place of the value, where it could be opened; raise as the real port does."""
        await self._seals.open(sealed, record, field)
        return HIDDEN
