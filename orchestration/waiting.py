"""What waits in the cache blob: a posting that could not be applied, why, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.record import Json
from orchestration.envelope import Envelope
from orchestration.stored_json import time_of, time_text


class WaitingState(StrEnum):
    """Why a posting waits."""

    PARKED = "parked"
    """For a retry at its due time; or, without one, for an operator to resume what is paused."""
    DEAD = "dead"
    """For a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A posting that could not be applied.

    Attributes:
        envelope: the posting.
        state: parked or dead.
        cause: the failure in words.
        error_type: the failure's class.
        errors: OrderCloud's errors, as its body gave them.
        status: OrderCloud's HTTP status, where it answered.
        attempts: how many runs have failed with it.
        untried: how many of them say nothing of the posting, which was not tried or whose account was at fault; those
            count against no limit.
        repeats: how many of them, the last ones, failed in the same way and waited for the same record.
        failed_at: when the last of them did.
        due: when the next one may start; none for a dead letter, and for what is paused.
        waits_for: the path of the record that has to come first, where that is what is missing.
        hints: the hints that point here, by name, each with its ETag.
        calls: how many OrderCloud calls the event of the last of them tells of, uncertain ones included; of a row none.
        unlogged: as many of a row, until that event is logged: nothing lies in the queue that says that it may not be.
    """

    envelope: Envelope
    state: WaitingState
    cause: str
    error_type: str
    attempts: int
    repeats: int = 1
    untried: int = 0
    errors: tuple[Json, ...] = ()
    status: int | None = None
    failed_at: datetime | None = None
    due: datetime | None = None
    waits_for: str | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    calls: int = 0
    unlogged: int = 0

    @property
    def told(self) -> str:
        """The cause as sources may read it: a traceback is for those who read the dead letter."""
        return "a defect of ours; the host's log has it" if self.error_type == "Defect" else self.cause

    def to_json(self) -> Json:
        """Return what waits as it is stored."""
        return {
            "Envelope": self.envelope.to_json(),
            "State": self.state.value,
            "Cause": self.cause,
            "ErrorType": self.error_type,
            "Errors": list(self.errors),
            "Status": self.status,
            "Attempts": self.attempts,
            "Repeats": self.repeats,
            "Untried": self.untried,
            "FailedAt": time_text(self.failed_at),
            "Due": time_text(self.due),
            "WaitsFor": self.waits_for,
            "Hints": dict(self.hints),
            "Calls": self.calls,
            "Unlogged": self.unlogged,
        }

    @staticmethod
    def from_json(stored: Json) -> "Waiting":
        """Return what was stored.

        Raises:
            KeyError, TypeError, ValueError: it is nothing that waits.
        """
        return Waiting(
            envelope=Envelope.from_json(stored["Envelope"]),
            state=WaitingState(stored["State"]),
            cause=stored["Cause"],
            error_type=stored["ErrorType"],
            errors=tuple(stored["Errors"]),
            status=stored.get("Status"),  # what was set aside earlier has neither this nor the time
            attempts=stored["Attempts"],
            repeats=stored.get("Repeats", 1),
            untried=stored.get("Untried", 0),
            failed_at=time_of(stored.get("FailedAt")),
            due=time_of(stored["Due"]),
            waits_for=stored["WaitsFor"],
            hints=stored["Hints"],
            calls=stored.get("Calls", 0),
            unlogged=stored.get("Unlogged", 0),
        )
