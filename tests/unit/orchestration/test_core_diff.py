"""Every kind of difference, one row each: what is posted, applied before and current, and what is to be written."""

from typing import Any

import pytest
from strategies import PRICE_SCHEDULE, PRODUCT

from models.record import Json
from orchestration.diff import NOTHING, Change, Diff, calculate_diff, calculate_drift, joined

BREAK: Json = {"Quantity": 1, "Price": 5}


def changed(path: str, before: Any, after: Any) -> Diff:
    return Diff((Change(tuple(path.split(".")), before, after),))


def removed(*paths: str) -> Diff:
    return Diff(removed=tuple(tuple(path.split(".")) for path in paths))


@pytest.mark.parametrize(
    ("posted", "applied", "current", "expected"),
    [
        pytest.param({"Name": "Mug"}, {}, {"Name": "Mug"}, NOTHING, id="scalar as it is"),
        pytest.param({"Name": "Mug"}, {}, {"Name": "Cup"}, changed("Name", "Cup", "Mug"), id="scalar, first posting"),
        pytest.param(
            {"Name": "Mug"}, {"Name": "Cup"}, {"Name": "Jug"}, changed("Name", "Jug", "Mug"), id="scalar, changed"
        ),
        pytest.param(
            {"Name": "Mug"}, {"Name": "Mug"}, {"Name": "MUG!"}, NOTHING, id="scalar that OrderCloud made over"
        ),
        pytest.param({"Name": "mug"}, {}, {"Name": "Mug"}, changed("Name", "Mug", "mug"), id="plain text counts case"),
        pytest.param({}, {"Name": "Mug"}, {"Name": "Mug"}, NOTHING, id="a field that is not posted stays"),
        pytest.param({"ID": "p1"}, {}, {"ID": "P1"}, NOTHING, id="the key is no field to write"),
        pytest.param({"ShipWeight": 1}, {}, {"ShipWeight": 1.0}, NOTHING, id="number by value"),
        pytest.param(
            {"ShipWeight": 1.5}, {}, {"ShipWeight": 1.0}, changed("ShipWeight", 1.0, 1.5), id="number of other value"
        ),
        pytest.param({"xp": {"n": 2}}, {}, {"xp": {"n": 2.0}}, NOTHING, id="number in xp by value"),
        pytest.param({"xp": {"n": 1}}, {}, {"xp": {"n": True}}, changed("xp.n", True, 1), id="one is not true"),
        pytest.param({"xp": {"n": False}}, {}, {"xp": {"n": 0}}, changed("xp.n", 0, False), id="false is not zero"),
        pytest.param({"xp": {"n": 1}}, {}, {"xp": {"n": "1"}}, changed("xp.n", "1", 1), id="a number is no text"),
        pytest.param({"xp": {"n": False}}, {}, {"xp": {}}, changed("xp.n", None, False), id="false is not absent"),
        pytest.param({"xp": {"n": ""}}, {}, {"xp": {}}, changed("xp.n", None, ""), id="an empty text is not absent"),
        pytest.param(
            {"xp": {"Status": "Draft"}}, {}, {"xp": {"Status": "draft"}}, NOTHING, id="enum that differs by case only"
        ),
        pytest.param(
            {"xp": {"Status": "Draft"}},
            {},
            {"xp": {"Status": "Published"}},
            changed("xp.Status", "Published", "Draft"),
            id="enum of other name",
        ),
        pytest.param(
            {"xp": {"Accessorials": ["Hazmat"]}},
            {},
            {"xp": {"Accessorials": ["HAZMAT"]}},
            NOTHING,
            id="enums in a list",
        ),
        pytest.param({"Description": None}, {}, {}, NOTHING, id="null where OrderCloud shows nothing"),
        pytest.param(
            {"Description": None}, {}, {"Description": "x"}, changed("Description", "x", None), id="null, first posting"
        ),
        pytest.param(
            {"Description": None},
            {"Description": "x"},
            {"Description": "x"},
            changed("Description", "x", None),
            id="null after a value",
        ),
        pytest.param(
            {"Description": None}, {"Description": None}, {"Description": "x"}, NOTHING, id="null that was applied"
        ),
        pytest.param(
            {"Inventory": {"Enabled": True}},
            {},
            {"Inventory": {"Enabled": False, "QuantityAvailable": 3}},
            changed("Inventory.Enabled", False, True),
            id="a property of an object of OrderCloud's",
        ),
        pytest.param(
            {"Inventory": {"Enabled": True}},
            {},
            {"Inventory": None},
            changed("Inventory.Enabled", None, True),
            id="a property of an object that is not there",
        ),
        pytest.param(
            {"Inventory": None},
            {},
            {"Inventory": {"Enabled": True}},
            changed("Inventory", {"Enabled": True}, None),
            id="null over an object",
        ),
        pytest.param(
            {"Inventory": {"QuantityAvailable": 5}},
            {"Inventory": {"QuantityAvailable": 5}},
            {"Inventory": {"QuantityAvailable": 2}},
            NOTHING,
            id="a volatile field that the source did not change",
        ),
        pytest.param(
            {"Inventory": {"QuantityAvailable": 6}},
            {"Inventory": {"QuantityAvailable": 5}},
            {"Inventory": {"QuantityAvailable": 2}},
            changed("Inventory.QuantityAvailable", 2, 6),
            id="a volatile field that the source changed",
        ),
        pytest.param({"xp": {"a": 1}}, {}, {"xp": None}, changed("xp.a", None, 1), id="xp, first property"),
        pytest.param(
            {"xp": {"a": {"b": {"c": 2}}}},
            {"xp": {"a": {"b": {"c": 1}}}},
            {"xp": {"a": {"b": {"c": 1, "theirs": 0}}}},
            changed("xp.a.b.c", 1, 2),
            id="xp, nested",
        ),
        pytest.param(
            {"xp": {"a.b": 2, "": 3, "é": 4}},
            {},
            {"xp": {"a.b": 1, "": 1, "é": 1}},
            Diff(
                (Change(("xp", "a.b"), 1, 2), Change(("xp", ""), 1, 3), Change(("xp", "é"), 1, 4)),
            ),
            id="xp, odd names",
        ),
        pytest.param(
            {"xp": {"a": [1]}}, {}, {"xp": {"a": {"b": 1}}}, changed("xp.a", {"b": 1}, [1]), id="object to list"
        ),
        pytest.param({"xp": {"a": 1}}, {}, {"xp": {"a": [1]}}, changed("xp.a", [1], 1), id="list to scalar"),
        pytest.param(
            {"xp": {"a": {"b": 1}}}, {}, {"xp": {"a": 1}}, changed("xp.a", 1, {"b": 1}), id="scalar to object"
        ),
        pytest.param({"xp": {"a": {}}}, {}, {"xp": {"a": {"b": 1}}}, NOTHING, id="an empty object asks for nothing"),
        pytest.param({"xp": {"a": {}}}, {}, {"xp": {"a": 1}}, changed("xp.a", 1, {}), id="scalar to empty object"),
        pytest.param(
            {"xp": {"a": [1, 2]}}, {}, {"xp": {"a": [2, 1]}}, changed("xp.a", [2, 1], [1, 2]), id="list in other order"
        ),
        pytest.param(
            {"xp": {"a": [{"b": 1}]}},
            {},
            {"xp": {"a": [{"b": 1, "c": None}]}},
            NOTHING,
            id="list whose elements say the same",
        ),
        pytest.param(
            {"xp": {"a": []}}, {"xp": {"a": [1]}}, {"xp": {"a": [1]}}, changed("xp.a", [1], []), id="list emptied"
        ),
        pytest.param({"xp": {}}, {"xp": {"a": 1}}, {"xp": {"a": 1}}, removed("xp.a"), id="removed at the first level"),
        pytest.param({"xp": None}, {"xp": {"a": 1}}, {"xp": {"a": 1}}, removed("xp.a"), id="xp: null removes all"),
        pytest.param(
            {"Name": "Mug"}, {"Name": "Mug", "xp": {"a": 1}}, {"Name": "Mug", "xp": {"a": 1}}, NOTHING, id="no xp"
        ),
        pytest.param(
            {"xp": {"a": {"b": {"c": 1}}}},
            {"xp": {"a": {"b": {"c": 1, "d": 2}, "e": 3}}},
            {"xp": {"a": {"b": {"c": 1, "d": 2}, "e": 3}}},
            removed("xp.a.b.d", "xp.a.e"),
            id="removed at deeper levels",
        ),
        pytest.param({"xp": {}}, {"xp": {"a": 1}}, {"xp": {"b": 1}}, NOTHING, id="removed, but gone already"),
        pytest.param({"xp": {}}, {"xp": {"a": 1}}, {"xp": None}, NOTHING, id="removed, but all xp is gone"),
        pytest.param({"xp": {}}, {}, {"xp": {"theirs": 1}}, NOTHING, id="what the source never posted stays"),
        pytest.param(
            {"xp": {"a": {}}}, {"xp": {"a": {"b": 1}}}, {"xp": {"a": {"b": 1, "c": 2}}}, removed("xp.a.b"), id="emptied"
        ),
        pytest.param(
            {"xp": {"a": [{"b": 1}]}},
            {"xp": {"a": [{"b": 1, "c": 2}]}},
            {"xp": {"a": [{"b": 1, "c": 2}]}},
            changed("xp.a", [{"b": 1, "c": 2}], [{"b": 1}]),
            id="taken out inside a list is a change of the list",
        ),
        pytest.param(
            {"xp": {"a": 2}},
            {"xp": {"a": 1, "b": 1}},
            {"xp": {"a": 1, "b": 1}},
            Diff((Change(("xp", "a"), 1, 2),), (("xp", "b"),)),
            id="changed and removed",
        ),
        pytest.param(
            {"xp": {"Note": "new"}},
            {},
            {"xp": {"Note": "old"}},
            Diff(along=(Change(("xp", "Note"), "old", "new"),)),
            id="an ignored field that changed",
        ),
        pytest.param(
            {"xp": {}}, {"xp": {"Note": "old"}}, {"xp": {"Note": "old"}}, NOTHING, id="an ignored field removed"
        ),
        pytest.param(
            {"xp": {"IntegrationData": {}}},
            {"xp": {"IntegrationData": {"a": 1}}},
            {"xp": {"IntegrationData": {"a": 1}}},
            NOTHING,
            id="a property inside an ignored field removed",
        ),
    ],
)
def test_a_product_posting_is_compared_with_what_was_applied_and_what_is_there(
    posted: Json, applied: Json, current: Json, expected: Diff
) -> None:
    assert calculate_diff(PRODUCT, posted, applied, current, {}) == expected


def test_removing_an_object_leaves_the_properties_in_it_that_somebody_else_posted() -> None:
    current = {"xp": {"a": {"ours": 1, "theirs": 2}}}
    diff = calculate_diff(PRODUCT, {"xp": {}}, {"xp": {"a": {"ours": 1}}}, current, {})
    assert diff == removed("xp.a.ours")


@pytest.mark.parametrize(
    ("posted", "applied", "current", "expected"),
    [
        pytest.param(
            {"SaleStart": "2026-01-31T08:00:00Z"},
            {},
            {"SaleStart": "2026-01-31T09:00:00.000+01:00"},
            NOTHING,
            id="datetime by instant",
        ),
        pytest.param(
            {"SaleStart": "2026-01-31T08:00:00"},
            {},
            {"SaleStart": "2026-01-31T08:00:00Z"},
            NOTHING,
            id="no offset is UTC",
        ),
        pytest.param(
            {"SaleStart": "2026-01-31T08:00:01Z"},
            {},
            {"SaleStart": "2026-01-31T08:00:00Z"},
            changed("SaleStart", "2026-01-31T08:00:00Z", "2026-01-31T08:00:01Z"),
            id="another instant",
        ),
        pytest.param(
            {"SaleStart": "2026-01-31T08:00:00Z"},
            {},
            {"SaleStart": "soon"},
            changed("SaleStart", "soon", "2026-01-31T08:00:00Z"),
            id="what is there is no instant",
        ),
        pytest.param(
            {"xp": {"At": "2026-01-31T08:00:00Z"}},
            {},
            {"xp": {"At": "2026-01-31T08:00:00+00:00"}},
            changed("xp.At", "2026-01-31T08:00:00+00:00", "2026-01-31T08:00:00Z"),
            id="a text in xp is a text",
        ),
        pytest.param(
            {"PriceBreaks": [BREAK, {"Quantity": 10, "Price": 4}]},
            {},
            {"PriceBreaks": [{"Quantity": 10.0, "Price": 4.0, "SalePrice": None}, {**BREAK, "SubscriptionPrice": 3}]},
            NOTHING,
            id="keyed list by key, whatever else its elements say",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 1, "Price": 6}]},
            {},
            {"PriceBreaks": [BREAK]},
            changed("PriceBreaks", [BREAK], [{"Quantity": 1, "Price": 6}]),
            id="keyed list, an element changed",
        ),
        pytest.param(
            {"PriceBreaks": [BREAK]},
            {"PriceBreaks": [BREAK, {"Quantity": 10, "Price": 4}]},
            {"PriceBreaks": [BREAK, {"Quantity": 10, "Price": 4}]},
            changed("PriceBreaks", [BREAK, {"Quantity": 10, "Price": 4}], [BREAK]),
            id="keyed list, an element taken out",
        ),
        pytest.param(
            {"PriceBreaks": [BREAK, {"Quantity": 10, "Price": 4}]},
            {},
            {"PriceBreaks": [BREAK]},
            changed("PriceBreaks", [BREAK], [BREAK, {"Quantity": 10, "Price": 4}]),
            id="keyed list, an element added",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 2, "Price": 5}]},
            {},
            {"PriceBreaks": [BREAK]},
            changed("PriceBreaks", [BREAK], [{"Quantity": 2, "Price": 5}]),
            id="keyed list, another key",
        ),
        pytest.param(
            {"PriceBreaks": [{"Quantity": 10, "Price": 4}, BREAK]},
            {"PriceBreaks": [BREAK, {"Quantity": 10, "Price": 4}]},
            {"PriceBreaks": []},
            NOTHING,
            id="keyed list, posted again in another order",
        ),
        pytest.param(
            {"PriceBreaks": []},
            {},
            {"PriceBreaks": [BREAK]},
            changed("PriceBreaks", [BREAK], []),
            id="keyed list emptied",
        ),
        pytest.param(
            {"PriceBreaks": [{**BREAK, "SalePrice": None}]},
            {"PriceBreaks": [BREAK]},
            {"PriceBreaks": [{**BREAK, "SalePrice": 3}]},
            changed("PriceBreaks", [{**BREAK, "SalePrice": 3}], [{**BREAK, "SalePrice": None}]),
            id="a null that is new in an element of a keyed list",
        ),
    ],
)
def test_a_price_schedule_posting_is_compared_by_instant_and_by_key(
    posted: Json, applied: Json, current: Json, expected: Diff
) -> None:
    assert calculate_diff(PRICE_SCHEDULE, posted, applied, current, {}) == expected


@pytest.mark.parametrize(
    ("posted", "attempted", "current", "expected"),
    [
        pytest.param(
            {"Name": "Mug"}, {"Name": "Cup"}, {"Name": "Cup"}, changed("Name", "Cup", "Mug"), id="a value may be theirs"
        ),
        pytest.param({"Name": "Mug"}, {"Name": "Cup"}, {"Name": "Mug"}, NOTHING, id="a value that is right"),
        pytest.param(
            {"Name": "Mug", "xp": {}},
            {"xp": {"a": {"b": 1}}},
            {"Name": "Mug", "xp": {"a": {"b": 1}}},
            removed("xp.a"),
            id="a property that was attempted",
        ),
    ],
)
def test_what_an_unseen_write_attempted_is_not_trusted_to_be_as_applied(
    posted: Json, attempted: Json, current: Json, expected: Diff
) -> None:
    assert calculate_diff(PRODUCT, posted, {"Name": "Mug"}, current, attempted) == expected


@pytest.mark.parametrize(
    ("managed", "before", "after", "expected"),
    [
        pytest.param({"Name": "Mug"}, {"Name": "Mug"}, {"Name": "Cup"}, changed("Name", "Cup", "Mug"), id="moved away"),
        pytest.param({"Name": "Mug"}, {"Name": "Cup"}, {"Name": "Mug"}, NOTHING, id="moved to what is posted"),
        pytest.param({"Name": "Mug"}, {"Name": "MUG!"}, {"Name": "MUG!"}, NOTHING, id="made over, but not moved"),
        pytest.param({"Name": "Mug"}, {"Active": True}, {"Active": False}, NOTHING, id="a field that is not managed"),
        pytest.param(
            {"Inventory": {"QuantityAvailable": 5}},
            {"Inventory": {"QuantityAvailable": 5}},
            {"Inventory": {"QuantityAvailable": 4}},
            NOTHING,
            id="a volatile field",
        ),
        pytest.param(
            {"xp": {"Note": "a"}}, {"xp": {"Note": "a"}}, {"xp": {"Note": "b"}}, NOTHING, id="an ignored field"
        ),
        pytest.param(
            {"xp": {"a": {"b": 1}}},
            {"xp": {"a": {"b": 1}}},
            {"xp": {"a": {"b": 2}}},
            changed("xp.a.b", 2, 1),
            id="nested xp",
        ),
        pytest.param({"xp": {"a": 1}}, {"xp": {"a": 1}}, {"xp": None}, changed("xp.a", None, 1), id="xp is gone"),
        pytest.param({"xp": None}, {"xp": None}, {"xp": {"theirs": 1}}, NOTHING, id="xp of somebody else"),
        pytest.param({"ID": "p1"}, {"ID": "P1"}, {"ID": "P1"}, NOTHING, id="the key"),
    ],
)
def test_drift_is_what_ordercloud_moved_away_from_what_is_managed(
    managed: Json, before: Json, after: Json, expected: Diff
) -> None:
    assert calculate_drift(PRODUCT, managed, before, after) == expected


def test_two_diffs_join_with_each_field_once_and_the_first_ones_word() -> None:
    one = Diff((Change(("Name",), "Cup", "Mug"),), (("xp", "a"),))
    other = Diff((Change(("Name",), "Cup", "Jug"), Change(("Active",), False, True)), (("xp", "a"), ("xp", "b")))
    both = joined(one, other)
    assert both == Diff((Change(("Name",), "Cup", "Mug"), Change(("Active",), False, True)), (("xp", "a"), ("xp", "b")))
    assert both.fields == ("Name", "Active", "xp.a", "xp.b")
    assert both
    assert not NOTHING
