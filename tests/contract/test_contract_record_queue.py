"""The port RecordQueue, in memory and on Azurite."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract_samples import ODD, envelope
from contract_storage import Storage

from orchestration.adapters.blob_record_queue import BlobRecordQueue
from orchestration.envelope import Envelope
from orchestration.ports import Depth, LostError, Queued, UnreadableError
from orchestration.stored_json import encode

NAME = "acme/product/bike/erp"


@pytest.fixture
def queue(storage: Storage) -> BlobRecordQueue:
    return BlobRecordQueue(storage.container)


async def etag_of(queue: BlobRecordQueue, stored: Envelope) -> str:
    etag = await queue.etag(stored.path)
    assert etag is not None
    return etag


async def waiting(queue: BlobRecordQueue) -> Envelope | None:
    found = await queue.get(envelope().path)
    return found.envelope if found else None


async def test_nothing_waits_where_nothing_was_added(queue: BlobRecordQueue) -> None:
    assert (await queue.get(envelope().path), await queue.etag(envelope().path)) == (None, None)
    assert await queue.read(NAME) is None


async def test_what_was_added_waits_as_it_was(queue: BlobRecordQueue) -> None:
    stored = envelope(xp={"Colour": ODD, "Depth": {"x": [1, 2.5, None, True]}})
    await queue.add(stored)
    assert await queue.get(stored.path) == Queued(stored, await etag_of(queue, stored))


async def test_a_blob_is_named_by_its_path_whatever_the_keys_are(queue: BlobRecordQueue) -> None:
    stored = [envelope(key=ODD), envelope(key="a.b"), envelope(key="~"), envelope(client="pim")]
    for each in stored:
        await queue.add(each)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    names, marker = await queue.older_than(tomorrow)
    assert (sorted(names), marker) == (sorted(str(each.path) for each in stored), None)
    assert [(await queue.get(each.path)) is not None for each in stored] == [True] * 4


async def test_what_is_queued_below_a_prefix_is_counted_with_its_age(storage: Storage, queue: BlobRecordQueue) -> None:
    assert await queue.depth("acme/", pages=3) == Depth(0, None, whole=True)
    for each in (envelope(), envelope(key="CAR"), envelope(client="pim")):
        await queue.add(each)
    await storage.container.overwrite("acme2/product/p1/erp", b"")
    written = [blob.written_at async for blob in storage.container.list("acme/")]
    assert await queue.depth("acme/", pages=3) == Depth(3, min(written), whole=True)
    assert (await queue.depth("acme2/", pages=1)).waiting == 1
    assert await queue.depth("acme/", pages=3, client="PIM") == Depth(1, max(written), whole=True)
    assert await queue.depth("acme/", pages=3, client="im") == Depth(0, None, whole=True)


async def test_adding_where_another_waits_is_lost(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    with pytest.raises(LostError):
        await queue.add(envelope("2"))
    with pytest.raises(LostError):
        await queue.add(envelope("1", Name="the same version with another content"))
    assert await waiting(queue) == envelope("1")


async def test_of_many_that_add_at_once_one_wins(queue: BlobRecordQueue) -> None:
    many = [envelope(str(number)) for number in range(10)]
    results = await asyncio.gather(*(queue.add(each) for each in many), return_exceptions=True)
    (winner,) = (each for each, result in zip(many, results, strict=True) if isinstance(result, str))
    assert sum(isinstance(result, LostError) for result in results) == 9
    assert await waiting(queue) == winner


async def test_an_add_whose_answer_was_lost_has_succeeded(storage: Storage, queue: BlobRecordQueue) -> None:
    storage.faults.lose_answer()
    await queue.add(envelope("1"))
    assert await waiting(queue) == envelope("1")


async def test_a_replacement_takes_the_place_of_what_it_saw(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    await queue.replace(envelope("2"), await etag_of(queue, envelope()))
    assert await waiting(queue) == envelope("2")


async def test_a_replacement_of_what_changed_or_went_is_lost(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    first = await etag_of(queue, envelope())
    await queue.replace(envelope("2"), first)
    with pytest.raises(LostError):
        await queue.replace(envelope("3"), first)
    second = await etag_of(queue, envelope())
    assert await queue.delete(envelope().path, second)
    with pytest.raises(LostError):
        await queue.replace(envelope("3"), second)
    assert await waiting(queue) is None


async def test_a_replacement_whose_answer_was_lost_has_succeeded(storage: Storage, queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    etag = await etag_of(queue, envelope())
    storage.faults.lose_answer()
    await queue.replace(envelope("2"), etag)
    assert await waiting(queue) == envelope("2")


async def test_every_write_makes_a_new_etag_even_of_the_same_bytes(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    first = await etag_of(queue, envelope())
    await queue.replace(envelope("1"), first)
    assert await etag_of(queue, envelope()) != first


async def test_deleting_takes_away_only_what_it_saw(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    first = await etag_of(queue, envelope())
    await queue.replace(envelope("2"), first)
    assert not await queue.delete(envelope().path, first)
    assert await waiting(queue) == envelope("2")
    assert await queue.delete(envelope().path, await etag_of(queue, envelope()))
    assert await waiting(queue) is None


async def test_deleting_what_is_gone_already_is_success(storage: Storage, queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    etag = await etag_of(queue, envelope())
    storage.faults.lose_answer()
    assert await queue.delete(envelope().path, etag)
    assert await queue.delete(envelope().path, etag)


async def test_only_what_was_written_before_a_moment_is_older(queue: BlobRecordQueue) -> None:
    await queue.add(envelope("1"))
    long_ago, tomorrow = datetime(2025, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
    assert await queue.older_than(long_ago) == ([], None)
    assert await queue.older_than(tomorrow) == ([NAME], None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00", id="no text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'"text"', id="no object"),
        pytest.param(encode({**envelope().to_json(), "Format": 99}), id="another format"),
        pytest.param(encode(envelope(key="CAR").to_json()), id="another path"),
    ],
)
async def test_bytes_that_are_no_envelope_are_unreadable_and_can_be_discarded(
    storage: Storage, queue: BlobRecordQueue, content: bytes
) -> None:
    etag = await storage.container.overwrite(NAME, content)
    with pytest.raises(UnreadableError) as unreadable:
        await queue.get(envelope().path)
    assert (unreadable.value.content, unreadable.value.etag) == (content, etag)
    assert await queue.read(NAME) == (content, etag)
    assert not await queue.discard(NAME, '"0x8DEADBEEF"')
    assert await queue.discard(NAME, etag)
    assert await queue.read(NAME) is None


async def test_a_name_that_is_no_path_is_listed_read_and_discarded_as_it_is(
    storage: Storage, queue: BlobRecordQueue
) -> None:
    name = "what/Ever %2F lies?here#"
    etag = await storage.container.overwrite(name, b"x")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await queue.older_than(tomorrow) == ([name], None)
    assert await queue.read(name) == (b"x", etag)
    assert await queue.discard(name, etag)


async def test_names_are_listed_below_a_prefix_after_a_name_up_to_a_limit(queue: BlobRecordQueue) -> None:
    for key in ("b", "a-b", "A", "c"):
        await queue.add(envelope(key=key))
    await queue.add(replace(envelope(key="a"), record_type="productfacet"))
    names = ["acme/product/a-b/erp", "acme/product/a/erp", "acme/product/b/erp", "acme/product/c/erp"]

    async def listed(**bounds: Any) -> list[str]:
        return [name async for name in queue.list("acme/product/", **{"limit": 10, **bounds})]

    assert await listed() == names
    assert await listed(limit=2) == names[:2]
    assert await listed(after=names[1]) == names[2:]
    assert await listed(after=names[0], limit=1) == names[1:2]
    assert await listed(after="acme/product/d") == []
    assert [name async for name in queue.list("acme2/", limit=5)] == []
