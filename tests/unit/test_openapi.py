"""The OpenAPI document: whole in itself, true to the routes, the errors and the answers of the code."""

import ast
import json
import re
import runpy
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from json_schema import breaches, resolved
from strategies import posting

from localdev.host.routing import RouteTable, parse_route
from models.record import Json
from models.record_types import REGISTRY
from models.rules import RULE_CODES
from orchestration.event import Level, event_of
from orchestration.explaining import explained
from orchestration.receipt import Accepted, Receipt, RefusedItem
from orchestration.rejections import RejectionError
from triggers.answers import received, rejected
from triggers.error_codes import ERROR_CODES
from triggers.openapi import VERSION, openapi_document
from triggers.operations import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = openapi_document(REGISTRY)
BUYER_OWNED = [row for row in REGISTRY if row.buyer_owned]


def nodes(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from nodes(each)


def operations() -> list[tuple[str, str, Json]]:
    return [
        (method.upper(), path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


@cache
def functions() -> list[tuple[str, str, str]]:
    """Return name, method and route of each function; the app is one of its own, since an app is indexed only once."""
    found = []
    for function in runpy.run_path(str(ROOT / "function_app.py"))["app"].get_functions():
        trigger = function.get_trigger().get_dict_repr()
        if trigger["type"] == "httpTrigger":
            [method] = trigger["methods"]
            found.append((function.get_function_name(), str(getattr(method, "value", method)), trigger["route"]))
    return found


def test_the_document_says_what_it_is():
    described = {name: DOCUMENT[name] for name in ("openapi", "servers", "security")}
    assert described == {"openapi": "3.1.0", "servers": [{"url": "/api"}], "security": [{"OrderCloud": []}]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert DOCUMENT["info"]["version"] == VERSION == project["version"]


def test_every_reference_leads_somewhere_and_every_component_is_referred_to():
    references = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}
    assert all(resolved(DOCUMENT, reference) for reference in references)
    held = {
        f"#/components/{kind}/{name}"
        for kind in ("parameters", "requestBodies", "responses", "schemas")
        for name in DOCUMENT["components"][kind]
    }
    assert held == references


def test_the_operations_are_the_functions_of_the_app():
    assert {(each.function, each.method, each.route) for each in OPERATIONS} == set(functions())


@pytest.mark.parametrize(
    ("method", "path", "operation"), operations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_operation_is_whole(method, path, operation):
    parameters = [resolved(DOCUMENT, each["$ref"]) for each in operation["parameters"]]
    assert {each["name"] for each in parameters if each["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
    assert all(each["required"] == (each["in"] == "path") for each in parameters)
    assert max(Counter((each["in"], each["name"]) for each in parameters).values(), default=1) == 1
    assert ("requestBody" in operation) == (method in ("POST", "PUT"))
    assert operation["summary"]
    for response in operation["responses"].values():
        whole = resolved(DOCUMENT, response["$ref"]) if "$ref" in response else response
        assert whole["description"]
        assert whole["content"]


def test_all_but_the_public_operations_take_a_token():
    public = {operation["operationId"] for _, _, operation in operations() if operation.get("security") == []}
    assert public == {"health_get", "openapi_get", "docs_get"}
    refusing = {operation["operationId"] for _, _, operation in operations() if "401" in operation["responses"]}
    assert refusing == {operation["operationId"] for _, _, operation in operations()} - public
    [scheme] = DOCUMENT["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_operations_have_names_of_their_own():
    assert max(Counter(operation["operationId"] for _, _, operation in operations()).values()) == 1


@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.function)
def test_a_request_reaches_its_operation_whatever_the_order_of_functions(each):
    values = {"recordType": "product", "buyerID": "b", "keys": "a/~/b", "client": "supplier:acme"}
    path = f"/api/{re.sub(r'{\*?(\w+)[^}]*}', lambda match: values[match[1]], each.route)}"
    for rename in (str, lambda name: name[::-1]):
        table = RouteTable([parse_route(rename(name), route, [method]) for name, method, route in functions()], "api")
        found = table.find(each.method, path)
        assert found is not None
        assert found[0] == rename(each.function)


def raised(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield code and status of each error that a module makes with its code in words."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name("RejectionError"), args=[ast.Constant(int(status)), ast.Constant(str(code)), *_]
            ):
                yield code, status
            case ast.Call(func=ast.Name("FieldError"), args=[ast.Constant(str(code)), *_]):
                yield code, 400
            case ast.Assign(targets=[ast.Name("_CODES")], value=ast.Dict(values=codes)):
                yield from ((ast.literal_eval(code), 400) for code in codes)


def test_the_error_codes_are_those_of_the_code():
    files = [file for folder in ("triggers", "orchestration", "models") for file in (ROOT / folder).rglob("*.py")]
    used = {found for file in files for found in raised(ast.parse(file.read_text(encoding="utf-8")))}
    used |= {(code, 400) for code in RULE_CODES}
    assert {(code.name, status) for code in ERROR_CODES for status in code.statuses} == used
    assert [code.name for code in ERROR_CODES] == sorted({code.name for code in ERROR_CODES})


def test_the_document_lists_the_error_codes():
    listed = [code.name for code in ERROR_CODES]
    assert [each["ErrorCode"] for each in DOCUMENT["x-error-codes"]] == listed
    assert DOCUMENT["components"]["schemas"]["Error"]["properties"]["ErrorCode"]["enum"] == listed


def test_each_refusal_names_the_codes_of_its_status():
    statuses = {status for each in OPERATIONS for status in each.errors}
    assert {status for code in ERROR_CODES for status in code.statuses} == statuses
    for operation in OPERATIONS:
        responses = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
        for status in operation.errors:
            described = resolved(DOCUMENT, responses[str(status)]["$ref"])["description"]
            assert set(re.findall(r"`(\w+)`", described)) == {
                code.name for code in ERROR_CODES if status in code.statuses
            }


@pytest.mark.parametrize(("body", "rows"), [("records", list(REGISTRY)), ("recordsOfBuyer", BUYER_OWNED)])
def test_each_record_type_that_may_be_posted_has_an_example(body, rows):
    media = DOCUMENT["components"]["requestBodies"][body]["content"]["application/json"]
    assert list(media["examples"]) == [row.name for row in rows]
    for row in rows:
        example = media["examples"][row.name]["value"]
        for value in (example, [example], [{**example, "SourceVersion": 7}]):
            assert breaches(media["schema"], value, DOCUMENT) == []
        assert "BuyerID" not in example or body == "records"


@pytest.mark.parametrize("body", [5, [], [[]], {"Colour": "red"}, {"ID": "a b"}], ids=str)
def test_a_body_that_is_no_record_fits_no_schema(body):
    media = DOCUMENT["components"]["requestBodies"]["records"]["content"]["application/json"]
    assert breaches(media["schema"], body, DOCUMENT) == [": oneOf"]


@pytest.mark.parametrize("row", list(REGISTRY), ids=lambda row: row.name)
def test_a_record_type_is_described_with_its_example(row):
    schema = DOCUMENT["components"]["schemas"][row.name]
    assert schema["x-record-type"] == {
        "RecordType": row.name,
        "Family": row.family.value,
        "Role": row.role,
        "Keys": list(row.keys),
        "BuyerOwned": row.buyer_owned,
        "ReadOnly": sorted(".".join(path) for path in row.read_only),
    }
    assert [breaches(schema, example, DOCUMENT) for example in schema["examples"]] == [[]]


def answered(schema: str, value: Any) -> list[str]:
    """Return what a body breaks of the schema that is said to be its own, where fields are neither more nor fewer."""
    described = DOCUMENT["components"]["schemas"][schema]
    assert set(described["properties"]) - set(value) <= {"Items"}
    assert set(value) <= set(described["properties"])
    return breaches(described, value, DOCUMENT)


def body_of(answer: Any) -> Any:
    return json.loads(answer.get_body())


def test_answers_are_as_described():
    refusal = RejectionError(400, "TooLong", "Too long.", Field="Name")
    accepted = Accepted(0, posting({"ID": "P1"}))
    mixed = received(Receipt((accepted,), (RefusedItem(1, refusal),)), REGISTRY, array=True)
    assert answered("Receipt", body_of(mixed)) == []
    assert answered("Accepted", body_of(mixed)["Items"][0]) == []
    assert answered("Error", body_of(mixed)["Errors"][0]) == []
    none = received(Receipt((), (RefusedItem(0, refusal),)), REGISTRY, array=False)
    assert answered("Errors", body_of(none)) == []
    assert answered("Errors", body_of(rejected(RejectionError(401, "InvalidToken", "No token.")))) == []


def test_events_are_as_described():
    event = event_of(
        posting({"ID": "P1"}), {"ID": "P1"}, datetime(2026, 1, 31, tzinfo=UTC), 1, Level.SUCCESS, "it is new"
    )
    assert answered("Event", replace(event, operator="ops").to_json()) == []
    schemas = DOCUMENT["components"]["schemas"]
    timeline = schemas["Explanation"]["properties"]["Timeline"]["items"]
    for told in (event.to_json(), replace(event, operator="ops").to_json()):
        assert breaches(schemas["Event"], told, DOCUMENT) == []
        assert breaches(timeline, explained(told), DOCUMENT) == []
