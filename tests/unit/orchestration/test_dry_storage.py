"""The ports of a dry run keep the contracts of the real ones, see what these hold, and change nothing there."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.clock import START
from fakes.runs import Runs, path_of
from fakes.seals import MemorySeals

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.dry_storage import DryCache, DryEventLog, DryHints, DryQueue, DrySeals
from orchestration.event import Level, event_of
from orchestration.log_query import LogQuery
from orchestration.paths import RecordPath
from orchestration.ports import Cached, Hint, LostError, Queued, UnreadableError
from orchestration.sealing import HIDDEN, sealed_in
from orchestration.versions import Version

NAMED: Json = {"ID": "P1", "Name": "n"}
PATH = path_of()


async def test_what_really_waits_is_seen_and_what_is_laid_over_it_stays_here() -> None:
    runs = Runs()
    posting = await runs.post(NAMED)
    blobs = dict(runs.containers["queue"].blobs)
    queue, newer = DryQueue(runs.ports.queue), replace(posting, version=Version("9"))
    found = await queue.get(PATH)
    assert found
    assert (found, await queue.etag(PATH)) == (await runs.ports.queue.get(PATH), found.etag)
    with pytest.raises(LostError):
        await queue.add(newer)
    with pytest.raises(LostError):
        await queue.replace(newer, "another")
    await queue.replace(newer, found.etag)
    laid = await queue.etag(PATH)
    assert laid
    assert await queue.get(PATH) == Queued(newer, laid)
    assert not await queue.delete(PATH, found.etag)
    assert await queue.delete(PATH, laid)
    assert await queue.delete(PATH, laid)
    assert (await queue.get(PATH), await queue.etag(PATH)) == (None, None)
    assert await queue.etag(PATH) != await queue.add(posting)
    assert await queue.older_than(START + timedelta(days=1)) == ([str(PATH)], None)
    assert [name async for name in queue.list("acme/", limit=5)] == [str(PATH)]
    assert await queue.read(str(PATH)) == await runs.ports.queue.read(str(PATH))
    assert runs.containers["queue"].blobs == blobs


async def test_what_is_read_back_is_as_storage_gives_it() -> None:
    """Storage sorts the keys of objects, and that is the order in which a run finds what has changed."""
    runs = Runs()
    posting = await runs.post(NAMED)
    unsorted: Json = {"Name": "n", "ID": "P1", "xp": {"b": 1, "a": 2}}
    queue, cache = DryQueue(runs.ports.queue), DryCache(runs.ports.cache)
    found = await queue.get(PATH)
    assert found
    for each in (queue, runs.ports.queue):
        await each.replace(replace(posting, posted=unsorted), found.etag)
    for store in (cache, runs.ports.cache):
        await store.put(PATH.record, CachedRecord(current=unsorted), None)
    dry, real = await queue.get(PATH), await runs.ports.queue.get(PATH)
    assert dry
    assert real
    assert json.dumps(dry.envelope.posted) == json.dumps(real.envelope.posted) != json.dumps(unsorted)
    seen, kept = (await cache.get(PATH.record)).record.current, (await runs.ports.cache.get(PATH.record)).record.current
    assert json.dumps(seen) == json.dumps(kept) != json.dumps(unsorted)


async def test_bytes_that_are_no_envelope_give_way_once_they_are_discarded() -> None:
    runs = Runs()
    etag = await runs.containers["queue"].overwrite(str(PATH), b"{}")
    queue, posting = DryQueue(runs.ports.queue), await runs.post({"ID": "P2", "Name": "n"})
    posting = replace(posting, keys=("P1",))
    with pytest.raises(LostError):
        await queue.add(posting)
    with pytest.raises(UnreadableError):
        await queue.get(PATH)
    assert await queue.discard(str(PATH), etag)
    await queue.add(posting)
    assert (await runs.ports.queue.etag(PATH)) == etag


async def test_a_cached_record_is_written_in_the_state_that_was_seen_and_here_alone() -> None:
    runs = Runs()
    await runs.apply(NAMED)
    blobs = dict(runs.containers["cache"].blobs)
    cache, none = DryCache(runs.ports.cache), RecordPath("acme", "product", ("P2",))
    found = await cache.get(PATH.record)
    assert found == await runs.ports.cache.get(PATH.record)
    for etag in (None, "another"):
        with pytest.raises(LostError):
            await cache.put(PATH.record, CachedRecord(), etag)
    etag = await cache.put(PATH.record, CachedRecord(), found.etag)
    assert await cache.get(PATH.record) == Cached(CachedRecord(), etag)
    with pytest.raises(LostError):
        await cache.put(PATH.record, CachedRecord(), found.etag)
    assert cache.read == {PATH.record: found.record}
    await cache.put(none, found.record, None)
    assert (await cache.get(none)).record == found.record
    assert [name async for name in cache.list("acme/", limit=5)] == [str(PATH.record)]
    assert runs.containers["cache"].blobs == blobs


async def test_hints_are_those_of_the_dry_run() -> None:
    hints = DryHints()
    first, second = await hints.put("due/b"), await hints.put("due/a")
    anew = await hints.put("due/b")
    assert [hint async for hint in hints.list("due/", limit=5)] == [Hint("due/a", second), Hint("due/b", anew)]
    assert [hint.name async for hint in hints.list("due/", limit=1)] == ["due/a"]
    assert [hint.name async for hint in hints.list("due/", limit=5, after="due/a")] == ["due/b"]
    await hints.put("waits/b/c")
    assert (await hints.folders(""), await hints.folders("waits/")) == (("due", "waits"), ("b",))
    assert not await hints.delete("due/b", first)
    assert await hints.delete("due/b", anew)
    assert await hints.delete("due/b", anew)
    assert [hint.name async for hint in hints.list("", limit=5)] == ["due/a", "waits/b/c"]


async def test_events_are_kept_in_memory_and_asked_for_are_those_that_happened() -> None:
    runs = Runs()
    posting = await runs.apply(NAMED)
    log, kept = DryEventLog(runs.log), dict(runs.log.kept)
    events = [event_of(posting, {"ID": "P1"}, START, n, Level.SUCCESS, "r") for n in range(3)]
    await log.write(events[0])
    await log.write_all(events[1:])
    assert (log.written, runs.log.kept) == (events, kept)
    assert await log.events(PATH, limit=2) == runs.events()
    assert await log.query(LogQuery()) == await runs.log.query(LogQuery())


async def test_what_is_sealed_is_never_shown() -> None:
    seals = MemorySeals()
    sealed = sealed_in(await DrySeals(seals).seal("secret", PATH.record, "Password"))
    assert sealed
    assert await seals.open(sealed, PATH.record, "Password") == "secret"
    assert await DrySeals(seals).open(sealed, PATH.record, "Password") == HIDDEN
