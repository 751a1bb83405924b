"""A part posted by itself beside its composite: what was posted last counts, whichever way it came."""

from collections.abc import Awaitable, Callable

import pytest
from composite_bodies import composite_path
from fakes.profiles import profile_of
from fakes.runs import Step, let_pass, path_of
from fakes.sandbox import House

from models.record import Json

COMPOSITE = "hydratedproduct"
WHOLE: Json = {"ID": "P1", "Product": {"Name": "whole"}, "Specs": [{"ID": "S1", "Name": "One", "DefaultValue": "x"}]}
PLAIN: Json = {"ID": "P1", "Name": "plain"}
SECOND: Json = {"ID": "S2", "Name": "Two", "DefaultValue": "x"}

type Do = Callable[[House], Awaitable[object]]


async def post_whole(house: House) -> None:
    house.world.clock.advance(1)
    await house.post(WHOLE, record_type=COMPOSITE)


async def post_plain(house: House) -> None:
    house.world.clock.advance(1)
    await house.post(PLAIN)


async def run_whole(house: House) -> None:
    await house.run(composite_path())


async def run_plain(house: House) -> None:
    await house.run(path_of())


def at(step: Step) -> str:
    return f"{step.place} {step.method} {step.name}"


def when(house: House, moment: str, what: str, act: Do) -> None:
    """Do something once, before or after the first request that is meant."""

    async def watch(step: Step) -> None:
        await let_pass(step)
        if at(step) == what:
            house.before = house.after = let_pass
            await act(house)

    setattr(house, moment, watch)


def name(house: House) -> str:
    found: str = house.there("products")["products"]["P1"]["Name"]
    return found


def assert_at_rest(house: House) -> None:
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        pytest.param((post_whole, post_plain, run_whole, run_plain), "plain", id="both wait, the whole runs first"),
        pytest.param((post_whole, post_plain, run_plain, run_whole), "plain", id="both wait, the part runs first"),
        pytest.param(
            (post_plain, post_whole, run_whole, run_plain), "whole", id="the part waits, the whole runs first"
        ),
        pytest.param((post_plain, post_whole, run_plain, run_whole), "whole", id="the part runs first, posted first"),
    ],
)
async def test_in_whatever_order_they_run_the_last_one_posted_counts(
    house: House, steps: tuple[Do, ...], last: str
) -> None:
    for step in steps:
        await step(house)
    await house.settle()
    assert name(house) == last
    assert_at_rest(house)


@pytest.mark.parametrize("place", ["cache GET", "cache PUT", "queue HEAD"])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_part_posted_while_the_whole_runs_counts(house: House, moment: str, place: str) -> None:
    await post_whole(house)
    record = path_of() if place.startswith("queue") else path_of().record
    when(house, moment, f"{place} {record}", post_plain)
    await run_whole(house)
    await run_plain(house)
    await house.settle()
    assert name(house) == "plain"
    assert_at_rest(house)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_part_posted_and_run_while_the_whole_writes_it_counts(house: House, moment: str) -> None:
    async def post_and_run(house: House) -> None:
        await post_plain(house)
        await run_plain(house)

    await post_whole(house)
    when(house, moment, "ordercloud POST /v1/products", post_and_run)
    await run_whole(house)
    await house.settle()
    assert name(house) == "plain"
    assert_at_rest(house)


async def test_a_whole_that_is_gone_on_with_after_a_crash_undoes_no_part_that_was_posted_since(house: House) -> None:
    await post_whole(house)
    assert await house.dies(
        lambda: run_whole(house), lambda moment, step: (moment, at(step)) == ("before", "ordercloud POST /v1/specs")
    )
    await post_plain(house)
    await run_plain(house)
    await house.settle()
    assert name(house) == "plain"
    assert list(house.there("specs")["specs"]) == ["S1"]
    assert_at_rest(house)


async def test_a_part_that_waits_and_came_later_is_laid_over_the_whole_s(house: House) -> None:
    await post_whole(house)
    house.world.clock.advance(1)
    await house.apply({**PLAIN, "DefaultPriceScheduleID": "later"})
    await run_whole(house)
    assert house.there("products")["products"] == {}
    await house.apply({"ID": "later", "Name": "Prices"}, record_type="priceschedule")
    await house.settle()
    assert name(house) == "plain"
    assert_at_rest(house)


async def test_a_part_that_is_gone_from_the_whole_and_posted_by_itself_since_stays(
    build: Callable[..., House],
) -> None:
    house = build(profile_of("erp", Policies={"GoneParts": "delete"}))
    await house.apply({**WHOLE, "Specs": [*WHOLE["Specs"], SECOND]}, record_type=COMPOSITE)
    await post_whole(house)
    house.world.clock.advance(1)
    await house.post({**SECOND, "Name": "Kept"}, record_type="spec")
    await run_whole(house)
    await house.run(path_of("S2", record_type="spec"))
    await house.settle()
    assert house.there("specs")["specs"]["S2"]["Name"] == "Kept"
    assert_at_rest(house)


async def test_a_whole_posted_over_one_that_waits_is_laid_over_it(house: House) -> None:
    await post_whole(house)
    house.world.clock.advance(1)
    await house.post({"ID": "P1", "Product": {"Description": "said later"}}, record_type=COMPOSITE)
    await run_whole(house)
    found = house.there()
    assert (name(house), found["products"]["P1"]["Description"]) == ("whole", "said later")
    assert list(found["specs"]) == ["S1"]
    assert_at_rest(house)


SECOND_OPTION: Json = {"ID": "S1", "Name": "One", "Options": [{"ID": "a", "Value": "A"}, {"ID": "b", "Value": "B"}]}


@pytest.mark.parametrize("pace", ["one by one", "at once"])
async def test_what_a_later_whole_does_not_tell_of_is_there_whether_or_not_the_earlier_one_ran(
    house: House, pace: str
) -> None:
    await house.post({**WHOLE, "Specs": [SECOND_OPTION]}, record_type=COMPOSITE)
    if pace == "one by one":
        await run_whole(house)
    house.world.clock.advance(1)
    await house.post({"ID": "P1", "Specs": [{"ID": "S1", "ListOrder": 2}]}, record_type=COMPOSITE)
    await run_whole(house)
    await house.settle()
    found = house.there("specs", "specs/options")
    assert (found["specs"]["S1"]["Name"], found["specs"]["S1"]["ListOrder"]) == ("One", 2)
    assert sorted(found["specs/options"]) == ["s1/a", "s1/b"]
    assert_at_rest(house)


async def test_what_only_the_whole_tells_of_a_part_that_was_posted_later_and_waits_is_applied(house: House) -> None:
    whole = {"ID": "P1", "Product": {"Name": "whole", "Description": "said once"}}
    await house.post(whole, record_type=COMPOSITE)
    await post_plain(house)
    await run_whole(house)
    await house.settle()
    assert (name(house), house.there("products")["products"]["P1"]["Description"]) == ("plain", "said once")
    assert_at_rest(house)


async def test_a_whole_that_changes_nothing_is_not_done_while_an_older_posting_of_a_part_waits(house: House) -> None:
    await post_whole(house)
    await run_whole(house)
    await post_plain(house)
    await post_whole(house)
    when(house, "after", f"cache GET {path_of().record}", run_plain)
    await run_whole(house)
    await house.settle()
    assert name(house) == "whole"
    assert_at_rest(house)


async def test_a_part_that_goes_its_way_through_the_queue_is_counted_as_what_became_of_it_there(house: House) -> None:
    await post_plain(house)
    await post_whole(house)
    await run_whole(house)
    event = house.last_event(composite_path())
    assert (event["Level"], event["Action"], event["Message"]) == ("Success", "Create", None)
    assert event["Reason"] == "3 parts: 3 Create"
    assert_at_rest(house)
