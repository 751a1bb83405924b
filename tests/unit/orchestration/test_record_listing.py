"""What a source has sent of a type: each record once, page by page, and nothing of others."""

from fakes.runs import Runs

from models.record import Json
from orchestration.record_listing import RecordListing, RecordPage


async def page(runs: Runs, after: str = "", size: int = 100, client: str = "erp", looks: int = 1_000) -> RecordPage:
    since = len(runs.steps)
    profile = await runs.ports.profiles.get(client)
    listing = RecordListing(runs.ports, runs.registry["product"], profile, looks)
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
