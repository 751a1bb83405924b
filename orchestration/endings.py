"""How a round ends: the posting is through, or set aside, or was never readable. Each ending survives a crash in it."""

import hashlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from models.record import Json
from models.registry import Registry
from orchestration.cached_record import CachedRecord
from orchestration.decision import Action
from orchestration.event import SUPERSEDED, Event, Level, event_of, requests_of, unreadable_event
from orchestration.failures import Failure
from orchestration.invocation import invocation
from orchestration.parking import RELEASED, UNREADABLE, WAITS, Attempt, hint_names, waiting_after
from orchestration.paths import PathError, QueuePath, RecordPath
from orchestration.ports import Cached, Hint, LostError, Ports, Queued, UnreadableError
from orchestration.profile import Parking
from orchestration.waiting import Waiting, WaitingState
from orchestration.workitem import Row, WorkItem

LONGEST_NAME = 900
"""The most characters of a name that are kept: with what is put before and behind, a blob's has 1,024 at most."""

CLOCKS_APART = timedelta(seconds=5)
"""How far the clocks of two instances may be apart; where they are more, what has just come is taken up when due."""

_TOO_LATE = "superseded: it was queued again when it had ceased to wait"

_log = logging.getLogger(__name__)


class Ending(Enum):
    """How a round ended."""

    DONE = auto()
    """Nothing is left to do for this source: applied, waiting, or nothing was there."""
    AGAIN = auto()
    """Something newer lies there, or another run was faster: from rule 1."""
    HELD = auto()
    """Another run holds the record, and will not look for this source's postings when it ends."""
    LEFT = auto()
    """Another run of the same source holds the record; it looks at the queue again before it ends."""


class Endings:
    """The last steps of a round, and what they set off."""

    def __init__(
        self, ports: Ports, registry: Registry, release: Callable[[QueuePath], Awaitable[Ending]], children: int = 1_000
    ) -> None:
        self._ports = ports
        self._registry = registry
        self._release = release
        self._children = children

    async def finish(self, item: WorkItem, event: Event, *, created: bool = False) -> Ending:
        """Step 10, log event; then remove the queued record, unless a newer one lies there (rule 9)."""
        await self._ports.log.write(event)
        ending = await self._remove(item)
        if item.waiting is not None:
            await self._remove_hints(item.waiting)
        if created:
            await self._release_children(item.path.record)
        return ending

    async def drop(self, item: WorkItem) -> Ending:
        """Log that what is queued is older than what its source has given us, and remove it; the rest stays."""
        older = item.queued.envelope if item.queued else item.posting
        keys, now = self._registry.named(older.record_type, older.keys), self._ports.clock.now()
        newer = item.superseded_by
        reason = f"superseded by version {newer}, which this source gave before" if newer else _TOO_LATE
        event = event_of(older, keys, now, 1, Level.WARN, reason)
        await self._ports.log.write(
            replace(event, action=Action.IGNORE.value, error_type=SUPERSEDED, durations=item.watch.laps)
        )
        return await self._remove(item)

    async def set_aside(
        self,
        item: WorkItem,
        failure: Failure,
        record: CachedRecord,
        shown: Json | None,
        calls: tuple[Json, ...] = (),
        created: Event | None = None,
    ) -> Ending:
        """Park a posting that failed, or make it a dead letter: hint, mark, log, remove, in this order.

        Args:
            item: the posting, under this run's claim; `item.cached.etag` is that of the cache blob as it is now.
            failure: why.
            record: what the cache is to say of the record; it has no claim.
            shown: what the event may show of what was there; none where it may be somebody else's.
            calls: the OrderCloud calls that were made.
            created: where the record was created and only the rest of its posting waits, the event of that.
        """
        ports, now = self._ports, self._ports.clock.now()
        attempt = Attempt(item.attempt, now, ports.chance.between(0, 1), item.waiting)
        waiting = waiting_after(item.posting, failure, attempt, await self._parking(item.path), self._registry)
        # Until this is logged, what lies in the queue says that it may not be; of a row nothing lies there.
        unlogged, row = item.uncertain + requests_of(created.calls if created else calls), isinstance(item.queued, Row)
        waiting = replace(waiting, hints=await self._put_hints(waiting), calls=0 if row else unlogged)
        until_logged = replace(waiting, unlogged=unlogged if row else 0)
        parent_came = waiting.waits_for is not None and await self._has_come(waiting.waits_for, item.watch.began)
        marked = replace(record, unlogged=0, waiting={**record.waiting, item.path.client: until_logged})
        try:
            etag = await ports.cache.put(item.path.record, marked, item.cached.etag)
        except LostError:
            return Ending.AGAIN
        await ports.log.write(created or self._waiting_event(item, waiting, ports.clock.now(), shown, calls))
        await self._note_logged(item.path, Cached(marked, etag))
        ending = await self._remove(item)
        if item.waiting is not None:
            await self._remove_hints(item.waiting, keep=waiting.hints)
        if created is not None:
            await self._release_children(item.path.record)
        waited_for = item.waiting.waits_for if item.waiting else None
        if parent_came and ending is Ending.DONE and waiting.waits_for != waited_for:
            return await self._release(item.path)
        return ending

    async def log_if_unlogged(self, item: WorkItem, waiting: Waiting) -> Ending:
        """Log that a row was set aside where the run that did it may have died before: as the cache has it.

        What that run did log says more and is later than the failure, so it stays. Where a part of the row was applied,
        its event is kept with that.
        """
        if item.record.claim is None and waiting.unlogged:
            told = replace(item, posting=waiting.envelope, uncertain=waiting.unlogged)
            event = self._waiting_event(told, waiting, waiting.failed_at or item.watch.began)
            applied = item.record.applied.get(item.path.client)
            if applied and applied.event.get("Id") == event.id:
                event = Event.from_stored(applied.event, item.path, waiting.envelope, item.record.current)
            await self._ports.log.catch_up(event)
            await self._note_logged(item.path, item.cached)
        return Ending.DONE

    async def _note_logged(self, path: QueuePath, cached: Cached) -> None:
        """Have the cache say that what was set aside is logged, where it says that this may not be so."""
        record, waiting = cached.record, cached.record.waiting[path.client]
        if waiting.unlogged:
            logged = replace(record, waiting={**record.waiting, path.client: replace(waiting, unlogged=0)})
            with suppress(LostError):  # another run has the record now, and tells of them once more
                await self._ports.cache.put(path.record, logged, cached.etag)

    async def reject(self, name: str, unreadable: UnreadableError) -> Ending:
        """Move bytes that are no envelope out of the queue; see `keep_unreadable`."""
        await keep_unreadable(self._ports, name, unreadable)
        return Ending.DONE if await self._ports.queue.discard(name, unreadable.etag) else Ending.AGAIN

    async def report_cache(self, path: QueuePath, unreadable: UnreadableError) -> Ending:
        """Say that what is cached of a record cannot be read; what is queued stays until a person has looked."""
        await keep_unreadable(self._ports, f"cache/{path.record}", unreadable)
        return Ending.HELD

    async def tidy(self, hint: Hint, path: QueuePath) -> None:
        """Remove a hint when nothing waits by it any more; a record under a claim is left alone."""
        record = (await self._ports.cache.get(path.record)).record
        if record.is_stale(hint.name, path.client):
            await self._ports.parked.delete(hint.name, hint.etag)

    async def _remove(self, item: WorkItem) -> Ending:
        """Remove what was worked on from the queue; newer postings there are the same run's to take up."""
        match item.queued:
            case None:
                return Ending.DONE
            case Row(claimed=claimed):
                removed = not claimed or await self._ports.queue.etag(item.path) is None
            case Queued(etag=etag):
                removed = await self._ports.queue.delete(item.path, etag)
        return Ending.DONE if removed else Ending.AGAIN

    async def _parking(self, path: QueuePath) -> Parking:
        """Return the profile's delays; where the profile itself is what is wrong, the default ones."""
        try:
            profile = await self._ports.profiles.get(path.client)
        except Failure:
            return Parking()
        return profile.policies.parking

    async def _put_hints(self, waiting: Waiting) -> dict[str, str]:
        names = hint_names(waiting)
        hints = {name: await self._ports.parked.put(name) for name in names.parked}
        return hints | {name: await self._ports.deadletters.put(name) for name in names.dead}

    async def _remove_hints(self, waiting: Waiting, keep: Collection[str] = ()) -> None:
        """Remove the hints of a posting that waits no more; those kept, or written anew since, stay."""
        box = self._ports.deadletters if waiting.state is WaitingState.DEAD else self._ports.parked
        for name, etag in waiting.hints.items():
            if name not in keep:
                await box.delete(name, etag)

    async def _has_come(self, path: str, since: datetime) -> bool:
        """Tell whether a record that was missing has come by now: it may have looked for hints before ours was put.

        One that was known before the round began is missing all the same: to try again at once would end as before.
        """
        parent = (await self._ports.cache.get(RecordPath.parse(path))).record
        return parent.current is not None and (parent.fetched_at is None or parent.fetched_at >= since - CLOCKS_APART)

    async def _release_children(self, parent: RecordPath) -> None:
        """Take up, one after the other, what waited for a record that has just come; one does not stop the next.

        A child that is released may release its own children: those join the ones that wait for their turn.
        """
        if self._registry.referred(parent.record_type) and await self.release(parent) is not None:
            await self._ports.parked.put(f"{RELEASED}{parent}")

    async def release(self, parent: RecordPath, *, after: str = "") -> str | None:
        """Take up what waits for a record that is there, after a hint's name; return the name to go on after, if any.

        Within a run that releases already, it is that run which takes them up, and which leaves what is left.
        """
        prefix = f"{WAITS}{parent}/"
        found = [hint async for hint in self._ports.parked.list(prefix, limit=self._children, after=after)]
        more = found[-1].name if len(found) == self._children else None
        with invocation(self._ports.clock) as current:
            if current.releasing is not None:
                current.releasing.extend((hint, parent) for hint in found)
                return more
            current.releasing = waiting = deque((hint, parent) for hint in found)
            try:
                while waiting and not current.is_over:
                    hint, above = waiting.popleft()
                    after = hint.name if above == parent else after
                    await self._release_child(hint, above)
            finally:
                current.releasing = None
            left = {above for _, above in waiting}
            for each in left - {parent}:
                await self._ports.parked.put(f"{RELEASED}{each}")
        return after if parent in left else more

    async def _release_child(self, hint: Hint, parent: RecordPath) -> None:
        """Take up what a hint points to, and remove the hint when nothing waits by it any more."""
        try:
            child = QueuePath.parse(hint.name.removeprefix(f"{WAITS}{parent}/"))
            await self._release(child)
            await self.tidy(hint, child)
        except PathError:
            await self._ports.parked.delete(hint.name, hint.etag)
        except Exception:  # noqa: BLE001 - the boundary of one record; it waits on, and is due by its time
            _log.exception("%s could not be released", hint.name)

    def _waiting_event(
        self, item: WorkItem, waiting: Waiting, time: datetime, shown: Json | None = None, calls: tuple[Json, ...] = ()
    ) -> Event:
        """Return the event of a posting that was set aside; a traceback is for those who read the dead letter."""
        keys = self._registry.named(item.posting.record_type, item.posting.keys)
        dead = waiting.state is WaitingState.DEAD
        level = Level.ERROR if dead else Level.WARN
        until = f" until {waiting.due.isoformat()}" if waiting.due else " until it is resumed"
        awaited = f", for {waiting.waits_for}" if waiting.waits_for else ""
        reason = "dead letter: it needs a person" if dead else f"parked{until}{awaited}"
        event = event_of(item.posting, keys, time, waiting.attempts, level, reason)
        return replace(
            event,
            message=waiting.told,
            error_type=waiting.error_type,
            errors=waiting.errors,
            before=shown,
            calls=calls,
            uncertain=item.uncertain,
            durations=item.watch.laps,
        )


async def keep_unreadable(ports: Ports, name: str, unreadable: UnreadableError) -> None:
    """Keep bytes that are nothing of ours where a person finds them, and log that they were there."""
    digest = hashlib.sha256(unreadable.content).hexdigest()
    kept = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}~{hashlib.sha256(name.encode()).hexdigest()}"
    await ports.deadletters.put(f"{UNREADABLE}{kept}", unreadable.content)
    await ports.log.write(unreadable_event(name, unreadable.reason, digest, ports.clock.now()))
