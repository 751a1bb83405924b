"""Every record type from its first posting to its deletion: what is decided, asked, kept and paid for it.

The rows of the table live at the same time, each with IDs of its own, and each test looks at one day of one life.
"""

import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from e2e_world import World, errors_of, nothing_is_stored, own_stack
from type_life import CHANGED, CREATED, UNCHANGED, Day, Life
from type_table import ASSIGNMENT_ROWS, COMPOSITE_ROWS, PLAIN_ROWS, ROWS, STAGES, VARIANT_ROW, Row, named

from localdev.stack import StackOptions
from models.record_types import REGISTRY

pytestmark = pytest.mark.xdist_group("types")

AT_ONCE = 4
COUNTED = (*PLAIN_ROWS, *ASSIGNMENT_ROWS, VARIANT_ROW)
BUYER_OWNED = [pytest.param(row, id=row.name) for row in ROWS if row.buyer_owned]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack whose sweep seldom comes: what it takes up beside the triggers would be counted as theirs."""
    state = tmp_path_factory.mktemp("types") / "state"
    with own_stack(StackOptions(state=state, sweep_seconds=30)) as own:
        yield own.world


@pytest.fixture(scope="module")
def threads(world: World) -> Iterator[ThreadPoolExecutor]:
    world.api()  # signed in once, before many ask at once
    with ThreadPoolExecutor(AT_ONCE) as executor:
        yield executor


@pytest.fixture(scope="module")
def lives(world: World, threads: ThreadPoolExecutor) -> Mapping[str, Future[Mapping[str, Day]]]:
    return {row.name: threads.submit(Life(world, row).live) for row in ROWS}


@pytest.fixture(scope="module")
def costs(world: World, threads: ThreadPoolExecutor) -> Mapping[str, Future[Mapping[str, int]]]:
    return {row.name: threads.submit(Life(world, row).pay) for row in COUNTED}


DAYS = [
    pytest.param(row, stage, id=f"{row.name}-{stage}") for row in ROWS for stage in STAGES if stage not in row.skipped
]
"""Every stage that a type has; the table says why it has no other."""


def test_the_table_has_a_row_for_each_record_type() -> None:
    assert sorted(row.name for row in ROWS) == sorted(row.name for row in REGISTRY)
    assert {row.name: {*row.expected, *row.skipped} - {*STAGES} for row in ROWS} == {row.name: set() for row in ROWS}
    assert {row.name: {*STAGES} - {*row.expected, *row.skipped} for row in ROWS} == {row.name: set() for row in ROWS}


@pytest.mark.parametrize(("row", "stage"), DAYS)
def test_each_stage_is_decided_asked_for_and_kept_as_the_table_says(
    lives: Mapping[str, Future[Mapping[str, Day]]], row: Row, stage: str
) -> None:
    action, calls = row.expected[stage]
    deleted = stage == "delete"
    told = () if row in COMPOSITE_ROWS else calls  # those of a composite stand in the events of its parts
    expected = Day("deleted" if deleted else "applied", action, calls, told, held=not deleted)
    assert lives[row.name].result()[stage] == expected


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in COUNTED])
def test_a_record_costs_no_more_requests_than_its_budget(
    costs: Mapping[str, Future[Mapping[str, int]]], row: Row
) -> None:
    changed = {"patch": CHANGED} if row.change else {}
    created = CREATED if row.referred else CHANGED
    assert costs[row.name].result() == {"create": created, "unchanged": UNCHANGED, **changed}


@pytest.mark.parametrize("row", BUYER_OWNED)
def test_a_record_that_names_another_buyer_than_its_path_is_refused(world: World, row: Row) -> None:
    tag = f"t{uuid.uuid4().hex[:10]}"
    body = named({**row.keys, **row.body, "BuyerID": "$-another"}, tag, tag)
    given = {name: value for name, value in body.items() if value is not None}
    answer = world.api().post(f"/orchestration/{tag}-b/{row.name}", json=given)
    assert errors_of(answer) == (400, [("KeyMismatch", {"Field": "BuyerID"})])
    nothing_is_stored(world, tag)


def test_a_record_that_belongs_to_no_buyer_is_not_found_below_one(world: World, key: str) -> None:
    answer = world.api().post(f"/orchestration/{key}/product", json={"ID": key, "Name": "Tent"})
    assert errors_of(answer) == (404, [("NotBuyerOwned", None)])
    nothing_is_stored(world, key)


def test_a_variant_cannot_be_deleted(world: World, key: str) -> None:
    answer = world.api().delete(f"/orchestration/variant/{key}-p/{key}")
    assert errors_of(answer) == (400, [("NotDeletable", None)])
    nothing_is_stored(world, key)
