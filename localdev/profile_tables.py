"""Show integration profiles, and what was found of them, to a person. Nothing here holds a secret."""

import json
from typing import Any

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

type Json = dict[str, Any]


def profiles_table(profiles: list[Json], wrong: list[str]) -> Group:
    """Return profiles as a table, and under it what is wrong with those that are not good."""
    table = Table("client", "marketplace", "writes for", "secret", "policies", box=SIMPLE)
    for each in profiles:
        named = (each[name] for name in ("ClientID", "Marketplace", "Resource", "ClientSecret"))
        table.add_row(*map(Text, (*named, json.dumps(each["Policies"]) if each["Policies"] else "")))
    return Group(table, *(Text(fault, style="red") for fault in wrong))


def findings_table(items: list[Json]) -> Table:
    """Return what was found of each client's profile as a table, each fault with its cure under it."""
    table = Table("client", "", "about", "found", box=SIMPLE)
    for item in items:
        for finding in item["Findings"]:
            mark = Text("ok", style="green") if finding["Ok"] else Text("FAULT", style="red")
            table.add_row(Text(item["Client"]), mark, Text(finding["About"]), Text(finding["Message"]))
            if finding["Cure"]:
                table.add_row("", "", "", Text(finding["Cure"], style="bold"))
    return table
