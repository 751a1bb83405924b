"""Composites: what each becomes, what is refused, and what holds for the parts of any valid one."""

import copy

import pytest
from composite_reading import expanded

from models.composites import HYDRATED_PRODUCT, expand_hydrated
from models.record import Json
from models.registry import PlainRecord
from models.validation import validate


def test_a_whole_product_becomes_plain_records_each_after_those_it_refers_to() -> None:
    body = {
        "ID": "mug",
        "Variants": [
            {
                "ID": "mug-red",
                "Specs": [{"SpecID": "colour", "OptionID": "red", "Value": "Red"}],
                "Active": False,
                "Inventory": {"QuantityAvailable": 3},
            },
            {"ID": "mug-blue", "ProductID": "MUG", "Specs": [{"SpecID": "colour", "OptionID": "blue"}]},
        ],
        "Specs": [
            {
                "ID": "colour",
                "Name": "Colour",
                "Required": True,
                "DefinesVariant": True,
                "DefaultOptionID": "red",
                "OptionCount": 2,
                "Options": [
                    {"ID": "red", "Value": "Red", "PriceMarkupType": "noMarkup"},
                    {"ID": "blue", "SpecID": "COLOUR", "xp": {"SpecID": "Colour"}},
                ],
            },
            {"ID": "text", "Name": "Engraving", "AllowOpenText": True, "Options": []},
        ],
        "PriceSchedule": {"ID": "mug-retail", "Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 5}]},
        "Product": {"ID": "MUG", "Name": "Mug", "xp": {"Status": "draft", "Images": "old"}},
        "Images": [{"ID": "front", "Url": "https://example.com/front.png", "Type": 0, "Tags": "red, mug"}],
        "Attachments": [],
    }
    assert expanded(body) == [
        (
            "PriceSchedule",
            "priceschedule",
            {"ID": "mug-retail", "Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 5}]},
        ),
        (
            "Product",
            "product",
            {
                "ID": "mug",
                "Name": "Mug",
                "DefaultPriceScheduleID": "mug-retail",
                "xp": {
                    "Status": "Draft",
                    "Images": [
                        {
                            "ID": "front",
                            "Url": "https://example.com/front.png",
                            "Type": "Image",
                            "Tags": ["red", "mug"],
                        }
                    ],
                    "Attachments": [],
                },
            },
        ),
        (
            "Specs",
            "spec",
            {"ID": "colour", "Name": "Colour", "Required": True, "DefinesVariant": True, "DefaultOptionID": "red"},
        ),
        (
            "Specs/colour/Options",
            "specoption",
            {"SpecID": "colour", "ID": "red", "Value": "Red", "PriceMarkupType": "NoMarkup"},
        ),
        ("Specs/colour/Options", "specoption", {"SpecID": "colour", "ID": "blue", "xp": {"SpecID": "Colour"}}),
        ("Specs", "spec", {"ID": "text", "Name": "Engraving", "AllowOpenText": True}),
        ("Specs", "specproductassignment", {"SpecID": "colour", "ProductID": "mug"}),
        ("Specs", "specproductassignment", {"SpecID": "text", "ProductID": "mug"}),
        (
            "Variants",
            "variant",
            {
                "ProductID": "mug",
                "ID": "mug-red",
                "Specs": [{"SpecID": "colour", "OptionID": "red"}],
                "Active": False,
                "Inventory": {"QuantityAvailable": 3},
            },
        ),
        (
            "Variants",
            "variant",
            {"ProductID": "mug", "ID": "mug-blue", "Specs": [{"SpecID": "colour", "OptionID": "blue"}]},
        ),
    ]


def test_a_printed_product_with_twelve_specs_and_four_prices_becomes_its_records() -> None:
    names = [f"print-500_{number:08x}-0000-4000-8000-000000000000" for number in range(12)]
    prices = [(100, 9.74), (250, 10.83), (500, 18.41), (1000, 34.11)]
    breaks = [{"Quantity": quantity, "Price": price} for quantity, price in prices]
    spec = {"ListOrder": 1, "DefinesVariant": False, "Required": True, "xp": {}}
    schedule = {"ID": "print-500", "Name": "Cards", "RestrictedQuantity": True, "PriceBreaks": breaks, "xp": {}}
    product = {"ID": "print-500", "Name": "Cards", "QuantityMultiplier": 1, "Active": True}
    body = {
        "ID": "print-500",
        "Product": {**product, "OwnerID": "printer", "SpecCount": 12},
        "PriceSchedule": schedule,
        "Specs": [{"ID": name, "Name": name[-36:], **spec, "OptionCount": 0, "Options": None} for name in names],
        "Variants": None,
        "Images": None,
        "Attachments": None,
    }
    valid = validate(HYDRATED_PRODUCT, body)
    assert valid.left_out == ("Product.OwnerID", "Product.SpecCount", "Specs.*.OptionCount")
    assert list(expand_hydrated(valid.posted)) == [
        PlainRecord("PriceSchedule", "priceschedule", schedule),
        PlainRecord("Product", "product", {**product, "DefaultPriceScheduleID": "print-500"}),
        *[PlainRecord("Specs", "spec", {"ID": name, "Name": name[-36:], **spec}) for name in names],
        *[PlainRecord("Specs", "specproductassignment", {"SpecID": name, "ProductID": "print-500"}) for name in names],
    ]


FRONT = {"ID": "front"}


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {
                "Product": None,
                "PriceSchedule": None,
                "Specs": None,
                "Variants": None,
                "Images": None,
                "Attachments": None,
            },
            [],
            id="null is absent",
        ),
        pytest.param({"Specs": [], "Variants": []}, [], id="lists of nothing"),
        pytest.param({"Product": {}}, [("Product", "product", {"ID": "P1"})], id="a product that says its ID alone"),
        pytest.param(
            {"Product": {"Description": None, "xp": None}},
            [("Product", "product", {"ID": "P1", "Description": None, "xp": None})],
            id="null inside a part stays",
        ),
        pytest.param(
            {"PriceSchedule": {"Name": "Retail"}},
            [("PriceSchedule", "priceschedule", {"ID": "P1", "Name": "Retail"})],
            id="a price schedule alone says nothing of the product",
        ),
        pytest.param(
            {"PriceSchedule": {}, "Product": {}},
            [
                ("PriceSchedule", "priceschedule", {"ID": "P1"}),
                ("Product", "product", {"ID": "P1", "DefaultPriceScheduleID": "P1"}),
            ],
            id="a price schedule is the product's default",
        ),
        pytest.param(
            {"PriceSchedule": {}, "Product": {"DefaultPriceScheduleID": "other"}},
            [
                ("PriceSchedule", "priceschedule", {"ID": "P1"}),
                ("Product", "product", {"ID": "P1", "DefaultPriceScheduleID": "other"}),
            ],
            id="the product says another price schedule",
        ),
        pytest.param(
            {"PriceSchedule": {}, "Product": {"DefaultPriceScheduleID": None}},
            [
                ("PriceSchedule", "priceschedule", {"ID": "P1"}),
                ("Product", "product", {"ID": "P1", "DefaultPriceScheduleID": None}),
            ],
            id="the product says none",
        ),
        pytest.param(
            {"Images": [FRONT], "PriceSchedule": {}},
            [
                ("PriceSchedule", "priceschedule", {"ID": "P1"}),
                ("Product", "product", {"ID": "P1", "xp": {"Images": [FRONT]}}),
            ],
            id="files alone are the product's xp",
        ),
        pytest.param(
            {"Attachments": [], "Product": {"Name": "Mug"}},
            [("Product", "product", {"ID": "P1", "Name": "Mug", "xp": {"Attachments": []}})],
            id="files are all of an xp that was not posted",
        ),
        pytest.param(
            {"Images": [FRONT], "Product": {"xp": None}},
            [("Product", "product", {"ID": "P1", "xp": {"Images": [FRONT]}})],
            id="files are all of an xp that is null",
        ),
        pytest.param(
            {"Images": None, "Product": {"xp": {"Images": [1]}}},
            [("Product", "product", {"ID": "P1", "xp": {"Images": [1]}})],
            id="no files leave xp as it is",
        ),
        pytest.param(
            {"Specs": [{"ID": "S", "DefaultOptionID": None}]},
            [
                ("Specs", "spec", {"ID": "S", "DefaultOptionID": None}),
                ("Specs", "specproductassignment", {"SpecID": "S", "ProductID": "P1"}),
            ],
            id="specs of a product that is not posted",
        ),
        pytest.param(
            {"Variants": [{"ID": "V", "xp": {"NewID": None}}]},
            [("Variants", "variant", {"ProductID": "P1", "ID": "V", "xp": {"NewID": None}})],
            id="variants alone",
        ),
    ],
)
def test_only_what_is_posted_becomes_a_record(body: Json, parts: list[tuple[str, str, Json]]) -> None:
    assert expanded({"ID": "P1", **body}) == parts


def test_expanding_changes_nothing_of_what_was_posted() -> None:
    posted = {"ID": "P1", "Product": {"xp": {"a": 1}}, "PriceSchedule": {}, "Images": [], "Specs": [{"ID": "S"}]}
    before = copy.deepcopy(posted)
    list(expand_hydrated(posted))
    assert posted == before


def test_fields_that_ordercloud_computes_are_left_out_of_every_part_and_named() -> None:
    body = {
        "ID": "P1",
        "Product": {"OwnerID": "Shop", "Inventory": {"LastUpdated": "x", "Enabled": True}},
        "PriceSchedule": {"IsOnSale": False},
        "Specs": [{"ID": "S", "OwnerID": "Shop", "OptionCount": 1}, {"ID": "T", "OwnerID": "Shop"}],
        "Variants": [
            {"ID": "V", "Inventory": {"LastUpdated": "x"}, "Specs": [{"SpecID": "S", "Name": "s", "OptionID": "o"}]}
        ],
        "Images": [{"History": {"DateCreated": "x"}, "Title": "Front"}],
    }
    valid = validate(HYDRATED_PRODUCT, body)
    assert valid.posted == {
        "ID": "P1",
        "Product": {"Inventory": {"Enabled": True}},
        "PriceSchedule": {},
        "Specs": [{"ID": "S"}, {"ID": "T"}],
        "Variants": [{"ID": "V", "Inventory": {}, "Specs": [{"SpecID": "S", "OptionID": "o"}]}],
        "Images": [{"Title": "Front"}],
    }
    assert valid.left_out == (
        "Product.OwnerID",
        "Product.Inventory.LastUpdated",
        "PriceSchedule.IsOnSale",
        "Specs.*.OwnerID",
        "Specs.*.OptionCount",
        "Variants.*.Inventory.LastUpdated",
        "Variants.*.Specs.*.Name",
        "Images.*.History",
    )
