"""Composites as values: what is to be done for a posting, what is remembered of it, and the event that sums it up."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from fakes.clock import START
from fakes.profiles import profile_of

from models.composites import HYDRATED_PRODUCT
from models.record import Json
from models.record_types import REGISTRY
from orchestration.cached_record import Applied, CachedRecord
from orchestration.composites import Part, Plan, batch_event, plan_of, remembered
from orchestration.decision import Action, Case
from orchestration.envelope import Envelope, Operation
from orchestration.event import SUPERSEDED, Event, Level, event_of
from orchestration.versions import Version

type Parts = dict[str, tuple[Part, ...]]

OPTIONS = "Specs/S1/Options"
S1: Part = ("spec", ("S1",))
S2: Part = ("spec", ("S2",))
JOINED: Part = ("specproductassignment", ("S1", "P1"))
OPTION: Part = ("specoption", ("S1", "O1"))
PRODUCT: Part = ("product", ("P1",))
VARIANT: Part = ("variant", ("P1", "V"))
SPECS: Json = {"Specs": [{"ID": "S1", "Options": [{"ID": "O1"}]}]}
GONE = (S2, S1, JOINED, OPTION, VARIANT)
KEPT = {"Specs": (S2, S1, JOINED), OPTIONS: (OPTION,)}
WHOLE = {"Product": (PRODUCT,), "Specs": (S1, JOINED), OPTIONS: (OPTION,)}


def case(body: Json, **policies: str) -> Case:
    envelope = Envelope(
        record_type="hydratedproduct",
        operation=Operation.UPSERT,
        marketplace="acme",
        resource="seller",
        client="erp",
        keys=("P1",),
        posted={"ID": "P1", **body},
        version=Version("7"),
        accepted_at=START.isoformat(),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        left_out=("Product.OwnerID",),
        job_id="job",
    )
    return Case(HYDRATED_PRODUCT, envelope, profile_of(Policies=policies))


def known(applied: Parts | None = None, attempted: Parts | None = None) -> CachedRecord:
    """Return what is known of a composite: parts that its source applied, and those that dead runs may have made."""
    tried = {"erp": stored(attempted)} if attempted else {}
    return CachedRecord(attempted=tried, applied={"erp": Applied(stored(applied), Version("6"), {})} if applied else {})


def stored(parts: Parts) -> Json:
    return Plan((), (), parts, first=False).to_json()


def plan(body: Json, before: Parts, **policies: str) -> Plan:
    return plan_of(case(body, **policies), known(before), REGISTRY)


def told(rows: Sequence[Envelope]) -> list[tuple[str, Part]]:
    return [(row.operation.value, (row.record_type, row.keys)) for row in rows]


def test_parts_are_remembered_by_the_field_that_they_were_posted_in_also_after_a_rest_in_json() -> None:
    first = plan({"Product": {}, **SPECS}, {})
    assert (first.parts, first.first, first.kept) == (WHOLE, True, ())
    kept = json.loads(json.dumps(first.to_json()))
    assert kept["Parts"]["Specs"] == {
        "/spec/s1": ["spec", "S1"],
        "/specproductassignment/s1/p1": ["specproductassignment", "S1", "P1"],
    }
    assert remembered(kept) == WHOLE
    assert remembered({}) == {}


def test_rows_say_all_that_the_posting_says_of_who_and_when_and_only_their_own_record() -> None:
    posting = case({"Product": {"Name": "Mug"}})
    [row] = plan_of(posting, known(), REGISTRY).rows
    own = {"ID": "P1", "Name": "Mug"}
    assert row == replace(posting.posting, record_type="product", keys=("P1",), posted=own, left_out=())


UPSERTS = [("upsert", part) for part in (PRODUCT, S1, OPTION, JOINED)]


@pytest.mark.parametrize(
    ("body", "before", "rows", "kept", "parts"),
    [
        pytest.param({"Product": {}, **SPECS}, WHOLE, UPSERTS, (), WHOLE, id="all again"),
        pytest.param({}, WHOLE, [], (), WHOLE, id="nothing is told"),
        pytest.param({"Product": None, "Specs": None}, WHOLE, [], (), WHOLE, id="null tells nothing"),
        pytest.param({"Product": {}}, WHOLE, UPSERTS[:1], (), WHOLE, id="one field alone"),
        pytest.param(
            {"Specs": []}, WHOLE, [], (S1, JOINED, OPTION), WHOLE, id="an empty list, with what was in its elements"
        ),
        pytest.param(
            {"Specs": [{"ID": "S1"}]}, WHOLE, [UPSERTS[1], UPSERTS[3]], (), WHOLE, id="an element without its list"
        ),
        pytest.param(
            {"Specs": [{"ID": "s1", "Options": []}]},
            WHOLE,
            [("upsert", ("spec", ("s1",))), ("upsert", ("specproductassignment", ("s1", "P1")))],
            (OPTION,),
            {**WHOLE, "Specs": (("spec", ("s1",)), ("specproductassignment", ("s1", "P1")))},
            id="in another case, with an empty list",
        ),
    ],
)
def test_what_a_posting_does_not_tell_of_stays_and_what_is_gone_from_a_list_is_kept(
    body: Json, before: Any, rows: Any, kept: Any, parts: Any
) -> None:
    found = plan(body, before)
    assert (told(found.rows), found.kept, found.parts, found.first) == (rows, kept, parts, False)


@pytest.mark.parametrize(
    ("policies", "rows", "kept", "parts"),
    [
        pytest.param({}, [], GONE, KEPT, id="keep; what is generated is left to itself"),
        pytest.param(
            {"GoneParts": "delete"},
            [("delete", part) for part in (OPTION, JOINED, S1, S2)],
            (VARIANT,),
            {},
            id="delete, children first; what is generated cannot be",
        ),
        pytest.param({"GoneParts": "delete", "Deletes": "refuse"}, [], GONE, KEPT, id="refused"),
    ],
)
def test_the_policy_says_what_becomes_of_parts_that_are_gone(
    policies: dict[str, str], rows: Any, kept: Any, parts: Parts
) -> None:
    before = {**KEPT, "Variants": (VARIANT,)}
    found = plan({"Specs": [], "Variants": []}, before, **policies)
    assert (told(found.rows), found.kept) == (rows, kept)
    assert list(found.parts.items()) == list(parts.items())  # in the same order in every process
    assert all(row.posted == {} for row in found.rows)


REMOVED = [("delete", part) for part in (VARIANT, OPTION, JOINED, S1, S2)]


@pytest.mark.parametrize(
    ("operation", "body", "rows", "parts"),
    [
        pytest.param(Operation.DELETE, {}, REMOVED, {}, id="deleted"),
        pytest.param(
            Operation.REPLACE,
            {"Product": {}, "Variants": [{"ID": "V"}]},
            [("replace", PRODUCT), ("upsert", VARIANT), *REMOVED[1:]],
            {"Product": (PRODUCT,), "Variants": (VARIANT,)},
            id="deleted and posted again",
        ),
    ],
)
@pytest.mark.parametrize("ran", ["to its end", "not to its end"])
def test_of_a_whole_that_is_deleted_all_parts_leave_whatever_the_policy(
    operation: Operation, body: Json, rows: Any, parts: Parts, ran: str
) -> None:
    before = {**KEPT, "Variants": (VARIANT,)}
    record = known(before) if ran == "to its end" else known(attempted=before)
    posting = case(body, GoneParts="keep")
    found = plan_of(replace(posting, posting=replace(posting.posting, operation=operation)), record, REGISTRY)
    assert (told(found.rows), found.kept, found.parts) == (rows, (), parts)
    assert found.first is (ran != "to its end")


def test_what_runs_that_died_may_have_made_counts_beside_what_was_applied() -> None:
    record = known({"Specs": (S1,)}, {"Specs": (("spec", ("s1",)), S2), "Product": (PRODUCT,)})
    found = plan_of(case({"Specs": []}), record, REGISTRY)
    assert (found.kept, found.first) == ((("spec", ("s1",)), S2), False)
    assert found.parts == {"Specs": (("spec", ("s1",)), S2), "Product": (PRODUCT,)}


DEFINING: Json = {"ID": "S1", "DefinesVariant": True, "Options": [{"ID": "O1"}]}
IMPLIED: Part = ("variant", ("P1", "P1-O1"))
OF_SPECS = [("upsert", part) for part in (S1, OPTION, JOINED)]
IMPLYING = {"Specs": (S1, JOINED, IMPLIED), OPTIONS: (OPTION,)}


@pytest.mark.parametrize(
    ("body", "before", "rows", "parts"),
    [
        pytest.param({}, {}, [*OF_SPECS, ("upsert", IMPLIED)], IMPLYING, id="none were ever posted"),
        pytest.param({}, IMPLYING, [*OF_SPECS, ("upsert", IMPLIED)], IMPLYING, id="again"),
        pytest.param(
            {},
            {"Variants": (VARIANT,)},
            OF_SPECS,
            {"Variants": (VARIANT,), "Specs": (S1, JOINED), OPTIONS: (OPTION,)},
            id="some were posted before",
        ),
        pytest.param(
            {"Variants": [{"ID": "V"}]},
            IMPLYING,
            [*OF_SPECS, ("upsert", VARIANT)],
            {"Specs": (S1, JOINED), OPTIONS: (OPTION,), "Variants": (VARIANT,)},
            id="some are posted now",
        ),
    ],
)
def test_all_combinations_are_wanted_where_no_variants_were_posted(
    body: Json, before: Parts, rows: Any, parts: Parts
) -> None:
    found = plan({"Specs": [DEFINING], **body}, before)
    assert (told(found.rows), found.parts) == (rows, parts)


def ended(row: Envelope, outcome: str) -> Event | None:
    """Return the event that a row ended in, in one word."""
    event = event_of(row, {}, START, 1, Level.SUCCESS, "")
    match outcome:
        case "none":
            return None
        case "waiting":
            return replace(event, level=Level.WARN, error_type="MissingReference")
        case "dead":
            return replace(event, level=Level.ERROR, error_type="RefusedByOrderCloud")
        case "superseded":
            return replace(event, level=Level.WARN, error_type=SUPERSEDED, action=Action.IGNORE.value)
        case _:
            return replace(event, action=outcome)


@pytest.mark.parametrize(
    ("outcomes", "first", "level", "action", "reason", "open_ones"),
    [
        pytest.param(["Create"] * 4, True, "Success", "Create", "4 parts: 4 Create", None, id="all created"),
        pytest.param(["Ignore"] * 4, False, "Success", "Ignore", "4 parts: 4 Ignore", None, id="nothing changed"),
        pytest.param(
            ["Ignore", "Patch", "Get", "Ignore"],
            False,
            "Success",
            "Patch",
            "4 parts: 1 Get, 2 Ignore, 1 Patch",
            None,
            id="one changed",
        ),
        pytest.param(
            ["Ignore", "Get", "Get", "Ignore"],
            False,
            "Success",
            "Get",
            "4 parts: 2 Get, 2 Ignore",
            None,
            id="read again",
        ),
        pytest.param(
            ["Create", "Patch", "Ignore", "Ignore"],
            True,
            "Success",
            "Create",
            "4 parts: 1 Create, 2 Ignore, 1 Patch",
            None,
            id="the first time, with what was there",
        ),
        pytest.param(
            ["Create", "Update", "Ignore", "superseded"],
            False,
            "Warn",
            "Patch",
            "4 parts: 1 Create, 1 Ignore, 1 Update, 1 superseded",
            None,
            id="several kinds of writes, and a part that this source has posted newer",
        ),
        pytest.param(
            ["Update", "Ignore", "Update", "Ignore"],
            False,
            "Success",
            "Update",
            "4 parts: 2 Ignore, 2 Update",
            None,
            id="one kind of writes",
        ),
        pytest.param(
            ["Create", "dead", "waiting", "none"],
            True,
            "Warn",
            "Create",
            "4 parts: 1 Create, 1 dead, 2 waiting",
            "not applied yet: spec S1, specoption S1/O1, specproductassignment S1/P1",
            id="some are not applied",
        ),
    ],
)
def test_the_event_of_a_composite_sums_up_its_parts(
    outcomes: list[str], *, first: bool, level: str, action: str, reason: str, open_ones: str | None
) -> None:
    posting = case({"Product": {}, **SPECS})
    found = replace(plan_of(posting, known(), REGISTRY), first=first)
    events = {str(row.path): ended(row, outcome) for row, outcome in zip(found.rows, outcomes, strict=True)}
    there = {path: event for path, event in events.items() if event is not None}
    event = batch_event(posting, found, there, 3, START)
    assert (event.level.value, event.action, event.reason) == (level, action, reason)
    left_out = "read-only fields were left out: Product.OwnerID"
    assert event.message == "; ".join(note for note in (left_out, open_ones) if note)
    assert (event.keys, event.attempt, event.job_id, event.time) == ({"ID": "P1"}, 3, "job", START)


def test_one_part_is_told_as_one() -> None:
    posting = case({"Product": {}})
    [row] = plan_of(posting, known(), REGISTRY).rows
    event = batch_event(posting, Plan((row,), (), {}, first=False), {str(row.path): ended(row, "Ignore")}, 1, START)
    assert event.reason == "1 part: 1 Ignore"


def test_no_more_than_ten_parts_are_told() -> None:
    posting = case({"Specs": []})
    gone = tuple(("spec", (f"S{n:02}",)) for n in range(12))
    event = batch_event(posting, Plan((), gone, {}, first=False), {}, 1, START)
    assert event.message is not None
    assert event.message.endswith("spec S08, spec S09 and 2 more")
    assert (event.reason, event.action, event.level) == ("0 parts: none", "Ignore", Level.SUCCESS)
