"""The check of calls against OrderCloud's API description: what it lets pass, and what it names."""

from typing import Any

import pytest
from openapi.schemas import answer_schema, fields_of
from openapi.validity import answer_breaches, request_breaches

type Json = dict[str, Any]

PRODUCT: Json = {
    "OwnerID": "acme",
    "DefaultPriceScheduleID": None,
    "AutoForward": False,
    "ID": "P1",
    "ParentID": None,
    "IsParent": False,
    "IsBundle": False,
    "Name": "Bike",
    "Description": None,
    "QuantityMultiplier": 1,
    "ShipWeight": 2.5,
    "ShipHeight": None,
    "ShipWidth": None,
    "ShipLength": None,
    "Active": True,
    "SpecCount": 0,
    "VariantCount": 0,
    "ShipFromAddressID": None,
    "Inventory": None,
    "DefaultSupplierID": None,
    "AllSuppliersCanSell": False,
    "Returnable": False,
    "DateCreated": "2024-05-01T08:00:00.123+00:00",
    "xp": {"Anything": [1, {"goes": None}]},
}
STOCK: Json = {
    "Enabled": True,
    "NotificationPoint": None,
    "VariantLevelTracking": False,
    "OrderCanExceed": False,
    "QuantityAvailable": 3,
    "LastUpdated": "2024-05-01T08:00:00+00:00",
}
META: Json = {"Page": 1, "PageSize": 20, "TotalCount": 1, "TotalPages": 1, "ItemRange": [1, 1], "NextPageKey": None}
PAGE: Json = {"Meta": META, "Items": [PRODUCT]}
NOT_FOUND: Json = {"ErrorCode": "NotFound", "Message": "Object not found.", "Data": None}
ASSIGNMENT: Json = {"ProductID": "P1", "BuyerID": "B1"}


def call(
    method: str, path: str, body: Any = None, *, query: str = "", status: int | None = 200, answer: Any = None
) -> Json:
    return {"method": method, "path": path, "query": query, "request": body, "status": status, "response": answer}


def read(answer: Json) -> Json:
    return call("GET", "/v1/products/P1", answer=answer)


REQUESTS = {
    "a POST": call("POST", "/v1/products", {"Name": "Bike", "Inventory": {"QuantityAvailable": 3}, "xp": {"a": 1}}),
    "a newer field": call("POST", "/v1/products", {"Name": "Bike", "ParentID": "P0", "IsParent": False}),
    "a PUT": call("PUT", "/v1/products/P1", {"Name": "Bike", "ShipWeight": None, "Inventory": None}),
    "a partial PATCH": call("PATCH", "/v1/products/P1", {"Inventory": {"Enabled": True}}),
    "a text that is cleared": call("PATCH", "/v1/products/P1", {"Description": None}),
    "a whole list": call("PATCH", "/v1/priceschedules/S", {"PriceBreaks": [{"Quantity": 1, "Price": 9.5}]}),
    "a date with its offset": call("PATCH", "/v1/priceschedules/S", {"SaleStart": "2024-05-01T08:00:00+02:00"}),
    "an enum": call("POST", "/v1/specs/S/options", {"Value": "Red", "PriceMarkupType": "Percentage"}),
    "a secret": call("POST", "/v1/buyers/B/users", {
        "Username": "u", "FirstName": "f", "LastName": "l", "Email": "e", "Active": True, "Password": "p",
    }),
    "an address without a state": call("POST", "/v1/addresses", {"Street1": "s", "City": "c", "Country": "NL"}),
    "a GET": call("GET", "/v1/products/P1"),
    "a DELETE with a query": call("DELETE", "/v1/products/P1/assignments/B1", query="userGroupID=G1"),
    "a list": call("GET", "/v1/products", query="page=2&pageSize=100&sortBy=!Name,ID&searchOn=Name&Name=a*&xp.a.b=1"),
    "either field": call("GET", "/v1/products", query="Name|ID=a"),
    "a page by its key": call("GET", "/v1/products", query="pageKey=p2"),
    "a flag in the query": call("POST", "/v1/products/P/variants/generate", query="overwriteExisting=true"),
    "a newer parameter": call("POST", "/v1/catalogs/C/categories", {"Name": "n"}, query="adjustListOrders=true"),
    "a body that an operation takes since": call("POST", "/v1/products/P/variants/generate", {"Active": False}),
    "a newer operation": call(
        "POST", "/v1/products/P/inventoryrecords/assignments", {"InventoryRecordID": "R", "BuyerID": "B"}
    ),
    "a word of the path that could be an ID": call("POST", "/v1/products/assignments", ASSIGNMENT),
    "an ID with an encoded character": call("GET", "/v1/products/a%20b"),
    "a part of a record that is refused": call("POST", "/v1/products", {"ID": "P1"}, status=409),
    "a part of a record whose answer is unknown": call("POST", "/v1/products", {"ID": "P1"}, status=None),
    "a form for a token": call("POST", "/oauth/token", {"grant_type": "client_credentials"}),
}  # fmt: skip


@pytest.mark.parametrize("entry", REQUESTS.values(), ids=REQUESTS)
def test_a_request_as_described_passes(entry: Json) -> None:
    assert request_breaches(entry) == []


WRONG_REQUESTS = {
    "an unknown path": (call("GET", "/v1/unicorns"), ["request: there is no such operation"]),
    "a path without its version": (call("GET", "/products"), ["request: there is no such operation"]),
    "a verb that the path has not": (call("DELETE", "/v1/products"), ["request: there is no such operation"]),
    "a path in another case": (call("GET", "/v1/Products"), ["request path Products: case"]),
    "an empty ID": (call("GET", "/v1/products/"), ["request path: empty ID"]),
    "a value that a path does not take": (call("GET", "/v1/orders/Sideways"), ["request path direction: enum"]),
    "an unknown parameter": (call("GET", "/v1/products/P1", query="depth=all"), ["request query depth: unknown"]),
    "a filter on no field": (call("GET", "/v1/products", query="Nmae=a"), ["request query Nmae: unknown"]),
    "a filter in another case": (call("GET", "/v1/products", query="name=a"), ["request query name: unknown"]),
    "a filter where none are": (
        call("GET", "/v1/products/assignments", query="ProductID=P1"), ["request query ProductID: unknown"]
    ),
    "a number that is none": (call("GET", "/v1/products", query="page=one"), ["request query page: type"]),
    "a flag that is none": (
        call("POST", "/v1/products/P/variants/generate", query="overwriteExisting=yes"),
        ["request query overwriteExisting: type"],
    ),
    "an unknown order": (call("GET", "/v1/products", query="sortBy=Colour"), ["request query sortBy: enum"]),
    "an empty parameter": (call("GET", "/v1/products", query="catalogID="), ["request query catalogID: type"]),
    "no body": (call("POST", "/v1/products"), ["request body: required"]),
    "a body where none is": (call("DELETE", "/v1/products/P1", {}), ["request body: unknown"]),
    "a body that is no object": (call("POST", "/v1/products", "{"), ["request : type"]),
    "an unknown field": (call("POST", "/v1/products", {"Name": "n", "Nmae": 1}), ["request .Nmae: unknown"]),
    "an unknown field further in": (
        call("PATCH", "/v1/products/P1", {"Inventory": {"Stock": 1}}), ["request .Inventory.Stock: unknown"]
    ),
    "a read-only field": (call("PATCH", "/v1/products/P1", {"SpecCount": 1}), ["request .SpecCount: forbidden"]),
    "a newer read-only field": (call("PATCH", "/v1/products/P1", {"IsBundle": True}), ["request .IsBundle: forbidden"]),
    "a read-only field further in": (
        call("PATCH", "/v1/products/P1", {"Inventory": {"LastUpdated": "2024-05-01T08:00:00Z"}}),
        ["request .Inventory.LastUpdated: forbidden"],
    ),
    "a field missing in a POST": (call("POST", "/v1/products", {"ID": "P1"}), ["request .Name: required"]),
    "a field missing in a PUT": (call("PUT", "/v1/products/P1", {"ID": "P1"}), ["request .Name: required"]),
    "a field missing in an element": (
        call("PATCH", "/v1/priceschedules/S", {"PriceBreaks": [{"Quantity": 1}]}),
        ["request .PriceBreaks[0].Price: required"],
    ),
    "a part of an element, though refused": (
        call("POST", "/v1/priceschedules", {"ID": "S", "PriceBreaks": [{"Quantity": 1}]}, status=400),
        ["request .PriceBreaks[0].Price: required"],
    ),
    "a wrong field, though refused": (
        call("POST", "/v1/products", {"ID": 1}, status=400), ["request .ID: type"]
    ),
    "a required field that is null": (call("POST", "/v1/products", {"Name": None}), ["request .Name: type"]),
    "a required field that is cleared": (call("PATCH", "/v1/products/P1", {"Name": None}), ["request .Name: type"]),
    "a required field that only an answer may have null": (
        call("PUT", "/v1/products/P1/inventoryrecords/R", {"AddressID": None}), ["request .AddressID: type"]
    ),
    "a flag that is null": (call("PATCH", "/v1/products/P1", {"Active": None}), ["request .Active: type"]),
    "a list that is null": (
        call("PATCH", "/v1/priceschedules/S", {"PriceBreaks": None}), ["request .PriceBreaks: type"]
    ),
    "a number as a text": (call("PATCH", "/v1/products/P1", {"ShipWeight": "2.5"}), ["request .ShipWeight: type"]),
    "a flag as a number": (call("PATCH", "/v1/products/P1", {"Active": 1}), ["request .Active: type"]),
    "a number with a fraction": (
        call("PATCH", "/v1/products/P1", {"QuantityMultiplier": 1.5}), ["request .QuantityMultiplier: type"]
    ),
    "a number beyond 32 bits": (
        call("PATCH", "/v1/products/P1", {"Inventory": {"QuantityAvailable": 2**31}}),
        ["request .Inventory.QuantityAvailable: range"],
    ),
    "too small a number": (
        call("PATCH", "/v1/products/P1", {"QuantityMultiplier": 0}), ["request .QuantityMultiplier: range"]
    ),
    "too long a text": (call("PATCH", "/v1/products/P1", {"Name": "n" * 101}), ["request .Name: length"]),
    "none of an enum": (
        call("PATCH", "/v1/specs/S/options/O", {"PriceMarkupType": "percentage"}), ["request .PriceMarkupType: enum"]
    ),
    "a date without its offset": (
        call("PATCH", "/v1/priceschedules/S", {"SaleStart": "2024-05-01T08:00:00"}), ["request .SaleStart: pattern"]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("entry", "found"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_is_named_by_place_and_rule(entry: Json, found: list[str]) -> None:
    assert request_breaches(entry) == found


ANSWERS = {
    "a record": read(PRODUCT),
    "a record with its stock": read({**PRODUCT, "Inventory": STOCK}),
    "a new record": call("POST", "/v1/products", status=201, answer=PRODUCT),
    "a list": call("GET", "/v1/products", answer=PAGE),
    "a list with facets": call("GET", "/v1/products", answer={**PAGE, "Meta": {**META, "Facets": []}}),
    "an assignment": call("POST", "/v1/products/assignments", status=204),
    "a deletion": call("DELETE", "/v1/products/P1", status=204),
    "a refusal": call("GET", "/v1/products/P1", status=404, answer={"Errors": [NOT_FOUND]}),
    "a refused token": call(
        "POST", "/oauth/token", status=401, answer={"error": "e", "error_description": "d", "Errors": [NOT_FOUND]}
    ),
    "no such path": call("GET", "/v1/unicorns", status=404, answer={"Errors": [NOT_FOUND]}),
    "a gateway's page": call("GET", "/v1/products", status=502, answer="<h1>Bad gateway</h1>"),
    "nothing at all": call("GET", "/v1/products", status=503),
    "throttling": call("GET", "/v1/products", status=429, answer={"Errors": []}),
    "a call that was cut": call("GET", "/v1/products", status=None),
    "what the sandbox has not": call("GET", "/v1/orders/All", status=501, answer={"Errors": [NOT_FOUND]}),
}


@pytest.mark.parametrize("entry", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_as_described_passes(entry: Json) -> None:
    assert answer_breaches(entry) == []


def without(name: str, whole: Json) -> Json:
    return {key: value for key, value in whole.items() if key != name}


WRONG_ANSWERS = {
    "another success": (call("PUT", "/v1/products/P1", status=201, answer=PRODUCT), ["answer status 201: unknown"]),
    "a success of no operation": (call("GET", "/v1/unicorns", answer={}), ["answer status 200: unknown"]),
    "an unknown error": (call("GET", "/v1/products", status=418), ["answer status 418: unknown"]),
    "an unknown field": (
        read({**PRODUCT, "Colour": "red"}), ["answer .Colour: unknown"]
    ),
    "a field left out": (
        read(without("Returnable", PRODUCT)), ["answer .Returnable: required"]
    ),
    "a newer field left out": (
        read(without("ParentID", PRODUCT)), ["answer .ParentID: required"]
    ),
    "a field left out further in": (
        read({**PRODUCT, "Inventory": without("Enabled", STOCK)}),
        ["answer .Inventory.Enabled: required"],
    ),
    "a null that may not be": (read({**PRODUCT, "Name": None}), ["answer .Name: type"]),
    "a wrong type": (read({**PRODUCT, "SpecCount": "0"}), ["answer .SpecCount: type"]),
    "too long a text": (
        read({**PRODUCT, "Name": "n" * 101}), ["answer .Name: length"]
    ),
    "a date without its offset": (
        read({**PRODUCT, "DateCreated": "2024-05-01"}), ["answer .DateCreated: pattern"]
    ),
    "a record where a list is due": (
        call("GET", "/v1/products", answer={"Items": []}), ["answer .Meta: required"]
    ),
    "a wrong item": (
        call("GET", "/v1/products", answer={**PAGE, "Items": [PRODUCT, without("ID", PRODUCT)]}),
        ["answer .Items[1].ID: required"],
    ),
    "a wrong page": (
        call("GET", "/v1/products", answer={**PAGE, "Meta": {**META, "Page": None}}), ["answer .Meta.Page: type"]
    ),
    "no body": (call("GET", "/v1/products/P1"), ["answer : type"]),
    "a body where none is due": (
        call("POST", "/v1/products/assignments", status=204, answer=ASSIGNMENT), ["answer body: unknown"]
    ),
    "a refusal without errors": (
        call("GET", "/v1/products", status=400, answer={"Errors": []}), ["answer .Errors: items"]
    ),
    "a refusal of another shape": (
        call("GET", "/v1/products", status=400, answer={"Message": "no"}),
        ["answer .Errors: required", "answer .Message: unknown"],
    ),
    "a refusal without a body": (call("GET", "/v1/products", status=403), ["answer : type"]),
    "an error without its data": (
        call("GET", "/v1/products", status=400, answer={"Errors": [without("Data", NOT_FOUND)]}),
        ["answer .Errors[0].Data: required"],
    ),
    "a refused token of another shape": (
        call("POST", "/oauth/token", status=401, answer={"Errors": [NOT_FOUND]}),
        ["answer .error: required", "answer .error_description: required"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("entry", "found"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_wrong_answer_is_named_by_place_and_rule(entry: Json, found: list[str]) -> None:
    assert answer_breaches(entry) == found


def test_a_secret_is_taken_and_never_answered() -> None:
    assert "Password" in fields_of("User")
    assert "Password" not in answer_schema("User")["properties"]
