"""List what a source has sent of a record type, page by page, from the names in the queue and the cache.

First come the records that are queued and not cached yet, then those that are cached. A listing takes no lock: what
moves on between two pages may stand in both, and is never in neither. Not for anything that every record goes through.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.paths import PathError, QueuePath, RecordPath, encode
from orchestration.ports import Ports, UnreadableError
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.standing import standing

PAGE, LARGEST_PAGE = 20, 100
LOOKS = 1_000
"""The most blobs that one page looks at, others' among them: so a page may be short though there are more."""

CONCURRENCY = 16

NEW, KNOWN = "new/", "known/"
"""How the keys of a page begin: of records that are queued alone, and of those that are cached."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records: how many blobs were looked at, and the key after which to go on, where there are more."""

    items: tuple[Json, ...]
    looked: int
    next_key: str | None


class RecordListing:
    """The records of one type that one source has sent."""

    def __init__(self, ports: Ports, record_type: RecordType, profile: Profile, looks: int = LOOKS) -> None:
        self._ports = ports
        self._type = record_type
        self._profile = profile
        self._prefix = f"{encode(profile.marketplace)}/{encode(record_type.name)}/"
        self._looks = looks

    async def page(self, *, after: str = "", size: int = PAGE) -> RecordPage:
        """Return at most `size` records after a key, in the order of their keys."""
        items: list[Json] = []
        looked, last = 0, None
        async for names in self._some_at_a_time(after):
            found = await asyncio.gather(*(self._look(name) for name in names))
            for name, item in zip(names, found, strict=True):
                if len(items) == size or looked == self._looks:
                    return RecordPage(tuple(items), looked, last)
                looked, last = looked + 1, name
                if item is not None:
                    items.append(item)
        return RecordPage(tuple(items), looked, None)

    async def _some_at_a_time(self, after: str) -> AsyncIterator[list[str]]:
        """Yield the keys in their order, as many at a time as are looked at side by side."""
        some: list[str] = []
        async for name in self._names(after):
            some.append(name)
            if len(some) == CONCURRENCY:
                yield some
                some = []
        if some:
            yield some

    async def _names(self, after: str) -> AsyncIterator[str]:
        """Yield the keys of what is queued, then of what is cached; a page and one more of each are enough."""
        prefix, most = self._prefix, self._looks + 1
        if not after.startswith(KNOWN):
            begin = f"{prefix}{after.removeprefix(NEW)}" if after else ""
            async for name in self._ports.queue.list(prefix, limit=most, after=begin):
                yield f"{NEW}{name.removeprefix(prefix)}"
        begin = f"{prefix}{after.removeprefix(KNOWN)}" if after.startswith(KNOWN) else ""
        async for name in self._ports.cache.list(prefix, limit=most, after=begin):
            yield f"{KNOWN}{name.removeprefix(prefix)}"

    async def _look(self, name: str) -> Json | None:
        """Return the item of a key, or none where this source has sent nothing, or it stands further down."""
        try:
            if name.startswith(NEW):
                path = QueuePath.parse(f"{self._prefix}{name.removeprefix(NEW)}")
                new = path.client == self._profile.client and await self._is_new(path)
                return await self._item(path.record.keys) if new else None
            record = RecordPath.parse(f"{self._prefix}{name.removeprefix(KNOWN)}")
            return await self._item(record.keys) if await self._is_own(record) else None
        except PathError:
            return None  # a name that is none of ours

    async def _is_new(self, path: QueuePath) -> bool:
        """Tell whether there is nothing of a queued record in the cache."""
        try:
            return (await self._ports.cache.get(path.record)).etag is None
        except UnreadableError:
            return False

    async def _is_own(self, path: RecordPath) -> bool:
        """Tell whether a cached record is one that this source has sent; what cannot be read may be."""
        client = self._profile.client
        try:
            record = (await self._ports.cache.get(path)).record
        except UnreadableError:
            return False
        if client in record.applied or client in record.waiting:
            return True
        return await self._ports.queue.etag(QueuePath(path, client)) is not None

    async def _item(self, keys: Keys) -> Json | None:
        try:
            stands = await standing(self._ports, self._type, keys, self._profile)
        except RejectionError:
            return None  # written over by something unreadable since
        shown = ("RecordType", "Keys", "Version", "State")
        return stands and {name: stands[name] for name in shown}
