"""Azure Blob Storage: how the service is reached, and one container of it.

The one place that knows azure-core's exceptions. It never creates a container: a function run never does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from azure.core import MatchConditions
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.storage.blob.aio import BlobServiceClient, LinearRetry

from orchestration.adapters.blob_container import PAGE, Blob, Listed, Page
from orchestration.ports import LostError, StorageUnavailableError

OPERATION_SECONDS = 8.0
"""The longest that one operation takes with all its retries: far below the lifetime of a claim."""

API_VERSION = "2025-11-05"
"""The newest version that Azurite 3.35 knows; the service keeps all earlier ones."""

# A wait of 0.05 to 0.75 s before each retry; the SDK's own waits begin at 12 s.
_RETRIES: Mapping[str, Any] = {"retry_total": 3, "backoff": 0.4, "random_jitter_range": 0.35}


class _MissingError(Exception):
    """Azure says that there is no such blob; that a container is missing is another answer."""


def blob_service(
    connection_string: str | None,
    service_uri: str | None,
    credential: Callable[[], AsyncTokenCredential],
    transport: AsyncHttpTransport[Any, Any] | None = None,
) -> BlobServiceClient:
    """Return the storage account, by its connection string, else by its URI and a credential made only then.

    No request is made yet. Who opens it closes it.
    """
    options: dict[str, Any] = {
        "api_version": API_VERSION,
        "retry_policy": LinearRetry(**_RETRIES),
        "connection_timeout": 2,
        "read_timeout": 4,
        **({"transport": transport} if transport else {}),
    }
    if connection_string:
        return BlobServiceClient.from_connection_string(connection_string, **options)
    if service_uri:
        return BlobServiceClient(service_uri, credential(), **options)
    raise ValueError("a storage account is reached by its connection string or its URI")


class AzureBlobContainer:
    """A container of the storage account; see BlobContainer for what its methods promise."""

    def __init__(self, service: BlobServiceClient, name: str, *, seconds: float = OPERATION_SECONDS) -> None:
        self._client = service.get_container_client(name)
        self._name = name
        self._seconds = seconds

    async def check(self) -> None:
        """Ask for the container, which every request of ours needs.

        Raises:
            StorageUnavailableError: it is not there, or not reached.
        """
        async with self._operation():
            await self._client.get_container_properties()

    async def read(self, name: str) -> Blob | None:
        """Return a blob, or none."""
        try:
            async with self._operation():
                stream = await self._client.download_blob(name)
                return Blob(await stream.readall(), _quoted(stream.properties.etag))
        except _MissingError:
            return None
        except LostError as error:  # written anew between two parts of a long download
            raise StorageUnavailableError(f"{self._name}: changed while it was read") from error

    async def etag(self, name: str) -> str | None:
        """Return the ETag of a blob, or none."""
        try:
            async with self._operation():
                return _quoted((await self._client.get_blob_client(name).get_blob_properties()).etag)
        except _MissingError:
            return None

    async def put(self, name: str, content: bytes, etag: str | None) -> str:
        """Write a blob in the state that an ETag names and return its new ETag."""
        try:
            if etag is None:
                return await self._upload(name, content, overwrite=False)
            return await self._upload(name, content, overwrite=True, **_if_match(etag))
        except LostError:
            found = await self.read(name)
            if found is None or found.content != content:
                raise
            return found.etag

    async def overwrite(self, name: str, content: bytes) -> str:
        """Write a blob whatever lies there and return its new ETag."""
        return await self._upload(name, content, overwrite=True)

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a blob in the state that an ETag names; false when it was written since."""
        try:
            async with self._operation():
                await self._client.delete_blob(name, **_if_match(etag))
        except _MissingError:
            return True
        except LostError:  # Azurite says so too when the blob is gone
            return await self.etag(name) is None
        return True

    async def list(self, prefix: str = "", *, page: int = PAGE) -> AsyncIterator[Listed]:
        """Yield the blobs whose names begin with a prefix, by name."""
        marker = None
        while True:
            found = await self.page(prefix, marker, size=page)
            for blob in found.blobs:
                yield blob
            if (marker := found.marker) is None:
                return

    async def page(self, prefix: str, marker: str | None, *, size: int = PAGE) -> Page:
        """Return one page of such a listing."""
        listing = self._client.list_blobs(name_starts_with=prefix or None, results_per_page=min(size, PAGE))
        pages = listing.by_page(marker)
        async with self._operation():
            blobs = [each async for each in await anext(aiter(pages))]
        listed = tuple(Listed(blob.name, _quoted(blob.etag), blob.last_modified) for blob in blobs)
        return Page(listed, pages.continuation_token or None)  # type: ignore[attr-defined]  # the SDK's pages have it

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of blobs."""
        listing = self._client.walk_blobs(name_starts_with=prefix or None, delimiter="/", results_per_page=PAGE)
        async with self._operation():
            found = [each.name async for each in await anext(aiter(listing.by_page()))]
        return tuple(name.removeprefix(prefix).removesuffix("/") for name in found if name.endswith("/"))

    async def _upload(self, name: str, content: bytes, *, overwrite: bool, **condition: Any) -> str:
        """Put a blob with one request, as the SDK does it for bodies of up to 64 MB."""
        async with self._operation():
            written = await self._client.get_blob_client(name).upload_blob(content, overwrite=overwrite, **condition)
            return _quoted(written["etag"])

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """Bound an operation's time, and translate what Azure, the network or that bound raise.

        Raises:
            LostError: the blob is in another state than the one asked for.
            _MissingError: there is no such blob.
            StorageUnavailableError: anything else.
        """
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except HttpResponseError as error:
            code = getattr(error, "error_code", None)  # only what the service answered has one
            match code:
                case "BlobNotFound":
                    raise _MissingError from error
                case "BlobAlreadyExists" | "ConditionNotMet":
                    raise LostError(f"{self._name}: {error.status_code}") from error
                case _:
                    raise StorageUnavailableError(f"{self._name}: {error.status_code} {code}") from error
        except (AzureError, TimeoutError) as error:
            raise StorageUnavailableError(f"{self._name}: {type(error).__name__}") from error


def _if_match(etag: str) -> Mapping[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _quoted(etag: str) -> str:
    """Return an ETag with its quotes, which listings leave out."""
    return f'"{etag.strip('"')}"'
