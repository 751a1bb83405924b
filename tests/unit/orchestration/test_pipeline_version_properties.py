"""Sequences of postings end the same at any pace, and what a source gave in an older version replaces nothing newer.

At which pace: run after each, all queued first, and anything between; with OrderCloud out of reach for some of the
runs, so that postings are parked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fakes.profiles import profile_of
from fakes.runs import Runs, path_of
from hypothesis import given, settings
from hypothesis import strategies as st

from models.record import Json, lay_over

PATH = path_of()
TIMES = ["2026-01-01T12:00:00+00:00", "2026-01-01T18:00:00+00:00"]


@dataclass(frozen=True, slots=True)
class Given:
    """One posting, or a delete where nothing is posted; `down` and `runs` say what happens while and after it comes."""

    posted: Json | None
    version: str | None
    runs: bool
    down: bool


def givens(versions: st.SearchStrategy[str | None]) -> st.SearchStrategy[Given]:
    """Draw a posting. Its name is always given, since OrderCloud creates nothing without one."""
    fields = st.fixed_dictionaries(
        {"ID": st.just("P1"), "Name": st.sampled_from(["Mug", "Cup"])},
        optional={
            "Description": st.sampled_from([None, "tall", "small"]),
            "Active": st.booleans(),
            "Inventory": st.sampled_from([{"Enabled": True}, {"Enabled": False}, {"QuantityAvailable": 5}]),
            "xp": st.sampled_from([None, {}, {"a": 1}, {"a": 2, "b": 1}, {"b": 2}]),
        },
    )
    posted = st.one_of(fields, fields, fields, st.none())
    return st.builds(Given, posted, versions, st.booleans(), st.sampled_from([False, False, True]))


async def give(runs: Runs, each: Given) -> bool:
    """Post or delete as a source does, and tell whether it was accepted."""
    if each.posted is not None:
        return not (await runs.receive(each.posted, version=each.version)).refused
    try:
        await runs.delete("P1", version=each.version)
    except AssertionError:
        return False
    return True


def comparable(record: Json | None) -> Json | None:
    """Return what is there without when it was made; no properties of xp are none, however they are written."""
    if record is None:
        return None
    return {name: value for name, value in record.items() if name != "DateCreated"} | {"xp": record.get("xp") or {}}


def ends(runs: Runs) -> tuple[Json | None, Json | None, Json, str]:
    """Return what OrderCloud has, what is cached of it, and what counts as applied in which version."""
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.waiting == {}
    applied = cached.applied["erp"]
    version = applied.version.text if applied.version.from_source else "accepted"
    there = runs.world.ordercloud.get("/v1/products/P1")
    return comparable(there), comparable(cached.current), stated(applied.posted), version


def stated(applied: Json) -> Json:
    """Return what was applied without what it only keeps clear: a posting that changes nothing by that is not noted."""
    return {name: value for name, value in applied.items() if value not in (None, {})}


async def slowly(postings: Sequence[Given]) -> tuple[Json | None, Json | None, Json, str]:
    """Post one after the other, each when the one before is through."""
    runs = Runs()
    for each in postings:
        await give(runs, each)
        await runs.run(PATH)
    return ends(runs)


async def at_its_pace(postings: Sequence[Given]) -> tuple[Json | None, Json | None, Json, str]:
    """Post as drawn: what is not run lies in the queue, what is run while OrderCloud is down is parked."""
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [1_000]}}))
    for each in postings:
        await give(runs, each)
        if each.runs:
            runs.world.ordercloud.down = each.down
            await runs.run(PATH)
    runs.world.ordercloud.down = False
    await runs.run(PATH)
    await runs.settle()
    return ends(runs)


GIVEN = st.sampled_from(["4", "5", "6", "7", *TIMES])
INTEGERS = st.integers(1, 9).map(str)


def telling(postings: list[Given]) -> list[Given]:
    """Return postings of which each one without a version changes something: else nothing notes that it came."""
    return [
        replace(each, version="5")
        if each.posted is None and each.version is None
        else replace(each, posted=each.posted and {**each.posted, "Description": f"said {place}"})
        for place, each in enumerate(postings)
    ]


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.lists(givens(GIVEN), min_size=1, max_size=6),
        st.lists(givens(INTEGERS), min_size=1, max_size=6),
        st.lists(givens(st.none()), min_size=1, max_size=6),
        st.lists(givens(st.none() | GIVEN), min_size=1, max_size=6).map(telling),
    )
)
def test_postings_end_the_same_slowly_or_fast_or_with_parking_between(postings: list[Given]) -> None:
    assert asyncio.run(at_its_pace(postings)) == asyncio.run(slowly(postings))


def effective(postings: Sequence[Given]) -> list[Given]:
    """Return the postings that count: those before which no newer one came."""
    newest, counting = 0, []
    for each in postings:
        number = int(each.version or 0)
        if number >= newest:
            newest = number
            counting.append(each)
    return counting


def managed_after(postings: Sequence[Given]) -> Json | None:
    """Return what a source manages after its postings; none after a delete."""
    managed: Json | None = None
    for each in postings:
        managed = None if each.posted is None else lay_over(each.posted, managed or {})
    return managed


@settings(max_examples=300, deadline=None)
@given(st.lists(givens(INTEGERS), min_size=2, max_size=6))
def test_in_whatever_order_versions_arrive_nothing_older_replaces_what_is_newer(postings: list[Given]) -> None:
    there, _, applied, version = asyncio.run(at_its_pace(postings))
    counting = effective(postings)
    expected = managed_after(counting)
    assert (applied, version) == (stated(expected or {}), counting[-1].version)
    assert (there is None) == (expected is None)
    for name in (expected or {}).keys() - {"Inventory", "xp"}:
        assert (there or {})[name] == (expected or {})[name]
    assert ((there or {}).get("xp") or {}) == ((expected or {}).get("xp") or {})


@settings(max_examples=150, deadline=None)
@given(st.permutations(range(1, 6)), st.lists(givens(st.none()), min_size=5, max_size=5), st.integers(1, 5))
def test_what_a_newer_version_deleted_is_not_brought_back_by_an_older_one(
    order: list[int], drawn: list[Given], deleting: int
) -> None:
    """Each version says its number in a field of its own, so that what is left tells which ones it came from."""
    postings = [
        Given(
            None if number == deleting else {"ID": "P1", "Name": "Mug", "xp": {}, "Description": str(number)},
            str(number),
            each.runs,
            each.down,
        )
        for number, each in zip(order, drawn, strict=True)
    ]
    there, _, _, version = asyncio.run(at_its_pace(postings))
    assert version == "5"
    assert (there or {}).get("Description") == (None if deleting == 5 else "5")
