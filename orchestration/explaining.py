"""Explain a record: what was decided for it and why, step by step, who else writes it, and what its next run would do.

Nothing is stored; what a run would do next is planned, for which OrderCloud may have to be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.cached_record import CachedRecord
from orchestration.composites import PARTS_STEP
from orchestration.envelope import Envelope, Operation
from orchestration.fitting_events import is_left_out, why_left_out
from orchestration.paths import QueuePath, RecordPath
from orchestration.planning import Planner
from orchestration.ports import Ports
from orchestration.profile import Profile
from orchestration.reasons import why
from orchestration.standing import standing
from orchestration.versions import accepted_version
from orchestration.waiting import WaitingState

COMPARED = ("GetIntegrationProfile", "GetCachedRecord", "GetQueuedRecord")
DECIDED = ("DetermineAction",)
CALLED = ("RefreshCache", "OrderCloudAction", PARTS_STEP)
CACHED = ("Claim", "UpdateCache")

LONGEST_VALUE = 200
"""The most characters of a value in a change that people read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which record is to be explained, and to whom.

    Attributes:
        record_type: the type.
        keys: the record's keys.
        profile: the source's.
        traceparent: what reads of OrderCloud are traced by.
        operator: whether to say which other sources write the record, and not only that there are some.
    """

    record_type: RecordType
    keys: Keys
    profile: Profile
    traceparent: str
    operator: bool

    @property
    def path(self) -> QueuePath:
        """Where the source's postings of the record lie."""
        return QueuePath(RecordPath(self.profile.marketplace, self.record_type.name, self.keys), self.profile.client)


class Explainer:
    """Explains records."""

    def __init__(self, ports: Ports, planner: Planner) -> None:
        self._ports = ports
        self._planner = planner

    async def explain(self, question: Question) -> Json | None:
        """Return the explanation, by the names of the HTTP API; none when the source never posted the record.

        Raises:
            RejectionError: what is kept of the record cannot be read.
        """
        path, profile = question.path, question.profile
        stands = await standing(self._ports, question.record_type, question.keys, profile, operator=question.operator)
        if stands is None:
            return None
        record = (await self._ports.cache.get(path.record)).record
        others = sorted(client for client in record.applied if client != path.client)
        reason, diff = why(stands, record, path.client)
        told = {
            **stands,
            "Reason": reason,
            "Changes": changes_in_words(diff),
            "Timeline": [explained(event) for event in reversed(stands["Events"])],
            "Next": await self._next(question, stands, record),
            "OtherSources": bool(others),
        }
        return {**told, "OtherClients": others} if question.operator else told

    async def _next(self, question: Question, stands: Json, record: CachedRecord) -> Json | None:
        """Return what the next run would do: of what is queued or waits, else of all that was posted, posted again.

        None where what was posted is not kept any more.
        """
        waiting = record.waiting.get(question.path.client)
        posting: Envelope | None = None
        if stands["State"] != "queued" and (waiting is None or waiting.state is WaitingState.DEAD):
            posting = waiting.envelope if waiting else self._again(question, stands, record)
            if posting is None:
                return None
        return {"Index": 0, **await self._planner.next_run(question.path, posting)}

    def _again(self, question: Question, stands: Json, record: CachedRecord) -> Envelope | None:
        """Return all that the source has posted by now as one more posting."""
        record_type, profile, now = question.record_type, question.profile, self._ports.clock.now()
        posted = _last_posted(record_type, record, question.path.client, stands["Events"])
        if posted is None:
            return None
        return Envelope(
            record_type=record_type.name,
            operation=Operation.UPSERT if posted else Operation.DELETE,
            marketplace=profile.marketplace,
            resource=profile.resource,
            client=profile.client,
            keys=tuple(stands["Keys"].get(name) for name in record_type.keys),
            posted=posted,
            version=accepted_version(now, self._ports.chance.name()[:8]),
            accepted_at=now.isoformat(),
            traceparent=question.traceparent,
        )


def _last_posted(record_type: RecordType, record: CachedRecord, client: str, events: list[Json]) -> Json | None:
    """Return all that a source has posted by now, empty after a deletion; none where that is not kept any more.

    What it has applied says so; of a composite, and of a record that was made anew since, only the events do.
    """
    applied = record.applied_by(client)
    if applied and record_type.expand is None:
        return applied
    through = next((event for event in events if event["ErrorType"] is None and event["Posted"] is not None), None)
    if through is None or is_left_out(through["Posted"]):
        return None
    return {name: value for name, value in through["Posted"].items() if name not in record_type.write_only}


def explained(event: Json) -> Json:
    """Return an event with its changes in words and the steps that it went through, each with its seconds."""
    return {**event, "Changes": changes_in_words(event["Diff"]), "Steps": list(_steps(event))}


def _steps(event: Json) -> Iterator[Json]:
    took = event["Durations"]
    diff = event["Diff"]
    compared = changes_in_words(diff)[0] if is_left_out(diff) else ", ".join(diff or ())

    def seconds(names: tuple[str, ...]) -> float | None:
        found = [took[name] for name in names if name in took]
        return round(sum(found), 6) if found else None

    yield {"Step": "received", "Time": event.get("AcceptedAt"), "Seconds": None, "Says": None}
    for step, names, says in (
        ("compared", COMPARED, compared or None),
        ("decided", DECIDED, f"{event['Action'] or event['ErrorType']}: {event['Reason']}"),
        ("called", CALLED, _called(event)),
        ("cached", CACHED, None),
    ):
        spent = seconds(names)
        if spent is not None or step == "decided":  # a composite's parts decide for it
            yield {"Step": step, "Time": None, "Seconds": spent, "Says": says}
    yield {"Step": "logged", "Time": event["Time"], "Seconds": None, "Says": None}


def _called(event: Json) -> str | None:
    """Return the OrderCloud calls that an event tells of; a composite's own tells of none, its parts' events do."""
    if PARTS_STEP in event["Durations"]:
        return "what its parts called: see their events, by TraceID"
    return ", ".join(map(_call_in_words, event["Calls"])) or None


def _call_in_words(call: Json) -> str:
    repeated = f" ({call['Attempts']} requests)" if "Attempts" in call else ""
    return f"{call['Method']} {call['Path']}{repeated}"


def changes_in_words(diff: Json | None) -> list[str]:
    """Return a change report as people read it, a line for each field, or why the log has it not."""
    if diff is not None and is_left_out(diff):
        return [f"left out: {why_left_out(diff)}"]
    return [f"{name}: {_in_words(entry)}" for name, entry in (diff or {}).items()]


def _in_words(entry: Json) -> str:
    if entry.get("Removed"):
        return "removed"
    return f"{_shown(entry['Before'])} → {_shown(entry['After'])}"


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
