"""OrderCloud misbehaves in each of its ways for a few seconds, while every action is asked for."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from faults.crash_actions import ACTIONS, Action
from faults.crashes import differences, expect_settled, run_undisturbed
from faults.judging import about, logged, unheard
from faults.outcomes import Outcome, Tell
from faults.pace import last
from faults.stage import Stage, new_key

type Json = dict[str, Any]

OUTAGE_SECONDS = 4.0
HANG_SECONDS = 60.0
_SETTLED_SECONDS = 120.0
_WELL = frozenset({200, 201, 204, 404, 409})
_BUSY = {"Errors": [{"ErrorCode": "TooManyRequests", "Message": "Slow down.", "Data": None}]}
_HTML = "<html><body>Bad gateway</body></html>"


def _status(status: int, body: Any = None, **headers: str) -> Json:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"kind": "status", "value": {"status": status, "headers": named, "body": body}}


@dataclass(frozen=True, slots=True)
class Outage:
    """One way to misbehave, as the sandbox's control API takes it.

    Attributes:
        name: as the table shows it.
        faults: what is ordered.
        late: whether calls are carried out long after the caller has given up. OrderCloud has no conditional write, so
            such a call may write once more what was written meanwhile.
    """

    name: str
    faults: Sequence[Mapping[str, Any]]
    late: bool = False


_HANG = {"kind": "latency", "value": HANG_SECONDS}
OUTAGES = (
    Outage(f"hangs {HANG_SECONDS:g} s, then does it", [_HANG], late=True),
    Outage(f"hangs {HANG_SECONDS:g} s, then cuts", [_HANG, {"kind": "drop_before"}]),
    Outage("429 with Retry-After", [_status(429, _BUSY, Retry_After="2")]),
    Outage("429", [_status(429, _BUSY)]),
    Outage("500", [_status(500, {"Errors": []})]),
    Outage("502 with HTML", [_status(502, _HTML, Content_Type="text/html")]),
    Outage("503", [_status(503)]),
    Outage("504 with HTML", [_status(504, _HTML, Content_Type="text/html")]),
    Outage("200 with HTML", [_status(200, _HTML, Content_Type="text/html")]),
    Outage("200 with truncated JSON", [_status(200, '{"ID": "t', Content_Type="application/json")]),
    Outage("cut before it is done", [{"kind": "drop_before"}]),
    Outage("cut after it is done", [{"kind": "drop_after"}]),
    Outage("tokens revoked", [{"kind": "revoke_tokens", "times": 6}]),
)


@dataclass(frozen=True, slots=True)
class Met:
    """One record that met an outage."""

    outage: Outage
    action: Action
    key: str
    version: str


def outages(stage: Stage, tell: Tell, chosen: Sequence[Outage] = OUTAGES) -> list[Outcome]:
    """Let each outage meet each action, one outage after the other, each when the circuit is closed again."""
    usual = {action.name: run_undisturbed(stage, action) for action in ACTIONS}
    keys = {(outage.name, action.name): new_key(action.name) for outage in chosen for action in ACTIONS}
    for outage in chosen:
        for action in ACTIONS:
            action.prepare(stage, keys[outage.name, action.name])
    expect_settled(stage, *keys.values())
    after, began = stage.sandbox.last(), time.monotonic()
    met = []
    for outage in chosen:
        met += _meet(stage, tell, outage, keys)
        stage.settled(*(keys[outage.name, action.name] for action in ACTIONS), seconds=_SETTLED_SECONDS)
    if any(_HANG in outage.faults for outage in chosen):
        tell("waiting for what hangs")
        last(max(0.0, HANG_SECONDS + 2 * OUTAGE_SECONDS - (time.monotonic() - began)))
    seen = stage.settled(*keys.values(), seconds=_SETTLED_SECONDS)
    journal, everything = stage.sandbox.journal(after), stage.sandbox.state()
    found: dict[str, list[str]] = {outage.name: [] for outage in chosen}
    well = dict.fromkeys(found, 0)
    for each in met:
        entries = about(journal, each.key)
        unanswered = len(entries) if each.outage.late else sum(unheard(entry) for entry in entries)
        problems = differences(
            each.key, usual[each.action.name], seen, entries, everything, unanswered=unanswered, late=each.outage.late
        )
        events = [one.event for one in stage.events(each.key)]
        problems += logged(events, f"{each.action.record_type}/{each.key}", each.version)
        found[each.outage.name] += [f"{each.action.name}: {problem}" for problem in problems]
        well[each.outage.name] += not problems
    told = []
    for outage in chosen:
        entries = [entry for each in met if each.outage is outage for entry in about(journal, each.key)]
        spoiled = sum(_spoiled(entry) for entry in entries)
        if not spoiled and not outage.late:  # what is carried out late looks as ever
            found[outage.name].append("no call met it")
        became = f"{well[outage.name]} of {len(ACTIONS)} as without"
        numbers = {"Calls": len(entries), "Spoiled": spoiled}
        wrong = tuple(found[outage.name])
        told.append(Outcome("outages", f"OrderCloud: {outage.name}", "all actions", became, wrong, numbers))
    return told


def _spoiled(entry: Json) -> bool:
    """Tell whether a call met an outage: it was not answered as OrderCloud answers a call of ours."""
    return unheard(entry) or entry["status"] not in _WELL


def _meet(stage: Stage, tell: Tell, outage: Outage, keys: Mapping[tuple[str, str], str]) -> list[Met]:
    """Ask for every action during an outage, and end the outage."""
    tell(outage.name)
    versions: dict[str, str] = {}
    # Only what is written through our profile: token, key and `me` calls of the intake go on.
    ordered = [{"path": "^/v1/(?!me$)", **fault} for fault in outage.faults]
    with stage.sandbox.faults(*ordered), ThreadPoolExecutor(len(ACTIONS)) as sources:
        asked = {
            action.name: sources.submit(stage.accepted, partial(action.ask, stage, keys[outage.name, action.name]))
            for action in ACTIONS
        }
        last(OUTAGE_SECONDS)
        versions = {name: answer.result() for name, answer in asked.items()}
    return [Met(outage, action, keys[outage.name, action.name], versions[action.name]) for action in ACTIONS]
