import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from host_runs import SAMPLE, HostRun, running_host

from localdev.azurite import Azurite
from localdev.processes import ChildError


@pytest.fixture(scope="module")
def host(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostRun]:
    names = f"queue-{uuid.uuid4().hex}", f"events-{uuid.uuid4().hex}"
    state = tmp_path_factory.mktemp("host-http")
    with running_host(azurite, state, names, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT="100") as run:
        yield run


@pytest.fixture
def client(host: HostRun) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=10) as opened:
        yield opened


def test_a_function_is_given_the_request_as_azure_gives_it_and_answers(client: httpx.Client) -> None:
    response = client.post(
        "/API/Echo/abc/x%2Fy/%C3%A9%20z?b=2&a=1&a=3&none=",
        content="body",
        headers=[("X-Multi", "1"), ("X-MULTI", "2")],
    )
    assert (response.status_code, response.headers["content-type"], response.headers["x-seen"]) == (
        202,
        "application/json",
        "yes",
    )
    assert response.json() == {
        "method": "POST",
        "url": f"{client.base_url}/API/Echo/abc/x%2Fy/%C3%A9%20z?b=2&a=1&a=3&none=".replace("//API", "/API"),
        "headers": {"x-multi": "1,2"},
        "query": {"b": "2", "a": "1,3"},
        "route": {"kind": "abc", "rest": "x%2Fy/é z"},
        "body": "body",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        pytest.param("GET", "/api/plain", 200, "plain", id="plain-function-returning-text"),
        pytest.param("POST", "/api/plain", 404, "", id="wrong-method"),
        pytest.param("GET", "/plain", 404, "", id="without-prefix"),
        pytest.param("GET", "/api/none", 404, "", id="no-function"),
        pytest.param("GET", "/api/echo/a1", 404, "", id="constraint-fails"),
        pytest.param("GET", "/api/nothing", 500, "", id="returns-none"),
        pytest.param("GET", "/api/broken", 500, "", id="raises"),
        pytest.param("GET", "/api/slow/100", 500, "", id="over-the-function-timeout"),
    ],
)
def test_a_request_is_answered(client: httpx.Client, method: str, path: str, status: int, body: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.text) == (status, body)


def test_a_body_over_the_limit_is_refused(client: httpx.Client) -> None:
    statuses = [client.post("/api/echo/a", content="x" * size).status_code for size in (100, 101)]
    assert statuses == [202, 413]


def test_a_body_without_a_length_arrives_empty(client: httpx.Client) -> None:
    assert client.post("/api/echo/a", content=iter([b"part"])).json()["body"] == ""


def test_a_line_end_in_a_path_reaches_the_function_and_begins_no_line_of_the_log(
    client: httpx.Client, host: HostRun
) -> None:
    answer = client.post("/api/echo/abc/x%0D%0Aforged", content=iter([b"part"]))
    assert answer.json()["route"] == {"kind": "abc", "rest": "x\r\nforged"}
    assert "POST /api/echo/abc/x%0D%0Aforged has no Content-Length" in host.child.log.read_text()


def test_the_host_tells_its_status_and_its_functions(client: httpx.Client, host: HostRun) -> None:
    status = client.get("/admin/host/status").json()
    assert (status["state"], status["functions"]) == ("Running", host.child.ready["functions"])
    assert {function["name"]: function["type"] for function in status["functions"]} == {
        **dict.fromkeys(["broken", "echo", "nothing", "plain", "slow"], "httpTrigger"),
        **dict.fromkeys(["notified", "patterned", "polled"], "blobTrigger"),
        **dict.fromkeys(["tick", "yearly"], "timerTrigger"),
    }


def test_what_a_function_prints_is_in_the_log_and_not_on_the_ready_line(client: httpx.Client, host: HostRun) -> None:
    client.get("/api/plain")
    assert "a plain function prints\n" in host.child.log.read_text()


def test_a_request_does_not_wait_for_a_slow_one(client: httpx.Client) -> None:
    started = time.monotonic()
    with httpx.stream("GET", f"{client.base_url}/api/slow/15".replace("//api", "/api")) as slow:
        assert client.get("/api/plain").text == "plain"
        assert slow.read() == b"at last"
    assert time.monotonic() - started > 1.4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"QUEUE": ""}, "patterned: no valid path of a blob trigger", id="path"),
        pytest.param({"AzureWebJobsStorage": ""}, "connection setting AzureWebJobsStorage is missing", id="connection"),
        pytest.param({"TICK": "often"}, "tick: no schedule", id="schedule"),
        pytest.param({"PYTHON_SCRIPT_FILE_NAME": "other.py"}, f"there is no other.py in {SAMPLE}", id="script"),
    ],
)
def test_an_app_that_cannot_be_hosted_ends_the_host_with_the_reason(
    azurite: Azurite, state: Path, settings: dict[str, str], message: str
) -> None:
    with (
        pytest.raises(ChildError, match="exit code 1") as raised,
        running_host(azurite, state, ("queue", "events"), **settings),
    ):
        pass
    assert message in str(raised.value)


def test_local_settings_are_read_and_the_environment_wins(azurite: Azurite, state: Path) -> None:
    (state / "settings.json").write_text(json.dumps({"Values": {"PYTHON_SCRIPT_FILE_NAME": "no.py", "TICK": "no"}}))
    with (
        pytest.raises(ChildError, match=r"there is no no\.py"),
        running_host(azurite, state, ("queue", "events"), "--settings", str(state / "settings.json")),
    ):
        pass
