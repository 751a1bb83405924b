"""One trace from the POST to OrderCloud: in its calls, in the event, and on each line of the host's log."""

import json
from pathlib import Path

import pytest
from e2e_world import Json, World, wait_for

HEADER = "00-{}-00f067aa0ba902b7-01"


def lines(world: World) -> list[Json]:
    """Return every line of the host's log but the one that is being written; each is one JSON object."""
    whole, _, _ = Path(world.ready["logs"]["host"]).read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


@pytest.mark.parametrize(
    ("product", "word", "status"),
    [
        pytest.param({"Name": "n"}, "Create", 201, id="applied"),
        pytest.param({"Active": True}, "RefusedByOrderCloud", 400, id="dead"),
        pytest.param({"Name": "n", "DefaultPriceScheduleID": "never"}, "MissingReference", 404, id="parked"),
    ],
)
def test_the_trace_of_a_posting_is_everywhere(world: World, key: str, product: Json, word: str, status: int) -> None:
    trace = f"{sum(word.encode()):08x}{key[-12:].encode().hex()}"
    headers = {"traceparent": HEADER.format(trace)}
    begin = len(lines(world))
    [item] = world.api().post("/orchestration/product", json={"ID": key, **product}, headers=headers).json()["Items"]
    neighbour = f"{key}-b"
    world.posted("product", {"ID": neighbour, "Name": "n"})
    event = world.outcome("product", key, item["Version"])["LastEvent"]
    assert (item["TraceID"], event["TraceID"]) == (trace, trace)

    calls = [call for call in world.journal(key) if not call["path"].endswith(neighbour)]
    told = [(call["status"], call["traceparent"]) for call in calls if call["request"]["ID"] == key]
    assert told == [(status, headers["traceparent"])]

    def about(record: str) -> list[Json]:
        return [line for line in lines(world)[begin:] if line.get("record") == f"laptop/product/{record.lower()}"]

    wait_for(lambda: about(key) and about(neighbour), what="the lines of both records")
    told = about(key)
    assert {(line["trace_id"], line["client"], line["function"]) for line in told} == {
        (trace, world.credentials("seller")["client_id"].lower(), "record_queued")
    }
    [outcome] = [line["message"] for line in told if line["logger"] == "orchestration.observing"]
    assert outcome.endswith(f": {word} (attempt 1, calls 1)")
    assert f" {status} " in next(line["message"] for line in told if "/v1/products" in line["message"])
    assert {line["trace_id"] == trace for line in about(neighbour)} == {False}
