"""Every plain resource of the sandbox: it can be created, read, listed, replaced, patched, renamed and deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import ACME, GLOBEX, SHOPPER, Sandbox, missing, opened

ADDRESS = {"Street1": "s", "City": "c", "Country": "DE"}
USER = {"Username": "u", "FirstName": "f", "LastName": "l", "Email": "e@x.test", "Active": True}
NOW = "2024-05-01T00:00:00+00:00"
NULL_USER: dict[str, Any] = {
    "Phone": None,
    "TermsAccepted": None,
    "AvailableRoles": [],
    "Locale": None,
    "FailedLoginAttempts": 0,
}
DATED_USER = {"DateCreated": NOW, "LastActive": None, "PasswordLastSetDate": None, "xp": None}
WHOLE_ADDRESS = {
    **dict.fromkeys(("CompanyName", "FirstName", "LastName", "Street2", "State", "Zip", "Phone", "AddressName", "xp")),
    **ADDRESS,
    "DateCreated": NOW,
}
DESCRIBED = {"Name": "n", "Description": None, "xp": None}
INVENTORY = {"AllowAllBuyers": True, "NotificationPoint": None, "OrderCanExceed": False, "QuantityAvailable": 0}
WHOLE_RECORD = {**INVENTORY, "OwnerID": "SANDBOX", "AddressID": "Dock", "LastUpdated": NOW, "xp": None}
DOCK = {**WHOLE_ADDRESS, "ID": "Dock"}

# Collection, what a POST needs, and what comes back beside the ID.
PLAIN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "/specs",
        {"Name": "n"},
        {
            "OwnerID": "SANDBOX",
            "ListOrder": 0,
            "Name": "n",
            "DefaultValue": None,
            "Required": False,
            "AllowOpenText": False,
            "DefaultOptionID": None,
            "DefinesVariant": False,
            "OptionCount": 0,
            "Options": [],
            "xp": None,
        },
    ),
    (
        "/specs/Size/options",
        {"Value": "v"},
        {
            "Value": "v",
            "ListOrder": 0,
            "IsOpenText": False,
            "PriceMarkupType": None,
            "PriceMarkup": None,
            "xp": None,
        },
    ),
    ("/productfacets", {"Name": "n"}, {"Name": "n", "XpPath": None, "ListOrder": 0, "MinCount": 1, "xp": None}),
    ("/catalogs", {"Name": "n"}, {"OwnerID": "SANDBOX", "Active": False, "CategoryCount": 0, **DESCRIBED}),
    (
        "/catalogs/Main/categories",
        {"Name": "n"},
        {"ListOrder": None, "Active": False, "ParentID": None, "ChildCount": 0, **DESCRIBED},
    ),
    ("/products/Shirt/inventoryrecords", {"AddressID": "Dock"}, {**WHOLE_RECORD, "Address": DOCK}),
    ("/products/Cap/variants/Red/inventoryrecords", {"AddressID": "Dock"}, {**WHOLE_RECORD, "Address": DOCK}),
    (
        "/suppliers",
        {"Name": "n"},
        {"Name": "n", "Active": False, "AllBuyersCanOrder": False, "DateCreated": NOW, "xp": None},
    ),
    ("/suppliers/Acme/users", USER, {"CompanyID": "Acme", **USER, **NULL_USER, **DATED_USER}),
    ("/suppliers/Acme/addresses", ADDRESS, WHOLE_ADDRESS),
    ("/addresses", ADDRESS, WHOLE_ADDRESS),
    (
        "/buyers",
        {"Name": "n", "DefaultCatalogID": "Main"},
        {"Name": "n", "GroupID": None, "DefaultCatalogID": "Main", "Active": False, "DateCreated": NOW, "xp": None},
    ),
    ("/buyers/Shop/users", USER, {"CompanyID": "Shop", **USER, **NULL_USER, **DATED_USER}),
    ("/buyers/Shop/usergroups", {"Name": "n"}, DESCRIBED),
    ("/buyers/Shop/addresses", ADDRESS, WHOLE_ADDRESS),
    ("/buyers/Shop/costcenters", {"Name": "n"}, DESCRIBED),
]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        sandbox.post("/suppliers", {"ID": "Acme", "Name": "n"}, {"ID": "Globex", "Name": "n"})
        sandbox.post("/buyers", {"ID": "Shop", "Name": "n"}, {"ID": "Other", "Name": "n"})
        sandbox.post("/specs", {"ID": "Size", "Name": "n"})
        sandbox.post("/catalogs", {"ID": "Main", "Name": "n"})
        sandbox.post("/addresses", {"ID": "Dock", **ADDRESS})
        sandbox.post("/products", {"ID": "Shirt", "Name": "n", "Inventory": {}})
        sandbox.post("/products", {"ID": "Cap", "Name": "n", "Inventory": {"VariantLevelTracking": True}})
        sandbox.store.put("products/variants", "Cap", {"ID": "Red", "Specs": [], "Inventory": None})
        yield sandbox


@pytest.mark.parametrize(("path", "body", "whole"), PLAIN, ids=[path for path, _, _ in PLAIN])
def test_a_record_is_created_whole_and_can_be_changed_renamed_and_deleted(
    sandbox: Sandbox, path: str, body: dict[str, Any], whole: dict[str, Any]
) -> None:
    created = sandbox.call("POST", path, {"ID": "New", **body})
    assert (created.status, created.body) == (201, {"ID": "New", **whole})
    assert sandbox.call("GET", f"{path}/new".lower()).body == created.body
    assert created.body in sandbox.items(f"{path}?ID=NEW")
    assert sandbox.call("PUT", f"{path}/New", body).body == created.body
    patched = sandbox.call("PATCH", f"{path}/New", {"ID": "Newer", "xp": {"a": 1}})
    assert patched.body == {"ID": "Newer", **whole, "xp": {"a": 1}}
    assert sandbox.refusal("GET", f"{path}/New")[0] == 404
    assert sandbox.call("PUT", f"{path}/Newer", {"ID": "New", **body}).body == created.body
    assert sandbox.call("DELETE", f"{path}/New").status == 204
    assert sandbox.refusal("DELETE", f"{path}/New")[0] == 404


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path, body, _ in PLAIN], ids=[path for path, _, _ in PLAIN]
)
def test_a_record_needs_its_required_fields(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    required = [name for name in body if name != "DefaultCatalogID"]
    found = sandbox.refusal("POST", path, {})
    assert (found[0], {data["Field"] for _, data in found[1]}) == (400, set(required))


@pytest.mark.parametrize(
    ("path", "model", "above"),
    [
        ("/specs/None/options", "Spec", "None"),
        ("/catalogs/None/categories", "Catalog", "None"),
        ("/products/None/inventoryrecords", "Product", "None"),
        ("/products/Cap/variants/None/inventoryrecords", "Variant", "None"),
        ("/suppliers/None/users", "Supplier", "None"),
        ("/suppliers/None/addresses", "Supplier", "None"),
        ("/buyers/None/users", "Buyer", "None"),
        ("/buyers/None/costcenters", "Buyer", "None"),
    ],
)
def test_what_lies_below_nothing_is_not_found(sandbox: Sandbox, path: str, model: str, above: str) -> None:
    assert sandbox.refusal("GET", path) == missing(model, above)


NOT_AUTHORISED = (403, [("Auth.UserNotAuthorizedToAdmin", None)])


def test_a_buyers_user_keeps_to_its_own_buyer(sandbox: Sandbox) -> None:
    assert [one["ID"] for one in sandbox.items("/buyers", by=SHOPPER)] == ["Shop"]
    assert sandbox.call("POST", "/buyers/shop/costcenters", {"Name": "n"}, by=SHOPPER).status == 201
    for method, path in (
        ("GET", "/buyers/Other"),
        ("DELETE", "/buyers/Other"),
        ("GET", "/buyers/Other/users"),
        ("POST", "/buyers/Other/addresses"),
        ("PATCH", "/buyers/Other/usergroups/G"),
    ):
        assert sandbox.refusal(method, path, by=SHOPPER) == missing("Buyer", "Other")
    for method, path in (("POST", "/buyers"), ("PUT", "/buyers/New"), ("GET", "/suppliers"), ("GET", "/addresses")):
        assert sandbox.refusal(method, path, {"Name": "n"}, by=SHOPPER) == NOT_AUTHORISED


def test_a_suppliers_user_keeps_to_its_own_supplier(sandbox: Sandbox) -> None:
    assert [one["ID"] for one in sandbox.items("/suppliers", by=ACME)] == ["Acme"]
    assert sandbox.call("PATCH", "/suppliers/Acme", {"Name": "m"}, by=ACME).body["Name"] == "m"
    assert sandbox.call("POST", "/suppliers/Acme/addresses", ADDRESS, by=ACME).status == 201
    for method, path in (
        ("GET", "/suppliers/Globex"),
        ("PUT", "/suppliers/Globex"),
        ("GET", "/suppliers/Globex/users"),
        ("POST", "/suppliers/Globex/addresses"),
    ):
        assert sandbox.refusal(method, path, {"Name": "n"}, by=ACME) == missing("Supplier", "Globex")
    for path in ("/suppliers", "/buyers", "/addresses", "/productfacets", "/buyers/Shop/users"):
        assert sandbox.refusal("POST", path, {"Name": "n"}, by=ACME) == NOT_AUTHORISED


@pytest.mark.parametrize(
    ("path", "below", "model"),
    [("/specs", "/options", "Spec"), ("/catalogs", "/categories", "Catalog")],
    ids=["specs", "catalogs"],
)
def test_a_suppliers_user_reaches_what_it_owns_and_what_is_below(
    sandbox: Sandbox, path: str, below: str, model: str
) -> None:
    created = sandbox.call("POST", path, {"ID": "Mine", "Name": "n"}, by=ACME).body
    assert created["OwnerID"] == "Acme"
    assert sandbox.call("GET", f"{path}/Mine{below}", by=ACME).status == 200
    assert [one["ID"] for one in sandbox.items(path, by=ACME)] == ["Mine"]
    assert sandbox.refusal("GET", f"{path}/Mine{below}", by=GLOBEX) == missing(model, "Mine")
    assert sandbox.refusal("GET", path, by=SHOPPER) == NOT_AUTHORISED


def test_what_lies_below_a_shared_product_can_be_read_and_not_changed(sandbox: Sandbox) -> None:
    sandbox.call("PATCH", "/products/Cap", {"AllSuppliersCanSell": True})
    assert sandbox.call("GET", "/products/Cap/variants/Red", by=ACME).status == 200
    assert sandbox.refusal("PATCH", "/products/Cap/variants/Red", {}, by=ACME) == missing("Product", "Cap")


def test_renaming_a_supplier_keeps_what_it_owns_and_who_acts_for_it(sandbox: Sandbox) -> None:
    user = {"ID": "U", "Username": "acme", "UserType": "supplier", "SupplierID": "Acme", "BuyerID": None}
    sandbox.store.put_client({"client_id": "A", "user": user})
    sandbox.post("/suppliers/Acme/addresses", {"ID": "Shed", **ADDRESS})
    sandbox.post("/products", {"ID": "P", "Name": "n", "OwnerID": "Acme", "ShipFromAddressID": "Shed"})
    sandbox.call("PATCH", "/suppliers/Acme", {"ID": "Apex"})
    product = sandbox.call("GET", "/products/P").body
    assert (product["OwnerID"], product["ShipFromAddressID"]) == ("Apex", "Shed")
    sandbox.call("PATCH", "/suppliers/Apex/addresses/Shed", {"ID": "Barn"})
    assert sandbox.call("GET", "/products/P").body["ShipFromAddressID"] == "Barn"
    client = sandbox.store.client("A")
    assert client is not None
    assert client["user"]["SupplierID"] == "Apex"


def test_deleting_a_supplier_clears_what_refers_to_it_and_to_its_addresses(sandbox: Sandbox) -> None:
    sandbox.post("/suppliers/Acme/addresses", {"ID": "Shed", **ADDRESS})
    sandbox.post("/products", {"ID": "P", "Name": "n", "DefaultSupplierID": "Acme", "ShipFromAddressID": "Shed"})
    sandbox.call("DELETE", "/suppliers/Acme")
    product = sandbox.call("GET", "/products/P").body
    assert (product["DefaultSupplierID"], product["ShipFromAddressID"]) == (None, None)
