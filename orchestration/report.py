"""The change report that people read: what of a record a run changed, made for changed records only."""

import json

from deepdiff import DeepDiff

from models.record import Json
from models.registry import dotted
from orchestration.diff import Diff


def change_report(diff: Diff) -> Json | None:
    """Return the changes by field, each with its values before and after; none when nothing changed.

    A list is broken down, under `Details`, to what changed inside it.
    """
    report: Json = {}
    for change in (*diff.changes, *diff.along):
        entry: Json = {"Before": change.before, "After": change.after}
        if isinstance(change.before, list) and isinstance(change.after, list):
            inner = DeepDiff(change.before, change.after, verbose_level=2, ignore_numeric_type_changes=True)
            entry["Details"] = json.loads(inner.to_json())
        report[dotted(change.path)] = entry
    for path in diff.removed:
        report[dotted(path)] = {"Removed": True}
    return report or None
