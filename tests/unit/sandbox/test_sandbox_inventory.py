"""Where goods are: the addresses of products, and inventory records with what they make of a product's stock."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import ACME, GLOBEX, Sandbox, missing, opened

ADDRESS = {"Street1": "s", "City": "c", "Country": "DE"}
RECORDS = "/products/Shirt/inventoryrecords"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        sandbox.post("/suppliers", {"ID": "Acme", "Name": "n"}, {"ID": "Globex", "Name": "n"})
        sandbox.post("/addresses", {"ID": "Dock", **ADDRESS}, {"ID": "Both", **ADDRESS, "City": "seller's"})
        sandbox.post("/suppliers/Acme/addresses", {"ID": "Shed", **ADDRESS}, {"ID": "Both", **ADDRESS})
        sandbox.post("/suppliers/Globex/addresses", {"ID": "Loft", **ADDRESS})
        sandbox.post(
            "/products",
            {"ID": "Shirt", "Name": "n", "AllSuppliersCanSell": True, "Inventory": {"QuantityAvailable": 99}},
            {"ID": "Cap", "Name": "n", "Inventory": {"VariantLevelTracking": True}},
            {"ID": "Book", "Name": "n"},
        )
        for variant in ("Red", "Blue"):
            stock = {"QuantityAvailable": 9, "NotificationPoint": None, "LastUpdated": "2024-05-01T00:00:00+00:00"}
            sandbox.store.put("products/variants", "Cap", {"ID": variant, "Specs": [], "Inventory": stock})
        yield sandbox


def stock(sandbox: Sandbox, path: str = "/products/Shirt") -> Any:
    return sandbox.call("GET", path).body["Inventory"]["QuantityAvailable"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({"ShipFromAddressID": "dock"}, "Dock", id="the seller's"),
        pytest.param({"ShipFromAddressID": "shed", "DefaultSupplierID": "Acme"}, "Shed", id="the default supplier's"),
        pytest.param({"ShipFromAddressID": "shed", "OwnerID": "Acme"}, "Shed", id="the owner's"),
        pytest.param({"ShipFromAddressID": "Loft", "DefaultSupplierID": "Acme"}, None, id="another supplier's"),
        pytest.param({"ShipFromAddressID": "Nowhere"}, None, id="nobody's"),
    ],
)
def test_a_product_ships_from_a_real_address(sandbox: Sandbox, fields: dict[str, str], found: str | None) -> None:
    body = {"ID": "P", "Name": "n", **fields}
    if found:
        assert sandbox.call("POST", "/products", body).body["ShipFromAddressID"] == found
    else:
        assert sandbox.refusal("POST", "/products", body) == missing("Address", fields["ShipFromAddressID"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/products/Book/inventoryrecords", "ProductInventoryMustExist"),
        ("/products/Cap/inventoryrecords", "InvalidVariantLevelTracking"),
    ],
)
def test_inventory_records_fit_the_products_inventory(sandbox: Sandbox, path: str, expected: str) -> None:
    refused = sandbox.refusal("POST", path, {"AddressID": "Dock"})
    assert refused == (400, [(f"InventoryConfiguration.{expected}", None)])


def test_the_level_of_tracking_stays_while_there_are_records(sandbox: Sandbox) -> None:
    sandbox.post(RECORDS, {"ID": "R", "AddressID": "Dock"})
    change = {"Inventory": {"VariantLevelTracking": True}}
    refused = sandbox.refusal("PATCH", "/products/Shirt", change)
    assert refused == (400, [("InventoryConfiguration.CannotChangeVariantLevelTracking", None)])
    sandbox.call("DELETE", f"{RECORDS}/R")
    assert sandbox.call("PATCH", "/products/Shirt", change).status == 200


def test_a_products_stock_is_the_sum_of_its_records_as_long_as_there_are_any(sandbox: Sandbox) -> None:
    for record, quantity in (("R", 3), ("S", 4)):
        sandbox.post(RECORDS, {"ID": record, "AddressID": "Dock", "QuantityAvailable": quantity})
    changed = sandbox.call("PATCH", "/products/Shirt", {"Inventory": {"QuantityAvailable": 50}}).body
    summed = (changed["Inventory"]["QuantityAvailable"], stock(sandbox))
    for record in ("R", "S"):
        sandbox.call("DELETE", f"{RECORDS}/{record}")
    assert (summed, stock(sandbox)) == ((7, 7), 50)


def test_variants_have_records_of_their_own_which_add_up_to_the_product(sandbox: Sandbox) -> None:
    for variant, quantity in (("Red", 1), ("Blue", 2), ("Blue", 4)):
        path = f"/products/Cap/variants/{variant}/inventoryrecords"
        sandbox.post(path, {"AddressID": "Dock", "QuantityAvailable": quantity})
    variants = [stock(sandbox, f"/products/Cap/variants/{variant}") for variant in ("Red", "Blue")]
    assert (variants, stock(sandbox, "/products/Cap")) == ([1, 6], 7)


def test_a_record_shows_the_address_that_it_means(sandbox: Sandbox) -> None:
    shown = sandbox.call("POST", RECORDS, {"ID": "A", "AddressID": "both", "OwnerID": "Acme"}).body
    assert (shown["AddressID"], shown["Address"]) == (
        "Both",
        sandbox.call("GET", "/suppliers/Acme/addresses/Both").body,
    )
    sellers = sandbox.call("POST", RECORDS, {"ID": "B", "AddressID": "both"}).body
    assert sellers["Address"] == sandbox.call("GET", "/addresses/Both").body
    assert sandbox.refusal("POST", RECORDS, {"AddressID": "Shed"}) == missing("Address", "Shed")
    assert sandbox.items(f"{RECORDS}?includeAddress=true")[0] == shown


def test_a_record_follows_the_one_address_that_it_means(sandbox: Sandbox) -> None:
    sandbox.post(RECORDS, {"ID": "A", "AddressID": "Both", "OwnerID": "Acme"}, {"ID": "B", "AddressID": "Both"})
    sandbox.call("PATCH", "/suppliers/Acme/addresses/Both", {"ID": "Moved"})
    assert [one["AddressID"] for one in sandbox.items(RECORDS)] == ["Moved", "Both"]
    sandbox.call("DELETE", "/addresses/Both")
    assert [(one["AddressID"], one["Address"] is None) for one in sandbox.items(RECORDS)] == [
        ("Moved", False),
        (None, True),
    ]


def test_a_supplier_keeps_stock_of_a_product_that_it_can_sell_and_sees_its_own(sandbox: Sandbox) -> None:
    sandbox.post(RECORDS, {"ID": "Sellers", "AddressID": "Dock"})
    made = sandbox.call("POST", RECORDS, {"ID": "Acmes", "AddressID": "Shed", "OwnerID": "Globex"}, by=ACME).body
    assert made["OwnerID"] == "Acme"
    assert [one["ID"] for one in sandbox.items(RECORDS, by=ACME)] == ["Acmes"]
    assert sandbox.refusal("PATCH", f"{RECORDS}/Acmes", {}, by=GLOBEX) == missing("InventoryRecord", "Acmes")


def test_a_record_is_dated_when_its_quantity_moves(sandbox: Sandbox) -> None:
    sandbox.post(RECORDS, {"ID": "R", "AddressID": "Dock"})
    kept = sandbox.store.get("products/inventoryrecords", "Shirt", "R") or {}
    sandbox.store.put("products/inventoryrecords", "Shirt", {**kept, "LastUpdated": "2020-01-01T00:00:00+00:00"})
    dates = [
        sandbox.call("PATCH", f"{RECORDS}/R", {"QuantityAvailable": quantity}).body["LastUpdated"]
        for quantity in (0, 1)
    ]
    assert dates == ["2020-01-01T00:00:00+00:00", "2024-05-01T00:00:00+00:00"]
