"""Count what records cost: storage requests from Azurite's access log, event-log writes, and OrderCloud calls."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from localdev.provisioning import OWN_TIMEOUT

_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.1"')
_RECORD_CONTAINERS = ("queue", "cache", "parked", "deadletters")

_OUTCOMES = """
SELECT version, record_type, COALESCE(action, json_extract(event, '$.ErrorType')) FROM events ORDER BY time
"""


def requests_by_record(log: Path, offset: int = 0) -> Counter[str]:
    """Count the app's storage requests by the record path that they name, from a place in Azurite's log on.

    The laptop's own requests are marked and left out; so are listings of whole containers, as the sweep makes them,
    and profiles.
    """
    counts: Counter[str] = Counter()
    with log.open("rb") as file:
        file.seek(offset)
        for line in file.read().decode(errors="replace").splitlines():
            if (found := _LINE.search(line)) and (path := _record_path(found["target"])):
                counts[path] += 1
    return counts


def _record_path(target: str) -> str | None:
    """Return the record's path that a request names: marketplace, type and key."""
    url = urlsplit(target)
    query = parse_qs(url.query)
    if query.get("timeout") == [str(OWN_TIMEOUT)]:
        return None
    _, _, container, *segments = unquote(url.path).split("/")
    if container not in _RECORD_CONTAINERS:
        return None
    if query.get("comp") == ["list"]:
        segments = query.get("prefix", [""])[0].split("/")
    if segments and segments[0] in ("due", "waits"):
        segments = segments[2:] if segments[0] == "due" else segments[1:]
    return "/".join(segments[:3]) if len(segments) >= 3 else None  # noqa: PLR2004 - marketplace, type, key


def event_writes(event_log: Path, versions: Iterable[str]) -> dict[str, int]:
    """Return how often the event of each version was written, by version; versions without an event are left out."""
    wanted = set(versions)
    rows = _rows(event_log, "SELECT version, SUM(writes) FROM events GROUP BY version")
    return {version: writes for version, writes in rows if version in wanted}


def outcomes(event_log: Path, types: Mapping[str, str]) -> dict[str, str]:
    """Return what became of each version, by version: its last event's action, or its error's type.

    `types` has the record type of each version: the parts of a composite have its version, and are left out.
    """
    rows = _rows(event_log, _OUTCOMES)
    return {version: outcome for version, record_type, outcome in rows if types.get(version) == record_type}


def _rows(event_log: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query of the event log finds: nothing before its first event, with which its table is made."""
    if not event_log.exists():
        return []
    with closing(sqlite3.connect(f"file:{event_log}?mode=ro", uri=True)) as log:
        made = log.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone()
        return log.execute(query).fetchall() if made else []
