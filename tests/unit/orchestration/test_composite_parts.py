"""What becomes of the parts of a composite: refused ones, ones that are gone from it, and what is not posted at all."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from composite_bodies import composite_path, hydrated, spec
from fakes.profiles import profile_of
from fakes.runs import path_of
from fakes.sandbox import House

from models.record import Json
from models.record_types import REGISTRY
from orchestration.standing import standing

COMPOSITE = "hydratedproduct"
ROW = REGISTRY[COMPOSITE]
SMALL = hydrated(specs=2, options=2, defining=0)
FIRST = path_of("P1", record_type="priceschedule")
SECOND = {"P1-S01", "P1-S01/O0", "P1-S01/O1", "P1-S01/P1"}
KEPT = "spec P1-S01, specproductassignment P1-S01/P1, specoption P1-S01/O0, specoption P1-S01/O1"


async def apply(house: House, body: Json, **where: str) -> Json:
    envelope = await house.apply(body, record_type=COMPOSITE, **where)
    return house.last_event(envelope.path)


async def state(house: House) -> Json:
    found = await standing(house.ports, ROW, ("P1",), profile_of("erp"))
    assert found is not None
    return found


def there(house: House) -> set[str]:
    """Return what is there of specs, options and assignments."""
    found = house.there("specs", "specs/options", "specs/productassignments")
    return {path.upper() for records in found.values() for path in records}


def with_refused_spec(body: Json) -> Json:
    """Return a product whose second spec OrderCloud refuses, as it may define no variants so."""
    second = {**spec("P1-S01", 1, 2, defines=False), "DefinesVariant": True}
    return {**body, "Specs": [body["Specs"][0], second], "Variants": []}


async def test_a_part_that_is_refused_is_dead_and_the_others_are_applied(house: House) -> None:
    event = await apply(house, with_refused_spec(SMALL))
    assert there(house) == {"P1-S00", "P1-S00/O0", "P1-S00/O1", "P1-S00/P1"}
    assert house.blobs("deadletters") == ["acme/spec/p1-s01/erp"]
    assert (event["Level"], event["Action"]) == ("Warn", "Create")
    assert event["Reason"] == "10 parts: 6 Create, 1 dead, 3 waiting"
    assert event["Message"] == (
        "not applied yet: spec P1-S01, specoption P1-S01/O0, specoption P1-S01/O1, specproductassignment P1-S01/P1"
    )
    found = await state(house)
    assert (found["State"], found["Version"]) == ("dead", event["Version"])
    assert [(part["RecordID"], part["State"]) for part in found["WaitingParts"][:1]] == [("acme/spec/p1-s01", "dead")]
    assert house.last_event(path_of("P1-S01", record_type="spec"))["Errors"][0]["ErrorCode"] == "Spec.MustBeRequired"


async def test_a_defect_of_ours_in_a_part_shows_sources_no_traceback(house: House) -> None:
    await apply(house, with_refused_spec(SMALL))
    path = path_of("P1-S01", record_type="spec").record
    cached = await house.ports.cache.get(path)
    defect = replace(cached.record.waiting["erp"], error_type="Defect", cause="Traceback (most recent call last)")
    await house.ports.cache.put(path, replace(cached.record, waiting={"erp": defect}), cached.etag)
    assert (await state(house))["WaitingParts"][0]["Cause"] == "a defect of ours; the host's log has it"


async def test_posted_again_corrected_all_of_it_is_there_at_once(house: House) -> None:
    await apply(house, with_refused_spec(SMALL))
    event = await apply(house, SMALL)
    assert there(house) >= SECOND
    assert (event["Level"], event["Message"]) == ("Success", None)
    assert ((await state(house))["State"], house.blobs("deadletters"), house.blobs("parked")) == ("applied", [], [])


async def test_an_option_that_is_too_long_is_refused_at_the_door(house: House) -> None:
    body = hydrated(specs=1, options=1)
    body["Specs"][0]["Options"][0]["Value"] = "x" * 2001
    receipt = await house.receive(body, record_type=COMPOSITE)
    assert [refused.rejection.data["Field"] for refused in receipt.refused] == ["Specs[0].Options[0].Value"]
    assert house.blobs("queue") == []


async def test_while_ordercloud_is_down_the_whole_waits_after_the_first_part_and_comes_by_itself(house: House) -> None:
    house.sandbox.faults.add([{"kind": "status", "value": {"status": 503}}])
    event = await apply(house, SMALL)
    assert (event["Level"], event["ErrorType"]) == ("Warn", "Unavailable")
    assert event["Message"] == house.last_event(FIRST)["Message"]
    assert set(house.made()) == {("POST", "/v1/priceschedules")}
    assert (await state(house))["State"] == "parked"
    house.sandbox.faults.clear()
    await house.settle()
    assert there(house) >= SECOND
    assert ((await state(house))["State"], house.blobs("deadletters")) == ("applied", [])


async def test_a_fault_of_the_account_makes_neither_a_part_nor_the_whole_a_dead_letter(house: House) -> None:
    house.world.profiles.put(profile_of(Policies={"Parking": {"Delays": [10], "Limit": 3}}))
    refused = {"ErrorCode": "InvalidToken", "Message": "No.", "Data": None}
    house.sandbox.faults.add(
        [{"path": "^/v1/", "kind": "status", "value": {"status": 401, "body": {"Errors": [refused]}}}]
    )
    event = await apply(house, SMALL)
    for _ in range(5):
        house.world.clock.advance(100)
        await house.sweep()
    assert event["ErrorType"] == house.last_event(composite_path())["ErrorType"] == "AccountFault"
    assert event["Message"] == house.last_event(FIRST)["Message"]
    assert house.blobs("deadletters") == []
    house.sandbox.faults.clear()
    await house.settle()
    assert there(house) >= SECOND
    assert ((await state(house))["State"], house.blobs("deadletters")) == ("applied", [])


async def test_parts_that_are_gone_from_a_posting_stay_and_are_told(house: House) -> None:
    await apply(house, SMALL)
    calls = len(house.sandbox.calls)
    event = await apply(house, {**SMALL, "Specs": SMALL["Specs"][:1]})
    assert house.made(calls) == []
    assert there(house) >= SECOND
    assert event["Message"] == f"not posted any more, and kept: {KEPT}"
    assert event["Level"] == "Success"
    again = await apply(house, {"ID": "P1", "Specs": []})
    assert again["Message"].startswith("not posted any more, and kept: spec P1-S00")
    assert "spec P1-S01" in again["Message"]


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        pytest.param({"ID": "P1"}, set(), id="nothing is told"),
        pytest.param({"ID": "P1", "Specs": None}, set(), id="null tells nothing"),
        pytest.param({**SMALL, "Specs": SMALL["Specs"][:1]}, SECOND, id="a spec is gone, with all of it"),
        pytest.param(
            {"ID": "P1", "Specs": []}, SECOND | {each.replace("S01", "S00") for each in SECOND}, id="no specs"
        ),
        pytest.param(
            {"ID": "P1", "Specs": [{"ID": "P1-S00", "Options": [{"ID": "O1"}]}, {"ID": "P1-S01"}]},
            {"P1-S00/O0"},
            id="one option; of the other spec's nothing is told",
        ),
        pytest.param(
            {"ID": "P1", "Specs": [{"ID": "P1-S00", "DefaultValue": "x", "Options": []}, {"ID": "P1-S01"}]},
            {"P1-S00/O0", "P1-S00/O1"},
            id="no options",
        ),
        pytest.param(
            {"ID": "P1", "Specs": [{"ID": "p1-s00", "Options": [{"ID": "o0"}, {"ID": "o1"}]}, {"ID": "P1-S01"}]},
            set(),
            id="all in another case",
        ),
    ],
)
async def test_where_the_policy_says_so_exactly_the_parts_that_are_gone_are_deleted(
    build: Callable[..., House], body: Json, gone: set[str]
) -> None:
    house = build(profile_of("erp", Policies={"GoneParts": "delete"}))
    await apply(house, SMALL)
    before = there(house)
    event = await apply(house, body)
    assert there(house) == before - gone
    assert (event["Level"], event["Message"]) == ("Success", None)
    since = len(house.sandbox.calls)
    event = await apply(house, body)
    assert house.made(since) == []


async def test_where_deletes_are_refused_parts_that_are_gone_stay(build: Callable[..., House]) -> None:
    house = build(profile_of("erp", Policies={"GoneParts": "delete", "Deletes": "refuse"}))
    await apply(house, SMALL)
    before = there(house)
    event = await apply(house, {"ID": "P1", "Specs": []})
    assert there(house) == before
    assert event["Message"].startswith("not posted any more, and kept: ")


async def test_a_price_schedule_with_another_id_takes_the_place_of_the_one_before(
    build: Callable[..., House],
) -> None:
    house = build(profile_of("erp", Policies={"GoneParts": "delete"}))
    await apply(house, SMALL)
    await apply(house, {**SMALL, "PriceSchedule": {"ID": "NEW", **SMALL["PriceSchedule"]}})
    assert list(house.there("priceschedules")["priceschedules"]) == ["NEW"]
    assert house.there("products")["products"]["P1"]["DefaultPriceScheduleID"] == "NEW"


@pytest.mark.parametrize("version", ["7", "2026-01-01T00:00:00Z"])
async def test_posted_again_with_the_same_source_version_nothing_is_written(house: House, version: str) -> None:
    await house.apply(SMALL, record_type=COMPOSITE, version=version)
    since = len(house.sandbox.calls)
    event = await house.apply(SMALL, record_type=COMPOSITE, version=version)
    assert house.made(since) == []
    assert (event.version.text, house.blobs("queue")) == ((await state(house))["Version"], [])


async def test_an_older_source_version_of_the_whole_is_superseded(house: House) -> None:
    await house.apply(SMALL, record_type=COMPOSITE, version="7")
    await house.apply({**SMALL, "Product": {"Name": "Old"}}, record_type=COMPOSITE, version="6")
    event = house.last_event(composite_path())
    assert (event["ErrorType"], event["Action"]) == ("Superseded", "Ignore")
    assert house.there("products")["products"]["P1"]["Name"] == "Mug"


async def test_a_part_with_a_newer_source_version_of_its_own_is_not_overwritten(house: House) -> None:
    await house.apply({"ID": "P1", "Name": "Newest"}, version="9")
    await house.apply(SMALL, record_type=COMPOSITE, version="8")
    assert house.there("products")["products"]["P1"]["Name"] == "Newest"
    assert "1 superseded" in house.last_event(composite_path())["Reason"]


async def test_two_sources_may_post_the_same_whole(house: House) -> None:
    await apply(house, SMALL)
    since = len(house.sandbox.calls)
    event = await apply(house, {**SMALL, "Product": {"Name": "Mug", "xp": {"theirs": 1}}}, client="pim")
    assert (house.made(since), event["Action"]) == ([("PATCH", "/v1/products/P1")], "Patch")
    event = await apply(house, SMALL)
    assert (len(house.made(since)), event["Action"]) == (1, "Ignore")
    assert house.there("products")["products"]["P1"]["xp"] == {"a": 1, "theirs": 1}


async def test_events_of_parts_are_written_many_at_once(house: House) -> None:
    await apply(house, SMALL)
    since = len(house.steps)
    await apply(house, SMALL)
    written = [step for step in house.steps[since:] if step.place == "log"]
    assert [len(step.name.split(",")) for step in written] == [10, 1]
