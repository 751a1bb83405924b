"""Events and the change report: what people read of a posting."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JSON_OBJECTS, MOMENTS, NOON, VALUES, envelopes, posting

from models.record import Json
from models.record_types import REGISTRY
from orchestration.diff import NOTHING, Change, Diff
from orchestration.envelope import Envelope
from orchestration.event import Event, Level, call_json, event_of, requests_of, unreadable_event
from orchestration.paths import QueuePath, RecordPath
from orchestration.report import change_report
from orchestration.requests import Request
from orchestration.versions import Version

PRODUCT = REGISTRY["product"]

CREATED = replace(
    event_of(
        replace(posting({"ID": "P1"}), left_out=("OwnerID",)), {"ID": "P1"}, NOON, 1, Level.SUCCESS, "it is not cached"
    ),
    action="Create",
    result={"ID": "P1"},
    calls=(call_json(Request("POST", "/v1/products", {"ID": "P1"})),),
    durations={"OrderCloudAction": 0.25},
)


def test_a_call_says_how_many_requests_it_took_where_it_was_not_one() -> None:
    once, thrice = (call_json(Request("GET", "/v1/specs", query={"page": "1"}), attempts) for attempts in (1, 3))
    assert once == {"Method": "GET", "Path": "/v1/specs?page=1"}
    assert thrice == {"Method": "GET", "Path": "/v1/specs?page=1", "Attempts": 3}
    assert (requests_of([]), requests_of([once, thrice, once])) == (0, 5)


def test_an_event_says_who_what_when_why_and_what_came_of_it() -> None:
    assert CREATED.to_json() == {
        "Id": "shop:product:p1:erp:2026-01-31T11:59:00.000000Z~aa:1",
        "Time": "2026-01-31T12:00:00+00:00",
        "Level": "Success",
        "RecordType": "product",
        "Resource": "seller",
        "Client": "erp",
        "RecordID": "shop/product/p1",
        "Keys": {"ID": "P1"},
        "Action": "Create",
        "Reason": "it is not cached",
        "ErrorType": None,
        "Message": "read-only fields were left out: OwnerID",
        "Errors": [],
        "Posted": {"ID": "P1"},
        "Before": None,
        "Diff": None,
        "Result": {"ID": "P1"},
        "Calls": [{"Method": "POST", "Path": "/v1/products"}],
        "UncertainCalls": 0,
        "Attempt": 1,
        "Durations": {"OrderCloudAction": 0.25},
        "Version": "2026-01-31T11:59:00.000000Z~aa",
        "AcceptedAt": "2026-01-31T11:59:00+00:00",
        "TraceID": "0af7651916cd43dd8448eb211c80319c",
        "JobID": None,
    }


def test_what_an_operator_did_says_which_one_and_no_other_event_has_the_field() -> None:
    done = replace(CREATED, operator="ops")
    assert done.to_json() == {**CREATED.to_json(), "Operator": "ops"}
    for event in (CREATED, done):
        assert Event.from_json(event.to_json(), 0) == event


@settings(max_examples=60, deadline=None)
@given(envelopes(), MOMENTS, st.integers(1, 40), st.sampled_from(Level), JSON_OBJECTS, st.none() | JSON_OBJECTS)
def test_a_stored_event_reads_back_as_itself(
    envelope: Envelope, time: datetime, attempt: int, level: Level, before: Json, result: Json | None
) -> None:
    event = replace(
        event_of(envelope, {"ID": "P1"}, time, attempt, level, "why"), before=before, diff=before, result=result
    )
    stored = json.loads(json.dumps(event.to_stored()))
    assert Event.from_stored(stored, envelope.path, envelope, result) == event
    assert not {"Posted", "Result"} & stored.keys()


@settings(max_examples=60, deadline=None)
@given(envelopes(), envelopes(), st.integers(1, 3), st.integers(1, 3))
def test_an_event_overwrites_its_own_and_never_another_s(
    one: Envelope, other: Envelope, first: int, second: int
) -> None:
    def event(envelope: Envelope, attempt: int) -> Event:
        return event_of(envelope, {}, NOON, attempt, Level.SUCCESS, "")

    # No two postings have one version of ours; a source may give its own again.
    same = (one.path, one.version, first) == (other.path, other.version, second)
    same &= one.accepted_at == other.accepted_at or not one.version.from_source
    assert (event(one, first).id == event(other, second).id) is same
    assert not set("/\\?#") & set(event(one, first).id)


def test_the_id_of_a_version_of_the_source_s_says_when_its_posting_was_accepted() -> None:
    first = event_of(posting({}, version="7"), {}, NOON, 2, Level.SUCCESS, "")
    assert first.id == "shop:product:p1:erp:7:2026-01-31T11:59:00+00:00:2"
    assert replace(first, accepted_at=None).id == "shop:product:p1:erp:7:2"


@pytest.mark.parametrize("version", ["7", "2026-01-31T11:59:00.000000Z~aa"])
def test_an_event_that_is_read_back_keeps_the_id_that_it_was_written_by(version: str) -> None:
    envelope = posting({}, version=version)
    told = event_of(envelope, {}, NOON, 1, Level.SUCCESS, "").to_json() | {"Id": f"shop:product:p1:erp:{version}:0"}
    read = Event.from_json(told, 0)
    assert (read.id, read.to_json()) == (told["Id"], told)
    again = Event.from_stored(read.to_stored(), envelope.path, replace(envelope, replays=1), None)
    assert again.id == told["Id"], "in another life of its posting, too"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param(
            "shop/product/p1/erp", QueuePath(RecordPath("shop", "product", ("p1",)), "erp"), id="a path of ours"
        ),
        pytest.param(
            "no path",
            QueuePath(RecordPath("unreadable", "unreadable", ("no path",)), "unknown"),
            id="a name that is none",
        ),
    ],
)
def test_what_cannot_be_read_has_an_event_all_the_same(name: str, path: QueuePath) -> None:
    event = unreadable_event(name, "not an envelope", "0123456789abcdef0123", NOON)
    assert (event.path, event.version, event.level) == (path, Version("unreadable~0123456789abcdef"), Level.ERROR)
    assert (event.error_type, event.message) == ("Unreadable", "not an envelope")
    assert QueuePath.parse(str(event.path)) == event.path


def test_the_change_report_names_each_field_with_its_values() -> None:
    diff = Diff(
        (Change(("Name",), "Cup", "Mug"), Change(("xp", "a"), [1, 2], [1, 3])),
        (("xp", "b", "c"),),
    )
    assert change_report(PRODUCT, diff) == {
        "Name": {"Before": "Cup", "After": "Mug"},
        "xp.a": {
            "Before": [1, 2],
            "After": [1, 3],
            "Details": {"values_changed": {"root[1]": {"new_value": 3, "old_value": 2}}},
        },
        "xp.b.c": {"Removed": True},
    }


def test_a_keyed_list_is_reported_by_key_and_without_what_the_source_does_not_manage() -> None:
    before = [{"Quantity": 1, "Price": 5, "SalePrice": None}, {"Quantity": 10, "Price": 4, "SalePrice": None}]
    after = [{"Quantity": 10, "Price": 4}, {"Quantity": 1, "Price": 6}]
    report = change_report(REGISTRY["priceschedule"], Diff((Change(("PriceBreaks",), before, after),)))
    details = {"values_changed": {"root['1']['Price']": {"new_value": 6, "old_value": 5}}}
    assert report == {"PriceBreaks": {"Before": before, "After": after, "Details": details}}


def test_there_is_no_change_report_of_nothing() -> None:
    assert change_report(PRODUCT, NOTHING) is None


def test_two_fields_whose_dotted_names_are_alike_are_both_in_the_change_report() -> None:
    diff = Diff((Change(("xp", "a.b"), 1, 2), Change(("xp", "a", "b"), 3, 4)))
    report = change_report(PRODUCT, diff)
    assert report is not None
    assert sorted(entry["After"] for entry in report.values()) == [2, 4]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(VALUES), st.sampled_from(VALUES))
def test_any_change_can_be_reported_as_json(before: object, after: object) -> None:
    report = change_report(PRODUCT, Diff((Change(("xp", "a"), before, after),)))
    assert report is not None
    assert json.loads(json.dumps(report))["xp.a"]["After"] == after
