"""The event of a posting that went through: what was decided, why, and what came of it."""

from dataclasses import replace
from datetime import datetime

from models.record import Json
from orchestration.decision import Case
from orchestration.event import Event, Level, event_of
from orchestration.execution import Carried
from orchestration.report import change_report
from orchestration.workitem import WorkItem


def applied_event(
    item: WorkItem, case: Case, carried: Carried, calls: tuple[Json, ...], now: datetime, warning: str | None = None
) -> Event:
    """Return the event; a warning is a fault that did not keep the posting from going through."""
    decision, record_type = carried.decision, case.record_type
    level = Level.WARN if warning else Level.PROGRESS if carried.left else Level.SUCCESS
    event = event_of(item.posting, record_type.named(item.posting.keys), now, item.attempt, level, decision.reason)
    dead = item.record.dead(item.path.client)
    notes = [event.message, warning]
    if dead:
        same = item.posting.is_same(dead.envelope)
        notes.append("it was a dead letter" if same else f"it supersedes dead letter {dead.envelope.version}")
    if item.other_kind:
        notes.append(f"the version before, {item.other_kind}, is of another kind")
    elif item.posting.mixed:
        notes.append("a version that waited before was of another kind")
    return replace(
        event,
        action=decision.action.value,
        message="; ".join(note for note in notes if note) or None,
        before=item.record.current,
        diff=change_report(record_type, decision.diff) or change_report(record_type, decision.drift),
        result=carried.record.current,
        calls=calls,
        uncertain=item.uncertain,
        durations=item.watch.laps,
    )
