"""Have the cache say what OrderCloud says, where no posting does it: in a rebuild, and of what no source has applied.

As a refresh, it is a conditional write without a claim: no run waits for it, and one that writes meanwhile wins. So
OrderCloud has to be read after the blob was looked at. What a run holds is left alone.

A record that is known from here on is no news to a run that comes later. So what waits for it is left to the next sweep
to take up.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from models.record import Json
from models.registry import Keys, RecordType, Registry
from orchestration.cached_record import CachedRecord
from orchestration.collection_reading import Above, CollectionReader
from orchestration.parking import RELEASED, WAITS
from orchestration.paths import RecordPath
from orchestration.ports import Cached, LostError, Ports, UnreadableError
from orchestration.verifying import PATIENCE, side_by_side


class Renewal(StrEnum):
    """What became of one record."""

    READ = "Read"
    """It says now what OrderCloud says."""
    GONE = "Gone"
    """OrderCloud has it no more, and so it says."""
    FRESH = "Fresh"
    """There was nothing to write."""
    BUSY = "Busy"
    """Runs write it all the time; it was left alone."""
    UNREADABLE = "Unreadable"
    """What is cached is nothing of ours; it was left alone."""


type Admit = Callable[[RecordPath, Keys, Cached, CachedRecord], Awaitable[bool]]
"""Is asked before a record is written, with what is cached and what is to be; LostError leaves it for another look."""


class Renewer:
    """Reads records of one type anew, and writes what is cached of them."""

    def __init__(
        self, ports: Ports, registry: Registry, record_type: RecordType, reader: CollectionReader, admit: Admit
    ) -> None:
        self._ports = ports
        self._referred = registry.referred(record_type.name)
        self._type = record_type
        self._reader = reader
        self._admit = admit

    async def renew(self, above: Above, asked: Mapping[RecordPath, Keys]) -> dict[RecordPath, Renewal]:
        """Read some records of one collection anew, by their keys as OrderCloud spells them.

        Nothing of them is kept meanwhile but ETags, however many they are. Raises a Failure where OrderCloud cannot be
        read; those that were written by then are written.
        """
        done: dict[RecordPath, Renewal] = {}
        for pause in (*PATIENCE, None):
            left = {path: keys for path, keys in asked.items() if path not in done}
            if left:
                await (self._by_one_list(above, left, done) if self._type.assigned else self._one_by_one(left, done))
            if len(done) == len(asked):
                break
            if pause is not None:
                await self._ports.clock.sleep(pause)
        return {path: done.get(path, Renewal.BUSY) for path in asked}

    async def write(
        self, path: RecordPath, keys: Keys, cached: Cached, there: Json | None, at: datetime
    ) -> Renewal | None:
        """Write what OrderCloud said at a moment, after the blob was looked at; none where a run is faster.

        No run may have held the record at that look: what was read may lack what it was about to write. A record is
        certain by that. An assignment is not, since only a POST makes it sure; and where a run died with the record in
        hand its claim stays, so that the next one finds that.
        """
        record = cached.record
        body = there if there is None or not self._type.assigned else _assigned(self._type, keys, there)
        renewed = replace(record.seen(body, at), certain=record.certain or not self._type.assigned)
        try:
            if not await self._admit(path, keys, cached, renewed):
                return Renewal.FRESH
            if record.current is None and body is not None:
                await self._release(path)
            await self._ports.cache.put(path, renewed, cached.etag)
        except LostError:
            return None
        return Renewal.GONE if body is None else Renewal.READ

    async def _release(self, path: RecordPath) -> None:
        """Have the next sweep take up what waits for a record, if anything does; too early is harmless, it is there."""
        if self._referred:
            async for _ in self._ports.parked.list(f"{WAITS}{path}/", limit=1):
                await self._ports.parked.put(f"{RELEASED}{path}")

    async def _one_by_one(self, left: Mapping[RecordPath, Keys], done: dict[RecordPath, Renewal]) -> None:
        async def one(path: RecordPath, keys: Keys) -> None:
            cached = await self._free(path, done)
            if cached is not None:
                now = self._ports.clock.now()
                _note(done, path, await self.write(path, keys, cached, await self._reader.one(keys), now))

        await side_by_side([one(path, keys) for path, keys in left.items()])

    async def _by_one_list(
        self, above: Above, left: Mapping[RecordPath, Keys], done: dict[RecordPath, Renewal]
    ) -> None:
        """Read assignments, which can only be listed: what was written since before the list is left."""
        etags: dict[RecordPath, str | None] = {}

        async def look(path: RecordPath) -> None:
            cached = await self._free(path, done)
            if cached is not None:
                etags[path] = cached.etag

        async def write(path: RecordPath, keys: Keys, there: Json | None) -> None:
            before, cached = etags.pop(path), await self._free(path, done)
            if cached is not None and cached.etag == before:
                _note(done, path, await self.write(path, keys, cached, there, began))

        await side_by_side([look(path) for path in left])
        began, marketplace = self._ports.clock.now(), next(iter(left)).marketplace
        async for page in self._reader.pages(above):
            listed = {RecordPath(marketplace, self._type.name, item.keys): item for item in page}
            await side_by_side([write(path, item.keys, item.body) for path, item in listed.items() if path in etags])
        await side_by_side([write(path, left[path], None) for path in list(etags)])

    async def _free(self, path: RecordPath, done: dict[RecordPath, Renewal]) -> Cached | None:
        """Return what is cached, or none where a run holds it, or it is nothing of ours."""
        try:
            cached = await self._ports.cache.get(path)
        except UnreadableError:
            done[path] = Renewal.UNREADABLE
            return None
        return None if cached.record.held(self._ports.clock.now()) else cached


def _note(done: dict[RecordPath, Renewal], path: RecordPath, renewal: Renewal | None) -> None:
    if renewal is not None:
        done[path] = renewal


def _assigned(record_type: RecordType, keys: Keys, there: Json) -> Json:
    """Return an assignment as if it had been posted: with its keys, and no fields that cannot be."""
    known = {name: there[name] for name in record_type.field_names if there.get(name) is not None}
    return {**known, **{name: key for name, key in record_type.named(keys).items() if key is not None}}
