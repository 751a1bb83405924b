"""References that are deferred: a spec needs its default option, which needs the spec first."""

from collections.abc import Callable

import pytest
from fakes.profiles import profile_of
from fakes.runs import path_of
from fakes.sandbox import House

from models.record import Json
from orchestration.waiting import WaitingState

SPEC: Json = {"ID": "S", "Name": "Size", "DefaultOptionID": "L"}
OPTION: Json = {"SpecID": "S", "ID": "L", "Value": "Large"}
PATH = path_of("S", record_type="spec")
OF_OPTION = path_of("S", "L", record_type="specoption")
ITEM = "/v1/specs/S"
OPTIONS = f"{ITEM}/options"
LEFT_OUT = "it is not cached; DefaultOptionID is set when what it names is there"
LATER = 5


async def spec(house: House, **fields: object) -> Json:
    await house.apply({**SPEC, **fields}, record_type="spec")
    return house.last_event(PATH)


async def option(house: House, **fields: object) -> Json:
    await house.apply({**OPTION, **fields}, record_type="specoption")
    return house.last_event(OF_OPTION)


def default(house: House) -> str | None:
    found: str | None = house.there("specs")["specs"]["S"]["DefaultOptionID"]
    return found


def told(house: House) -> list[tuple[str, str, str | None]]:
    """Return what events there are: the record, the level and the action."""
    return [(event["RecordType"], event["Level"], event["Action"]) for event in house.events()]


def assert_at_rest(house: House) -> None:
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


async def test_a_spec_is_created_without_the_default_option_that_is_not_there_and_gets_it_when_it_comes(
    house: House,
) -> None:
    event = await spec(house)
    assert house.calls() == [("POST", "/v1/specs", {"ID": "S", "Name": "Size"})]
    assert (event["Level"], event["Action"], event["Reason"]) == ("Progress", "Create", LEFT_OUT)
    known = house.cached(PATH.record)
    assert known is not None
    assert known.applied["erp"].posted == {"ID": "S", "Name": "Size"}
    assert (known.waiting["erp"].waits_for, known.waiting["erp"].state) == (
        "acme/specoption/s/l",
        WaitingState.PARKED,
    )
    await option(house)
    assert house.made()[1:] == [("POST", OPTIONS), ("PATCH", ITEM)]
    assert house.calls()[-1][2] == {"DefaultOptionID": "L"}
    event = house.last_event(PATH)
    assert (event["Level"], event["Action"], event["Attempt"]) == ("Success", "Patch", 2)
    assert event["Reason"] == "fields changed: DefaultOptionID"
    assert (default(house), house.world.clock.elapsed()) == ("L", 0)
    known = house.cached(PATH.record)
    assert known is not None
    assert (known.applied["erp"].posted, known.waiting, known.certain) == (SPEC, {}, True)
    assert_at_rest(house)


async def test_an_option_that_comes_before_its_spec_is_released_by_it_and_releases_it_in_turn(house: House) -> None:
    event = await option(house)
    assert (event["Level"], event["ErrorType"]) == ("Warn", "MissingReference")
    await spec(house)
    assert house.made() == [("POST", OPTIONS), ("POST", "/v1/specs"), ("POST", OPTIONS), ("PATCH", ITEM)]
    assert told(house)[1:] == [
        ("spec", "Progress", "Create"),
        ("specoption", "Success", "Create"),
        ("spec", "Success", "Patch"),
    ]
    assert (default(house), house.world.clock.elapsed()) == ("L", 0)
    assert_at_rest(house)


async def test_where_the_option_is_there_already_the_spec_gets_it_at_once(house: House) -> None:
    await spec(house, DefaultOptionID=None)
    await option(house)
    event = await spec(house)
    assert house.made()[2:] == [("PATCH", ITEM)]
    assert (event["Action"], default(house)) == ("Patch", "L")


async def test_a_posting_meanwhile_that_names_no_option_any_more_ends_the_waiting(house: House) -> None:
    await spec(house)
    await spec(house, DefaultOptionID=None)
    await option(house)
    assert default(house) is None
    assert_at_rest(house)


async def test_a_posting_meanwhile_that_names_another_option_waits_for_that_one(house: House) -> None:
    await spec(house)
    await spec(house, DefaultOptionID="M", Name="Sizes")
    known = house.cached(PATH.record)
    assert known is not None
    assert known.waiting["erp"].waits_for == "acme/specoption/s/m"
    await option(house)
    assert default(house) is None
    await house.apply({**OPTION, "ID": "M"}, record_type="specoption")
    assert (default(house), house.there("specs")["specs"]["S"]["Name"]) == ("M", "Sizes")
    assert_at_rest(house)


async def test_an_option_that_never_comes_is_asked_for_until_the_limit_then_it_is_a_dead_letter(
    build: Callable[..., House],
) -> None:
    house = build(profile_of("erp", Policies={"Parking": {"Delays": [LATER], "Limit": 3}}))
    await spec(house)
    await house.settle()
    assert house.made() == [("POST", "/v1/specs"), ("PATCH", ITEM), ("PATCH", ITEM)]
    assert told(house) == [("spec", "Progress", "Create"), ("spec", "Warn", None), ("spec", "Error", None)]
    event = house.last_event(PATH)
    assert (event["ErrorType"], event["Attempt"]) == ("MissingReference", 3)
    assert event["Message"] == "gave up after 3 attempts: SpecOption L that it refers to is not there"
    assert house.blobs("deadletters") == [str(PATH)]
    assert house.there("specs")["specs"]["S"]["Name"] == "Size"


async def test_after_the_dead_letter_the_corrected_spec_is_applied(build: Callable[..., House]) -> None:
    house = build(profile_of("erp", Policies={"Parking": {"Delays": [LATER], "Limit": 2}}))
    await spec(house)
    await house.settle()
    await option(house)
    event = await spec(house)
    assert (event["Action"], event["Level"], default(house)) == ("Patch", "Success", "L")
    assert_at_rest(house)


async def test_a_spec_that_is_deleted_meanwhile_waits_for_nothing(house: House) -> None:
    await spec(house)
    await house.delete("S", record_type="spec")
    await house.run(PATH)
    event = await option(house)
    assert house.there() == {}
    assert (event["Level"], event["ErrorType"]) == ("Warn", "MissingReference")
    known = house.cached(PATH.record)
    assert known is not None
    assert (known.deleted, known.waiting) == (True, {})


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_whenever_the_run_of_the_spec_dies_it_gets_its_option(house: House, moment: str) -> None:
    for place in range(12):
        key = f"S{place}"
        envelope = await house.post({**SPEC, "ID": key}, record_type="spec")
        seen: list[str] = []

        def now(when: str, step: object, seen: list[str] = seen, place: int = place) -> bool:
            seen += [str(step)] if when == moment else []
            return when == moment and len(seen) > place

        await house.dies(lambda at=envelope.path: house.run(at), now)  # type: ignore[misc]  # bound now
        await house.apply({**OPTION, "SpecID": key}, record_type="specoption")
        await house.settle()
        there = house.there("specs")["specs"][key]
        assert (there["DefaultOptionID"], there["OptionCount"]) == ("L", 1)
        assert_at_rest(house)


async def test_a_default_option_that_an_older_version_named_is_set_when_it_comes(house: House) -> None:
    """The spec is created as version 6 with all that both versions say; what waits of it is not older than that."""
    await house.post(SPEC, record_type="spec", version="4")
    await house.apply({"ID": "S", "ListOrder": 6}, record_type="spec", version="6")
    await option(house)
    spec = house.there("specs")["specs"]["S"]
    assert (spec["Name"], spec["ListOrder"], default(house)) == ("Size", 6, "L")
    assert_at_rest(house)
