"""The composites that are refused, each with its errors."""

import pytest
from composite_reading import errors_of, expanded

from models.assets import AssetType
from models.composite_rules import MAX_PARTS
from models.composites import HYDRATED_PRODUCT
from models.record import Json
from models.validation import validate

LARGE = {"mine": "x" * 7990}
TOO_LARGE = "xp has more than 8000 characters as JSON."


def whole(name: str, element: Json) -> Json:
    """Return a body with two elements in a list, of which the second one is given."""
    return {name: [{"ID": "first"}, element]}


@pytest.mark.parametrize(
    ("body", "code", "field", "message"),
    [
        pytest.param({"ID": None}, "InvalidType", "ID", "Input should be a valid string.", id="no ID"),
        pytest.param({"Product": []}, "InvalidType", "Product", None, id="list for a part"),
        pytest.param({"Specs": {}}, "InvalidType", "Specs", "Input should be a valid list.", id="object for a list"),
        pytest.param({"Specs": [5]}, "InvalidType", "Specs[0]", None, id="number for an element"),
        pytest.param({"Price": 5}, "UnknownField", "Price", None, id="unknown field"),
        pytest.param(
            {"Product": {"Colour": "red"}},
            "UnknownField",
            "Product.Colour",
            "'Colour' is not a field here.",
            id="in a part",
        ),
        pytest.param(
            {"Product": {"ID": "P2"}}, "KeyMismatch", "Product.ID", "ID has to be 'P1' here, or left out.", id="product"
        ),
        pytest.param(whole("Specs", {}), "Required", "Specs[1].ID", "ID is required.", id="spec without ID"),
        pytest.param(whole("Variants", {}), "Required", "Variants[1].ID", "ID is required.", id="variant without ID"),
        pytest.param(
            whole("Specs", {"ID": "S", "Options": [{"Value": "red"}]}),
            "Required",
            "Specs[1].Options[0].ID",
            "ID is required.",
            id="option without ID",
        ),
        pytest.param(
            whole("Specs", {"ID": "S", "Options": [{"ID": "red", "PriceMarkup": "1"}]}),
            "InvalidType",
            "Specs[1].Options[0].PriceMarkup",
            "Input should be a valid number.",
            id="text for a number of an option",
        ),
        pytest.param(
            whole("Specs", {"ID": "S", "Options": [{"ID": "red", "SpecID": "first"}]}),
            "KeyMismatch",
            "Specs[1].Options[0].SpecID",
            "SpecID has to be 'S' here, or left out.",
            id="option of another spec",
        ),
        pytest.param(
            whole("Specs", {"ID": "S", "Options": [{"ID": "red", "xp": {"SpecID": "first"}}]}),
            "KeyMismatch",
            "Specs[1].Options[0].xp.SpecID",
            "SpecID has to be 'S' here, or left out.",
            id="option that says another spec in xp",
        ),
        pytest.param(
            whole("Variants", {"ID": "V", "ProductID": "P2"}),
            "KeyMismatch",
            "Variants[1].ProductID",
            "ProductID has to be 'P1' here, or left out.",
            id="variant of another product",
        ),
        pytest.param(
            whole("Specs", {"ID": "FIRST"}),
            "DuplicateKey",
            "Specs[1].ID",
            "Another element has the ID 'FIRST' already.",
            id="spec twice",
        ),
        pytest.param(
            whole("Variants", {"ID": "first"}),
            "DuplicateKey",
            "Variants[1].ID",
            "Another element has the ID 'first' already.",
            id="variant twice",
        ),
        pytest.param(
            whole("Specs", {"ID": "S", "Options": [{"ID": "red"}, {"ID": "blue"}, {"ID": "Red"}]}),
            "DuplicateKey",
            "Specs[1].Options[2].ID",
            "Another element has the ID 'Red' already.",
            id="option twice",
        ),
        pytest.param(
            whole(
                "Variants", {"ID": "V", "Specs": [{"SpecID": "S", "OptionID": "a"}, {"SpecID": "s", "OptionID": "b"}]}
            ),
            "DuplicateKey",
            "Variants[1].Specs[1].SpecID",
            "Another element has the SpecID 's' already.",
            id="spec twice in a combination",
        ),
        pytest.param(
            {"PriceSchedule": {"PriceBreaks": [{"Quantity": 1, "Price": 2}, {"Quantity": 1, "Price": 3}]}},
            "DuplicateKey",
            "PriceSchedule.PriceBreaks[1].Quantity",
            "Another element has the Quantity 1 already.",
            id="quantity twice",
        ),
        pytest.param(
            whole("Specs", {"ID": "S", "DefinesVariant": True, "Required": False}),
            "InvalidValue",
            "Specs[1].Required",
            None,
            id="a spec's own rule",
        ),
        pytest.param(
            {"Images": [{"Type": "Hologram"}]}, "InvalidValue", "Images[0].Type", None, id="unknown type of a file"
        ),
        pytest.param(
            {"Attachments": [{"Tags": ["a", 5]}]},
            "InvalidType",
            "Attachments[0].Tags[1]",
            "Input should be a valid string.",
            id="number for a tag",
        ),
        pytest.param({"PriceSchedule": {"xp": LARGE}}, "TooLong", "PriceSchedule.xp", TOO_LARGE, id="schedule's xp"),
        pytest.param(whole("Specs", {"ID": "S", "xp": LARGE}), "TooLong", "Specs[1].xp", TOO_LARGE, id="spec's xp"),
        pytest.param(
            {"Specs": [{"ID": "S", "Options": [{"ID": "red", "xp": LARGE}]}]},
            "TooLong",
            "Specs[0].Options[0].xp",
            TOO_LARGE,
            id="option's xp",
        ),
        pytest.param(
            whole("Variants", {"ID": "V", "xp": LARGE}), "TooLong", "Variants[1].xp", TOO_LARGE, id="variant's xp"
        ),
        pytest.param(
            {"Product": {"xp": {"mine": "x" * 7900}}, "Images": [{"Title": "x" * 100}]},
            "TooLong",
            "Product.xp",
            "xp has more than 8000 characters as JSON, with Images and Attachments.",
            id="product's xp with its files",
        ),
        pytest.param(
            {"Specs": [{"ID": str(number)} for number in range(101)]}, "TooLong", "Specs", None, id="too many specs"
        ),
        pytest.param(
            {"Specs": [{"ID": "S", "Options": [{"ID": str(number)} for number in range(101)]}]},
            "TooLong",
            "Specs[0].Options",
            None,
            id="too many options",
        ),
        pytest.param(
            {"Variants": [{"ID": str(number)} for number in range(1001)]}, "TooLong", "Variants", None, id="variants"
        ),
        pytest.param(
            {
                "Specs": [{"ID": str(n), "Options": [{"ID": str(m)} for m in range(100)]} for n in range(19)],
                "Variants": [{"ID": str(n)} for n in range(61)],
            },
            "TooManyParts",
            "",
            "A composite has 2000 parts at most; these are 2001.",
            id="too many parts",
        ),
    ],
)
def test_a_composite_that_breaks_a_rule_is_refused_with_the_field_and_the_rule(
    body: Json, code: str, field: str, message: str | None
) -> None:
    [(found, where, said)] = errors_of({"ID": "P1", **body})
    assert (found, where) == (code, field)
    assert message in (said, None)


def test_as_many_parts_as_may_be_are_expanded() -> None:
    specs = [{"ID": str(n), "Options": [{"ID": str(m)} for m in range(100)]} for n in range(19)]
    body = {
        "ID": "P1",
        "Product": {},
        "PriceSchedule": {},
        "Specs": specs,
        "Variants": [{"ID": str(n)} for n in range(60)],
    }
    assert len(expanded(body)) == MAX_PARTS


def test_what_is_wrong_between_parts_is_told_beside_what_is_wrong_within_them() -> None:
    body = {
        "Product": {"ID": "P 2", "Name": 5},
        "PriceSchedule": {"PriceBreaks": [{"Quantity": 1, "Price": 2}, {"Quantity": 1, "Price": "3"}]},
        "Specs": [{"ID": "S", "Colour": 1}, {"ID": "s", "Options": [{"SpecID": "other", "ID": "a b"}]}],
        "Variants": "none",
    }
    assert [(code, field) for code, field, _ in errors_of(body)] == [
        ("Required", "ID"),
        ("InvalidID", "Product.ID"),
        ("InvalidType", "Product.Name"),
        ("InvalidType", "PriceSchedule.PriceBreaks[1].Price"),
        ("UnknownField", "Specs[0].Colour"),
        ("InvalidID", "Specs[1].Options[0].ID"),
        ("InvalidType", "Variants"),
        ("KeyMismatch", "Specs[1].Options[0].SpecID"),
        ("DuplicateKey", "Specs[1].ID"),
        ("DuplicateKey", "PriceSchedule.PriceBreaks[1].Quantity"),
    ]


def test_a_file_has_any_of_the_types_that_the_first_version_knew() -> None:
    names = AssetType.__metadata__[0].names
    body = {"ID": "P1", "Images": [{"Type": place} for place, _ in enumerate(names)]}
    assert names[6] == "PDF"
    assert validate(HYDRATED_PRODUCT, body).posted["Images"] == [{"Type": name} for name in names]
