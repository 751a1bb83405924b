"""A small valid example of each record type, made from its schema and its row, as documents show it."""

import re
from collections.abc import Iterator, Mapping

from models.record import Json
from models.registry import RecordType
from models.schemas import schema_of, types_of

OPTIONAL = 3
"""How many optional plain fields an example shows of a record, at most."""

_PLAIN = {"string", "boolean", "integer", "number"}
_TIME = "2026-01-31T08:00:00Z"
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z]?[a-z]+|\d+")


def example_of(row: RecordType) -> Json:
    """Return an example: what is required, the first plain fields, the first list of objects, and a property in xp.

    Optional fields that name other records are left out, so that it can be posted by itself.
    """
    schema = schema_of(row)
    fields = schema["properties"]
    shown = {*schema.get("required", ()), *_telling(fields)}
    if row.expand:
        shown |= {name for name, field in fields.items() if "object" in types_of(field)}
    example = {name: _value(name, field, row.name) for name, field in fields.items() if name in shown}
    if "xp" in fields and not row.expand:
        example["xp"] = {"SourceSystem": "erp"}
    return example


def _telling(fields: Mapping[str, Json]) -> Iterator[str]:
    """Yield the names of a few fields that say something about an object; those that end in ID name other records."""
    posted = {
        name: field
        for name, field in fields.items()
        if not (name.endswith("ID") or field.get("readOnly") or field.get("writeOnly"))
    }
    yield from [name for name, field in posted.items() if _PLAIN & set(types_of(field)[:1])][:OPTIONAL]
    yield from [name for name, field in posted.items() if field.get("items", {}).get("required")][:1]


def _value(name: str, schema: Json, owner: str) -> object:
    """Return an example of one field; `owner` is the type, or the field, whose own ID an `ID` is."""
    match types_of(schema):
        case ["string", *_]:
            return _text(name, schema, owner)
        case ["boolean", *_]:
            return True
        case ["integer" | "number", *_]:
            return max(schema.get("minimum", 1), 1)
        case ["array", *_]:
            return [_value(name.removesuffix("s"), schema["items"], owner)]
        case ["object", *_]:
            fields = schema.get("properties", {})
            return {
                each: _value(each, fields[each], name.lower()) for each in schema.get("required") or _telling(fields)
            }
        case _:
            return f"example-{owner}"


def _text(name: str, schema: Json, owner: str) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    if schema.get("format") == "date-time":
        return _TIME
    words = " ".join(word.lower() for word in _WORDS.findall(name))
    identifier = f"{owner if name == 'ID' else name.removesuffix('ID').lower()}-1"
    texts = [identifier] if name.endswith("ID") else [f"Example {words}", identifier, "name@example.com", "US", "1"]
    fitting = (text for text in texts if _fits(text, schema))
    return next(fitting, "x" * schema.get("minLength", 1))


def _fits(text: str, schema: Json) -> bool:
    short_enough = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return short_enough and re.search(schema.get("pattern", ""), text) is not None
