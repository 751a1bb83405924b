"""Whole objects after POST and PUT, merged ones after PATCH."""

from typing import Any

import pytest

from localdev.sandbox.description import Description
from localdev.sandbox.fields import Models
from localdev.sandbox.shapes import completed, merged

STOCK = {
    "Enabled": False,
    "NotificationPoint": None,
    "VariantLevelTracking": False,
    "OrderCanExceed": False,
    "QuantityAvailable": 3,
    "LastUpdated": None,
}


@pytest.fixture(scope="module")
def models() -> Models:
    return Description.load().models


def test_a_whole_object_has_every_field_at_its_default(models: Models) -> None:
    assert completed(models["PriceSchedule"], {"Name": "n"}) == {
        "OwnerID": None,
        "ID": None,
        "Name": "n",
        "ApplyTax": False,
        "ApplyShipping": False,
        "MinQuantity": 1,
        "MaxQuantity": None,
        "UseCumulativeQuantity": False,
        "RestrictedQuantity": False,
        "PriceBreaks": [],
        "Currency": None,
        "SaleStart": None,
        "SaleEnd": None,
        "IsOnSale": False,
        "xp": None,
    }


@pytest.mark.parametrize(
    ("current", "changes", "expected"),
    [
        pytest.param({"Name": "a", "Active": True}, {"Name": "b"}, {"Name": "b", "Active": True}, id="absent stays"),
        pytest.param({"Description": "d"}, {"Description": None}, {"Description": None}, id="null clears"),
        pytest.param({"xp": {"a": 1, "b": 2}}, {"xp": {"b": 3}}, {"xp": {"a": 1, "b": 3}}, id="first level of xp"),
        pytest.param({"xp": {"a": {"b": 1}}}, {"xp": {"a": {"c": 2}}}, {"xp": {"a": {"c": 2}}}, id="not the second"),
        pytest.param({"xp": {"a": [1, 2]}}, {"xp": {"a": [3]}}, {"xp": {"a": [3]}}, id="arrays in xp are replaced"),
        pytest.param({"xp": {"a": 1}}, {"xp": {"a": None}}, {"xp": {"a": None}}, id="a null xp key stays"),
        pytest.param({"xp": {"a": 1}}, {"xp": {}}, {"xp": {"a": 1}}, id="an empty xp changes nothing"),
        pytest.param({"xp": {"a": 1}}, {"xp": None}, {"xp": None}, id="a null xp clears"),
        pytest.param({"xp": None}, {"xp": {"a": 1}}, {"xp": {"a": 1}}, id="the first xp"),
        pytest.param(
            {"Inventory": STOCK}, {"Inventory": {"Enabled": True}}, {"Inventory": {**STOCK, "Enabled": True}}, id="part"
        ),
        pytest.param(
            {"Inventory": None},
            {"Inventory": {"QuantityAvailable": 3}},
            {"Inventory": STOCK},
            id="a part of a sub-model that was not there",
        ),
        pytest.param({"Inventory": STOCK}, {"Inventory": None}, {"Inventory": None}, id="a null sub-model clears"),
    ],
)
def test_a_patch_merges(
    models: Models, current: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert merged(models, models["Product"], current, changes, deep_xp=False) == expected


def test_a_list_is_replaced_whole(models: Models) -> None:
    current, changes = {"PriceBreaks": [{"Quantity": 1}, {"Quantity": 2}]}, {"PriceBreaks": [{"Quantity": 2}]}
    assert merged(models, models["PriceSchedule"], current, changes, deep_xp=False) == changes


def test_xp_merges_at_every_depth_when_asked_to(models: Models) -> None:
    current = {"xp": {"a": {"b": 1, "l": [1]}, "k": 1}}
    changes = {"xp": {"a": {"c": {"d": 2}, "l": [2]}}}
    expected = {"xp": {"a": {"b": 1, "c": {"d": 2}, "l": [2]}, "k": 1}}
    assert merged(models, models["Product"], current, changes, deep_xp=True) == expected
