"""Variants posted by themselves: OrderCloud generates them, a source says what is known of each."""

from collections.abc import Awaitable, Callable

import pytest
from fakes.runs import Step, path_of
from fakes.sandbox import House

from models.record import Json
from orchestration.paths import QueuePath

SIZES = "/v1/products/P1/variants"
GENERATE = f"{SIZES}/generate"
LIST = ("GET", SIZES)
SPECS = ("GET", "/v1/products/P1/specs")
SIZE: Json = {"ID": "SIZE", "Name": "Size", "DefinesVariant": True, "Required": True}
JOINED: Json = {"SpecID": "SIZE", "ProductID": "P1"}


def variant(option: str = "S", key: str | None = None, **fields: object) -> Json:
    specs = [{"SpecID": "SIZE", "OptionID": option}]
    return {"ProductID": "P1", "ID": key or f"mug-{option}", "Specs": specs, **fields}


def option(key: str) -> Json:
    return {"SpecID": "SIZE", "ID": key, "Value": key}


def path(key: str = "mug-S") -> QueuePath:
    return path_of("P1", key, record_type="variant")


async def post_variant(house: House, posted: Json) -> Json:
    envelope = await house.apply(posted, record_type="variant")
    return house.last_event(envelope.path)


async def product(house: House) -> None:
    await house.apply({"ID": "P1", "Name": "Mug"})


async def spec(house: House) -> None:
    await house.apply(SIZE, record_type="spec")


async def small(house: House) -> None:
    await house.apply(option("S"), record_type="specoption")


async def large(house: House) -> None:
    await house.apply(option("L"), record_type="specoption")


async def join(house: House) -> None:
    await house.apply(JOINED, record_type="specproductassignment")


async def prepared(house: House, *steps: Callable[[House], Awaitable[None]]) -> int:
    for step in steps or (product, spec, small, large, join):
        await step(house)
    return len(house.sandbox.calls)


def shown(house: House, key: str) -> Json:
    """Return a variant as OrderCloud has it."""
    found: Json = house.there("products/variants")["products/variants"][f"p1/{key}"]
    return found


async def test_the_first_of_a_product_s_variants_has_all_generated_and_is_called_as_its_source_calls_it(
    house: House,
) -> None:
    since = await prepared(house)
    steps = len(house.steps)
    event = await post_variant(house, variant(Name="Small mug", xp={"a": 1}))
    assert [step.method for step in house.steps[steps:] if step.place == "cache"] == ["GET", "PUT", "PUT"]
    assert house.made(since) == [LIST, SPECS, ("POST", GENERATE), LIST, ("PATCH", f"{SIZES}/P1-S")]
    assert house.calls()[-1][2] == {"ID": "mug-S", "Name": "Small mug", "xp": {"a": 1}}
    assert (event["Action"], event["Reason"]) == ("Create", "it is not cached; OrderCloud generated it")
    assert sorted(house.there("products/variants")["products/variants"]) == ["p1/P1-L", "p1/mug-S"]
    known = house.cached(path().record)
    assert known is not None
    assert known.current == house.sandbox.content["products/variants"]["p1/mug-S"]


async def test_the_next_one_is_found_and_gets_only_what_is_to_be_changed(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant())
    since = len(house.sandbox.calls)
    event = await post_variant(house, variant("L", Active=True, Name="Large mug"))
    assert house.made(since) == [LIST, ("PATCH", f"{SIZES}/P1-L")]
    assert house.calls()[-1][2] == {"ID": "mug-L", "Name": "Large mug"}
    assert (event["Action"], event["Reason"]) == ("Patch", "it was generated before; it is made what was posted")
    assert event["Diff"] == {"Name": {"Before": None, "After": "Large mug"}}


async def test_one_that_is_there_as_posted_is_taken_over_with_no_write(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant())
    since = len(house.sandbox.calls)
    event = await post_variant(house, variant("L", key="P1-L"))
    assert (house.made(since), event["Action"]) == ([LIST], "Get")


async def test_one_that_is_named_without_its_combination_is_found_by_its_id(house: House) -> None:
    since = await prepared(house)
    event = await post_variant(house, {"ProductID": "P1", "ID": "P1-S", "Name": "Small"})
    assert [call[2] for call in house.calls()[since:] if call[0] == "PATCH"] == [{"Name": "Small"}]
    assert event["Action"] == "Create"


@pytest.mark.parametrize(
    ("posted", "calls", "body"),
    [
        pytest.param(variant(Name="Small", xp={"a": 1, "b": 2}), [], None, id="nothing"),
        pytest.param(
            variant(Name="Tiny", xp={"a": 1, "b": 2}), [("PATCH", f"{SIZES}/mug-S")], {"Name": "Tiny"}, id="a field"
        ),
        pytest.param(
            {"ProductID": "P1", "ID": "mug-S", "Active": False},
            [("PATCH", f"{SIZES}/mug-S")],
            {"Active": False},
            id="a field, with no combination",
        ),
        pytest.param(
            variant(xp={"a": 1}), [("GET", f"{SIZES}/mug-S"), ("PUT", f"{SIZES}/mug-S")], None, id="an xp property gone"
        ),
    ],
)
async def test_only_what_changed_of_a_variant_is_written(
    house: House, posted: Json, calls: list[tuple[str, str]], body: Json | None
) -> None:
    await prepared(house)
    await post_variant(house, variant(Name="Small", xp={"a": 1, "b": 2}))
    since = len(house.sandbox.calls)
    await post_variant(house, posted)
    assert house.made(since) == calls
    assert body is None or house.calls()[-1][2] == body
    there = shown(house, "mug-S")
    assert there["xp"] == posted.get("xp", {"a": 1, "b": 2})
    assert [each["OptionID"] for each in there["Specs"]] == ["S"]


async def test_one_that_is_gone_behind_our_back_is_generated_again(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant(Name="Small"))
    house.sandbox.drop("products/variants", "P1/mug-S")
    event = await post_variant(house, variant(Name="Tiny"))
    assert event["Reason"] == "it is gone from OrderCloud behind our back; OrderCloud generated it"
    assert shown(house, "mug-S")["Name"] == "Tiny"


async def test_one_that_is_generated_again_gets_all_that_its_source_has_posted_of_it(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant(Name="Small", Active=True))
    house.sandbox.drop("products/variants", "P1/mug-S")
    await post_variant(house, {"ProductID": "P1", "ID": "mug-S", "Active": False})
    assert (shown(house, "mug-S")["Name"], shown(house, "mug-S")["Active"]) == ("Small", False)


async def test_one_that_is_posted_as_another_combination_is_not_made_that_one_under_its_old_name(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant("S", key="mine", Name="One"))
    before = house.there("products/variants")
    since = len(house.sandbox.calls)
    event = await post_variant(house, variant("L", key="mine"))
    assert house.made(since) == [("GET", SIZES), ("PATCH", f"{SIZES}/P1-L")]
    assert (event["Level"], event["ErrorType"]) == ("Error", "RefusedByOrderCloud")
    assert house.there("products/variants") == before


async def test_one_whose_old_combination_is_gone_may_be_another_one(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant("S", key="mine", Name="One"))
    house.sandbox.drop("products/variants", "P1/mine")
    event = await post_variant(house, variant("L", key="mine"))
    assert (event["Action"], event["Level"]) == ("Patch", "Success")
    found = shown(house, "mine")
    assert (found["Name"], [each["OptionID"] for each in found["Specs"]]) == ("One", ["L"])


async def test_one_that_somebody_renamed_is_found_by_its_combination_and_named_again(house: House) -> None:
    await prepared(house)
    await post_variant(house, variant(Name="Small"))
    there = house.sandbox.content["products/variants"]["p1/mug-S"]
    house.sandbox.drop("products/variants", "P1/mug-S")
    house.sandbox.edit("products/variants", "P1/theirs", **{**there, "ID": "theirs"})
    event = await post_variant(house, variant(Name="Tiny"))
    assert event["Action"] == "Patch"
    assert "p1/theirs" not in house.there("products/variants")["products/variants"]
    assert shown(house, "mug-S")["Name"] == "Tiny"


@pytest.mark.parametrize(
    ("before", "after", "awaited"),
    [
        pytest.param((), (product, spec, small, join), "product/p1", id="the product first"),
        pytest.param((product,), (spec, small, join), "specproductassignment/size/p1", id="the spec's assignment"),
        pytest.param((product, spec, large, join), (small,), "specoption/size/s", id="the option"),
    ],
)
async def test_a_variant_waits_for_what_it_is_made_of_and_is_released_by_it_at_once(
    house: House,
    before: tuple[Callable[[House], Awaitable[None]], ...],
    after: tuple[Callable[[House], Awaitable[None]], ...],
    awaited: str,
) -> None:
    for step in before:
        await step(house)
    event = await post_variant(house, variant(Name="Small"))
    assert (event["Level"], event["ErrorType"]) == ("Warn", "MissingReference")
    assert f"for acme/{awaited}" in event["Reason"]
    for step in after:
        await step(house)
    assert house.last_event(path())["Action"] == "Create"
    assert shown(house, "mug-S")["Name"] == "Small"
    assert (house.blobs("parked"), house.blobs("queue"), house.world.clock.elapsed()) == ([], [], 0)


async def test_one_that_is_named_by_its_id_alone_waits_until_there_is_something_to_generate(house: House) -> None:
    await product(house)
    event = await post_variant(house, {"ProductID": "P1", "ID": "P1-S", "Name": "Small"})
    assert (event["Level"], event["ErrorType"]) == ("Warn", "MissingReference")
    await prepared(house, spec, small, join)
    await house.settle()
    assert shown(house, "P1-S")["Name"] == "Small"
    assert house.blobs("deadletters") == []


async def test_all_that_wait_for_the_same_assignment_are_released_and_generated_once(house: House) -> None:
    for step in (product, spec, small, large):
        await step(house)
    await post_variant(house, variant("S"))
    await post_variant(house, variant("L"))
    await join(house)
    assert [call for call in house.made() if call[1] == GENERATE] == [("POST", GENERATE)]
    assert sorted(house.there("products/variants")["products/variants"]) == ["p1/mug-L", "p1/mug-S"]


@pytest.mark.parametrize(
    ("specs", "can"),
    [
        pytest.param([("SIZE", "S"), ("PRINT", "A")], "SIZE=L; SIZE=S", id="a spec that defines none"),
        pytest.param([("PRINT", "A")], "SIZE=L; SIZE=S", id="without a spec that defines one"),
    ],
)
async def test_a_combination_that_there_cannot_be_is_a_dead_letter_that_says_which_there_can_be(
    house: House, specs: list[tuple[str, str]], can: str
) -> None:
    await prepared(house)
    await house.apply({"ID": "PRINT", "Name": "Print"}, record_type="spec")
    await house.apply({"SpecID": "PRINT", "ID": "A", "Value": "A"}, record_type="specoption")
    await house.apply({"SpecID": "PRINT", "ProductID": "P1"}, record_type="specproductassignment")
    parts = [{"SpecID": spec_id, "OptionID": option_id} for spec_id, option_id in specs]
    event = await post_variant(house, {"ProductID": "P1", "ID": "odd", "Specs": parts})
    assert (event["Level"], event["ErrorType"]) == ("Error", "RefusedByOrderCloud")
    assert event["Message"] == f"there can be no such combination in Specs; there can be: {can}"
    assert [call for call in house.made() if call[0] == "POST" and call[1] == GENERATE] == []
    assert house.blobs("deadletters") == ["acme/variant/p1/odd/erp"]


async def test_an_id_that_another_variant_has_is_refused(house: House) -> None:
    await prepared(house)
    event = await post_variant(house, variant("S", key="P1-L"))
    assert (event["Level"], event["ErrorType"]) == ("Error", "RefusedByOrderCloud")
    assert sorted(house.there("products/variants")["products/variants"]) == ["p1/P1-L", "p1/P1-S"]


async def test_a_run_that_dies_at_any_request_of_it_is_made_good(house: House) -> None:
    await prepared(house)
    moments = deaths = 0
    while True:
        posted = variant("S", Name=f"Small {deaths}")
        envelope = await house.post(posted, record_type="variant")
        seen = 0

        def now(_moment: str, _step: Step, target: int = moments) -> bool:
            nonlocal seen
            seen += 1
            return seen > target

        died = await house.dies(lambda at=envelope.path: house.run(at), now)  # type: ignore[misc]  # bound now
        await house.settle()
        assert shown(house, "mug-S")["Name"] == posted["Name"]
        house.sandbox.drop("products/variants", "P1/mug-S")
        if not died:
            break
        deaths, moments = deaths + 1, moments + 1
    assert deaths > 20
    assert house.blobs("deadletters") == []


async def test_a_lost_answer_of_the_rename_is_made_good_with_no_second_one(house: House) -> None:
    await prepared(house)
    envelope = await house.post(variant(Name="Small"), record_type="variant")
    died = await house.dies(
        lambda: house.run(envelope.path), lambda moment, step: moment == "after" and step.method == "PATCH"
    )
    assert died
    since = len(house.sandbox.calls)
    await house.settle()
    assert house.made(since) == [("GET", f"{SIZES}/mug-S")]
