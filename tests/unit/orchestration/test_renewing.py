"""What waits for a record that is read anew, and was not known before, is taken up by the next sweep."""

from collections.abc import Awaitable, Callable

import pytest
from fakes.runs import Step, let_pass, path_of
from fakes.sandbox import House
from fakes.verifying import corrected, rebuilt

from models.record import Json
from orchestration.failures import Unavailable

PRICED: Json = {"ID": "P1", "Name": "Mug", "DefaultPriceScheduleID": "PS"}
SCHEDULE: Json = {"ID": "PS", "Name": "Retail"}
TYPE = "priceschedule"
HINT = f"released/acme/{TYPE}/ps"

type ReadAnew = Callable[[House], Awaitable[object]]


async def learn(house: House) -> None:
    assert await corrected(house, TYPE) == {f"acme/{TYPE}/ps": "Learned"}


async def rebuild(house: House) -> None:
    await rebuilt(house, TYPE)


async def post_without_answer(house: House) -> None:
    """Have OrderCloud create the price schedule, and its answer lost."""

    async def lose(step: Step) -> None:
        if (step.place, step.method) == ("ordercloud", "POST"):
            house.after = let_pass
            raise Unavailable("no answer", outcome_unknown=True)

    house.after = lose
    await house.apply(SCHEDULE, record_type=TYPE)


async def make_there(house: House) -> None:
    """Have somebody else make the price schedule."""
    house.sandbox.edit("priceschedules", "PS", Name="theirs")


def released(house: House) -> list[str]:
    return [name for name in house.blobs("parked") if name.startswith("released/")]


@pytest.mark.parametrize("read_anew", [learn, rebuild])
@pytest.mark.parametrize("prepare", [make_there, post_without_answer])
async def test_what_waits_for_it_does_not_wait_until_it_is_due(
    house: House, prepare: Callable[[House], Awaitable[None]], read_anew: ReadAnew
) -> None:
    await house.apply({**SCHEDULE, "ID": "PS0"}, record_type=TYPE)
    await house.apply(PRICED)
    await prepare(house)
    now = house.world.clock.now()
    await read_anew(house)
    assert released(house) == [HINT]
    await house.sweep()
    event = house.last_event(path_of("P1"))
    assert (event["Level"], event["Action"], event["Result"]["DefaultPriceScheduleID"]) == ("Success", "Create", "PS")
    assert (released(house), house.world.clock.now()) == ([], now)


@pytest.mark.parametrize("read_anew", [learn, rebuild])
async def test_no_hint_is_put_where_nothing_waits_for_it(house: House, read_anew: ReadAnew) -> None:
    await house.apply({**SCHEDULE, "ID": "PS0"}, record_type=TYPE)
    await make_there(house)
    await read_anew(house)
    assert released(house) == []


async def test_what_was_known_before_releases_nothing(house: House) -> None:
    await house.apply({**SCHEDULE, "ID": "PS0"}, record_type=TYPE)
    await make_there(house)
    await learn(house)
    house.sandbox.faults.add(
        [{"method": "POST", "path": "^/v1/products", "kind": "status", "value": {"status": 503}, "times": 1}]
    )
    await house.apply(PRICED)
    await house.ports.parked.put(f"waits/acme/{TYPE}/ps/{path_of('P1')}")
    house.sandbox.edit("priceschedules", "PS", Name="theirs again")
    await learn(house)
    assert released(house) == []


@pytest.mark.parametrize(("record_type", "asked"), [(TYPE, 1), ("productfacet", 0)])
async def test_only_for_a_record_that_others_refer_to_it_is_asked_what_waits(
    house: House, record_type: str, asked: int
) -> None:
    collection = house.registry[record_type].collection.removeprefix("/v1/")
    await house.apply({"ID": "R0", "Name": "n"}, record_type=record_type)
    house.sandbox.edit(collection, "R", Name="theirs")
    steps = len(house.steps)
    assert await corrected(house, record_type) == {f"acme/{record_type}/r": "Learned"}
    assert [step.place for step in house.steps[steps:]].count("parked") == asked
