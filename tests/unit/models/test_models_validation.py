"""What a source may post: tables of refused bodies with their exact errors, and what holds for any valid record."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import INSTANTS, JSON_OBJECTS, PRICE_SCHEDULE, PRODUCT

from models.record import Json
from models.registry import RecordType
from models.validation import FieldError, InvalidRecordError, ValidRecord, validate


def errors_of(record_type: RecordType, body: object) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidRecordError) as refused:
        validate(record_type, body)
    return [(error.code, error.field, error.message) for error in refused.value.errors]


NO_ID = "An ID has letters, digits, hyphens and underscores only."
NO_FIELD = "is not a field of this type. Put properties of your own under xp."


@pytest.mark.parametrize(
    ("body", "code", "field", "message"),
    [
        pytest.param({}, "Required", "ID", "ID is required.", id="no ID"),
        pytest.param({"ID": None}, "InvalidType", "ID", "Input should be a valid string.", id="ID is null"),
        pytest.param({"ID": 5}, "InvalidType", "ID", "Input should be a valid string.", id="ID is a number"),
        pytest.param({"ID": ""}, "TooShort", "ID", "String should have at least 1 character.", id="ID is empty"),
        pytest.param(
            {"ID": "a" * 101}, "TooLong", "ID", "String should have at most 100 characters.", id="ID is too long"
        ),
        pytest.param({"ID": "a b"}, "InvalidID", "ID", NO_ID, id="ID with a space"),
        pytest.param({"ID": "a/b"}, "InvalidID", "ID", NO_ID, id="ID with a slash"),
        pytest.param({"ID": "~"}, "InvalidID", "ID", NO_ID, id="ID that is a tilde"),
        pytest.param({"ID": "é"}, "InvalidID", "ID", NO_ID, id="ID with an accent"),
        pytest.param({"ID": "a\n"}, "InvalidID", "ID", NO_ID, id="ID with a newline"),
        pytest.param(
            {"ID": "P1", "DefaultPriceScheduleID": "a.b"}, "InvalidID", "DefaultPriceScheduleID", NO_ID, id="reference"
        ),
        pytest.param(
            {"ID": "P1", "DefaultSupplierID": ""},
            "TooShort",
            "DefaultSupplierID",
            "String should have at least 1 character.",
            id="empty reference",
        ),
        pytest.param(
            {"ID": "P1", "Name": "x" * 101}, "TooLong", "Name", "String should have at most 100 characters.", id="name"
        ),
        pytest.param(
            {"ID": "P1", "Description": "x" * 2001},
            "TooLong",
            "Description",
            "String should have at most 2000 characters.",
            id="description",
        ),
        pytest.param(
            {"ID": "P1", "Name": None}, "InvalidType", "Name", "Input should be a valid string.", id="null name"
        ),
        pytest.param(
            {"ID": "P1", "Active": None},
            "InvalidType",
            "Active",
            "Input should be a valid boolean.",
            id="null for a flag",
        ),
        pytest.param(
            {"ID": "P1", "Active": "true"},
            "InvalidType",
            "Active",
            "Input should be a valid boolean.",
            id="text for a flag",
        ),
        pytest.param(
            {"ID": "P1", "Active": 1},
            "InvalidType",
            "Active",
            "Input should be a valid boolean.",
            id="number for a flag",
        ),
        pytest.param(
            {"ID": "P1", "ShipWeight": "1"},
            "InvalidType",
            "ShipWeight",
            "Input should be a valid number.",
            id="text for a number",
        ),
        pytest.param(
            {"ID": "P1", "ShipWeight": True},
            "InvalidType",
            "ShipWeight",
            "Input should be a valid number.",
            id="flag for a number",
        ),
        pytest.param(
            {"ID": "P1", "ShipWeight": float("inf")},
            "OutOfRange",
            "ShipWeight",
            "Input should be a finite number.",
            id="infinite",
        ),
        pytest.param(
            {"ID": "P1", "QuantityMultiplier": 0},
            "OutOfRange",
            "QuantityMultiplier",
            "Input should be greater than or equal to 1.",
            id="less than one",
        ),
        pytest.param(
            {"ID": "P1", "QuantityMultiplier": 2**31},
            "OutOfRange",
            "QuantityMultiplier",
            "Input should be less than or equal to 2147483647.",
            id="more than an integer holds",
        ),
        pytest.param(
            {"ID": "P1", "Inventory": {"QuantityAvailable": 1.5}},
            "InvalidType",
            "Inventory.QuantityAvailable",
            "Input should be a valid integer.",
            id="part of a piece",
        ),
        pytest.param(
            {"ID": "P1", "Inventory": {"Quantity": 1}},
            "UnknownField",
            "Inventory.Quantity",
            "'Quantity' is not a field here.",
            id="unknown field of a part",
        ),
        pytest.param(
            {"ID": "P1", "Colour": "red"}, "UnknownField", "Colour", f"'Colour' {NO_FIELD}", id="unknown field"
        ),
        pytest.param(
            {"ID": "P1", "description": "x"},
            "UnknownField",
            "description",
            "'description' is not a field of this type. Did you mean 'Description'?",
            id="wrong case",
        ),
        pytest.param(
            {"ID": "P1", "ShipWieght": 1},
            "UnknownField",
            "ShipWieght",
            "'ShipWieght' is not a field of this type. Did you mean 'ShipWeight'?",
            id="wrong spelling",
        ),
        pytest.param(
            {"ID": "P1", "default_price_schedule_id": "a"},
            "UnknownField",
            "default_price_schedule_id",
            "'default_price_schedule_id' is not a field of this type. Did you mean 'DefaultPriceScheduleID'?",
            id="a Python name",
        ),
        pytest.param(
            {"ID": "P1", "x" * 300: 1}, "UnknownField", "x" * 300, f"{'x' * 100!r} {NO_FIELD}", id="endless field name"
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Status": "Gone"}},
            "InvalidValue",
            "xp.Status",
            "Input should be one of Draft, Published.",
            id="unknown name of an enum",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Status": 2}},
            "InvalidValue",
            "xp.Status",
            "Input should be one of Draft, Published.",
            id="integer beyond an enum",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Status": True}},
            "InvalidValue",
            "xp.Status",
            "Input should be one of Draft, Published.",
            id="flag for an enum",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Accessorials": ["Hazmat", 0]}},
            "InvalidValue",
            "xp.Accessorials[1]",
            "Input should be one of Freezable, Hazmat, KeepFromFreezing.",
            id="integer that never was of an enum with numbers of its own",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Tax": {"Category": "P"}}},
            "Required",
            "xp.Tax.Code",
            "Code is required.",
            id="half a tax",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Note": "x" * 501}},
            "TooLong",
            "xp.Note",
            "String should have at most 500 characters.",
            id="note",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"Facets": {"colour": "red"}}},
            "InvalidType",
            "xp.Facets.colour",
            "Input should be a valid list.",
            id="facet without a list",
        ),
        pytest.param(
            {"ID": "P1", "xp": {"mine": "x" * 7990}},
            "TooLong",
            "xp",
            "xp has more than 8000 characters as JSON.",
            id="xp too large",
        ),
    ],
)
def test_a_product_that_breaks_a_rule_is_refused_with_the_field_and_the_rule(
    body: Json, code: str, field: str, message: str
) -> None:
    assert errors_of(PRODUCT, body) == [(code, field, message)]


@pytest.mark.parametrize(
    ("body", "code", "field", "message"),
    [
        pytest.param(
            {"PriceBreaks": None}, "InvalidType", "PriceBreaks", "Input should be a valid list.", id="null for a list"
        ),
        pytest.param(
            {"PriceBreaks": {"Quantity": 1}},
            "InvalidType",
            "PriceBreaks",
            "Input should be a valid list.",
            id="object for a list",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 1}]}, "Required", "PriceBreaks[0].Price", "Price is required.", id="no price"
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 1, "Price": 2}, {"Quantity": -1, "Price": 2}]},
            "OutOfRange",
            "PriceBreaks[1].Quantity",
            "Input should be greater than or equal to 0.",
            id="negative quantity",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 1, "Price": 2}, {"Quantity": 2, "Price": 2}, {"Quantity": 1, "Price": 3}]},
            "DuplicateKey",
            "PriceBreaks[2].Quantity",
            "Another element has the Quantity 1 already.",
            id="duplicate quantity",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 1, "Price": 2, "Cost": 1}]},
            "UnknownField",
            "PriceBreaks[0].Cost",
            "'Cost' is not a field here.",
            id="unknown field of an element",
        ),
        pytest.param(
            {"SaleStart": "yesterday"},
            "InvalidValue",
            "SaleStart",
            "Input should be a date and time as in 2026-01-31T08:00:00Z.",
            id="no time",
        ),
        pytest.param(
            {"SaleStart": "0001-01-01T00:00:00+05:00"},
            "InvalidValue",
            "SaleStart",
            "Input should be a date and time as in 2026-01-31T08:00:00Z.",
            id="time before all time",
        ),
        pytest.param(
            {"SaleEnd": "1111111111111111111"},
            "InvalidValue",
            "SaleEnd",
            "Input should be a date and time as in 2026-01-31T08:00:00Z.",
            id="digits alone are no time",
        ),
        pytest.param(
            {"SaleEnd": "2026-W05-1"},
            "InvalidValue",
            "SaleEnd",
            "Input should be a date and time as in 2026-01-31T08:00:00Z.",
            id="a week date is no time",
        ),
        pytest.param(
            {"SaleEnd": 1769846400}, "InvalidType", "SaleEnd", "Input should be a valid string.", id="time as a number"
        ),
        pytest.param(
            {"MinQuantity": 0},
            "OutOfRange",
            "MinQuantity",
            "Input should be greater than or equal to 1.",
            id="smallest quantity of nothing",
        ),
        pytest.param({"ApplyTax": None}, "InvalidType", "ApplyTax", "Input should be a valid boolean.", id="null flag"),
        pytest.param({"xp": []}, "InvalidType", "xp", "Input should be a valid dictionary.", id="xp is a list"),
        pytest.param(
            {"xp": {"mine": "x" * 7990}},
            "TooLong",
            "xp",
            "xp has more than 8000 characters as JSON.",
            id="xp too large",
        ),
    ],
)
def test_a_price_schedule_that_breaks_a_rule_is_refused_with_the_field_and_the_rule(
    body: Json, code: str, field: str, message: str
) -> None:
    assert errors_of(PRICE_SCHEDULE, {"ID": "PS", **body}) == [(code, field, message)]


@pytest.mark.parametrize("body", [None, [], "text", 5, True], ids=repr)
def test_a_record_is_an_object(body: object) -> None:
    assert errors_of(PRODUCT, body) == [("InvalidType", "", "A record is a JSON object.")]


def test_an_invalid_record_says_all_in_one_line() -> None:
    error = InvalidRecordError((FieldError("Required", "ID is required.", "ID"), FieldError("X", "No.", "Name")))
    assert str(error) == "ID: ID is required.; Name: No."


def test_xp_is_measured_as_the_json_that_ordercloud_stores() -> None:
    xp = {str(number): 1 for number in range(1000)}
    assert len(json.dumps(xp, separators=(",", ":"))) < 8000
    assert validate(PRODUCT, {"ID": "P1", "xp": xp}).posted == {"ID": "P1", "xp": xp}


WRONG: dict[str, tuple[Any, str]] = {
    "ID": ("a b", "InvalidID"),
    "Name": (None, "InvalidType"),
    "Description": ("x" * 2001, "TooLong"),
    "ShipWeight": ("1", "InvalidType"),
    "QuantityMultiplier": (0, "OutOfRange"),
    "ParentID": ("a/b", "InvalidID"),
    "Inventory": (5, "InvalidType"),
    "Colour": ("red", "UnknownField"),
    "xp": ([1], "InvalidType"),
}


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_all_errors_are_told_at_once(wrong: set[str]) -> None:
    body = {"ID": "P1", **{name: WRONG[name][0] for name in wrong}}
    assert {(field, code) for code, field, _ in errors_of(PRODUCT, body)} == {(name, WRONG[name][1]) for name in wrong}


def test_a_rule_about_a_list_is_told_beside_those_about_its_elements() -> None:
    body = {"ID": "P S", "PriceBreaks": [{"Quantity": 1, "Price": "2"}, {"Quantity": 1, "Price": 2}]}
    assert [(code, field) for code, field, _ in errors_of(PRICE_SCHEDULE, body)] == [
        ("InvalidID", "ID"),
        ("InvalidType", "PriceBreaks[0].Price"),
        ("DuplicateKey", "PriceBreaks[1].Quantity"),
    ]


def test_read_only_fields_are_left_out_and_named() -> None:
    body = {"ID": "P1", "OwnerID": 5, "SpecCount": 2, "Inventory": {"Enabled": True, "LastUpdated": "x"}, "Name": "Mug"}
    assert validate(PRODUCT, body) == ValidRecord(
        {"ID": "P1", "Inventory": {"Enabled": True}, "Name": "Mug"},
        ("P1",),
        ("OwnerID", "SpecCount", "Inventory.LastUpdated"),
    )


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        pytest.param({"Status": "draft"}, {"Status": "Draft"}, id="any case"),
        pytest.param({"Status": 1}, {"Status": "Published"}, id="an integer of the first version"),
        pytest.param(
            {"Accessorials": [7, "KEEPFROMFREEZING"]}, {"Accessorials": ["Hazmat", "KeepFromFreezing"]}, id="list"
        ),
        pytest.param({"Currency": 0, "SizeTier": 6}, {"Currency": "CAD", "SizeTier": "F"}, id="places of the names"),
        pytest.param({"Status": None}, {"Status": None}, id="null"),
        pytest.param(
            {"status": "x", "Status": 0}, {"status": "x", "Status": "Draft"}, id="a key of one's own beside it"
        ),
    ],
)
def test_an_enum_of_xp_is_kept_by_its_canonical_name(posted: Json, kept: Json) -> None:
    assert validate(PRODUCT, {"ID": "P1", "xp": posted}).posted["xp"] == kept


NAMES = ["model_config", "model_fields_set", "__class__", "__dict__", "TAX", "Self", "", "a.b", "é", "*", "xp"]


def test_any_other_key_of_xp_passes_whatever_its_name() -> None:
    xp: Json = {name: {"deep": [None, {}, []]} for name in NAMES}
    assert validate(PRODUCT, {"ID": "P1", "xp": xp}).posted == {"ID": "P1", "xp": xp}


@pytest.mark.parametrize(
    "xp",
    [
        pytest.param({"status": "shelved"}, id="at the first level"),
        pytest.param({"Tax": {"Category": "P", "Code": "1", "description": "x"}}, id="in a part"),
        pytest.param({"UnitOfMeasure": {"qty": 3}}, id="in another part"),
    ],
)
def test_a_key_of_xp_that_differs_from_a_known_one_by_case_sets_nothing_but_itself(xp: Json) -> None:
    assert validate(PRODUCT, {"ID": "P1", "xp": xp}).posted == {"ID": "P1", "xp": xp}


IDS = st.from_regex(r"[A-Za-z0-9_-]{1,100}", fullmatch=True)
NUMBERS = st.none() | st.integers(-(2**31), 2**31) | st.floats(allow_nan=False, allow_infinity=False)


def has_another_parent(body: Json) -> bool:
    return str(body.get("ParentID")).casefold() != str(body["ID"]).casefold()


PRODUCTS: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"ID": IDS},
    optional={
        "Name": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
        "Description": st.none() | st.just("tall"),
        "Active": st.booleans(),
        "ParentID": st.none() | IDS,
        "QuantityMultiplier": st.none() | st.integers(1, 2**31 - 1),
        "ShipWeight": NUMBERS,
        "Inventory": st.none()
        | st.fixed_dictionaries(
            {}, optional={"Enabled": st.booleans(), "QuantityAvailable": st.none() | st.integers(0, 9)}
        ),
        "xp": st.none() | JSON_OBJECTS,
    },
).filter(has_another_parent)
PRICE_SCHEDULES = st.fixed_dictionaries(
    {"ID": IDS},
    optional={
        "MinQuantity": st.none() | st.integers(1, 9),
        "SaleStart": st.none() | st.sampled_from(INSTANTS),
        "PriceBreaks": st.lists(
            st.fixed_dictionaries({"Quantity": st.integers(0, 9), "Price": st.integers(0, 9) | st.floats(0, 9)}),
            unique_by=lambda element: element["Quantity"],
            max_size=3,
        ),
        "xp": st.none() | JSON_OBJECTS,
    },
)


@settings(max_examples=80, deadline=None)
@given(st.tuples(st.just(PRODUCT), PRODUCTS) | st.tuples(st.just(PRICE_SCHEDULE), PRICE_SCHEDULES))
def test_a_valid_record_says_what_was_posted_no_more_and_no_less_and_so_again(case: tuple[RecordType, Json]) -> None:
    record_type, body = case
    valid = validate(record_type, body)
    assert valid == ValidRecord(body, (body["ID"],), ())
    assert validate(record_type, valid.posted) == valid
    assert json.loads(json.dumps(valid.posted)) == valid.posted


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([PRODUCT, PRICE_SCHEDULE]), JSON_OBJECTS, st.sampled_from(["ID", "xp", "PriceBreaks", "Inventory"])
)
def test_any_object_is_read_or_refused(record_type: RecordType, body: Json, name: str) -> None:
    for odd in (body, {"ID": "P1", name: body}, {"ID": "P1", name: list(body.values())}):
        with contextlib.suppress(InvalidRecordError):
            assert validate(record_type, odd).posted == odd
