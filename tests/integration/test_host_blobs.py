import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient
from host_runs import HostRun, running_host, wait_until

from localdev.azurite import Azurite

type Put = Callable[..., str]


@pytest.fixture(scope="module")
def blobs(azurite: Azurite) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        yield client


@pytest.fixture(scope="module")
def host(azurite: Azurite, blobs: BlobServiceClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostRun]:
    names = f"queue-{uuid.uuid4().hex}", f"events-{uuid.uuid4().hex}"
    for name in names:
        blobs.create_container(name)
    with running_host(azurite, tmp_path_factory.mktemp("host-blobs"), names) as run:
        yield run


@pytest.fixture
def put(blobs: BlobServiceClient, host: HostRun) -> Put:
    def upload(name: str, content: str, container: str = host.queue, **options: object) -> str:
        return blobs.get_blob_client(container, name).upload_blob(content, overwrite=True, **options)["etag"]

    return upload


def test_a_blob_is_taken_up_once_within_a_second_and_its_name_is_exact(host: HostRun, put: Put) -> None:
    name = "market/product/ab%2Fc %25é/client"
    put(name, "content", metadata={"kind": "x"})
    started = time.monotonic()
    wait_until(lambda: host.runs(content="content"))
    assert time.monotonic() - started < 1.5  # a second on an idle machine; the tests share theirs
    put("marker", "after")
    wait_until(lambda: host.runs(content="after"))
    assert host.runs(content="content") == [
        {
            "function": "polled",
            "name": f"{host.queue}/{name}",
            "content": "content",
            "length": 7,
            "metadata": {"kind": "x"},
        }
    ]


def test_an_overwritten_blob_is_taken_up_again_even_with_the_same_bytes(host: HostRun, put: Put) -> None:
    put("again", "same")
    wait_until(lambda: host.runs(content="same"))
    put("again", "same")
    wait_until(lambda: len(host.runs(content="same")) == 2)


def test_a_polling_function_hears_only_of_the_names_in_its_path(host: HostRun, put: Put) -> None:
    put("elsewhere/a.json", "pattern")
    put("only/a/b.json", "pattern")
    wait_until(lambda: len(host.runs(content="pattern")) == 2 and host.runs(function="patterned"))
    assert host.runs(function="patterned") == [{"function": "patterned", "name": f"{host.queue}/only/a/b.json"}]


def test_a_blob_that_fails_five_times_is_poisoned(azurite: Azurite, host: HostRun, put: Put) -> None:
    etag = put("bad%2Fname", "poison")
    wait_until(lambda: len(host.runs(content="poison")) == 5)
    with QueueClient.from_connection_string(azurite.connection_string, "webjobs-blobtrigger-poison") as queue:

        def poisoned() -> list[dict[str, str]]:
            told = [json.loads(base64.b64decode(found.content)) for found in queue.peek_messages(32)]
            return [message for message in told if message["ContainerName"] == host.queue]

        wait_until(lambda: queue_exists(queue) and poisoned())
        assert poisoned() == [
            {
                "Type": "BlobTrigger",
                "FunctionId": "Host.Functions.polled",
                "BlobType": "BlockBlob",
                "ContainerName": host.queue,
                "BlobName": "bad%2Fname",
                "ETag": etag,
            }
        ]
    put("marker", "after poison")
    wait_until(lambda: host.runs(content="after poison"))
    assert len(host.runs(content="poison")) == 5


def queue_exists(queue: QueueClient) -> bool:
    try:
        return bool(queue.get_queue_properties())
    except ResourceNotFoundError:
        return False


def test_an_event_grid_function_hears_of_each_version_once(host: HostRun, put: Put) -> None:
    put("a", "first", host.events)
    wait_until(lambda: host.runs(function="notified", content="first"))
    put("a", "second", host.events)
    put("b", "third", host.events)
    wait_until(lambda: len(host.runs(function="notified")) == 3)
    assert sorted(run["content"] for run in host.runs(function="notified")) == ["first", "second", "third"]


def test_event_grid_may_deliver_to_the_webhook(host: HostRun, put: Put, blobs: BlobServiceClient) -> None:
    url = f"{host.url}/runtime/webhooks/blobs?functionName=Host.Functions.notified"
    handshake = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "code"}}]
    answer = httpx.post(url, json=handshake, headers={"aeg-event-type": "SubscriptionValidation"})
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "code"})
    etag = put("hook%2F1", "hooked", host.events)
    wait_until(lambda: host.runs(content="hooked"))
    blob_url = blobs.get_blob_client(host.events, "hook%2F1").url
    event = {"eventType": "Microsoft.Storage.BlobCreated", "data": {"url": blob_url, "eTag": etag.strip('"')}}
    answer = httpx.post(url, json=[event], headers={"aeg-event-type": "Notification"})
    assert answer.status_code == 202
    wait_until(lambda: len(host.runs(content="hooked")) == 2)


def test_functions_run_on_demand(host: HostRun, put: Put) -> None:
    put("wanted", "demanded", host.events)
    wait_until(lambda: host.runs(content="demanded"))
    base = f"{host.url}/admin/functions"
    answers = [
        httpx.post(f"{base}/notified", json={"input": f"{host.events}/wanted"}),
        httpx.post(f"{base}/tick", json={"input": ""}),
        httpx.post(f"{base}/notified", json={"input": f"{host.events}/none"}),
        httpx.post(f"{base}/plain", json={"input": ""}),
        httpx.post(f"{base}/none", json={"input": ""}),
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 400, 400, 404]
    wait_until(lambda: len(host.runs(content="demanded")) == 2 and host.runs(function="tick"))


def test_every_request_of_the_host_is_marked_and_none_of_the_apps(azurite: Azurite, host: HostRun, put: Put) -> None:
    put("counted", "counted")
    wait_until(lambda: host.runs(content="counted"))
    lines = [line for line in azurite.log.read_text().splitlines() if f"/{host.queue}" in line]
    writes = [line for line in lines if '"PUT ' in line]
    reads = [line for line in lines if '"GET ' in line or '"HEAD ' in line]
    assert [line for line in writes if "timeout=97" in line] == []
    assert [line for line in reads if "timeout=97" not in line] == []
    assert any("comp=list" in line for line in reads)
