"""Composites: what each becomes, what is refused, and what holds for the parts of any valid one."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.assets import AssetType
from models.composite_rules import MAX_PARTS
from models.composites import HYDRATED_PRODUCT, expand_hydrated
from models.record import Json, lay_over
from models.record_types import REGISTRY
from models.registry import PlainRecord
from models.validation import InvalidRecordError, validate


def expanded(body: Json) -> list[tuple[str, str, Json]]:
    parts = expand_hydrated(validate(HYDRATED_PRODUCT, body).posted)
    return [(part.field, part.record_type, part.posted) for part in parts]


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


def two_specs(**first: Any) -> list[Json]:
    """Return specs that define variants, the second one first in their order."""
    defining = {"DefinesVariant": True, "Required": True}
    size = {"ID": "size", "ListOrder": 2, **defining, "Options": [{"ID": "s"}, {"ID": "m"}], **first}
    colour = {"ID": "colour", "ListOrder": 1, **defining, "Options": [{"ID": "red"}]}
    return [size, colour, {"ID": "text", "Options": [{"ID": "x"}]}]


def variants_of(body: Json) -> list[Json]:
    return [posted for _, record_type, posted in expanded(body) if record_type == "variant"]


def test_where_no_variants_are_posted_all_combinations_are_wanted_in_the_order_of_the_specs() -> None:
    def combined(option: str) -> Json:
        parts = [{"SpecID": "colour", "OptionID": "red"}, {"SpecID": "size", "OptionID": option}]
        return {"ProductID": "mug", "ID": f"mug-red-{option}", "Specs": parts}

    assert variants_of({"ID": "mug", "Specs": two_specs()}) == [combined("s"), combined("m")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"ID": "mug", "Specs": two_specs(), "Variants": []}, id="none are wanted"),
        pytest.param({"ID": "mug", "Specs": two_specs(Options=None)}, id="options that are not posted"),
        pytest.param({"ID": "mug", "Specs": two_specs(Options=[])}, id="no options"),
        pytest.param({"ID": "mug", "Specs": [{"ID": "text", "Options": [{"ID": "x"}]}]}, id="no spec defines any"),
    ],
)
def test_otherwise_no_variant_is_wanted_that_is_not_posted(body: Json) -> None:
    assert variants_of(body) == []


def test_the_id_of_a_long_combination_is_cut_to_what_an_id_may_be() -> None:
    [one, other] = variants_of({"ID": "m" * 99, "Specs": two_specs()})
    assert (len(one["ID"]), len(other["ID"])) == (100, 100)
    assert one["ID"] != other["ID"]


def test_more_combinations_than_parts_may_be_are_refused() -> None:
    many = [{"ID": f"o{number}"} for number in range(50)]
    body = {"ID": "mug", "Specs": [{**spec, "Options": many} for spec in two_specs()[:2]]}
    assert errors_of(body) == [("TooManyParts", "", "A composite has 2000 parts at most; these are 2606.")]


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


def errors_of(body: Json) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidRecordError) as refused:
        validate(HYDRATED_PRODUCT, body)
    return [(error.code, error.field, error.message) for error in refused.value.errors]


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


IDS = st.sampled_from(["a", "A", "b", "P1", "x-1"])
XP = st.none() | st.fixed_dictionaries({}, optional={"own": st.sampled_from([None, {}, [1]]), "Images": st.just(1)})
NAMES = st.sampled_from(["Mug", "Cup"])


def objects(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


def elements(each: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json] | None]:
    return st.none() | st.lists(each, unique_by=lambda element: element["ID"].casefold(), max_size=3)


ASSETS = st.none() | st.lists(
    objects({}, ID=IDS, Type=st.sampled_from(["image", 6, None]), Tags=st.sampled_from(["", "a,b", ["c"], None])),
    max_size=2,
)
OPTIONS = objects({"ID": IDS}, Value=NAMES, PriceMarkup=st.none() | st.integers(0, 9), xp=XP)
SPECS = objects(
    {"ID": IDS},
    Name=NAMES,
    DefaultOptionID=st.none() | IDS,
    DefinesVariant=st.booleans(),
    ListOrder=st.integers(0, 2),
    OptionCount=st.just(1),
    Options=elements(OPTIONS),
)
COMBINATIONS = st.lists(
    objects({"SpecID": IDS, "OptionID": IDS}, Value=NAMES),
    unique_by=lambda element: element["SpecID"].casefold(),
    min_size=1,
    max_size=2,
)
VARIANTS = objects({"ID": IDS}, Name=NAMES, xp=XP, Specs=COMBINATIONS)


def possible(body: Json) -> Json:
    """Return a body whose variants are named by their IDs alone where they can be no combination of their own."""
    if not body.get("Variants"):
        return body
    offers = {spec["ID"].casefold(): spec.get("Options") for spec in body.get("Specs") or ()}
    seen: list[set[tuple[str, str]]] = [set()]
    variants = []
    for variant in body["Variants"]:
        wanted = {(each["SpecID"].casefold(), each["OptionID"].casefold()) for each in variant.get("Specs", ())}
        offered = body.get("Specs") is None or all(
            spec in offers and (offers[spec] is None or option in {each["ID"].casefold() for each in offers[spec]})
            for spec, option in wanted
        )
        able = offered and wanted not in seen
        seen.append(wanted)
        variants.append(variant if able else {name: each for name, each in variant.items() if name != "Specs"})
    return {**body, "Variants": variants}


BODIES = objects(
    {"ID": IDS},
    Product=st.none() | objects({}, Name=NAMES, DefaultPriceScheduleID=st.none() | IDS, xp=XP, OwnerID=st.just("x")),
    PriceSchedule=st.none() | objects({}, ID=IDS, Name=NAMES, xp=XP),
    Specs=elements(SPECS),
    Variants=elements(VARIANTS),
    Images=ASSETS,
    Attachments=ASSETS,
).map(possible)


def keys_of(record_type: str, keys: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return (record_type, *(key.casefold() if key else None for key in keys))


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_the_parts_of_any_valid_composite_may_be_posted_by_themselves_in_their_order(body: Json) -> None:
    posted = validate(HYDRATED_PRODUCT, body).posted
    parts = list(expand_hydrated(posted))
    assert parts == list(expand_hydrated(posted))
    assert {part.field.partition("/")[0] for part in parts} <= {*posted, "Product"}
    valid = [validate(REGISTRY[part.record_type], part.posted) for part in parts]
    assert [each.posted for each in valid] == [part.posted for part in parts]
    names = [keys_of(part.record_type, each.keys) for part, each in zip(parts, valid, strict=True)]
    assert len(set(names)) == len(names)
    for place, part in enumerate(parts):
        for reference in REGISTRY[part.record_type].references:
            named = keys_of(reference.record_type, reference.keys(part.posted))
            assert reference.deferred or named not in names[place:]


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_a_valid_composite_says_what_was_posted_and_so_again(body: Json) -> None:
    valid = validate(HYDRATED_PRODUCT, body)
    assert valid.posted.keys() == body.keys()
    again = validate(HYDRATED_PRODUCT, valid.posted)
    assert (again.posted, again.left_out) == (valid.posted, ())


LINK = "DefaultPriceScheduleID"

type Named = dict[tuple[str | None, ...], Json]


def named_parts(posted: Json) -> Named:
    """Return the parts that somebody posted, by what two spellings of one have in common, each without its keys."""
    found: Named = {}
    for part in expand_hydrated(posted):
        row = REGISTRY[part.record_type]
        if not part.implied:
            rest = {name: value for name, value in part.posted.items() if name not in row.keys}
            found[keys_of(row.name, row.keys_of(part.posted))] = rest
    return found


@settings(max_examples=400, deadline=None)
@given(BODIES, BODIES)
def test_one_laid_over_another_says_of_a_part_that_both_name_what_the_two_say_one_after_the_other(
    older: Json, newer: Json
) -> None:
    first = validate(HYDRATED_PRODUCT, older).posted
    second = validate(HYDRATED_PRODUCT, {**newer, "ID": older["ID"]}).posted
    before, after = named_parts(first), named_parts(second)
    laid = named_parts(HYDRATED_PRODUCT.lay_over(second, first))
    one_by_one = {key: lay_over(after[key], before[key]) for key in after if key in before}
    for key, said in one_by_one.items():
        assert {**laid[key], LINK: None} == {**said, LINK: None}
        if LINK in after[key]:  # product and prices that came apart are linked where they come together
            assert (laid[key][LINK] or "").casefold() == (said[LINK] or "").casefold()
    assert after.keys() <= laid.keys() <= after.keys() | before.keys()


@pytest.mark.parametrize(
    ("newer", "older", "laid"),
    [
        pytest.param(
            {"Specs": [{"ID": "s", "Name": "Size"}]},
            {"Specs": [{"ID": "S", "ListOrder": 1, "Options": [{"ID": "L"}]}, {"ID": "T"}], "Variants": [{"ID": "V"}]},
            {
                "Specs": [{"ID": "s", "Name": "Size", "ListOrder": 1, "Options": [{"ID": "L"}]}],
                "Variants": [{"ID": "V"}],
            },
            id="of a list what is named stays, with what is not told of it",
        ),
        pytest.param(
            {"Specs": [{"ID": "S", "Options": [{"ID": "l", "Value": "Large"}]}]},
            {"Specs": [{"ID": "S", "Options": [{"ID": "L", "ListOrder": 1}, {"ID": "M"}]}]},
            {"Specs": [{"ID": "S", "Options": [{"ID": "l", "Value": "Large", "ListOrder": 1}]}]},
            id="options likewise",
        ),
        pytest.param(
            {"Specs": [], "Variants": [{"ID": "V", "Active": True}]},
            {"Specs": [{"ID": "S"}], "Variants": [{"ID": "V", "Name": "One", "Active": False}, {"ID": "W"}]},
            {"Specs": [], "Variants": [{"ID": "V", "Name": "One", "Active": True}]},
            id="variants likewise, and an empty list has none",
        ),
        pytest.param(
            {"PriceSchedule": {"ID": "new", "Name": "New"}},
            {"PriceSchedule": {"ID": "old", "MinQuantity": 2}},
            {"PriceSchedule": {"ID": "new", "Name": "New"}},
            id="another price schedule is another record",
        ),
        pytest.param(
            {"PriceSchedule": {"Name": "New"}},
            {"PriceSchedule": {"MinQuantity": 2}, "Product": {"Name": "Mug"}},
            {"PriceSchedule": {"Name": "New", "MinQuantity": 2}, "Product": {"Name": "Mug"}},
            id="the same one is laid over field by field",
        ),
        pytest.param(
            {"Product": None, "PriceSchedule": {}, "Specs": [{"ID": "S", "Options": None}], "Variants": None},
            {"Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Old"}, "Specs": [{"ID": "S", "Options": []}]},
            {"Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Old"}, "Specs": [{"ID": "S", "Options": []}]},
            id="null tells nothing, and nothing but an object nothing of its fields",
        ),
    ],
)
def test_a_composite_is_laid_over_one_that_waits_part_over_part(newer: Json, older: Json, laid: Json) -> None:
    assert HYDRATED_PRODUCT.lay_over({"ID": "P1", **newer}, {"ID": "P1", **older}) == {"ID": "P1", **laid}
