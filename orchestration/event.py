"""One line of the event log: what was decided for a record, why, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.record import Json
from models.registry import RecordType
from orchestration.envelope import Envelope
from orchestration.paths import QueuePath
from orchestration.requests import Request
from orchestration.versions import Version


class Level(StrEnum):
    """How much a person should care."""

    PROGRESS = "Progress"
    SUCCESS = "Success"
    WARN = "Warn"
    ERROR = "Error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to one posting in one attempt.

    `keys` are the values as posted, by field name; `durations` are seconds by step.
    """

    path: QueuePath
    version: Version
    attempt: int
    time: datetime
    level: Level
    record_type: str
    resource: str
    keys: Mapping[str, str | None]
    action: str | None
    reason: str
    message: str | None = None
    error_type: str | None = None
    errors: tuple[Json, ...] = ()
    posted: Json | None = None
    before: Json | None = None
    diff: Json | None = None
    result: Json | None = None
    calls: tuple[Json, ...] = ()
    durations: Mapping[str, float] = field(default_factory=dict)
    trace_id: str | None = None
    job_id: str | None = None

    @property
    def id(self) -> str:
        """The same for every run of the same attempt, so that a rerun overwrites its own event."""
        return f"{str(self.path).replace('/', ':')}:{self.version}:{self.attempt}"

    def to_json(self) -> Json:
        """Return the event by the names of the HTTP API."""
        return {
            "Id": self.id,
            "Time": self.time.isoformat(),
            "Level": self.level.value,
            "RecordType": self.record_type,
            "Resource": self.resource,
            "Client": self.path.client,
            "RecordID": str(self.path.record),
            "Keys": dict(self.keys),
            "Action": self.action,
            "Reason": self.reason,
            "ErrorType": self.error_type,
            "Message": self.message,
            "Errors": list(self.errors),
            "Posted": self.posted,
            "Before": self.before,
            "Diff": self.diff,
            "Result": self.result,
            "Calls": list(self.calls),
            "Attempt": self.attempt,
            "Durations": dict(self.durations),
            "Version": self.version.text,
            "TraceID": self.trace_id,
            "JobID": self.job_id,
        }


def event_of(
    posting: Envelope, record_type: RecordType, time: datetime, attempt: int, level: Level, reason: str
) -> Event:
    """Return the event of a posting with what is known of every one: who, what, when and which attempt."""
    return Event(
        path=posting.path,
        version=posting.version,
        attempt=attempt,
        time=time,
        level=level,
        record_type=record_type.name,
        resource=posting.resource,
        keys=record_type.named(posting.keys),
        action=None,
        reason=reason,
        posted=posting.posted,
        message=f"read-only fields were left out: {', '.join(posting.left_out)}" if posting.left_out else None,
        trace_id=posting.trace_id,
        job_id=posting.job_id,
    )


def call_json(request: Request) -> Json:
    """Return one OrderCloud call as events show it."""
    return {"Method": request.method, "Path": request.path}
