"""List what a source has sent of a record type, page by page, from the names in the queue and the cache.

First come the records that are queued and not cached yet, then those that are cached. A listing takes no lock: what
moves on between two pages may stand in both, and is never in neither. Not for anything that every record goes through.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.failures import AccountFault, Unavailable
from orchestration.paths import PathError, QueuePath, RecordPath, encode
from orchestration.ports import Ports, UnreadableError
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.sealing import Sealed, sealed_in
from orchestration.standing import standing

PAGE, LARGEST_PAGE = 20, 100
LOOKS = 1_000
"""The most blobs that one page looks at, others' among them: so a page may be short though there are more."""

CONCURRENCY = 16

NEW, KNOWN = "new/", "known/"
"""How the keys of a page begin: of records that are queued alone, and of those that are cached."""

SEALED = "sealed/"
"""How a key begins that is not for the source to read: it names what others have sent."""

_FIELD = "NextKey"
_PADDED = 256
"""What a key is made longer to a multiple of before it is sealed, so that its length says nothing either."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records: how many blobs were looked at, and the key after which to go on, where there are more.

    Both tell of what others have sent. So they are for operators: a source gets no count, and no key of others.
    """

    items: tuple[Json, ...]
    looked: int | None
    next_key: str | None


class RecordListing:
    """The records of one type that one source has sent, for the source itself or for an operator."""

    def __init__(
        self, ports: Ports, record_type: RecordType, profile: Profile, looks: int = LOOKS, *, operator: bool = False
    ) -> None:
        self._ports = ports
        self._type = record_type
        self._profile = profile
        self._prefix = f"{encode(profile.marketplace)}/{encode(record_type.name)}/"
        self._looks = looks
        self._operator = operator

    async def page(self, *, after: str = "", size: int = PAGE) -> RecordPage:
        """Return at most `size` records after a key, in the order of their keys.

        Raises:
            RejectionError: 400 when the key is none of this list's, 503 when the next one cannot be sealed.
        """
        page, own = await self._page(await self._opened(after), size)
        if self._operator:
            return page
        return RecordPage(page.items, None, page.next_key and (own or await self._sealed(page.next_key)))

    async def _page(self, after: str, size: int) -> tuple[RecordPage, str | None]:
        """Return a page, and the key of its last record."""
        items: list[Json] = []
        looked, last, own = 0, None, None
        async for names in self._some_at_a_time(after):
            found = await asyncio.gather(*(self._look(name) for name in names))
            for name, item in zip(names, found, strict=True):
                if len(items) == size or looked == self._looks:
                    return RecordPage(tuple(items), looked, last), own
                looked, last = looked + 1, name
                if item is not None:
                    items.append(item)
                    own = name
        return RecordPage(tuple(items), looked, None), own

    async def _sealed(self, key: str) -> str:
        """Return a key of others as the source may hold it: encrypted, for this list alone."""
        try:
            padded = key.ljust(len(key) + -len(key) % _PADDED)
            sealed = sealed_in(await self._ports.seals.seal(padded, self._place, _FIELD))
        except (AccountFault, Unavailable) as failure:
            message = "The key of the next page cannot be encrypted. Try again later."
            raise RejectionError(503, "CannotSeal", message) from failure
        return f"{SEALED}{sealed.key}:{sealed.content}" if sealed else ""

    async def _opened(self, after: str) -> str:
        """Return the key that a sealed one stands for, any other as it is; what it names may be gone meanwhile."""
        if not after.startswith(SEALED):
            if after and not any(after.startswith(kind) and after != kind for kind in (NEW, KNOWN)):
                raise RejectionError(400, "InvalidValue", "It is no NextKey of this list.", Field="after")
            return after
        key, _, content = after.removeprefix(SEALED).partition(":")
        try:
            return (await self._ports.seals.open(Sealed(key, content, ()), self._place, _FIELD)).rstrip()
        except AccountFault as fault:
            message = "It is no NextKey of this list, or too old: begin anew."
            raise RejectionError(400, "InvalidValue", message, Field="after") from fault
        except Unavailable as failure:
            raise RejectionError(503, "CannotSeal", "The key cannot be opened. Try again later.") from failure

    @property
    def _place(self) -> RecordPath:
        """Where a sealed key is good: in the list of this source."""
        return RecordPath(self._profile.marketplace, self._type.name, (self._profile.client,))

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
