"""What a field of an OrderCloud model may hold, as data: read from the API description, then corrected."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class Kind(Enum):
    """The kinds of values that fields hold; the value is the word that the correction notation uses."""

    TEXT = "str"
    WHOLE = "int"
    DECIMAL = "num"
    FLAG = "bool"
    DATE = "date"
    FREE = "obj"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `many` makes it a list of its kind; `model` names the sub-model of a `MODEL`."""

    name: str
    kind: Kind
    many: bool = False
    model: str | None = None
    required: bool = False
    nullable: bool = False
    read_only: bool = False
    write_only: bool = False
    max_length: int | None = None
    minimum: float | None = None
    choices: tuple[str, ...] = ()
    default: Any = None


type Model = Mapping[str, Field]
type Models = Mapping[str, Model]

# Value types that are there even when nobody gave them; all other kinds default to null.
ZEROS: Mapping[Kind, Any] = {Kind.WHOLE: 0, Kind.DECIMAL: 0.0, Kind.FLAG: False}
SCALARS = {"string": Kind.TEXT, "integer": Kind.WHOLE, "number": Kind.DECIMAL, "boolean": Kind.FLAG}
NOTATION = re.compile(r"(?P<name>\w+)(?P<star>\*?):(?P<type>\w+)(?P<many>\[\])?(?P<null>\?)?(?:\((?P<notes>[^)]*)\))?")


def field_of(name: str, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Field:
    """Return a field from its OpenAPI schema; `schemas` are the named ones that a `$ref` may mean."""
    if schema.get("type") == "array":
        return replace(
            field_of(name, schema["items"], schemas), many=True, nullable=True, read_only="readOnly" in schema
        )
    target = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ())), None)
    if target is not None:
        named = target.rpartition("/")[2]
        if "enum" in schemas[named]:
            return field_of(name, {**schema, "$ref": None, **schemas[named]}, schemas)
        return Field(name, Kind.MODEL, model=named, nullable=True, read_only="readOnly" in schema)
    kind = Kind.DATE if schema.get("format") == "date-time" else SCALARS.get(schema.get("type", ""), Kind.FREE)
    default = schema.get("default")
    return Field(
        name,
        kind,
        nullable=kind not in ZEROS,
        read_only=schema.get("readOnly", False),
        write_only=schema.get("format") == "password",
        max_length=schema.get("maxLength"),
        minimum=schema.get("minimum"),
        choices=tuple(schema.get("enum", ())),
        default=ZEROS.get(kind) if default is None else default,
    )


def corrected(model: str, fields: Model, notation: str) -> Model:
    """Return a model with the fields of a correction laid over its own.

    The notation is that of OrderCloud's field tables: `Name*:type[]?(≤100,RO,WO,=default)`, separated by blanks; `*` is
    required, `?` nullable. What a correction leaves out (a minimum, a length) stays as described.
    """
    result = dict(fields)
    for word in notation.split():
        match = NOTATION.fullmatch(word)
        if match is None:
            raise ValueError(f"{model}: {word!r} is not a field")
        result[match["name"]] = _corrected_field(result.get(match["name"]), match)
    return result


def _corrected_field(base: Field | None, match: re.Match[str]) -> Field:
    scalars = {kind.value for kind in Kind}
    kind = Kind(match["type"]) if match["type"] in scalars else Kind.MODEL
    field = base or Field(match["name"], kind)
    field = replace(
        field,
        kind=kind,
        many=match["many"] is not None,
        model=match["type"] if kind is Kind.MODEL else None,
        required=match["star"] == "*",
        nullable=match["null"] is not None or match["many"] is not None or kind not in ZEROS,
        default=None if match["null"] else ZEROS.get(kind),
    )
    for note in filter(None, (match["notes"] or "").split(",")):
        if note == "RO":
            field = replace(field, read_only=True)
        elif note == "WO":
            field = replace(field, write_only=True)
        elif note.startswith("≤"):
            field = replace(field, max_length=int(note[1:]))
        else:
            field = replace(field, default=json.loads(note.removeprefix("=")))
    return field
