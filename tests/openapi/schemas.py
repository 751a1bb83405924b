"""OrderCloud's models as strict JSON Schemas: of a whole body, of a partial one, and of an answer.

The description leaves open much that a check must not: here an unknown field is wrong, so is a read-only one that is
sent, and an answer shows every field. What is wider than the description comes from `exceptions` alone.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any

from openapi.exceptions import NEWER_FIELDS, NOT_ALWAYS_SHOWN, NOT_REQUIRED, NULL_TYPES, NULLABLE

type Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION: Json = json.loads((ROOT / "localdev" / "sandbox" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS: Mapping[str, Json] = DESCRIPTION["components"]["schemas"]

KEPT = ("type", "enum", "minimum", "maximum", "maxLength")
KNOWN = frozenset({*KEPT, "format", "items", "$ref", "allOf", "readOnly", "default"})
FORMATS: Mapping[str | None, Json] = {
    None: {},
    "float": {},
    "password": {},
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "date-time": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
}


class Use(Enum):
    """What a schema is of: a whole body (POST, PUT), a partial one (PATCH), or an answer."""

    WHOLE = auto()
    PARTIAL = auto()
    ANSWER = auto()


def fields_of(model: str) -> Mapping[str, Json]:
    """Return the fields of a model as described, and those that are newer."""
    described: Json = SCHEMAS[model]["properties"] if model in SCHEMAS else {}
    return {**described, **NEWER_FIELDS.get(model, {})}


@cache
def body_schema(model: str, use: Use, required: frozenset[str] = frozenset()) -> Json:
    """Return the schema of a body; what is required of a whole one is null in none."""
    required -= {*NOT_REQUIRED.get(model, "").split()}
    properties = {
        name: False if schema.get("readOnly") else _field(model, name, use, required)
        for name, schema in fields_of(model).items()
    }
    return _closed(properties, required if use is Use.WHOLE else ())


@cache
def answer_schema(model: str) -> Json:
    """Return the schema of an answer, `Meta[Item]` being a list: every field is there, and no secret."""
    meta, _, item = model.removesuffix("]").partition("[")
    if item:
        items = {"type": "array", "items": answer_schema(item)}
        return _closed({"Meta": answer_schema(meta), "Items": items}, ("Meta", "Items"))
    shown = [name for name, schema in fields_of(model).items() if schema.get("format") != "password"]
    properties = {name: _field(model, name, Use.ANSWER, required_of(model)) for name in shown}
    return _closed(properties, properties.keys() - {*NOT_ALWAYS_SHOWN.get(model, "").split()})


def value_schema(schema: Json, use: Use = Use.WHOLE) -> Json:
    """Return the strict schema of one value."""
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    model = model_of(schema)
    if schema.get("type") == "array":
        # A PATCH replaces a list, so its elements are whole.
        element = model_of(schema["items"])
        whole = use is not Use.ANSWER and element and "enum" not in SCHEMAS[element]
        items = body_schema(element, Use.WHOLE, required_of(element)) if whole else value_schema(schema["items"], use)
        return {"type": "array", "items": items}
    if model and "enum" not in SCHEMAS[model]:
        return answer_schema(model) if use is Use.ANSWER else body_schema(model, use)
    described = SCHEMAS[model] if model else schema
    return FORMATS[described.get("format")] | {key: described[key] for key in KEPT if key in described}


def model_of(schema: Json) -> str | None:
    """Return the name that a schema refers to, if it does."""
    target = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ())), "")
    return target.rpartition("/")[2] or None


def body_of(operation: Json) -> tuple[str, frozenset[str]] | None:
    """Return the model of an operation's body and what the operation requires of it; none where it takes none."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return model_of(schema) or "", frozenset(schema.get("required", ()))


@cache
def required_of(model: str) -> frozenset[str]:
    """Return what some operation requires of a model: the description says it beside bodies, not in the models."""
    required = [fields for name, fields in _bodies() if name == model]
    return frozenset().union(*required) - {*NOT_REQUIRED.get(model, "").split()}


def _bodies() -> Iterator[tuple[str, frozenset[str]]]:
    for methods in DESCRIPTION["paths"].values():
        for operation in methods.values():
            if body := body_of(operation):
                yield body


def _field(model: str, name: str, use: Use, required: frozenset[str]) -> Json:
    value = value_schema(fields_of(model)[name], use)
    plain = value["type"] in NULL_TYPES and not value.keys() & {"enum", "pattern"} and name not in required
    listed = name in NULLABLE.get(model, "").split() and (use is Use.ANSWER or name not in required)
    if not (plain or listed):
        return value
    with_null = {**value, "type": [value["type"], "null"]}
    return with_null | ({"enum": [*value["enum"], None]} if "enum" in value else {})


def _closed(properties: Json, required: Any) -> Json:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": sorted(required)}
