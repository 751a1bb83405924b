"""The cache blob: how it is stored, and what each step of a run leaves in it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JSON_OBJECTS, NOON, OBJECTS, VALUES, applied_by, cached_records, odd_values, posting

from models.record import Json
from orchestration.cached_record import (
    Applied,
    CachedRecord,
    CacheFormatError,
    Claim,
    Waiting,
    WaitingState,
    union,
)
from orchestration.versions import Version

CLAIM = Claim("run-1", "erp", NOON + timedelta(seconds=60))
WAITING = Waiting(
    envelope=posting({"ID": "P1"}),
    state=WaitingState.PARKED,
    cause="throttled",
    error_type="Unavailable",
    attempts=2,
    due=NOON,
    hints={"due/x": "etag"},
)


@settings(max_examples=60, deadline=None)
@given(cached_records())
def test_a_cached_record_reads_back_from_its_json(record: CachedRecord) -> None:
    assert CachedRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_an_empty_record_says_that_nothing_is_known() -> None:
    assert CachedRecord().to_json() == {
        "Format": 1,
        "Current": None,
        "FetchedAt": None,
        "Deleted": False,
        "Certain": True,
        "Unlogged": 0,
        "Attempted": {},
        "Applied": {},
        "Claim": None,
        "Waiting": {},
    }


@pytest.mark.parametrize(
    "stored",
    [None, 5, "text", [], {}, {"Format": 1}]
    + [{**CachedRecord().to_json(), **spoiled} for spoiled in ({"Format": 2}, {"FetchedAt": "soon"}, {"Applied": 5})]
    + [{**CachedRecord().to_json(), "Waiting": {"erp": {}}}, {**CachedRecord().to_json(), "Claim": {"Run": "x"}}],
)
def test_anything_else_is_no_cached_record(stored: Any) -> None:
    with pytest.raises(CacheFormatError):
        CachedRecord.from_json(stored)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CachedRecord().to_json())), odd_values())
def test_a_cached_record_with_any_field_spoiled_is_refused_or_read(name: str, spoiled: Any) -> None:
    try:
        CachedRecord.from_json({**CachedRecord().to_json(), name: spoiled})
    except CacheFormatError:
        return


def test_a_claim_holds_until_it_expires() -> None:
    assert CLAIM.live(NOON + timedelta(seconds=59.9))
    assert not CLAIM.live(NOON + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("known", "certain", "attempted"),
    [
        pytest.param(CachedRecord(), True, {"erp": {"Name": "Mug"}}, id="no claim"),
        pytest.param(CachedRecord(claim=CLAIM), False, {"erp": {"Name": "Mug"}}, id="a dead run's claim"),
        pytest.param(CachedRecord(certain=False), False, {"erp": {"Name": "Mug"}}, id="uncertain before"),
        pytest.param(
            CachedRecord(attempted={"erp": {"xp": {"a": 1}}, "pim": {"Active": True}}),
            True,
            {"erp": {"xp": {"a": 1}, "Name": "Mug"}, "pim": {"Active": True}},
            id="attempted before",
        ),
    ],
)
def test_a_claim_notes_what_may_be_written_and_doubts_what_a_dead_run_did(
    *,
    known: CachedRecord,
    certain: bool,
    attempted: Json,
) -> None:
    mine = replace(CLAIM, run="run-2")
    claimed = known.claimed(mine, {"Name": "Mug"}, {})
    assert claimed == replace(known, claim=mine, certain=certain, attempted=attempted)


def test_a_claim_notes_of_a_posting_what_is_new_and_what_a_drift_correction_writes_besides() -> None:
    applied = Applied({"Name": "Cup", "Active": True, "xp": {"a": 1, "b": 1}}, Version("6"), {})
    known = CachedRecord(applied={"erp": applied})
    claimed = known.claimed(CLAIM, {"Name": "Mug", "Active": True, "xp": {"a": 1, "b": 2}}, {"ShipWeight": 1})
    assert claimed.attempted == {"erp": {"Name": "Mug", "xp": {"b": 2}, "ShipWeight": 1}}


def test_what_ordercloud_says_is_seen_with_its_time() -> None:
    record = CachedRecord(deleted=True).seen({"ID": "P1"}, NOON)
    assert record == CachedRecord(current={"ID": "P1"}, fetched_at=NOON)
    assert record.seen(None, NOON) == CachedRecord(fetched_at=NOON, deleted=True)


def test_a_settled_posting_leaves_nothing_open_for_its_source_and_all_of_others() -> None:
    other = Applied({"Active": True}, Version("1"), {})
    known = CachedRecord(
        certain=False,
        claim=CLAIM,
        attempted={"erp": {"Name": "Mug"}, "pim": {"Active": False}},
        applied={"pim": other},
        waiting={"erp": WAITING, "pim": WAITING},
    )
    settled = known.settled(posting({"Name": "Mug"}, version="7"), {"Name": "Mug", "Active": True}, {"Id": "e"})
    assert settled == CachedRecord(
        attempted={"pim": {"Active": False}},
        applied={"pim": other, "erp": Applied({"Name": "Mug", "Active": True}, Version("7"), {"Id": "e"})},
        waiting={"pim": WAITING},
    )
    assert settled.applied_by("erp") == {"Name": "Mug", "Active": True}
    assert settled.applied_by("crm") == {}


def test_after_a_create_or_a_delete_no_source_has_applied_anything_to_what_is_there() -> None:
    assert CachedRecord(applied=applied_by("erp", {"Name": "Mug"})).anew() == CachedRecord(
        applied=applied_by("erp", {})
    )


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        pytest.param({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, id="keys of both"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="the other's value"),
        pytest.param({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}, id="at every depth"),
        pytest.param({"a": {"b": 1}}, {"a": 5}, {"a": {"b": 1}}, id="an object stays"),
        pytest.param({"a": 5}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="an object comes"),
        pytest.param({"xp": None}, {"xp": {"a": 1}}, {"xp": {"a": 1}}, id="null gives way"),
    ],
)
def test_a_union_has_the_keys_of_both(one: Json, other: Json, both: Json) -> None:
    assert union(one, other) == both


def paths_of(value: Any) -> set[tuple[str, ...]]:
    if not isinstance(value, dict):
        return set()
    return {(name, *rest) for name, inner in value.items() for rest in ((), *paths_of(inner))}


POOL = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([*OBJECTS, *VALUES]), max_size=2) | JSON_OBJECTS


@settings(max_examples=100, deadline=None)
@given(POOL, POOL)
def test_a_union_forgets_no_path_and_makes_none_up(one: Json, other: Json) -> None:
    assert paths_of(union(one, other)) == paths_of(one) | paths_of(other)
