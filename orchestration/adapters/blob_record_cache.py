"""The cache in a container of blobs: one blob per record, named by its path."""

from collections.abc import AsyncIterator

from orchestration.adapters.blob_container import BlobContainer, listed_after
from orchestration.cached_record import CachedRecord
from orchestration.paths import RecordPath
from orchestration.ports import Cached, UnreadableError
from orchestration.stored_json import decode, encode


class BlobRecordCache:
    """The port RecordCache on a container of blobs."""

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

    async def get(self, path: RecordPath) -> Cached:
        """Return what is known of a record; raise UnreadableError when the bytes are no cached record."""
        blob = await self._container.read(str(path))
        if blob is None:
            return Cached(CachedRecord(), None)
        try:
            return Cached(CachedRecord.from_json(decode(blob.content)), blob.etag)
        except ValueError as error:
            raise UnreadableError(str(error), blob.content, blob.etag) from error

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        """Store a record in the state that its ETag names and return the new ETag, or raise LostError."""
        return await self._container.put(str(path), encode(record.to_json()), etag)

    async def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order; none up to `after`."""
        async for blob in listed_after(self._container, prefix, limit, after):
            yield blob.name
