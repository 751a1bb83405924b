"""Show plans and explanations to a person."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from localdev.operator_tables import SHOWN, more_than_shown, record

type Json = dict[str, Any]


def plan_table(items: list[Json]) -> Group:
    """Return what would become of records: what, why, and how many OrderCloud calls it takes."""
    table = Table("#", "record", "action", "why", "calls", box=SIMPLE)
    for item in items[:SHOWN]:
        table.add_row(
            str(item["Index"]), Text(record(item)), item["Action"] or "-", Text(item["Reason"]), str(len(item["Calls"]))
        )
    return Group(table, *more_than_shown(items))


def refusals_table(errors: list[Json]) -> Group:
    """Return what the intake would refuse."""
    table = Table("#", "error", "field", "what is wrong", box=SIMPLE, title="Refused", title_justify="left")
    for error in errors[:SHOWN]:
        data = error["Data"]
        table.add_row(str(data["Index"]), error["ErrorCode"], Text(data["Field"] or ""), Text(error["Message"]))
    return Group(table, *more_than_shown(errors))


def summary(told: Json) -> str:
    """Return in a line what would become of all."""
    counts = Counter(item["Action"] or "not now" for item in told["Items"])
    calls = sum(len(item["Calls"]) for item in told["Items"])
    refused = len({error["Data"]["Index"] for error in told["Errors"]})
    outcomes = [f"{count} {action}" for action, count in counts.most_common()]
    return f"{', '.join([*outcomes, f'{refused} refused'])}; {calls} OrderCloud calls. Nothing was written."


def show_calls(items: Iterable[Json], console: Console) -> None:
    """Print every request that would be sent."""
    for item in items:
        for call in item["Calls"]:
            console.print(Text(f"{item['Index']}  {call_in_words(call)}"))


def show_explanation(found: Json, console: Console) -> None:
    """Print all that is known of how a record came to be where it is."""
    console.print(Text(record(found), style="bold"), Text(f"{found['State']}: {found['Reason']}"))
    for change in found["Changes"]:
        console.print(Text(f"  {change}"))
    if found["WaitingFor"] or found["NextAttempt"]:
        console.print(Text(f"Waits for {found['WaitingFor'] or 'its time'}; next attempt {found['NextAttempt']}"))
    if found["OtherSources"]:
        others = ", ".join(found.get("OtherClients", ())) or "their ids are for operators"
        console.print(Text(f"Other sources write it, too: {others}"))
    for event in found["Timeline"]:
        said = event["Action"] or event["ErrorType"] or ""
        who = f"  by {event['Operator']}" if "Operator" in event else ""
        console.print(Text(f"{event['Time'][:19]}  {event['Level']:8}  {said:20}  version {event['Version']}{who}"))
        for step in event["Steps"]:
            took = "" if step["Seconds"] is None else f"{step['Seconds'] * 1000:.1f} ms"
            console.print(Text(f"    {step['Step']:9} {took:>9}  {step['Says'] or step['Time'] or ''}", style="dim"))
        for change in event["Changes"]:
            console.print(Text(f"    {change}"))
    following = found["Next"]
    if following is None:
        console.print(Text("What its next run would do is not known: what was posted is not kept."))
        return
    console.print(Text(f"Next: {following['Action'] or '-'}: {following['Reason']}"))
    for call in following["Calls"]:
        console.print(Text(f"    {call_in_words(call)}"))


def call_in_words(call: Json) -> str:
    """Return a request in a line."""
    body = "" if call["Body"] is None else f"  {json.dumps(call['Body'], ensure_ascii=False)}"
    return f"{call['Method']} {call['Path']}{body}"
