"""A row of a composite that was set aside is logged once and whole, wherever the run that did it died."""

import pytest
from fakes.runs import Step, path_of
from fakes.sandbox import House

from models.record import Json
from orchestration.envelope import Envelope
from orchestration.event_text import read
from orchestration.paths import QueuePath

WHOLE: Json = {
    "ID": "P1",
    "Product": {"Name": "Mug"},
    "Specs": [{"ID": "S", "Name": "Size", "DefaultOptionID": "O0", "Options": [{"ID": "O1", "Value": "v"}]}],
}
SOLD: Json = {"ID": "P1", "Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Retail"}}
SPEC = path_of("S", record_type="spec")
PRODUCT = path_of("P1")

CRASHES = [
    pytest.param("log", "before", 1, id="before it is logged"),
    pytest.param("log", "after", 1, id="after it is logged"),
    pytest.param("cache", "before", 3, id="before the cache says that it is logged"),
    pytest.param("cache", "after", 3, id="after the cache says that it is logged"),
]


async def post(house: House, item: Json, client: str = "erp") -> Envelope:
    return await house.post(item, record_type="hydratedproduct", client=client)


async def run_and_die(
    house: House, envelope: Envelope, row: QueuePath, place: str, moment: str, time: int, *, alone: bool = False
) -> None:
    """Run a composite, or a row alone, and die at the row's write to the cache or the log: at the first or a later."""
    seen = 0

    def is_of_row(name: str) -> bool:
        return name == str(row.record) if place == "cache" else f"{row}:".replace("/", ":") in name

    def meant(when: str, step: Step) -> bool:
        nonlocal seen
        house.world.clock.advance(0.001)  # a request takes time: what is logged is later than the failure
        met = (when, step.place, step.method) == (moment, place, "PUT") and is_of_row(step.name)
        seen += met
        return met and seen == time

    async def act() -> None:
        await house.run(row if alone else envelope.path)

    assert await house.dies(act, meant)


def refuse(house: House) -> None:
    """Have OrderCloud refuse one product."""
    errors = {"Errors": [{"ErrorCode": "Invalid", "Message": "m", "Data": None}]}
    value = {"status": 400, "body": errors}
    house.sandbox.faults.add(
        [{"method": "POST", "path": "^/v1/products", "kind": "status", "value": value, "times": 1}]
    )


def kept(house: House, path: QueuePath) -> list[Json]:
    """Return the events of a record and source as the log has them."""
    events = [read(event) for event in house.log.kept.values()]
    return [event for event in events if (event["RecordID"], event["Client"]) == (str(path.record), path.client)]


def told(house: House, path: QueuePath) -> list[tuple[str, str | None, str | None, int, int, int]]:
    """Return what the events of a record and source say of its outcome and of its calls."""
    return [
        (
            event["Level"],
            event["Action"],
            event["ErrorType"],
            len(event["Errors"]),
            len(event["Calls"]),
            event["UncertainCalls"],
        )
        for event in kept(house, path)
    ]


def not_logged(house: House, path: QueuePath) -> tuple[int, int]:
    """Return how many calls the cache says that no event may tell of: any source's, and this one's."""
    known = house.cached(path.record)
    assert known is not None
    return known.unlogged, known.waiting[path.client].unlogged


@pytest.mark.parametrize(("place", "moment", "time"), CRASHES)
async def test_the_event_of_a_row_that_was_created_and_whose_rest_waits_is_the_one_it_was_created_with(
    house: House, place: str, moment: str, time: int
) -> None:
    envelope = await post(house, WHOLE)
    await run_and_die(house, envelope, SPEC, place, moment, time)
    await house.run(envelope.path)
    [event] = kept(house, SPEC)
    assert (event["Level"], event["Action"], event["Attempt"]) == ("Progress", "Create", 1)
    assert ([call["Method"] for call in event["Calls"]], event["UncertainCalls"]) == (["POST"], 0)
    assert (event["Result"]["Name"], event["Before"]) == ("Size", None)
    assert not_logged(house, SPEC) == (0, 0)


@pytest.mark.parametrize(("place", "moment", "time"), CRASHES)
async def test_the_event_of_a_row_that_was_refused_is_told_by_the_cache_only_where_it_was_not_logged(
    house: House, place: str, moment: str, time: int
) -> None:
    refuse(house)
    envelope = await post(house, SOLD)
    await run_and_die(house, envelope, PRODUCT, place, moment, time)
    await house.run(envelope.path)
    calls = (0, 1) if (place, moment) == ("log", "before") else (1, 0)
    assert told(house, PRODUCT) == [("Error", None, "RefusedByOrderCloud", 1, *calls)]
    assert not_logged(house, PRODUCT) == (0, 0)


async def test_what_another_source_s_run_left_unlogged_is_that_source_s_to_tell(house: House) -> None:
    theirs = path_of("P1", client="pim")
    refuse(house)
    mine = await post(house, SOLD)
    await run_and_die(house, mine, PRODUCT, "cache", "after", 3)
    refuse(house)
    other = await post(house, SOLD, client="pim")
    await run_and_die(house, other, theirs, "log", "before", 1)
    written = len(house.log.written)
    await house.run(mine.path)
    assert [event.path for event in house.log.written[written:] if event.path.record == PRODUCT.record] == []
    assert (told(house, PRODUCT), told(house, theirs)) == ([("Error", None, "RefusedByOrderCloud", 1, 1, 0)], [])
    assert not_logged(house, theirs) == (0, 1)
    await house.run(other.path)
    assert told(house, theirs) == [("Error", None, "RefusedByOrderCloud", 1, 0, 1)]
    assert not_logged(house, theirs) == (0, 0)


async def test_what_a_row_left_unlogged_is_told_by_its_next_attempt_where_that_is_first(house: House) -> None:
    envelope = await post(house, WHOLE)
    await run_and_die(house, envelope, SPEC, "log", "before", 1)
    await house.run(SPEC)
    tried = [("Warn", None, "MissingReference", 1, 1, 1)]
    assert (told(house, SPEC), not_logged(house, SPEC)) == (tried, (0, 0))
    await house.run(envelope.path)
    assert told(house, SPEC) == tried


async def test_a_run_that_takes_what_waits_up_and_dies_leaves_each_call_unlogged_once(house: House) -> None:
    envelope = await post(house, WHOLE)
    await run_and_die(house, envelope, SPEC, "log", "before", 1)
    assert not_logged(house, SPEC) == (0, 1)
    await run_and_die(house, envelope, SPEC, "cache", "after", 1, alone=True)
    assert not_logged(house, SPEC) == (1 + 1, 0)


async def test_calls_of_a_dead_letter_that_is_dropped_are_left_to_the_record_s_next_run(house: House) -> None:
    refuse(house)
    envelope = await post(house, SOLD)
    await run_and_die(house, envelope, PRODUCT, "log", "before", 1)
    known = house.cached(PRODUCT.record)
    assert known is not None
    assert (known.without("erp").unlogged, known.without("pim").unlogged) == (1, 0)


async def test_the_composite_tells_what_became_of_a_row_that_is_logged_for_a_run_that_died(house: House) -> None:
    refuse(house)
    envelope = await post(house, SOLD)
    await run_and_die(house, envelope, PRODUCT, "log", "before", 1)
    await house.run(envelope.path)
    [event] = kept(house, envelope.path)
    assert event["Reason"] == "2 parts: 1 Create, 1 dead"
