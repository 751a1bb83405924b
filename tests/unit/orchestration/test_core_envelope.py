"""The envelope: how it is stored, and how one posting is laid over another."""

import json
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import TRACEPARENT, envelopes, odd_values, posting

from models.record import Json
from orchestration.envelope import Envelope, EnvelopeError, Operation, Outdated, Remainder
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version


def test_an_envelope_waits_at_the_path_of_its_record_and_source() -> None:
    assert posting({"ID": "P1"}).path == QueuePath(RecordPath("shop", "product", ("p1",)), "erp")
    assert posting({"ID": "P1"}).trace_id == "0af7651916cd43dd8448eb211c80319c"


def test_an_envelope_is_stored_with_its_format_and_without_secrets() -> None:
    assert posting({"ID": "P1", "Name": None}, version="7").to_json() == {
        "Format": 1,
        "RecordType": "product",
        "Operation": "upsert",
        "Marketplace": "Shop",
        "Resource": "seller",
        "Client": "erp",
        "Keys": ["P1"],
        "Posted": {"ID": "P1", "Name": None},
        "Version": "7",
        "AcceptedAt": "2026-01-31T11:59:00+00:00",
        "Traceparent": TRACEPARENT,
        "LeftOut": [],
        "JobID": None,
        "SourceName": None,
        "Replays": 0,
    }


@settings(max_examples=60, deadline=None)
@given(envelopes())
def test_an_envelope_reads_back_from_its_json(envelope: Envelope) -> None:
    assert Envelope.from_json(json.loads(json.dumps(envelope.to_json()))) == envelope


@pytest.mark.parametrize("stored", [None, 5, "text", [], {}, {"Format": 1}, {**posting({}).to_json(), "Format": 2}])
def test_anything_else_is_no_envelope(stored: Any) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_json(stored)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(posting({}).to_json())), odd_values())
def test_an_envelope_with_any_field_spoiled_is_refused_or_of_use(name: str, spoiled: Any) -> None:
    try:
        envelope = Envelope.from_json({**posting({"ID": "P1"}).to_json(), name: spoiled})
    except EnvelopeError:
        return
    assert str(envelope.path)
    assert envelope.trace_id


@pytest.mark.parametrize("version", [None, 5, [], "", "soon"], ids=repr)
def test_an_envelope_whose_version_is_none_is_refused_rather_than_found_out_later(version: Any) -> None:
    with pytest.raises(EnvelopeError):
        Envelope.from_json({**posting({"ID": "P1"}).to_json(), "Version": version})


UPSERT, DELETE, REPLACE = Operation.UPSERT, Operation.DELETE, Operation.REPLACE


@pytest.mark.parametrize(
    ("older", "newer", "operation", "posted"),
    [
        pytest.param(
            posting({"ID": "P1", "Name": "Cup", "Active": True}),
            posting({"ID": "P1", "Name": "Mug"}),
            UPSERT,
            {"ID": "P1", "Name": "Mug", "Active": True},
            id="posted fields replace, others stay",
        ),
        pytest.param(posting({"Name": "Cup"}), posting({"Name": None}), UPSERT, {"Name": None}, id="null replaces"),
        pytest.param(
            posting({"xp": {"a": 1}}), posting({"xp": {"b": 1}}), UPSERT, {"xp": {"b": 1}}, id="xp is replaced whole"
        ),
        pytest.param(
            posting({"xp": {"a": 1}}), posting({}), UPSERT, {"xp": {"a": 1}}, id="xp that is not posted stays"
        ),
        pytest.param(posting({"Name": "Cup"}), posting({}, operation=DELETE), DELETE, {}, id="a delete replaces all"),
        pytest.param(
            posting({}, operation=DELETE), posting({"Name": "Mug"}), REPLACE, {"Name": "Mug"}, id="over a delete"
        ),
        pytest.param(
            posting({"Name": "Cup", "Active": True}, operation=REPLACE),
            posting({"Name": "Mug"}),
            REPLACE,
            {"Name": "Mug", "Active": True},
            id="over a replacement",
        ),
        pytest.param(
            posting({"Name": "Cup"}, operation=REPLACE), posting({}, operation=DELETE), DELETE, {}, id="delete replaced"
        ),
        pytest.param(
            posting({"Name": "Cup", "Active": True}),
            posting({"Name": "Mug"}, operation=REPLACE),
            REPLACE,
            {"Name": "Mug"},
            id="a replacement replaces all",
        ),
    ],
)
def test_a_newer_posting_is_laid_over_an_older_one(
    older: Envelope, newer: Envelope, operation: Operation, posted: Json
) -> None:
    laid = newer.laid_over(older)
    assert (laid.operation, laid.posted) == (operation, posted)


def test_what_is_laid_over_keeps_the_version_and_the_trace_of_the_newer_posting() -> None:
    laid = posting({"Name": "Mug"}, version="8").laid_over(posting({"Active": True}, version="7"))
    left = Remainder(Version("7"), UPSERT, {"Name": "Mug"})
    assert laid == replace(posting({"Active": True, "Name": "Mug"}, version="8"), remainders=(left,))


POSTINGS = st.builds(
    lambda posted, operation: posting({} if operation is DELETE else posted, operation=operation),
    st.fixed_dictionaries(
        {},
        optional={
            "Name": st.sampled_from([None, 1]),
            "xp": st.sampled_from([None, {}, {"a": 1}, {"b": 1}]),
            # Without null: laid over a clear that still waits, part of an object stands for itself alone.
            "Inventory": st.sampled_from([{}, {"Enabled": True}, {"Enabled": False}, {"QuantityAvailable": 5}]),
        },
    ),
    st.sampled_from(Operation),
)


def managed_after(managed: Json | None, envelope: Envelope) -> Json | None:
    """Say what a source manages after a posting was applied by itself; none: the record is not there."""
    match envelope.operation:
        case Operation.DELETE:
            return None
        case Operation.REPLACE:
            return envelope.posted
        case Operation.UPSERT:
            merged = {**(managed or {}), **envelope.posted}
            if "Inventory" in merged:
                merged["Inventory"] = {**(managed or {}).get("Inventory", {}), **envelope.posted.get("Inventory", {})}
            return merged


@settings(max_examples=150, deadline=None)
@given(
    st.lists(POSTINGS, min_size=1, max_size=5), st.sampled_from([None, {"Name": 0, "Description": 0, "xp": {"z": 0}}])
)
def test_postings_laid_over_one_another_come_to_the_same_as_one_after_the_other(
    postings: list[Envelope], before: Json | None
) -> None:
    merged = reduce(lambda older, newer: newer.laid_over(older), postings)
    assert managed_after(before, merged) == reduce(managed_after, postings, before)


@settings(max_examples=150, deadline=None)
@given(POSTINGS, POSTINGS, POSTINGS)
def test_it_does_not_matter_which_postings_meet_first(a: Envelope, b: Envelope, c: Envelope) -> None:
    assert c.laid_over(b).laid_over(a) == c.laid_over(b.laid_over(a))


def merged(*postings: Envelope) -> Envelope:
    """Return postings laid over one another, in the order given."""
    return reduce(lambda older, newer: newer.laid_over(older), postings)


ACCEPTED, LATER = "2026-01-31T11:59:00.000000Z~aa", "2026-01-31T12:00:00.000000Z~bb"
TIME, EVENING = "2026-01-31T08:00:00+00:00", "2026-01-31T20:00:00+00:00"


@pytest.mark.parametrize(
    ("said", "known", "left"),
    [
        pytest.param({"4": "A", "6": "B"}, "5", "B", id="what was older than the applied one is left out"),
        pytest.param({"4": "A", "6": "B"}, "4", "AB", id="the same version is not older"),
        pytest.param({"4": "A", "6": "B"}, "3", "AB", id="a newer one is not"),
        pytest.param({"3": "AB", "4": "B", "6": "C"}, "4", "BC", id="only the oldest of three"),
        pytest.param({"3": "A", "4": "B", "6": "C"}, "5", "C", id="two of three"),
        pytest.param({"4": "A", ACCEPTED: "B", "6": "C"}, "5", "BC", id="one of acceptance between"),
        pytest.param({ACCEPTED: "A", "4": "B"}, "5", "AB", id="over one of acceptance all counts"),
        pytest.param({"4": "A", TIME: "B"}, "5", "B", id="under a time"),
        pytest.param({"4": "A", TIME: "B", "3": "C"}, "5", "BC", id="what comes after a time counts with it"),
        pytest.param({"4": "A", TIME: "B", "3": "C"}, EVENING, "ABC", id="over another kind all counts"),
        pytest.param({"4": "A", TIME: "B"}, ACCEPTED, "AB", id="after one of acceptance"),
        pytest.param({ACCEPTED: "A", LATER: "B"}, "5", "AB", id="times of acceptance alone"),
    ],
)
def test_what_is_older_than_a_known_version_is_taken_out_again(said: dict[str, str], known: str, left: str) -> None:
    laid = merged(*(posting(dict.fromkeys(names, version), version=version) for version, names in said.items()))
    newest = {name: version for version, names in said.items() for name in names}
    assert laid.since(Version(known)).posted == {name: newest[name] for name in left}


OLD_DELETE = posting({}, operation=DELETE, version="4")


def test_a_deletion_that_is_older_than_a_known_version_is_taken_out_again() -> None:
    laid = posting({"Name": "Mug"}, version="6").laid_over(OLD_DELETE)
    assert laid.operation is REPLACE
    left = laid.since(Version("5"))
    assert left == replace(posting({"Name": "Mug"}, version="6"), outdated=Outdated(Version("5"), ("the deletion",)))


def test_a_property_of_an_object_is_taken_out_again_and_named() -> None:
    older = posting({"Inventory": {"Enabled": True}, "Name": "Mug"}, version="4")
    laid = posting({"Inventory": {"QuantityAvailable": 5}}, version="6").laid_over(older)
    left = laid.since(Version("5"))
    assert left.posted == {"Inventory": {"QuantityAvailable": 5}}
    assert left.outdated == Outdated(Version("5"), ("Inventory.Enabled", "Name"))


def test_what_a_newer_posting_says_itself_is_remembered_only_once() -> None:
    whole = [posting({"Name": str(number), "xp": {"a": number}}, version=str(number)) for number in range(50)]
    assert merged(*whole).remainders == ()
    partial = [posting({"ABC"[number % 3]: number}, version=str(number)) for number in range(50)]
    assert [each.upto.text for each in merged(*partial).remainders] == ["47", "48"]


def test_a_newer_posting_that_was_laid_over_something_older_than_the_parked_one_leaves_that_out() -> None:
    newer = merged(posting({"Name": "4", "Active": True}, version="4"), posting({"Name": "6"}, version="6"))
    assert newer.laid_over(posting({"Description": "5"}, version="5")).posted == {"Name": "6", "Description": "5"}


def test_nothing_is_added_to_the_envelope_of_a_source_without_versions() -> None:
    waits = merged(posting({"Name": "Cup"}), posting({}, operation=DELETE), posting({"Active": True}))
    assert waits.to_json().keys() == posting({}).to_json().keys()


def test_an_envelope_that_versions_met_in_is_stored_by_what_differs() -> None:
    older = posting({"Inventory": {"Enabled": True}, "Name": "Mug"}, version="4")
    laid = posting({"Inventory": {"QuantityAvailable": 5}, "Active": True}, version="6").laid_over(older)
    stored = laid.to_json()
    less = {"Without": ["Name"], "Within": {"Inventory": {"Without": ["Enabled"]}}}
    assert stored["Remainders"] == [{"Upto": "4", "Operation": "upsert", "Less": less}]
    assert Envelope.from_json(json.loads(json.dumps(stored))) == laid
    after = laid.since(Version("5")).laid_over(posting({"Name": "t"}))
    assert (after.mixed, after.outdated) == (True, Outdated(Version("5"), ("Inventory.Enabled", "Name")))
    assert Envelope.from_json(json.loads(json.dumps(after.to_json()))) == after


VERSIONED = st.lists(POSTINGS, min_size=3, max_size=5).map(
    lambda drawn: [replace(each, version=Version(str(place // 2))) for place, each in enumerate(drawn)]
)


@settings(max_examples=150, deadline=None)
@given(VERSIONED, st.integers(-1, 3).map(lambda number: Version(str(number))), st.data())
def test_what_is_left_is_what_the_newer_postings_come_to_whichever_met_first(
    postings: list[Envelope], known: Version, data: st.DataObject
) -> None:
    newer = [each for each in postings if not each.version.older_than(known)] or postings[-1:]
    expected = merged(*newer)
    split = data.draw(st.integers(1, len(postings) - 1))
    for laid in (merged(*postings), merged(*postings[split:]).laid_over(merged(*postings[:split]))):
        left = Envelope.from_json(json.loads(json.dumps(laid.to_json()))).since(known)
        assert (left.operation, left.posted) == (expected.operation, expected.posted)
