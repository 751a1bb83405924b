"""Every kind of difference between two postings: what OrderCloud is asked for it, and what it holds then."""

from dataclasses import dataclass, field

import pytest
from e2e_world import COLLECTIONS, Call, Json, World, shown, writable

UNCHANGED = ("Ignore", "nothing changed", "Success")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record that is there, and a posting of it.

    Attributes:
        first: what was posted before; the ID is added.
        then: what is posted.
        decided: action, reason and level of the event.
        patch: the body of the PATCH, if there is one.
        put: the fields in which the body of a PUT differs from what OrderCloud held.
        held: the fields in which what OrderCloud holds differs from what it held before.
    """

    first: Json
    then: Json
    decided: tuple[str, str, str] = UNCHANGED
    record_type: str = "product"
    patch: Json | None = None
    put: Json | None = None
    held: Json = field(default_factory=dict)


def patch(first: Json, then: Json, body: Json, fields: str, **more: object) -> Change:
    """Return a change of which OrderCloud holds just what the PATCH said."""
    decided = ("Patch", f"fields changed: {fields}", "Success")
    return Change(**{"first": first, "then": then, "decided": decided, "patch": body, "held": body, **more})


def removal(first: Json, then: Json, put: Json, removed: str) -> Change:
    """Return a change that takes xp properties out, of which OrderCloud holds just what the PUT said."""
    decided = ("Update", f"xp properties were removed: {removed}", "Success")
    return Change(first=first, then=then, decided=decided, put=put, held=put)


def price_break(quantity: int, price: float, sale: float | None = None) -> Json:
    """Return a price break as OrderCloud shows it."""
    prices = {"Price": price, "SalePrice": sale, "SubscriptionPrice": None, "BundlePrice": None}
    return {"Quantity": quantity, **prices}


BREAKS = {"PriceBreaks": [{"Quantity": 1, "Price": 10, "SalePrice": 7.5}, {"Quantity": 10, "Price": 9}]}
NESTED = {"Name": "n", "xp": {"Care": {"Wash": 30, "Iron": {"Steam": True, "Dots": 2}}, "Season": "autumn"}}

CHANGES = {
    "nothing": Change(first=NESTED, then=NESTED),
    "a field left out": Change(first={"Name": "n", "Description": "d"}, then={"Name": "n"}),
    "xp left out": Change(first=NESTED, then={"Name": "n"}),
    "a number by value": Change(first={"ShipWeight": 2, "xp": {"n": 1}}, then={"ShipWeight": 2.0, "xp": {"n": 1.0}}),
    "an enum in another case": Change(
        first={"xp": {"Status": "Published", "SizeTier": "C"}}, then={"xp": {"Status": "pUBLISHED", "SizeTier": "c"}}
    ),
    "an enum by the number of the first version": Change(
        first={"xp": {"Status": "Published"}}, then={"xp": {"Status": 1}}
    ),
    "an instant in another offset": Change(
        record_type="priceschedule",
        first={"Name": "n", "SaleStart": "2030-01-01T00:00:00Z"},
        then={"Name": "n", "SaleStart": "2030-01-01T05:30:00.000+05:30"},
    ),
    "a keyed list in another order": Change(
        record_type="priceschedule",
        first={"Name": "n", **BREAKS},
        then={"Name": "n", "PriceBreaks": BREAKS["PriceBreaks"][::-1]},
    ),
    "the xp key Note, which never causes a write": Change(
        first={"xp": {"Note": "one", "k": 1}}, then={"xp": {"Note": "two", "k": 1}}
    ),
    "a text": patch({"Name": "n"}, {"Name": "m"}, {"Name": "m"}, "Name"),
    "a text in another case": patch({"Name": "n"}, {"Name": "N"}, {"Name": "N"}, "Name"),
    "a truth value": patch({"Active": False}, {"Active": True}, {"Active": True}, "Active"),
    "a number": patch({"ShipWeight": 2}, {"ShipWeight": 2.5}, {"ShipWeight": 2.5}, "ShipWeight"),
    "a number where a truth value was": patch({"xp": {"n": True}}, {"xp": {"n": 1}}, {"xp": {"n": 1}}, "xp.n"),
    "a field cleared with null": patch(
        {"Name": "n", "Description": "d"}, {"Description": None}, {"Description": None}, "Description"
    ),
    "a field posted for the first time": patch(
        {"Name": "n"}, {"Description": "d"}, {"Description": "d"}, "Description"
    ),
    "an enum": patch(
        {"xp": {"Status": "Draft"}}, {"xp": {"Status": "published"}}, {"xp": {"Status": "Published"}}, "xp.Status"
    ),
    "an xp value two levels deep": patch(
        NESTED,
        {"xp": {"Care": {"Wash": 40, "Iron": {"Steam": True, "Dots": 2}}, "Season": "autumn"}},
        {"xp": {"Care": {"Wash": 40, "Iron": {"Steam": True, "Dots": 2}}}},
        "xp.Care.Wash",
        held={"xp": {"Care": {"Wash": 40, "Iron": {"Steam": True, "Dots": 2}}, "Season": "autumn"}},
    ),
    "an xp value three levels deep": patch(
        NESTED,
        {"xp": {"Care": {"Wash": 30, "Iron": {"Steam": True, "Dots": 3}}, "Season": "autumn"}},
        {"xp": {"Care": {"Wash": 30, "Iron": {"Steam": True, "Dots": 3}}}},
        "xp.Care.Iron.Dots",
        held={"xp": {"Care": {"Wash": 30, "Iron": {"Steam": True, "Dots": 3}}, "Season": "autumn"}},
    ),
    "an xp key that is new": patch(
        {"xp": {"a": 1}}, {"xp": {"a": 1, "b": [1, {"c": 2}]}}, {"xp": {"b": [1, {"c": 2}]}}, "xp.b",
        held={"xp": {"a": 1, "b": [1, {"c": 2}]}},
    ),
    "a list in xp, whole": patch(
        {"xp": {"Facets": {"Color": ["red", "blue"]}}}, {"xp": {"Facets": {"Color": ["blue", "red"]}}},
        {"xp": {"Facets": {"Color": ["blue", "red"]}}}, "xp.Facets.Color",
    ),
    "an xp value cleared with null": patch({"xp": {"a": 1}}, {"xp": {"a": None}}, {"xp": {"a": None}}, "xp.a"),
    "another instant": patch(
        {"Name": "n", "SaleStart": "2030-01-01T00:00:00Z"}, {"SaleStart": "2030-01-01T00:00:01Z"},
        {"SaleStart": "2030-01-01T00:00:01Z"}, "SaleStart",
        record_type="priceschedule", held={"SaleStart": "2030-01-01T00:00:01+00:00"},
    ),
    "a price in a keyed list, whose other prices stay": patch(
        {"Name": "n", **BREAKS},
        {"PriceBreaks": [{"Quantity": 10, "Price": 8}, {"Quantity": 1, "Price": 10}]},
        {"PriceBreaks": [price_break(10, 8), price_break(1, 10, sale=7.5)]},
        "PriceBreaks",
        record_type="priceschedule", held={"PriceBreaks": [price_break(1, 10, sale=7.5), price_break(10, 8)]},
    ),
    "an element more in a keyed list": patch(
        {"Name": "n", **BREAKS},
        {"PriceBreaks": [*BREAKS["PriceBreaks"], {"Quantity": 50, "Price": 5}]},
        {"PriceBreaks": [price_break(1, 10, sale=7.5), price_break(10, 9), {"Quantity": 50, "Price": 5}]},
        "PriceBreaks",
        record_type="priceschedule",
        held={"PriceBreaks": [price_break(1, 10, sale=7.5), price_break(10, 9), price_break(50, 5)]},
    ),
    "an element less in a keyed list": patch(
        {"Name": "n", **BREAKS}, {"PriceBreaks": [{"Quantity": 10, "Price": 9}]},
        {"PriceBreaks": [price_break(10, 9)]}, "PriceBreaks", record_type="priceschedule",
        held={"PriceBreaks": [price_break(10, 9)], "IsOnSale": False},
    ),
    "an xp property removed": removal(
        NESTED, {"Name": "n", "xp": {"Care": NESTED["xp"]["Care"]}}, {"xp": {"Care": NESTED["xp"]["Care"]}}, "xp.Season"
    ),
    "an xp property removed two levels deep": removal(
        NESTED, {"xp": {"Care": {"Wash": 30}, "Season": "autumn"}},
        {"xp": {"Care": {"Wash": 30}, "Season": "autumn"}}, "xp.Care.Iron",
    ),
    "an xp property removed three levels deep": removal(
        NESTED, {"xp": {"Care": {"Wash": 30, "Iron": {"Steam": True}}, "Season": "autumn"}},
        {"xp": {"Care": {"Wash": 30, "Iron": {"Steam": True}}, "Season": "autumn"}}, "xp.Care.Iron.Dots",
    ),
    "an xp property removed and a field changed": removal(
        {"Name": "n", "xp": {"a": 1, "b": 2}}, {"Name": "m", "xp": {"b": 3}}, {"Name": "m", "xp": {"b": 3}}, "xp.a"
    ),
    "xp an empty object": removal({"xp": {"a": 1, "b": {"c": 2}}}, {"xp": {}}, {"xp": {}}, "xp.a, xp.b"),
    "xp null": removal({"xp": {"a": 1, "b": {"c": 2}}}, {"xp": None}, {"xp": {}}, "xp.a, xp.b"),
}  # fmt: skip


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in CHANGES.items()])
def test_a_change_becomes_the_smallest_write_that_does_it(world: World, key: str, change: Change) -> None:
    record_type, path = change.record_type, f"/v1/{COLLECTIONS[change.record_type]}/{key}"
    named = {"Name": "n", "ID": key}
    assert world.posted(record_type, {**named, **change.first})["State"] == "applied"
    before = world.ordercloud(record_type, key)
    assert before

    stands = world.posted(record_type, {"ID": key, **change.then})

    put = change.put and {**writable(record_type, before), **change.put}
    calls = [Call("PATCH", path, change.patch)] if change.patch else []
    calls += [Call("GET", path, None), Call("PUT", path, put)] if put else []
    assert world.calls(key, after=1) == calls
    event = stands["LastEvent"]
    assert (stands["State"], shown(event)) == ("applied", change.decided)
    assert event["Calls"] == [{"Method": call.method, "Path": call.path} for call in calls]
    assert (event["Posted"], event["Before"], event["Result"]) == (
        {"ID": key} | event["Posted"],
        before,
        {**before, **change.held},
    )
    assert world.ordercloud(record_type, key) == {**before, **change.held}
