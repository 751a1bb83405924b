"""A whole product that is deleted, and posted again: nothing stays that was its own, and nothing is missing after."""

from collections.abc import Awaitable, Callable

import pytest
from composite_bodies import composite_path, hydrated
from fakes.runs import Step, path_of
from fakes.sandbox import House

from models.record import Json

COMPOSITE = "hydratedproduct"
SMALL = hydrated(specs=3, options=2)
PARTS = 18
"""A price schedule, a product, 3 specs with 2 options each and their assignments, 4 variants."""
PATH = composite_path()

type Do = Callable[[House], Awaitable[object]]


async def run(house: House) -> None:
    await house.run(PATH)


async def delete(house: House) -> None:
    await house.delete("P1", record_type=COMPOSITE)


async def post(house: House) -> None:
    await house.post(SMALL, record_type=COMPOSITE)


async def delete_the_product(house: House) -> None:
    await house.delete("P1")
    await house.run(path_of())


async def applied(house: House) -> Json:
    """Return all that is there once the product is."""
    await house.apply(SMALL, record_type=COMPOSITE)
    return house.there()


def said(house: House) -> tuple[str, str, str, str | None]:
    """Return what the last event of the whole says."""
    event = house.last_event(PATH)
    return event["Level"], event["Action"], event["Reason"], event["Message"]


def assert_at_rest(house: House) -> None:
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


async def test_a_deleted_whole_leaves_nothing_and_of_its_variants_none_is_called_kept(house: House) -> None:
    await applied(house)
    since = len(house.sandbox.calls)
    await delete(house)
    await run(house)
    assert house.there() == {}
    assert said(house) == ("Success", "Delete", f"{PARTS} parts: {PARTS} Delete", None)
    assert {method for method, _ in house.made(since)} == {"DELETE"}
    assert [path for _, path in house.made(since) if "variants" in path] == []  # they go with the product
    assert_at_rest(house)


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        pytest.param((delete, run, post, run), "Create", id="one after the other"),
        pytest.param((delete, post, run), "Create", id="before the deletion ran"),
        pytest.param((delete_the_product, post, run), "Create", id="of which the product alone was deleted"),
    ],
)
async def test_deleted_and_posted_again_it_is_whole(house: House, steps: tuple[Do, ...], action: str) -> None:
    before = await applied(house)
    for step in steps:
        await step(house)
    await house.settle()
    assert house.there() == before
    assert (house.last_event(PATH)["Level"], house.last_event(PATH)["Action"]) == ("Success", action)
    assert_at_rest(house)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/products",
        "/v1/specs/P1-S02/options",
        "/v1/specs/productassignments",
        "/v1/products/P1/variants/generate",
    ],
)
async def test_deleted_after_a_run_that_died_it_leaves_nothing(house: House, moment: str, path: str) -> None:
    def now(at: str, step: Step) -> bool:
        return at == moment and (step.place, step.method, step.name) == ("ordercloud", "POST", path)

    await post(house)
    assert await house.dies(lambda: run(house), now)
    assert house.there() != {}
    await delete(house)
    await house.settle()
    assert house.there() == {}
    assert_at_rest(house)
