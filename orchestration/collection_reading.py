"""Read what OrderCloud has of a type: its collections in lists, or one record. Nothing is written here.

A type's collections are those that hold its records: one, or one for each record that they live below.
"""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.failures import AccountFault, NotFound
from orchestration.ports import Marketplaces, OrderCloud
from orchestration.profile import Profile
from orchestration.requests import Request, get_request

PAGE = 100
SECONDS = 60.0
"""What one request may take, retries included."""

type Above = tuple[tuple[str, str], ...]
"""The keys of the record that a collection is below, by name; empty for one that is below none."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A record as a list shows it, with its keys."""

    keys: Keys
    body: Json


class CollectionReader:
    """Reads the records of one type as one client sees them; every method raises a Failure by what happened."""

    def __init__(self, record_type: RecordType, ordercloud: OrderCloud) -> None:
        self._type = record_type
        self._ordercloud = ordercloud

    async def one(self, keys: Keys) -> Json | None:
        """Return a record, or none. Not for assignments, which cannot be read one by one."""
        try:
            answer = await self._ordercloud.send(get_request(self._type, keys), budget=SECONDS)
        except NotFound:
            return None
        return dict(answer.body)

    async def pages(self, above: Above) -> AsyncIterator[list[Listed]]:
        """Yield a collection page by page; nothing where what it is below is not there.

        Records are paged by their IDs, which is exact however long the list is and whatever moves meanwhile.
        Assignments have no ID and can be paged by number alone.
        """
        after: Mapping[str, str] = {} if self._type.assigned else {"sortBy": "ID"}
        for number in itertools.count(1):
            page = str(number if self._type.assigned else 1)
            try:
                answer = await self._list(above, {"page": page, "pageSize": str(PAGE), **after})
            except NotFound:
                return
            items = answer["Items"]
            if items:
                yield [Listed(self._keys(above, item), item) for item in items]
            if len(items) < PAGE:
                return
            if not self._type.assigned:
                after = {"sortBy": "ID", "ID": f">{items[-1]['ID']}"}

    async def may_list(self, above: Above) -> bool:
        """Tell whether the client may list a collection at all."""
        try:
            await self._list(above, {"page": "1", "pageSize": "1"})
        except AccountFault:
            return False
        except NotFound:
            return True
        return True

    async def _list(self, above: Above, query: Mapping[str, str]) -> Any:
        given = dict(above)
        path = self._type.collection_path(tuple(given.get(name) for name in self._type.keys))
        request = Request("GET", path, query={**self._type.listed_with, **query})
        return (await self._ordercloud.send(request, budget=SECONDS)).body

    def _keys(self, above: Above, item: Json) -> Keys:
        given = dict(above)
        return tuple(given.get(name) or item.get(name) or None for name in self._type.keys)


async def reader_of(
    marketplaces: Marketplaces, profiles: Sequence[Profile], record_type: RecordType, above: Above
) -> CollectionReader:
    """Return a reader for the first of some profiles whose client may list a collection.

    Raises:
        AccountFault: none of them may.
        Failure: by what else happened.
    """
    for profile in profiles:
        reader = CollectionReader(record_type, marketplaces.connect(profile))
        if await reader.may_list(above):
            return reader
    raise AccountFault(f"no client that writes for the whole marketplace may list a {record_type.name}")


def readers_of(profiles: Sequence[Profile], marketplace: str) -> list[Profile]:
    """Return the profiles whose clients see all of a marketplace: sellers'."""
    own = [profile for profile in profiles if profile.marketplace.casefold() == marketplace.casefold()]
    return [profile for profile in own if profile.resource == "seller"]


def above_of(record_type: RecordType, keys: Keys) -> Above:
    """Return which collection of its type a record is in."""
    named = record_type.named(keys)
    return tuple((name, named[name] or "") for name in record_type.above)
