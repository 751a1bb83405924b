"""What is left out of a posting, as it is stored: as much as what is left out, however much stays.

Only for JSON objects of which one was made from more than the other, so that they agree in most.
"""

from collections.abc import Iterator
from typing import Any

from models.record import Json

WITHOUT, INSTEAD, WITHIN = "Without", "Instead", "Within"


def difference(whole: Json, rest: Json) -> Json:
    """Return what makes `rest` of `whole`: names that go, values that come instead, and the same for what is within.

    Elements of lists of one length are within by their places.
    """
    missing = sorted(whole.keys() - rest.keys())
    instead: Json = {}
    within: Json = {}
    for name, value in rest.items():
        before = whole.get(name)
        if name in whole and value == before:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            within[name] = difference(before, value)
        elif isinstance(value, list) and isinstance(before, list) and len(value) == len(before):
            within[name] = difference(dict(_numbered(before)), dict(_numbered(value)))
        else:
            instead[name] = value
    parts = {WITHOUT: missing, INSTEAD: instead, WITHIN: within}
    return {name: part for name, part in parts.items() if part}


def subtracted(whole: Json, less: Json) -> Json:
    """Return `rest`, where `less` is the difference.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is none of that object.
    """
    rest = {name: value for name, value in whole.items() if name not in less.get(WITHOUT, ())}
    for name, inner in less.get(WITHIN, {}).items():
        value = whole[name]
        if isinstance(value, list):
            elements = subtracted(dict(_numbered(value)), inner)
            rest[name] = [elements[place] for place, _ in _numbered(value)]
        else:
            rest[name] = subtracted(value, inner)
    return {**rest, **less.get(INSTEAD, {})}


def lost(whole: Json, rest: Json, above: str = "") -> Iterator[str]:
    """Yield the dotted names of what is in all that was posted and not, or not so, in the rest."""
    for name, value in whole.items():
        now = rest.get(name)
        if isinstance(value, dict) and isinstance(now, dict):
            yield from lost(value, now, f"{above}{name}.")
        elif name not in rest:
            yield f"{above}{name}"
        elif value != now:
            yield f"{above}{name} in part"


def _numbered(values: list[Any]) -> Iterator[tuple[str, Any]]:
    return ((str(place), value) for place, value in enumerate(values))
