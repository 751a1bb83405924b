"""The port RecordCache, in memory and on Azurite."""

import asyncio
from typing import Any

import pytest
from contract_samples import cached, path
from contract_storage import Storage

from orchestration.adapters.blob_record_cache import BlobRecordCache
from orchestration.cached_record import CachedRecord
from orchestration.paths import RecordPath
from orchestration.ports import Cached, LostError, UnreadableError


@pytest.fixture
def cache(storage: Storage) -> BlobRecordCache:
    return BlobRecordCache(storage.container)


async def test_of_a_record_that_was_never_put_nothing_is_known(cache: BlobRecordCache) -> None:
    assert await cache.get(path()) == Cached(CachedRecord(), None)


async def test_what_was_put_is_what_is_known(cache: BlobRecordCache) -> None:
    etag = await cache.put(path(), cached(), None)
    assert await cache.get(path()) == Cached(cached(), etag)
    assert await cache.get(path("CAR")) == Cached(CachedRecord(), None)


async def test_text_that_is_no_character_is_kept(cache: BlobRecordCache) -> None:
    record = CachedRecord(current={"Name": "\ud800"})
    etag = await cache.put(path(), record, None)
    assert await cache.get(path()) == Cached(record, etag)


async def test_only_who_saw_the_last_state_may_put(cache: BlobRecordCache) -> None:
    first = await cache.put(path(), cached("one"), None)
    second = await cache.put(path(), cached("two"), first)
    for stale in (None, first):
        with pytest.raises(LostError):
            await cache.put(path(), cached("three"), stale)
    with pytest.raises(LostError):
        await cache.put(path("CAR"), cached("three"), second)
    assert await cache.get(path()) == Cached(cached("two"), second)
    assert await cache.get(path("CAR")) == Cached(CachedRecord(), None)


@pytest.mark.parametrize("first", [True, False], ids=["the first one", "a later one"])
async def test_of_many_claims_at_once_one_wins(cache: BlobRecordCache, first: bool) -> None:  # noqa: FBT001 - a parameter of the table
    etag = None if first else await cache.put(path(), cached("before"), None)
    runs = [f"run-{number}" for number in range(10)]
    results = await asyncio.gather(*(cache.put(path(), cached(run), etag) for run in runs), return_exceptions=True)
    (winner,) = ((run, result) for run, result in zip(runs, results, strict=True) if isinstance(result, str))
    assert sum(isinstance(result, LostError) for result in results) == 9
    assert await cache.get(path()) == Cached(cached(winner[0]), winner[1])


@pytest.mark.parametrize("first", [True, False], ids=["the first one", "a later one"])
async def test_a_put_whose_answer_was_lost_has_succeeded(
    storage: Storage,
    cache: BlobRecordCache,
    first: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    etag = None if first else await cache.put(path(), cached("before"), None)
    storage.faults.lose_answer()
    written = await cache.put(path(), cached("mine"), etag)
    assert await cache.get(path()) == Cached(cached("mine"), written)


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"Format": 99}'], ids=repr)
async def test_bytes_that_are_no_record_never_read_as_an_empty_one(
    storage: Storage, cache: BlobRecordCache, content: bytes
) -> None:
    etag = await storage.container.overwrite(str(path()), content)
    with pytest.raises(UnreadableError) as unreadable:
        await cache.get(path())
    assert (unreadable.value.content, unreadable.value.etag) == (content, etag)


async def test_names_are_listed_below_a_prefix_after_a_name_up_to_a_limit(cache: BlobRecordCache) -> None:
    for key in ("b", "a-b", "A", "c"):
        await cache.put(path(key), cached(), None)
    other = RecordPath("acme", "productfacet", ("a",))
    await cache.put(other, cached(), None)
    names = ["acme/product/a", "acme/product/a-b", "acme/product/b", "acme/product/c"]

    async def listed(**bounds: Any) -> list[str]:
        return [name async for name in cache.list("acme/product/", **{"limit": 10, **bounds})]

    assert await listed() == names
    assert await listed(limit=2) == names[:2]
    assert await listed(after=names[1]) == names[2:]
    assert await listed(after=names[0], limit=1) == names[1:2]
    assert await listed(after="acme/product/d") == []
    assert [name async for name in cache.list("acme2/", limit=5)] == []
