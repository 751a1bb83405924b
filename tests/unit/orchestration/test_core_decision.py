"""Every row of the decision table, and what holds for any record, posting and policy."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    MOMENTS,
    NOON,
    POLICIES,
    PRICE_SCHEDULE,
    PRODUCT,
    Situation,
    applied_by,
    posting,
    profile,
    situations,
)

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.decision import (
    Action,
    Case,
    Decision,
    determine_action,
    is_foreign,
    refresh_due,
)
from orchestration.diff import NOTHING, Change, Diff, calculate_diff
from orchestration.envelope import Operation
from orchestration.profile import Policies
from orchestration.report import change_report

MUG: Json = {"ID": "P1", "Name": "Mug", "xp": {"a": 1}}
FRESH = NOON - timedelta(hours=23)
STALE = NOON - timedelta(hours=24)
NONE = CachedRecord()
TOMBSTONE = CachedRecord(deleted=True, fetched_at=FRESH, applied=applied_by("erp", {}))
THERE = CachedRecord(current=MUG, fetched_at=FRESH, applied=applied_by("erp", MUG))
OLD = replace(THERE, fetched_at=STALE)
SEEN = replace(THERE, fetched_at=NOON)

RENAMED = Diff((Change(("Name",), "Mug", "Cup"),))
STRIPPED = Diff(removed=(("xp", "a"),))
CUP: Json = {"ID": "P1", "Name": "Cup", "xp": {"a": 1}}


def decide(
    posted: Json,
    record: CachedRecord,
    operation: Operation = Operation.UPSERT,
    looked: CachedRecord | None = None,
    **policies: Any,
) -> Decision:
    case = Case(PRODUCT, posting(posted, operation=operation), profile(**policies))
    return determine_action(case, record, NOON, looked)


@pytest.mark.parametrize(
    ("posted", "record", "policies", "expected"),
    [
        pytest.param(MUG, NONE, {}, Decision(Action.CREATE, "it is not cached"), id="none"),
        pytest.param(MUG, TOMBSTONE, {}, Decision(Action.CREATE, "it was deleted before"), id="tombstone"),
        pytest.param(MUG, THERE, {}, Decision(Action.IGNORE, "nothing changed"), id="unchanged and fresh"),
        pytest.param(
            MUG,
            OLD,
            {},
            Decision(Action.GET, "nothing changed; OrderCloud is read again"),
            id="unchanged and a day old",
        ),
        pytest.param(
            MUG,
            THERE,
            {"Refresh": "always"},
            Decision(Action.GET, "nothing changed; OrderCloud is read again"),
            id="unchanged, refresh always",
        ),
        pytest.param(
            MUG, OLD, {"Refresh": "never"}, Decision(Action.IGNORE, "nothing changed"), id="unchanged, refresh never"
        ),
        pytest.param(
            {**MUG, "Name": "Cup"}, THERE, {}, Decision(Action.PATCH, "fields changed: Name", RENAMED), id="changed"
        ),
        pytest.param(
            {**MUG, "Name": "Cup"},
            OLD,
            {},
            Decision(Action.PATCH, "fields changed: Name", RENAMED),
            id="changed and old",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"a": 1, "b": {"c": 1}}},
            THERE,
            {},
            Decision(Action.PATCH, "fields changed: xp.b.c", Diff((Change(("xp", "b", "c"), None, 1),))),
            id="xp property added",
        ),
        pytest.param(
            {**MUG, "xp": {}},
            THERE,
            {},
            Decision(Action.UPDATE, "xp properties were removed: xp.a", STRIPPED),
            id="removed",
        ),
        pytest.param(
            {"Name": "Cup", "xp": None},
            THERE,
            {},
            Decision(Action.UPDATE, "xp properties were removed: xp.a", Diff(RENAMED.changes, STRIPPED.removed)),
            id="removed and changed",
        ),
    ],
)
def test_an_upsert_takes_the_row_of_what_is_there_against_what_was_posted(
    posted: Json, record: CachedRecord, policies: dict[str, Any], expected: Decision
) -> None:
    assert decide(posted, record, **policies) == expected


@pytest.mark.parametrize(
    ("record", "operation", "expected"),
    [
        pytest.param(
            NONE, Operation.DELETE, Decision(Action.DELETE, "the source deletes it"), id="delete what is unknown"
        ),
        pytest.param(
            THERE, Operation.DELETE, Decision(Action.DELETE, "the source deletes it"), id="delete what is there"
        ),
        pytest.param(TOMBSTONE, Operation.DELETE, Decision(Action.IGNORE, "it is deleted already"), id="delete again"),
        pytest.param(
            replace(TOMBSTONE, fetched_at=STALE),
            Operation.DELETE,
            Decision(Action.DELETE, "the source deletes it"),
            id="delete again, after long",
        ),
        pytest.param(
            THERE,
            Operation.REPLACE,
            Decision(Action.CREATE, "the source deleted it and posted it again", replaces=True),
            id="replace what is there",
        ),
        pytest.param(
            TOMBSTONE, Operation.REPLACE, Decision(Action.CREATE, "it was deleted before"), id="replace, deleted"
        ),
        pytest.param(
            NONE, Operation.REPLACE, Decision(Action.CREATE, "it is not cached"), id="replace what is unknown"
        ),
    ],
)
def test_a_delete_and_a_replacement_take_their_own_rows(
    record: CachedRecord, operation: Operation, expected: Decision
) -> None:
    posted = {} if operation is Operation.DELETE else MUG
    assert decide(posted, record, operation) == expected


DRIFTED = replace(SEEN, current=CUP)
BACK = Diff((Change(("Name",), "Cup", "Mug"),))


@pytest.mark.parametrize(
    ("posted", "record", "policies", "expected"),
    [
        pytest.param(
            MUG, SEEN, {}, Decision(Action.GET, "nothing changed; OrderCloud is read again"), id="nothing moved"
        ),
        pytest.param(
            MUG,
            DRIFTED,
            {},
            Decision(Action.PATCH, "fields changed: Name; OrderCloud's values had drifted: Name", BACK),
            id="drift is corrected",
        ),
        pytest.param(
            {"ID": "P1"},
            DRIFTED,
            {},
            Decision(Action.PATCH, "fields changed: Name; OrderCloud's values had drifted: Name", BACK),
            id="drift of a field that is managed and not in this posting",
        ),
        pytest.param(
            MUG,
            DRIFTED,
            {"Drift": "report"},
            Decision(
                Action.GET,
                "nothing changed; OrderCloud is read again; OrderCloud's values had drifted: Name",
                drift=BACK,
            ),
            id="drift is reported",
        ),
        pytest.param(
            {**MUG, "xp": {}},
            DRIFTED,
            {"Drift": "report"},
            Decision(
                Action.UPDATE,
                "xp properties were removed: xp.a; OrderCloud's values had drifted: Name",
                STRIPPED,
                BACK,
            ),
            id="drift is reported beside a write",
        ),
        pytest.param(
            MUG,
            CachedRecord(deleted=True, fetched_at=NOON, applied=applied_by("erp", MUG)),
            {},
            Decision(Action.CREATE, "it is gone from OrderCloud behind our back"),
            id="gone",
        ),
    ],
)
def test_after_a_look_what_ordercloud_moved_is_drift(
    posted: Json, record: CachedRecord, policies: dict[str, Any], expected: Decision
) -> None:
    assert decide(posted, record, looked=OLD, **policies) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param(Operation.UPSERT, {"ID": "P1", "Name": "Cup", "xp": {"a": 1}}, id="upsert: laid over"),
        pytest.param(Operation.REPLACE, {"Name": "Cup"}, id="replacement: alone"),
        pytest.param(Operation.DELETE, {}, id="delete: nothing"),
    ],
)
def test_managed_is_all_that_the_source_has_posted_by_now(operation: Operation, expected: Json) -> None:
    assert Case(PRODUCT, posting({"Name": "Cup"}, operation=operation), profile()).managed(THERE) == expected


@pytest.mark.parametrize(
    ("refresh", "fetched", "due"),
    [
        pytest.param("never", None, False, id="never"),
        pytest.param("always", NOON, True, id="always"),
        pytest.param("1h", None, True, id="never fetched"),
        pytest.param("1h", NOON - timedelta(minutes=59), False, id="younger"),
        pytest.param("1h", NOON - timedelta(hours=1), True, id="as old"),
    ],
)
def test_a_refresh_is_due_by_policy_and_age(*, refresh: str, fetched: object, due: bool) -> None:
    record = CachedRecord.from_json({**NONE.to_json(), "FetchedAt": fetched and str(fetched)})
    assert refresh_due(record, Policies.model_validate({"Refresh": refresh}), NOON) is due


@pytest.mark.parametrize(
    ("resource", "current", "foreign"),
    [
        pytest.param("seller", {"OwnerID": "S1"}, False, id="a seller writes all"),
        pytest.param("supplier:S1", {"OwnerID": "s1"}, False, id="a supplier's own, without case"),
        pytest.param("supplier:S1", {"OwnerID": "S2"}, True, id="another supplier's"),
        pytest.param("supplier:S1", {"OwnerID": None}, True, id="nobody's"),
        pytest.param("supplier:S1", {}, True, id="of unknown owner"),
        pytest.param("supplier:S1", None, False, id="not there"),
    ],
)
def test_a_suppliers_client_may_write_only_what_its_supplier_owns(
    *,
    resource: str,
    current: Json | None,
    foreign: bool,
) -> None:
    assert is_foreign(PRODUCT, profile(resource=resource), current) is foreign
    assert not is_foreign(replace(PRICE_SCHEDULE, owner=None), profile(resource=resource), current)


@settings(max_examples=200, deadline=None)
@given(
    situation=situations(),
    operation=st.sampled_from(Operation),
    drawn=st.builds(
        CachedRecord,
        current=st.none(),
        fetched_at=st.none() | MOMENTS,
        deleted=st.booleans(),
        certain=st.booleans(),
    ),
    policies=POLICIES,
    look=st.sampled_from(["never looked", "as before", "moved", "was not there"]),
    there=st.booleans(),
)
def test_any_case_has_one_decision_that_keeps_the_table(
    *,
    situation: Situation,
    operation: Operation,
    drawn: CachedRecord,
    policies: Policies,
    look: str,
    there: bool,
) -> None:
    envelope = posting(
        {} if operation is Operation.DELETE else situation.posted,
        operation=operation,
        record_type=situation.record_type,
    )
    record = replace(
        drawn,
        current=situation.current if there else None,
        applied=applied_by("erp", situation.applied) if situation.applied else {},
        attempted={"erp": situation.attempted} if situation.attempted else {},
    )
    before = {"never looked": None, "as before": record, "moved": replace(record, current=situation.posted)}
    looked = before.get(look, replace(record, current=None))
    case = Case(situation.record_type, envelope, profile().model_copy(update={"policies": policies}))
    decision = determine_action(case, record, NOON, looked)
    diff = calculate_diff(
        situation.record_type, envelope.posted, situation.applied, situation.current, situation.attempted
    )
    assert decision.reason
    assert decision.writes is (decision.action not in (Action.IGNORE, Action.GET))
    match operation:
        case Operation.DELETE:
            assert decision.action is Action.DELETE or (decision.action is Action.IGNORE and record.deleted)
            assert decision.diff == NOTHING
        case Operation.REPLACE:
            assert (decision.action, decision.replaces) == (Action.CREATE, there)
        case Operation.UPSERT if not there:
            assert (decision.action, decision.replaces) == (Action.CREATE, False)
        case Operation.UPSERT:
            assert (decision.action is Action.UPDATE) is bool(diff.removed)
            assert decision.writes is bool(decision.diff)
            assert {change.path for change in diff.changes} <= {change.path for change in decision.diff.changes}
            assert decision.action is not Action.IGNORE or not refresh_due(record, policies, NOON)
    json.dumps(change_report(situation.record_type, decision.diff))
