"""The claim: how one run becomes the only writer of a record for a while. Rules 4 and 5 of the protocol."""

from dataclasses import dataclass, replace
from datetime import timedelta

from models.record import Json
from orchestration.cached_record import CachedRecord, Claim
from orchestration.decision import Decision
from orchestration.diff import NOTHING
from orchestration.paths import RecordPath
from orchestration.ports import Cached, LostError, Measure, Ports, Queued
from orchestration.workitem import Row, WorkItem


@dataclass(frozen=True, slots=True)
class Held:
    """A posting under the claim of this run.

    Attributes:
        item: the posting, queued, with the ETag of the cache blob as it is now.
        claim: the claim.
        record: what is known of the record; uncertain where the claim was taken over from a run that died.
        attempted: what the run may write, on top of what earlier ones may have written, as the blob says it now.
        calls: how many calls of this run the blob notes, since no event tells of them if it dies.
    """

    item: WorkItem
    claim: Claim
    record: CachedRecord
    attempted: Json
    calls: int

    @property
    def claimed(self) -> CachedRecord:
        """The record as its blob has it, with the claim, which takes over what calls of what waits are not logged."""
        client, waiting = self.item.path.client, dict(self.record.waiting)
        if client in waiting:
            waiting[client] = replace(waiting[client], unlogged=0)
        return replace(
            self.record,
            claim=self.claim,
            attempted={**self.record.attempted, client: self.attempted},
            unlogged=self.item.uncertain + self.calls,
            waiting=waiting,
        )


class Holding:
    """A claim while its run calls OrderCloud; `held` is the claim as it is now."""

    def __init__(self, ports: Ports, held: Held) -> None:
        self._ports = ports
        self.held = held

    async def note(self, calls: int) -> None:
        """Note that the run makes so many calls in all: one storage request where that is more than it meant to make.

        Raises:
            LostError: the claim is another's by now; that one has found what was noted before.
        """
        if calls > self.held.calls:
            self.held = await write_claim(self._ports, replace(self.held, calls=calls))


async def take_claim(
    ports: Ports,
    lifetime: float,
    item: WorkItem,
    known: CachedRecord,
    decision: Decision | None = None,
    *,
    posted: Json | None = None,
) -> Held | None:
    """Claim a record for `lifetime` seconds; none when something newer lies there, so that it is from rule 1.

    What the run may write is all of the posting and what was decided besides, or only what is `posted` of it. The
    calls that it means to make are noted with the claim.

    Once this has returned, whatever newer arrives for the source stays in the queue until the claim is gone, and
    nobody else removes what was there before. So nothing is written without it, not even what waits.
    """
    path = item.path.record
    expires = ports.clock.now() + timedelta(seconds=lifetime)
    claim = Claim(ports.chance.name(), item.path.client, expires, _takeovers(known.claim, item))
    writes = decision.diff if decision else NOTHING
    claimed = known.claimed(claim, item.posting.posted if posted is None else posted, writes.posting)
    record = replace(known, claim=None, certain=claimed.certain)
    calls = _calls(item, known, decision, certain=claimed.certain)
    held = Held(item, claim, record, claimed.attempted[item.path.client], calls)
    try:
        held = await write_claim(ports, held)  # Rule 4
        queued = await _queued_still(ports, item)  # Rule 5
        if queued is None:
            await ports.cache.put(path, record, held.item.cached.etag)
            return None
    except LostError:
        return None
    if known.claim is not None:
        ports.telemetry.measure(Measure.TAKEOVERS, 1, {"record_type": item.posting.record_type})
    return replace(held, item=replace(held.item, queued=queued))


async def write_claim(ports: Ports, held: Held) -> Held:
    """Write a claim as it is told here, for the first time or again, and return it with the ETag that the blob has now.

    Raises:
        LostError: the blob was written by another since.
    """
    etag = await ports.cache.put(held.item.path.record, held.claimed, held.item.cached.etag)
    return replace(held, item=replace(held.item, cached=Cached(held.item.record, etag)))


async def hold(ports: Ports, lifetime: float, path: RecordPath, cached: Cached, holder: str) -> Cached | None:
    """Claim a record for somebody who is no source and writes nothing to OrderCloud; none when it is another by now.

    Return the record as it is without the claim, with the ETag of the blob as it is with it. A run that meets the
    claim asks again for a moment, then leaves it to the sweep: nobody looks at the queue for it when the claim ends.
    """
    known = cached.record
    claim = Claim(ports.chance.name(), holder, ports.clock.now() + timedelta(seconds=lifetime))
    record = replace(known, claim=None, certain=known.certain and known.claim is None)
    try:
        etag = await ports.cache.put(path, replace(record, claim=claim), cached.etag)
    except LostError:
        return None
    return Cached(record, etag)


def _calls(item: WorkItem, known: CachedRecord, decision: Decision | None, *, certain: bool) -> int:
    """Count the calls of a run: of what was decided, of a look where that is not certain, and of a look before."""
    looked = int(known is not item.record)
    if decision is None:
        return looked
    calls = decision.calls(listed=bool(item.lists))
    return looked + (calls if certain else 1 + max(calls, 1))


def _takeovers(dead: Claim | None, item: WorkItem) -> int:
    """Count the runs in a row that died with this source's postings; another source's deaths are not its own."""
    return dead.takeovers + 1 if dead and dead.client == item.path.client else 0


async def _queued_still(ports: Ports, item: WorkItem) -> Queued | Row | None:
    """Return what is queued if it is still what the round began with, or none.

    What waited is queued again, where nothing newer is: so a run that dies with it leaves it where the next run finds
    it, as one that dies with any other posting. It says so, since this run may be too slow for its claim: another may
    have applied something newer by now.
    """
    if isinstance(item.queued, Row):  # it has no blob, and none may have come
        return replace(item.queued, claimed=True) if await ports.queue.etag(item.path) is None else None
    if item.queued is not None:
        return item.queued if await ports.queue.etag(item.path) == item.queued.etag else None
    try:
        again = replace(item.posting, again=True)
        return Queued(again, await ports.queue.add(again))
    except LostError:
        return None
