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
    """

    item: WorkItem
    claim: Claim
    record: CachedRecord
    attempted: Json


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
    calls that it means to make are noted with the claim, since no event tells of them if it dies.

    Once this has returned, whatever newer arrives for the source stays in the queue until the claim is gone, and
    nobody else removes what was there before. So nothing is written without it, not even what waits.
    """
    path, held = item.path.record, known.claim
    expires = ports.clock.now() + timedelta(seconds=lifetime)
    claim = Claim(ports.chance.name(), item.path.client, expires, _takeovers(held, item))
    writes = decision.diff if decision else NOTHING
    claimed = known.claimed(claim, item.posting.posted if posted is None else posted, writes.posting)
    claimed = replace(claimed, unlogged=item.uncertain + _calls(item, known, decision, certain=claimed.certain))
    record = replace(known, claim=None, certain=claimed.certain)
    try:
        etag = await ports.cache.put(path, claimed, item.cached.etag)  # Rule 4
        queued = await _queued_still(ports, item)  # Rule 5
        if queued is None:
            await ports.cache.put(path, record, etag)
            return None
    except LostError:
        return None
    if held is not None:
        ports.telemetry.measure(Measure.TAKEOVERS, 1, {"record_type": item.posting.record_type})
    item = replace(item, queued=queued, cached=Cached(item.record, etag))
    return Held(item, claim, record, claimed.attempted[item.path.client])


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
    return looked + (decision.calls if certain else 1 + max(decision.calls, 1))


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
