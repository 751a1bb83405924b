"""The exact requests: method, path and body, as tables."""

import copy
from typing import Any

import pytest
from strategies import NOON, PRICE_SCHEDULE, PRODUCT

from models.record import Json
from models.record_types import REGISTRY
from models.registry import Keys
from orchestration.diff import Change, Diff, calculate_diff
from orchestration.requests import (
    Request,
    create_request,
    delete_request,
    get_request,
    patch_request,
    put_request,
)


def change(path: str, before: Any, after: Any) -> Change:
    return Change(tuple(path.split(".")), before, after)


def test_a_record_is_read_created_and_deleted_at_its_own_path() -> None:
    assert get_request(PRODUCT, ("P1",)) == Request("GET", "/v1/products/P1")
    assert delete_request(PRICE_SCHEDULE, ("P1",)) == Request("DELETE", "/v1/priceschedules/P1")
    assert create_request(PRODUCT, ("P1",), {"ID": "P1"}, NOON) == Request("POST", "/v1/products", {"ID": "P1"})


def test_a_key_cannot_reach_out_of_its_place_in_the_path() -> None:
    assert get_request(PRODUCT, ("../a?b#c",)).path == "/v1/products/..%2Fa%3Fb%23c"


@pytest.mark.parametrize(
    ("changes", "current", "body"),
    [
        pytest.param([change("Name", "Cup", "Mug")], {"Name": "Cup", "Active": True}, {"Name": "Mug"}, id="a field"),
        pytest.param([change("Name", "Cup", None)], {"Name": "Cup"}, {"Name": None}, id="null"),
        pytest.param(
            [change("Inventory.Enabled", False, True)],
            {"Inventory": {"Enabled": False, "QuantityAvailable": 3}},
            {"Inventory": {"Enabled": True}},
            id="a property of an object of OrderCloud's goes alone",
        ),
        pytest.param(
            [change("xp.a", 1, 2)], {"xp": {"a": 1, "b": 1}}, {"xp": {"a": 2}}, id="a first-level xp key goes alone"
        ),
        pytest.param(
            [change("xp.a.b.c", 1, 2)],
            {"xp": {"a": {"b": {"c": 1, "d": 1}, "e": 1}, "f": 1}},
            {"xp": {"a": {"b": {"c": 2, "d": 1}, "e": 1}}},
            id="a nested xp property goes with its whole first-level value",
        ),
        pytest.param(
            [change("xp.a.b", 1, 2), change("xp.a.c", 1, 3)],
            {"xp": {"a": {"b": 1, "c": 1, "d": 1}}},
            {"xp": {"a": {"b": 2, "c": 3, "d": 1}}},
            id="two nested xp properties of one key go together",
        ),
        pytest.param([change("xp.a.b", None, 1)], {"xp": None}, {"xp": {"a": {"b": 1}}}, id="xp that is not there"),
        pytest.param(
            [change("xp.a.b.c", None, 1)],
            {"xp": {"a": {"b": None}}},
            {"xp": {"a": {"b": {"c": 1}}}},
            id="null on the way",
        ),
        pytest.param(
            [change("xp.a", [1, 2], [2])], {"xp": {"a": [1, 2]}}, {"xp": {"a": [2]}}, id="a list goes as it was posted"
        ),
    ],
)
def test_a_patch_holds_what_ordercloud_would_not_merge_by_itself(
    changes: list[Change], current: Json, body: Json
) -> None:
    assert patch_request(PRODUCT, ("P1",), Diff(tuple(changes)), current, NOON) == Request(
        "PATCH", "/v1/products/P1", body
    )


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        pytest.param(
            [{"Quantity": 1, "Price": 5, "SalePrice": 4}, {"Quantity": 10, "Price": 3}],
            [{"Quantity": 10, "Price": 2}, {"Quantity": 1, "Price": 5}],
            [{"Quantity": 10, "Price": 2}, {"Quantity": 1, "Price": 5, "SalePrice": 4}],
            id="known elements keep what was not posted",
        ),
        pytest.param(
            [{"Quantity": 1.0, "Price": 5, "SalePrice": 4}],
            [{"Quantity": 1, "Price": 6}],
            [{"Quantity": 1, "Price": 6, "SalePrice": 4}],
            id="keys by value",
        ),
        pytest.param([{"Quantity": 1}], [{"Quantity": 2, "Price": 1}], [{"Quantity": 2, "Price": 1}], id="unknown key"),
        pytest.param(None, [{"Quantity": 2, "Price": 1}], [{"Quantity": 2, "Price": 1}], id="no list yet"),
        pytest.param([{"Quantity": 1}], [], [], id="emptied"),
    ],
)
def test_a_keyed_list_is_sent_complete_with_its_elements_laid_over_the_current_ones(
    before: Any, after: Any, sent: Any
) -> None:
    diff = Diff((Change(("PriceBreaks",), before, after),))
    assert patch_request(PRICE_SCHEDULE, ("P1",), diff, {"PriceBreaks": before}, NOON).body == {"PriceBreaks": sent}


def test_a_put_is_what_is_there_with_changes_laid_over_and_removed_and_computed_fields_out() -> None:
    current = {
        "ID": "P1",
        "OwnerID": "Shop",
        "SpecCount": 2,
        "Name": "Cup",
        "Description": None,
        "Inventory": {"Enabled": True, "LastUpdated": "2026-01-31T08:00:00Z"},
        "xp": {"a": {"b": 1, "c": {"d": 1, "e": 1}}, "theirs": [1], "gone": 1},
    }
    diff = Diff((change("Name", "Cup", "Mug"), change("xp.a.b", 1, 2)), (("xp", "gone"), ("xp", "a", "c", "d")))
    assert put_request(PRODUCT, ("P1",), diff, current, NOON) == Request(
        "PUT",
        "/v1/products/P1",
        {
            "ID": "P1",
            "Name": "Mug",
            "Description": None,
            "Inventory": {"Enabled": True},
            "xp": {"a": {"b": 2, "c": {"e": 1}}, "theirs": [1]},
        },
    )


def test_an_ignored_field_goes_along_with_a_write_that_something_else_causes() -> None:
    before: Json = {"Name": "Cup", "xp": {"Note": "old", "a": 1}}
    posted: Json = {"Name": "Mug", "xp": {"Note": "new", "a": 1}}
    diff = calculate_diff(PRODUCT, posted, before, before, {})
    assert patch_request(PRODUCT, ("P1",), diff, before, NOON).body == {"Name": "Mug", "xp": {"Note": "new"}}


def test_removing_what_is_not_there_takes_nothing_out() -> None:
    diff = Diff(removed=(("xp", "a", "b"), ("xp", "c", "d")))
    assert put_request(PRODUCT, ("P1",), diff, {"xp": {"a": 1}, "Inventory": None}, NOON).body == {
        "xp": {"a": 1},
        "Inventory": None,
    }


SEALED = {"$sealed": "key:content:key=digest"}
YEAR_ONE = "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("record_type", "posted", "path", "body"),
    [
        pytest.param(
            "specoption",
            {"SpecID": "S", "ID": "O", "Value": "Red"},
            "/v1/specs/S/options",
            {"ID": "O", "Value": "Red"},
            id="the key above stands in the path",
        ),
        pytest.param(
            "specproductassignment",
            {"SpecID": "S", "ProductID": "P", "DefaultValue": None},
            "/v1/specs/productassignments",
            {"SpecID": "S", "ProductID": "P", "DefaultValue": None},
            id="keys that do not stand in the path are sent",
        ),
        pytest.param(
            "usergroupassignment",
            {"BuyerID": "B", "UserGroupID": "G", "UserID": "U"},
            "/v1/buyers/B/usergroups/assignments",
            {"UserGroupID": "G", "UserID": "U"},
            id="one key of three stands in the path",
        ),
        pytest.param(
            "user",
            {"BuyerID": "B", "ID": "U", "TermsAccepted": YEAR_ONE, "Password": SEALED},
            "/v1/buyers/B/users",
            {"ID": "U", "TermsAccepted": NOON.isoformat(), "Password": SEALED},
            id="the year 1 means now; what is sealed is opened when it is sent",
        ),
        pytest.param(
            "user",
            {"BuyerID": "B", "ID": "U", "TermsAccepted": "2025-05-05T00:00:00Z"},
            "/v1/buyers/B/users",
            {"ID": "U", "TermsAccepted": "2025-05-05T00:00:00Z"},
            id="another year means itself",
        ),
    ],
)
def test_a_create_sends_what_does_not_stand_in_its_path(record_type: str, posted: Json, path: str, body: Json) -> None:
    row = REGISTRY[record_type]
    before = copy.deepcopy(posted)
    request = create_request(row, row.keys_of(posted), posted, NOON)
    assert request == Request("POST", path, body, repeatable=row.assigned)
    assert posted == before


def test_neither_a_patch_nor_a_put_of_a_variant_sends_its_combination() -> None:
    row, keys = REGISTRY["variant"], ("P", "V")
    current = {"ID": "V", "Name": "Red", "Specs": [{"SpecID": "S", "OptionID": "O"}], "xp": {"a": 1}}
    diff = Diff((change("Name", "Red", "Blue"),), removed=(("xp", "a"),))
    item = "/v1/products/P/variants/V"
    assert patch_request(row, keys, diff, current, NOON) == Request("PATCH", item, {"Name": "Blue"})
    assert put_request(row, keys, diff, current, NOON) == Request("PUT", item, {"ID": "V", "Name": "Blue", "xp": {}})


@pytest.mark.parametrize(
    ("record_type", "keys", "path", "query"),
    [
        pytest.param(
            "catalogassignment", ("C", "B"), "/v1/catalogs/C/assignments", {"buyerID": "B"}, id="a key in the query"
        ),
        pytest.param(
            "addressassignment",
            ("B", "A", None, None),
            "/v1/buyers/B/addresses/A/assignments",
            {},
            id="both optional keys absent",
        ),
        pytest.param(
            "addressassignment",
            ("B", "A", None, "a&b"),
            "/v1/buyers/B/addresses/A/assignments",
            {"userGroupID": "a&b"},
            id="one that would reach out of its place",
        ),
    ],
)
def test_a_delete_names_the_keys_that_there_are(record_type: str, keys: Keys, path: str, query: dict[str, str]) -> None:
    assert delete_request(REGISTRY[record_type], keys) == Request("DELETE", path, query=query)
