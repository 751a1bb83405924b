"""Hints in a container of blobs: small blobs that only say "look at this record"."""

from collections.abc import AsyncIterator

from orchestration.adapters.blob_container import BlobContainer, listed_after
from orchestration.ports import Hint


class BlobHints:
    """The port Hints on a container of blobs."""

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

    async def put(self, name: str, content: bytes = b"") -> str:
        """Write a hint, whether it is there or not, and return its ETag."""
        return await self._container.overwrite(name, content)

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a hint with this ETag; false when it was written anew."""
        return await self._container.delete(name, etag)

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of hints."""
        return await self._container.folders(prefix)

    async def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[Hint]:
        """Yield at most `limit` hints whose names begin with a prefix, by name; none up to `after`."""
        async for blob in listed_after(self._container, prefix, limit, after):
            yield Hint(blob.name, blob.etag)
