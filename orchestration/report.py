"""The change report that people read: what of a record a run changed, made for changed records only."""

import json
from typing import Any

from deepdiff import DeepDiff

from models.record import Json
from models.registry import RecordType, dotted
from orchestration.comparison import by_key
from orchestration.diff import Change, Diff
from orchestration.requests import merged_list
from orchestration.sealing import HIDDEN, sealed_in


def change_report(record_type: RecordType, diff: Diff) -> Json | None:
    """Return the changes by field, each with its values before and after; none when nothing changed.

    A list is broken down, under `Details`, to what changed inside it, by the key of its elements where they have one.
    """
    report: Json = {dotted(change.path): _entry(record_type, change) for change in (*diff.changes, *diff.along)}
    report |= {dotted(path): {"Removed": True} for path in diff.removed}
    return report or None


def _entry(record_type: RecordType, change: Change) -> Json:
    if sealed_in(change.after):
        return {"Before": HIDDEN, "After": HIDDEN}
    entry: Json = {"Before": change.before, "After": change.after}
    if isinstance(change.before, list) and isinstance(change.after, list):
        before, after = _comparable(record_type, change)
        inner = DeepDiff(before, after, verbose_level=2, ignore_numeric_type_changes=True)
        entry["Details"] = json.loads(inner.to_json())
    return entry


def _comparable(record_type: RecordType, change: Change) -> tuple[Any, Any]:
    """Return the two lists as they are compared: by key, and with what OrderCloud knows besides on both sides."""
    key = record_type.list_keys.get(change.path)
    if key is None:
        return change.before, change.after
    after = merged_list(key, change.before, change.after)
    return _named(by_key(change.before, key)), _named(by_key(after, key))


def _named(elements: dict[Any, Json]) -> Json:
    """Return elements by what their keys look like; 1 and 1.0 are one key."""
    return {f"{key:g}" if isinstance(key, int | float) else str(key): value for key, value in elements.items()}
