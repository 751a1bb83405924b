"""What the blob adapters need of a container of blobs; Azure's and the one in memory both keep to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PAGE = 5_000
"""The most blobs that one listing request returns."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as it was read. An ETag is written with its quotes, as HTTP has it."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A blob as a listing shows it; `written_at` may be cut to whole seconds."""

    name: str
    etag: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, and the marker of the page after it; none when this is the last one."""

    blobs: tuple[Listed, ...]
    marker: str | None


class BlobContainer(Protocol):
    """One container. Every method is one request on its happy path and raises StorageUnavailableError.

    Names are taken as they are: neither encoded nor decoded.
    """

    async def read(self, name: str) -> Blob | None:
        """Return a blob, or none; only Azure's word that there is no such blob counts as none."""
        ...

    async def etag(self, name: str) -> str | None:
        """Return the ETag of a blob, or none."""
        ...

    async def put(self, name: str, content: bytes, etag: str | None) -> str:
        """Write a blob in the state that an ETag names (none: no blob yet) and return its new ETag.

        Where another state is met and the very same bytes lie there, an earlier attempt of this write has succeeded
        and only its answer was lost.

        Raises:
            LostError: something else lies there, or nothing any more.
        """
        ...

    async def overwrite(self, name: str, content: bytes) -> str:
        """Write a blob whatever lies there and return its new ETag."""
        ...

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a blob in the state that an ETag names; gone already is success, false: it was written since."""
        ...

    def list(self, prefix: str = "", *, page: int = PAGE) -> AsyncIterator[Listed]:
        """Yield the blobs whose names begin with a prefix, by name; `page` is how many one request asks for."""
        ...

    async def page(self, prefix: str, marker: str | None, *, size: int = PAGE) -> Page:
        """Return one page of such a listing: the first one, or the one that a marker names."""
        ...

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of blobs; the first 5,000, by name."""
        ...


async def listed_after(container: BlobContainer, prefix: str, limit: int, after: str) -> AsyncIterator[Listed]:
    """Yield at most `limit` blobs whose names begin with a prefix, by name; none up to `after`."""
    left = limit
    async for blob in container.list(prefix, page=PAGE if after else limit):
        if blob.name <= after:
            continue
        yield blob
        left -= 1
        if not left:
            return
