"""Writing products and price schedules to the sandbox, over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_world import control, errors, running, signed_in

from localdev.sandbox.process import SandboxProcess

PRODUCT: dict[str, Any] = {
    "OwnerID": "SANDBOX",
    "DefaultPriceScheduleID": None,
    "AutoForward": False,
    "Description": None,
    "QuantityMultiplier": 1,
    "ShipWeight": None,
    "ShipHeight": None,
    "ShipWidth": None,
    "ShipLength": None,
    "Active": False,
    "SpecCount": 0,
    "VariantCount": 0,
    "ShipFromAddressID": None,
    "Inventory": None,
    "DefaultSupplierID": None,
    "AllSuppliersCanSell": False,
    "Returnable": False,
    "xp": None,
    "ParentID": None,
    "IsParent": False,
    "IsBundle": False,
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running(tmp_path_factory.mktemp("writes") / "state") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def seller(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with signed_in(sandbox, "seller") as client:
        yield client


def product(seller: httpx.Client, product_id: str, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = seller.post("/products", json={"ID": product_id, "Name": "n", **fields}).json()
    return body


def test_a_created_product_is_answered_whole(seller: httpx.Client) -> None:
    answer = seller.post("/products", json={"ID": "Whole", "Name": "n", "SpecCount": 7, "Colour": "red"})
    body = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/products/Whole")
    assert body.pop("DateCreated").endswith("+00:00")
    assert body == {**PRODUCT, "ID": "Whole", "Name": "n"}
    assert seller.get("/products/Whole").json() == answer.json()


def test_an_omitted_id_becomes_a_guid_of_22_characters(seller: httpx.Client) -> None:
    created = seller.post("/products", json={"Name": "n"}).json()["ID"]
    assert len(created) == 22
    assert seller.get(f"/products/{created}").status_code == 200


def test_a_taken_id_is_a_conflict_in_any_case_and_the_record_keeps_its_own(seller: httpx.Client) -> None:
    product(seller, "Taken", Description="first")
    answer = seller.post("/products", json={"ID": "TAKEN", "Name": "second"})
    assert errors(answer) == (409, [("IdExists", {"ObjectType": "Product", "ObjectID": "TAKEN"})])
    kept = seller.get("/products/tAKEN").json()
    assert (kept["ID"], kept["Description"]) == ("Taken", "first")


def test_every_error_of_a_body_is_listed(seller: httpx.Client) -> None:
    answer = seller.post("/products", json={"ID": "no good", "QuantityMultiplier": 0, "Inventory": {"Enabled": "yes"}})
    fields = ["ID", "Name", "QuantityMultiplier", "Inventory.Enabled"]
    assert errors(answer) == (400, [("ValidationFailure", {"Field": field}) for field in fields])


@pytest.mark.parametrize("verb", ["GET", "PATCH", "DELETE"])
def test_what_is_not_there_is_not_found(seller: httpx.Client, verb: str) -> None:
    answer = seller.request(verb, "/products/Absent", json=None if verb != "PATCH" else {"Name": 5})
    assert errors(answer) == (404, [("NotFound", {"ObjectType": "Product", "ObjectID": "Absent"})])


@pytest.mark.parametrize(
    ("field", "object_type"),
    [("DefaultPriceScheduleID", "PriceSchedule"), ("DefaultSupplierID", "Supplier"), ("ParentID", "Product")],
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_a_reference_to_nothing_is_not_found_by_its_own_type(
    seller: httpx.Client, verb: str, field: str, object_type: str
) -> None:
    target = f"Refers-{verb}-{field}"
    if verb == "PATCH":
        product(seller, target)
    path = "/products" if verb == "POST" else f"/products/{target}"
    answer = seller.request(verb, path, json={"ID": target, "Name": "n", field: "Nothing"})
    assert errors(answer) == (404, [("NotFound", {"ObjectType": object_type, "ObjectID": "Nothing"})])
    if verb != "PATCH":
        assert seller.get(f"/products/{target}").status_code == 404


def test_put_creates_and_then_replaces_everything_but_what_the_server_keeps(seller: httpx.Client) -> None:
    created = seller.put("/products/Put", json={"Name": "a", "Description": "d", "Active": True, "xp": {"a": 1}})
    replaced = seller.put("/products/PUT", json={"Name": "b", "xp": {"b": 2}, "DateCreated": "2000-01-01"})
    assert (created.status_code, replaced.status_code) == (200, 200)
    expected = {**PRODUCT, "ID": "Put", "Name": "b", "xp": {"b": 2}, "DateCreated": created.json()["DateCreated"]}
    assert replaced.json() == expected
    assert errors(seller.put("/products/Put", json={})) == (400, [("ValidationFailure", {"Field": "Name"})])


def test_a_put_to_an_impossible_id_is_invalid(seller: httpx.Client) -> None:
    answer = seller.put("/products/a%20b%2Fc", json={"Name": "n"})
    assert errors(answer) == (400, [("ValidationFailure", {"Field": "ID"})])


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_another_id_in_the_body_renames(seller: httpx.Client, verb: str) -> None:
    product(seller, f"Old{verb}")
    answer = seller.request(verb, f"/products/Old{verb}", json={"ID": f"New{verb}", "Name": "n"})
    assert (answer.status_code, answer.json()["ID"]) == (200, f"New{verb}")
    assert seller.get(f"/products/Old{verb}").status_code == 404
    assert seller.get(f"/products/New{verb}").status_code == 200
    product(seller, f"Old{verb}")
    taken = seller.request(verb, f"/products/Old{verb}", json={"ID": f"New{verb}", "Name": "n"})
    assert errors(taken) == (409, [("IdExists", {"ObjectType": "Product", "ObjectID": f"New{verb}"})])


def test_the_case_of_an_id_can_be_changed(seller: httpx.Client) -> None:
    product(seller, "lower")
    assert seller.patch("/products/LOWER", json={"ID": "Lower"}).json()["ID"] == "Lower"


def test_patch_changes_what_is_sent(seller: httpx.Client) -> None:
    before = product(seller, "Patch", Description="d", xp={"a": {"x": 1}, "b": 1}, Inventory={"QuantityAvailable": 4})
    changes = {"Description": None, "xp": {"a": {"y": 2}, "c": None}, "Inventory": {"Enabled": True}}
    after = seller.patch("/products/Patch", json=changes).json()
    expected = {"Description": None, "xp": {"a": {"y": 2}, "b": 1, "c": None}}
    assert after == {**before, **expected, "Inventory": {**before["Inventory"], "Enabled": True}}
    assert seller.patch("/products/Patch", json={"xp": None}).json()["xp"] is None
    assert errors(seller.patch("/products/Patch", json={"Active": None})) == (
        400,
        [("ValidationFailure", {"Field": "Active"})],
    )


def test_xp_may_not_grow_too_long_by_patches(seller: httpx.Client) -> None:
    product(seller, "Grow", xp={"a": "x" * 5000})
    assert errors(seller.patch("/products/Grow", json={"xp": {"b": "x" * 5000}}))[0] == 400
    assert list(seller.get("/products/Grow").json()["xp"]) == ["a"]


def test_xp_merges_deep_when_the_sandbox_is_told_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("deep") / "state"
    with running(state, "--xp-merge", "deep") as sandbox, signed_in(sandbox, "seller") as seller:
        product(seller, "Deep", xp={"a": {"x": 1}})
        assert seller.patch("/products/Deep", json={"xp": {"a": {"y": 2}}}).json()["xp"] == {"a": {"x": 1, "y": 2}}


def test_deleted_is_gone(seller: httpx.Client) -> None:
    product(seller, "Gone")
    answer = seller.delete("/products/gone")
    assert (answer.status_code, answer.content) == (204, b"")
    assert seller.get("/products/Gone").status_code == 404


def test_a_product_follows_its_price_schedule_through_rename_and_delete(seller: httpx.Client) -> None:
    seller.post("/priceschedules", json={"ID": "Followed", "Name": "n"})
    followed = product(seller, "Follows", DefaultPriceScheduleID="FOLLOWED")
    seller.patch("/priceschedules/followed", json={"ID": "Renamed"})
    renamed = seller.get("/products/Follows").json()
    seller.delete("/priceschedules/Renamed")
    cleared = seller.get("/products/Follows").json()
    references = [one["DefaultPriceScheduleID"] for one in (followed, renamed, cleared)]
    assert references == ["Followed", "Renamed", None]


def test_a_price_schedule_has_its_numbers_dates_and_breaks_in_ordercloud_form(seller: httpx.Client) -> None:
    body = {
        "ID": "Prices",
        "Name": "n",
        "SaleEnd": "2001-01-01T02:00:00.100+02:00",
        "PriceBreaks": [{"Quantity": 10, "Price": 1}, {"Quantity": 1, "Price": 2.50, "SalePrice": 2}],
    }
    answer = seller.post("/priceschedules", json=body)
    nothing = {"SubscriptionPrice": None, "BundlePrice": None}
    assert answer.json() == {
        "OwnerID": "SANDBOX",
        "ID": "Prices",
        "Name": "n",
        "ApplyTax": False,
        "ApplyShipping": False,
        "MinQuantity": 1,
        "MaxQuantity": None,
        "UseCumulativeQuantity": False,
        "RestrictedQuantity": False,
        "PriceBreaks": [
            {"Quantity": 1, "Price": 2.5, "SalePrice": 2.0, **nothing},
            {"Quantity": 10, "Price": 1.0, "SalePrice": None, **nothing},
        ],
        "Currency": None,
        "SaleStart": None,
        "SaleEnd": "2001-01-01T00:00:00.1+00:00",
        "IsOnSale": False,
        "xp": None,
    }


def test_price_schedules_are_checked_as_a_whole(seller: httpx.Client) -> None:
    breaks = [{"Quantity": 1, "Price": 1}, {"Quantity": 1, "Price": 2}]
    answer = seller.post(
        "/priceschedules", json={"Name": "n", "PriceBreaks": breaks, "MinQuantity": 5, "MaxQuantity": 4}
    )
    assert errors(answer) == (
        400,
        [
            ("PriceSchedule.DuplicatePriceBreaks", {"Field": "PriceBreaks"}),
            ("ValidationFailure", {"Field": "MaxQuantity"}),
        ],
    )


def test_price_breaks_can_be_written_singly(seller: httpx.Client) -> None:
    seller.post("/priceschedules", json={"ID": "Breaks", "Name": "n", "PriceBreaks": [{"Quantity": 5, "Price": 5}]})

    def prices(answer: httpx.Response) -> dict[int, float]:
        return {one["Quantity"]: one["Price"] for one in answer.json()["PriceBreaks"]}

    added = seller.post("/priceschedules/breaks/pricebreaks", json={"Quantity": 1, "Price": 6})
    replaced = seller.post("/priceschedules/Breaks/PriceBreaks", json={"Quantity": 5, "Price": 4})
    removed = seller.delete("/priceschedules/Breaks/PriceBreaks", params={"quantity": 1})
    assert (added.status_code, prices(added)) == (201, {1: 6.0, 5: 5.0})
    assert (replaced.status_code, prices(replaced)) == (201, {1: 6.0, 5: 4.0})
    assert (removed.status_code, prices(seller.get("/priceschedules/Breaks"))) == (204, {5: 4.0})
    absent = seller.delete("/priceschedules/Breaks/PriceBreaks", params={"quantity": 1})
    assert errors(absent) == (404, [("NotFound", {"ObjectType": "PriceBreak", "ObjectID": "1"})])
    assert errors(seller.delete("/priceschedules/Breaks/PriceBreaks"))[0] == 400
    assert errors(seller.post("/priceschedules/Breaks/PriceBreaks", json={"Quantity": 1}))[0] == 400


def test_texts_come_back_as_they_were_sent(seller: httpx.Client) -> None:
    text = "NUL \0, snow ☃, balloon 🎈, quote ' \" \\, é, \u2028"
    created = product(seller, "Texts", Description=text, xp={text: [text]})
    assert (created["Description"], created["xp"]) == (text, {text: [text]})
    found = seller.get("/products", params={"Description": text}).json()
    assert [one["ID"] for one in found["Items"]] == ["Texts"]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "Request.InvalidRequestBody"),
        (b"[]", "application/json", 400, "Request.InvalidRequestBody"),
        (b"", "application/json", 400, "Request.InvalidRequestBody"),
        (b"[" * 200_000, "application/json", 400, "Request.InvalidRequestBody"),
        (b'{"Name": "\\udfff"}', "application/json", 400, "Request.InvalidRequestBody"),
        (b'{"Name": "n"}', "text/plain", 400, "Request.InvalidContentType"),
        (b" " * (10 * 1024 * 1024 + 1), "application/json", 413, "Request.BodyTooLarge"),
    ],
    ids=["broken", "no object", "empty", "too deep", "half a pair", "another type", "too large"],
)
def test_an_unreadable_body_is_refused(
    seller: httpx.Client, content: bytes, content_type: str, status: int, code: str
) -> None:
    answer = seller.post("/products", content=content, headers={"Content-Type": content_type})
    assert (answer.status_code, [one["ErrorCode"] for one in answer.json()["Errors"]]) == (status, [code])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NotFound"),
        ("GET", "/products/a/b/c/d", 404, "NotFound"),
        ("DELETE", "/products", 405, "Request.MethodNotAllowed"),
        ("POST", "/products/x", 405, "Request.MethodNotAllowed"),
        ("GET", "/buyerusers", 501, "Sandbox.NotImplemented"),
        ("GET", "/products?catalogID=x", 501, "Sandbox.NotImplemented"),
    ],
)
def test_what_the_sandbox_has_not_is_said_plainly(
    seller: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = seller.request(method, path)
    assert (answer.status_code, [one["ErrorCode"] for one in answer.json()["Errors"]]) == (status, [code])


def test_lists_answer_over_http(seller: httpx.Client) -> None:
    for number in range(3):
        product(seller, f"List-{number}", xp={"list": {"n": number}})
    page = seller.get("/products?xp.list.n=>0&xp.list.n=<9&sortBy=!ID&pageSize=1").json()
    assert [one["ID"] for one in page["Items"]] == ["List-2"]
    assert page["Meta"] == {
        "Page": 1, "PageSize": 1, "TotalCount": 2, "TotalPages": 2, "ItemRange": [1, 1], "NextPageKey": "p2",
    }  # fmt: skip
    assert errors(seller.get("/products?pageSize=101"))[1][0][0] == "List.InvalidPageSize"


def test_a_supplier_keeps_to_its_own(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    product(seller, "Sellers")
    product(seller, "Shared", AllSuppliersCanSell=True)
    product(seller, "Acmes-default", DefaultSupplierID="ACME")
    with signed_in(sandbox, "acme") as acme, signed_in(sandbox, "globex") as globex:
        assert product(acme, "Acmes", OwnerID="SANDBOX")["OwnerID"] == "Acme"
        taken = acme.post("/products", json={"ID": "Sellers", "Name": "n"})
        assert errors(taken) == (409, [("IdExists", {"ObjectType": "Product", "ObjectID": "Sellers"})])
        names = ("Sellers", "Shared", "Acmes-default", "Acmes")
        seen = [[one.get(f"/products/{name}").status_code for name in names] for one in (acme, globex)]
        assert seen == [[404, 200, 200, 200], [404, 200, 404, 404]]
        listed = [[one["ID"] for one in client.get("/products").json()["Items"]] for client in (acme, globex)]
        assert listed == [["Acmes", "Acmes-default", "Shared"], ["Shared"]]
        for name in ("Sellers", "Shared", "Acmes-default"):
            writes = [
                acme.put(f"/products/{name}", json={"Name": "n"}),
                acme.patch(f"/products/{name}", json={}),
                acme.delete(f"/products/{name}"),
            ]
            missing = (404, [("NotFound", {"ObjectType": "Product", "ObjectID": name})])
            assert [errors(answer) for answer in writes] == [missing] * 3
        assert acme.patch("/products/Acmes", json={"Name": "m"}).status_code == 200
    assert seller.delete("/products/Acmes").status_code == 204


def test_a_supplier_refers_only_to_price_schedules_it_can_see(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    seller.post("/priceschedules", json={"ID": "Sellers-prices", "Name": "n"})
    with signed_in(sandbox, "acme") as acme:
        acme.post("/priceschedules", json={"ID": "Acmes-prices", "Name": "n"})
        body = {"ID": "Priced", "Name": "n", "DefaultPriceScheduleID": "Sellers-prices"}
        missing = {"ObjectType": "PriceSchedule", "ObjectID": "Sellers-prices"}
        assert errors(acme.post("/products", json=body)) == (404, [("NotFound", missing)])
        assert acme.post("/products", json={**body, "DefaultPriceScheduleID": "acmes-prices"}).status_code == 201


def test_a_change_behind_our_back_is_seen_and_not_in_the_journal(sandbox: SandboxProcess, seller: httpx.Client) -> None:
    product(seller, "Behind", Description="d", xp={"a": 1, "b": 1})
    last = control(sandbox, "GET", "/journal")["Items"][-1]["n"]
    control(sandbox, "PUT", "/state/products/behind", {"Name": "m", "xp": {"a": 2}})
    changed = seller.get("/products/Behind").json()
    assert {key: changed[key] for key in ("ID", "Name", "Description", "xp")} == {
        "ID": "Behind", "Name": "m", "Description": "d", "xp": {"a": 2},
    }  # fmt: skip
    control(sandbox, "DELETE", "/state/products/Behind")
    assert seller.get("/products/Behind").status_code == 404
    journal = control(sandbox, "GET", f"/journal?after={last}")["Items"]
    assert [(call["method"], call["status"]) for call in journal] == [("GET", 200), ("GET", 404)]
