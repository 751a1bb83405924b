"""Rebuild the cache from OrderCloud: what it has of each record is read anew, what sources applied and what waits stay.

A rebuild may end at any line and be begun again: a record that was read since the rebuild began is left as it is.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.record import Json
from models.registry import Keys, RecordType, Registry
from orchestration.cached_record import CachedRecord
from orchestration.collection_reading import Above, Listed, above_of, reader_of
from orchestration.failures import Failure
from orchestration.paths import PathError, RecordPath, encode
from orchestration.ports import Cached, Ports, UnreadableError
from orchestration.profile import Profile
from orchestration.renewing import Renewal, Renewer
from orchestration.verifying import Progress, keys_of, side_by_side

CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How far apart the clocks of instances may be: what was read so shortly before a list may be newer than the list."""


@dataclass(slots=True)
class Rebuilt:
    """What became of the records of one type: how many of each outcome, which were left alone, what was not read."""

    record_type: RecordType
    counts: dict[Renewal, int] = field(default_factory=lambda: dict.fromkeys(Renewal, 0))
    left: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


class Rebuilder:
    """Rebuilds what is cached of a marketplace.

    Args:
        ports: the pipeline's.
        registry: the record types.
        marketplace: whose records.
        profiles: of the clients that may be read with, the first that may read a type counts.
        began: when the rebuild began, at first.
    """

    def __init__(
        self,
        *,
        ports: Ports,
        registry: Registry,
        marketplace: str,
        profiles: Sequence[Profile],
        began: datetime,
    ) -> None:
        self._ports = ports
        self._registry = registry
        self._marketplace = marketplace
        self._profiles = profiles
        self._began = began

    async def rebuild(self, record_type: RecordType, names: Sequence[str], progress: Progress) -> Rebuilt:
        """Read all records of a type anew: those that are cached, by the names in the cache, and those listed."""
        rebuilt = Rebuilt(record_type)
        if record_type.expand:  # of itself nothing is in OrderCloud
            return rebuilt
        try:
            by_collection = await self._collections(record_type, names, rebuilt)
        except Failure as failure:
            rebuilt.unread.append((record_type.name, failure.cause))
            return rebuilt
        for above, paths in by_collection.items():
            try:
                await self._collection(record_type, above, paths, rebuilt, progress)
            except Failure as failure:
                where = "/".join([record_type.name, *(encode(value) for _, value in above)])
                rebuilt.unread.append((where, failure.cause))
        return rebuilt

    async def _collections(
        self, record_type: RecordType, names: Sequence[str], rebuilt: Rebuilt
    ) -> dict[Above, dict[str, RecordPath]]:
        """Return the collections of a type, each with what is cached of it: also those that nothing is cached of."""
        found: dict[Above, dict[str, RecordPath]] = {} if record_type.above else {(): {}}
        async for above in self._below_each(record_type):
            found[above] = {}
        for name in names:
            try:
                path = RecordPath.parse(name)
                found.setdefault(above_of(record_type, path.keys), {})[name] = path
            except (PathError, ValueError):
                rebuilt.left.append((name, "its name is no path of a record"))
        return found

    async def _below_each(self, record_type: RecordType) -> AsyncIterator[Above]:
        """Yield the collections below each record that OrderCloud has, in the spelling of paths."""
        parent = self._registry.parent_of(record_type)
        if parent is None:
            return
        reader = await reader_of(self._ports.marketplaces, self._profiles, parent, ())
        async for page in reader.pages(()):
            for item in page:
                yield tuple((name, (key or "").lower()) for name, key in zip(record_type.above, item.keys, strict=True))

    async def _collection(
        self,
        record_type: RecordType,
        above: Above,
        paths: dict[str, RecordPath],
        rebuilt: Rebuilt,
        progress: Progress,
    ) -> None:
        reader = await reader_of(self._ports.marketplaces, self._profiles, record_type, above)
        renewer = Renewer(self._ports, self._registry, record_type, reader, self._is_to_be_written)
        unlisted, unclear = dict(paths), dict[RecordPath, Keys]()

        def note(path: RecordPath, done: Renewal) -> None:
            rebuilt.counts[done] += 1
            if done in (Renewal.BUSY, Renewal.UNREADABLE):
                rebuilt.left.append((str(path), done.value))
            progress(1)

        async def one(path: RecordPath, listed: Listed | None, at: datetime) -> None:
            done = await self._by_list(renewer, record_type, path, listed, at)
            if isinstance(done, Renewal):
                note(path, done)
            else:
                unclear[path] = done

        began = at = self._ports.clock.now()
        async for page in reader.pages(above):
            items = [(RecordPath(self._marketplace, record_type.name, item.keys), item) for item in page]
            for path, _ in items:
                unlisted.pop(str(path), None)
            await side_by_side([one(path, item, at) for path, item in items])
            at = self._ports.clock.now()
        await side_by_side([one(path, None, began) for path in unlisted.values()])
        for path, done in (await renewer.renew(above, unclear)).items():
            note(path, done)

    async def _by_list(
        self, renewer: Renewer, record_type: RecordType, path: RecordPath, listed: Listed | None, at: datetime
    ) -> Renewal | Keys:
        """Write what a list showed of a record, or did not; the keys to read it by where that does not count."""
        try:
            cached = await self._ports.cache.get(path)
        except UnreadableError:
            return Renewal.UNREADABLE
        keys = listed.keys if listed else keys_of(record_type, path, cached.record)
        there = listed.body if listed else None
        if not self._is_old(cached.record, there):
            return Renewal.FRESH
        if not _counts(record_type, cached.record, there, at):
            return keys
        return await renewer.write(path, keys, cached, there, at) or keys

    def _is_old(self, record: CachedRecord, there: Json | None) -> bool:
        """Tell whether a record has not been read since the rebuild began, and there is something to read."""
        known = record.fetched_at
        return (known is None or known < self._began) and (there is not None or record.current is not None)

    async def _is_to_be_written(self, _: RecordPath, __: Keys, cached: Cached, renewed: CachedRecord) -> bool:
        return self._is_old(cached.record, renewed.current)


def _counts(record_type: RecordType, record: CachedRecord, there: Json | None, at: datetime) -> bool:
    """Tell whether what a list showed counts, or the record has to be read once more after this look at it.

    A list may be older than what a run has written since, so it does not count where a run may have done so, and where
    the record is not certain. Nor does it count that a record is on no page, but for an assignment's: there is no
    other way to know.
    """
    known = record.fetched_at
    newer = known is not None and known >= at - CLOCK_DIFFERENCE
    certain = record.certain and record.claim is None
    return certain and not newer and (there is not None or record_type.assigned)
