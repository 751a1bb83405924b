"""Learn what OrderCloud has of records that no source has applied: the cache says it, and an event tells it.

Such a record is not ours to write or delete in OrderCloud, so where the two differ it is the cache that gives way.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from models.registry import Keys, RecordType, Registry
from orchestration.cached_record import CachedRecord
from orchestration.collection_reading import Above, above_of, reader_of, readers_of
from orchestration.decision import Action
from orchestration.diff import Change, Diff
from orchestration.differences import Difference, Kind, difference_of
from orchestration.event import OPERATOR, Event, Level, call_json
from orchestration.failures import Failure
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import Cached, LostError, Ports
from orchestration.profile import Profile
from orchestration.renewing import Renewal, Renewer
from orchestration.report import change_report
from orchestration.requests import get_request
from orchestration.verifying import Verified
from orchestration.versions import Version

WHO = f"{OPERATOR}verify"
"""Who learned it, in the place of a client."""

_REASONS = {
    Kind.CREATED: "no source has applied it, and OrderCloud has it",
    Kind.DELETED: "no source has applied it, and OrderCloud has it no more",
}
_MOVED = "no source has applied it, and OrderCloud has other values"


class Learner:
    """Has the cache say what OrderCloud says of records that nobody posts.

    OrderCloud is read as sellers' clients see it, whomever the verification was for: what another client cannot see is
    not gone.
    """

    def __init__(self, ports: Ports, registry: Registry, profiles: Iterable[Profile]) -> None:
        self._ports = ports
        self._registry = registry
        self._profiles = list(profiles)

    async def learn(self, found: Verified, differences: Sequence[Difference]) -> Mapping[RecordPath, Renewal]:
        """Learn what is different of some records, and return what became of them.

        Fresh means that nothing is different any more. One that a source has applied meanwhile is busy. What cannot be
        read is noted as such in what was found, and is not in the answer.
        """
        by_collection: dict[Above, dict[RecordPath, Keys]] = {}
        for each in differences:
            by_collection.setdefault(above_of(found.record_type, each.path.keys), {})[each.path] = each.keys
        done: dict[RecordPath, Renewal] = {}
        for above, asked in by_collection.items():
            try:
                done |= await self._collection(found.record_type, above, asked)
            except Failure as failure:
                found.unread += [(str(path), failure.cause) for path in asked]
        return done

    async def _collection(
        self, record_type: RecordType, above: Above, asked: Mapping[RecordPath, Keys]
    ) -> dict[RecordPath, Renewal]:
        marketplaces, marketplace = self._ports.marketplaces, next(iter(asked)).marketplace
        reader = await reader_of(marketplaces, readers_of(self._profiles, marketplace), record_type, above)

        async def admit(path: RecordPath, keys: Keys, cached: Cached, renewed: CachedRecord) -> bool:
            """Tell of what is about to be cached, if it is anything new."""
            difference = difference_of(record_type, path, keys, cached.record, renewed.current)
            if difference is None:
                return False
            if any(each.posted for each in cached.record.applied.values()):
                raise LostError(f"{path} is a source's by now")
            await self._ports.log.write(_event(record_type, difference, cached, renewed, self._ports.clock.now()))
            return True

        return await Renewer(self._ports, self._registry, record_type, reader, admit).renew(above, asked)


def _event(
    record_type: RecordType, difference: Difference, cached: Cached, renewed: CachedRecord, now: datetime
) -> Event:
    """Return the event of what was learned: what OrderCloud said.

    It is written before the cache is, and stays where a run is faster than that: so it does not say that it is cached.
    Its version says what was read over which blob: who dies in between and does it again writes over his own event.
    """
    path, there = difference.path, renewed.current
    known = json.dumps([cached.etag, there], sort_keys=True, default=str)
    changes = tuple(Change(field.path, field.cached, field.there) for field in difference.fields)
    return Event(
        path=QueuePath(path, WHO),
        version=Version(f"learned~{hashlib.sha256(known.encode()).hexdigest()[:16]}"),
        attempt=1,
        time=now,
        level=Level.SUCCESS,
        record_type=record_type.name,
        resource="",
        keys=record_type.named(difference.keys),
        action=Action.GET.value,
        reason=f"{_REASONS.get(difference.kind, _MOVED)}: read for the cache",
        before=cached.record.current,
        diff=change_report(record_type, Diff(changes)),
        result=there,
        calls=() if record_type.assigned else (call_json(get_request(record_type, difference.keys)),),
    )
