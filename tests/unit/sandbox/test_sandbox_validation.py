"""What the sandbox refuses in a body, and the form it keeps values in."""

from typing import Any

import pytest

from localdev.sandbox.description import Description
from localdev.sandbox.fields import Models
from localdev.sandbox.validation import checked, too_long


@pytest.fixture(scope="module")
def models() -> Models:
    return Description.load().models


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        pytest.param("Product", {}, "Name: is required.", id="required, absent"),
        pytest.param("Product", {"Name": " "}, "Name: is required.", id="required, blank"),
        pytest.param("Product", {"Name": None}, "Name: must not be null.", id="required, null"),
        pytest.param("Product", {"Name": 5}, "Name: must be a string.", id="number for text"),
        pytest.param(
            "Product", {"Name": "x" * 101}, "Name: must be 100 characters or fewer, is 101.", id="text too long"
        ),
        pytest.param("Product", {"Active": "true"}, "Active: must be true or false.", id="text for flag"),
        pytest.param("Product", {"Active": None}, "Active: must not be null.", id="null for flag"),
        pytest.param("Product", {"QuantityMultiplier": 0}, "QuantityMultiplier: must be 1 or more.", id="minimum"),
        pytest.param(
            "Product",
            {"QuantityMultiplier": 1.5},
            "QuantityMultiplier: must be a whole number of 32 bits.",
            id="fraction for whole",
        ),
        pytest.param(
            "Product",
            {"QuantityMultiplier": 2**31},
            "QuantityMultiplier: must be a whole number of 32 bits.",
            id="beyond 32 bits",
        ),
        pytest.param("Product", {"ShipWeight": True}, "ShipWeight: must be a number.", id="flag for number"),
        pytest.param("Product", {"ShipWeight": 10**400}, "ShipWeight: is out of range.", id="endless number"),
        pytest.param(
            "Product",
            {"ID": "a b"},
            "ID: can only contain the characters A-Z, a-z, 0-9, - and _.",
            id="ID with a blank",
        ),
        pytest.param(
            "Product",
            {"ID": "a\n"},
            "ID: can only contain the characters A-Z, a-z, 0-9, - and _.",
            id="ID with a line end",
        ),
        pytest.param("Product", {"ID": "x" * 101}, "ID: must be 100 characters or fewer, is 101.", id="ID too long"),
        pytest.param("Product", {"xp": []}, "xp: must be an object.", id="list for xp"),
        pytest.param(
            "Product", {"xp": {"a": "x" * 7993}}, "xp: must be 8000 characters or fewer, is 8001.", id="xp too long"
        ),
        pytest.param("Product", {"Inventory": []}, "Inventory: must be an object.", id="list for sub-model"),
        pytest.param(
            "Product",
            {"Inventory": {"Enabled": 1}},
            "Inventory.Enabled: must be true or false.",
            id="inside a sub-model",
        ),
        pytest.param("PriceSchedule", {"PriceBreaks": {}}, "PriceBreaks: must be a list.", id="object for list"),
        pytest.param(
            "PriceSchedule",
            {"PriceBreaks": [{"Quantity": 1, "Price": 1}, {"Quantity": 2}]},
            "PriceBreaks[1].Price: is required.",
            id="required inside a list",
        ),
        pytest.param(
            "PriceSchedule",
            {"PriceBreaks": [{"Quantity": -1, "Price": 1}]},
            "PriceBreaks[0].Quantity: must be 0 or more.",
            id="minimum inside a list",
        ),
        pytest.param(
            "PriceSchedule", {"PriceBreaks": [None]}, "PriceBreaks[0]: must not be null.", id="null in a list"
        ),
        pytest.param(
            "PriceSchedule", {"SaleStart": "soon"}, "SaleStart: must be an ISO-8601 date.", id="text that is no date"
        ),
        pytest.param("PriceSchedule", {"SaleStart": 5}, "SaleStart: must be an ISO-8601 date.", id="number for date"),
        pytest.param(
            "SpecOption",
            {"Value": "v", "PriceMarkupType": "Half"},
            "PriceMarkupType: must be one of NoMarkup, AmountPerQuantity, AmountTotal, Percentage.",
            id="unknown choice",
        ),
    ],
)
def test_a_wrong_value_is_one_error_that_names_its_field(
    models: Models, model: str, body: dict[str, Any], message: str
) -> None:
    needed = {"Name": "n"} if "Name" in models[model] and "is required" not in message else {}
    _, problems = checked(models, models[model], {**needed, **body}, partial=False)
    relevant = [
        problem for problem in problems if not (problem.message.startswith("Name: is") and "Name" not in message)
    ]
    assert [problem.body() for problem in relevant] == [
        {"ErrorCode": "ValidationFailure", "Message": message, "Data": {"Field": message.partition(":")[0]}}
    ]


def test_all_errors_of_a_body_are_listed_at_once(models: Models) -> None:
    body = {"ID": "a b", "Active": 1, "Inventory": {"QuantityAvailable": "x"}}
    _, problems = checked(models, models["Product"], body, partial=False)
    assert [problem.data["Field"] for problem in problems] == ["ID", "Name", "Active", "Inventory.QuantityAvailable"]


@pytest.mark.parametrize(
    ("model", "body", "kept"),
    [
        pytest.param("Product", {"Unknown": 1, "SpecCount": 9}, {}, id="unknown and read-only are ignored"),
        pytest.param("Product", {"ShipWeight": 5}, {"ShipWeight": 5.0}, id="decimals are decimals"),
        pytest.param("Product", {"QuantityMultiplier": 5.0}, {"QuantityMultiplier": 5}, id="whole is whole"),
        pytest.param("Product", {"Description": None}, {"Description": None}, id="null is kept apart from absent"),
        pytest.param(
            "PriceSchedule",
            {"SaleStart": "2024-01-01T01:00:00.500+01:00"},
            {"SaleStart": "2024-01-01T00:00:00.5+00:00"},
            id="dates are UTC",
        ),
        pytest.param("PriceSchedule", {"PriceBreaks": None}, {"PriceBreaks": []}, id="a null list is empty"),
        pytest.param(
            "SpecOption", {"PriceMarkupType": "percentage"}, {"PriceMarkupType": "Percentage"}, id="enum without case"
        ),
        pytest.param(
            "Product", {"Inventory": {"Enabled": True}}, {"Inventory": {"Enabled": True}}, id="sub-models are partial"
        ),
        pytest.param("Product", {"Name": "a\0b ☃ 🎈"}, {"Name": "a\0b ☃ 🎈"}, id="any character"),
    ],
)
def test_a_patch_is_read_as_the_fields_it_has(
    models: Models, model: str, body: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert checked(models, models[model], body, partial=True) == (kept, [])


def test_a_patch_may_not_clear_what_is_required(models: Models) -> None:
    _, problems = checked(models, models["Product"], {"Name": None}, partial=True)
    assert [problem.message for problem in problems] == ["Name: must not be null."]


def test_items_of_a_list_are_whole_in_a_patch_too(models: Models) -> None:
    values, problems = checked(
        models, models["PriceSchedule"], {"PriceBreaks": [{"Quantity": 1, "Price": 2}]}, partial=True
    )
    whole = {"Quantity": 1, "Price": 2.0, "SalePrice": None, "SubscriptionPrice": None, "BundlePrice": None}
    assert (values, problems) == ({"PriceBreaks": [whole]}, [])


def test_the_xp_that_a_merge_left_is_measured_as_well() -> None:
    assert too_long({"xp": {"a": "x" * 7992}}) == []
    assert [problem.data for problem in too_long({"xp": {"a": "x" * 7993}})] == [{"Field": "xp"}]
