"""The queue in a container of blobs: one blob per record and source, named by its path."""

from collections.abc import AsyncIterator
from datetime import datetime

from orchestration.adapters.blob_container import BlobContainer, listed_after
from orchestration.envelope import Envelope
from orchestration.paths import QueuePath
from orchestration.paths import encode as encoded
from orchestration.ports import Depth, Queued, UnreadableError
from orchestration.stored_json import decode, encode


class BlobRecordQueue:
    """The port RecordQueue on a container of blobs.

    An envelope carries its version, so bytes that equal ours are our own version.
    """

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

    async def get(self, path: QueuePath) -> Queued | None:
        """Return what waits at a path, or none; raise UnreadableError when it is no envelope of that path."""
        blob = await self._container.read(str(path))
        if blob is None:
            return None
        try:
            envelope = Envelope.from_json(decode(blob.content))
        except ValueError as error:
            raise UnreadableError(str(error), blob.content, blob.etag) from error
        if envelope.path != path:
            raise UnreadableError("the envelope belongs to another path", blob.content, blob.etag)
        return Queued(envelope, blob.etag)

    async def add(self, envelope: Envelope) -> str:
        """Store an envelope where none waits and return its ETag, or raise LostError."""
        return await self._container.put(str(envelope.path), encode(envelope.to_json()), None)

    async def replace(self, envelope: Envelope, etag: str) -> None:
        """Store an envelope in the place of the one with this ETag, or raise LostError."""
        await self._container.put(str(envelope.path), encode(envelope.to_json()), etag)

    async def etag(self, path: QueuePath) -> str | None:
        """Return the ETag of what waits at a path, or none."""
        return await self._container.etag(str(path))

    async def delete(self, path: QueuePath, etag: str) -> bool:
        """Delete the blob with this ETag; false when a newer one is there."""
        return await self._container.delete(str(path), etag)

    async def older_than(self, moment: datetime, marker: str | None = None) -> tuple[list[str], str | None]:
        """Return the names of blobs last written before a moment, of one page of them all, and the next page's."""
        page = await self._container.page("", marker)
        return [blob.name for blob in page.blobs if blob.written_at < moment], page.marker

    async def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order; none up to `after`."""
        async for blob in listed_after(self._container, prefix, limit, after):
            yield blob.name

    async def depth(self, prefix: str, *, pages: int, client: str | None = None) -> Depth:
        """Count the blobs below a prefix, on so many pages at most."""
        end = "" if client is None else f"/{encoded(client)}"
        waiting, oldest, marker = 0, None, None
        for _ in range(pages):
            page = await self._container.page(prefix, marker)
            written = [blob.written_at for blob in page.blobs if blob.name.endswith(end)]
            waiting += len(written)
            oldest = min((each for each in (oldest, *written) if each), default=None)
            if (marker := page.marker) is None:
                break
        return Depth(waiting, oldest, marker is None)

    async def discard(self, name: str, etag: str) -> bool:
        """Delete a blob by its name; false when a newer one is there."""
        return await self._container.delete(name, etag)

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a blob's bytes and ETag by its name, or none."""
        blob = await self._container.read(name)
        return None if blob is None else (blob.content, blob.etag)
