"""Composites: one posting that stands for many plain records; which ones, and what became of them. Values in and out.

What a source has posted in a composite is remembered as the keys of its parts, by the field that they were posted in:
a field that is posted is complete, so parts that it had before are gone from it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.record import Json
from models.registry import Keys, PlainRecord, RecordType, Registry
from orchestration.decision import WRITES, Action, Case
from orchestration.envelope import Envelope, Operation
from orchestration.event import SUPERSEDED, Event, Level, event_of
from orchestration.paths import RecordPath

PARTS = "Parts"

QUEUED, WAITING, DEAD = OPEN = ("queued by themselves", "waiting", "dead")
"""What may become of a part that is not applied."""

TOLD = 10
"""The most parts that an event names."""

type Part = tuple[str, Keys]
"""The type and the keys of a part."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one posting of a composite.

    Attributes:
        rows: the postings of its parts, in order.
        kept: parts that are not posted any more and stay in OrderCloud.
        parts: the parts that are the composite's from now on, by the field that they were posted in.
        first: whether its source has not applied it before.
    """

    rows: tuple[Envelope, ...]
    kept: tuple[Part, ...]
    parts: Mapping[str, tuple[Part, ...]]
    first: bool

    def to_json(self) -> Json:
        """Return the parts as the cache remembers them."""
        return {PARTS: {name: [[kind, *keys] for kind, keys in parts] for name, parts in self.parts.items()}}


def remembered(applied: Json) -> dict[str, tuple[Part, ...]]:
    """Return the parts that `Plan.to_json` wrote."""
    stored = applied.get(PARTS, {})
    return {name: tuple((kind, tuple(keys)) for kind, *keys in parts) for name, parts in stored.items()}


def plan_of(case: Case, applied: Json, registry: Registry) -> Plan:
    """Return what is to be done for a posting of a composite, given what its source applied of it before."""
    posting, before = case.posting, remembered(applied)
    posted = [] if case.record_type.expand is None else list(case.record_type.expand(posting.posted))
    if posting.operation is Operation.DELETE:
        posted = []
    now: dict[str, tuple[Part, ...]] = {}
    for each in posted:
        part = (each.record_type, registry[each.record_type].keys_of(each.posted))
        now[each.field] = (*now.get(each.field, ()), part)
    all_told = posting.operation is not Operation.UPSERT
    stated = [name for name in before if all_told or _is_told(posting.posted, name)]
    there = {_identity(part) for parts in now.values() for part in parts}
    gone = {name: tuple(part for part in before[name] if _identity(part) not in there) for name in stated}
    policies = case.profile.policies
    deletes = posting.operation is not Operation.UPSERT or (
        policies.gone_parts == "delete" and policies.deletes == "allow"
    )
    leaving = [part for parts in gone.values() for part in parts if deletes and registry[part[0]].generation is None]
    rows = [_row(posting, registry[each.record_type], each) for each in posted]
    rows += [_removal(posting, part) for part in reversed(leaving)]
    kept = {name: tuple(part for part in parts if part not in leaving) for name, parts in gone.items()}
    remain = {name: before[name] for name in before if name not in stated}
    parts = {name: (*now.get(name, ()), *kept.get(name, ())) for name in (*now, *(kept.keys() - now.keys()))}
    staying = tuple(part for parts in kept.values() for part in parts)
    return Plan(tuple(rows), staying, {**remain, **parts}, not before)


def _is_told(posted: Json, name: str) -> bool:
    """Tell whether a posting says what is in a field; in one of an element that a posted list has no more, nothing."""
    outer, _, inner = name.partition("/")
    if not outer:
        return True
    if not inner or posted.get(outer) is None:
        return posted.get(outer) is not None
    identifier, _, field = inner.partition("/")
    element = next((each for each in posted[outer] if each["ID"].casefold() == identifier.casefold()), None)
    return element is None or element.get(field) is not None


def _row(posting: Envelope, row: RecordType, part: PlainRecord) -> Envelope:
    operation = Operation.UPSERT if row.generation else posting.operation
    keys = row.keys_of(part.posted)
    return replace(posting, record_type=row.name, keys=keys, posted=part.posted, operation=operation, left_out=())


def _removal(posting: Envelope, part: Part) -> Envelope:
    kind, keys = part
    return replace(posting, record_type=kind, keys=keys, posted={}, operation=Operation.DELETE, left_out=())


def _identity(part: Part) -> RecordPath:
    """Return what two spellings of one part have in common."""
    return RecordPath("", *part)


def batch_event(case: Case, plan: Plan, ended: Mapping[str, Event], attempt: int, time: datetime) -> Event:
    """Return the event of a composite: what became of its parts, whose own events say all about each.

    Args:
        case: the composite's.
        plan: what was to be done.
        ended: the last event of each row that has one, by its path in the queue.
        attempt: the number of the attempt.
        time: now.
    """
    events = [ended.get(str(row.path)) for row in plan.rows]
    outcomes = Counter(_outcome(event) for event in events)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    open_ones = [row for row, event in zip(plan.rows, events, strict=True) if _outcome(event) in OPEN]
    notes = [_told("not applied yet", (f"{row.record_type} {_named(row.keys)}" for row in open_ones))]
    notes += [_told("not posted any more, and kept", (f"{kind} {_named(keys)}" for kind, keys in plan.kept))]
    level = Level.WARN if open_ones else Level.SUCCESS
    keys = case.record_type.named(case.posting.keys)
    event = event_of(case.posting, keys, time, attempt, level, f"{len(plan.rows)} parts: {counted or 'none'}")
    said = "; ".join(note for note in (event.message, *notes) if note)
    return replace(event, action=_action(case, plan, outcomes).value, message=said or None)


def _outcome(event: Event | None) -> str:
    """Return what became of a part: its action, or why it has none yet."""
    if event is None:
        return QUEUED
    if event.error_type is None:
        return str(event.action)
    if event.error_type == SUPERSEDED:
        return "superseded"
    return DEAD if event.level is Level.ERROR else WAITING


def _action(case: Case, plan: Plan, outcomes: Mapping[str, int]) -> Action:
    """Return the action that sums up those of the parts."""
    written = {Action(outcome) for outcome in outcomes if outcome in WRITES}
    if case.posting.operation is Operation.DELETE:
        return Action.DELETE
    if plan.first and Action.CREATE in written:
        return Action.CREATE
    if written:
        return written.pop() if len(written) == 1 else Action.PATCH
    return Action.GET if Action.GET in outcomes else Action.IGNORE


def _named(keys: Keys) -> str:
    return "/".join(key or "~" for key in keys)


def _told(what: str, parts: Iterable[str]) -> str | None:
    names = list(parts)
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return f"{what}: {', '.join(names[:TOLD])}{more}" if names else None
