"""The claim: how one run becomes the only writer of a record for a while. Rules 4 and 5 of the protocol."""

from dataclasses import dataclass, replace
from datetime import timedelta

from models.record import Json
from orchestration.cached_record import CachedRecord, Claim
from orchestration.ports import Cached, LostError, Ports
from orchestration.workitem import WorkItem


@dataclass(frozen=True, slots=True)
class Held:
    """A posting under the claim of this run.

    Attributes:
        item: the posting, with the ETag of the cache blob as it is now.
        claim: the claim.
        record: what is known of the record; uncertain where the claim was taken over from a run that died.
        attempted: what the run may write, on top of what earlier ones may have written, as the blob says it now.
    """

    item: WorkItem
    claim: Claim
    record: CachedRecord
    attempted: Json


async def take_claim(ports: Ports, lifetime: float, item: WorkItem, known: CachedRecord) -> Held | None:
    """Claim a record for `lifetime` seconds; none when something newer lies there, so that it is from rule 1.

    Once this has returned, whatever newer arrives for the source stays in the queue until the claim is gone, and
    nobody else removes what was there before. So nothing is written without it, not even what waits.
    """
    path, held = item.path.record, known.claim
    expires = ports.clock.now() + timedelta(seconds=lifetime)
    claim = Claim(ports.chance.name(), item.path.client, expires, held.takeovers + 1 if held else 0)
    claimed = known.claimed(claim, item.posting)
    record = replace(known, claim=None, certain=claimed.certain)
    try:
        etag = await ports.cache.put(path, claimed, item.cached.etag)  # Rule 4
        if await ports.queue.etag(item.path) != (item.queued.etag if item.queued else None):  # Rule 5
            await ports.cache.put(path, record, etag)
            return None
    except LostError:
        return None
    return Held(replace(item, cached=Cached(item.record, etag)), claim, record, claimed.attempted[item.path.client])
