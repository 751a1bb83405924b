"""What a source has sent of a type: each record once, page by page, and nothing of others."""

import pytest
from fakes.runs import Runs
from fakes.seals import MemorySeals

from models.record import Json
from orchestration.paths import RecordPath
from orchestration.record_listing import RecordListing, RecordPage
from orchestration.rejections import RejectionError


async def page(
    runs: Runs, after: str = "", size: int = 100, client: str = "erp", looks: int = 1_000, **operator: bool
) -> RecordPage:
    since = len(runs.steps)
    profile = await runs.ports.profiles.get(client)
    listing = RecordListing(runs.ports, runs.registry["product"], profile, looks, **{"operator": True, **operator})
    found = await listing.page(after=after, size=size)
    assert {step.method for step in runs.steps[since:]} <= {"GET", "HEAD", "LIST"}
    return found


def listed(found: RecordPage) -> list[tuple[str, str]]:
    return [(item["Keys"]["ID"], item["State"]) for item in found.items]


def product(key: str, **fields: object) -> Json:
    return {"ID": key, "Name": key, **fields}


async def test_nothing_was_sent() -> None:
    assert await page(Runs()) == RecordPage((), 0, None)


async def test_each_record_is_listed_once_with_its_state_and_version() -> None:
    runs = Runs()
    await runs.apply(product("Applied"))
    await runs.apply({"ID": "Dead"})
    await runs.apply(product("Parked", DefaultPriceScheduleID="PS1"))
    await runs.apply(product("Deleted"))
    await runs.run((await runs.delete("Deleted")).path)
    queued = await runs.post(product("Queued"))
    again = await runs.post(product("Applied", Description="d"))
    await runs.apply(product("Theirs"), client="pim")
    await runs.post(product("TheirsToo"), client="pim")
    found = await page(runs)
    assert listed(found) == [
        ("Queued", "queued"),
        ("Applied", "queued"),
        ("Dead", "dead"),
        ("Deleted", "deleted"),
        ("Parked", "parked"),
    ]
    assert found.items[0] == {
        "RecordType": "product",
        "Keys": {"ID": "Queued"},
        "Version": queued.version.text,
        "State": "queued",
    }
    assert found.items[1]["Version"] == again.version.text
    assert (found.looked, found.next_key) == (8, None)
    assert listed(await page(runs, client="pim")) == [("TheirsToo", "queued"), ("Theirs", "applied")]


async def test_pages_go_on_where_the_last_one_ended() -> None:
    runs = Runs()
    for key in ("a", "a-b", "b", "c"):
        await runs.apply(product(key))
        await runs.post(product(f"q{key}"))
    seen, after, sizes = [], "", []
    while True:
        found = await page(runs, after=after, size=3)
        seen += listed(found)
        sizes.append(len(found.items))
        if found.next_key is None:
            break
        after = found.next_key
    assert [key for key, _ in seen] == ["qa-b", "qa", "qb", "qc", "a", "a-b", "b", "c"]
    assert sizes == [3, 3, 2]


async def test_a_page_looks_at_so_many_blobs_and_no_more() -> None:
    runs = Runs()
    for number in range(6):
        await runs.apply(product(f"p{number}"), client="pim" if number < 4 else "erp")
    first = await page(runs, looks=3)
    assert first == RecordPage((), 3, "known/p2")
    assert listed(await page(runs, after="known/p2", looks=3)) == [("p4", "applied"), ("p5", "applied")]


async def test_names_that_are_none_of_ours_and_what_cannot_be_read_are_left_out() -> None:
    runs = Runs()
    await runs.apply(product("P1"))
    await runs.containers["cache"].overwrite("acme/product/UPPER", b"{}")
    await runs.containers["cache"].overwrite("acme/product/broken", b"{}")
    await runs.containers["queue"].overwrite("acme/product/broken/erp", b"{}")
    assert listed(await page(runs)) == [("P1", "applied")]


async def test_another_marketplace_or_type_with_a_similar_name_is_left_out() -> None:
    runs = Runs()
    for name in ("acme2/product/p1", "acme/productfacet/p1", "acm/product/p1"):
        await runs.containers["cache"].overwrite(name, b"{}")
    assert await page(runs) == RecordPage((), 0, None)


async def test_a_record_that_another_source_has_is_listed_as_soon_as_this_one_has_sent_it() -> None:
    runs = Runs()
    await runs.apply(product("P1"), client="pim")
    await runs.post(product("P1"))
    assert listed(await page(runs)) == [("P1", "queued")]


async def test_of_what_others_have_sent_no_more_is_read_than_whose_it_is() -> None:
    runs = Runs()
    await runs.apply(product("P1"), client="pim")
    await runs.post(product("P2"), client="pim")
    since = len(runs.steps)
    assert (await page(runs)).items == ()
    assert sorted(str(step) for step in runs.steps[since:]) == [
        "cache GET acme/product/p1",
        "cache LIST acme/product/",
        "queue HEAD acme/product/p1/erp",
        "queue LIST acme/product/",
    ]


async def test_a_source_is_told_no_key_and_no_count_of_others() -> None:
    runs = Runs()
    for number in range(6):
        await runs.apply(product(f"p{number}"), client="pim" if number < 4 else "erp")
        await runs.post(product(f"q{number}"), client="pim")
    seen, after, keys = [], "", []
    while True:
        found = await page(runs, after=after, looks=3, operator=False)
        assert found.looked is None
        seen += listed(found)
        if found.next_key is None:
            break
        keys.append(after := found.next_key)
    assert seen == [("p4", "applied"), ("p5", "applied")]
    assert [key[:7] for key in keys] == ["sealed/", "sealed/", "sealed/"]
    assert [key for key in keys if "pim" in key or "p0" in key] == []


async def test_a_page_for_a_source_goes_on_from_its_own_last_record() -> None:
    runs = Runs()
    for key, client in (("a", "erp"), ("b", "pim"), ("c", "pim"), ("d", "erp")):
        await runs.apply(product(key), client=client)
    first = await page(runs, looks=3, operator=False)
    assert (listed(first), first.next_key) == ([("a", "applied")], "known/a")
    by_size = await page(runs, size=1, operator=False)
    assert (listed(by_size), by_size.next_key) == ([("a", "applied")], "known/a")


async def test_sealed_keys_are_good_in_their_own_list_alone() -> None:
    runs = Runs()
    for key in ("a", "b"):
        await runs.apply(product(key), client="pim")
    sealed = (await page(runs, looks=1, operator=False)).next_key
    assert sealed
    for after, client in ((sealed, "pim"), ("sealed/", "erp"), ("sealed/key-1:99", "erp"), ("sealed/no:0", "erp")):
        with pytest.raises(RejectionError) as refused:
            await page(runs, after=after, client=client, operator=False)
        assert (refused.value.status, refused.value.code, refused.value.data) == (
            400,
            "InvalidValue",
            {"Field": "after"},
        )


@pytest.mark.parametrize("operator", [True, False])
@pytest.mark.parametrize("after", ["xyz", "known", "new/", "known/", "unreadable/known/p1", "Known/p1"])
async def test_a_key_that_is_none_of_this_list_s_is_refused(after: str, *, operator: bool) -> None:
    with pytest.raises(RejectionError) as refused:
        await page(Runs(), after=after, operator=operator)
    told = {"ErrorCode": "InvalidValue", "Message": "It is no NextKey of this list.", "Data": {"Field": "after"}}
    assert (refused.value.status, refused.value.to_json()) == (400, told)


async def test_a_key_of_what_is_gone_meanwhile_goes_on_from_its_place() -> None:
    runs = Runs()
    await runs.apply(product("b"))
    pages = [await page(runs, after=after) for after in ("new/a/erp", "known/a", "known/b", "known/z")]
    assert [listed(found) for found in pages] == [[("b", "applied")], [("b", "applied")], [], []]


async def test_sealed_keys_have_one_length_whatever_they_name() -> None:
    runs = Runs()
    texts: list[str] = []
    seals = runs.ports.seals
    assert isinstance(seals, MemorySeals)
    seal = seals.seal

    async def kept(text: str, record: RecordPath, field: str) -> Json:
        texts.append(text)
        return await seal(text, record, field)

    seals.seal = kept  # type: ignore[method-assign]  # the fake, with what it seals kept
    for key in ("a", "b" * 90, "c"):
        await runs.apply(product(key), client="pim")
    first = await page(runs, looks=1, operator=False)
    await page(runs, after=first.next_key or "", looks=1, operator=False)
    assert [(text.rstrip(), len(text)) for text in texts] == [("known/a", 256), (f"known/{'b' * 90}", 256)]


async def test_without_a_data_key_a_source_s_list_is_refused_where_others_have_sent_more_than_is_looked_at() -> None:
    runs = Runs()
    for key in ("a", "b"):
        await runs.apply(product(key), client="pim")
    assert isinstance(runs.ports.seals, MemorySeals)
    runs.ports.seals.keys.clear()
    with pytest.raises(RejectionError) as refused:
        await page(runs, looks=1, operator=False)
    assert (refused.value.status, refused.value.code) == (503, "CannotSeal")
