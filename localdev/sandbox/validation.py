"""Checking what was sent against a model: every error at once, and the values in the form they are kept in.

Pure. Unknown and read-only fields are ignored, as OrderCloud does.
"""

import re
from collections.abc import Mapping
from typing import Any

from localdev.sandbox.dates import normalised
from localdev.sandbox.errors import Problem, encode
from localdev.sandbox.fields import Field, Kind, Model, Models
from localdev.sandbox.shapes import completed

ID_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")
INT32 = range(-(2**31), 2**31)
MAX_XP = 8000


def failure(field: str, message: str) -> Problem:
    """Return the error for one field; a field inside another is named by its path, e.g. PriceBreaks[0].Price."""
    return Problem("ValidationFailure", f"{field}: {message}", {"Field": field})


def checked(
    models: Models, model: Model, body: Mapping[str, Any], *, partial: bool, within: str = ""
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the writable fields that a body has, normalised, and all its errors.

    `partial` is PATCH: nothing is required, in the sub-models either; lists are complete always.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in model.values():
        path = within + field.name
        if field.read_only:
            continue
        if field.name not in body:
            if field.required and not partial:
                problems.append(failure(path, "is required."))
            continue
        values[field.name], found = _value(models, field, body[field.name], path, partial=partial)
        problems += found
    return values, problems


def too_long(doc: Mapping[str, Any]) -> list[Problem]:
    """Return an error when the xp of a whole object, as a PATCH left it, is longer than OrderCloud keeps."""
    try:
        _free(doc.get("xp") or {})
    except ValueError as error:
        return [failure("xp", str(error))]
    return []


def _value(models: Models, field: Field, value: Any, path: str, *, partial: bool) -> tuple[Any, list[Problem]]:
    if value is None:
        refused = field.required or not field.nullable
        return ([] if field.many else None), [failure(path, "must not be null.")] if refused else []
    if not field.many:
        return _one(models, field, value, path, partial=partial)
    if not isinstance(value, list):
        return None, [failure(path, "must be a list.")]
    items, problems = [], []
    for index, item in enumerate(value):
        if item is None:
            problems.append(failure(f"{path}[{index}]", "must not be null."))
            continue
        one, found = _one(models, field, item, f"{path}[{index}]", partial=False)
        items.append(one)
        problems += found
    return items, problems


def _one(models: Models, field: Field, value: Any, path: str, *, partial: bool) -> tuple[Any, list[Problem]]:
    if field.kind is Kind.MODEL:
        if not isinstance(value, dict):
            return None, [failure(path, "must be an object.")]
        model = models[field.model or ""]
        values, problems = checked(models, model, value, partial=partial, within=f"{path}.")
        return (values if partial else completed(model, values)), problems
    try:
        return _scalar(field, value), []
    except ValueError as error:
        return None, [failure(path, str(error))]


def _scalar(field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.TEXT if isinstance(value, str):
            return _text(field, value)
        case Kind.FLAG if isinstance(value, bool):
            return value
        case Kind.WHOLE | Kind.DECIMAL if isinstance(value, int | float) and not isinstance(value, bool):
            return _number(field, value)
        case Kind.DATE if isinstance(value, str):
            return _date(value)
        case Kind.FREE if isinstance(value, dict):
            return _free(value)
    raise ValueError(f"must be {EXPECTED[field.kind]}.")


EXPECTED = {
    Kind.TEXT: "a string",
    Kind.FLAG: "true or false",
    Kind.WHOLE: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.DATE: "an ISO-8601 date",
    Kind.FREE: "an object",
}


def _text(field: Field, value: str) -> str:
    if field.required and not value.strip():
        raise ValueError("is required.")
    if field.choices:
        chosen = next((choice for choice in field.choices if choice.lower() == value.lower()), None)
        if chosen is None:
            raise ValueError(f"must be one of {', '.join(field.choices)}.")
        return chosen
    if field.max_length is not None and len(value) > field.max_length:
        raise ValueError(f"must be {field.max_length} characters or fewer, is {len(value)}.")
    if field.name == "ID" and value and not ID_CHARACTERS.fullmatch(value):
        raise ValueError("can only contain the characters A-Z, a-z, 0-9, - and _.")
    return value


def _number(field: Field, value: float) -> float:
    if field.kind is Kind.WHOLE and (value != int(value) or int(value) not in INT32):
        raise ValueError("must be a whole number of 32 bits.")
    if field.minimum is not None and value < field.minimum:
        raise ValueError(f"must be {field.minimum} or more.")
    try:
        return int(value) if field.kind is Kind.WHOLE else float(value)
    except OverflowError as error:
        raise ValueError("is out of range.") from error


def _free(value: dict[str, Any]) -> dict[str, Any]:
    length = len(encode(value).decode())
    if length > MAX_XP:
        raise ValueError(f"must be {MAX_XP} characters or fewer, is {length}.")
    return value


def _date(value: str) -> str:
    try:
        return normalised(value)
    except ValueError as error:
        raise ValueError("must be an ISO-8601 date.") from error
