"""One line of the event log: what was decided for a record, why, and what came of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from models.record import Json
from orchestration.envelope import Envelope
from orchestration.event_text import OPERATOR_FIELD
from orchestration.paths import PathError, QueuePath, RecordPath
from orchestration.requests import Request
from orchestration.sealing import redacted
from orchestration.versions import Version

SUPERSEDED = "Superseded"
"""The error type of a posting that was dropped because its source has given a newer version."""

DROPPED = "Dropped"
"""The error type of a dead letter that an operator has dropped."""

UNREADABLE = "Unreadable"
"""The error type of bytes that are nothing of ours."""

OPERATOR = "operator:"
"""How who did something is called where no client did; no client id has a colon."""


class Level(StrEnum):
    """How much a person should care."""

    PROGRESS = "Progress"
    SUCCESS = "Success"
    WARN = "Warn"
    ERROR = "Error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to one posting in one attempt.

    `keys` are the values as posted, by field name; `durations` are seconds by step. A dead letter that is replayed
    begins anew with attempt 1; `replay` is the number of its life since, 0 for the first one. `uncertain` is how many
    calls runs that died before this one may have made, beside `calls`. `operator` is the client of who did this by
    hand: no other field says it, since sources are not to know it. `known_as` is the id of one that is read back,
    where it was written by another than we would give it now.
    """

    path: QueuePath
    version: Version
    accepted_at: str | None = None
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
    uncertain: int = 0
    durations: Mapping[str, float] = field(default_factory=dict)
    trace_id: str | None = None
    job_id: str | None = None
    operator: str | None = None
    replay: int = 0
    known_as: str | None = None

    @property
    def id(self) -> str:
        """The same for every run of the same attempt, so that a rerun overwrites its own event and never another's.

        A source may give a version of its own again, so there the time of acceptance tells which posting is meant. One
        that is removed as superseded or by an operator was an attempt before: the event of its removal stands apart.
        """
        if self.known_as is not None:
            return self.known_as
        accepted = f":{self.accepted_at}" if self.accepted_at and self.version.from_source else ""
        replayed = f":replay{self.replay}" if self.replay else ""
        removed = f":{self.error_type.lower()}" if self.error_type in (SUPERSEDED, DROPPED) else ""
        return f"{str(self.path).replace('/', ':')}:{self.version}{accepted}:{self.attempt}{replayed}{removed}"

    def to_json(self) -> Json:
        """Return the event by the names of the HTTP API; `Operator` is there where one did it."""
        told = {
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
            "UncertainCalls": self.uncertain,
            "Attempt": self.attempt,
            "Durations": dict(self.durations),
            "Version": self.version.text,
            "AcceptedAt": self.accepted_at,
            "TraceID": self.trace_id,
            "JobID": self.job_id,
        }
        return told if self.operator is None else {**told, OPERATOR_FIELD: self.operator}

    def to_stored(self) -> Json:
        """Return the event as the cache keeps it, without what lies beside it there."""
        return {name: value for name, value in self.to_json().items() if name not in ("Posted", "Result")}

    @staticmethod
    def from_json(told: Json, replay: int) -> "Event":
        """Return the event that `to_json` told of, in that life of its posting, by the id that it had there.

        Raises:
            KeyError, TypeError, ValueError: it is no such event.
        """
        event = Event(
            path=QueuePath(RecordPath.parse(told["RecordID"]), told["Client"]),
            version=Version(told["Version"]),
            accepted_at=told.get("AcceptedAt"),  # earlier versions wrote neither this nor uncertain calls
            attempt=told["Attempt"],
            time=datetime.fromisoformat(told["Time"]),
            level=Level(told["Level"]),
            record_type=told["RecordType"],
            resource=told["Resource"],
            keys=told["Keys"],
            action=told["Action"],
            reason=told["Reason"],
            message=told["Message"],
            error_type=told["ErrorType"],
            errors=tuple(told["Errors"]),
            posted=told["Posted"],
            before=told["Before"],
            diff=told["Diff"],
            result=told["Result"],
            calls=tuple(told["Calls"]),
            uncertain=told.get("UncertainCalls", 0),
            durations=told["Durations"],
            trace_id=told["TraceID"],
            job_id=told["JobID"],
            operator=told.get(OPERATOR_FIELD),
            replay=replay,
        )
        return event if event.id == told["Id"] else replace(event, known_as=told["Id"])

    @staticmethod
    def from_stored(stored: Json, path: QueuePath, posting: Envelope, result: Json | None) -> "Event":
        """Return the event that `to_stored` wrote, with the posting and what came of it."""
        told = {**stored, "Posted": redacted(posting.posted), "Result": result}
        return replace(Event.from_json(told, posting.replays), path=path)


def is_of_posting(client: str) -> bool:
    """Tell by whose event it is whether it tells of a posting: what an operator has read anew is none of anybody."""
    return not client.startswith(OPERATOR)


def event_of(
    posting: Envelope, keys: Mapping[str, str | None], time: datetime, attempt: int, level: Level, reason: str
) -> Event:
    """Return the event of a posting with what is known of every one: who, what, when and which attempt."""
    return Event(
        path=posting.path,
        version=posting.version,
        accepted_at=posting.accepted_at,
        attempt=attempt,
        time=time,
        level=level,
        record_type=posting.record_type,
        resource=posting.resource,
        keys=keys,
        action=None,
        reason=reason,
        posted=redacted(posting.posted),
        message="; ".join(_left_out(posting)) or None,
        trace_id=posting.trace_id,
        job_id=posting.job_id,
        replay=posting.replays,
    )


def _left_out(posting: Envelope) -> Iterator[str]:
    """Say what is not in a posting though its source gave it."""
    if posting.left_out:
        yield f"read-only fields were left out: {', '.join(posting.left_out)}"
    if posting.outdated:
        yield f"left out as older than version {posting.outdated.by}: {', '.join(posting.outdated.what)}"


def unreadable_path(name: str) -> QueuePath:
    """Return the path that events give for bytes that lay at a name: the name's own, where it is a path of ours."""
    try:
        return QueuePath.parse(name)
    except PathError:
        return QueuePath(RecordPath("unreadable", "unreadable", (name[:300],)), "unknown")


def unreadable_event(name: str, reason: str, digest: str, time: datetime) -> Event:
    """Return the event of bytes in the queue that are no envelope; their digest stands for a version."""
    path = unreadable_path(name)
    return Event(
        path=path,
        version=Version(f"unreadable~{digest[:16]}"),
        attempt=1,
        time=time,
        level=Level.ERROR,
        record_type=path.record.record_type,
        resource="",
        keys={},
        action=None,
        reason="dead letter: what was queued is no envelope",
        message=reason,
        error_type=UNREADABLE,
    )


def call_json(request: Request, attempts: int = 1) -> Json:
    """Return one OrderCloud call as events show it, with the number of its requests where it took more than one."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    call = {"Method": request.method, "Path": f"{request.path}?{query}" if query else request.path}
    return {**call, "Attempts": attempts} if attempts > 1 else call


def requests_of(calls: Iterable[Json]) -> int:
    """Return how many requests OrderCloud got for some calls, as events show them."""
    return sum(call.get("Attempts", 1) for call in calls)
