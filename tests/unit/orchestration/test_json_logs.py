"""The host's log: one JSON object a line, and on each line about a record its trace, whatever else runs meanwhile."""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
from fakes.runs import Runs, Step, path_of

from models.record_types import REGISTRY
from orchestration.adapters.json_logs import LONGEST, JsonFormatter, use_json_logs
from orchestration.observing import observed
from orchestration.ports import StorageUnavailableError
from orchestration.tracing import about, current, invoked

TRACES = {key: f"00-{key[-1] * 32}-{key[-1] * 16}-01" for key in ("P1", "P2", "P3")}


class Lines(logging.Handler):
    """Keeps what is logged, as it would stand in the log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.kept: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        assert "\n" not in line
        self.kept.append(json.loads(line))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def runs() -> Runs:
    return Runs(ports=lambda ports: observed(ports, REGISTRY))


def test_a_line_says_what_it_is_about(lines):
    with invoked("sweep", "run-1"), about(path_of("P1")) as context:
        context.traceparent = TRACES["P1"]
        logging.getLogger("a.b").warning("%s\n2026-01-01 forged \x1b[2J", "said")
    logging.getLogger("a.b").info("said")
    first, second = lines.kept
    for line in (first, second):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", line.pop("time"))
    assert first == {
        "level": "WARNING",
        "logger": "a.b",
        "message": "said\n2026-01-01 forged \x1b[2J",
        "trace_id": "1" * 32,
        "span_id": "1" * 16,
        "record": "acme/product/p1",
        "client": "erp",
        "function": "sweep",
        "run": "run-1",
    }
    assert second == {"level": "INFO", "logger": "a.b", "message": "said"}


def fail(words: str) -> None:
    raise ValueError(words)


def test_a_long_message_is_cut_and_a_traceback_keeps_its_end(lines):
    try:
        fail("x" * LONGEST + "end")
    except ValueError:
        logging.getLogger("a").exception("y" * (LONGEST + 1))
    [line] = lines.kept
    assert (len(line["message"]), len(line["exception"]), line["exception"][-3:]) == (LONGEST, LONGEST, "end")


async def test_lines_of_runs_side_by_side_each_have_their_own_trace(lines, runs):
    for key, trace in TRACES.items():
        await runs.post({"ID": key, "Name": "n"}, traceparent=trace)
    with invoked("sweep", "run-1"):
        await asyncio.gather(*(runs.run_driven(path_of(key)) for key in TRACES))
    told = [line for line in lines.kept if "record" in line]
    assert sorted((line["record"], line["trace_id"], line["function"], line["message"]) for line in told) == [
        (
            f"acme/product/{key.lower()}",
            key[-1] * 32,
            "sweep",
            f"acme/product/{key.lower()}/erp: Create (attempt 1, calls 1)",
        )
        for key in TRACES
    ]
    assert current().record is None


async def test_what_was_posted_does_not_stand_in_a_line(lines, runs):
    nasty = "\x1b[2J\r\n2026-01-01 forged"
    await runs.apply({"ID": "P1", "Name": nasty, "xp": {nasty: nasty}})
    await runs.apply({"ID": "P1", "xp": {}})
    assert "forged" in runs.events()[-1]["Reason"]
    assert [line["message"] for line in lines.kept] == [
        "acme/product/p1/erp: Create (attempt 1, calls 1)",
        "acme/product/p1/erp: Update (attempt 1, calls 2)",
    ]


async def test_what_storage_did_not_let_happen_is_logged_under_its_trace(lines, runs):
    await runs.post({"ID": "P1", "Name": "n"}, traceparent=TRACES["P1"])

    async def down(step: Step) -> None:
        if (step.place, step.method) == ("cache", "PUT"):
            raise StorageUnavailableError("down")

    runs.before = down
    await runs.run_driven(path_of("P1"))
    told = {(line["level"], line["record"], line["trace_id"]) for line in lines.kept if "record" in line}
    assert told == {("WARNING", "acme/product/p1", "1" * 32)}


async def test_a_bug_is_logged_under_its_trace_with_its_traceback(lines, runs):
    await runs.post({"ID": "P1", "Name": "n"}, traceparent=TRACES["P1"])

    async def bug(step: Step) -> None:
        if step.place == "ordercloud":
            raise RuntimeError("a bug")

    runs.before = bug
    await runs.run_driven(path_of("P1"))
    told = [line for line in lines.kept if "record" in line]
    assert {line["trace_id"] for line in told} == {"1" * 32}
    [traceback] = [line["exception"] for line in told if "exception" in line]
    assert traceback.endswith("RuntimeError: a bug")


async def test_the_parts_of_a_composite_are_logged_as_records_of_their_own(lines, runs):
    body = {"ID": "P1", "Product": {"Name": "n"}, "PriceSchedule": {"Name": "n"}}
    await runs.apply(body, record_type="hydratedproduct", traceparent=TRACES["P1"])
    told = {line["record"]: line["trace_id"] for line in lines.kept if "record" in line}
    assert told.keys() >= {"acme/product/p1", "acme/hydratedproduct/p1"}
    assert set(told.values()) == {"1" * 32}


def test_every_handler_of_the_root_logger_writes_json_and_no_other_logger_changes(lines):
    text = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(text)
    try:
        kept = lines.formatter
        use_json_logs()
        assert isinstance(text.formatter, JsonFormatter)
        assert lines.formatter is kept
    finally:
        logging.getLogger().removeHandler(text)
