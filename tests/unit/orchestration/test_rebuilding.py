"""Rebuilds of the cache: what is read anew, what stays, and that one which died goes on where it stopped."""

from datetime import timedelta
from typing import Any

from fakes.runs import Step, path_of
from fakes.sandbox import House
from fakes.verifying import cache_wrongly, counts, lose_cache, rebuilder, rebuilt, told, verifier

from models.record import Json
from orchestration.rebuilding import CLOCK_DIFFERENCE

PATH = path_of().record
MUG: Json = {"ID": "P1", "Name": "Mug"}
LATER = CLOCK_DIFFERENCE.total_seconds() + 1


async def current(house: House, *keys: str, record_type: str = "product") -> Json:
    """Return what is cached as OrderCloud's last word."""
    record = (await house.ports.cache.get(path_of(*keys, record_type=record_type).record)).record
    assert record.current is not None
    return record.current


async def test_what_ordercloud_says_is_cached_anew_and_what_was_applied_stays(house: House) -> None:
    await house.apply(MUG)
    before = house.cached(PATH)
    assert before
    house.sandbox.edit("products", "P1", Name="theirs", Description="theirs")
    house.world.clock.advance(LATER)
    calls = len(house.sandbox.calls)
    assert counts((await rebuilt(house))[0]) == {"Read": 1}
    after = house.cached(PATH)
    assert after
    assert after.current == {**(before.current or {}), "Name": "theirs", "Description": "theirs"}
    assert (after.applied, after.fetched_at, after.claim) == (before.applied, house.world.clock.now(), None)
    assert house.made(calls) == [("GET", "/v1/products")] * 2
    assert await told(house) == []


async def test_what_was_changed_there_is_taken_for_true_until_its_source_changes_it(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    house.world.clock.advance(LATER)
    await rebuilt(house)
    assert await told(house) == []
    calls = len(house.sandbox.calls)
    await house.apply(MUG)
    assert house.made(calls) == []
    await house.apply({"ID": "P1", "Name": "Cup"})
    assert house.calls()[calls:] == [("PATCH", "/v1/products/P1", {"Name": "Cup"})]


async def test_what_waits_stays(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "P1", "DefaultPriceScheduleID": "none"})
    before = house.cached(PATH)
    assert before
    house.world.clock.advance(LATER)
    assert counts((await rebuilt(house))[0]) == {"Read": 1}
    after = house.cached(PATH)
    assert after
    assert after.waiting == before.waiting
    assert "erp" in after.waiting


async def test_what_a_run_wrote_since_the_list_counts_more_than_the_list(house: House) -> None:
    await house.apply(MUG)
    house.world.clock.advance(LATER)
    rebuilding = rebuilder(house)
    names = await verifier(house).cached(house.registry["product"])
    done = False

    async def apply_meanwhile(step: Step) -> None:
        nonlocal done
        if not done and step == Step("cache", "GET", str(PATH)):
            done = True  # between the list and the look at the cache
            house.world.clock.advance(-1)  # by a clock that is behind ours
            await house.apply({"ID": "P1", "Name": "Cup"})
            house.world.clock.advance(1)

    house.before = apply_meanwhile
    found = await rebuilding.rebuild(house.registry["product"], names, lambda _: None)
    assert (done, counts(found)) == (True, {"Read": 1})
    assert (await current(house, "P1"))["Name"] == "Cup"
    assert await told(house) == []


async def test_a_record_that_is_gone_is_so_cached(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.drop("products", "P1")
    house.world.clock.advance(LATER)
    assert counts((await rebuilt(house))[0]) == {"Gone": 1}
    record = house.cached(PATH)
    assert record
    assert (record.current, record.deleted, record.applied["erp"].posted) == (None, True, MUG)
    await house.apply(MUG)
    assert house.sandbox.content["products"]["P1"]["Name"] == "Mug"


async def test_a_lost_cache_is_rebuilt_with_what_ordercloud_has_alone(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"CatalogID": "C", "ID": "K", "Name": "k"}, record_type="category")
    await house.apply({"CatalogID": "C", "ProductID": "P1"}, record_type="catalogproductassignment")
    types = ("product", "catalog", "category", "catalogproductassignment")
    before = {path: dict(house.containers["cache"].blobs) for path in house.blobs("cache")}
    lose_cache(house)
    assert [counts(each) for each in await rebuilt(house, *types)] == [{"Read": 1}] * 4
    assert house.blobs("cache") == list(before)
    record = house.cached(PATH)
    assert record
    assert (record.applied, record.waiting, record.certain, record.claim) == ({}, {}, True, None)
    assert await told(house, *types) == []
    calls = len(house.sandbox.calls)
    await house.apply(MUG)  # it was applied before, so nothing is to be written
    await house.apply({"CatalogID": "C", "ProductID": "P1"}, record_type="catalogproductassignment")
    assert house.made(calls) == []
    await house.apply({"ID": "P1", "Name": "Cup"})
    assert house.calls()[-1] == ("PATCH", "/v1/products/P1", {"Name": "Cup"})


async def test_one_that_died_goes_on_where_it_stopped(house: House) -> None:
    for key in ("P1", "P2", "P3"):
        await house.apply({"ID": key, "Name": "n"})
        house.sandbox.edit("products", key, Name="theirs")
    house.world.clock.advance(LATER)
    began = house.world.clock.now()
    died = await house.dies(lambda: rebuilt(house, began=began), at_end_of("acme/product/p2"))
    assert died
    claims = [house.cached(path_of(key).record).claim for key in ("P1", "P2", "P3")]  # type: ignore[union-attr]  # each is cached
    assert claims == [None] * 3  # so no run has to wait for one who is dead
    house.sandbox.edit("products", "P2", Name="theirs again")
    done = counts((await rebuilt(house, began=began))[0])
    assert (done["Fresh"], done["Read"]) == (2, 1)
    assert await told(house) == []


def at_end_of(name: str) -> Any:
    """Return what dies where a record is about to be written: read, and not cached yet."""
    return lambda when, step: when == "before" and step == Step("cache", "PUT", name)


async def test_a_record_that_is_not_certain_is_read_by_itself(house: House) -> None:
    await house.apply(MUG)
    await cache_wrongly(house, PATH, Certain=False)
    house.world.clock.advance(LATER)
    calls = len(house.sandbox.calls)
    assert counts((await rebuilt(house))[0]) == {"Read": 1}
    assert house.made(calls)[-1] == ("GET", "/v1/products/P1")
    record = house.cached(PATH)
    assert record
    assert record.certain


async def test_a_run_that_died_with_a_record_in_hand_is_not_forgotten(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    expired = {"Run": "r", "Client": "erp", "Expires": house.world.clock.now().isoformat(), "Takeovers": 2}
    before = await cache_wrongly(house, PATH, Claim=expired)
    house.world.clock.advance(LATER)
    calls = len(house.sandbox.calls)
    assert counts((await rebuilt(house))[0]) == {"Read": 1}
    assert house.made(calls)[-1] == ("GET", "/v1/products/P1")  # the list may be older than what that run has written
    after = house.cached(PATH)
    assert after
    assert (after.claim, after.current) == (before.claim, {**(before.current or {}), "Name": "theirs"})


async def test_an_assignment_that_a_source_deletes_after_the_list_stays_deleted(house: House) -> None:
    kind = "catalogproductassignment"
    await house.apply(MUG)
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"CatalogID": "C", "ProductID": "P1"}, record_type=kind)
    path = path_of("C", "P1", record_type=kind)
    house.world.clock.advance(LATER)
    done = False

    async def delete_meanwhile(step: Step) -> None:
        nonlocal done
        if not done and step == Step("cache", "GET", str(path.record)):
            done = True  # between the list and the look at the cache
            await house.run((await house.delete("C", "P1", record_type=kind)).path)

    rebuilding, names = rebuilder(house), await verifier(house).cached(house.registry[kind])
    house.before = delete_meanwhile
    house.world.clock.advance(1)
    found = await rebuilding.rebuild(house.registry[kind], names, lambda _: None)
    assert (done, counts(found)) == (True, {"Fresh": 1})
    record = house.cached(path.record)
    assert record
    assert (record.current, record.deleted) == (None, True)
    assert await told(house, kind) == []


async def test_an_assignment_that_was_written_lately_is_read_by_one_more_list(house: House) -> None:
    kind = "catalogproductassignment"
    await house.apply(MUG)
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"CatalogID": "C", "ProductID": "P1"}, record_type=kind)
    house.sandbox.drop("catalogs/productassignments", "C/P1")
    house.world.clock.advance(1)
    calls = len(house.sandbox.calls)
    assert counts((await rebuilt(house, kind))[0]) == {"Gone": 1}
    assert house.made(calls) == [("GET", "/v1/catalogs/productassignments")] * 3  # may it list, its page, and again
    assert await told(house, kind) == []


async def test_a_record_that_a_run_holds_is_left_alone_and_told(house: House) -> None:
    await house.apply(MUG)
    house.world.clock.advance(LATER)
    expires = (house.world.clock.now() + timedelta(hours=1)).isoformat()
    held = await cache_wrongly(house, PATH, Claim={"Run": "r", "Client": "erp", "Expires": expires, "Takeovers": 0})
    [found] = await rebuilt(house)
    assert (counts(found), found.left) == ({"Busy": 1}, [("acme/product/p1", "Busy")])
    assert house.cached(PATH) == held


async def test_an_outage_leaves_the_record_as_it_was(house: House) -> None:
    await house.apply(MUG)
    before = house.cached(PATH)
    house.world.clock.advance(1)  # so lately read that the list does not count, and it is read by itself
    house.sandbox.faults.add([{"path": "^/v1/products/P1", "kind": "status", "value": {"status": 503}}])
    [found] = await rebuilt(house)
    assert [where for where, _ in found.unread] == ["product"]
    assert house.cached(PATH) == before


async def test_a_type_that_no_client_may_list_is_told(house: House) -> None:
    [found] = await rebuilt(house, readers=[])
    cause = "no client that writes for the whole marketplace may list a product"
    assert found.unread == [("product", cause)]
