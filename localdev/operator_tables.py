"""Show dead letters, their causes, what became of them, and what is paused to a person."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

type Json = dict[str, Any]

SHOWN = 50
"""The most rows of a table; the rest is counted."""


def letters_table(letters: list[Json]) -> Group:
    """Return dead letters as a table, with what can be done about each class of them under it."""
    table = Table("died", "record", "client", "cause", "tries", box=SIMPLE)
    for letter in letters[:SHOWN]:
        table.add_row(
            *map(Text, (_minute(letter), record(letter), _short(letter["Client"]), _cause(letter))), _tries(letter)
        )
    advice = {letter["ErrorType"]: letter["WhatToDo"] for letter in letters}
    told = [Text(f"{kind}: {what}", style="dim") for kind, what in sorted(advice.items())]
    return Group(table, *more_than_shown(letters), *told)


def causes_table(causes: list[Json]) -> Table:
    """Return how many dead letters have each cause as a table."""
    table = Table("dead letters", "class", "code", "field", "what to do", box=SIMPLE)
    for cause in causes:
        names = (cause[name] or "" for name in ("ErrorType", "ErrorCode", "Field", "WhatToDo"))
        table.add_row(str(cause["Count"]), *map(Text, names))
    return table


def outcomes_table(items: list[Json], *, dry_run: bool) -> Group:
    """Return what became of dead letters as a table, and their counts."""
    table = Table("record", "client", "would be" if dry_run else "outcome", "", box=SIMPLE)
    for item in items[:SHOWN]:
        table.add_row(*map(Text, (record(item), _short(item["Client"]), item["Outcome"], item["Message"])))
    counted = Counter(item["Outcome"] for item in items)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counted.most_common())
    return Group(
        table, *more_than_shown(items), Text(f"{summary or 'Nothing matched'}{' (dry run)' if dry_run else ''}.")
    )


def pauses_table(pauses: list[Json]) -> Group:
    """Return what is paused as a table."""
    table = Table("client or resource", "clients", "type", "by", "since", "waiting", "why", box=SIMPLE)
    for pause in pauses[:SHOWN]:
        waiting = f"{pause['Waiting']}{' or more' if pause['More'] else ''}"
        since = str(pause["Since"])[:16].replace("T", " ")
        whose = pause["Client"] or pause["Resource"]
        table.add_row(
            *map(Text, (whose, str(pause["Clients"]), pause["RecordType"] or "all", pause["By"], since, waiting)),
            Text(pause["Reason"] or ""),
        )
    return Group(table, *more_than_shown(pauses))


def show_letter(letter: Json, console: Console) -> None:
    """Print all that is known of one dead letter."""
    facts = Table.grid(padding=(0, 2))
    hidden = ("Errors", "Standing", "WhatToDo", "Keys")
    for name, value in letter.items():
        if name not in hidden and value is not None:
            facts.add_row(name, Text(str(value)))
    console.print(Text(record(letter), style="bold"), facts)
    for error in letter["Errors"]:
        console.print(Text(f"{error.get('ErrorCode')}: {error.get('Message')} {error.get('Data') or ''}"))
    console.print(Text(f"What to do: {letter['WhatToDo']}"))
    standing = letter.get("Standing") or {}
    for event in standing.get("Events", ()):
        said = event["Action"] or event["ErrorType"] or ""
        console.print(Text(f"{event['Time'][:19]}  {event['Level']:8}  {said:20}  {event['Reason']}", style="dim"))


def more_than_shown(items: list[Json]) -> Iterable[Text]:
    """Return the line that counts what a table leaves out, if it does."""
    return [Text(f"… and {len(items) - SHOWN} more; --json has all.")] if len(items) > SHOWN else []


def record(item: Json) -> str:
    """Return a record as people call it; bytes that are none by their name."""
    if item["RecordType"] is None:
        return str(item["Key"])
    return f"{item['RecordType']} {'/'.join(key or '~' for key in item['Keys'].values())}"


def _cause(letter: Json) -> str:
    """Return the class, and OrderCloud's codes and fields or else the cause in a line."""
    told = [f"{error.get('ErrorCode')}{_about(error)}" for error in letter["Errors"]]
    return f"{letter['ErrorType']}: {', '.join(told) or letter['Cause'].splitlines()[-1][:100]}"


def _about(error: Json) -> str:
    data = error.get("Data")
    return f" ({data['Field']})" if isinstance(data, dict) and data.get("Field") else ""


def _tries(letter: Json) -> str:
    again = f", {letter['Replays']} replays" if letter["Replays"] else ""
    return f"{letter['Attempts']}{again}"


def _minute(letter: Json) -> str:
    return str(letter["DiedAt"] or "")[:16].replace("T", " ")


def _short(client: str | None) -> str:
    """Return enough of a client's id to tell it by."""
    return (client or "")[:8]
