"""When two values are the same to OrderCloud: numbers by value, instants by time, enums without case, lists by key.

An instant of the year 1 stands, where a type says so, for the time at which it was written: any time will do then.
Absent and null are the same here: OrderCloud shows every field, and a property that it does not show is not set.
"""

from collections.abc import Iterable
from typing import Any

from models.fields import parse_instant
from models.record import Json
from models.registry import Path, RecordType


def same(record_type: RecordType, path: Path, one: Any, other: Any, *, stated: bool = False) -> bool:
    """Tell whether two JSON values at a path are the same to OrderCloud.

    With `stated`, tell whether a source says the same with both: then absent and null differ.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        if stated and one.keys() != other.keys():
            return False
        names = {*one, *other}
        return all(same(record_type, (*path, name), one.get(name), other.get(name), stated=stated) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        if key := record_type.list_keys.get(path):
            one, other = ordered(one, key), ordered(other, key)
        return len(one) == len(other) and all(
            same(record_type, (*path, "*"), *pair, stated=stated) for pair in zip(one, other, strict=True)
        )
    if isinstance(one, str) and isinstance(other, str):
        return one == other or _same_text(record_type, path, one, other)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def covers(record_type: RecordType, path: Path, posted: Any, current: Any) -> bool:
    """Tell whether the current value already says what was posted, whatever else it says.

    Objects need the posted properties only; so do the elements of a keyed list, whose keys must be the posted ones.
    """
    if isinstance(posted, dict) and isinstance(current, dict):
        return all(covers(record_type, (*path, name), value, current.get(name)) for name, value in posted.items())
    if isinstance(posted, list) and isinstance(current, list) and (key := record_type.list_keys.get(path)):
        if len(posted) != len(current):
            return False
        pairs = zip(ordered(posted, key), ordered(current, key), strict=True)
        return all(covers(record_type, (*path, "*"), *pair) for pair in pairs)
    if posted == {} and current is None:
        return True
    return same(record_type, path, posted, current)


def ordered(elements: Iterable[Any], key: str) -> list[Any]:
    """Return the elements of a keyed list in the order of their keys."""
    return sorted(elements, key=lambda element: _sortable(element.get(key) if isinstance(element, dict) else element))


def by_key(elements: Iterable[Json], key: str) -> dict[Any, Json]:
    """Return the elements of a keyed list by their keys."""
    return {element.get(key): element for element in elements}


def _sortable(value: Any) -> tuple[str, float, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", float(value), "")
    return (type(value).__name__, 0.0, str(value))


def _same_text(record_type: RecordType, path: Path, one: str, other: str) -> bool:
    match record_type.kinds.get(path):
        case "instant":
            return _same_instant(one, other)
        case "moment":
            return is_year_one(one) or _same_instant(one, other)
        case "enum":
            return one.casefold() == other.casefold()
        case None:
            return False


def _same_instant(one: str, other: str) -> bool:
    try:
        return parse_instant(one) == parse_instant(other)
    except ValueError:
        return False


def is_year_one(text: str) -> bool:
    """Tell whether a text names an instant of the year 1, in whatever time zone."""
    return text.startswith("0001-")
