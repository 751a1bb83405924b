"""Assignments and variants of the sandbox, over HTTP: what a unit test cannot see of them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_world import control, errors, running, signed_in

from localdev.sandbox.process import SandboxProcess

BREAKS = [{"Quantity": 1, "Price": 2}]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running(tmp_path_factory.mktemp("assignments") / "state") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def seller(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with signed_in(sandbox, "seller") as client:
        yield client


def post(client: httpx.Client, path: str, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        answer = client.post(path, json=body)
        assert answer.status_code in {201, 204}, answer.text


@pytest.fixture(scope="module")
def shirt(seller: httpx.Client) -> str:
    """Give a product with two specs of two options each."""
    post(seller, "/products", {"ID": "Shirt", "Name": "n"})
    for spec, options in (("Size", "SL"), ("Cut", "AB")):
        post(seller, "/specs", {"ID": spec, "Name": spec, "Required": True, "DefinesVariant": True})
        post(seller, f"/specs/{spec}/options", *({"ID": option, "Value": option} for option in options))
        post(seller, "/specs/productassignments", {"SpecID": spec, "ProductID": "Shirt"})
    return "Shirt"


def test_an_assignment_is_posted_without_an_answer_listed_and_deleted(
    sandbox: SandboxProcess, seller: httpx.Client
) -> None:
    post(seller, "/products", {"ID": "Mug", "Name": "n"})
    post(seller, "/priceschedules", {"ID": "Mug", "Name": "n", "PriceBreaks": BREAKS})
    posted = {"ProductID": "Mug", "BuyerID": "Shop", "PriceScheduleID": "Mug"}
    answer = seller.post("/products/assignments", json=posted)
    assert (answer.status_code, answer.content) == (204, b"")
    kept = {"SellerID": None, **posted, "UserGroupID": None}
    page = seller.get("/products/assignments", params={"productID": "mug", "level": "Company", "pageSize": 100}).json()
    assert (page["Items"], page["Meta"]["TotalCount"]) == ([kept], 1)
    assert control(sandbox, "GET", "/state")["products/assignments"] == {"Mug/Shop": kept}
    assert seller.delete("/products/Mug/assignments/shop").status_code == 204
    again = seller.delete("/products/Mug/assignments/shop")
    assert errors(again) == (404, [("NotFound", {"ObjectType": "ProductAssignment", "ObjectID": "Mug/shop"})])


def test_only_who_may_assign_products_does(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    with signed_in(sandbox, "reader") as reader:
        assert reader.get("/products/assignments").status_code == 200
        status, [(code, _)] = errors(reader.post("/products/assignments", json={}))
    assert (status, code) == (403, "Auth.InsufficientRoles")
    with signed_in(sandbox, "acme") as acme:
        post(acme, "/products", {"ID": "Acme-Mug", "Name": "n"})
        post(acme, "/priceschedules", {"ID": "Acme-Mug", "Name": "n", "PriceBreaks": BREAKS})
        post(acme, "/products/assignments", {"ProductID": "Acme-Mug", "BuyerID": "Shop", "PriceScheduleID": "Acme-Mug"})
        assert [one["ProductID"] for one in acme.get("/products/assignments").json()["Items"]] == ["Acme-Mug"]
    with signed_in(sandbox, "globex") as globex:
        assert globex.get("/products/assignments").json()["Items"] == []
    assert seller.get("/products/assignments", params={"productID": "Acme-Mug"}).json()["Meta"]["TotalCount"] == 1


def test_a_new_buyer_comes_with_a_catalog_that_its_products_must_be_in(seller: httpx.Client) -> None:
    post(seller, "/buyers", {"ID": "Store", "Name": "n"})
    [assignment] = seller.get("/catalogs/assignments", params={"buyerID": "Store"}).json()["Items"]
    assert (assignment["CatalogID"], assignment["ViewAllProducts"]) == ("Store", True)
    post(seller, "/priceschedules", {"ID": "Hat", "Name": "n", "PriceBreaks": BREAKS})
    post(seller, "/products", {"ID": "Hat", "Name": "n", "DefaultPriceScheduleID": "Hat"})
    assigned = {"ProductID": "Hat", "BuyerID": "Store"}
    refused = seller.post("/products/assignments", json=assigned)
    assert errors(refused) == (400, [("Product.CannotAssignNotInBuyerCatalog", None)])
    post(seller, "/catalogs/productassignments", {"CatalogID": "Store", "ProductID": "Hat"})
    post(seller, "/products/assignments", assigned)


def test_variants_are_generated_without_a_body(sandbox: SandboxProcess, seller: httpx.Client, shirt: str) -> None:
    answer = seller.post(f"/products/{shirt}/variants/generate", params={"overwriteExisting": "true"})
    assert (answer.status_code, answer.json()["VariantCount"], answer.json()["SpecCount"]) == (201, 4, 2)
    assert seller.get(f"/products/{shirt}").json() == answer.json()
    listed = [one["ID"] for one in seller.get(f"/products/{shirt}/variants").json()["Items"]]
    assert listed == ["Shirt-A-L", "Shirt-A-S", "Shirt-B-L", "Shirt-B-S"]
    state = control(sandbox, "GET", "/state")
    assert set(state["products/variants"]) == {f"shirt/{variant}" for variant in listed}
    assert set(state["specs/productassignments"]) == {"Size/Shirt", "Cut/Shirt"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/products/Shirt/variants"), ("DELETE", "/products/Shirt/variants/Shirt-A-L")]
)
def test_variants_are_neither_posted_nor_deleted(seller: httpx.Client, method: str, path: str) -> None:
    assert seller.request(method, path).status_code == 405


def test_a_body_of_overrides_is_read_as_any_other(seller: httpx.Client, shirt: str) -> None:
    path = f"/products/{shirt}/variants/generate?overwriteExisting=true"
    status, [(code, _)] = errors(seller.post(path, content=b"{}"))
    assert (status, code) == (400, "Request.InvalidContentType")
    assert seller.post(path, json={"Active": False}).status_code == 201
    assert {one["Active"] for one in seller.get(f"/products/{shirt}/variants").json()["Items"]} == {False}


def test_a_variant_has_stock_of_its_own_that_moves_with_it(seller: httpx.Client, shirt: str) -> None:
    seller.post(f"/products/{shirt}/variants/generate", params={"overwriteExisting": "true"})
    seller.patch(f"/products/{shirt}", json={"Inventory": {"Enabled": True, "VariantLevelTracking": True}})
    post(seller, "/addresses", {"ID": "Dock", "Street1": "s", "City": "c", "State": "NY", "Zip": "1", "Country": "US"})
    records = f"/products/{shirt}/variants/Shirt-A-L/inventoryrecords"
    post(seller, records, {"ID": "R", "AddressID": "Dock", "QuantityAvailable": 5})
    assert seller.patch(f"/products/{shirt}/variants/Shirt-A-L", json={"ID": "SKU"}).status_code == 200
    moved = seller.get(f"/products/{shirt}/variants/SKU/inventoryrecords/R").json()
    assert moved["QuantityAvailable"] == 5
    gone = seller.get(records)
    assert errors(gone) == (404, [("NotFound", {"ObjectType": "Variant", "ObjectID": "Shirt-A-L"})])
