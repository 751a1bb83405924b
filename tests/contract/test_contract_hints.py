"""The port Hints, in memory and on Azurite."""

import pytest
from contract_storage import Storage

from orchestration.adapters.blob_hints import BlobHints
from orchestration.ports import Hint


@pytest.fixture
def hints(storage: Storage) -> BlobHints:
    return BlobHints(storage.container)


async def listed(hints: BlobHints, prefix: str, limit: int = 100) -> list[str]:
    return [hint.name async for hint in hints.list(prefix, limit=limit)]


async def test_a_hint_is_listed_with_the_etag_that_deletes_it(hints: BlobHints) -> None:
    etag = await hints.put("due/1/a")
    assert [hint async for hint in hints.list("due/", limit=5)] == [Hint("due/1/a", etag)]
    assert await hints.delete("due/1/a", etag)
    assert await listed(hints, "") == []


async def test_putting_a_hint_anew_gives_it_another_etag(hints: BlobHints) -> None:
    first = await hints.put("due/1/a")
    second = await hints.put("due/1/a", b"content")
    assert first != second
    assert not await hints.delete("due/1/a", first)
    assert await listed(hints, "") == ["due/1/a"]
    assert await hints.delete("due/1/a", second)


async def test_deleting_a_hint_that_is_gone_is_success(storage: Storage, hints: BlobHints) -> None:
    etag = await hints.put("due/1/a")
    storage.faults.lose_answer()
    assert await hints.delete("due/1/a", etag)
    assert await hints.delete("due/1/a", etag)


async def test_a_put_whose_answer_was_lost_names_the_etag_that_lies_there(storage: Storage, hints: BlobHints) -> None:
    storage.faults.lose_answer()
    etag = await hints.put("due/1/a")
    assert [hint async for hint in hints.list("", limit=5)] == [Hint("due/1/a", etag)]


async def test_hints_are_listed_by_name_below_a_prefix_up_to_a_limit(hints: BlobHints) -> None:
    for name in ("due/2/a", "due/10/%7e", "waits/a", "due/1/b", "due", "due/1/a"):
        await hints.put(name)
    assert await listed(hints, "due/") == ["due/1/a", "due/1/b", "due/10/%7e", "due/2/a"]
    assert await listed(hints, "due/", 3) == ["due/1/a", "due/1/b", "due/10/%7e"]
    assert await listed(hints, "") == ["due", "due/1/a", "due/1/b", "due/10/%7e", "due/2/a", "waits/a"]
    assert await listed(hints, "deadletters/") == []


async def test_the_folders_below_a_prefix_are_what_names_go_on_with_up_to_a_slash(hints: BlobHints) -> None:
    for name in ("due/erp/1", "due/erp/2", "due/p%2eim/1/x", "due/no-folder", "waits/a/b", "due"):
        await hints.put(name)
    assert await hints.folders("due/") == ("erp", "p%2eim")
    assert await hints.folders("") == ("due", "waits")
    assert await hints.folders("nothing/") == ()


async def test_hints_are_listed_after_a_name_whether_it_is_there_or_not(hints: BlobHints) -> None:
    names = ["acme/product/%7e/x", "acme/product/p1/erp", "acme/product/p10/erp", "acme/product/p1é", "acme2/a"]
    for name in names:
        await hints.put(name)
    for after, left in (
        ("", names[:4]),
        ("a", names[:4]),
        ("acme/product/p1/erp", [names[2], names[3]]),
        ("acme/product/p1/zzz", [names[2], names[3]]),
        ("acme/product/p1é", []),
        ("b", []),
    ):
        assert [hint.name async for hint in hints.list("acme/", limit=100, after=after)] == left
    assert [hint.name async for hint in hints.list("acme/", limit=1, after=names[0])] == [names[1]]
