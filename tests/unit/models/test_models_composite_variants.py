"""The variants that a composite wants where none are posted: the combinations of its options."""

from typing import Any

import pytest
from composite_reading import errors_of, expanded

from models.record import Json


def choice(key: str, *options: str, place: int = 0, defines: bool = True) -> Json:
    """Return a spec with its options."""
    made = {"Options": [{"ID": option} for option in options]} if options else {}
    return {"ID": key, "ListOrder": place, "DefinesVariant": defines, **made}


def combination(**options: str) -> list[Json]:
    return [{"SpecID": spec, "OptionID": option} for spec, option in options.items()]


LONG = "x" * 60
SIZES = [choice("Size", "S", "M", place=2), choice("Colour", "red", "blue", place=1)]


@pytest.mark.parametrize(
    ("body", "variants"),
    [
        pytest.param(
            {"Specs": [*SIZES, choice("Print", "logo", defines=False)]},
            [
                ("P1-red-S", combination(Colour="red", Size="S")),
                ("P1-red-M", combination(Colour="red", Size="M")),
                ("P1-blue-S", combination(Colour="blue", Size="S")),
                ("P1-blue-M", combination(Colour="blue", Size="M")),
            ],
            id="every combination of what defines variants, in the order of the specs",
        ),
        pytest.param(
            {"Specs": [choice("size", "S"), choice("Cut", "A"), choice("Ply", "2"), choice("Hue", "red", place=-1)]},
            [("P1-red-A-2-S", combination(Hue="red", Cut="A", Ply="2", size="S"))],
            id="specs of one place in the order of their IDs, in whatever case",
        ),
        pytest.param({"Specs": SIZES, "Variants": None, "Product": {}}, 4, id="null is absent"),
        pytest.param({"Specs": SIZES, "Variants": []}, [], id="none are posted"),
        pytest.param({"Specs": [*SIZES, choice("Cut")]}, [], id="the options of one spec are not posted"),
        pytest.param(
            {"Specs": [*SIZES, {**choice("Cut"), "Options": None}]}, [], id="null options are none that are posted"
        ),
        pytest.param({"Specs": [*SIZES, {**choice("Cut"), "Options": []}]}, [], id="one spec has no options"),
        pytest.param({"Specs": [choice("Print", "logo", defines=False)]}, [], id="no spec defines variants"),
        pytest.param({"Specs": None}, [], id="no specs"),
        pytest.param(
            {"Specs": [choice("Size", LONG), choice("Cut", LONG)]},
            [(f"P1-{LONG}-{'x' * 19}-775d81ef9d9f7289", combination(Cut=LONG, Size=LONG))],
            id="a name that is too long ends in a digest of it",
        ),
    ],
)
def test_where_no_variants_are_posted_there_is_one_of_each_combination(body: Json, variants: Any) -> None:
    found = [posted for _, name, posted in expanded({"ID": "P1", **body}) if name == "variant"]
    if isinstance(variants, int):
        assert len(found) == variants
        return
    assert found == [{"ID": name, "Specs": specs, "ProductID": "P1"} for name, specs in variants]
    assert all(len(each["ID"]) <= 100 for each in found)


def test_more_combinations_than_parts_may_be_are_refused() -> None:
    many = [f"o{number}" for number in range(50)]
    body = {"ID": "mug", "Specs": [choice("size", *many), choice("colour", *many)]}
    assert errors_of(body) == [("TooManyParts", "", "A composite has 2000 parts at most; these are 2606.")]
