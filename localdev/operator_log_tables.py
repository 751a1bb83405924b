"""Show events and statistics to a person."""

from typing import Any

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

type Json = dict[str, Any]

STYLES = {"Warn": "yellow", "Error": "red"}


def event_line(event: Json) -> Text:
    """Return an event in one line: when, what became of which record of whom, and why."""
    record = "/".join(key or "~" for key in event["Keys"].values()) or event["RecordID"]
    said = event["ErrorType"] or event["Action"] or ""
    who = f" ({event['Operator']})" if "Operator" in event else ""
    why = f"{event['Reason']}{who}" + (f"; {event['Message']}" if event["Message"] else "")
    start = f"{event['Time'][:23]:23}  {event['Level']:8}  {said:19}  {event['Client'][:8]:8}"
    line = f"{start}  {event['RecordType']} {record}  {' '.join(why.split())}"
    return Text(line, style=STYLES.get(event["Level"], ""))


def statistics_tables(told: Json) -> Group:
    """Return the counts of each hour as a table, and under it what is queued, parked, dead and paused."""
    table = Table(
        *("hour", "client", "type", "what became of postings", "calls", "saved", "uncertain", "p50 s", "p99 s"),
        box=SIMPLE,
    )
    for row in told["Items"]:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in row["Outcomes"].items())
        calls, lead = row["Calls"], row["LeadSeconds"]
        numbers = (calls["Made"], calls["Saved"], calls["Uncertain"], lead["P50"], lead["P99"])
        names = (row["Hour"][:16].replace("T", " "), row["Client"][:8], row["RecordType"], outcomes)
        table.add_row(*map(Text, names), *("" if number is None else f"{number:g}" for number in numbers))
    partial = ", ".join(hour[:16].replace("T", " ") for hour in told["PartialHours"])
    lines = [f"not counted to their end: {partial}"] if partial else []
    return Group(
        table,
        *map(Text, [*lines, _queued(told["Queue"]), *(_waiting(name, told[name]) for name in ("Parked", "Dead"))]),
        Text(f"pauses: {len(told['Paused'])}"),
    )


def _queued(queue: Json) -> str:
    oldest = "" if queue["OldestSeconds"] is None else f", the oldest for {queue['OldestSeconds']:.0f} s"
    return f"queued: {_least(queue['Waiting'], whole=queue['Whole'])}{oldest}"


def _waiting(name: str, waiting: Json) -> str:
    causes = ", ".join(f"{count} {cause}" for cause, count in waiting["ErrorTypes"].items())
    looked = f" (of {waiting['Looked']})" if waiting["Looked"] < waiting["Count"] else ""
    return (
        f"{name.lower()}: {_least(waiting['Count'], whole=waiting['Whole'])}{f': {causes}{looked}' if causes else ''}"
    )


def _least(count: int, *, whole: bool) -> str:
    return f"{count}" if whole else f"{count} or more"
