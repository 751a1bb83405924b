"""Determine the action for a posting: values in, a decision with its reason out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.record import Json, lay_over
from models.registry import Keys, RecordType, dotted
from orchestration.cached_record import CachedRecord
from orchestration.diff import NOTHING, Diff, calculate_diff, calculate_drift, joined
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
    """An action, why, and what it writes.

    Attributes:
        diff: what is to be written, where something is there already.
        drift: what OrderCloud moved by itself and the policy only reports.
        replaces: a record that is there is deleted before the create.
        generates: the record is looked for among those that OrderCloud generates, and generated where it is not there.
    """

    action: Action
    reason: str
    diff: Diff = NOTHING
    drift: Diff = NOTHING
    replaces: bool = False
    generates: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether OrderCloud is to be written to."""
        return self.action in WRITES

    def calls(self, *, listed: bool) -> int:
        """Return how many calls it takes, as long as OrderCloud has what it is thought to have.

        Two lists, the generation, the first list anew and a PATCH where nothing is `listed` of what it generates.
        """
        if self.generates:
            return 1 if listed else 5
        return {Action.IGNORE: 0, Action.UPDATE: 2, Action.CREATE: 1 + self.replaces}.get(self.action, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """What a decision is made for: the posting, its type, and the profile of its source."""

    record_type: RecordType
    posting: Envelope
    profile: Profile

    def keys(self, record: CachedRecord) -> Keys:
        """Return the record's keys as OrderCloud spells them, else as posted."""
        return self.record_type.spelled(self.posting.keys, record.current)

    def managed(self, record: CachedRecord) -> Json:
        """Return everything that the source has posted by now, the posting laid over what it applied before."""
        if self.posting.operation is Operation.DELETE:
            return {}
        before = record.applied_by(self.posting.client) if self.posting.operation is Operation.UPSERT else {}
        return lay_over(self.posting.posted, before)

    def says_more(self, record: CachedRecord) -> bool:
        """Tell whether the posting says anything that its source has not applied yet; ignored fields say nothing.

        It counts even where there is nothing to write: what the source posts next is compared with it.
        """
        managed, applied = self.managed(record), record.applied_by(self.posting.client)
        return bool(calculate_diff(self.record_type, managed, applied, applied, {}) if managed else applied)


def determine_action(case: Case, record: CachedRecord, now: datetime, looked: CachedRecord | None = None) -> Decision:
    """Choose the action by the decision table: what is there, against what was posted.

    Args:
        case: what the source wants.
        record: what OrderCloud has, as far as we know.
        now: the time against which the age of what we know is measured.
        looked: where OrderCloud was just read in this run, what was known before: what moved since is drift.
    """
    due = looked is None and refresh_due(record, case.profile.policies, now)
    match case.posting.operation:
        case Operation.DELETE:
            unseen = looked is not None and case.record_type.assigned  # it cannot be read, so it may be there
            if record.deleted and not due and not unseen:
                return Decision(Action.IGNORE, "it is deleted already")
            return Decision(Action.DELETE, "the source deletes it")
        case Operation.REPLACE if record.current is not None:
            return Decision(Action.CREATE, "the source deleted it and posted it again", replaces=True)
        case Operation.UPSERT | Operation.REPLACE:
            if record.current is None or (looked is not None and case.record_type.assigned):
                reason = _absence(case.record_type, record, looked)
                return Decision(Action.CREATE, reason, generates=case.record_type.generation is not None)
            return _for_changes(case, record, record.current, looked, due=due)


def _absence(record_type: RecordType, record: CachedRecord, looked: CachedRecord | None) -> str:
    if looked is not None and record_type.assigned:
        return "what OrderCloud has of it is to be made sure, and an assignment cannot be read: it is posted again"
    if looked is not None and looked.current is not None:
        return "it is gone from OrderCloud behind our back"
    return "it was deleted before" if record.deleted and record.applied else "it is not cached"


def _for_changes(
    case: Case, record: CachedRecord, current: Json, looked: CachedRecord | None, *, due: bool
) -> Decision:
    """Choose between writing the diff, reading again and doing nothing."""
    client, generation = case.posting.client, case.record_type.generation
    if generation and generation.combination_of(case.posting.posted) - generation.combination_of(current):
        return Decision(Action.CREATE, f"another {generation.combination} is meant by it now", generates=True)
    diff = calculate_diff(
        case.record_type, case.posting.posted, record.applied_by(client), current, record.attempted.get(client, {})
    )
    drift = NOTHING
    if looked is not None and looked.current is not None:
        drift = calculate_drift(case.record_type, case.managed(record), looked.current, current)
    reported = NOTHING
    if case.profile.policies.drift == "correct":
        diff = joined(diff, drift)
    else:
        reported = drift
    words = f"; OrderCloud's values had drifted: {', '.join(drift.fields)}" if drift else ""
    if diff.removed:
        taken_out = ", ".join(dotted(path) for path in diff.removed)
        return Decision(Action.UPDATE, f"xp properties were removed: {taken_out}{words}", diff, reported)
    if diff:
        return Decision(Action.PATCH, f"fields changed: {', '.join(diff.fields)}{words}", diff, reported)
    if due or looked is not None:
        return Decision(Action.GET, f"nothing changed; OrderCloud is read again{words}", drift=reported)
    return Decision(Action.IGNORE, "nothing changed")


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
