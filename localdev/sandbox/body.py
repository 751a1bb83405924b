"""Reading request bodies: bytes to JSON, safe against what no JSON reader should meet."""

import json
import math
from typing import Any

from localdev.sandbox.errors import Refusal, bad_request, encode

# What .NET's JSON reader, which OrderCloud uses, allows by default.
MAX_DEPTH = 64


def read_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; refuse anything else with Request.InvalidRequestBody."""
    value = read_json(content)
    if not isinstance(value, dict):
        raise _unreadable("a JSON object is expected")
    return value


def read_json(content: bytes) -> Any:
    """Return the JSON in a body; refuse broken, endless and too deep documents with Request.InvalidRequestBody."""
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
        encode(value)  # half a surrogate pair cannot be written as UTF-8 again
    except (ValueError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    if _deeper_than(value, MAX_DEPTH):
        raise _unreadable(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _unreadable(reason: str) -> Refusal:
    return bad_request("Request.InvalidRequestBody", f"Request body could not be read: {reason}.")


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for one in layer
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not layer:
            return False
    return any(isinstance(one, dict | list) for one in layer)
