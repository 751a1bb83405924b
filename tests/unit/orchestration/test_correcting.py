"""Corrections: what goes through the pipeline again, in which order, with which events, and what is left alone."""

from collections.abc import Callable
from typing import Any

import pytest
from fakes.profiles import profile_of
from fakes.runs import Step, let_pass, path_of
from fakes.sandbox import House
from fakes.verifying import cache_wrongly, corrected, rebuilt, told

from models.record import Json
from orchestration.waiting import WaitingState

QUEUED = path_of()
PATH = QUEUED.record
RECORD = str(PATH)
MUG: Json = {"ID": "P1", "Name": "Mug", "Description": "d"}
REPORT = {"Policies": {"Drift": "report"}}
AGAIN = "put through again: OrderCloud and the cache differ"


def there(house: House, *fields: str) -> tuple[Any, ...]:
    """Return some fields of the product as OrderCloud has it."""
    product = house.sandbox.content["products"]["P1"]
    return tuple(product[name] for name in fields)


def since(house: House, number: int) -> list[tuple[str, str, str | None, str]]:
    """Return the events from a place in their order on: client, level, action and reason."""
    events = house.events()[number:]
    return [(event["Client"], event["Level"], event["Action"], event["Reason"]) for event in events]


async def test_a_changed_field_is_written_back_by_the_pipeline_with_its_events(house: House) -> None:
    envelope = await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    before, calls = len(house.events()), len(house.sandbox.calls)
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Name", "Description") == ("Mug", "d")
    assert since(house, before) == [
        ("erp", "Progress", None, AGAIN),
        ("erp", "Success", "Patch", "fields changed: Name; OrderCloud's values had drifted: Name"),
    ]
    assert [call for call in house.made(calls) if call[0] != "GET"] == [("PATCH", "/v1/products/P1")]
    assert [call.body for call in house.sandbox.calls if call.method == "PATCH"] == [{"Name": "Mug"}]
    ids = [event["Id"] for event in house.events()]
    assert ids == [f"acme:product:p1:erp:{envelope.version}:{tail}" for tail in ("1", "0:replay1", "1:replay1")]
    assert (await told(house), house.blobs("queue")) == ([], [])
    record = house.cached(PATH)
    assert record
    assert (record.certain, dict(record.attempted), record.claim) == (True, {}, None)
    assert (record.applied["erp"].version, record.applied["erp"].posted) == (envelope.version, MUG)


async def test_a_second_correction_keeps_the_events_of_the_first(house: House) -> None:
    await house.apply(MUG)
    for _ in range(2):
        house.sandbox.edit("products", "P1", Name="theirs")
        assert await corrected(house) == {RECORD: "Mended"}
    ids = [event["Id"].rpartition(":")[2] for event in house.events()]
    assert ids == ["1", "replay1", "replay1", "replay2", "replay2"]


async def test_what_was_posted_by_a_version_of_the_source_s_is_corrected_by_it_each_time(house: House) -> None:
    await house.apply(MUG, version="10")
    for _ in range(2):
        house.world.clock.advance(1)
        house.sandbox.edit("products", "P1", Name="theirs")
        assert await corrected(house) == {RECORD: "Mended"}
        assert there(house, "Name") == ("Mug",)
    assert [event["Action"] for event in house.events()] == ["Create", None, "Patch", None, "Patch"]
    assert len({event["Id"] for event in house.events()}) == 5


async def test_a_record_deleted_there_is_created_again(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.drop("products", "P1")
    before = len(house.events())
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Name", "Description") == ("Mug", "d")
    assert since(house, before)[1:] == [("erp", "Success", "Create", "it is gone from OrderCloud behind our back")]


async def test_an_assignment_deleted_there_is_posted_again(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"CatalogID": "C", "ProductID": "P1"}, record_type="catalogproductassignment")
    house.sandbox.drop("catalogs/productassignments", "C/P1")
    outcome = await corrected(house, "catalogproductassignment")
    assert outcome == {"acme/catalogproductassignment/c/p1": "Mended"}
    assert list(house.sandbox.content["catalogs/productassignments"]) == ["C/P1"]


@pytest.mark.parametrize("current", [{"Name": "Cup"}, None], ids=["other values", "nothing"])
async def test_one_cached_wrongly_is_read_again_and_nothing_is_written(house: House, current: Json | None) -> None:
    await house.apply(MUG)
    known = (await house.ports.cache.get(PATH)).record.current
    await cache_wrongly(house, PATH, Current=current and {**(known or {}), **current})
    before, calls = len(house.events()), len(house.sandbox.calls)
    assert await corrected(house) == {RECORD: "Mended"}
    assert since(house, before)[1:] == [("erp", "Success", "Get", "nothing changed; OrderCloud is read again")]
    assert {call.method for call in house.sandbox.calls[calls:]} == {"GET"}
    assert (await house.ports.cache.get(PATH)).record.current == known


async def test_a_field_that_nobody_manages_is_only_read_again(house: House) -> None:
    await house.apply({"ID": "P1", "Name": "Mug"})
    house.sandbox.edit("products", "P1", Description="theirs")
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Description") == ("theirs",)


async def test_where_drift_is_reported_only_ordercloud_keeps_its_values(build: Callable[..., House]) -> None:
    erp = profile_of("erp", **REPORT)
    house = build(erp)
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    before = len(house.events())
    assert await corrected(house, "product", erp) == {RECORD: "Reported"}
    assert there(house, "Name") == ("theirs",)
    drifted = "nothing changed; OrderCloud is read again; OrderCloud's values had drifted: Name"
    assert since(house, before)[1:] == [("erp", "Success", "Get", drifted)]


async def test_each_source_gets_back_what_is_its_own(house: House) -> None:
    await house.apply({"ID": "P1", "Name": "Mug", "ShipWeight": 1})
    house.world.clock.advance(1)
    await house.apply({"ID": "P1", "Name": "Cup", "Description": "d"}, client="pim")
    house.sandbox.edit("products", "P1", Name="x", Description="x", ShipWeight=9)
    calls = len(house.sandbox.calls)
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Name", "Description", "ShipWeight") == ("Cup", "d", 1)
    bodies = [call.body for call in house.sandbox.calls[calls:] if call.method == "PATCH"]
    assert bodies == [{"Name": "Cup", "Description": "d"}, {"ShipWeight": 1}]


async def test_what_two_sources_made_is_made_again_in_their_order(house: House) -> None:
    await house.apply({"ID": "P1", "Name": "Mug", "ShipWeight": 1})
    house.world.clock.advance(1)
    await house.apply({"ID": "P1", "Name": "Cup", "Description": "d"}, client="pim")
    house.sandbox.drop("products", "P1")
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Name", "Description", "ShipWeight") == ("Cup", "d", 1)


async def test_what_was_gone_at_a_rebuild_and_is_there_again_is_made_as_it_was_applied(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.drop("products", "P1")
    house.world.clock.advance(3_600)
    await rebuilt(house)
    house.sandbox.edit("products", "P1", Name="theirs")
    assert [kind for _, kind, _ in await told(house)] == ["CachedWrongly"]
    assert await corrected(house) == {RECORD: "Mended"}
    assert there(house, "Name", "Description") == ("Mug", "d")


async def test_what_a_source_posts_meanwhile_is_newer_and_wins(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs", Description="theirs")
    posted = False

    async def post_meanwhile(step: Step) -> None:
        nonlocal posted
        if not posted and step == Step("queue", "PUT", str(QUEUED)):
            posted = True
            await house.post({"ID": "P1", "Name": "newer"})

    house.before = post_meanwhile
    await corrected(house)
    assert there(house, "Name") == ("newer",)
    record = house.cached(PATH)
    assert record
    assert record.applied["erp"].posted["Name"] == "newer"
    # What was put through is not lost by it: the run that applied the newer posting had read OrderCloud.
    assert there(house, "Description") == ("d",)


async def test_a_source_whose_posting_waits_is_left_alone(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    await house.apply({"ID": "P1", "DefaultPriceScheduleID": "none"})
    record = house.cached(PATH)
    assert record
    assert record.waiting["erp"].state is WaitingState.PARKED
    assert await corrected(house) == {RECORD: "Waits"}
    assert house.cached(PATH) == record


async def test_a_source_without_a_profile_is_told(house: House) -> None:
    await house.apply(MUG, client="pim")
    house.world.profiles.remove("pim")
    house.sandbox.edit("products", "P1", Name="theirs")
    assert await corrected(house) == {RECORD: "NoProfile"}
    assert house.blobs("queue") == []


async def test_bytes_that_are_no_cached_record_are_left_to_a_person(house: House) -> None:
    await house.apply(MUG)
    await house.containers["cache"].overwrite(RECORD, b"garbage")
    assert await corrected(house) == {RECORD: "Unreadable"}
    assert house.containers["cache"].blobs[RECORD].content == b"garbage"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_correction_that_dies_anywhere_is_finished_by_the_sweep_or_found_again(
    build: Callable[..., House], moment: str
) -> None:
    for place in range(1, 40):
        house = build()
        await house.apply(MUG)
        house.sandbox.edit("products", "P1", Name="theirs")
        seen = 0

        def reached(when: str, step: Step) -> bool:
            nonlocal seen
            seen += when == moment and step.method in ("PUT", "DELETE", "PATCH")
            return seen == place  # noqa: B023 - called within this round

        died = await house.dies(lambda house=house: corrected(house), reached)
        await house.settle()
        await corrected(house)
        assert there(house, "Name") == ("Mug",)
        assert await told(house) == []
        if not died:
            assert place > 5
            return
    raise AssertionError("it has no end")


async def test_a_correction_that_is_slower_than_its_claim_comes_over_nothing_newer(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")

    async def be_slow(step: Step) -> None:
        await let_pass(step)
        if (step.place, step.method) == ("queue", "PUT"):
            house.before = let_pass
            house.world.clock.advance(house.limits.claim + 1)
            await house.apply({"ID": "P1", "Name": "Newest"})

    house.before = be_slow
    await corrected(house)
    assert there(house, "Name") == ("Newest",)
