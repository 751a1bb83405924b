"""Prove that OrderCloud equals the cache: read both, and tell what is different. Nothing is written here.

OrderCloud is read in lists. A list is older than the cache that it is compared with, and runs go on meanwhile: so
what seems different is read once more, between two looks at a cache blob that nobody wrote between them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.cached_record import CachedRecord
from orchestration.collection_reading import Above, CollectionReader, above_of, reader_of
from orchestration.differences import Difference, Kind, difference_of
from orchestration.failures import Failure
from orchestration.paths import PathError, RecordPath, encode
from orchestration.ports import Cached, Ports, UnreadableError
from orchestration.profile import Profile

CONCURRENCY = 16
PATIENCE = (0.2, 0.5, 1.0, 2.0)
"""The waits after which what is being written is looked at again."""

ALL = 10**9

type Progress = Callable[[int], None]
"""Is told how many more records were looked at."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record that seems different, with its keys as they were last seen, and whether a list has just shown it."""

    path: RecordPath
    keys: Keys
    listed: bool = False


@dataclass(slots=True)
class Verified:
    """What was found of one type.

    Attributes:
        record_type: the type.
        looked: how many records were compared.
        differences: what is different.
        unread: what could not be looked at, each with the reason.
    """

    record_type: RecordType
    looked: int = 0
    differences: list[Difference] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


class Verifier:
    """Compares the records of a marketplace, or those of them that one client has applied.

    Args:
        ports: the pipeline's.
        marketplace: whose records.
        profiles: of the clients that may be read with, the first that may read a type counts.
        client: only what this client has applied; then nothing is told of what nobody has cached.
    """

    def __init__(self, ports: Ports, marketplace: str, profiles: Sequence[Profile], client: str | None = None) -> None:
        self._ports = ports
        self._marketplace = marketplace
        self._profiles = profiles
        self._client = client

    async def cached(self, record_type: RecordType) -> list[str]:
        """Return the names of what is cached of a type."""
        prefix = f"{encode(self._marketplace)}/{encode(record_type.name)}/"
        return [name async for name in self._ports.cache.list(prefix, limit=ALL)]

    async def verify(self, record_type: RecordType, names: Iterable[str], progress: Progress) -> Verified:
        """Compare what is cached of a type, by the names in the cache, and all else that its collections have."""
        found = Verified(record_type)
        if record_type.expand:  # its parts are records of their own; of itself nothing is in OrderCloud
            return found
        for above, paths in (await self._by_collection(record_type, names, found)).items():
            try:
                reader = await reader_of(self._ports.marketplaces, self._profiles, record_type, above)
                suspects = await self._compared(record_type, reader, above, paths, found, progress)
                await self._look_again(record_type, reader, above, suspects, found)
            except Failure as failure:
                found.unread.append((_named(self._marketplace, record_type, above), failure.cause))
        return found

    async def again(self, record_type: RecordType, differences: Iterable[Difference]) -> Verified:
        """Compare once more what was different."""
        found = Verified(record_type)
        by_collection: dict[Above, list[Suspect]] = {}
        for each in differences:
            if each.kind is Kind.UNREADABLE:
                found.differences.append(each)
            else:
                suspects = by_collection.setdefault(above_of(record_type, each.keys), [])
                suspects.append(Suspect(each.path, each.keys))
        for above, suspects in by_collection.items():
            try:
                reader = await reader_of(self._ports.marketplaces, self._profiles, record_type, above)
                await self._look_again(record_type, reader, above, suspects, found)
            except Failure as failure:
                found.unread.append((_named(self._marketplace, record_type, above), failure.cause))
        return found

    async def _by_collection(
        self, record_type: RecordType, names: Iterable[str], found: Verified
    ) -> Mapping[Above, dict[str, RecordPath]]:
        """Return what is cached by the collection that it is in, as the cache spells its keys."""
        by_collection: dict[Above, dict[str, RecordPath]] = {}
        for name in names:
            try:
                path = RecordPath.parse(name)
                above = above_of(record_type, path.keys)
            except (PathError, ValueError):
                found.unread.append((name, "its name is no path of a record"))
                continue
            by_collection.setdefault(above, {})[name] = path
        return by_collection

    async def _compared(
        self,
        record_type: RecordType,
        reader: CollectionReader,
        above: Above,
        paths: dict[str, RecordPath],
        found: Verified,
        progress: Progress,
    ) -> list[Suspect]:
        """Compare a collection with what is cached of it, and return what seems different."""
        unlisted = dict(paths)
        suspects: list[Suspect] = []

        async def compare(path: RecordPath, keys: Keys, there: Json | None) -> None:
            cached = await self._cached(path, found)
            progress(1)
            if cached is None or not self._is_meant(cached):
                return
            found.looked += 1
            spelled = keys_of(record_type, path, cached.record) if there is None else keys
            if difference_of(record_type, path, spelled, cached.record, there):
                suspects.append(Suspect(path, spelled))

        async for page in reader.pages(above):
            looks = []
            for item in page:
                path = RecordPath(self._marketplace, record_type.name, item.keys)
                if unlisted.pop(str(path), None) is not None:
                    looks.append(compare(path, item.keys, item.body))
                elif self._client is None and str(path) not in paths:
                    found.looked += 1
                    suspects.append(Suspect(path, item.keys, listed=True))
            await side_by_side(looks)
        await side_by_side([compare(path, path.keys, None) for path in unlisted.values()])
        return suspects

    async def _look_again(
        self,
        record_type: RecordType,
        reader: CollectionReader,
        above: Above,
        suspects: list[Suspect],
        found: Verified,
    ) -> None:
        """Judge what seems different, by readings between which nobody wrote."""
        for pause in (*PATIENCE, None):
            if not suspects:
                return
            before = {each.path: await self._cached(each.path, found) for each in suspects}
            # A run claims a record before it creates it: what is listed and has no blob is not on its way.
            new = {each.path for each in suspects if each.listed and _is_unknown(before[each.path])}
            there = await _there(record_type, reader, above, [each for each in suspects if each.path not in new])
            moving: list[Suspect] = []
            for each in suspects:
                first, last = before[each.path], await self._cached(each.path, None)
                body = there.get(each.path, {})
                if first is None:
                    continue
                if last is None or first.etag != last.etag or last.record.held(self._ports.clock.now()):
                    moving.append(each)
                elif difference := difference_of(record_type, each.path, each.keys, last.record, body):
                    found.differences.append(difference)
            suspects = moving
            if pause is not None and suspects:
                await self._ports.clock.sleep(pause)
        found.unread += [(str(each.path), "runs write it all the time") for each in suspects]

    async def _cached(self, path: RecordPath, found: Verified | None) -> Cached | None:
        """Return what is cached, or none where it cannot be read, which is noted as a difference."""
        try:
            return await self._ports.cache.get(path)
        except UnreadableError:
            if found is not None:
                found.differences.append(Difference(path, path.keys, Kind.UNREADABLE))
            return None

    def _is_meant(self, cached: Cached) -> bool:
        return self._client is None or bool(cached.record.applied_by(self._client))


def keys_of(record_type: RecordType, path: RecordPath, record: CachedRecord) -> Keys:
    """Return a record's keys as they were last spelled: by OrderCloud, else by who posted it, else as in its path."""
    posted = next((each.event.get("Keys") for each in record.applied.values()), None)
    keys = tuple((posted or {}).get(name, key) for name, key in record_type.named(path.keys).items())
    return record_type.spelled(keys, record.current)


def _is_unknown(cached: Cached | None) -> bool:
    return cached is not None and cached.etag is None


async def _there(
    record_type: RecordType, reader: CollectionReader, above: Above, suspects: Sequence[Suspect]
) -> Mapping[RecordPath, Json | None]:
    """Return what OrderCloud has of some records now; assignments can only be listed."""
    there: dict[RecordPath, Json | None] = {each.path: None for each in suspects}
    if record_type.assigned and suspects:
        marketplace = suspects[0].path.marketplace
        async for page in reader.pages(above):
            listed = {RecordPath(marketplace, record_type.name, item.keys): item.body for item in page}
            there |= {path: body for path, body in listed.items() if path in there}
        return there

    async def read(each: Suspect) -> None:
        there[each.path] = await reader.one(each.keys)

    await side_by_side([read(each) for each in suspects])
    return there


async def side_by_side(looks: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do some things at once, so many at a time; the first failure ends all of them and is raised."""
    places = asyncio.Semaphore(CONCURRENCY)

    async def placed(look: Coroutine[Any, Any, None]) -> None:
        async with places:
            await look

    try:
        async with asyncio.TaskGroup() as group:
            for look in looks:
                group.create_task(placed(look))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _named(marketplace: str, record_type: RecordType, above: Above) -> str:
    """Return a collection as people find it in the cache."""
    return "/".join([encode(marketplace), record_type.name, *(encode(value) for _, value in above)])
