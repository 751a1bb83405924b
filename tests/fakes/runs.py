"""Runs of the real intake, pipeline and sweep on the fakes: every request is a step that a test sees and may stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from fakes.event_log import MemoryEventLog
from fakes.profiles import profile_of
from fakes.storage import Hook, MemoryContainer
from fakes.world import World
from models.record import Json
from models.record_types import REGISTRY
from models.registry import Registry
from orchestration.authorisation import FULL_ACCESS, Caller
from orchestration.cached_record import CachedRecord
from orchestration.driving import drive
from orchestration.endings import Ending
from orchestration.envelope import Envelope
from orchestration.event import Event
from orchestration.limits import Limits
from orchestration.parking import DUE, PAUSED, due_time
from orchestration.paths import QueuePath, RecordPath
from orchestration.pipeline import Pipeline
from orchestration.ports import Ports
from orchestration.profile import Profile
from orchestration.receipt import Delivery, Intake, Receipt
from orchestration.stored_json import decode
from orchestration.sweep import Sweep, SweepLimits, Swept

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Crash(BaseException):
    """The process died: nothing catches it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request: where it goes, its method, and the name of what it is about."""

    place: str
    method: str
    name: str

    def __str__(self) -> str:
        return f"{self.place} {self.method} {self.name}"


type Watch = Callable[[Step], Awaitable[None]]


class Eye(Protocol):
    """Looks on: is told of every request as it takes effect, and when it has had it; holds nobody up."""

    def begins(self, step: Step) -> None: ...

    def done(self, step: Step) -> None: ...


type MakePipeline = Callable[[Ports, Registry, Limits], Pipeline]


async def let_pass(_step: Step) -> None:
    """Give up control once, as every request does."""
    await asyncio.sleep(0)


class HookedEventLog(MemoryEventLog):
    """The event log in memory, with the hooks that containers have."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Hook
        self.after: Hook

    async def write(self, event: Event) -> None:
        """Store an event."""
        await self.before("PUT", event.id)
        await super().write(event)
        await self.after("PUT", event.id)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events."""
        names = ",".join(event.id for event in events)
        await self.before("PUT", names)
        await super().write_all(events)
        await self.after("PUT", names)


class Runs:
    """The whole house on the fakes.

    Attributes:
        steps: every request, in the order in which it began.
        before: runs before a request has its effect, after when it has had it; either may raise in its place.
        eyes: who looks on.
    """

    def __init__(
        self,
        *profiles: Profile,
        pipeline: MakePipeline = Pipeline,
        limits: Limits | None = None,
        world: World | None = None,
        ports: Callable[[Ports], Ports] = lambda ports: ports,
        registry: Registry = REGISTRY,
    ) -> None:
        self.world = world or World(*(profiles or (profile_of("erp"), profile_of("pim"))))
        self.log = self.world.log = HookedEventLog()
        self.limits = limits or Limits()
        self.registry = registry
        self.steps: list[Step] = []
        self.before: Watch = let_pass
        self.after: Watch = let_pass
        self.eyes: list[Eye] = []
        places = {name: getattr(self.world, name).container for name in ("queue", "cache", "parked", "deadletters")}
        for name, place in {**places, "log": self.log, "ordercloud": self.world.ordercloud}.items():
            self.watch(name, place)
        self.containers: dict[str, MemoryContainer] = places
        self.ports = ports(self.world.ports)
        self.intake = Intake(self.ports, registry)
        self.pipeline = pipeline(self.ports, registry, self.limits)
        self.sweeper = Sweep(self.ports, self.pipeline, self.run_driven, SweepLimits(age=60))

    def watch(self, name: str, place: Any) -> None:
        """Make every request to a place a step."""

        async def before(method: str, what: str) -> None:
            step = Step(name, method, what)
            self.steps.append(step)
            await self.before(step)
            for eye in self.eyes:
                eye.begins(step)

        async def after(method: str, what: str) -> None:
            step = Step(name, method, what)
            for eye in self.eyes:
                eye.done(step)
            await self.after(step)

        place.before, place.after = before, after

    async def run_driven(self, path: QueuePath, *, released: bool = False) -> None:
        """Do what the trigger of one queue blob does, or a sweep for what it releases, and raise nothing."""
        await drive(self.pipeline, path, released=released)

    async def receive(
        self,
        *items: Json,
        client: str = "erp",
        record_type: str = "product",
        version: str | None = None,
        traceparent: str = TRACEPARENT,
    ) -> Receipt:
        """Post records as a source does."""
        delivery = Delivery(traceparent, version)
        return await self.intake.post(self.caller(client), self.registry[record_type], list(items), delivery)

    async def post(self, item: Json, **where: Any) -> Envelope:
        """Post one record, have it accepted, and return its envelope as it was posted."""
        receipt = await self.receive(item, **where)
        assert not receipt.refused, receipt
        return receipt.accepted[0].envelope

    async def receive_deletion(
        self,
        *keys: str | None,
        client: str = "erp",
        record_type: str = "product",
        version: str | None = None,
        traceparent: str = TRACEPARENT,
    ) -> Receipt:
        """Post a deletion as a source does."""
        delivery = Delivery(traceparent, version)
        return await self.intake.delete(self.caller(client), self.registry[record_type], keys, delivery)

    async def delete(self, *keys: str | None, **where: Any) -> Envelope:
        """Post a deletion, have it accepted, and return its envelope."""
        receipt = await self.receive_deletion(*keys, **where)
        assert not receipt.refused, receipt
        return receipt.accepted[0].envelope

    async def intake_as_supplier(self, item: Json, supplier: str, client: str = "erp") -> Envelope:
        """Post a product as a supplier's user and return its envelope."""
        caller = Caller(client, "supplier", frozenset({FULL_ACCESS}), supplier=supplier)
        receipt = await self.intake.post(caller, self.registry["product"], [item], Delivery(TRACEPARENT))
        assert not receipt.refused, receipt
        return receipt.accepted[0].envelope

    def caller(self, client: str) -> Caller:
        """Return a seller's user with every role."""
        return Caller(client, "admin", frozenset({FULL_ACCESS}))

    async def run(self, path: QueuePath) -> Ending:
        """Do what there is to do for one queue blob, and let what that raises out."""
        return await self.pipeline.run(path)

    async def apply(self, item: Json, **where: Any) -> Envelope:
        """Post one record and run it."""
        envelope = await self.post(item, **where)
        await self.run(envelope.path)
        return envelope

    async def sweep(self) -> Swept:
        """Sweep once."""
        return await self.sweeper.run()

    async def settle(self, rounds: int = 30) -> None:
        """Let time pass and sweep until nothing is queued, and nothing waits that will ever become due."""
        for _ in range(rounds):
            hints = sorted((name for name in self.blobs("parked") if name.startswith(DUE)), key=due_time)
            resumed = not self.world.pauses.kept and any(name.startswith(PAUSED) for name in self.blobs("parked"))
            if not hints and not resumed and not self.blobs("queue"):
                return
            now = self.world.clock.now()
            pause = timedelta(seconds=self.limits.claim + 1)
            if hints and not resumed and not self.blobs("queue"):
                pause = max(pause, due_time(hints[0]) - now)
            self.world.clock.advance(pause.total_seconds())
            await self.sweep()
        raise AssertionError(f"not idle after {rounds} sweeps: {self.blobs('queue')} {self.blobs('parked')}")

    def blobs(self, place: str) -> list[str]:
        """Return the names of the blobs in a container."""
        return sorted(self.containers[place].blobs)

    def cached(self, path: RecordPath) -> CachedRecord | None:
        """Return what the cache says of a record, with no request."""
        found = self.containers["cache"].blobs.get(str(path))
        return None if found is None else CachedRecord.from_json(decode(found.content))

    def events(self) -> list[Json]:
        """Return every event that was written, in order."""
        return [event.to_json() for event in self.log.written]

    def calls(self) -> list[tuple[str, str, Json | None]]:
        """Return every OrderCloud request: method, path and body."""
        return [(call.method, call.path, call.body) for call in self.world.ordercloud.calls]


def path_of(*keys: str | None, client: str = "erp", record_type: str = "product") -> QueuePath:
    """Return where a posting lies; one of P1 where no keys are given."""
    return QueuePath(RecordPath("acme", record_type, keys or ("P1",)), client)
