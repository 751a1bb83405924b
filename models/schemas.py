"""What JSON Schema says of a record type: what a source may post, made from its model and its row.

A schema has no references: every part stands where it is used, since a field may be read-only in one place alone.
No model contains itself, so that ends.
"""

from collections.abc import Mapping
from typing import Any

from models.record import Json
from models.registry import Kind, Path, RecordType
from models.validation import XP_LIMIT

_LEFT_OUT = ("title", "default", "$defs", "$ref")
_SINGLE = ("items", "additionalProperties")
_SEVERAL = ("anyOf", "oneOf", "allOf")

_READ_ONLY: Json = {"description": "Computed by OrderCloud; accepted and left out when it is posted.", "readOnly": True}
_INSTANT = "A date alone is accepted too; without an offset it is taken as UTC."
_KINDS: Mapping[Kind, Json] = {
    "enum": {"description": "Any case is accepted."},
    "instant": {"format": "date-time", "description": _INSTANT},
    "moment": {"format": "date-time", "description": f"{_INSTANT} The year 1 means the time of the write."},
}


def schema_of(row: RecordType) -> Json:
    """Return the JSON Schema of what may be posted as a record of a type.

    Fields have no defaults, since one that is left out is not managed. Read-only fields are there, since sources echo
    them. Names of enums and times are the ones to write, though other spellings are accepted. The keys come first.
    """
    generated = row.model.model_json_schema(by_alias=True, mode="validation")
    schema = _plain(generated, generated.get("$defs", {}))
    for path, kind in row.kinds.items():
        _annotate(schema, path, **_KINDS[kind])
    for path, key in row.list_keys.items():
        _annotate(schema, path, description=f"No two elements have the same {key}.")
    for name in row.write_only:
        _annotate(schema, (name,), writeOnly=True)
    for path in sorted(row.read_only):
        above = schema_at(schema, path[:-1])
        if above is not None:
            above.setdefault("properties", {})[path[-1]] = dict(_READ_ONLY)
    own = {name: schema["properties"][name] for name in row.keys}
    schema["properties"] = {**own, **schema["properties"]}
    _annotate(schema, ("xp",), description=f"At most {XP_LIMIT} characters as JSON.")
    return schema


def schema_at(schema: Json, path: Path) -> Json | None:
    """Return the schema of the value at a path, or none where the schema does not say it."""
    found = schema
    for name in path:
        below = found.get("items") or found.get("additionalProperties")
        inner = below if name == "*" else found.get("properties", {}).get(name)
        if not isinstance(inner, dict):
            return None
        found = inner
    return found


def types_of(schema: Json) -> list[str]:
    """Return the JSON types that a schema names; none where any value is allowed."""
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _plain(node: Json, definitions: Json) -> Json:
    """Return a schema of pydantic's without titles, defaults and references, all the way down."""
    if "$ref" in node:
        node = {**definitions[node["$ref"].rpartition("/")[2]], **node}
    kept = {name: value for name, value in node.items() if name not in _LEFT_OUT}
    for name in _SINGLE:
        if isinstance(kept.get(name), dict):
            kept[name] = _plain(kept[name], definitions)
    for name in _SEVERAL:
        if name in kept:
            kept[name] = [_plain(each, definitions) for each in kept[name]]
    if "properties" in kept:
        kept["properties"] = {name: _plain(each, definitions) for name, each in kept["properties"].items()}
    return _folded(kept)


def _folded(node: Json) -> Json:
    """Return a schema of alternatives that are something and null as that something, which may be null."""
    match node.get("anyOf"):
        case [{"type": str(kind)} as other, {"type": "null"}]:
            rest = {name: value for name, value in node.items() if name != "anyOf"}
            names = {"enum": [*other["enum"], None]} if "enum" in other else {}
            return {**other, **rest, **names, "type": [kind, "null"]}
        case _:
            return node


def _annotate(schema: Json, path: Path, *, description: str = "", **keywords: Any) -> None:
    """Add keywords to the schema at a path; a description goes behind the one that is there."""
    node = schema_at(schema, path)
    if node is None:
        return
    node |= keywords
    if said := " ".join(each for each in (node.get("description", ""), description) if each):
        node["description"] = said
