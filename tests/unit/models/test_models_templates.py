"""Flat rows: what each becomes, what is refused, and that what they become may be posted by itself."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.record import Json
from models.record_types import REGISTRY
from models.registry import PlainRecord
from models.templates import TEMPLATE_PRODUCT_FLAT, expand_flat
from models.validation import InvalidRecordError, validate

LEAST: Json = {"ID": "mug", "Name": "Mug", "TaxCategory": "P0", "TaxCode": "PC1", "Price": 5}
TAX = {"Category": "P0", "Code": "PC1"}


def expanded(**columns: Any) -> list[PlainRecord]:
    """Return the parts of the least row with more columns."""
    return list(expand_flat(validate(TEMPLATE_PRODUCT_FLAT, LEAST | columns).posted))


def schedule_of(**columns: Any) -> Json:
    """Return what the price schedule has beyond that of the least row, or otherwise."""
    least = {"ID": "mug", "Name": "Mug", "PriceBreaks": [{"Quantity": 1, "Price": 5}]}
    posted = expanded(**columns)[0].posted
    assert posted.keys() >= least.keys()
    return {name: value for name, value in posted.items() if name not in least or value != least[name]}


def product_of(**columns: Any) -> Json:
    """Return what the product has beyond that of the least row, or otherwise."""
    least = {"ID": "mug", "Name": "Mug", "DefaultPriceScheduleID": "mug", "xp": {"Tax": TAX}}
    posted = expanded(**columns)[1].posted
    assert posted.keys() >= least.keys()
    return {name: value for name, value in posted.items() if name not in least or value != least[name]}


def test_the_least_row_is_a_price_schedule_and_the_product_that_it_prices() -> None:
    assert expanded() == [
        PlainRecord("", "priceschedule", {"ID": "mug", "Name": "Mug", "PriceBreaks": [{"Quantity": 1, "Price": 5}]}),
        PlainRecord("", "product", {"ID": "mug", "Name": "Mug", "DefaultPriceScheduleID": "mug", "xp": {"Tax": TAX}}),
    ]


def test_a_whole_row_says_all_that_it_has_columns_for() -> None:
    row = {
        "ID": "example_id",
        "Active": True,
        "Status": "published",
        "ProductType": "Quote",
        "Name": "Example",
        "Description": "Example template product",
        "QuantityMultiplier": 6,
        "AutoForward": True,
        "DefaultSupplierID": "S1",
        "ShipFromAddressID": "dock-1",
        "ShipWeight": 1,
        "ShipHeight": 2.5,
        "ShipWidth": 12,
        "ShipLength": None,
        "TaxCategory": 22,
        "TaxCode": "FFF99",
        "TaxDescription": "Tax Description",
        "UnitOfMeasureQuantity": 100,
        "UnitOfMeasure": "Box",
        "IsResale": True,
        "ApplyTax": True,
        "ApplyShipping": True,
        "MinQuantity": 1,
        "MaxQuantity": 100,
        "UseCumulativeQuantity": True,
        "RestrictedQuantity": False,
        "Price": 5.25,
        "Currency": "usd",
        "SizeTier": "C",
        "ImageTitle": "Shirt",
        "Url": "http://image.url.com",
        "Type": "Image",
        "Tags": " red, ,blue ,",
        "FileName": "shirt.png",
    }
    assert list(expand_flat(validate(TEMPLATE_PRODUCT_FLAT, row).posted)) == [
        PlainRecord(
            "",
            "priceschedule",
            {
                "ID": "example_id",
                "Name": "Example",
                "ApplyTax": True,
                "ApplyShipping": True,
                "MinQuantity": 1,
                "MaxQuantity": 100,
                "UseCumulativeQuantity": True,
                "RestrictedQuantity": False,
                "PriceBreaks": [{"Quantity": 6, "Price": 5.25}],
            },
        ),
        PlainRecord(
            "",
            "product",
            {
                "ID": "example_id",
                "Name": "Example",
                "Description": "Example template product",
                "Active": True,
                "AutoForward": True,
                "QuantityMultiplier": 6,
                "DefaultPriceScheduleID": "example_id",
                "DefaultSupplierID": "S1",
                "ShipFromAddressID": "dock-1",
                "ShipWeight": 1,
                "ShipHeight": 2.5,
                "ShipWidth": 12,
                "ShipLength": None,
                "xp": {
                    "Status": "Published",
                    "ProductType": "Quote",
                    "IsResale": True,
                    "Currency": "USD",
                    "SizeTier": "C",
                    "Tax": {"Category": "22", "Code": "FFF99", "Description": "Tax Description"},
                    "UnitOfMeasure": {"Qty": 100, "Unit": "Box"},
                    "Images": [
                        {
                            "Url": "http://image.url.com",
                            "Title": "Shirt",
                            "Tags": ["red", "blue"],
                            "FileName": "shirt.png",
                            "Type": "Image",
                        }
                    ],
                },
            },
        ),
    ]


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        pytest.param({"Active": False}, {"Active": False}, id="an inactive product stays inactive"),
        pytest.param({"Description": None}, {"Description": None}, id="null keeps a field clear"),
        pytest.param({"QuantityMultiplier": None}, {"QuantityMultiplier": None}, id="no multiplier"),
        pytest.param({"TaxCategory": 22.0}, {"xp": {"Tax": {**TAX, "Category": "22"}}}, id="a code read as a float"),
        pytest.param({"TaxCode": 1.5}, {"xp": {"Tax": {**TAX, "Code": "1.5"}}}, id="a code with a point"),
        pytest.param({"UnitOfMeasure": "Box"}, {"xp": {"Tax": TAX, "UnitOfMeasure": {"Unit": "Box"}}}, id="a unit"),
        pytest.param({"Currency": None}, {"xp": {"Tax": TAX, "Currency": None}}, id="null in xp"),
        pytest.param({"Url": None, "ImageTitle": "Mug", "Type": "Image"}, {}, id="an image without an address is none"),
        pytest.param(
            {"Url": "u", "Tags": ["a", "b"]},
            {"xp": {"Tax": TAX, "Images": [{"Url": "u", "Tags": ["a", "b"], "Type": "Image"}]}},
            id="tags as a list",
        ),
        pytest.param(
            {"Url": "u", "Tags": " , "},
            {"xp": {"Tax": TAX, "Images": [{"Url": "u", "Tags": [], "Type": "Image"}]}},
            id="no tags between the commas",
        ),
    ],
)
def test_a_column_becomes_a_field_of_the_product(columns: Json, more: Json) -> None:
    assert product_of(**columns) == more


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        pytest.param({"MinQuantity": None}, {"MinQuantity": None}, id="null keeps a field clear"),
        pytest.param({"ApplyTax": False}, {"ApplyTax": False}, id="a flag"),
        pytest.param({"Price": 0}, {"PriceBreaks": [{"Quantity": 1, "Price": 0}]}, id="free"),
        pytest.param({"QuantityMultiplier": 12}, {"PriceBreaks": [{"Quantity": 12, "Price": 5}]}, id="by the dozen"),
        pytest.param({"QuantityMultiplier": None}, {}, id="null means single pieces"),
        pytest.param({"Currency": "EUR", "Description": "tall", "Active": True}, {}, id="nothing of the product's"),
    ],
)
def test_a_column_becomes_a_field_of_the_price_schedule(columns: Json, more: Json) -> None:
    assert schedule_of(**columns) == more


def errors_of(body: Json) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidRecordError) as refused:
        validate(TEMPLATE_PRODUCT_FLAT, body)
    return [(error.code, error.field, error.message) for error in refused.value.errors]


def test_what_a_row_cannot_do_without_is_told_at_once() -> None:
    assert errors_of({}) == [
        ("Required", name, f"{name} is required.") for name in ("ID", "Name", "TaxCategory", "TaxCode", "Price")
    ]


@pytest.mark.parametrize(
    ("columns", "code", "message"),
    [
        pytest.param({"Price": None}, "InvalidType", "Input should be a valid number.", id="no price"),
        pytest.param({"Price": "5"}, "InvalidType", "Input should be a valid number.", id="price as a text"),
        pytest.param({"Name": ""}, "TooShort", "String should have at least 1 character.", id="empty name"),
        pytest.param({"TaxCode": ""}, "TooShort", "String should have at least 1 character.", id="empty code"),
        pytest.param({"TaxCode": True}, "InvalidType", "Input should be a valid string.", id="flag for a code"),
        pytest.param(
            {"TaxDescription": "x" * 201}, "TooLong", "String should have at most 200 characters.", id="tax description"
        ),
        pytest.param(
            {"QuantityMultiplier": 0},
            "OutOfRange",
            "Input should be greater than or equal to 1.",
            id="multiplier of nothing",
        ),
        pytest.param({"Active": "TRUE"}, "InvalidType", "Input should be a valid boolean.", id="flag as a text"),
        pytest.param({"Currency": "XXX"}, "InvalidValue", None, id="unknown currency"),
        pytest.param({"Type": "Video"}, "InvalidValue", "Input should be one of Image.", id="not an image"),
        pytest.param({"Tags": 5}, "InvalidType", "Input should be a valid list.", id="number for tags"),
        pytest.param(
            {"ShipFromAddressID": "a b"},
            "InvalidID",
            "An ID has letters, digits, hyphens and underscores only.",
            id="reference",
        ),
        pytest.param({"xp": {}}, "UnknownField", "'xp' is not a field of this type.", id="xp of one's own"),
        pytest.param({"Tags": ["a"] * 41}, "TooLong", None, id="too many tags"),
    ],
)
def test_a_column_that_breaks_a_rule_is_refused_with_the_rule(columns: Json, code: str, message: str | None) -> None:
    [(found, field, said)] = errors_of(LEAST | columns)
    assert (found, [field]) == (code, list(columns))
    assert message in (said, None)


COLUMNS = st.fixed_dictionaries(
    {
        "ID": st.from_regex(r"[A-Za-z0-9_-]{1,100}", fullmatch=True),
        "Name": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
        "TaxCategory": st.integers(0, 99) | st.sampled_from(["P0", "22"]),
        "TaxCode": st.floats(0, 99) | st.just("PC1"),
        "Price": st.integers(0, 99) | st.floats(0, 99),
    },
    optional={
        "Active": st.booleans(),
        "Status": st.none() | st.sampled_from(["Draft", "published", 0]),
        "ProductType": st.none() | st.sampled_from(["Kit", 0]),
        "Description": st.none() | st.just("tall"),
        "QuantityMultiplier": st.none() | st.integers(1, 9),
        "ShipFromAddressID": st.none() | st.just("dock-1"),
        "ShipWeight": st.none() | st.floats(0, 9),
        "TaxDescription": st.none() | st.just("taxed"),
        "UnitOfMeasureQuantity": st.none() | st.integers(0, 9),
        "UnitOfMeasure": st.none() | st.just("Box"),
        "IsResale": st.booleans(),
        "MinQuantity": st.none() | st.integers(1, 9),
        "RestrictedQuantity": st.booleans(),
        "Currency": st.none() | st.sampled_from(["eur", 0]),
        "SizeTier": st.none() | st.sampled_from(["g", 6]),
        "ImageTitle": st.none() | st.just("Mug"),
        "Url": st.none() | st.just("https://example.com/mug.png"),
        "Tags": st.none() | st.text("ab ,", max_size=9) | st.lists(st.sampled_from("ab")),
    },
)


@settings(max_examples=80, deadline=None)
@given(COLUMNS)
def test_the_parts_of_any_valid_row_may_be_posted_by_themselves(row: Json) -> None:
    posted = validate(TEMPLATE_PRODUCT_FLAT, row).posted
    schedule, product = expand_flat(posted)
    for part in (schedule, product):
        assert validate(REGISTRY[part.record_type], part.posted).posted == part.posted
    assert product.posted["DefaultPriceScheduleID"] == schedule.posted["ID"]
    assert [schedule, product] == list(expand_flat(posted))
