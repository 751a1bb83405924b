"""Show what a verification found, and what a rebuild did, to a person."""

import json
from collections import Counter
from typing import Any

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from localdev.operator_tables import SHOWN, more_than_shown

LONGEST = 60

type Json = dict[str, Any]


def differences_table(answer: Json) -> Group:
    """Return every difference as a table, a line for each field, with the counts under it."""
    items = answer["Items"]
    table = Table("record", "difference", "field", "cached", "there", "managed by", "outcome", box=SIMPLE)
    for item in items[:SHOWN]:
        for field in item["Fields"] or [{"Field": "", "Cached": "", "There": "", "ManagedBy": []}]:
            managed_by = ", ".join(client[:8] for client in field["ManagedBy"])
            named = (field["Field"], _short(field["Cached"]), _short(field["There"]), managed_by)
            table.add_row(*map(Text, (item["RecordID"], item["Kind"], *named, item["Outcome"] or "")))
    kinds = Counter(item["Kind"] for item in items)
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "no difference"
    looked = sum(answer["Looked"].values())
    told = [Text(f"{looked} records of {len(answer['Looked'])} types were compared: {found}.")]
    return Group(*([table] if items else []), *more_than_shown(items), *_unread(answer), *told)


def rebuilt_table(answer: Json) -> Group:
    """Return what a rebuild did as a table, a line for each type."""
    table = Table("type", "read anew", "gone", "fresh", "left alone", box=SIMPLE)
    for item in answer["Items"]:
        left = item["Busy"] + item["Unreadable"]
        table.add_row(item["RecordType"], *(str(count) for count in (item["Read"], item["Gone"], item["Fresh"], left)))
    left_alone = [Text(f"left alone: {each['RecordID']}: {each['Why']}", style="dim") for each in answer["Left"]]
    return Group(table, *left_alone[:SHOWN], *_unread(answer))


def _unread(answer: Json) -> list[Text]:
    return [Text(f"could not be looked at: {each['What']}: {each['Why']}", style="red") for each in answer["Unread"]]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
