"""Spans and numbers of the whole house, as OpenTelemetry's own exporters get them: all of them, and under one trace."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from composite_bodies import hydrated
from fakes.clock import START
from fakes.foretold import planned
from fakes.runs import TRACEPARENT
from fakes.sandbox import House
from fakes.verifying import corrected
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from orchestration.adapters.open_telemetry import OpenTelemetry
from orchestration.event import unreadable_event

TRACE = TRACEPARENT.split("-")[1]
PRODUCT = {"record_type": "product"}
CLOSED = {"orchestration.circuit.open": {(("client", "erp"),): 0, (("client", "erp"), ("record_type", "product")): 0}}


class Told(House):
    """The house on the sandbox, with OpenTelemetry in memory."""

    def __init__(self, directory: Path) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        traces = TracerProvider()
        traces.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.telemetry = OpenTelemetry(traces, [self.reader])
        super().__init__(directory, telemetry=self.telemetry)

    def tree(self, traceparent: str = TRACEPARENT) -> list[Any]:
        """Return the spans of a trace below its caller's, as they ended: a name, or a name and what is below it."""
        _, trace, caller, _ = traceparent.split("-")
        spans = [span for span in self.exporter.get_finished_spans() if span.context.trace_id == int(trace, 16)]

        def below(parent: int) -> list[Any]:
            found = [span for span in spans if span.parent and span.parent.span_id == parent]
            told = [(span.name, below(span.context.span_id)) for span in found]
            return [(name, inner) if inner else name for name, inner in told]

        return below(int(caller, 16))

    def count(self) -> int:
        """Return how many spans have ended, of whatever trace."""
        return len(self.exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """Return the one span of a name."""
        [span] = [span for span in self.exporter.get_finished_spans() if span.name == name]
        return span

    def numbers(self) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """Return every point: the value of a counter, the sum of a histogram, by what tells them apart."""
        data, points = self.reader.get_metrics_data(), dict[str, dict[tuple[tuple[str, str], ...], float]]()
        for metric in data.resource_metrics[0].scope_metrics[0].metrics if data else ():
            for point in metric.data.data_points:
                assert isinstance(point, HistogramDataPoint | NumberDataPoint)
                value = point.sum if isinstance(point, HistogramDataPoint) else point.value
                points.setdefault(metric.name, {})[tuple(sorted((point.attributes or {}).items()))] = value  # type: ignore[arg-type]  # ours are texts and numbers
        return points


@pytest.fixture
async def house(tmp_path) -> AsyncIterator[Told]:
    told = Told(tmp_path)
    yield told
    await told.sandbox.close()
    await told.telemetry.close()


def of(**told: str) -> tuple[tuple[str, str], ...]:
    """Return what tells a number apart; of products where no other type is given."""
    return tuple(sorted((PRODUCT | told).items()))


def failed_in(span: ReadableSpan) -> bool:
    return span.status.status_code is StatusCode.ERROR


GATHERED = ["GetQueuedRecord", "GetCachedRecord", "GetIntegrationProfile", "DetermineAction"]
NAMED = {"ID": "P1", "Name": "n"}
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"


async def test_a_created_product_has_these_spans_and_numbers(house):
    envelope = await house.post(NAMED)
    house.world.clock.advance(3)
    await house.run(envelope.path)

    run = [*GATHERED, "Claim", ("OrderCloudAction", ["OrderCloud POST"]), "UpdateCache"]
    assert (house.tree(), house.count()) == ([("Intake", [("Run", run)])], 10)
    assert dict(house.span("Intake").attributes or {}) == {**PRODUCT, "client": "erp", "accepted": 1, "refused": 0}
    record = {"record": "acme/product/p1", **PRODUCT, "client": "erp", "attempt": 1}
    assert dict(house.span("Run").attributes or {}) == {
        **record,
        "action": "Create",
        "outcome": "applied",
        "ending": "DONE",
    }
    call = house.span("OrderCloud POST")
    assert (call.kind, dict(call.attributes or {})) == (
        SpanKind.CLIENT,
        {"method": "POST", "path": "/v1/products", "status": 201},
    )
    assert house.sandbox.calls[0].traceparent == f"00-{TRACE}-{call.context.span_id:016x}-01"
    assert house.last_event(envelope.path)["TraceID"] == TRACE
    assert house.numbers() == {
        "orchestration.queue.age": {of(): 3},
        "orchestration.outcomes": {of(outcome="applied", action="Create"): 1},
        "orchestration.ordercloud.calls": {of(): 1},
        "orchestration.lead.time": {of(): 3},
        **CLOSED,
    }


async def test_an_unchanged_product_has_saved_a_call(house):
    await house.apply(NAMED, traceparent=OTHER)
    before = house.numbers()
    await house.apply(NAMED)

    assert house.tree() == [("Intake", [("Run", GATHERED)])]
    assert house.numbers() == {
        **before,
        "orchestration.outcomes": {
            of(outcome="applied", action="Create"): 1,
            of(outcome="applied", action="Ignore"): 1,
        },
        "orchestration.ordercloud.saved": {of(): 1},
    }


async def test_a_refused_product_has_failed_in_its_step_and_its_call(house):
    envelope = await house.apply({"ID": "P1", "Active": True})

    run = [*GATHERED, "Claim", ("OrderCloudAction", ["OrderCloud POST"])]
    assert (house.tree(), house.count()) == ([("Intake", [("Run", run)])], 9)
    assert dict(house.span("Run").attributes or {}) == {
        "record": "acme/product/p1",
        **PRODUCT,
        "client": "erp",
        "attempt": 1,
        "error_type": "RefusedByOrderCloud",
        "outcome": "dead",
        "ending": "DONE",
    }
    failed = {span.name: dict(span.attributes or {}) for span in house.exporter.get_finished_spans() if failed_in(span)}
    assert failed == {
        "OrderCloud POST": {
            "method": "POST",
            "path": "/v1/products",
            "status": 400,
            "error.type": "RefusedByOrderCloud",
        },
        "OrderCloudAction": {"error.type": "RefusedByOrderCloud"},
    }
    assert house.last_event(envelope.path)["TraceID"] == TRACE
    assert house.numbers() == {
        "orchestration.queue.age": {of(): 0},
        "orchestration.outcomes": {of(outcome="dead", error_type="RefusedByOrderCloud"): 1},
        "orchestration.ordercloud.calls": {of(): 1},
        **CLOSED,
    }


async def test_what_an_operator_has_learned_is_no_outcome_of_a_posting(house, caplog):
    await house.apply(NAMED)
    before, spans = house.numbers(), house.count()
    house.sandbox.edit("products", "P2", Name="theirs")
    with caplog.at_level("INFO"):
        assert await corrected(house) == {"acme/product/p2": "Learned"}
    assert (house.numbers(), house.count()) == (before, spans)
    assert "acme/product/p2/operator%3averify: Get (attempt 1, calls 1)" in caplog.messages


async def test_each_request_of_a_call_is_measured_and_logged(house, caplog):
    caplog.set_level("INFO", "orchestration.observing")
    house.sandbox.faults.add([{"path": "^/v1/", "kind": "status", "value": {"status": 429}, "times": 2}])
    await house.apply(NAMED)
    assert house.numbers()["orchestration.ordercloud.calls"] == {of(): 3}
    assert caplog.messages == ["acme/product/p1/erp: Create (attempt 1, calls 3)"]


async def test_a_parked_product_is_released_under_its_own_trace(house):
    product = await house.apply({**NAMED, "DefaultPriceScheduleID": "PS"})
    run = [*GATHERED, "Claim", ("OrderCloudAction", ["OrderCloud POST"])]
    assert (house.tree(), house.count()) == ([("Intake", [("Run", run)])], 9)
    assert house.span("Run").attributes["outcome"] == "parked"
    assert house.numbers() == {
        "orchestration.queue.age": {of(): 0},
        "orchestration.outcomes": {of(outcome="parked", error_type="MissingReference"): 1},
        "orchestration.ordercloud.calls": {of(): 1},
        **CLOSED,
    }

    house.world.clock.advance(7)
    await house.apply({"ID": "PS", "Name": "n"}, record_type="priceschedule", traceparent=OTHER)
    again = [*GATHERED, "Claim", ("OrderCloudAction", ["OrderCloud POST"]), "UpdateCache"]
    assert house.tree() == [("Intake", [("Run", run), ("Run", again)])]
    assert house.tree(OTHER) == [("Intake", [("Run", again)])]
    assert [call.traceparent.split("-")[1] for call in house.sandbox.calls] == [TRACE, OTHER.split("-")[1], TRACE]
    assert house.last_event(product.path)["TraceID"] == TRACE
    numbers = house.numbers()
    assert numbers["orchestration.queue.age"] == {of(): 0, of(record_type="priceschedule"): 0}
    assert numbers["orchestration.lead.time"] == {of(): 7, of(record_type="priceschedule"): 0}


async def test_the_parts_of_a_composite_are_below_it(house):
    await house.apply(hydrated(), record_type="hydratedproduct")

    [(intake, [(run, steps)])] = house.tree()
    assert (intake, run, steps[:3], steps[4:]) == ("Intake", "Run", GATHERED[:3], [])
    parts, rows = steps[3]
    assert (parts, {name for name, _ in rows}) == ("Parts", {"Run"})
    assert (
        house.numbers()["orchestration.outcomes"][of(record_type="hydratedproduct", outcome="applied", action="Create")]
        == 1
    )
    assert sum(house.numbers()["orchestration.outcomes"].values()) == len(rows) + 1
    assert house.numbers()["orchestration.ordercloud.saved"].keys() == {of(record_type="variant")}


async def test_a_claim_that_is_taken_over_is_counted(house):
    envelope = await house.post(NAMED)
    assert await house.dies(
        lambda: house.run(envelope.path), lambda moment, step: (moment, step.place) == ("after", "ordercloud")
    )
    await house.run(envelope.path)
    assert house.numbers()["orchestration.claim.takeovers"] == {of(): 1}


@pytest.mark.parametrize("waited", [{"again": True}, {"replays": 1}], ids=["queued again", "replayed"])
async def test_the_age_of_the_queue_is_not_that_of_what_has_waited_elsewhere(house, waited):
    envelope = await house.post(NAMED)
    await house.ports.queue.replace(replace(envelope, **waited), await house.ports.queue.etag(envelope.path))
    house.world.clock.advance(3)
    await house.run(envelope.path)
    assert "orchestration.outcomes" in house.numbers()
    assert "orchestration.queue.age" not in house.numbers()


async def test_an_open_circuit_shows(house):
    refusal = {
        "status": 401,
        "body": {"Errors": [{"ErrorCode": "AuthorizationRequired", "Message": "m", "Data": None}]},
    }
    house.sandbox.faults.add([{"path": "^/v1/", "kind": "status", "value": refusal}])
    await house.apply(NAMED)
    assert house.numbers()["orchestration.circuit.open"][(("client", "erp"),)] == 1


async def test_a_trace_that_its_caller_does_not_sample_is_kept_and_not_exported(house):
    unsampled = TRACEPARENT[:-2] + "00"
    await house.apply(NAMED, traceparent=unsampled)
    assert house.count() == 0
    assert [call.traceparent.split("-")[1::2] for call in house.sandbox.calls] == [[TRACE, "00"]]
    assert house.numbers()["orchestration.outcomes"] == {of(outcome="applied", action="Create"): 1}


async def test_telemetry_adds_no_request(house, build):
    async def steps(of_house: House) -> list[str]:
        await of_house.apply(NAMED)
        await of_house.apply({"ID": "P1", "Name": "m"})
        await of_house.apply({"ID": "P2"})
        await of_house.delete("P1")
        await of_house.settle()
        return [str(step) for step in of_house.steps]

    silent = await steps(build())
    assert await steps(house) == silent
    assert house.count() > 20


async def test_a_plan_measures_nothing_and_is_no_run(house):
    await planned(house, NAMED)
    assert [span.name for span in house.exporter.get_finished_spans()] == ["OrderCloud GET"]
    assert house.numbers().keys() <= CLOSED.keys()


@pytest.mark.parametrize("odd", ["", "00", "00-x-y-zz", "00-0-0-00", f"00-{'f' * 40}-{'f' * 20}-01"])
async def test_a_span_below_what_is_no_trace_begins_one(house, odd):
    span = house.telemetry.begin("a", odd, START, {})
    span.end(START, None)
    assert house.span("a").context.is_valid


async def test_numbers_name_no_record_type_that_is_not_ours(house):
    await house.ports.log.write(unreadable_event("acme/strange/P1/erp", "no JSON", "0" * 64, START))
    assert house.numbers()["orchestration.outcomes"] == {
        of(record_type="unknown", outcome="dead", error_type="Unreadable"): 1
    }
