"""The ten steps that a posting goes through, in their order and under their names, by the protocol of one writer.

A run gathers what is queued and what is known, decides, and applies. It may die at any line: what it leaves behind is
enough for the next run. Rules 1 to 9 are those of docs/architecture.md, "The protocol"; step 1, the receipt, is
`orchestration.receipt`.
"""

import traceback
from dataclasses import replace
from typing import Self

from models.record import Json, LayOver, lay_over
from models.registry import Registry
from orchestration.applied_event import applied_event
from orchestration.batches import Batches
from orchestration.cached_record import CachedRecord
from orchestration.calling import Calls
from orchestration.cases import Cases
from orchestration.claiming import Held, Holding, take_claim
from orchestration.composites import plan_of
from orchestration.decision import Action, Case, Decision, is_foreign
from orchestration.endings import Ending, Endings
from orchestration.envelope import Envelope
from orchestration.event import Event
from orchestration.execution import Carried, Executor
from orchestration.failures import CrashLoop, Defect, Failure, MissingReference, NotOwner
from orchestration.generation import Lists
from orchestration.invocation import invocation
from orchestration.limits import Limits
from orchestration.observing import attributes_of, note_age
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import EventLog, Hint, LostError, Ports, StorageUnavailableError, UnreadableError
from orchestration.tracing import about
from orchestration.workitem import Row, Stopwatch, WorkItem, take_up


class Pipeline:
    """Takes one record of one source from the queue, or from where it waits, to OrderCloud and to the event log."""

    def __init__(self, ports: Ports, registry: Registry, limits: Limits) -> None:
        self._ports = ports
        self._registry = registry
        self._limits = limits
        self._cases = Cases(ports, registry)
        self._endings = Endings(ports, registry, release=lambda child: self.run(child, released=True))
        self._batches = Batches(ports, registry, limits, self._endings, self._anew)

    async def run(self, path: QueuePath, *, released: bool = False) -> Ending:
        """Do what there is to do for one record of one source. Safe to call at any time, any number of times.

        Args:
            path: the record and the source.
            released: what waits is due now, whatever its time: the record that it waited for has arrived, or an
                operator has resumed it.
        """
        patience = iter(self._limits.patience)
        with about(path), invocation(self._ports.clock, self._limits.seconds) as current:
            for _ in range(self._limits.rounds):
                ending = await self._round(path, released=released)
                if ending is Ending.HELD and (pause := next(patience, None)) is not None:
                    await self._ports.clock.sleep(pause)
                elif ending is not Ending.AGAIN:
                    return ending
                if current.is_over:
                    break
        return Ending.HELD

    async def run_row(self, posting: Envelope, lists: Lists, *, orphaned: bool) -> Ending:
        """Do what there is to do for one row of a batch, which has no blob of its own in the queue.

        Any other ending than done says that it needs one: something of its record and source is queued by itself, or
        another run holds the record.

        Args:
            posting: the row.
            lists: what OrderCloud has listed for rows before, of records that it generates.
            orphaned: what the record is below was created by a row before, so that OrderCloud has no such record.
        """
        with about(posting.path):
            for _ in range(self._limits.rounds):
                ending = await self._row(posting, lists, orphaned=orphaned)
                if ending is not Ending.AGAIN or await self._ports.queue.etag(posting.path) is not None:
                    return ending
        return Ending.HELD

    async def _row(self, posting: Envelope, lists: Lists, *, orphaned: bool) -> Ending:
        """Gather for a row: that nothing is queued, and what is known of the record; then go on as for any other."""
        ports, watch = self._ports, Stopwatch(self._ports.clock, self._ports.telemetry)
        with watch.lap("GetQueuedRecord"):  # Rule 1, as in a round
            if await ports.queue.etag(posting.path) is not None:
                return Ending.AGAIN
        with watch.lap("GetCachedRecord"):
            try:
                cached = await ports.cache.get(posting.path.record)
            except UnreadableError as unreadable:
                return await self._endings.report_cache(posting.path, unreadable)
        item = take_up(posting.path, Row(posting), cached, watch, due_by=None)
        if item is None:
            return Ending.DONE
        if item.waits_already is not None:
            return await self._endings.log_if_unlogged(item, item.waits_already)
        if item.record.held(ports.clock.now()):
            return Ending.HELD
        if orphaned and not item.repeated:
            item = replace(item, cached=replace(cached, record=cached.record.seen(None, ports.clock.now())))
        return await self._advance(replace(item, lists=lists))

    def _anew(self, log: EventLog) -> Self:
        """Return a pipeline like this one that writes to another event log."""
        return type(self)(replace(self._ports, log=log), self._registry, self._limits)

    async def bury(self, path: QueuePath, bug: Exception) -> None:
        """Make the posting at a path a dead letter of ours; one under a live claim is left until that has expired."""
        queued, cached = await self._ports.queue.get(path), await self._ports.cache.get(path.record)
        item = take_up(path, queued, cached, Stopwatch(self._ports.clock), due_by=None, lay=self._lay(path))
        if item is not None and not cached.record.held(self._ports.clock.now()):
            await self._set_aside(item, _defect(bug), item.record)

    async def reject(self, name: str, unreadable: UnreadableError) -> Ending:
        """Move bytes that are no envelope, at whatever name, from the queue to the dead letters."""
        return await self._endings.reject(name, unreadable)

    async def release(self, parent: RecordPath, *, after: str) -> str | None:
        """Take up what waits for a record that is there; see `Endings.release`."""
        return await self._endings.release(parent, after=after)

    async def tidy(self, hint: Hint, path: QueuePath) -> None:
        """Remove a hint of the parked when nothing waits by it any more; see `Endings.tidy`."""
        await self._endings.tidy(hint, path)

    async def _round(self, path: QueuePath, *, released: bool) -> Ending:
        """Gather: what is queued and what is known of the record; then go on with what there is to do."""
        ports, now = self._ports, self._ports.clock.now()
        watch = Stopwatch(ports.clock, ports.telemetry)
        # Rule 1: the queue is read before the cache. Steps 3 and 4 keep their numbers, not their order.
        with watch.lap("GetQueuedRecord"):
            try:
                queued = await ports.queue.get(path)
            except UnreadableError as unreadable:
                return await self._endings.reject(str(path), unreadable)
        with watch.lap("GetCachedRecord"):
            try:
                cached = await ports.cache.get(path.record)
            except UnreadableError as unreadable:
                return await self._endings.report_cache(path, unreadable)
        item = take_up(path, queued, cached, watch, due_by=None if released else now, lay=self._lay(path))
        if item is None:
            return Ending.DONE
        if claim := item.record.held(now):  # Rule 2
            return Ending.LEFT if claim.client == path.client and not released else Ending.HELD
        return await self._advance(item)

    async def _advance(self, item: WorkItem) -> Ending:
        """Go on under the trace of the posting."""
        note_age(self._ports, item)
        with item.watch.spans.run(item.posting.traceparent, attributes_of(item)) as span:
            ending = await self._take_on(item)
            span.note({"ending": ending.name})
            return ending

    async def _take_on(self, item: WorkItem) -> Ending:
        """Decide, and apply with or without a claim."""
        if item.superseded:
            return await self._endings.drop(item)
        case: Case | None = None
        again = item.settled and item.repeated  # Rule 3, where an earlier run of the same posting died at rule 9
        try:
            with item.watch.lap("GetIntegrationProfile"):
                case = await self._cases.of(item)
            decision = None if case.record_type.expand else self._cases.decide(item, case, item.record)
        except Failure as failure:
            if again:
                return await self._finish_again(item, case)
            return await self._set_aside(item, failure, item.record, None if isinstance(failure, NotOwner) else case)
        if again:
            return await self._finish_again(item, case)
        return await self._apply(item, case, decision)

    async def _apply(self, item: WorkItem, case: Case, decision: Decision | None) -> Ending:
        """Apply what was decided; of a composite each part decides for itself."""
        if decision is None:
            plan = plan_of(case, item.record, self._registry)
            return await self._batches.run(item, case, plan)
        if item.settled and not decision.writes and not case.says_more(item.record):
            return await self._without_claim(item, case, decision)
        return await self._under_claim(item, case, decision, item.record)

    async def _set_aside(
        self,
        item: WorkItem,
        failure: Failure,
        known: CachedRecord,
        case: Case | None = None,
        calls: tuple[Json, ...] = (),
    ) -> Ending:
        """Set a posting aside that failed before it was claimed: what waits is written under the claim as well."""
        held = await take_claim(self._ports, self._limits.claim, item, known)
        if held is None:
            return Ending.AGAIN
        return await self._endings.set_aside(held.item, failure, held.record, _shown(case, item.record), calls)

    async def _finish_again(self, item: WorkItem, case: Case | None) -> Ending:
        """Log the event that the posting ended in when it was applied, and go on from there."""
        stored = item.record.applied[item.path.client].event
        event = Event.from_stored(stored, item.path, item.posting, _shown(case, item.record))
        return await self._endings.finish(item, event, created=event.action == Action.CREATE)

    async def _without_claim(self, item: WorkItem, case: Case, decision: Decision) -> Ending:
        """Rule 3: nothing to write. A refresh that is due puts the cache conditionally, without a claim."""
        executor = self._executor(case, item.record, item.lists)
        record, message = item.record, None
        if decision.action is Action.GET:  # Step 7, refresh cache
            try:
                with item.watch.lap("RefreshCache"):
                    record = await executor.read(item.record)
                decision = self._cases.decide(item, case, record, looked=item.record)
            except NotOwner as failure:
                return await self._set_aside(item, failure, record, case, tuple(executor.calls.made))
            except Failure as failure:
                message = f"OrderCloud could not be read again: {failure.cause}"
            if decision.writes:
                return await self._under_claim(item, case, decision, record, executor)
        now, calls = self._ports.clock.now(), tuple(executor.calls.made)
        event = applied_event(item, case, Carried(decision, record), calls, now, message)
        if item.is_new_version:
            record = record.settled(item.posting, case.managed(record), event.to_stored())
        if record is not item.record:  # Step 9, update cache
            try:
                with item.watch.lap("UpdateCache"):
                    await self._ports.cache.put(item.path.record, record, item.cached.etag)
            except LostError:
                return Ending.AGAIN
        return await self._endings.finish(item, event)

    async def _under_claim(
        self, item: WorkItem, case: Case, decision: Decision, known: CachedRecord, executor: Executor | None = None
    ) -> Ending:
        """Rules 4 to 9: claim, look at the queue again, call OrderCloud, update the cache, log, remove."""
        executor = executor or self._executor(case, known, item.lists)
        with item.watch.lap("Claim"):
            held = await take_claim(self._ports, self._limits.claim, item, known, decision)
        if held is None:
            return Ending.AGAIN
        record, holding = held.record, Holding(self._ports, held)
        executor.calls.note = holding.note
        try:
            self._stop_crash_loops(held)
            if decision.action is Action.GET or not record.certain:  # Rule 6; step 7, refresh cache
                with item.watch.lap("RefreshCache"):
                    record = await executor.read(record)
                decision = self._cases.decide(item, case, record, looked=known)
            with item.watch.lap("OrderCloudAction"):  # Rule 7; step 8, OrderCloud action
                carried = await executor.carry_out(decision, record)
        except LostError:  # noting a call: whoever has the claim now has found those that were noted before
            return Ending.AGAIN
        except Exception as error:
            if isinstance(error, StorageUnavailableError):
                raise  # the claim stays, and what it says of this run is what the next one needs
            failure = error if isinstance(error, Failure) else _defect(error)
            if failure.outcome_unknown or executor.calls.wrote:
                attempted = {**record.attempted, item.path.client: held.attempted}
                record = replace(record, certain=False, attempted=attempted)
            calls = tuple(executor.calls.made)
            ending = await self._endings.set_aside(holding.held.item, failure, record, _shown(case, item.record), calls)
            if failure is not error:
                raise
            return ending
        held = holding.held
        event = applied_event(item, case, carried, tuple(executor.calls.made), self._ports.clock.now())
        managed = {name: value for name, value in case.managed(known).items() if name not in executor.calls.unsent}
        left = {reference.fields[-1]: managed.pop(reference.fields[-1]) for reference in carried.left}
        settled = carried.record.settled(item.posting, managed, event.to_stored())
        if left:
            waits = MissingReference(f"{', '.join(left)} waits for what it names", object_id=next(iter(left.values())))
            # What was applied with it is of its version by now, and so is what waits.
            rest = replace(held.item, posting=replace(held.item.posting, remainders=()))
            return await self._endings.set_aside(rest, waits, settled, None, created=event)
        try:
            with item.watch.lap("UpdateCache"):  # Rule 8; step 9, update cache
                await self._ports.cache.put(item.path.record, settled, held.item.cached.etag)
        except LostError:
            return Ending.AGAIN
        came = known.current is None and carried.record.current is not None
        created = came or carried.decision.action is Action.CREATE
        return await self._endings.finish(held.item, event, created=created)  # Rule 9; step 10, log event

    def _lay(self, path: QueuePath) -> LayOver:
        """Return how postings of the record's type are laid over each other."""
        record_type = self._registry.find(path.record.record_type)
        return record_type.lay_over if record_type else lay_over

    def _stop_crash_loops(self, held: Held) -> None:
        if held.claim.takeovers > self._limits.takeovers:
            raise CrashLoop(f"{held.claim.takeovers} runs of this source in a row died with the record in hand")

    def _executor(self, case: Case, record: CachedRecord, lists: Lists) -> Executor:
        """Return the executor of a round; its calls end a margin before a claim that is taken now would."""
        ports, clock = self._ports, self._ports.clock
        end = clock.elapsed() + self._limits.claim * (1 - self._limits.margin)
        ordercloud = ports.marketplaces.connect(case.profile)
        calls = Calls(case, ordercloud, ports.circuits, ports.seals, lambda: end - clock.elapsed())
        return Executor(case, case.keys(record), calls, clock.now, lists)


def _shown(case: Case | None, record: CachedRecord) -> Json | None:
    """Return what a source may see of what is there: nothing, while it is not known to be its own."""
    if case is None or is_foreign(case.record_type, case.profile, record.current):
        return None
    return record.current


def _defect(bug: Exception) -> Defect:
    """Return a bug as a failure, with its traceback; a write that was under way may have been carried out."""
    return Defect("".join(traceback.format_exception(bug))[-4_000:], outcome_unknown=True)
