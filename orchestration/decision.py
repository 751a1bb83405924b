"""Determine the action for a posting: values in, a decision with its reason out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.record import Json
from models.registry import RecordType
from orchestration.cached_record import CachedRecord
from orchestration.diff import NOTHING, Diff
from orchestration.envelope import Envelope, Operation
from orchestration.profile import Policies, Profile, Refresh


class Action(StrEnum):
    """What is done in OrderCloud for one posting."""

    IGNORE = "Ignore"
    GET = "Get"
    CREATE = "Create"
    UPDATE = "Update"
    PATCH = "Patch"
    DELETE = "Delete"


WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.PATCH, Action.DELETE})


@dataclass(frozen=True, slots=True)
class Decision:
    """An action, why, and what it writes. `replaces`: a record that is there is deleted before the create."""

    action: Action
    reason: str
    diff: Diff = NOTHING
    replaces: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether OrderCloud is to be written to."""
        return self.action in WRITES


def determine_action(
    posting: Envelope, record: CachedRecord, diff: Diff, policies: Policies, now: datetime
) -> Decision:
    """Choose the action by the decision table: what is there, against what was posted.

    Args:
        posting: what the source wants.
        record: what OrderCloud has, as far as we know.
        diff: the posting's diff against it; empty when nothing is there.
        policies: the profile's.
        now: the time against which the age of what we know is measured.
    """
    due = refresh_due(record, policies, now)
    match posting.operation:
        case Operation.DELETE:
            if record.deleted and not due:
                return Decision(Action.IGNORE, "it is deleted already")
            return Decision(Action.DELETE, "the source deletes it")
        case Operation.REPLACE if record.current is not None:
            return Decision(Action.CREATE, "the source deleted it and posted it again", replaces=True)
        case Operation.UPSERT | Operation.REPLACE:
            if record.current is None:
                return Decision(Action.CREATE, "it was deleted before" if record.deleted else "it is not cached")
            return _for_changes(diff, record, due=due)


def _for_changes(diff: Diff, record: CachedRecord, *, due: bool) -> Decision:
    if diff.removed:
        taken_out = ", ".join(".".join(path) for path in diff.removed)
        return Decision(Action.UPDATE, f"xp properties were removed: {taken_out}", diff)
    if diff:
        return Decision(Action.PATCH, f"fields changed: {', '.join(diff.fields)}", diff)
    if due:
        return Decision(Action.GET, "nothing changed; a refresh is due")
    return Decision(Action.IGNORE, "nothing changed" if record.certain else "nothing changed; OrderCloud was asked")


def refresh_due(record: CachedRecord, policies: Policies, now: datetime) -> bool:
    """Tell whether the policy wants what we know to be read again from OrderCloud."""
    match policies.refresh:
        case Refresh.NEVER:
            return False
        case Refresh.ALWAYS:
            return True
        case timedelta() as age:
            return record.fetched_at is None or now - record.fetched_at >= age


def is_foreign(record_type: RecordType, profile: Profile, current: Json | None) -> bool:
    """Tell whether what OrderCloud has belongs to another owner than the profile's resource.

    A seller writes all of its marketplace; a supplier's client only what the supplier owns.
    """
    if current is None or record_type.owner is None or profile.supplier is None:
        return False
    return str(current.get(record_type.owner) or "").casefold() != profile.supplier.casefold()
