"""What the blob adapters ask of Azure Blob Storage: how many requests, and what they make of its faults."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import AzureError
from contract_samples import cached, envelope, path
from contract_storage import Account, Wire, no_credential

from orchestration.adapters.blob_hints import BlobHints
from orchestration.adapters.blob_record_cache import BlobRecordCache
from orchestration.adapters.blob_record_queue import BlobRecordQueue
from orchestration.adapters.blob_storage import AzureBlobContainer, blob_service
from orchestration.ports import LostError, StorageUnavailableError

UNREACHABLE = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:{}/a;"


class RequestCount:
    """Tells which requests each step took."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def __call__[T](self, step: Awaitable[T], *methods: str) -> T:
        """Take a step, assert the methods of its requests, and return its result."""
        self._wire.requests.clear()
        result = await step
        assert [method for method, _ in self._wire.requests] == [*methods]
        return result


@pytest.fixture
def takes(account: Account) -> RequestCount:
    return RequestCount(account.wire)


async def test_every_method_of_the_queue_is_one_request(
    account: Account, takes: RequestCount, fresh_name: Callable[[str], str]
) -> None:
    queue = BlobRecordQueue(await account.container(fresh_name("queue")))
    name, where = str(envelope().path), envelope().path
    assert await takes(queue.get(where), "GET") is None
    assert await takes(queue.etag(where), "HEAD") is None
    await takes(queue.add(envelope("1", xp={"Text": "x" * 900_000})), "PUT")
    first = await takes(queue.get(where), "GET")
    assert first is not None
    await takes(queue.replace(envelope("2"), first.etag), "PUT")
    etag = await takes(queue.etag(where), "HEAD")
    assert etag is not None
    assert await takes(queue.read(name), "GET") is not None
    assert await takes(queue.older_than(datetime(2999, 1, 1, tzinfo=UTC)), "GET") == ([name], None)
    assert await takes(queue.delete(where, etag), "DELETE")


async def test_every_method_of_the_cache_and_of_hints_is_one_request(
    account: Account, takes: RequestCount, fresh_name: Callable[[str], str]
) -> None:
    container = await account.container(fresh_name("cache"))
    cache, hints = BlobRecordCache(container), BlobHints(container)
    await takes(cache.get(path()), "GET")
    first = await takes(cache.put(path(), cached("one"), None), "PUT")
    await takes(cache.put(path(), cached("two"), first), "PUT")
    await takes(cache.get(path()), "GET")
    etag = await takes(hints.put("due/1"), "PUT")
    await takes(anext(aiter(hints.list("due/", limit=1))), "GET")
    assert await takes(hints.folders("due/"), "GET") == ()
    await takes(hints.delete("due/1", etag), "DELETE")


async def test_a_listing_goes_on_from_page_to_page(account: Account, fresh_name: Callable[[str], str]) -> None:
    container = await account.container(fresh_name("pages"))
    names = [f"{number:02}" for number in range(7)]
    await asyncio.gather(*(container.overwrite(name, b"") for name in names))
    account.wire.requests.clear()
    assert [blob.name async for blob in container.list(page=3)] == names
    assert len(account.wire.requests) == 3
    account.wire.requests.clear()
    first = await container.page("", None, size=4)
    second = await container.page("", first.marker, size=4)
    assert [[blob.name for blob in page.blobs] for page in (first, second)] == [names[:4], names[4:]]
    assert (second.marker, len(account.wire.requests)) == (None, 2)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(lambda container: container.read("a"), id="read"),
        pytest.param(lambda container: container.etag("a"), id="etag"),
        pytest.param(lambda container: container.put("a", b"", None), id="put new"),
        pytest.param(lambda container: container.put("a", b"", '"0x1"'), id="put"),
        pytest.param(lambda container: container.overwrite("a", b""), id="overwrite"),
        pytest.param(lambda container: container.delete("a", '"0x1"'), id="delete"),
        pytest.param(lambda container: anext(container.list()), id="list"),
        pytest.param(lambda container: container.check(), id="check"),
    ],
)
async def test_a_container_that_is_missing_never_reads_as_an_empty_one(
    account: Account, fresh_name: Callable[[str], str], step: Callable[[AzureBlobContainer], Awaitable[object]]
) -> None:
    container = AzureBlobContainer(account.service, fresh_name("missing"))
    with pytest.raises(StorageUnavailableError, match="404 ContainerNotFound") as raised:
        await step(container)
    assert isinstance(raised.value.__cause__, AzureError)


async def test_a_container_that_is_there_is_ready(account: Account, fresh_name: Callable[[str], str]) -> None:
    await (await account.container(fresh_name("ready"))).check()


async def test_a_lost_answer_followed_by_anothers_write_is_lost(
    account: Account, fresh_name: Callable[[str], str]
) -> None:
    container = await account.container(fresh_name("raced"))
    etag = await container.put("a", b"before", None)
    account.wire.lose_answer(lambda: container.overwrite("a", b"another's"))
    with pytest.raises(LostError):
        await container.put("a", b"mine", etag)
    found = await container.read("a")
    assert found is not None
    assert found.content == b"another's"


async def test_storage_that_refuses_connections_is_unavailable(unused_tcp_port: int) -> None:
    wire = Wire()
    async with blob_service(UNREACHABLE.format(unused_tcp_port), None, no_credential, wire) as service:
        with pytest.raises(StorageUnavailableError, match="queue: ServiceRequestError"):
            await AzureBlobContainer(service, "queue").read("a")
    assert [method for method, _ in wire.requests] == ["GET"] * 4


@pytest.mark.parametrize("status", [503, 408])
async def test_an_answer_that_storage_has_a_fault_is_retried_and_then_unavailable(status: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    wire = Wire()
    address = UNREACHABLE.format(server.sockets[0].getsockname()[1])
    async with server, blob_service(address, None, no_credential, wire) as service:
        with pytest.raises(StorageUnavailableError, match=f"queue: {status}"):
            await AzureBlobContainer(service, "queue").etag("a")
    assert [method for method, _ in wire.requests] == ["HEAD"] * 4


async def test_storage_that_never_answers_is_unavailable_when_the_operation_has_taken_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = UNREACHABLE.format(silent.getsockname()[1])
        async with blob_service(address, None, no_credential) as service:
            began = time.monotonic()
            with pytest.raises(StorageUnavailableError, match="queue: TimeoutError"):
                await AzureBlobContainer(service, "queue", seconds=0.2).put("a", b"", None)
            assert time.monotonic() - began < 2


def test_an_account_without_an_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="connection string or its URI"):
        blob_service(None, None, no_credential)
