"""Run the parts of a composite, one after the other, by the ordinary rules of plain records.

A composite's own blob in the queue is the batch that its parts travel in. Each part is kept like any other record, so
it does not matter by which way it came; a run that dies leaves the batch, and what was done is found done.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from models.record import Json
from models.registry import Registry
from orchestration.claiming import Held, take_claim, write_claim
from orchestration.composites import PARTS_STEP, Plan, batch_event
from orchestration.decision import Action, Case
from orchestration.endings import Ending, Endings
from orchestration.enqueuing import BusyError, SupersededError, enqueue
from orchestration.envelope import Envelope, Operation
from orchestration.event import Event, Level
from orchestration.failures import AccountFault, CrashLoop, Failure, Postponed, Unavailable
from orchestration.generation import Lists
from orchestration.invocation import invocation
from orchestration.limits import Limits
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import EventLog, LostError, Ports, StorageUnavailableError
from orchestration.workitem import WorkItem

LOGGED_AT_ONCE = 100

MEET_EVERY_PART = {kind.__name__: kind for kind in (Unavailable, AccountFault, Postponed)}
"""What meets one part will meet the next: the rest of a composite waits instead, as that part does."""


class Runs(Protocol):
    """What runs the records of rows: the pipeline."""

    async def run_row(self, posting: Envelope, lists: Lists, *, orphaned: bool) -> Ending:
        """Do what there is to do for one row."""
        ...

    async def run(self, path: QueuePath) -> Ending:
        """Do what there is to do for one record of one source."""
        ...


@dataclass(slots=True)
class GatheredEvents:
    """The port EventLog for rows: what went well is written many at once; `ended` has each record's last event.

    Only what a rerun of the batch would log again is gathered: the success of `row` itself.
    """

    log: EventLog
    row: QueuePath | None = None
    ended: dict[str, Event] = field(default_factory=dict)
    _gathered: list[Event] = field(default_factory=list)

    async def write(self, event: Event) -> None:
        """Gather an event, or write it at once, after those before it."""
        self.ended[str(event.path)] = event
        self._gathered.append(event)
        if len(self._gathered) >= LOGGED_AT_ONCE or event.path != self.row or event.level is not Level.SUCCESS:
            await self.flush()

    async def write_all(self, events: Sequence[Event]) -> None:
        """Gather events."""
        for event in events:
            await self.write(event)

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source that were written."""
        return await self.log.events(path, limit=limit)

    async def query(self, query: LogQuery) -> LogPage:
        """Ask what was written."""
        return await self.log.query(query)

    async def catch_up(self, event: Event) -> None:
        """Store an event that was kept elsewhere, after those before it."""
        self.ended[str(event.path)] = event
        await self.flush()
        await self.log.catch_up(event)

    async def flush(self) -> None:
        """Write what was gathered."""
        if self._gathered:
            await self.log.write_all(self._gathered)
            self._gathered = []


class Batches:
    """Runs composites."""

    def __init__(
        self, ports: Ports, registry: Registry, limits: Limits, endings: Endings, runs: Callable[[EventLog], Runs]
    ) -> None:
        self._ports = ports
        self._registry = registry
        self._limits = limits
        self._endings = endings
        self._runs = runs

    async def run(self, item: WorkItem, case: Case, plan: Plan) -> Ending:
        """Run all parts of a composite, then log what became of it. Safe to repeat, however far an earlier run came."""
        held = await take_claim(self._ports, self._limits.claim, item, item.record, posted=plan.to_json())
        if held is not None and held.claim.takeovers > self._limits.takeovers * (1 + len(plan.rows)):
            return await self._set_aside(held, CrashLoop(f"{held.claim.takeovers} runs in a row died with it in hand"))
        log = GatheredEvents(self._ports.log)
        with item.watch.lap(PARTS_STEP):
            held, failure = await self._run_parts(held, plan, log)
        if held is None:
            return Ending.AGAIN
        if failure is not None:
            return await self._set_aside(held, failure)
        now = self._ports.clock.now()
        event = replace(batch_event(case, plan, log.ended, item.attempt, now), durations=item.watch.laps)
        record = held.record.seen(None if case.posting.operation is Operation.DELETE else {}, now)
        settled = record.settled(item.posting, plan.to_json(), event.to_stored())
        try:
            await self._ports.cache.put(item.path.record, settled, held.item.cached.etag)
        except LostError:
            return Ending.AGAIN
        return await self._endings.finish(held.item, event)

    async def _run_parts(
        self, held: Held | None, plan: Plan, log: GatheredEvents
    ) -> tuple[Held | None, Failure | None]:
        """Run one part after the other; return the claim while it holds, and why the rest waits if it does."""
        lists: Lists = {}
        created: set[RecordPath] = set()
        failure: Failure | None = None
        runs = self._runs(log)
        with invocation(self._ports.clock, self._limits.seconds) as current:
            for row in plan.rows:
                if held is None or (held := await self._renewed(held)) is None:
                    break
                if current.is_over:
                    failure = Postponed("time was up; the rest follows", retry_after=0)
                    break
                log.row = row.path
                orphaned = not created.isdisjoint(self._parents(row))
                try:
                    if await runs.run_row(row, lists, orphaned=orphaned) is not Ending.DONE:
                        log.row = None
                        await self._hand_over(row, runs)
                except StorageUnavailableError:
                    await log.flush()
                    raise
                ended = log.ended.get(str(row.path))
                if ended is not None and ended.action == Action.CREATE:
                    created.add(row.path.record)
                if ended is not None and (kind := MEET_EVERY_PART.get(ended.error_type or "")):
                    failure = kind(ended.message or ended.reason)
                    break
        await log.flush()
        return held, failure

    async def _set_aside(self, held: Held, failure: Failure) -> Ending:
        """Park what is left of a composite, or make it a dead letter; what its parts may be by now stays noted."""
        attempted = {**held.record.attempted, held.item.path.client: held.attempted}
        record = replace(held.record, attempted=attempted)
        return await self._endings.set_aside(held.item, failure, record, None)

    def _parents(self, row: Envelope) -> Iterator[RecordPath]:
        """Yield what a row is below. OrderCloud deletes a record with all below it: a parent made anew has nothing."""
        record_type = self._registry[row.record_type]
        for reference in record_type.references:
            if set(reference.fields) <= set(record_type.keys):
                yield RecordPath(row.marketplace, reference.record_type, reference.keys(row.posted))

    async def _hand_over(self, row: Envelope, runs: Runs) -> None:
        """Lay a row into the queue: something of its record and source is there by itself, or others hold the record.

        It goes its way from there, as if it had been posted alone.
        """
        try:
            await enqueue(self._ports, self._registry[row.record_type], row, row=True)
        except BusyError as busy:
            raise StorageUnavailableError(f"{row.path} could not be queued") from busy
        except SupersededError:
            pass
        await runs.run(row.path)

    async def _renewed(self, held: Held) -> Held | None:
        """Return the claim with its lifetime renewed when half of it is over; none when it was lost."""
        now = self._ports.clock.now()
        if held.claim.expires - now > timedelta(seconds=self._limits.claim / 2):
            return held
        claim = replace(held.claim, expires=now + timedelta(seconds=self._limits.claim))
        try:
            return await write_claim(self._ports, replace(held, claim=claim))
        except LostError:
            return None
