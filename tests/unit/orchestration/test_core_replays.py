"""What tells the lives of a replayed dead letter apart: its envelope, its events, and what is cached of it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NOON, cached_records, envelopes, posting

from orchestration.cached_record import CachedRecord, Claim
from orchestration.envelope import Envelope, EnvelopeError
from orchestration.event import DROPPED, SUPERSEDED, Event, Level, event_of
from orchestration.waiting import Waiting, WaitingState

POSTING = posting({"ID": "P1"})
DEAD = Waiting(
    envelope=POSTING,
    state=WaitingState.DEAD,
    cause="refused",
    error_type="RefusedByOrderCloud",
    attempts=3,
    status=400,
    failed_at=NOON,
    hints={"shop/product/p1/erp": "etag"},
)


def event(replays: int, attempt: int = 1, error_type: str | None = None) -> Event:
    told = event_of(replace(POSTING, replays=replays), {}, NOON, attempt, Level.WARN, "")
    return replace(told, error_type=error_type)


def test_each_life_of_a_posting_has_events_of_its_own() -> None:
    events = [event(replays, attempt) for replays in (0, 1, 2, 11) for attempt in (0, 1, 11)]
    events += [event(replays, error_type=kind) for replays in (0, 1) for kind in (DROPPED, SUPERSEDED)]
    assert len({each.id for each in events}) == len(events)
    assert event(1).id == event(1, error_type="RefusedByOrderCloud").id  # a rerun of the same attempt
    assert event(0).id == "shop:product:p1:erp:2026-01-31T11:59:00.000000Z~aa:1"


def test_a_stored_event_of_a_replay_reads_back_as_itself() -> None:
    again = replace(POSTING, replays=2)
    stored = json.loads(json.dumps(event(2).to_stored()))
    assert Event.from_stored(stored, POSTING.path, again, None) == event(2)


@settings(max_examples=40, deadline=None)
@given(envelopes(), st.integers(0, 9))
def test_an_envelope_is_stored_with_its_replays(envelope: Envelope, replays: int) -> None:
    again = replace(envelope, replays=replays)
    assert Envelope.from_json(json.loads(json.dumps(again.to_json()))) == again
    assert again.is_same(envelope)


@pytest.mark.parametrize("spoiled", ["many", None, [], {}])
def test_an_envelope_with_any_other_replays_is_none(spoiled: object) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_json({**POSTING.to_json(), "Replays": spoiled})


def test_what_was_queued_by_a_version_without_replays_was_never_replayed() -> None:
    stored = {name: value for name, value in POSTING.to_json().items() if name != "Replays"}
    assert Envelope.from_json(stored) == POSTING


@pytest.mark.parametrize(
    "other",
    [
        replace(POSTING, client="pim"),
        replace(POSTING, keys=("P2",)),
        posting({"ID": "P1"}, version="7"),
        replace(POSTING, accepted_at="2026-01-31T12:00:00+00:00"),
    ],
    ids=["another client", "another record", "another version", "accepted at another time"],
)
def test_other_postings_are_not_the_same(other: Envelope) -> None:
    assert not POSTING.is_same(other)


def test_a_newer_posting_that_is_laid_over_a_replay_was_never_replayed_itself() -> None:
    assert posting({"ID": "P1"}, version="7").laid_over(replace(POSTING, replays=2)).replays == 0


# What is cached

NAME = "shop/product/p1/erp"


@pytest.mark.parametrize(
    ("record", "stale"),
    [
        pytest.param(CachedRecord(), True, id="nothing waits"),
        pytest.param(CachedRecord(waiting={"erp": DEAD}), False, id="it is dead"),
        pytest.param(CachedRecord(waiting={"pim": DEAD}), True, id="another source's is"),
        pytest.param(CachedRecord(waiting={"erp": replace(DEAD, hints={})}), True, id="something else waits"),
        pytest.param(CachedRecord(claim=Claim("run-1", "pim", NOON)), False, id="somebody holds the record, or died"),
    ],
)
def test_a_hint_is_stale_when_nothing_waits_by_it_and_nobody_holds_the_record(
    record: CachedRecord,
    stale: bool,  # noqa: FBT001 - a column
) -> None:
    assert record.is_stale(NAME, "erp") is stale


def test_only_what_is_dead_is_a_dead_letter() -> None:
    parked = replace(DEAD, state=WaitingState.PARKED)
    record = CachedRecord(waiting={"erp": DEAD, "pim": parked})
    assert (record.dead("erp"), record.dead("pim"), record.dead("none")) == (DEAD, None, None)


@settings(max_examples=40, deadline=None)
@given(cached_records())
def test_a_record_without_what_waits_keeps_all_else_and_the_calls_that_were_not_logged(record: CachedRecord) -> None:
    left = {client: waiting for client, waiting in record.waiting.items() if client != "erp"}
    unlogged = record.unlogged + (record.waiting["erp"].unlogged if "erp" in record.waiting else 0)
    assert record.without("erp") == replace(record, waiting=left, unlogged=unlogged)


def test_a_dead_letter_is_stored_with_its_time_and_status() -> None:
    record = CachedRecord(waiting={"erp": DEAD})
    assert CachedRecord.from_json(json.loads(json.dumps(record.to_json()))) == record
