"""The dry run: what a posting would do, found out by the pipeline itself on ports that keep all it writes in memory.

So a plan decides as a run does, for it is one. Nothing is stored, and OrderCloud is only read.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from models.record import Json
from models.registry import Keys, RecordType, Registry
from orchestration.authorisation import Caller
from orchestration.decision import Action
from orchestration.dry_ordercloud import DryMarketplaces
from orchestration.dry_storage import DryCache, DryEventLog, DryHints, DryQueue, DrySeals
from orchestration.enqueuing import SupersededError, enqueue
from orchestration.envelope import Envelope
from orchestration.event import SUPERSEDED, Event, Level, call_json
from orchestration.limits import Limits
from orchestration.paths import QueuePath
from orchestration.pipeline import Pipeline
from orchestration.ports import Ports
from orchestration.receipt import Accepted, Delivery, Intake, Receipt, RefusedItem
from orchestration.rejections import RejectionError
from orchestration.requests import Request
from orchestration.tracing import SILENT

CONCURRENCY = 16
PLAN_SECONDS = 100.0
"""How long a plan goes on to records that it has not begun with: far below what a host lets a request take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of postings: an item for each that would be accepted, in the order posted, and the refusals."""

    items: tuple[Json, ...]
    refused: tuple[RefusedItem, ...]


@dataclass(frozen=True, slots=True)
class _DryRun:
    """The ports of one dry run; all its records see what it would have written. `logged`: the ids of its events."""

    ports: Ports
    cache: DryCache
    ordercloud: DryMarketplaces
    logged: set[str] = field(default_factory=set)

    def as_planned(self, event: Event) -> Event:
        """Return an event as a plan tells it: one that a run would only log again stands for no action."""
        before = self.cache.read.get(event.path.record)
        applied = before.applied.get(event.path.client) if before else None
        again = event.id in self.logged or (applied is not None and applied.event.get("Id") == event.id)
        self.logged.add(event.id)
        if not again:
            return event
        reason = f"version {event.version} is applied already"
        return replace(event, action=Action.IGNORE.value, reason=reason, diff=None, calls=())


class Planner:
    """Says what postings would do."""

    def __init__(self, ports: Ports, registry: Registry, limits: Limits) -> None:
        self._ports = ports
        self._registry = registry
        self._limits = replace(limits, patience=())  # nobody's claim ends while a plan waits

    async def post(self, caller: Caller, record_type: RecordType, items: list[object], delivery: Delivery) -> Plan:
        """Plan what the intake would accept; raises as `Intake.post` does."""
        dry = self._dry_run()
        receipt = await Intake(dry.ports, self._registry).post(caller, record_type, items, delivery)
        return await self._planned(dry, record_type, receipt)

    async def delete(self, caller: Caller, record_type: RecordType, keys: Keys, delivery: Delivery) -> Plan:
        """Plan a deletion; raises as `Intake.delete` does."""
        dry = self._dry_run()
        receipt = await Intake(dry.ports, self._registry).delete(caller, record_type, keys, delivery)
        return await self._planned(dry, record_type, receipt)

    async def next_run(self, path: QueuePath, posting: Envelope | None) -> Json:
        """Plan the next run of a record, whatever its time: of what waits, or of one more posting."""
        dry = self._dry_run()
        if posting is not None:
            with suppress(SupersededError):  # what is queued by now is newer, and is what the next run takes up
                await enqueue(dry.ports, self._registry[posting.record_type], posting)
        return await self._item(dry, path)

    def _dry_run(self) -> _DryRun:
        ports, cache = self._ports, DryCache(self._ports.cache)
        ordercloud = DryMarketplaces(ports.marketplaces, self._registry)
        dry = replace(
            ports,
            queue=DryQueue(ports.queue),
            cache=cache,
            parked=DryHints(),
            deadletters=DryHints(),
            log=DryEventLog(ports.log),
            marketplaces=ordercloud,
            circuits=ports.circuits.apart(),
            seals=DrySeals(ports.seals),
            telemetry=SILENT,
        )
        return _DryRun(dry, cache, ordercloud)

    async def _planned(self, dry: _DryRun, record_type: RecordType, receipt: Receipt) -> Plan:
        """Run what was accepted; composites one after the other, since they may have parts in common."""
        places = asyncio.Semaphore(1 if record_type.expand else CONCURRENCY)
        end = self._ports.clock.elapsed() + PLAN_SECONDS

        async def planned(accepted: Accepted) -> Json | RefusedItem:
            async with places:
                if self._ports.clock.elapsed() > end:
                    message = f"The plan took more than {PLAN_SECONDS:g} s before this record. Plan fewer at once."
                    return RefusedItem(accepted.index, RejectionError(503, "PlanTooLong", message))
                return {"Index": accepted.index, **await self._item(dry, accepted.envelope.path)}

        planned_or_not = await asyncio.gather(*(planned(accepted) for accepted in receipt.accepted))
        refused = [*receipt.refused, *(each for each in planned_or_not if isinstance(each, RefusedItem))]
        items = [each for each in planned_or_not if not isinstance(each, RefusedItem)]
        return Plan(
            tuple(sorted(items, key=lambda item: int(item["Index"]))),
            tuple(sorted(refused, key=lambda each: each.index)),
        )

    async def _item(self, dry: _DryRun, path: QueuePath) -> Json:
        """Run one record dry, and return what its events and its requests say; a composite's with its parts'."""
        log, ordercloud = DryEventLog(self._ports.log), dry.ordercloud.apart()
        ports = replace(dry.ports, log=log, marketplaces=ordercloud)
        await Pipeline(ports, self._registry, self._limits).run(path, released=True)
        events = [dry.as_planned(event) for event in log.written]
        own = next((event for event in reversed(events) if event.path == path), None)
        row = self._registry.find(path.record.record_type)
        if row is not None and row.expand is not None:
            calls = _Calls(ordercloud.sent)
            parts = [_item(event, calls.of(event)) for event in events if event.path != path]
            return {**self._own(path, own, ordercloud.sent), "Parts": parts}
        return self._own(path, own, ordercloud.sent)

    def _own(self, path: QueuePath, event: Event | None, sent: Iterable[Request]) -> Json:
        """Return the item of a record; without an event another run has it in hand."""
        if event is not None:
            return _item(event, [_call(request) for request in sent])
        return {
            "RecordType": path.record.record_type,
            "Keys": self._registry.named(path.record.record_type, path.record.keys),
            "Action": None,
            "Reason": "a run has the record in hand; what that leaves is not known yet",
            "Diff": None,
            "Calls": [],
        }


class _Calls:
    """The requests of a dry run, of which each event takes its own, in their order."""

    def __init__(self, sent: Iterable[Request]) -> None:
        self._left = [_call(request) for request in sent]

    def of(self, event: Event) -> list[Json]:
        """Return the requests that an event names, with their bodies."""
        return [self._take(call) for call in event.calls]

    def _take(self, call: Mapping[str, object]) -> Json:
        found = next(each for each in self._left if (each["Method"], each["Path"]) == (call["Method"], call["Path"]))
        self._left.remove(found)
        return found


def _call(request: Request) -> Json:
    return {**call_json(request), "Body": request.body}


def _item(event: Event, calls: list[Json]) -> Json:
    """Return what would become of a posting, as its event tells it."""
    return {
        "RecordType": event.record_type,
        "Keys": dict(event.keys),
        "Action": event.action,
        "Reason": _reason(event),
        "Diff": event.diff,
        "Calls": calls,
    }


def _reason(event: Event) -> str:
    """Return why, in words; of a posting that would fail what would become of it, and of what class the failure is."""
    if event.error_type is None or event.error_type == SUPERSEDED:
        return event.reason
    outcome = "dead letter" if event.level is Level.ERROR else "parked"
    return f"{outcome}, {event.error_type}: {event.message}"
