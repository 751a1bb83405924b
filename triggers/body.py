"""Read a request's JSON body strictly: what is ambiguous or cannot be stored as it is, is refused with the rule."""

import json
import math
from typing import Any

import azure.functions as func

from orchestration.bootstrap import App
from orchestration.rejections import RejectionError

MAX_ELEMENTS = 1_000
"""The most properties of an object, or elements of an array, inside a record or as a record in an array."""

MAX_VALUES = 100_000
"""The most names and values of one record, at all depths: each may be an error, which takes a kilobyte of memory."""

MAX_NUMBER = 2**63
"""The greatest integer, either way."""

MAX_NAME = 256
"""The most characters of a key in an object; it stands in every error of what is below it."""


def body_of(app: App, req: func.HttpRequest) -> Any:
    """Return the JSON value of a request's body, within the limits of the settings.

    Raises:
        RejectionError: 415, 413 or 400, with the rule.
    """
    if encoding := req.headers.get("content-encoding"):
        raise RejectionError(
            415, "ContentEncoding", f"Content-Encoding {encoding[:50]!r} is not read; send plain JSON."
        )
    limits = app.settings
    return parse_body(req.get_body(), max_bytes=limits.max_body_bytes, max_depth=limits.max_depth)


def parse_body(content: bytes, *, max_bytes: int, max_depth: int) -> Any:
    """Return the JSON value of a body.

    Refused are: more bytes than allowed, text that is not UTF-8 or not JSON, an object with a key twice or with a very
    long one, NaN and numbers that no float holds, lone surrogates, nesting deeper than allowed, and very many values.

    Raises:
        RejectionError: 413 or 400, with the rule.
    """
    if len(content) > max_bytes:
        raise RejectionError(413, "BodyTooLarge", f"The body has more than {max_bytes} bytes.", Limit=max_bytes)
    try:
        value = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    except UnicodeDecodeError as error:
        raise RejectionError(400, "InvalidJson", f"The body is not UTF-8: byte {error.start} is not.") from error
    except json.JSONDecodeError as error:
        raise RejectionError(400, "InvalidJson", f"The body is not JSON: {error}.") from error
    except ValueError as error:  # Python reads no integer of thousands of digits
        raise RejectionError(400, "InvalidNumber", "A number has too many digits.") from error
    array = isinstance(value, list)
    for record in value if array else [value]:
        _check(record, first_depth=2 if array else 1, max_depth=max_depth)
    return value


def items_of(value: Any, *, max_items: int) -> tuple[list[Any], bool]:
    """Return the records of a body, and whether it was an array.

    Raises:
        RejectionError: 400 or 413: neither an object nor an array, no records, or too many.
    """
    match value:
        case dict():
            return [value], False
        case []:
            raise RejectionError(400, "NoItems", "The array is empty.")
        case list() if len(value) > max_items:
            raise RejectionError(413, "TooManyItems", f"The array has more than {max_items} records.", Limit=max_items)
        case list():
            return value, True
        case _:
            raise RejectionError(400, "InvalidType", "The body is a record, a JSON object, or an array of records.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if len(name) > MAX_NAME:
            raise RejectionError(400, "TooLong", f"A key has more than {MAX_NAME} characters.", Field=name[:100])
        if name in found:
            raise RejectionError(400, "DuplicateKey", f"An object has the key {name[:100]!r} twice.", Field=name[:100])
        found[name] = value
    return found


def _constant(name: str) -> None:
    raise RejectionError(400, "InvalidNumber", f"{name} is not a JSON number.")


def _check(record: Any, *, first_depth: int, max_depth: int) -> None:
    """Walk a record without recursion and refuse what cannot be kept."""
    todo: list[tuple[Any, int]] = [(record, first_depth)]
    seen = 0
    while todo:
        each, depth = todo.pop()
        seen += 1
        if seen > MAX_VALUES:
            raise _too_many(f"A record has more than {MAX_VALUES} names and values.", MAX_VALUES)
        if isinstance(each, str) and not _encodable(each):
            raise RejectionError(400, "InvalidText", "A text has half of a surrogate pair, which is no character.")
        if isinstance(each, float) and not math.isfinite(each):
            raise RejectionError(400, "InvalidNumber", "A number is too large.")
        if isinstance(each, int) and not isinstance(each, bool) and abs(each) > MAX_NUMBER:
            raise RejectionError(400, "InvalidNumber", "A number is too large.")
        if isinstance(each, dict | list):
            if depth > max_depth:
                raise _too_deep(max_depth)
            if len(each) > MAX_ELEMENTS:
                raise _too_many(f"An object or array has more than {MAX_ELEMENTS} elements.", MAX_ELEMENTS)
            inner = [*each, *each.values()] if isinstance(each, dict) else each
            todo += [(one, depth + 1) for one in inner]


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_many(message: str, limit: int) -> RejectionError:
    return RejectionError(400, "TooManyElements", message, Limit=limit)


def _too_deep(max_depth: int) -> RejectionError:
    message = f"Objects and arrays nest deeper than {max_depth} levels."
    return RejectionError(400, "TooDeep", message, Limit=max_depth)
