"""Check one posted record against its model: all errors at once, each with its field and its rule."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.record import Json, ordercloud_name
from models.registry import Keys, Path, RecordType
from models.rules import RULE_CODES

XP_LIMIT = 8000
"""The most characters that OrderCloud stores as one record's xp."""

MAX_ERRORS = 100
"""The most errors that are told of one record."""

MAX_REPEATED = 100
"""The most characters of a posted name or value that an error repeats, since one may be as long as the body."""

MAX_HINTS = 10
"""In how many errors of one record the known name is looked for that an unknown one may mean: looking takes time."""

_CODES = {
    "missing": "Required",
    "extra_forbidden": "UnknownField",
    "string_too_long": "TooLong",
    "string_too_short": "TooShort",
    "string_pattern_mismatch": "InvalidID",
    "greater_than_equal": "OutOfRange",
    "less_than_equal": "OutOfRange",
    "finite_number": "OutOfRange",
    "enum": "InvalidValue",
    "instant": "InvalidValue",
    "country": "InvalidValue",
    "too_long": "TooLong",
    "too_short": "TooShort",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `field` is its path as in `PriceBreaks[0].Price`."""

    code: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class ValidRecord:
    """A record that passed: what is managed, its keys, and the read-only fields that were left out of it."""

    posted: Json
    keys: Keys
    left_out: tuple[str, ...]


class InvalidRecordError(Exception):
    """The record breaks its model; `errors` holds every rule that it breaks."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


def validate(record_type: RecordType, body: object) -> ValidRecord:
    """Check a posted JSON value and return what it says.

    Read-only fields are accepted, since sources echo what OrderCloud showed them, and left out. Rules between fields
    are looked at once each field is valid by itself.

    Raises:
        InvalidRecordError: with all errors.
    """
    if not isinstance(body, dict):
        raise InvalidRecordError((FieldError("InvalidType", "A record is a JSON object.", ""),))
    writable, left_out = _without(body, record_type.read_only)
    errors: list[FieldError] = []
    posted: Json = {}
    try:
        read = record_type.model.model_validate(writable).model_dump(mode="json", by_alias=True)
        posted = _as_posted(writable, read)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        told = enumerate(details[:MAX_ERRORS])
        errors += [_field_error(each, record_type.model, hints=place < MAX_HINTS) for place, each in told]
        if len(details) > MAX_ERRORS:
            errors.append(FieldError("TooManyErrors", f"There are {len(details) - MAX_ERRORS} errors more.", ""))
    errors += _list_errors(record_type, writable)
    if len(json.dumps(writable.get("xp"), ensure_ascii=False, separators=(",", ":"))) > XP_LIMIT:
        errors.append(FieldError("TooLong", f"xp has more than {XP_LIMIT} characters as JSON.", "xp"))
    if errors:
        raise InvalidRecordError(tuple(errors))
    return ValidRecord(posted, record_type.keys_of(posted), left_out)


def _as_posted(given: Any, read: Any) -> Any:
    """Return what the model read, in the shape of what was given: a field that was left out stays left out."""
    if isinstance(given, dict) and isinstance(read, dict):
        return {name: _as_posted(value, read[name]) for name, value in given.items()}
    if isinstance(given, list) and isinstance(read, list):
        return [_as_posted(*pair) for pair in zip(given, read, strict=True)]
    return read


def _without(value: Any, read_only: frozenset[Path], above: Path = ()) -> tuple[Any, tuple[str, ...]]:
    """Return the value without the read-only fields below it, and the dotted names of those that were there."""
    if not any(path[: len(above)] == above for path in read_only):
        return value, ()
    if isinstance(value, list):
        read = [_without(element, read_only, (*above, "*")) for element in value]
        return [kept for kept, _ in read], tuple(dict.fromkeys(name for _, names in read for name in names))
    if not isinstance(value, dict):
        return value, ()
    kept: Json = {}
    left_out: tuple[str, ...] = ()
    for name, inner in value.items():
        path = (*above, name)
        if path in read_only:
            left_out += (".".join(path),)
        else:
            kept[name], names = _without(inner, read_only, path)
            left_out += names
    return kept, left_out


def _list_errors(record_type: RecordType, body: Json) -> Iterator[FieldError]:
    """Yield an error for each element of a keyed list whose key an earlier element has."""
    for path, key in record_type.list_keys.items():
        elements = _at(body, path)
        seen: set[object] = set()
        for index, element in enumerate(elements if isinstance(elements, list) else []):
            value = element.get(key) if isinstance(element, dict) else None
            if not isinstance(value, str | int | float):
                continue  # it is absent, or of a type that the model refuses
            if value in seen:
                name = f"{'.'.join(path)}[{index}].{key}"
                yield FieldError("DuplicateKey", f"Another element has the {key} {repeated(value)} already.", name)
            seen.add(value)


def _at(body: Any, path: Path) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def repeated(value: object) -> str:
    """Return a posted value as an error repeats it."""
    return repr(value[:MAX_REPEATED] if isinstance(value, str) else value)


def _field_error(details: ErrorDetails, model: type[BaseModel], *, hints: bool) -> FieldError:
    """Turn one of pydantic's errors into ours."""
    location, kind = details["loc"], details["type"]
    name = _dotted(location)
    code = kind if kind in RULE_CODES else _CODES.get(kind, "InvalidType")
    match kind:
        case "missing":
            message = f"{location[-1]} is required."
        case "extra_forbidden":
            message = _unknown(str(location[-1]), model if len(location) == 1 else None, hints=hints)
        case "string_pattern_mismatch":
            message = "An ID has letters, digits, hyphens and underscores only."
        case _:
            message = details["msg"].rstrip(".") + "."
    return FieldError(code, message, name)


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _unknown(name: str, model: type[BaseModel] | None, *, hints: bool) -> str:
    """Say what to do about an unknown field: the spelling that was meant, or xp. A part of a record has no xp."""
    if model is None:
        return f"{repeated(name)} is not a field here."
    known = _known(model)
    folded = name[:MAX_REPEATED].casefold()
    if hints and (near := difflib.get_close_matches(folded, known, n=1, cutoff=0.8)):
        return f"{repeated(name)} is not a field of this type. Did you mean {known[near[0]]!r}?"
    hint = " Put properties of your own under xp." if "xp" in known else ""
    return f"{repeated(name)} is not a field of this type.{hint}"


@cache
def _known(model: type[BaseModel]) -> dict[str, str]:
    """Return the names of a model's fields by those without case."""
    names = [ordercloud_name(field) for field in model.model_fields]
    return {name.casefold(): name for name in names}
