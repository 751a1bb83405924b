"""The sandbox as a process: faults on the wire, the journal, and what survives its death."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from sandbox_world import CLIENTS, NO_TLS, control, errors, running, signed_in, token_answer

from localdev.processes import ChildError
from localdev.sandbox.process import SandboxProcess, running_sandbox, sandbox_command


@pytest.fixture(scope="module")
def module_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running(tmp_path_factory.mktemp("process") / "state") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(module_sandbox: SandboxProcess) -> SandboxProcess:
    """Give the sandbox without records, faults or calls of earlier tests."""
    control(module_sandbox, "DELETE", "/faults")
    for name in ("products", "priceschedules"):
        for record_id in control(module_sandbox, "GET", "/state")[name]:
            control(module_sandbox, "DELETE", f"/state/{name}/{record_id}")
    control(module_sandbox, "DELETE", "/journal")
    return module_sandbox


@pytest.fixture
def seller(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with signed_in(sandbox, "seller") as client:
        control(sandbox, "DELETE", "/journal")
        yield client


def journal(sandbox: SandboxProcess, *keys: str) -> list[tuple[object, ...]]:
    return [tuple(call.get(key) for key in keys) for call in control(sandbox, "GET", "/journal")["Items"]]


def test_the_ready_line_is_the_only_output_and_sigterm_ends_with_0(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localdev.sandbox", "--state", str(tmp_path), "--json"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        address = ready["api"]
        httpx.get(f"{address}/v1/me", verify=NO_TLS)
        process.terminate()
        output, complaints = process.communicate(timeout=10)
    assert ready == {"api": address, "auth": address, "control": f"{address}/control", "pid": process.pid}
    assert address.startswith("http://127.0.0.1:")
    assert (process.returncode, output, complaints) == (0, b"", b"")


def test_what_was_answered_survives_sigkill(tmp_path: Path) -> None:
    with running(tmp_path / "state") as killed, signed_in(killed, "seller") as seller:
        token = seller.headers["Authorization"]
        created = seller.post("/products", json={"ID": "Kept", "Name": "n", "xp": {"a": 1}}).json()
        before = control(killed, "GET", "/journal")
        killed.kill()
    with running_sandbox(tmp_path / "state") as restarted:
        assert (
            httpx.get(f"{restarted.api}/v1/products/Kept", headers={"Authorization": token}, verify=NO_TLS).json()
            == created
        )
        assert control(restarted, "GET", "/journal")["Items"][:-1] == before["Items"]
        assert control(restarted, "GET", "/state")["products"] == {"Kept": created}
        assert token_answer(restarted, "acme").status_code == 200


def test_the_clients_file_wins_over_what_was_changed_before(tmp_path: Path) -> None:
    with running(tmp_path / "state") as first:
        control(first, "PATCH", "/clients/ACME-CLIENT", {"client_secret": "new"})
    with running(tmp_path / "state") as second:
        assert token_answer(second, "acme").status_code == 200


def test_a_second_sandbox_on_the_same_state_does_not_start(tmp_path: Path) -> None:
    with running(tmp_path / "state"):
        second = subprocess.run(sandbox_command(tmp_path / "state"), capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "another sandbox" in second.stderr


def test_a_wrong_clients_file_is_named_without_its_secret(tmp_path: Path) -> None:
    wrong = [{**CLIENTS[0], "user": {**CLIENTS[0]["user"], "UserType": "king"}, "client_secret": ["s3cret"]}]
    (tmp_path / "clients.json").write_text(json.dumps(wrong))
    with (
        pytest.raises(ChildError, match="UserType") as raised,
        running_sandbox(tmp_path / "state", clients=tmp_path / "clients.json"),
    ):
        pass
    assert "s3cret" not in str(raised.value)


def test_the_sandbox_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from localdev.sandbox.process import running_sandbox\n"
        "with running_sandbox(pathlib.Path(sys.argv[1])) as sandbox: print(sandbox.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=10)


def test_a_call_dropped_before_is_not_carried_out(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    control(
        sandbox, "POST", "/faults", [{"kind": "drop_before", "method": "POST", "path": "^/v1/products$", "times": 1}]
    )
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        seller.post("/products", json={"ID": "A", "Name": "n"})
    assert seller.get("/products/A").status_code == 404
    assert journal(sandbox, "client_id", "method", "path", "status", "request", "response", "dropped")[0] == (
        "SELLER-CLIENT", "POST", "/v1/products", None, {"ID": "A", "Name": "n"}, None, True,
    )  # fmt: skip


def test_a_call_dropped_after_is_carried_out(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    control(sandbox, "POST", "/faults", [{"kind": "drop_after", "path": "/v1/products", "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        seller.post("/products", json={"ID": "A", "Name": "n"})
    created = seller.get("/products/A").json()
    assert journal(sandbox, "method", "path", "status", "response", "dropped") == [
        ("POST", "/v1/products", 201, created, True),
        ("GET", "/v1/products/A", 200, created, None),
    ]


def test_the_token_endpoint_can_fail_too(sandbox: SandboxProcess) -> None:
    control(sandbox, "POST", "/faults", [{"kind": "drop_after", "path": "^/oauth/token$", "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError):
        token_answer(sandbox, "seller")
    assert token_answer(sandbox, "seller").status_code == 200


def test_an_ordered_status_is_answered_with_its_headers_and_body(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    throttled = {"status": 429, "headers": {"Retry-After": "7"}, "body": {"Errors": []}}
    broken = {"status": 502, "body": "<h1>Bad gateway</h1>"}
    faults = [{"kind": "status", "value": value, "times": 1} for value in (throttled, broken, {"status": 503})]
    control(sandbox, "POST", "/faults", faults)
    answers = [seller.post("/products", json={"ID": "A", "Name": "n"}) for _ in range(4)]
    assert [(one.status_code, one.headers.get("content-type"), one.text) for one in answers[:3]] == [
        (429, "application/json; charset=utf-8", '{"Errors":[]}'),
        (502, "text/html; charset=utf-8", "<h1>Bad gateway</h1>"),
        (503, None, ""),
    ]
    assert (answers[0].headers["Retry-After"], answers[3].status_code) == ("7", 201)
    assert journal(sandbox, "status", "client_id") == [(s, "SELLER-CLIENT") for s in (429, 502, 503, 201)]


def test_latency_delays_one_call_and_not_the_others(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    control(sandbox, "POST", "/faults", [{"kind": "latency", "value": 0.3, "path": "/v1/me", "times": 1}])
    waits = []
    for path in ("/me", "/me", "/products"):
        begun = time.monotonic()
        assert seller.get(path).status_code == 200
        waits.append(time.monotonic() - begun)
    assert waits[0] >= 0.3 > max(waits[1:])


def test_faults_can_be_looked_at_and_taken_back(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    fault = {"kind": "drop_before", "path": "/v1/", "times": 3}
    assert control(sandbox, "POST", "/faults", [fault]) == {"Items": [fault]}
    control(sandbox, "DELETE", "/faults")
    assert control(sandbox, "GET", "/faults") == {"Items": []}
    assert seller.get("/products").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/faults", [{"kind": "explode"}], 400),
        ("POST", "/faults", {"kind": "drop_before"}, 400),
        ("PATCH", "/clients/SELLER-CLIENT", {"active": False}, 400),
        ("PATCH", "/clients/NOBODY", {"Active": False}, 404),
        ("PUT", "/state/unicorns/A", {}, 404),
        ("GET", "/journal?after=x", None, 400),
        ("GET", "/nothing", None, 404),
    ],
)
def test_a_wrong_control_call_is_refused(
    sandbox: SandboxProcess, method: str, path: str, body: object, status: int
) -> None:
    assert httpx.request(method, f"{sandbox.control}{path}", json=body, verify=NO_TLS).status_code == status


def test_the_journal_has_every_call_and_goes_on_counting(sandbox: SandboxProcess) -> None:
    token_answer(sandbox, "reader")
    token_answer(sandbox, "reader", client_secret="wrong")
    with signed_in(sandbox, "reader") as reader:
        reader.get("/me")
        reader.get("/products?pageSize=5&Name=a*")
        reader.post("/products", json={"Name": "n"})
        httpx.get(f"{sandbox.auth}/oauth/certs/none", verify=NO_TLS)
    assert journal(sandbox, "client_id", "method", "path", "query", "status") == [
        ("READER-CLIENT", "POST", "/oauth/token", "", 200),
        ("READER-CLIENT", "POST", "/oauth/token", "", 401),
        ("READER-CLIENT", "POST", "/oauth/token", "", 200),
        ("READER-CLIENT", "GET", "/v1/me", "", 200),
        ("READER-CLIENT", "GET", "/v1/products", "pageSize=5&Name=a*", 200),
        ("READER-CLIENT", "POST", "/v1/products", "", 403),
        (None, "GET", "/oauth/certs/none", "", 404),
    ]
    numbers = [call["n"] for call in control(sandbox, "GET", "/journal")["Items"]]
    assert numbers == list(range(numbers[0], numbers[0] + 7))
    assert "secret" not in json.dumps(control(sandbox, "GET", "/journal")).replace("client_secret", "")
    assert [call["n"] for call in control(sandbox, "GET", f"/journal?after={numbers[4]}")["Items"]] == numbers[5:]
    control(sandbox, "DELETE", "/journal")
    assert control(sandbox, "GET", "/journal") == {"Items": []}
    token_answer(sandbox, "reader")
    assert journal(sandbox, "n") == [(numbers[-1] + 1,)]


def test_the_state_has_all_records_by_resource_and_id(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    prices = seller.post("/priceschedules", json={"ID": "P", "Name": "n"}).json()
    item = seller.post("/products", json={"ID": "A", "Name": "n", "DefaultPriceScheduleID": "P"}).json()
    seeded = {"xp": None, "Active": True}
    supplier, buyer = {"AllBuyersCanOrder": False, **seeded}, {"DefaultCatalogID": None, "GroupID": None, **seeded}
    state = {name: records for name, records in control(sandbox, "GET", "/state").items() if records}
    for company in (*state["suppliers"].values(), *state["buyers"].values()):
        assert company.pop("DateCreated").endswith("+00:00")
    assert state == {
        "products": {"A": item},
        "priceschedules": {"P": prices},
        "suppliers": {one: {"ID": one, "Name": one, **supplier} for one in ("Acme", "Globex")},
        "buyers": {"Shop": {"ID": "Shop", "Name": "Shop", **buyer}},
    }


def test_a_record_below_another_is_changed_behind_our_back_by_all_its_ids(
    sandbox: SandboxProcess, seller: httpx.Client
) -> None:
    seller.post("/specs", json={"ID": "S", "Name": "n"})
    seller.post("/specs/S/options", json={"ID": "O", "Value": "v"})
    control(sandbox, "PUT", "/state/specs/options/S/O", {"Value": "w"})
    control(sandbox, "PUT", "/state/specs/options/s%2FNew", {"Value": "x"})
    state = control(sandbox, "GET", "/state")["specs/options"]
    assert {key: option["Value"] for key, option in state.items()} == {"s/O": "w", "s/New": "x"}
    control(sandbox, "DELETE", "/state/specs/options/S/O")
    assert list(control(sandbox, "GET", "/state")["specs/options"]) == ["s/New"]
    control(sandbox, "DELETE", "/state/specs/S")


def test_a_password_is_neither_answered_nor_journalled_nor_shown(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    user = {"ID": "U", "Username": "u", "FirstName": "f", "LastName": "l", "Email": "e@x.test", "Active": True}
    answer = seller.post("/buyers/Shop/users", json={**user, "Password": "hunter2-hunter2"})
    assert (answer.status_code, "Password" in answer.json()) == (201, False)
    seen = (answer.text, json.dumps(control(sandbox, "GET", "/journal")), json.dumps(control(sandbox, "GET", "/state")))
    assert ["hunter2" in text for text in seen] == [False, False, False]
    assert control(sandbox, "GET", "/journal")["Items"][-1]["request"] == {**user, "Password": "[redacted]"}
    control(sandbox, "DELETE", "/state/buyers/users/Shop/U")


def test_a_fault_of_the_sandbox_itself_is_a_500_in_the_journal(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    control(sandbox, "PUT", "/state/products/A", {"xp": "no object"})
    assert errors(seller.patch("/products/A", json={"xp": {"a": 1}})) == (500, [("ServerError", None)])
    assert journal(sandbox, "path", "status") == [("/v1/products/A", 500)]
