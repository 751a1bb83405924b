"""The ten steps that a posting goes through, in their order and under their names, by the protocol of one writer.

A run gathers what is queued and what is known, decides, and applies. It may die at any line: what it leaves behind is
enough for the next run. Rules 1 to 9 are those of docs/architecture.md, "The protocol"; step 1, the receipt, is
`orchestration.receipt`.
"""

import traceback
from dataclasses import dataclass, replace

from models.record import Json
from models.registry import Registry
from orchestration.cached_record import CachedRecord, WaitingState
from orchestration.claiming import Held, take_claim
from orchestration.decision import Action, Case, Decision, determine_action, is_foreign
from orchestration.endings import Ending, Endings
from orchestration.event import Event, Level, event_of
from orchestration.execution import Carried, Executor
from orchestration.failures import AccountFault, CrashLoop, Defect, Failure, NotOwner
from orchestration.paths import QueuePath
from orchestration.ports import Hint, LostError, Ports, StorageUnavailableError, UnreadableError
from orchestration.report import change_report
from orchestration.workitem import Stopwatch, WorkItem, take_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of a run; times in seconds.

    Attributes:
        claim: how long a claim holds.
        margin: the share of the claim that is kept for what comes after the OrderCloud calls.
        takeovers: how many runs in a row may die with a posting in hand.
        rounds: how often a run starts again because something newer lies there.
        patience: the waits after which a run asks again for a record that another source's run holds.
    """

    claim: float = 60.0
    margin: float = 0.25
    takeovers: int = 5
    rounds: int = 20
    patience: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)


class Pipeline:
    """Takes one record of one source from the queue, or from where it waits, to OrderCloud and to the event log."""

    def __init__(self, ports: Ports, registry: Registry, limits: Limits) -> None:
        self._ports = ports
        self._registry = registry
        self._limits = limits
        self._endings = Endings(ports, registry, release=lambda child: self.run(child, released=True))

    async def run(self, path: QueuePath, *, released: bool = False) -> Ending:
        """Do what there is to do for one record of one source. Safe to call at any time, any number of times.

        Args:
            path: the record and the source.
            released: what waits is due now, whatever its time: the record that it waited for has arrived.
        """
        patience = iter(self._limits.patience)
        for _ in range(self._limits.rounds):
            ending = await self._round(path, released=released)
            if ending is Ending.HELD and (pause := next(patience, None)) is not None:
                await self._ports.clock.sleep(pause)
            elif ending is not Ending.AGAIN:
                return ending
        return Ending.HELD

    async def bury(self, path: QueuePath, bug: Exception) -> None:
        """Make the posting at a path a dead letter of ours; one under a live claim is left until that has expired."""
        queued, cached = await self._ports.queue.get(path), await self._ports.cache.get(path.record)
        item = take_up(path, queued, cached, Stopwatch(self._ports.clock), due_by=None)
        claim = cached.record.claim
        if item is not None and (claim is None or not claim.live(self._ports.clock.now())):
            await self._set_aside(item, _defect(bug), item.record)

    async def reject(self, name: str, unreadable: UnreadableError) -> Ending:
        """Move bytes that are no envelope, at whatever name, from the queue to the dead letters."""
        return await self._endings.reject(name, unreadable)

    async def tidy(self, hint: Hint, path: QueuePath) -> None:
        """Remove a hint of the parked when nothing waits by it any more; see `Endings.tidy`."""
        await self._endings.tidy(hint, path)

    async def _round(self, path: QueuePath, *, released: bool) -> Ending:
        """Gather: what is queued and what is known of the record; then go on with what there is to do."""
        ports, now, watch = self._ports, self._ports.clock.now(), Stopwatch(self._ports.clock)
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
        item = take_up(path, queued, cached, watch, due_by=None if released else now)
        if item is None:
            return Ending.DONE
        claim = item.record.claim
        if claim is not None and claim.live(now):  # Rule 2
            return Ending.LEFT if claim.client == path.client and not released else Ending.HELD
        return await self._advance(item)

    async def _advance(self, item: WorkItem) -> Ending:
        """Decide, and apply with or without a claim."""
        if item.superseded:
            return await self._endings.drop(item)
        case: Case | None = None
        again = item.settled and item.repeated  # Rule 3, where an earlier run of the same posting died at rule 9
        try:
            with item.watch.lap("GetIntegrationProfile"):
                case = await self._case(item)
            decision = self._decide(item, case, item.record)
        except Failure as failure:
            if again:
                return await self._finish_again(item, case)
            return await self._set_aside(item, failure, item.record, case)
        if again:
            return await self._finish_again(item, case)
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

    async def _case(self, item: WorkItem) -> Case:
        """Step 2, get integration profile."""
        record_type = self._registry.find(item.posting.record_type)
        if record_type is None:
            raise AccountFault(f"this version does not know the record type {item.posting.record_type!r}")
        profile = await self._ports.profiles.get(item.path.client)
        return Case(record_type, item.posting, profile)

    def _decide(self, item: WorkItem, case: Case, record: CachedRecord, looked: CachedRecord | None = None) -> Decision:
        """Steps 5 and 6, calculate diff and determine action.

        Raises:
            NotOwner: what is there belongs to somebody else.
        """
        with item.watch.lap("DetermineAction"):
            if is_foreign(case.record_type, case.profile, record.current):
                raise NotOwner("the record belongs to another owner")
            return determine_action(case, record, self._ports.clock.now(), looked)

    async def _without_claim(self, item: WorkItem, case: Case, decision: Decision) -> Ending:
        """Rule 3: nothing to write. A refresh that is due puts the cache conditionally, without a claim."""
        executor = self._executor(case, item.record)
        record, message = item.record, None
        if decision.action is Action.GET:  # Step 7, refresh cache
            try:
                with item.watch.lap("RefreshCache"):
                    record = await executor.read(item.record)
                decision = self._decide(item, case, record, looked=item.record)
            except NotOwner as failure:
                return await self._set_aside(item, failure, record, case, tuple(executor.calls))
            except Failure as failure:
                message = f"OrderCloud could not be read again: {failure.cause}"
            if decision.writes:
                return await self._under_claim(item, case, decision, record, executor)
        event = self._event(item, case, Carried(decision, record), executor, message)
        if item.posting.version.from_source:
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
        executor = executor or self._executor(case, known)
        with item.watch.lap("Claim"):
            held = await take_claim(self._ports, self._limits.claim, item, known, decision.diff)
        if held is None:
            return Ending.AGAIN
        record = held.record
        try:
            self._stop_crash_loops(held)
            if decision.action is Action.GET or not record.certain:  # Rule 6; step 7, refresh cache
                with item.watch.lap("RefreshCache"):
                    record = await executor.read(record)
                decision = self._decide(item, case, record, looked=known)
            with item.watch.lap("OrderCloudAction"):  # Rule 7; step 8, OrderCloud action
                carried = await executor.carry_out(decision, record)
        except Exception as error:
            if isinstance(error, StorageUnavailableError):
                raise  # the claim stays, and what it says of this run is what the next one needs
            failure = error if isinstance(error, Failure) else _defect(error)
            if failure.outcome_unknown or executor.wrote:
                attempted = {**record.attempted, item.path.client: held.attempted}
                record = replace(record, certain=False, attempted=attempted)
            calls = tuple(executor.calls)
            ending = await self._endings.set_aside(held.item, failure, record, _shown(case, item.record), calls)
            if failure is not error:
                raise
            return ending
        event = self._event(item, case, carried, executor)
        settled = carried.record.settled(item.posting, case.managed(known), event.to_stored())
        try:
            with item.watch.lap("UpdateCache"):  # Rule 8; step 9, update cache
                await self._ports.cache.put(item.path.record, settled, held.item.cached.etag)
        except LostError:
            return Ending.AGAIN
        came = not held.record.certain and known.current is None and carried.record.current is not None
        created = came or carried.decision.action is Action.CREATE
        return await self._endings.finish(held.item, event, created=created)  # Rule 9; step 10, log event

    def _stop_crash_loops(self, held: Held) -> None:
        if held.claim.takeovers > self._limits.takeovers:
            raise CrashLoop(f"{held.claim.takeovers} runs of this source in a row died with the record in hand")

    def _executor(self, case: Case, record: CachedRecord) -> Executor:
        """Return the executor of a round; its calls end a margin before a claim that is taken now would."""
        clock, ordercloud = self._ports.clock, self._ports.marketplaces.connect(case.profile)
        end = clock.elapsed() + self._limits.claim * (1 - self._limits.margin)
        return Executor(case, case.keys(record), ordercloud, lambda: end - clock.elapsed(), clock.now)

    def _event(
        self, item: WorkItem, case: Case, carried: Carried, executor: Executor, message: str | None = None
    ) -> Event:
        """Return the event of a posting that went through."""
        decision = carried.decision
        level = Level.WARN if message else Level.SUCCESS
        keys = case.record_type.named(item.posting.keys)
        event = event_of(item.posting, keys, self._ports.clock.now(), item.attempt, level, decision.reason)
        dead = item.waiting if item.waiting and item.waiting.state is WaitingState.DEAD else None
        notes = [event.message, message]
        notes += [f"it supersedes dead letter {dead.envelope.version}"] if dead else []
        notes += [f"the version before, {item.other_kind}, is of another kind"] if item.other_kind else []
        return replace(
            event,
            action=decision.action.value,
            message="; ".join(note for note in notes if note) or None,
            before=item.record.current,
            diff=change_report(case.record_type, decision.diff) or change_report(case.record_type, decision.drift),
            result=carried.record.current,
            calls=tuple(executor.calls),
            durations=item.watch.laps,
        )


def _shown(case: Case | None, record: CachedRecord) -> Json | None:
    """Return what a source may see of what is there: nothing, while it is not known to be its own."""
    if case is None or is_foreign(case.record_type, case.profile, record.current):
        return None
    return record.current


def _defect(bug: Exception) -> Defect:
    """Return a bug as a failure, with its traceback; a write that was under way may have been carried out."""
    return Defect("".join(traceback.format_exception(bug))[-4_000:], outcome_unknown=True)
