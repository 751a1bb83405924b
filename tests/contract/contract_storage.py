"""A container to test with, in memory or on Azurite, and the wire to Azurite."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient

from orchestration.adapters.blob_container import BlobContainer
from orchestration.adapters.blob_storage import AzureBlobContainer


async def do_nothing() -> None:
    """Let nothing happen."""


def no_credential() -> Any:
    raise AssertionError("a connection string needs no credential")


class Wire(AioHttpTransport):
    """The way to Azurite: notes each request, and loses the answer to a write when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, str]] = []
        self._meanwhile: Callable[[], Awaitable[object]] | None = None

    def lose_answer(self, meanwhile: Callable[[], Awaitable[object]] = do_nothing) -> None:
        """Lose the answer to the next write or delete; something may happen before that is repeated."""
        self._meanwhile = meanwhile

    async def send(self, request: Any, **config: Any) -> Any:
        """Send a request; raise what the SDK raises when the connection breaks before the answer."""
        self.requests.append((request.method, unquote(urlsplit(request.url).path)))
        response = await super().send(request, **config)
        if self._meanwhile and request.method in ("PUT", "DELETE"):
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
            raise ServiceResponseError("the connection broke")
        return response


class LosesAnswers(Protocol):
    """What can lose the answer to a write, which is then repeated."""

    def lose_answer(self) -> None: ...


@dataclass(frozen=True)
class Storage:
    """One container, and what loses its answers."""

    container: BlobContainer
    faults: LosesAnswers


@dataclass(frozen=True)
class Account:
    """A storage account, and the wire to it."""

    service: BlobServiceClient
    wire: Wire

    async def container(self, name: str) -> AzureBlobContainer:
        """Make a container; the wire forgets what that took."""
        await self.service.create_container(name)
        self.wire.requests.clear()
        return AzureBlobContainer(self.service, name)
