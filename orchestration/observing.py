"""What is told of runs: a log line and numbers for each event, a span for each call of OrderCloud.

It all comes from what goes through two ports anyway, so nothing is read or written for it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from models.record import Json
from models.registry import Registry
from orchestration.event import DROPPED, SUPERSEDED, Event, Level, is_of_posting, requests_of
from orchestration.failures import Failure
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath
from orchestration.ports import (
    Answer,
    Attributes,
    Clock,
    EventLog,
    Marketplaces,
    Measure,
    OrderCloud,
    Ports,
    Queued,
    Telemetry,
)
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.tracing import SILENT, about, parent_of
from orchestration.workitem import WorkItem

_log = logging.getLogger(__name__)

_LEVELS = {
    Level.PROGRESS: logging.INFO,
    Level.SUCCESS: logging.INFO,
    Level.WARN: logging.WARNING,
    Level.ERROR: logging.ERROR,
}
UNKNOWN = "unknown"
"""The record type in numbers of what has none of ours."""


def observed(ports: Ports, registry: Registry) -> Ports:
    """Return ports that tell what goes through them; those of OrderCloud only where telemetry is on."""
    told = replace(ports, log=ObservedEventLog(ports.log, ports.telemetry, registry))
    if ports.telemetry is SILENT:
        return told
    ports.telemetry.watch(Measure.CIRCUITS, ports.circuits.states)
    return replace(told, marketplaces=ObservedMarketplaces(ports.marketplaces, ports.telemetry, ports.clock))


def attributes_of(item: WorkItem) -> Attributes:
    """Return what a run's span tells of the posting that it takes up."""
    record = str(item.path.record)
    told: Attributes = {"record": record, "record_type": item.posting.record_type, "client": item.path.client}
    return {**told, "attempt": item.attempt}


def note_age(ports: Ports, item: WorkItem) -> None:
    """Measure how long a posting has been queued. One that waited before, or is replayed, has waited for more."""
    if isinstance(item.queued, Queued) and not item.queued.envelope.again and not item.queued.envelope.replays:
        age = _seconds(item.queued.envelope.accepted_at, ports.clock.now())
        if age is not None:
            ports.telemetry.measure(Measure.QUEUE_AGE, age, {"record_type": item.posting.record_type})


def outcome_of(event: Event) -> str:
    """Return what became of a posting, in one word."""
    match event:
        case Event(error_type=str(removed)) if removed in (SUPERSEDED, DROPPED):
            return removed.lower()
        case Event(level=Level.ERROR):
            return "dead"
        case Event(error_type=str()):
            return "parked"
        case Event(level=Level.PROGRESS):
            return "partial"
        case _:
            return "applied"


class ObservedEventLog:
    """The port EventLog: what is written there is told as well, once it is written."""

    def __init__(self, log: EventLog, telemetry: Telemetry, registry: Registry) -> None:
        self._events = log
        self._telemetry = telemetry
        self._registry = registry

    async def write(self, event: Event) -> None:
        """Store an event, and tell it."""
        await self._events.write(event)
        self._tell(event)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, and tell them."""
        await self._events.write_all(events)
        for event in events:
            self._tell(event)

    async def catch_up(self, event: Event) -> None:
        """Store an event that was kept elsewhere meanwhile; it was told when it was kept."""
        await self._events.catch_up(event)

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source."""
        return await self._events.events(path, limit=limit)

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds."""
        return await self._events.query(query)

    def _tell(self, event: Event) -> None:
        """Log what became of a posting, and measure it. Reasons name what was posted, so they are for events alone."""
        with about(event.path) as context:
            word, calls = event.error_type or event.action, requests_of(event.calls)
            _log.log(_LEVELS[event.level], "%s: %s (attempt %d, calls %d)", event.path, word, event.attempt, calls)
        if self._telemetry is SILENT or not is_of_posting(event.path.client):
            return
        outcome = outcome_of(event)
        told = {"outcome": outcome, "action": event.action, "error_type": event.error_type}
        attributes = {name: value for name, value in told.items() if value}
        if context.span is not None:
            context.span.note(attributes)
        record_type = self._registry.find(event.record_type)
        kind = {"record_type": record_type.name if record_type else UNKNOWN}
        self._telemetry.measure(Measure.OUTCOMES, 1, {**kind, **attributes})
        if event.calls:
            self._telemetry.measure(Measure.CALLS, requests_of(event.calls), kind)
        if outcome != "applied":
            return
        if not event.calls and not (record_type and record_type.expand):  # a composite's parts have their own events
            self._telemetry.measure(Measure.CALLS_SAVED, 1, kind)
        lead = _seconds(event.accepted_at, event.time)
        if lead is not None:
            self._telemetry.measure(Measure.LEAD_TIME, lead, kind)


class ObservedMarketplaces:
    """The port Marketplaces: every call has a span, which OrderCloud is told as the call's parent."""

    def __init__(self, marketplaces: Marketplaces, telemetry: Telemetry, clock: Clock) -> None:
        self._marketplaces = marketplaces
        self._telemetry = telemetry
        self._clock = clock

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials."""
        return _ObservedOrderCloud(self._marketplaces.connect(profile), self._telemetry, self._clock)


class _ObservedOrderCloud:
    """The port OrderCloud of one profile."""

    def __init__(self, ordercloud: OrderCloud, telemetry: Telemetry, clock: Clock) -> None:
        self._ordercloud = ordercloud
        self._telemetry = telemetry
        self._clock = clock

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request. Its span has no words of the answer: they may repeat what must stay hidden."""
        if traceparent is None:
            return await self._ordercloud.send(request, budget=budget)
        told = {"method": request.method, "path": request.path}
        name, parent = f"OrderCloud {request.method}", parent_of(traceparent)
        span = self._telemetry.begin(name, parent, self._clock.now(), told, client=True)
        error = None
        try:
            answer = await self._ordercloud.send(request, budget=budget, traceparent=span.traceparent)
            span.note({"status": answer.status})
        except BaseException as raised:
            error = type(raised).__name__
            if isinstance(raised, Failure) and raised.status:
                span.note({"status": raised.status})
            raise
        finally:
            span.end(self._clock.now(), error)
        return answer


def _seconds(since: str | None, until: datetime) -> float | None:
    """Return how long ago a moment was; none where it cannot be read."""
    try:
        return max((until - datetime.fromisoformat(since or "")).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
