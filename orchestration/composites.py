"""Composites: one posting that stands for many plain records; which ones, and what became of them. Values in and out.

What a source has posted in a composite is remembered as the keys of its parts, by the field that they were posted in:
a field that is posted is complete, so parts that it had before are gone from it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.record import Json
from models.registry import Keys, PlainRecord, RecordType, Registry
from orchestration.cached_record import CachedRecord, union
from orchestration.decision import WRITES, Action, Case
from orchestration.envelope import Envelope, Operation, Remainder
from orchestration.event import SUPERSEDED, Event, Level, event_of
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version

PARTS_STEP = "Parts"
"""The step of a run in which a composite's parts are run; plain records have none such."""

REMEMBERED_PARTS = "Parts"
"""Where the cache has a composite's parts, in what its source has applied."""

WAITING, DEAD = OPEN = ("waiting", "dead")
"""What may become of a part that is not applied."""

SUPERSEDED_PART = "superseded"

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
        """Return the parts as the cache remembers them: each by its path, so that two runs' parts can be united."""
        return {
            REMEMBERED_PARTS: {
                name: {str(_identity(part)): [part[0], *part[1]] for part in parts}
                for name, parts in self.parts.items()
            }
        }


def remembered(applied: Json) -> dict[str, tuple[Part, ...]]:
    """Return the parts that `Plan.to_json` wrote."""
    stored = applied.get(REMEMBERED_PARTS, {})
    return {name: tuple((kind, tuple(keys)) for kind, *keys in parts.values()) for name, parts in stored.items()}


def plan_of(case: Case, record: CachedRecord, registry: Registry) -> Plan:
    """Return what is to be done for a posting of a composite, given what its source did of it before.

    What runs that died may have made counts as the composite's, too. A row is as old as the newest posting that says
    anything in it, and remembers what is left of it without the others, as the composite does.
    """
    posting = case.posting
    plan = _plan(case, record, registry)
    rests = [
        (each.upto, {row.path: row for row in _plan(_of_remainder(case, each), record, registry).rows})
        for each in posting.remainders
    ]
    return replace(plan, rows=tuple(_layered(row, rests) for row in plan.rows)) if rests else plan


def _of_remainder(case: Case, rest: Remainder) -> Case:
    return replace(case, posting=replace(case.posting, operation=rest.operation, posted=rest.posted))


def _layered(row: Envelope, rests: Iterable[tuple[Version, Mapping[QueuePath, Envelope]]]) -> Envelope:
    """Return a row with the version that it has, and what is left of it, given the rows that are left by version."""
    remainders: list[Remainder] = []
    for upto, rows in rests:
        left = rows.get(row.path)
        if left is None:
            return replace(row, version=upto).remembering(remainders)
        remainders.append(Remainder(upto, left.operation, left.posted))
    return row.remembering(remainders)


def _plan(case: Case, record: CachedRecord, registry: Registry) -> Plan:
    """Return what is to be done, as if all of the posting was one."""
    posting, policies = case.posting, case.profile.policies
    applied, attempted = record.applied_by(posting.client), record.attempted.get(posting.client, {})
    before = remembered(union(applied, attempted))
    all_told = posting.operation is not Operation.UPSERT
    told = [name for name in before if all_told or _is_told(posting.posted, name)]
    posted = _posted(case, {kind for name, parts in before.items() if name not in told for kind, _ in parts})
    now: dict[str, tuple[Part, ...]] = {}
    for each in posted:
        part = (each.record_type, registry[each.record_type].keys_of(each.posted))
        now[each.field] = (*now.get(each.field, ()), part)
    there = {_identity(part) for parts in now.values() for part in parts}
    gone = [(name, part) for name in told for part in before[name] if _identity(part) not in there]
    deletes = all_told or (policies.gone_parts == "delete" and policies.deletes == "allow")
    leaving = [part for _, part in gone if deletes and (all_told or registry[part[0]].generation is None)]
    kept = [(name, part) for name, part in gone if part not in leaving]
    parts = {name: parts for name, parts in before.items() if name not in told} | now
    for name, part in kept:
        if registry[part[0]].generation is None:  # what nobody can delete is left to itself
            parts[name] = (*parts.get(name, ()), part)
    rows = [_row(posting, registry[each.record_type], each) for each in posted]
    rows += [_removal(posting, part) for part in reversed(leaving)]
    return Plan(tuple(rows), tuple(part for _, part in kept), parts, first=not remembered(applied))


def _posted(case: Case, elsewhere: Collection[str]) -> list[PlainRecord]:
    """Return the parts of a posting; those that are only implied give way to types that were posted `elsewhere`."""
    if case.record_type.expand is None or case.posting.operation is Operation.DELETE:
        return []
    parts = case.record_type.expand(case.posting.posted)
    return [part for part in parts if not part.implied or part.record_type not in elsewhere]


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
    return _part(posting, (row.name, row.keys_of(part.posted)), operation, part.posted)


def _removal(posting: Envelope, part: Part) -> Envelope:
    return _part(posting, part, Operation.DELETE, {})


def _part(posting: Envelope, part: Part, operation: Operation, posted: Json) -> Envelope:
    """Return the envelope of a part, without what is the composite's own."""
    kind, keys = part
    whose = replace(posting, left_out=(), remainders=(), mixed=False, outdated=None)
    return replace(whose, record_type=kind, keys=keys, posted=posted, operation=operation)


def _identity(part: Part) -> RecordPath:
    """Return what two spellings of one part have in common."""
    return RecordPath("", *part)


def batch_event(case: Case, plan: Plan, ended: Mapping[str, Event], attempt: int, time: datetime) -> Event:
    """Return the event of a composite: what became of its parts, whose own events say all about each.

    Args:
        case: the composite's.
        plan: what was to be done.
        ended: the last event of each row that has one, by its path in the queue; one that waited already has none.
        attempt: the number of the attempt.
        time: now.
    """
    events = [ended.get(str(row.path)) for row in plan.rows]
    outcomes = Counter(_outcome(event) for event in events)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    open_ones = [row for row, event in zip(plan.rows, events, strict=True) if _outcome(event) in OPEN]
    notes = [_told("not applied yet", (f"{row.record_type} {_named(row.keys)}" for row in open_ones))]
    notes += [_told("not posted any more, and kept", (f"{kind} {_named(keys)}" for kind, keys in plan.kept))]
    level = Level.WARN if open_ones or SUPERSEDED_PART in outcomes else Level.SUCCESS
    keys = case.record_type.named(case.posting.keys)
    parts = "1 part" if len(plan.rows) == 1 else f"{len(plan.rows)} parts"
    event = event_of(case.posting, keys, time, attempt, level, f"{parts}: {counted or 'none'}")
    said = "; ".join(note for note in (event.message, *notes) if note)
    return replace(event, action=_action(case, plan, outcomes).value, message=said or None)


def _outcome(event: Event | None) -> str:
    """Return what became of a part: its action, or why it has none yet."""
    if event is None or event.level is Level.PROGRESS:
        return WAITING
    if event.error_type is None:
        return str(event.action)
    if event.error_type == SUPERSEDED:
        return SUPERSEDED_PART
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
