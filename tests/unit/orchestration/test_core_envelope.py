"""The envelope: how it is stored, and how one posting is laid over another."""

import json
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import TRACEPARENT, envelopes, odd_values, posting

from models.record import Json
from orchestration.envelope import Envelope, EnvelopeError, Operation
from orchestration.paths import QueuePath, RecordPath


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
    assert laid == posting({"Active": True, "Name": "Mug"}, version="8")


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
