"""Rebuild the cache from OrderCloud: what it has of each record is read anew, what sources applied and what waits stay.

A rebuild may end at any line and be begun again: a record that was read since the rebuild began is left as it is.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from models.record import Json
from models.registry import Keys, RecordType, Registry
from orchestration.cached_record import CachedRecord
from orchestration.claiming import hold
from orchestration.collection_reading import Above, CollectionReader, above_of, reader_of
from orchestration.failures import Failure
from orchestration.paths import PathError, RecordPath, encode
from orchestration.ports import LostError, Ports, UnreadableError
from orchestration.profile import Profile
from orchestration.verifying import PATIENCE, Progress, keys_of, side_by_side

HOLDER = "operator:rebuild"
CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How far apart the clocks of instances may be: what was read so shortly before a list may be newer than the list."""


class Rebuild(StrEnum):
    """What became of one record."""

    READ = "Read"
    """It says now what OrderCloud says."""
    GONE = "Gone"
    """OrderCloud has it no more, and so it says."""
    FRESH = "Fresh"
    """It was read since the rebuild began, or there was nothing to read of it."""
    BUSY = "Busy"
    """Runs write it all the time; it was left alone."""
    UNREADABLE = "Unreadable"
    """What is cached is nothing of ours; it was left alone."""


@dataclass(slots=True)
class Rebuilt:
    """What became of the records of one type: how many of each outcome, which were left alone, what was not read."""

    record_type: RecordType
    counts: dict[Rebuild, int] = field(default_factory=lambda: dict.fromkeys(Rebuild, 0))
    left: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


class Rebuilder:
    """Rebuilds what is cached of a marketplace.

    Args:
        ports: the pipeline's.
        registry: the record types.
        marketplace: whose records.
        profiles: of the clients that may be read with, the first that may read a type counts.
        lifetime: how long a claim holds, in seconds.
        began: when the rebuild began, at first.
    """

    def __init__(
        self,
        *,
        ports: Ports,
        registry: Registry,
        marketplace: str,
        profiles: Sequence[Profile],
        lifetime: float,
        began: datetime,
    ) -> None:
        self._ports = ports
        self._registry = registry
        self._marketplace = marketplace
        self._profiles = profiles
        self._lifetime = lifetime
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
        unlisted = dict(paths)
        began = self._ports.clock.now()

        async def one(path: RecordPath, keys: Keys, there: Json | None, at: datetime) -> None:
            done = await self._record(_Read(record_type, reader, path, keys, there, at))
            rebuilt.counts[done] += 1
            if done in (Rebuild.BUSY, Rebuild.UNREADABLE):
                rebuilt.left.append((str(path), done.value))
            progress(1)

        at = self._ports.clock.now()
        async for page in reader.pages(above):
            items = [(RecordPath(self._marketplace, record_type.name, item.keys), item) for item in page]
            for path, _ in items:
                unlisted.pop(str(path), None)
            await side_by_side([one(path, item.keys, item.body, at) for path, item in items])
            at = self._ports.clock.now()
        await side_by_side([one(path, path.keys, None, began) for path in unlisted.values()])

    async def _record(self, read: "_Read") -> Rebuild:
        for pause in (*PATIENCE, None):
            try:
                done = await self._read_anew(read)
            except UnreadableError:
                return Rebuild.UNREADABLE
            except LostError:
                done = None
            if done is not None:
                return done
            if pause is not None:
                await self._ports.clock.sleep(pause)
        return Rebuild.BUSY

    async def _read_anew(self, read: "_Read") -> Rebuild | None:
        """Say of a record what OrderCloud says, under the claim; none where somebody else is at it."""
        ports, cached = self._ports, await self._ports.cache.get(read.path)
        record = cached.record
        if record.claim is not None and record.claim.live(ports.clock.now()):
            return None
        known = record.fetched_at
        if known is not None and known >= self._began:
            return Rebuild.FRESH
        if read.there is None and record.current is None:
            return Rebuild.FRESH
        held = await hold(ports, self._lifetime, read.path, cached, HOLDER)
        if held is None:
            return None
        renewed = held.record
        try:
            renewed = await self._renewed(read, held.record)
        finally:
            await ports.cache.put(read.path, renewed, held.etag)
        return Rebuild.READ if renewed.current is not None else Rebuild.GONE

    async def _renewed(self, read: "_Read", record: CachedRecord) -> CachedRecord:
        """Return the record with what OrderCloud says.

        What a list showed may be older than what a run has written since, so it does not count where a run may have
        done so, and where the record is not certain. Then it is read by itself; an assignment cannot be, and stays.
        """
        known = record.fetched_at
        newer = not record.certain or (known is not None and known >= read.at - CLOCK_DIFFERENCE)
        row = read.record_type
        if row.assigned:
            if newer and record.current is not None:
                return record
            return record.seen(None if read.there is None else _assigned(row, read), read.at)
        if read.there is not None and not newer:
            return record.seen(read.there, read.at)
        now = self._ports.clock.now()
        there = await read.reader.one(keys_of(row, read.path, record) if read.there is None else read.keys)
        return replace(record.seen(there, now), certain=True)


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as its collection's list showed it, or did not, and since when the list may be out of date."""

    record_type: RecordType
    reader: CollectionReader
    path: RecordPath
    keys: Keys
    there: Json | None
    at: datetime


def _assigned(record_type: RecordType, read: _Read) -> Json:
    """Return an assignment as if it had been posted: with its keys, and no fields that cannot be."""
    fields = {name: value for name, value in (read.there or {}).items() if value is not None}
    known = {name: fields[name] for name in record_type.field_names if name in fields}
    return {**known, **{name: key for name, key in record_type.named(read.keys).items() if key is not None}}
