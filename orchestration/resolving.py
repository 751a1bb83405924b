"""What operators do about dead letters: replay them through the pipeline, or drop them.

What waits is nobody's to change without a claim, so both hold the record's while they do it. What is queued for the
same source is newer than what is dead, or is the dead letter itself on its way again: it is left alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from models.record import Json
from models.registry import Registry
from orchestration.cached_record import CachedRecord
from orchestration.claiming import hold
from orchestration.deadletters import Place, is_own
from orchestration.envelope import Envelope
from orchestration.event import DROPPED, Event, Level, event_of, unreadable_event
from orchestration.parking import UNREADABLE
from orchestration.paths import PathError, QueuePath
from orchestration.ports import Cached, LostError, Ports, StorageUnavailableError, UnreadableError
from orchestration.profile import Profile
from orchestration.waiting import Waiting

CONCURRENCY = 8
WAS_REPLAYED, WAS_DROPPED = "replayed by an operator", "dropped by an operator"
"""The reasons of the events; sources see them, so which operator it was is told beside them."""

PATIENCE = (0.1, 0.2, 0.4, 0.8)
"""The waits after which a record that somebody else holds is looked at again."""

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of one dead letter, or would become of it."""

    REPLAYED = "replayed"
    DROPPED = "dropped"
    SUPERSEDED = "superseded"
    GONE = "gone"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    FAILED = "failed"

    @property
    def message(self) -> str:
        """The outcome in words."""
        return _MESSAGES[self]


_MESSAGES = {
    Outcome.REPLAYED: "It is queued again, and the pipeline compares it anew.",
    Outcome.DROPPED: "It is gone for good; what was applied before it stays.",
    Outcome.SUPERSEDED: "A newer posting of its source is queued and takes its place: it was left alone.",
    Outcome.GONE: "There is no such dead letter, or none any more.",
    Outcome.BUSY: "It is queued, or a run holds its record: it was left alone. Look again in a moment.",
    Outcome.UNREADABLE: "What is there cannot be read, so there is nothing to replay.",
    Outcome.FAILED: "Storage did not answer, so whether it was done is not known. It may be asked for again.",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of the dead letter of a key, and its posting where there was one."""

    key: str
    outcome: Outcome
    posting: Envelope | None = None

    def to_json(self, registry: Registry) -> Json:
        """Return it by the names of the HTTP API."""
        posting, place = self.posting, Place.of(self.key)
        named = (posting.record_type, posting.keys) if posting else None
        if place.record and named is None:
            named = (place.record.record_type, place.record.keys)
        return {
            "Key": self.key,
            "RecordType": named[0] if named else None,
            "Keys": registry.named(*named) if named else {},
            "Client": place.client,
            "Version": posting.version.text if posting else None,
            "Outcome": self.outcome.value,
            "Message": self.outcome.message,
        }


type Apply = Callable[[QueuePath, Waiting, Cached], Awaitable[Outcome | None]]
"""Does what is to be done under the claim, and ends the claim; none when something newer came, so that it is anew."""


@dataclass(frozen=True, slots=True)
class _Act:
    """What is to be done: what it comes to, also where the dead letter is queued already, and how."""

    outcome: Outcome
    if_queued: Outcome
    apply: Apply


class Resolver:
    """Replays and drops dead letters for an operator.

    Args:
        ports: the pipeline's.
        registry: the record types.
        operator: the profile of the operator's client, whose marketplace's dead letters these are.
        lifetime: how long a claim holds, in seconds.
        dry_run: only say what would become of each.
    """

    def __init__(
        self, ports: Ports, registry: Registry, operator: Profile, lifetime: float, *, dry_run: bool = False
    ) -> None:
        self._ports = ports
        self._registry = registry
        self._marketplace = operator.marketplace
        self._operator = operator.client
        self._lifetime = lifetime
        self._dry_run = dry_run

    async def replay(self, keys: Iterable[str]) -> list[Resolved]:
        """Queue dead letters again, as they were posted; safe to repeat."""
        return await self._each(keys, _Act(Outcome.REPLAYED, Outcome.REPLAYED, self._queue_again))

    async def drop(self, keys: Iterable[str]) -> list[Resolved]:
        """Remove dead letters for good; safe to repeat."""
        return await self._each(keys, _Act(Outcome.DROPPED, Outcome.BUSY, self._remove))

    async def _each(self, keys: Iterable[str], act: _Act) -> list[Resolved]:
        """Resolve some dead letters side by side; a fault of one does not keep the others from it."""
        places = asyncio.Semaphore(CONCURRENCY)

        async def guarded(key: str) -> Resolved:
            async with places:
                try:
                    return await self._one(key, act)
                except StorageUnavailableError as fault:
                    _log.warning("storage is unavailable; what became of %s is not known: %s", key, fault)
                    return Resolved(key, Outcome.FAILED)

        return list(await asyncio.gather(*(guarded(key) for key in dict.fromkeys(keys))))

    async def _one(self, key: str, act: _Act) -> Resolved:
        if not is_own(self._marketplace, key):
            return Resolved(key, Outcome.GONE)
        if key.startswith(UNREADABLE):
            return Resolved(key, await self._unreadable(key, act))
        try:
            path = QueuePath.parse(key)
        except PathError:
            return Resolved(key, Outcome.GONE)
        for pause in (*PATIENCE, None):
            outcome, cached = await self._look(path, act)
            dead = cached.record.dead(path.client)
            posting = dead.envelope if dead else None
            if outcome is None and dead is not None:
                outcome = act.outcome if self._dry_run else await self._under_claim(path, dead, cached, act)
            if outcome not in (None, Outcome.BUSY):
                return Resolved(key, outcome, posting)
            if pause is not None:
                await self._ports.clock.sleep(pause)
        return Resolved(key, Outcome.BUSY, posting)

    async def _look(self, path: QueuePath, act: _Act) -> tuple[Outcome | None, Cached]:
        """Return what is known of a record, and what that lets become of its dead letter; none: it may be resolved.

        The queue is read before the cache, as by every run.
        """
        nothing = Cached(CachedRecord(), None)
        try:
            queued = await self._ports.queue.get(path)
        except UnreadableError:  # the next run moves it out of the way
            return Outcome.BUSY, nothing
        try:
            cached = await self._ports.cache.get(path.record)
        except UnreadableError:
            return Outcome.UNREADABLE, nothing
        dead = cached.record.dead(path.client)
        if dead is None:
            return Outcome.GONE, cached
        if queued is not None:
            return _beside(queued.envelope, dead.envelope, act), cached
        return (Outcome.BUSY if cached.record.held(self._ports.clock.now()) else None), cached

    async def _under_claim(self, path: QueuePath, dead: Waiting, cached: Cached, act: _Act) -> Outcome | None:
        held = await hold(self._ports, self._lifetime, path.record, cached, f"operator:{self._operator}")
        return None if held is None else await act.apply(path, dead, held)

    async def _queue_again(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        """Queue a dead letter where nothing is queued; its mark and its hint go when the ordinary run is through."""
        now, again = self._ports.clock.now(), replace(dead.envelope, replays=dead.envelope.replays + 1, again=True)
        try:
            await self._ports.queue.add(again)
        except LostError:
            await self._give_back(path, held)
            return None
        await self._give_back(path, held)
        await self._ports.log.write(self._event(again, now, 0, Level.PROGRESS, WAS_REPLAYED))
        return Outcome.REPLAYED

    async def _remove(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        """Log, take the mark away, then the hint: a dead letter that is still there is still found by its hint."""
        ports = self._ports
        if await ports.queue.etag(path) is not None:
            await self._give_back(path, held)
            return None
        event = self._event(dead.envelope, ports.clock.now(), dead.attempts, Level.WARN, WAS_DROPPED)
        await ports.log.write(replace(event, error_type=DROPPED, errors=dead.errors))
        try:
            await ports.cache.put(path.record, held.record.without(path.client), held.etag)
        except LostError:
            return None
        for name, etag in dead.hints.items():
            await ports.deadletters.delete(name, etag)
        return Outcome.DROPPED

    async def _give_back(self, path: QueuePath, held: Cached) -> None:
        with suppress(LostError):  # the claim had run out, and another has the record now
            await self._ports.cache.put(path.record, held.record, held.etag)

    async def _unreadable(self, key: str, act: _Act) -> Outcome:
        """Resolve bytes that are nothing of ours: they belong to no record, so no claim guards them."""
        ports = self._ports
        hint = next(iter([hint async for hint in ports.deadletters.list(key, limit=1)]), None)
        if hint is None or hint.name != key:
            return Outcome.GONE
        if act.outcome is Outcome.REPLAYED:
            return Outcome.UNREADABLE
        if self._dry_run:
            return act.outcome
        found = unreadable_event(key.removeprefix(UNREADABLE), "the bytes were nothing of ours", "", ports.clock.now())
        dropped = replace(found, level=Level.WARN, reason=WAS_DROPPED, error_type=DROPPED, operator=self._operator)
        await ports.log.write(dropped)
        return Outcome.DROPPED if await ports.deadletters.delete(key, hint.etag) else Outcome.BUSY

    def _event(self, posting: Envelope, time: datetime, attempt: int, level: Level, reason: str) -> Event:
        """Return the event of what was done; a replay's is that of attempt 0, before the first one of its new life."""
        keys = self._registry.named(posting.record_type, posting.keys)
        return replace(event_of(posting, keys, time, attempt, level, reason), operator=self._operator)


def _beside(queued: Envelope, dead: Envelope, act: _Act) -> Outcome:
    """Return what becomes of a dead letter while something of its record and source is queued."""
    if queued.is_same(dead):
        return act.if_queued
    return Outcome.BUSY if queued.older_than(dead.version) else Outcome.SUPERSEDED
