"""Variants of a whole product for which none are posted: all combinations, by the IDs that OrderCloud gives them."""

from composite_bodies import composite_path
from fakes.sandbox import House

from models.record import Json

COMPOSITE = "hydratedproduct"
PATH = composite_path()
VARIANTS = "products/variants"


def sold_in(*specs: tuple[str, list[str]], **more: Json | list[Json]) -> Json:
    """Return a product with specs that define variants, all of one place in their order."""
    made = [
        {"ID": key, "Name": key, "DefinesVariant": True, "Required": True, "Options": [_option(each) for each in keys]}
        for key, keys in specs
    ]
    return {"ID": "P1", "Product": {"Name": "Mug"}, "Specs": made, **more}


def _option(key: str) -> Json:
    return {"ID": key, "Value": key.lower()}


async def apply(house: House, body: Json) -> list[tuple[str, str]]:
    """Post and run a whole; return the OrderCloud requests that write."""
    since = len(house.sandbox.calls)
    await house.apply(body, record_type=COMPOSITE)
    return [(method, path) for method, path in house.made(since) if method != "GET"]


def there(house: House) -> list[str]:
    return sorted(house.there(VARIANTS)[VARIANTS])


async def test_the_ids_are_those_that_ordercloud_gives_so_that_none_is_renamed(house: House) -> None:
    written = await apply(house, sold_in(("Size", ["S", "M"]), ("colour", ["red"])))
    assert [path for method, path in written if method == "PATCH"] == []
    assert there(house) == ["p1/P1-red-M", "p1/P1-red-S"]
    assert house.last_event(PATH)["Level"] == "Success"


async def test_with_an_option_in_another_case_nothing_is_written(house: House) -> None:
    await apply(house, sold_in(("Colour", ["RED"])))
    assert await apply(house, sold_in(("Colour", ["red"]))) == []
    assert there(house) == ["p1/P1-RED"]


async def test_where_variants_were_posted_those_are_all_that_are_wanted(house: House) -> None:
    specs = ("Colour", ["red", "blue"])
    mine: Json = {"ID": "mine", "Specs": [{"SpecID": "Colour", "OptionID": "red"}]}
    await apply(house, sold_in(specs, Variants=[mine]))
    assert await apply(house, sold_in(specs)) == []
    assert there(house) == ["p1/P1-blue", "p1/mine"]
    assert house.last_event(PATH)["Reason"] == "5 parts: 5 Ignore"


async def test_combinations_that_are_wanted_no_more_are_told_once_and_then_forgotten(house: House) -> None:
    await apply(house, sold_in(("Colour", ["red", "blue"])))
    one_left = sold_in(("Colour", ["red"]))
    assert await apply(house, one_left) == []
    kept = "not posted any more, and kept: "
    assert house.last_event(PATH)["Message"] == f"{kept}variant P1/P1-blue, specoption Colour/blue"
    await apply(house, one_left)
    assert house.last_event(PATH)["Message"] == f"{kept}specoption Colour/blue"
