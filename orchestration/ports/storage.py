"""What the steps need of storage: the queue, the cache, hints, and blobs by their names."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestration.cached_record import CachedRecord
from orchestration.envelope import Envelope
from orchestration.paths import QueuePath, RecordPath


class StorageUnavailableError(Exception):
    """Storage did not answer, or answered with a fault of its own; whether a write happened is not known."""


class LostError(Exception):
    """A conditional write met another state than the one it was conditional on."""


class UnreadableError(Exception):
    """What lies at a path cannot be read as ours; `content` holds its bytes and `etag` its state."""

    def __init__(self, reason: str, content: bytes, etag: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.content = content
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Queued:
    """An envelope that waits in the queue, with the ETag of its blob."""

    envelope: Envelope
    etag: str


@dataclass(frozen=True, slots=True)
class Cached:
    """A cached record with the ETag of its blob; none when there is no blob yet."""

    record: CachedRecord
    etag: str | None


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint that says "look at this record": its name in its container, and its ETag."""

    name: str
    etag: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How many blobs are queued, and when the one that was written longest ago was; `whole`: all were counted."""

    waiting: int
    oldest: datetime | None
    whole: bool


class RecordQueue(Protocol):
    """The queue: one blob per record and source. Every method is one storage request on its happy path."""

    async def get(self, path: QueuePath) -> Queued | None:
        """Return what waits at a path, or none.

        Raises:
            UnreadableError: the bytes there are no envelope.
        """
        ...

    async def add(self, envelope: Envelope) -> str:
        """Store an envelope where none waits and return its ETag; durable when it returns.

        Repeating it after a lost answer is success, told by the version that lies there.

        Raises:
            LostError: another envelope waits there.
        """
        ...

    async def replace(self, envelope: Envelope, etag: str) -> None:
        """Store an envelope in the place of the one with this ETag; repeating it after a lost answer is success.

        Raises:
            LostError: another one, or none, is there now.
        """
        ...

    async def etag(self, path: QueuePath) -> str | None:
        """Return the ETag of what waits at a path, or none when nothing does."""
        ...

    async def delete(self, path: QueuePath, etag: str) -> bool:
        """Delete the blob with this ETag; gone already is success. Return false when a newer one is there."""
        ...

    async def older_than(self, moment: datetime, marker: str | None = None) -> tuple[list[str], str | None]:
        """Return the names of blobs last written before a moment, whatever lies in them, from one page of all names.

        That is the first page or the one that a marker names; the marker of the next one comes with it, if there is
        one. A marker may be kept for as long as one likes.
        """
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order, as `Hints.list` does."""
        ...

    async def depth(self, prefix: str, *, pages: int, client: str | None = None) -> Depth:
        """Count the blobs whose names begin with a prefix, on so many pages at most, one request each.

        Those of one client are told by the ends of their names: all are listed, whoever is meant.
        """
        ...

    async def discard(self, name: str, etag: str) -> bool:
        """Delete a blob by its name, as `delete` does: for names that are no path of ours."""
        ...

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a blob's bytes and ETag by its name, or none: for names that are no path of ours."""
        ...


class RecordCache(Protocol):
    """The cache: one blob per record. Every method is one storage request on its happy path."""

    async def get(self, path: RecordPath) -> Cached:
        """Return what is known of a record; an empty record without an ETag when there is no blob.

        Any failure but "not found" is raised: it never reads as an empty record.

        Raises:
            UnreadableError: the bytes there are no cached record.
        """
        ...

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        """Store a record in the state that its ETag names (none: no blob yet) and return the new ETag.

        Repeating it after a lost answer is success, told by the bytes that lie there.

        Raises:
            LostError: the blob was written by another since.
        """
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order, as `Hints.list` does."""
        ...


class Hints(Protocol):
    """Small blobs of one container that only say "look at this record".

    A wrong hint is harmless, a missing one is not.
    """

    async def put(self, name: str, content: bytes = b"") -> str:
        """Write a hint, whether it is there or not, and return its ETag."""
        ...

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a hint with this ETag; gone already is success. Return false when it was written anew."""
        ...

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of hints, by name; one request."""
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[Hint]:
        """Yield at most `limit` hints whose names begin with a prefix, in the order of their names.

        Names up to `after` are left out; they are listed all the same, some thousands with one request.
        """
        ...


class StoredBlob(Protocol):
    """A blob as it was read."""

    @property
    def content(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def etag(self) -> str:
        """Its state."""
        ...


class NamedBlob(Protocol):
    """A blob as a listing shows it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class Blobs(Protocol):
    """Blobs of one container, by their names. Every method raises StorageUnavailableError."""

    async def read(self, name: str) -> StoredBlob | None:
        """Return a blob, or none."""
        ...

    async def overwrite(self, name: str, content: bytes) -> str:
        """Write a blob whatever lies there and return its ETag; durable when it returns."""
        ...

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a blob with this ETag; gone already is success. Return false when it was written anew."""
        ...

    def list(self, prefix: str = "", *, page: int = 5_000) -> AsyncIterator[NamedBlob]:
        """Yield the blobs whose names begin with a prefix, by name; `page` is how many one request asks for."""
        ...
