"""The fields of a JSON Schema as rows of a table, for people: each field by its path, with its type and limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.fields import MAX_INT
from models.record import Json
from models.schemas import types_of

_ID = r"^[A-Za-z0-9_-]+$"
_WHOLE_RANGE = (-MAX_INT - 1, MAX_INT)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: its path as in `PriceBreaks[].Price`, its JSON type, its limits and whether it has to be there."""

    path: str
    type: str
    limit: str
    required: bool
    read_only: bool
    write_only: bool
    about: str

    @property
    def marks(self) -> str:
        """What else is to be known of the field, in words."""
        marks = {"required": self.required, "read-only": self.read_only, "write-only": self.write_only}
        return ", ".join(word for word, holds in marks.items() if holds)


def field_rows(schema: Json, above: str = "") -> Iterator[FieldRow]:
    """Yield the fields of an object and of all objects inside it, in the order of the schema.

    `[]` in a path stands for every element of a list, `*` for every name of a map.
    """
    for name, field in schema.get("properties", {}).items():
        path = f"{above}{name}"
        yield FieldRow(
            path=path,
            type=_type(field),
            limit=_limit(field),
            required=name in schema.get("required", ()),
            read_only=field.get("readOnly", False),
            write_only=field.get("writeOnly", False),
            about=_about(field),
        )
        yield from _inside(field, path)


def _inside(field: Json, path: str) -> Iterator[FieldRow]:
    """Yield the fields of what a field holds: an object, a list or a map."""
    yield from field_rows(field, f"{path}.")
    if isinstance(field.get("items"), dict):
        yield from _inside(field["items"], f"{path}[]")
    if isinstance(field.get("additionalProperties"), dict):
        yield from _inside(field["additionalProperties"], f"{path}.*")


def _about(field: Json) -> str:
    """Return what a field's schema says in words, else what that of a list's elements says."""
    said = " ".join(field.get("description", "").split())
    return said or (_about(field["items"]) if "enum" in field.get("items", {}) else "")


def _type(field: Json) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    alternatives = [_type(each) for name in ("anyOf", "oneOf") for each in field.get(name, ())]
    return " or ".join(alternatives or [_named(kind, field) for kind in types_of(field)]) or "any"


def _named(kind: str, field: Json) -> str:
    if kind == "array" and isinstance(field.get("items"), dict):
        return f"array of {_type(field['items'])}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map of {_type(field['additionalProperties'])}"
    return kind


def _limit(field: Json) -> str:
    """Say the limits of a field, of a list's elements where the list itself has none."""
    limits = [
        ", ".join(str(each) for each in field.get("enum", ()) if each is not None),
        _range(field.get("minLength"), field.get("maxLength"), " characters"),
        _pattern(field.get("pattern")),
        _range(field.get("minItems"), field.get("maxItems"), " elements"),
        _numbers(field),
        {"date-time": "date and time"}.get(field.get("format", ""), field.get("format", "")),
    ]
    said = "; ".join(limit for limit in limits if limit)
    return said or (_limit(field["items"]) if isinstance(field.get("items"), dict) else "")


def _numbers(field: Json) -> str:
    bounds = (field.get("minimum"), field.get("maximum"))
    if bounds == _WHOLE_RANGE:
        return "32 bits"
    low, high = bounds
    return _range(low, None if high == MAX_INT else high, "")


def _pattern(pattern: str | None) -> str:
    if pattern is None:
        return ""
    return "letters, digits, - and _" if pattern == _ID else f"matches {pattern}"


def _range(low: float | None, high: float | None, unit: str) -> str:
    match low, high:
        case None, None:
            return ""
        case ((None | 0), _) if high is not None:
            return f"up to {high}{unit}"
        case _, None:
            return f"{low} or more{unit}"
        case _:
            return f"{low} to {high}{unit}"
