"""Correct what is different by the pipeline: a source's last applied posting is put through again.

The record is marked so that its next run reads OrderCloud before it decides, and does not trust what was applied of
the fields that were moved. Nothing is decided or written to OrderCloud here. What no source has applied is learned
instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.cached_record import Applied, CachedRecord, union
from orchestration.claiming import hold
from orchestration.differences import Difference, Kind, rightful, value_at
from orchestration.driving import drive
from orchestration.envelope import Envelope, Operation
from orchestration.event import Level, event_of
from orchestration.failures import AccountFault
from orchestration.learning import WHO, Learner
from orchestration.paths import QueuePath, RecordPath
from orchestration.pipeline import Pipeline
from orchestration.ports import Cached, LostError, Ports, UnreadableError
from orchestration.profile import Profile
from orchestration.renewing import Renewal
from orchestration.verifying import PATIENCE, Verified, Verifier, keys_of, side_by_side

REASON = "put through again: OrderCloud and the cache differ"


class Outcome(StrEnum):
    """What became of one difference."""

    MENDED = "Mended"
    """OrderCloud equals the cache again."""
    REPORTED = "Reported"
    """OrderCloud keeps its values, as the profile's policy says; the cache has them now."""
    SENT = "Sent"
    """It is on its way, and not through yet or set aside: its events tell."""
    WAITS = "Waits"
    """Its source has a posting parked or dead, which has to go first."""
    LEARNED = "Learned"
    """No source has applied it: the cache says now what OrderCloud says."""
    NO_PROFILE = "NoProfile"
    """The profile of the source that applied it is gone or wrong."""
    BUSY = "Busy"
    """Runs write it all the time."""
    UNREAD = "Unread"
    """OrderCloud could not be read anew."""
    UNREADABLE = "Unreadable"
    """What is cached is nothing of ours, and has to be looked at first."""


MENDED = frozenset({Outcome.MENDED, Outcome.REPORTED, Outcome.LEARNED})
"""The outcomes after which nothing is different any more."""

_LEARNED = {
    Renewal.READ: Outcome.LEARNED,
    Renewal.GONE: Outcome.LEARNED,
    Renewal.FRESH: Outcome.MENDED,
    Renewal.BUSY: Outcome.BUSY,
    Renewal.UNREADABLE: Outcome.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A client that has applied the record, with what is to be distrusted of that, in the shape of a posting."""

    profile: Profile
    applied: Applied
    distrusted: Json

    @property
    def corrects(self) -> bool:
        return self.profile.policies.drift == "correct"


class Corrector:
    """Puts applied postings through again."""

    def __init__(self, ports: Ports, pipeline: Pipeline, lifetime: float) -> None:
        self._ports = ports
        self._pipeline = pipeline
        self._lifetime = lifetime

    async def correct(self, record_type: RecordType, difference: Difference) -> Outcome | None:
        """Do what there is to do about a difference, or return none where no source has applied the record.

        Sent means that another look tells what came of it.
        """
        if difference.kind is Kind.UNREADABLE:
            return Outcome.UNREADABLE
        for pause in (*PATIENCE, None):
            done = await self._queue_again(record_type, difference)
            if isinstance(done, Outcome):
                return done
            if done is not None:
                for path in done:
                    await self._run(path)
                return Outcome.SENT if done else None
            if pause is not None:
                await self._ports.clock.sleep(pause)
        return Outcome.BUSY

    async def _queue_again(self, record_type: RecordType, difference: Difference) -> list[QueuePath] | Outcome | None:
        """Mark the record and queue what is to go through again, in its order; none where a run holds the record."""
        ports, path = self._ports, difference.path
        try:
            cached = await ports.cache.get(path)
        except UnreadableError:
            return Outcome.UNREADABLE
        record = cached.record
        if record.held(ports.clock.now()):
            return None
        sources = await self._sources(record_type, record, difference)
        if isinstance(sources, Outcome):
            return sources
        if not sources:
            return []
        distrusted = {each.profile.client: each.distrusted for each in sources if each.distrusted}
        attempted = {client: union(record.attempted.get(client, {}), fields) for client, fields in distrusted.items()}
        marked = replace(record, certain=False, attempted={**record.attempted, **attempted})
        held = await hold(ports, self._lifetime, path, Cached(marked, cached.etag), WHO)
        if held is None:
            return None
        keys = keys_of(record_type, path, record)
        again = [self._envelope(record_type, keys, each) for each in sources]
        for envelope in again:
            # What is queued already is newer, and finds the mark when it goes through.
            with suppress(LostError):
                await ports.queue.add(envelope)
                named = record_type.named(keys)
                await ports.log.write(event_of(envelope, named, ports.clock.now(), 0, Level.PROGRESS, REASON))
        with suppress(LostError):  # the claim had run out, and another has the record now
            await ports.cache.put(path, held.record, held.etag)
        return [envelope.path for envelope in again]

    async def _sources(
        self, record_type: RecordType, record: CachedRecord, difference: Difference
    ) -> list[_Source] | Outcome:
        """Return the sources whose postings go through again, in the order in which they do.

        The latest goes first, so that what two sources manage keeps its value; where the record is made anew it goes
        last, for the same reason.
        """
        applied = {client: each for client, each in record.applied.items() if each.posted}
        if any(client in record.waiting for client in applied):
            return Outcome.WAITS
        try:
            profiles = {client: await self._ports.profiles.get(client) for client in applied}
        except AccountFault:
            return Outcome.NO_PROFILE
        anew = difference.kind is Kind.DELETED or record.current is None
        latest_first = sorted(applied, key=lambda client: str(applied[client].event["Time"]), reverse=not anew)
        moved = dict(_moved(record_type, record, difference, latest_first))
        sources = [_Source(profiles[client], applied[client], moved.get(client, {})) for client in latest_first]
        if anew or not sources:
            return sources
        return [each for each in sources if each.corrects and each.distrusted] or [
            replace(sources[0], distrusted={}),
        ]

    def _envelope(self, record_type: RecordType, keys: Keys, source: _Source) -> Envelope:
        """Return a source's last applied posting as it is queued again: by its own version, as a further life of it."""
        profile, applied, chance = source.profile, source.applied, self._ports.chance
        trace = applied.event.get("TraceID") or chance.name()
        return Envelope(
            record_type=record_type.name,
            operation=Operation.UPSERT,
            marketplace=profile.marketplace,
            resource=profile.resource,
            client=profile.client,
            keys=keys,
            posted=applied.posted,
            version=applied.version,
            accepted_at=self._ports.clock.now().isoformat(),
            traceparent=f"00-{trace}-{chance.name()[:16]}-01",
            job_id=applied.event.get("JobID"),
            replays=_lives(applied) + 1,
            again=True,
        )

    async def _run(self, path: QueuePath) -> None:
        """Run what was queued here and now, unless its trigger is faster; then wait for that, for a while."""
        for pause in (*PATIENCE, None):
            await drive(self._pipeline, path)
            if await self._ports.queue.etag(path) is None or pause is None:
                return
            await self._ports.clock.sleep(pause)


def reported(difference: Difference, profiles: Mapping[str, Profile]) -> bool:
    """Tell whether policies let OrderCloud keep a value that a source manages."""
    managing = {client for field in difference.fields for client in field.managed_by}
    return difference.kind is Kind.CHANGED and any(
        profiles[client].policies.drift == "report" for client in managing if client in profiles
    )


def _moved(
    record_type: RecordType, record: CachedRecord, difference: Difference, clients: Iterable[str]
) -> Iterator[tuple[str, Json]]:
    """Yield of each client what OrderCloud may have lost of what it applied: those of its fields that were moved."""
    for client in clients:
        posted = record.applied_by(client)
        fields: Json = {}
        if record.current is None or difference.kind is Kind.DELETED:
            fields = posted
        elif difference.kind is Kind.CHANGED:
            for each in difference.fields:
                if client in rightful(record_type, record, each):
                    fields = union(fields, _nested(each.path, value_at(posted, each.path)))
        yield client, fields


def _nested(path: tuple[str, ...], value: object) -> Json:
    for name in reversed(path):
        value = {name: value}
    return dict(value) if isinstance(value, dict) else {}


def _lives(applied: Applied) -> int:
    """Return how often the posting was queued again until it was applied, as the id of its event says it."""
    _, _, lives = str(applied.event.get("Id", "")).rpartition(":replay")
    return int(lives) if lives.isdigit() else 0


async def correct_all(
    verifier: Verifier, corrector: Corrector, learner: Learner, found: Verified, profiles: Mapping[str, Profile]
) -> list[tuple[Difference, Outcome]]:
    """Correct all that was found of one type, look again, learn the rest; return what became of each difference."""
    outcomes: dict[RecordPath, Outcome | None] = {}

    async def correct(difference: Difference) -> None:
        outcomes[difference.path] = await corrector.correct(found.record_type, difference)

    await side_by_side([correct(each) for each in found.differences])
    sent = [each for each in found.differences if outcomes[each.path] is Outcome.SENT]
    still = await verifier.again(found.record_type, sent)
    if not still.unread:
        left = {each.path for each in still.differences}
        for each in sent:
            if each.path not in left:
                outcomes[each.path] = Outcome.REPORTED if reported(each, profiles) else Outcome.MENDED
    learned = await learner.learn(found, [each for each in found.differences if outcomes[each.path] is None])
    return [(each, outcomes[each.path] or _learned(learned.get(each.path))) for each in found.differences]


def _learned(renewal: Renewal | None) -> Outcome:
    """Return what became of a record that no source has applied; it was not read where nothing is said of it."""
    return _LEARNED[renewal] if renewal else Outcome.UNREAD
