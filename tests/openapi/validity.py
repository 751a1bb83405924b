"""Says what is wrong with a call of OrderCloud's API, as the sandbox's journal keeps it, by OrderCloud's description.

Each breach reads `where what: rule`, as in `request .Inventory.Enabled: type`. The two sides are judged apart: a test
may ask wrongly on purpose and be refused, but no answer may be wrong.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from json_schema import breaches

from openapi.exceptions import GATEWAY, REFUSALS, REFUSED_RULE, SANDBOX_ONLY, TOKEN
from openapi.operations import Operation, find
from openapi.schemas import Json, Use, answer_schema, body_schema, fields_of, required_of, value_schema

LITERALS: Mapping[str, str] = {"integer": r"-?\d{1,9}", "boolean": "true|false"}
ERROR: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ErrorCode", "Message", "Data"],
    "properties": {"ErrorCode": {"type": "string", "minLength": 1}, "Message": {"type": "string"}, "Data": {}},
}
LISTED: Json = {"type": "array", "items": ERROR}
ERRORS: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Errors"],
    "properties": {"Errors": {**LISTED, "minItems": 1}},
}
GATEWAY_ERRORS: Json = {**ERRORS, "properties": {"Errors": LISTED}}
TOKEN_ERRORS: Json = {
    **ERRORS,
    "required": ["error", "error_description", "Errors"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}, **ERRORS["properties"]},
}


def request_breaches(entry: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a request."""
    return list(_request(entry))


def answer_breaches(entry: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an answer; a call that was cut before anything was done has none."""
    return [] if entry["status"] is None else list(_answer(entry))


def _request(entry: Mapping[str, Any]) -> Iterator[str]:
    found = find(entry["method"], entry["path"])
    if found is None:
        yield "request: there is no such operation"
        return
    operation, places = found
    words = zip(operation.words, entry["path"].strip("/").split("/"), strict=True)
    yield from (f"request path {part}: case" for word, part in words if word[0] != "{" and word != part)
    if entry["path"].endswith("/"):
        yield "request path: empty ID"
    for name, value in places.items():
        yield from _parameter(f"path {name}", value, operation.places[name])
    for name, value in parse_qsl(entry["query"], keep_blank_values=True):
        yield from _query(operation, name, value)
    if entry["path"] == TOKEN:
        return  # a form, whose fields the description has not
    refused = entry["method"] == "POST" and entry["status"] not in range(200, 300)
    for breach in _body(operation, entry["request"]):
        if not (refused and re.fullmatch(rf"request \.\w+: {REFUSED_RULE}", breach)):
            yield breach


def _query(operation: Operation, name: str, value: str) -> Iterator[str]:
    if name in operation.query and name != "filters":
        yield from _parameter(f"query {name}", value, operation.query[name])
        return
    # A list takes filters, which are named like the fields; `A|B` means either.
    fields = {*fields_of(operation.listed), "xp"} if operation.listed and "filters" in operation.query else set()
    yield from (f"request query {name}: unknown" for one in name.split("|") if one.partition(".")[0] not in fields)


def _parameter(where: str, value: str, schema: Json) -> Iterator[str]:
    strict = value_schema(schema)
    if strict["type"] == "array":
        strict, values = strict["items"], value.split(",")
    else:
        values = [value]
    for one in values:
        if "enum" in strict and one not in strict["enum"]:
            yield f"request {where}: enum"
        if not re.fullmatch(LITERALS.get(strict["type"], ".+"), one):
            yield f"request {where}: type"


def _body(operation: Operation, body: Any) -> Iterator[str]:
    if body is None:
        if operation.needs_body:
            yield "request body: required"
    elif operation.body is None:
        yield "request body: unknown"
    else:
        partial = operation.method == "PATCH"
        required = required_of(operation.body) if partial else operation.required
        schema = body_schema(operation.body, Use.PARTIAL if partial else Use.WHOLE, required)
        yield from _within("request", schema, body)


def _answer(entry: Mapping[str, Any]) -> Iterator[str]:
    status, body = entry["status"], entry["response"]
    found = find(entry["method"], entry["path"])
    if status >= 400:
        yield from _refusal(entry)
    elif found is None or status != found[0].status:
        yield f"answer status {status}: unknown"
    elif found[0].answer is None:
        yield from () if body is None else ("answer body: unknown",)
    else:
        yield from _within("answer", answer_schema(found[0].answer), body)


def _refusal(entry: Mapping[str, Any]) -> Iterator[str]:
    status, body = entry["status"], entry["response"]
    if status not in {*REFUSALS, *GATEWAY, *SANDBOX_ONLY}:
        yield f"answer status {status}: unknown"
    elif isinstance(body, str) or (body is None and status in GATEWAY):
        return  # not OrderCloud's own
    else:
        of_token = (entry["method"], entry["path"]) == ("POST", TOKEN)
        own = TOKEN_ERRORS if of_token else ERRORS
        yield from _within("answer", GATEWAY_ERRORS if status in GATEWAY else own, body)


def _within(side: str, schema: Json, value: Any) -> Iterator[str]:
    yield from (f"{side} {one}" for one in breaches(schema, value))
