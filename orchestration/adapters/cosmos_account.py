"""One container of a Cosmos DB account: how it is reached, and what its errors mean. It makes none: a run never does.

The one place that knows the exceptions of the SDK. No message holds the key, nor a text that may be one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from orchestration.failures import Failure
from orchestration.ports import EventRefusedError, Secrets, StorageUnavailableError

OPERATION_SECONDS = 8.0
"""The longest that one operation takes with all its retries: far below the lifetime of a claim."""

RANGES_SECONDS = 2.0
"""The longest that the ranges of partitions are asked for; it is done once, and takes a few milliseconds."""

type Credential = Callable[[], Awaitable[str | AsyncTokenCredential]]
"""Gives the account's key, or a credential of Entra ID."""

# Throttled requests wait as long as the service asks, and a few seconds in all; then the outbox takes the event.
_RETRIES: Mapping[str, Any] = {
    "retry_throttle_total": 5,
    "retry_throttle_backoff_max": 3,
    "retry_total": 2,
    "retry_backoff_max": 2,
}

# The REST reference asks for it where a query goes to several partitions; for a range of them the SDK leaves it out,
# and lets nobody add it to one request. Where it says nothing new it changes nothing.
_HEADERS = {"x-ms-documentdb-query-enablecrosspartition": "True"}


def account_credential(key: str | None, secrets: Secrets, identity: Callable[[], AsyncTokenCredential]) -> Credential:
    """Return what opens an account: the key that a reference names, else the app's own identity."""

    async def credential() -> str | AsyncTokenCredential:
        return await secrets.resolve(key) if key else identity()

    return credential


class MissingError(Exception):
    """There is no such document, or no such container."""


class ChangedError(Exception):
    """A document is in another state than the one that a write was conditional on."""


async def connected(endpoint: str, credential: Credential) -> CosmosClient:
    """Return the client of an account, which has asked it where it is; who gets it closes it.

    Raises:
        StorageUnavailableError: the address or the key is none; and what `translated` translates.
    """
    key = await credential()
    try:
        client = CosmosClient(
            endpoint,
            key,
            connection_timeout=2,
            read_timeout=5,
            enable_compact_utf8_item_writes=True,
            enable_endpoint_discovery=has_regions(endpoint),
            headers=_HEADERS,
            **_RETRIES,
        )
        try:
            return await client.__aenter__()
        except BaseException:
            await client.close()
            raise
    except ValueError:  # its words may hold the key
        raise StorageUnavailableError("Cosmos DB: COSMOS_ENDPOINT is no address, or COSMOS_KEY no key") from None


def has_regions(endpoint: str) -> bool:
    """Tell whether an address may be that of an account in Azure, whose regions have addresses of their own.

    Azure answers over TLS at its standard port. What answers elsewhere is one server, such as an emulator; what it
    gives as the address of its region need not be one that it is reached at from here (its name in a container, or
    https where it speaks http), so that it is not followed.

    Raises:
        ValueError: it is no address.
    """
    address = urlsplit(endpoint)
    return address.scheme == "https" and address.port in (None, 443)


async def ranges_of(container: ContainerProxy) -> list[dict[str, Any]]:
    """Return the ranges of a container's partitions, which the SDK remembers; none where the server does not tell.

    The SDK asks on until it hears that nothing has changed, which a server that does not know If-None-Match never says.
    """
    try:
        async with asyncio.timeout(RANGES_SECONDS):
            return [each async for each in container.read_feed_ranges()]
    except (CosmosHttpResponseError, TimeoutError):
        return []


@contextmanager
def translated() -> Iterator[None]:
    """Translate what the SDK, the network or a bound of time raises.

    Raises:
        MissingError: there is no such document, database or container.
        ChangedError: a condition does not hold, or the id is taken.
        EventRefusedError: the document itself is refused.
        StorageUnavailableError: anything else.
    """
    try:
        yield
    except CosmosHttpResponseError as error:
        raise _meaning(error) from error
    except (AzureError, TimeoutError) as error:
        raise StorageUnavailableError(f"Cosmos DB: {type(error).__name__}") from error
    except Failure as error:
        raise StorageUnavailableError(f"Cosmos DB: its key cannot be had: {error}") from error


class CosmosContainer:
    """A container of the account, connected to when it is first needed."""

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        database: str,
        container: str,
        *,
        seconds: float = OPERATION_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._names = database, container
        self._seconds = seconds
        self._client: CosmosClient | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    @asynccontextmanager
    async def operation(self) -> AsyncIterator[ContainerProxy]:
        """Give the container for one operation; bound its time, and translate what it raises, as `translated`."""
        with translated():
            async with asyncio.timeout(self._seconds):
                yield await self._container()

    async def _container(self) -> ContainerProxy:
        async with self._connecting:
            if self._client is None:
                self._client = await connected(self._endpoint, self._credential)
        database, container = self._names
        return self._client.get_database_client(database).get_container_client(container)


def _meaning(error: CosmosHttpResponseError) -> Exception:
    said = f"Cosmos DB: {error.status_code}"
    match error.status_code:
        case 404:
            return MissingError(said)
        case 409 | 412:
            return ChangedError(said)
        case 400 | 413:
            return EventRefusedError(said)
        case _:
            return StorageUnavailableError(said)
