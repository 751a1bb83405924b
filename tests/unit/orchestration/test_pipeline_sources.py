"""What sources come to: two of one record never undo each other, and slow or fast sequences end the same."""

import asyncio
from typing import Any

import pytest
from fakes.profiles import profile_of
from fakes.runs import Runs, path_of
from hypothesis import given, settings
from hypothesis import strategies as st

from models.record import Json

PATH = path_of()
ITEM = "/v1/products/P1"


async def alternate(runs: Runs, *postings: tuple[str, Json]) -> Json:
    """Post and run, one after the other, as these clients, and return what OrderCloud has in the end."""
    for client, posting in postings:
        await runs.apply({"ID": "P1", **posting}, client=client)
    found = runs.world.ordercloud.get(ITEM)
    assert found is not None
    return found


async def test_two_sources_of_different_fields_never_undo_each_other() -> None:
    runs = Runs()
    erp: Json = {"Name": "Mug", "ShipWeight": 2, "xp": {"erp": {"a": 1, "b": 2}, "gone": 1}}
    pim: Json = {"Description": "tall", "xp": {"pim": 1, "erp": {"c": 3}}}
    there = await alternate(runs, ("erp", erp), ("pim", pim), ("erp", erp), ("pim", pim))
    assert there["xp"] == {"erp": {"a": 1, "b": 2, "c": 3}, "gone": 1, "pim": 1}
    assert [event["Action"] for event in runs.events()] == ["Create", "Patch", "Ignore", "Ignore"]

    there = await alternate(
        runs,
        ("erp", {"Name": "Cup", "xp": {"erp": {"a": 9}}}),
        ("pim", {"Description": "short", "xp": {"pim": 2, "erp": {"c": 3}}}),
        ("erp", {"Name": "Cup", "xp": {"erp": {"a": 9}}}),
        ("pim", {"xp": None}),
    )
    assert (there["Name"], there["Description"], there["ShipWeight"]) == ("Cup", "short", 2)
    assert there["xp"] == {"erp": {"a": 9}}
    assert [event["Action"] for event in runs.events()[4:]] == ["Update", "Patch", "Ignore", "Update"]


async def test_two_partial_postings_in_a_row_add_up() -> None:
    runs = Runs()
    there = await alternate(runs, ("erp", {"Name": "Mug", "xp": {"a": 1, "b": 2}}), ("erp", {"Description": "tall"}))
    assert (there["Name"], there["Description"], there["xp"]) == ("Mug", "tall", {"a": 1, "b": 2})
    there = await alternate(runs, ("erp", {"Name": "Mug", "xp": {"a": 1}}))
    assert there["xp"] == {"a": 1}
    assert [event["Action"] for event in runs.events()] == ["Create", "Patch", "Update"]
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.applied["erp"].posted == {"ID": "P1", "Name": "Mug", "Description": "tall", "xp": {"a": 1}}


async def test_a_source_that_agrees_with_another_one_and_then_goes_back_gets_its_own_value_again() -> None:
    runs = Runs()
    there = await alternate(
        runs, ("erp", {"Name": "A"}), ("pim", {"Name": "X"}), ("erp", {"Name": "X"}), ("erp", {"Name": "A"})
    )
    assert there["Name"] == "A"
    assert [event["Action"] for event in runs.events()] == ["Create", "Patch", "Ignore", "Patch"]


async def test_an_xp_property_that_a_source_posted_when_it_was_there_already_is_its_own_to_take_out() -> None:
    runs = Runs()
    there = await alternate(
        runs,
        ("erp", {"Name": "Mug", "xp": {"a": 1}}),
        ("pim", {"xp": {"b": 2}}),
        ("erp", {"xp": {"a": 1, "b": 2}}),
        ("erp", {"xp": {"a": 1}}),
    )
    assert there["xp"] == {"a": 1}


async def test_fields_that_never_cause_a_write_cost_nothing_more_when_they_change() -> None:
    runs = Runs()
    await runs.apply({"ID": "P1", "Name": "Mug", "xp": {"Note": "one", "a": 1}})
    runs.steps.clear()
    await runs.apply({"ID": "P1", "Name": "Mug", "xp": {"Note": "two", "a": 1}})
    assert len(runs.steps) == 5
    assert runs.events()[-1]["Action"] == "Ignore"


@pytest.mark.parametrize("first", ["erp", "pim"])
async def test_what_one_source_deletes_the_other_one_posts_anew(first: str) -> None:
    runs = Runs()
    other = "pim" if first == "erp" else "erp"
    await alternate(runs, (first, {"Name": "Mug", "xp": {"a": 1}}), (other, {"Name": "Mug", "xp": {"b": 1}}))
    await runs.delete("P1", client=other)
    await runs.run(path_of(client=other))
    assert runs.world.ordercloud.get(ITEM) is None
    there = await alternate(runs, (first, {"Name": "Mug", "xp": {"a": 1}}))
    assert (there["Name"], there["xp"]) == ("Mug", {"a": 1})


SMALL: Any = st.recursive(
    st.sampled_from([None, 0, 1, "x", [], [1]]),
    lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
XP = st.none() | st.dictionaries(st.sampled_from("abc"), SMALL, max_size=3)
# An Inventory without a field says nothing of one that is there, and makes an empty one in a create: it is left out.
INVENTORIES = st.none() | st.dictionaries(
    st.sampled_from(["Enabled", "OrderCanExceed", "VariantLevelTracking"]), st.booleans(), min_size=1
)
POSTINGS = st.fixed_dictionaries(
    {"ID": st.just("P1"), "Name": st.sampled_from(["Mug", "Cup"])},
    optional={"Description": st.sampled_from([None, "tall"]), "xp": XP, "Inventory": INVENTORIES},
)
SEQUENCES = st.lists(POSTINGS | st.none(), min_size=1, max_size=4)


def bare(value: Any) -> Any:
    """Return a value without nulls and empty objects, which say the same to OrderCloud as nothing."""
    if not isinstance(value, dict):
        return value
    return {name: kept for name, inner in value.items() if (kept := bare(inner)) not in (None, {})}


async def play(sequence: list[Json | None], *, slowly: bool, others: Json | None = None) -> tuple[Any, Any]:
    """Post a sequence, with a run after each posting or only at the end; return what OrderCloud has and was applied."""
    runs = Runs(profile_of("erp", Policies={"Refresh": "never"}), profile_of("pim"))
    if others:
        await runs.apply(others, client="pim")
    for posting in sequence:
        await (runs.delete("P1") if posting is None else runs.post(posting))
        if slowly:
            await runs.run(PATH)
    await runs.run(PATH)
    assert runs.blobs("queue") == []
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.waiting == {}
    assert cached.current == runs.world.ordercloud.get(ITEM)
    return bare(cached.current), bare(cached.applied["erp"].posted)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(sequence=SEQUENCES)
def test_a_sequence_posted_slowly_and_as_fast_as_possible_ends_the_same(sequence: list[Json | None]) -> None:
    assert asyncio.run(play(sequence, slowly=True)) == asyncio.run(play(sequence, slowly=False))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sequence=st.lists(POSTINGS, min_size=1, max_size=4))
def test_neither_pace_touches_what_another_source_keeps(sequence: list[Json]) -> None:
    others = {"ID": "P1", "Name": "Theirs", "Returnable": True, "xp": {"theirs": {"z": 1}}}
    slow, fast = (asyncio.run(play(list(sequence), slowly=slowly, others=others)) for slowly in (True, False))
    assert slow == fast
    assert slow[0]["Returnable"] is True
    assert slow[0]["xp"]["theirs"] == {"z": 1}
