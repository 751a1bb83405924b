"""What OrderCloud does beyond plain records: buyers, users and addresses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import Sandbox, missing, opened

USER = {"Username": "u", "FirstName": "f", "LastName": "l", "Email": "e@x.test", "Active": True}
ADDRESS = {"Street1": "s", "City": "c", "Country": "DE"}
TAKEN = (409, [("User.UsernameMustBeUnique", {"Field": "Username"})])


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        sandbox.post("/suppliers", {"ID": "Acme", "Name": "n"})
        sandbox.post("/buyers", {"ID": "Shop", "Name": "The Shop"}, {"ID": "Other", "Name": "n"})
        yield sandbox


def assignments(sandbox: Sandbox) -> list[tuple[str, str, bool]]:
    listed = sandbox.items("/catalogs/assignments?buyerID=Shop")
    return [(one["CatalogID"], one["BuyerID"], one["ViewAllProducts"]) for one in listed]


def test_a_buyer_comes_with_a_catalog_and_leaves_it_behind(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/buyers/Shop").body["DefaultCatalogID"] == "Shop"
    catalog = sandbox.call("GET", "/catalogs/Shop").body
    assert catalog == {
        "ID": "Shop",
        "OwnerID": "SANDBOX",
        "Name": "The Shop",
        "Description": "Default catalog for The Shop",
        "Active": True,
        "CategoryCount": 0,
        "xp": None,
    }
    assert assignments(sandbox) == [("Shop", "Shop", True)]
    sandbox.call("DELETE", "/buyers/Shop")
    assert sandbox.call("GET", "/catalogs/Shop").body == catalog
    refused = sandbox.refusal("POST", "/buyers", {"ID": "Shop", "Name": "again"})
    assert refused == (400, [("Buyer.DefaultCatalogAlreadyExists", {"CatalogID": "Shop"})])
    again = sandbox.call("PUT", "/buyers/Shop", {"Name": "again", "DefaultCatalogID": "shop"})
    assert again.body["DefaultCatalogID"] == "Shop"


def test_a_buyers_default_catalog_is_assigned_to_it_and_follows_the_catalog(sandbox: Sandbox) -> None:
    assert sandbox.refusal("PATCH", "/buyers/Shop", {"DefaultCatalogID": "No"}) == missing("Catalog", "No")
    sandbox.post("/catalogs", {"ID": "Main", "Name": "n"})
    sandbox.post("/catalogs/assignments", {"CatalogID": "Shop", "BuyerID": "Shop"})
    sandbox.call("PATCH", "/buyers/Shop", {"DefaultCatalogID": "Main"})
    sandbox.call("PATCH", "/buyers/Shop", {"DefaultCatalogID": "Shop"})
    assert assignments(sandbox) == [("Main", "Shop", True), ("Shop", "Shop", False)]
    sandbox.call("PATCH", "/catalogs/Shop", {"ID": "Store"})
    assert sandbox.call("GET", "/buyers/Shop").body["DefaultCatalogID"] == "Store"


@pytest.mark.parametrize("path", ["/buyers/Shop/users", "/buyers/Other/users", "/suppliers/Acme/users"])
@pytest.mark.parametrize("username", ["Ümit", "ÜMIT"])
def test_a_username_is_there_once_in_all_organisations(sandbox: Sandbox, path: str, username: str) -> None:
    sandbox.post("/buyers/Shop/users", {**USER, "ID": "First", "Username": "ÜmiT"})
    assert sandbox.refusal("POST", path, {**USER, "ID": "Second", "Username": username}) == TAKEN
    sandbox.post(path, {**USER, "ID": "Second"})
    assert sandbox.refusal("PATCH", f"{path}/Second", {"Username": username}) == TAKEN
    assert sandbox.call("PATCH", f"{path}/Second", {"ID": "Third", "Username": "U"}).status == 200


def test_the_users_of_api_clients_have_their_names_too_and_stay(sandbox: Sandbox) -> None:
    user = {"ID": "Bot", "Username": "bot", "UserType": "buyer", "SupplierID": None, "BuyerID": "Shop"}
    sandbox.store.put_client({"client_id": "B", "user": user})
    assert sandbox.refusal("POST", "/suppliers/Acme/users", {**USER, "ID": "Bot", "Username": "bot"}) == TAKEN
    sandbox.post("/buyers/Shop/users", {**USER, "ID": "Bot", "Username": "bot"})
    refused = sandbox.refusal("DELETE", "/buyers/Shop/users/bot")
    assert refused == (400, [("User.CannotDeleteDefaultContextUser", None)])


def test_a_password_is_kept_unless_it_is_sent(sandbox: Sandbox) -> None:
    def kept() -> tuple[Any, Any]:
        user = sandbox.store.get("buyers/users", "Shop", "U") or {}
        return user["Password"], user["PasswordLastSetDate"]

    sandbox.post("/buyers/Shop/users", {**USER, "ID": "U"})
    without = kept()
    shown = sandbox.call("PATCH", "/buyers/Shop/users/U", {"Password": "one"}).body
    first = kept()
    sandbox.call("PUT", "/buyers/Shop/users/U", USER)
    assert (without, kept(), "Password" in shown) == ((None, None), first, False)
    sandbox.call("PUT", "/buyers/Shop/users/U", {**USER, "Password": "two"})
    assert (first[0] in {None, "one"}, kept()[0] == first[0]) == (False, False)
    assert first[1] == "2024-05-01T00:00:00+00:00"


@pytest.mark.parametrize("path", ["/addresses", "/buyers/Shop/addresses", "/suppliers/Acme/addresses"])
@pytest.mark.parametrize(
    ("fields", "wanting"),
    [
        pytest.param({"Country": "DE"}, [], id="elsewhere"),
        pytest.param({"Country": "us"}, ["State", "Zip"], id="US"),
        pytest.param({"Country": "CA", "State": " ", "Zip": "1"}, ["State"], id="CA"),
        pytest.param({"Country": "US", "State": "MN", "Zip": "1"}, [], id="complete"),
    ],
)
def test_some_countries_need_state_and_zip(
    sandbox: Sandbox, path: str, fields: dict[str, str], wanting: list[str]
) -> None:
    sandbox.post(path, {**ADDRESS, "ID": "A"})
    if wanting:
        expected = (400, [("ValidationFailure", {"Field": field}) for field in wanting])
        assert sandbox.refusal("PATCH", f"{path}/A", fields) == expected
        assert sandbox.refusal("POST", path, {**ADDRESS, **fields}) == expected
    else:
        assert sandbox.call("PATCH", f"{path}/A", fields).status == 200
