"""The host's own requests to a storage account: what it lists, reads and puts for the blob trigger.

Each carries `timeout=97`, by which an access log tells the host's requests from those of the app.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient, LinearRetry
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

POISON_QUEUE = "webjobs-blobtrigger-poison"
_MARK: dict[str, Any] = {"timeout": 97}


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as read: its bytes, and what the trigger tells of it."""

    container: str
    name: str
    etag: str
    uri: str
    content: bytes
    properties: dict[str, Any]
    metadata: dict[str, str]


class Storage:
    """One storage account, by its connection string; blob names are never encoded or decoded here."""

    def __init__(self, connection_string: str) -> None:
        # The trigger comes round again by itself, so the SDK's long back-off would only hide an outage.
        options: dict[str, Any] = {"retry_policy": LinearRetry(backoff=0, retry_total=1, random_jitter_range=0)}
        self._blobs = BlobServiceClient.from_connection_string(connection_string, **options)
        self._poison = QueueClient.from_connection_string(
            connection_string, POISON_QUEUE, message_encode_policy=TextBase64EncodePolicy(), **options
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._blobs.close()
        await self._poison.close()

    async def versions(self, container: str) -> dict[str, str]:
        """List a container: the ETag of each blob by its name; a container that is not there has none."""
        listing = self._blobs.get_container_client(container).list_blobs(results_per_page=5000, **_MARK)
        try:
            return {blob.name: _bare(blob.etag) async for blob in listing}
        except ResourceNotFoundError:
            return {}

    async def version(self, container: str, name: str) -> str | None:
        """Ask for a blob's ETag; None when there is no such blob."""
        try:
            properties = await self._blobs.get_blob_client(container, name).get_blob_properties(**_MARK)
        except ResourceNotFoundError:
            return None
        return _bare(properties.etag)

    async def read(self, container: str, name: str) -> Blob | None:
        """Read a blob; None when there is no such blob."""
        client = self._blobs.get_blob_client(container, name)
        try:
            stream = await client.download_blob(**_MARK)
            content = await stream.readall()
        except ResourceNotFoundError:
            return None
        found = stream.properties
        return Blob(container, name, _bare(found.etag), client.url, content, _described(found), found.metadata or {})

    async def put_poison(self, text: str) -> None:
        """Put a message, Base64, on the queue of what could not be processed; the queue is made when needed."""
        try:
            await self._poison.send_message(text, **_MARK)
        except ResourceNotFoundError:
            with suppress(ResourceExistsError):  # another worker was first
                await self._poison.create_queue(**_MARK)
            await self._poison.send_message(text, **_MARK)

    def parse_url(self, url: str) -> tuple[str, str] | None:
        """Take container and name out of the URL of one of this account's blobs; None for any other URL."""
        base = urlsplit(self._blobs.url).path.rstrip("/") + "/"
        path = urlsplit(url).path
        container, slash, name = path.removeprefix(base).partition("/")
        return (container, unquote(name)) if path.startswith(base) and slash and name else None


def _bare(etag: str) -> str:
    """Listings give an ETag without the quotes that headers have."""
    return etag.strip('"')


def _described(properties: BlobProperties) -> dict[str, Any]:
    return {
        "ETag": properties.etag,
        "ContentLength": properties.size,
        "ContentType": properties.content_settings.content_type,
        "ContentEncoding": properties.content_settings.content_encoding,
        "LastModified": properties.last_modified.isoformat(),
        "BlobType": str(properties.blob_type.value),
    }
