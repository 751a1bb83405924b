"""Nothing that is sent reaches into another record, another header, or a line of the log that is not its own."""

import json
import re
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
from e2e_raw import send
from e2e_world import Json, World, nothing_is_stored

from models.record_types import REGISTRY

PRODUCT = "/orchestration/product"
REACHING = {
    "dots": "../product/KEY",
    "encoded dots": "%2e%2e/%2e%2e/KEY",
    "dots and encoded slashes": "..%2F..%2FKEY",
    "an encoded slash": "KEY%2F",
    "two encoded slashes": "%2F%2FKEY",
    "an empty segment": "/KEY",
    "the client of a queued one": "KEY/CLIENT",
    "the same, encoded": "KEY%2FCLIENT",
    "a backslash": "..%5CKEY",
    "encoded twice": "KEY%252F",
    "a lone percent sign": "KEY%25",
    "no such escape": "KEY%zz",
    "a query": "KEY%3Fcomp=metadata",
    "a fragment": "KEY%23",
    "NUL": "KEY%00",
    "NUL and an extension": "KEY%00.json",
    "a line end": "KEY%0D%0AX-A:%20b",
    "a tab": "KEY%09",
    "an escape": "KEY%1B%5B2J",
    "a dot": "KEY.",
    "a space": "KEY%20",
    "a wildcard": "KEY*",
    "a tilde": "KEY~",
    "the absent one": "~",
    "the absent one, encoded": "%7E",
    "the absent one, encoded twice": "%257E",
    "overlong UTF-8": "KEY%C0%AF",
    "no UTF-8": "KEY%FF",
    "half a surrogate pair": "KEY%ED%A0%80",
    "full-width letters": "%EF%BC%B4" + "KEY",
    "a letter that is k in lower case": "KEY%E2%84%AA",
    "a letter that is s without case": "KEY%C5%BF",
    "Cyrillic letters": "KEY%D0%B0",
    "nothing to be seen": "KEY%E2%80%8B",
    "right to left": "%E2%80%AEKEY",
    "a combining accent": "KEY%CC%81",
    "more than 100 characters": "KEY" + "x" * 100,
    "10,000 characters": "KEY" + "x" * 10_000,
}


@pytest.fixture(scope="module")
def held(world: World) -> Json:
    """Give a product that is kept, as it stands."""
    return world.posted("product", {"ID": f"Held-{uuid.uuid4().hex[:9]}", "Name": "n"})


def writes(world: World, key: str) -> list[str]:
    """Return the storage requests that name a text and are no reads."""
    return [request for request in world.storage_requests(key) if not request.startswith("GET ")]


@pytest.mark.parametrize("reaching", REACHING.values(), ids=REACHING)
def test_no_path_reaches_into_another_record(world: World, held: Json, reaching: str) -> None:
    key = held["Keys"]["ID"]
    before = writes(world, key)
    named = reaching.replace("KEY", key).replace("CLIENT", world.credentials("seller")["client_id"])
    body = json.dumps({"ID": f"{key}-user", "Username": "u", "BuyerID": "b"}).encode()

    answers = [
        send(world, "GET", f"{PRODUCT}/{named}"),
        send(world, "DELETE", f"{PRODUCT}/{named}"),
        send(world, "GET", f"{PRODUCT}/{key}?client={named}"),
        send(world, "POST", f"/orchestration/{named}", body=body),
        send(world, "POST", f"/orchestration/{named}/user", body=body),
        send(world, "POST", PRODUCT, body=json.dumps({"ID": named, "Name": "n"}).encode()),
    ]

    assert {answer.status for answer in answers} <= {400, 403, 404}
    assert writes(world, key) == before
    assert world.standing("product", key) == held


BUYER_TYPES = [row.name for row in REGISTRY if row.buyer_owned]


@pytest.mark.parametrize("record_type", BUYER_TYPES)
def test_no_buyer_in_a_path_reaches_into_another_one(world: World, key: str, record_type: str) -> None:
    for buyer in ("..", "%2e%2e%2fproduct", f"{key}%2F..", f"{key}%00", "%252e", "~", "%F0%9F%98%80"):
        answer = send(world, "POST", f"/orchestration/{buyer}/{record_type}", body=json.dumps({"ID": key}).encode())
        assert answer.status == 400
        assert {data["Field"] for _, data in answer.errors if data} >= {"BuyerID"}
    nothing_is_stored(world, key)


HEADERS = {
    "a name with an escape": ("X-Source-Name", b"a\x1b[2Jb", [("InvalidValue", {"Field": "X-Source-Name"})]),
    "a name with a C1 escape": ("X-Source-Name", b"a\x9b2Jb", [("InvalidValue", {"Field": "X-Source-Name"})]),
    "a name with a tab": ("X-Source-Name", b"a\tb", [("InvalidValue", {"Field": "X-Source-Name"})]),
    "a name in an encoding of its own": (
        "X-Source-Name",
        "PÏM".encode(),
        [("InvalidValue", {"Field": "X-Source-Name"})],
    ),
    "a long name": ("X-Source-Name", b"a" * 101, [("InvalidValue", {"Field": "X-Source-Name"})]),
    "a path as a version": ("X-Source-Version", b"../../1", [("InvalidVersion", {"Field": "X-Source-Version"})]),
    "a version with an escape": ("X-Source-Version", b"1\x1b[2J", [("InvalidVersion", {"Field": "X-Source-Version"})]),
    "a version of other digits": ("X-Source-Version", b"\xb2", [("InvalidVersion", {"Field": "X-Source-Version"})]),
    "a very long version": ("X-Source-Version", b"1" * 50_000, [("InvalidVersion", {"Field": "X-Source-Version"})]),
}


@pytest.mark.parametrize(("name", "value", "errors"), HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_header_that_is_kept_is_what_it_says_or_refused(
    world: World, key: str, method: str, name: str, value: bytes, errors: list[tuple[str, Json]]
) -> None:
    target, body = (PRODUCT, json.dumps({"ID": key}).encode()) if method == "POST" else (f"{PRODUCT}/{key}", None)
    answer = send(world, method, target, [(name, value)], body)
    assert (answer.status, answer.errors) == (400, errors)
    nothing_is_stored(world, key)


def test_a_name_of_100_characters_is_a_source_s(world: World, key: str) -> None:
    world.post("product", {"ID": key, "Name": "n"}, x_source_name="a b" + "c" * 97)


@pytest.mark.parametrize(
    "traceparent",
    [
        pytest.param(b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01\r\n X-A: b", id="a folded line"),
        pytest.param(b"00-" + b"A" * 32 + b"-" + b"b" * 16 + b"-01", id="capitals"),
        pytest.param(b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01", id="zeros"),
        pytest.param(b"../../" + b"a" * 500, id="a path"),
        pytest.param(b"\x1b[2J", id="an escape"),
    ],
)
def test_a_trace_that_is_none_is_left_and_a_new_one_begins(world: World, key: str, traceparent: bytes) -> None:
    body = json.dumps({"ID": key, "Name": "n"}).encode()
    answer = send(world, "POST", PRODUCT, [("traceparent", traceparent)], body)
    assert answer.status == 202
    trace = json.loads(answer.content)["Items"][0]["TraceID"]
    assert re.fullmatch("[0-9a-f]{32}", trace)
    assert trace.encode() not in traceparent


FORGED = "2026-01-01 00:00:00,000 ERROR forged"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def test_nothing_that_is_sent_begins_a_line_of_the_host_s_log_or_moves_a_terminal(world: World, key: str) -> None:
    log = Path(world.ready["logs"]["host"])
    begin = len(log.read_text())
    line = f"{key}\r\n{FORGED}: \x1b[2J\x9b31m\x85{FORGED}"
    encoded = quote(line, safe="")
    chunked = [("Transfer-Encoding", "chunked")]
    for target in (f"/orchestration/{encoded}", f"/orchestration/{encoded}/product", f"/{encoded}"):
        send(world, "POST", target, chunked, b"")
        send(world, "POST", target, body=b"{}")
    for target in (f"{PRODUCT}/{encoded}", f"{PRODUCT}/{key}?client={encoded}", f"{PRODUCT}/{key}?{encoded}=1"):
        send(world, "GET", target)
        send(world, "DELETE", target)
    folded = line.replace("\n", "\n ").encode("latin-1")
    for name in ("Authorization", "traceparent", "tracestate", "User-Agent", "X-Source-Name", "Content-Encoding"):
        send(world, "POST", PRODUCT, [(name, folded)], b"{}", client=None if name == "Authorization" else "seller")
    bodies: list[Json] = [
        {"ID": line},
        {"ID": key, line: 1},
        {"ID": key, "SourceVersion": line},
        {"ID": key, "Inventory": {line: 1}},
        {"ID": key, "xp": {"Status": line}},
    ]
    for body in bodies:
        send(world, "POST", PRODUCT, body=json.dumps(body).encode())
    send(world, "POST", PRODUCT, body=line.encode())
    told = {"Errors": [{"ErrorCode": line, "Message": line, "Data": None}]}
    with world.faults({"path": f"/{key}", "kind": "status", "value": {"status": 400, "body": told}}):
        stands = world.posted("product", {"ID": key, "Name": line[:100], "Description": line, "xp": {line: line}})
    assert stands["State"] in {"applied", "dead"}

    written = log.read_text()[begin:]
    assert "Executed 'Functions.records_post'" in written
    assert [each for each in written.splitlines() if each.startswith(FORGED)] == []
    assert CONTROL.findall(written) == []
