"""Versions of a source's in composites: what is older than what was applied, of the whole or of a part, is left out."""

import random
from collections.abc import Callable

from composite_bodies import composite_path
from fakes.runs import path_of
from fakes.sandbox import House

from models.record import Json

COMPOSITE = "hydratedproduct"


def whole(**parts: Json | list[Json]) -> Json:
    return {"ID": "P1", **parts}


async def post_whole(house: House, version: str, **parts: Json | list[Json]) -> None:
    await house.post(whole(**parts), record_type=COMPOSITE, version=version)


def product(house: House) -> Json:
    found: Json = house.there("products")["products"]["P1"]
    return found


def assert_at_rest(house: House) -> None:
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


async def test_what_an_older_whole_says_beside_a_partial_newer_one_is_left_out_of_its_parts(house: House) -> None:
    specs = [{"ID": "S1", "Name": "5", "ListOrder": 5, "DefaultValue": "x"}]
    await post_whole(house, "5", Product={"Name": "5", "Description": "5"}, Specs=specs)
    await house.run(composite_path())
    older = [{"ID": "S1", "Name": "4", "ListOrder": 4}, {"ID": "S2", "Name": "4"}]
    await post_whole(house, "4", Product={"Name": "4", "Description": "4"}, PriceSchedule={"Name": "4"}, Specs=older)
    await post_whole(house, "6", Product={"Name": "6"}, Specs=[{"ID": "S1", "ListOrder": 6}])
    await house.run(composite_path())
    found = house.there("specs", "priceschedules")
    assert (product(house)["Name"], product(house)["Description"]) == ("6", "5")
    assert [(key, spec["Name"], spec["ListOrder"]) for key, spec in found["specs"].items()] == [("S1", "5", 6)]
    assert found["priceschedules"] == {}
    event = house.last_event(composite_path())
    assert event["Message"] == "left out as older than version 5: PriceSchedule, Product.Description, Specs in part"
    assert_at_rest(house)


async def test_a_whole_whose_version_is_given_again_changes_a_part_that_waits(house: House) -> None:
    spec = {"ID": "S1", "Name": "s", "DefaultValue": "x"}
    waits = {"Name": "10", "DefaultPriceScheduleID": "later"}
    await post_whole(house, "10", Product=waits, Specs=[spec])
    await house.run(composite_path())
    assert house.blobs("parked")
    house.world.clock.advance(1)
    await post_whole(house, "10", Product={**waits, "Name": "10, again", "DefaultPriceScheduleID": None}, Specs=[spec])
    await house.run(composite_path())
    assert product(house)["Name"] == "10, again"
    told = [event for event in house.events() if event["RecordType"] == COMPOSITE]
    assert [event["Reason"] for event in told] == ["3 parts: 1 Create, 2 waiting", "3 parts: 2 Create, 1 Ignore"]
    assert len({event["Id"] for event in told}) == 2
    assert_at_rest(house)


async def test_an_older_delete_under_a_newer_whole_deletes_nothing(house: House) -> None:
    await post_whole(house, "5", Product={"Name": "5"}, Specs=[{"ID": "S1", "Name": "5", "DefaultValue": "x"}])
    await house.run(composite_path())
    await house.delete("P1", record_type=COMPOSITE, version="4")
    await post_whole(house, "6", Product={"Name": "6"})
    await house.run(composite_path())
    assert (product(house)["Name"], list(house.there("specs")["specs"])) == ("6", ["S1"])
    assert [call.method for call in house.world.ordercloud.calls if call.method == "DELETE"] == []
    assert_at_rest(house)


async def test_a_part_posted_by_itself_between_two_wholes_that_were_merged_keeps_what_it_says(house: House) -> None:
    """What the row takes from the older whole is older than the part, what it takes from the newer one is not."""
    prices = {"Name": "4", "MinQuantity": 4}
    await post_whole(house, "4", Product={"Name": "4", "Description": "4"}, PriceSchedule=prices)
    await house.apply({"ID": "P1", "Name": "5", "Description": "5"}, version="5")
    await house.apply({"ID": "P1", "Name": "5"}, record_type="priceschedule", version="5")
    await post_whole(house, "6", Product={"Name": "6"})
    await house.run(composite_path())
    await house.settle()
    assert (product(house)["Name"], product(house)["Description"]) == ("6", "5")
    assert house.there("priceschedules")["priceschedules"]["P1"]["Name"] == "5"
    reason = house.last_event(path_of(record_type="priceschedule"))["Reason"]
    assert reason == "superseded by version 5, which this source gave before"
    assert_at_rest(house)


async def test_a_part_that_waits_in_the_queue_between_two_wholes_that_were_merged_keeps_what_it_says(
    house: House,
) -> None:
    await post_whole(house, "4", Product={"Name": "4", "Description": "4"})
    await house.post({"ID": "P1", "Name": "5", "Description": "5"}, version="5")
    await post_whole(house, "6", Product={"Name": "6"})
    await house.run(composite_path())
    await house.settle()
    assert (product(house)["Name"], product(house)["Description"]) == ("6", "5")
    assert_at_rest(house)


async def test_a_part_that_only_the_older_whole_said_has_the_older_version(house: House) -> None:
    """So a posting of the part alone that comes late, and yet is newer than that, is applied."""
    await post_whole(house, "4", Product={"Name": "4"}, PriceSchedule={"Name": "4"})
    await post_whole(house, "6", Product={"Name": "6"})
    await house.run(composite_path())
    await house.apply({"ID": "P1", "Name": "5"}, record_type="priceschedule", version="5")
    assert house.there("priceschedules")["priceschedules"]["P1"]["Name"] == "5"
    assert_at_rest(house)


FIELDS = {
    "Product": ("Name", "Description"),
    "PriceSchedule": ("Name", "MinQuantity"),
    "Specs": ("Name", "ListOrder", "DefaultValue"),
}
NUMBERS = ("MinQuantity", "ListOrder")


def drawn(chance: random.Random, version: int) -> Json:
    """Draw what a whole says of its parts; values say their version. The first version makes all that there is."""
    parts: Json = {}
    for part, names in FIELDS.items():
        said = [name for name in names if not version or chance.random() < 0.4]
        if said:
            parts[part] = {name: version + 1 if name in NUMBERS else str(version) for name in said}
    return parts


def keyed(key: str, parts: Json) -> Json:
    """Return the whole of a key; its one spec is its own."""
    specs = {"Specs": [{"ID": f"{key}-S", **parts["Specs"]}]} if "Specs" in parts else {}
    return {"ID": key, **parts, **specs}


def held(house: House, key: str) -> list[Json]:
    """Return what OrderCloud has of the fields that were drawn."""
    found = house.there("products", "priceschedules", "specs")
    places = zip(FIELDS.values(), (("products", key), ("priceschedules", key), ("specs", f"{key}-S")), strict=True)
    return [{name: found[kind][place][name] for name in names} for names, (kind, place) in places]


async def test_wholes_end_the_same_slowly_or_fast_in_whatever_order_their_versions_arrive(house: House) -> None:
    chance = random.Random(18)
    for number in range(40):
        versions = [0, *chance.sample(range(1, 7), 4)]
        wholes = [(str(version), drawn(chance, version)) for version in versions]
        runs = [chance.random() < 0.5 for _ in versions]
        for key, pace in ((f"slow-{number}", [True] * len(runs)), (f"fast-{number}", runs)):
            for (version, parts), now in zip(wholes, pace, strict=True):
                await house.receive(keyed(key, parts), record_type=COMPOSITE, version=version)
                if now:
                    await house.run(composite_path(key))
            await house.run(composite_path(key))
        assert (held(house, f"fast-{number}"), wholes, runs) == (held(house, f"slow-{number}"), wholes, runs)
    assert_at_rest(house)


async def test_a_whole_of_a_source_s_version_that_waited_is_logged_as_applied_wherever_its_run_dies(
    build: Callable[..., House],
) -> None:
    for at in range(100):
        house, moments = build(), iter(range(1_000))
        await post_whole(house, "5", Product={"Name": "5"}, Specs=[{"ID": "S1", "Name": "s", "DefaultValue": "x"}])
        house.sandbox.faults.add([{"kind": "status", "value": {"status": 503}}])
        await house.run(composite_path())
        house.sandbox.faults.clear()
        house.world.clock.advance(120)

        async def release(house: House = house) -> None:
            await house.pipeline.run(composite_path(), released=True)

        died = await house.dies(release, lambda _moment, _step, moments=moments, at=at: next(moments) == at)
        await house.settle()
        told = {event["Version"]: event["ErrorType"] for event in house.events() if event["RecordType"] == COMPOSITE}
        assert told == {"5": None}, at
        if not died:
            return
    raise AssertionError("it has more moments than that")
