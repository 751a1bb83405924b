"""Checks a value against a JSON Schema, as far as our own go: a keyword that is not known here is an error."""

import re
from collections.abc import Iterator
from typing import Any

type Json = dict[str, Any]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_ANNOTATIONS = {"description", "examples", "format", "readOnly", "writeOnly", "x-record-type"}
_KNOWN = {
    *_ANNOTATIONS, "$ref", "type", "enum", "const", "anyOf", "oneOf", "properties", "required", "additionalProperties",
    "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
}  # fmt: skip


def breaches(schema: Json, value: object, document: Json | None = None, path: str = "") -> list[str]:
    """Return what of a schema a value breaks, each as the path and the keyword; references are of the document."""
    assert schema.keys() <= _KNOWN, schema.keys() - _KNOWN
    return list(_breaches(schema, value, document or {}, path))


def resolved(document: Json, reference: str) -> Json:
    """Return what a reference of a document refers to."""
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    assert isinstance(found, dict)
    return found


def _breaches(schema: Json, value: object, document: Json, path: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from breaches(resolved(document, schema["$ref"]), value, document, path)
    if "type" in schema and not any(_is(value, kind) for kind in _listed(schema["type"])):
        yield f"{path}: type"
        return
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        yield f"{path}: enum"
    for keyword, fits in (("anyOf", range(1, 1000)), ("oneOf", range(1, 2))):
        if keyword in schema and sum(not breaches(each, value, document) for each in schema[keyword]) not in fits:
            yield f"{path}: {keyword}"
    yield from _inside(schema, value, document, path)


def _inside(schema: Json, value: object, document: Json, path: str) -> Iterator[str]:
    match value:
        case str():
            yield from _sizes(schema, len(value), "Length", path)
            if not re.search(schema.get("pattern", ""), value):
                yield f"{path}: pattern"
        case bool() | None:
            pass
        case int() | float():
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{path}: range"
        case list():
            yield from _sizes(schema, len(value), "Items", path)
            for index, each in enumerate(value):
                yield from breaches(schema.get("items", {}), each, document, f"{path}[{index}]")
        case dict():
            yield from _of_object(schema, value, document, path)
        case _:
            raise AssertionError(f"{path}: {type(value)} is no JSON")


def _of_object(schema: Json, value: Json, document: Json, path: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{path}.{name}: required" for name in schema.get("required", ()) if name not in value)
    for name, each in value.items():
        inner = known.get(name, others)
        if inner is False:
            yield f"{path}.{name}: {'forbidden' if name in known else 'unknown'}"
        else:
            yield from breaches(inner if isinstance(inner, dict) else {}, each, document, f"{path}.{name}")


def _sizes(schema: Json, size: int, of: str, path: str) -> Iterator[str]:
    if not schema.get(f"min{of}", 0) <= size <= schema.get(f"max{of}", size):
        yield f"{path}: {of.lower()}"


def _is(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind
