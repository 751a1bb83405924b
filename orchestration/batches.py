"""Run the parts of a composite, one after the other, by the ordinary rules of plain records.

A composite's own blob in the queue is the batch that its parts travel in. Each part is kept like any other record, so
it does not matter by which way it came; a run that dies leaves the batch, and what was done is found done.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from models.record import Json
from orchestration.claiming import Held, take_claim
from orchestration.composites import Plan, batch_event
from orchestration.decision import Case
from orchestration.endings import Ending, Endings
from orchestration.enqueuing import SupersededError, enqueue
from orchestration.envelope import Envelope, Operation
from orchestration.event import Event, Level
from orchestration.generation import Lists
from orchestration.paths import QueuePath
from orchestration.ports import Cached, EventLog, LostError, Ports
from orchestration.workitem import WorkItem

LOGGED_AT_ONCE = 100

type RunRow = Callable[[Envelope, Lists], Awaitable[Ending]]
type Run = Callable[[QueuePath], Awaitable[Ending]]


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

    async def flush(self) -> None:
        """Write what was gathered."""
        if self._gathered:
            await self.log.write_all(self._gathered)
            self._gathered = []


class Batches:
    """Runs composites."""

    def __init__(
        self, ports: Ports, lifetime: float, endings: Endings, rows: Callable[[Ports], RunRow], run: Run
    ) -> None:
        self._ports = ports
        self._lifetime = lifetime
        self._endings = endings
        self._rows = rows
        self._run = run

    async def run(self, item: WorkItem, case: Case, plan: Plan) -> Ending:
        """Run all parts of a composite, then log what became of it. Safe to repeat, however far an earlier run came."""
        held = await take_claim(self._ports, self._lifetime, item, item.record, posted={})
        log = GatheredEvents(self._ports.log)
        lists: Lists = {}
        run_row = self._rows(replace(self._ports, log=log))
        with item.watch.lap("Parts"):
            for row in plan.rows:
                if held is None or (held := await self._renewed(held)) is None:
                    return Ending.AGAIN
                log.row = row.path
                if await run_row(row, lists) is not Ending.DONE:
                    await self._hand_over(row)
            await log.flush()
        if held is None:
            return Ending.AGAIN
        now = self._ports.clock.now()
        event = replace(batch_event(case, plan, log.ended, item.attempt, now), durations=item.watch.laps)
        record = held.record.seen(None if case.posting.operation is Operation.DELETE else {}, now)
        settled = record.settled(item.posting, plan.to_json(), event.to_stored())
        try:
            await self._ports.cache.put(item.path.record, settled, held.item.cached.etag)
        except LostError:
            return Ending.AGAIN
        return await self._endings.finish(held.item, event)

    async def _hand_over(self, row: Envelope) -> None:
        """Lay a row into the queue: something of its record and source is there by itself, or others hold the record.

        It goes its way from there, as if it had been posted alone.
        """
        with contextlib.suppress(SupersededError):
            await enqueue(self._ports, row, row=True)
        await self._run(row.path)

    async def _renewed(self, held: Held) -> Held | None:
        """Return the claim with its lifetime renewed when half of it is over; none when it was lost."""
        now, item = self._ports.clock.now(), held.item
        if held.claim.expires - now > timedelta(seconds=self._lifetime / 2):
            return held
        claim = replace(held.claim, expires=now + timedelta(seconds=self._lifetime))
        try:
            etag = await self._ports.cache.put(item.path.record, replace(held.record, claim=claim), item.cached.etag)
        except LostError:
            return None
        return replace(held, claim=claim, item=replace(item, cached=Cached(item.record, etag)))
