"""Events that are too large for a log, or no JSON, are stored without what does not fit; the whole lies in a blob."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes.event_log import MemoryEventLog
from fakes.storage import MemoryContainer

from orchestration.event import Event, Level
from orchestration.fitting_events import FittingEventLog, blob_name, fitted, is_left_out
from orchestration.log_query import LogQuery
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import EventRefusedError
from orchestration.versions import Version

PATH = QueuePath(RecordPath("acme", "product", ("BIKE",)), "erp")
SMALL = {"Name": "Bike"}


def event(version: str = "1", **payloads) -> Event:
    plain = Event(
        path=PATH,
        version=Version(version),
        attempt=1,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        level=Level.ERROR,
        record_type="product",
        resource="seller",
        keys={"ID": "BIKE"},
        action="Patch",
        reason="changed",
        posted=SMALL,
    )
    return replace(plain, **payloads)


def marker(reason: str, size: int | None) -> dict:
    return {"Truncated": {"Reason": reason, "Bytes": size, "Blob": blob_name(event())}}


class StrictLog(MemoryEventLog):
    """A log that takes no event with a payload that says so."""

    async def write(self, event: Event) -> None:
        if event.posted == {"Say": "no"}:
            raise EventRefusedError("it says no")
        await super().write(event)

    async def write_all(self, events: Sequence[Event]) -> None:
        for each in events:
            await self.write(each)

    async def catch_up(self, event: Event) -> None:
        await self.write(event)


@pytest.fixture
def inner() -> StrictLog:
    return StrictLog()


@pytest.fixture
def blobs() -> MemoryContainer:
    return MemoryContainer()


@pytest.fixture
def log(inner: StrictLog, blobs: MemoryContainer) -> FittingEventLog:
    return FittingEventLog(inner, blobs)


async def test_an_event_that_fits_is_stored_as_it_is_and_costs_no_blob(log, inner, blobs):
    await log.write(event("1", before=SMALL))
    await log.write_all([event("2")])
    await log.catch_up(event("3"))
    assert (inner.written, blobs.requests) == ([event("1", before=SMALL), event("2"), event("3")], [])
    assert await log.events(PATH, limit=1) == [event("3").to_json()]
    assert len((await log.query(LogQuery())).items) == 3


async def test_of_a_large_event_the_largest_payloads_are_left_out_and_the_whole_lies_in_a_blob(log, inner, blobs):
    large = {"Text": "ä" * 600_000}
    whole = event(posted=large, before=SMALL, result={"Text": "x" * 300_000})
    await log.write(whole)
    assert inner.written == [replace(whole, posted=marker("the event is too large", 1_200_012))]
    assert json.loads(blobs.blobs[blob_name(whole)].content) == whole.to_json()


async def test_several_payloads_are_left_out_where_one_is_not_enough(log, inner):
    texts = {"posted": 900_000, "before": 950_000, "diff": 100, "result": 970_000}
    whole = event(**{name: {"T": "x" * size} for name, size in texts.items()})
    await log.write_all([whole])
    left_out = {name: marker("the event is too large", texts[name] + 9) for name in ("before", "result")}
    assert inner.written == [replace(whole, **left_out)]


@pytest.mark.parametrize("odd", [float("nan"), float("-inf"), {1, 2}, datetime(2026, 1, 1, tzinfo=UTC)], ids=str)
async def test_a_payload_that_is_no_json_is_left_out_with_the_reason(log, inner, blobs, odd):
    whole = event(result={"Odd": odd}, before=SMALL)
    await log.write(whole)
    assert inner.written == [replace(whole, result=marker("it holds what JSON has not, as NaN", None))]
    assert blob_name(whole) in blobs.blobs


async def test_half_a_surrogate_pair_is_json_and_stays(log, inner, blobs):
    await log.write(event(posted={"Name": "\ud800"}))
    assert (inner.written, blobs.requests) == ([event(posted={"Name": "\ud800"})], [])


async def test_long_texts_and_lists_are_cut_when_the_payloads_were_not_what_is_large(log, inner):
    error = {"ErrorCode": "X", "Message": "m" * 5_000, "Data": {"Odd": float("nan")}}
    whole = event(message="m" * 3_000_000, errors=(error,) * 60, calls=({"Method": "GET", "Path": "/"},) * 60)
    await log.write(whole)
    (stored,) = inner.written
    assert (stored.message, stored.reason, stored.posted) == (
        "m" * 2_000,
        "changed",
        marker("the event is too large", 16),
    )
    assert stored.errors == ({"ErrorCode": "X", "Message": "m" * 2_000},) * 50
    assert stored.calls == ({"Method": "GET", "Path": "/"},) * 50


async def test_an_event_that_the_log_refuses_is_stored_without_its_payloads(log, inner, blobs):
    refused = event(posted={"Say": "no"})
    without = replace(refused, posted=marker("it says no", 13))
    for step in (log.write(refused), log.write_all([event("2"), refused]), log.catch_up(refused)):
        inner.written.clear()
        await step
        assert inner.written[-1] == without
    assert json.loads(blobs.blobs[blob_name(refused)].content) == refused.to_json()


def test_what_is_left_out_makes_the_event_fit():
    whole = event(**{name: {"T": "x" * 5_000} for name in ("posted", "before", "diff", "result")})
    for largest in (30_000, 16_000, 11_000, 5_000, 2_000):
        assert len(json.dumps(fitted(whole, largest).event.to_json())) <= largest


@pytest.mark.parametrize(
    ("payload", "left_out"), [(None, False), ({}, False), (SMALL, False), (marker("too large", 5), True)], ids=str
)
def test_a_payload_that_was_left_out_is_known_by_its_marker(payload: dict | None, *, left_out: bool) -> None:
    assert is_left_out(payload) is left_out
