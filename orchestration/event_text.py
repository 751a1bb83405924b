"""An event as the text that logs keep and lists pass on, the compact JSON of `Event.to_json`; and what sources see."""

import json

from pydantic_core import from_json

from models.record import Json

OPERATOR_FIELD = "Operator"
"""The field of an event that operators alone see: which of them did it."""

_NAMES_OPERATOR = f'"{OPERATOR_FIELD}":'


def written(event: Json) -> str:
    """Return the text of an event; UTF-8 can hold it, whatever the event's own texts are."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    # Outside its strings JSON is ASCII, so this is the escape of half a surrogate pair that stands in one.
    return text.encode(errors="backslashreplace").decode()


def read(text: str) -> Json:
    """Return the event of a text."""
    event: Json
    try:
        event = from_json(text)  # in half the time of the standard library
    except ValueError:  # it takes no half of a surrogate pair
        event = json.loads(text)
    return event


def for_source(event: Json) -> Json:
    """Return an event as sources see it: what an operator did is told, and not which one did it."""
    return {name: value for name, value in event.items() if name != OPERATOR_FIELD}


def text_for_source(text: str) -> str:
    """Return the text of an event as sources see it; only one that may name an operator is read for that."""
    return written(for_source(read(text))) if _NAMES_OPERATOR in text else text
