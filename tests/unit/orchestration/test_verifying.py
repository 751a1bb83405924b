"""What a verification finds, how it reads, and what it does not take for a difference."""

from datetime import timedelta

import pytest
from fakes.profiles import profile_of
from fakes.runs import Step, path_of
from fakes.sandbox import House
from fakes.verifying import cache_wrongly, told, verified

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.differences import Difference, FieldDifference, Kind, difference_of

PATH = path_of().record
MUG: Json = {"ID": "P1", "Name": "Mug", "xp": {"Tax": {"Category": "c", "Code": "1"}}}


async def test_what_was_applied_is_found_equal_with_one_list_and_no_other_call(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "P2", "Name": "Cup"})
    since = len(house.sandbox.calls)
    [found] = await verified(house)
    assert (found.looked, found.differences, found.unread) == (2, [], [])
    assert house.made(since) == [("GET", "/v1/products")] * 2  # may this client list it, and its page


async def test_a_field_changed_behind_our_back_is_found_with_who_manages_it(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="Theirs", Description="theirs", xp={"Tax": {"Category": "c"}})
    assert await told(house) == [
        (
            "acme/product/p1",
            "Changed",
            [
                {"Field": "Description", "Cached": None, "There": "theirs", "ManagedBy": []},
                {"Field": "Name", "Cached": "Mug", "There": "Theirs", "ManagedBy": ["erp"]},
                {"Field": "xp.Tax.Code", "Cached": "1", "There": None, "ManagedBy": ["erp"]},
            ],
        )
    ]


async def test_fields_that_ordercloud_computes_or_moves_or_that_are_never_a_reason_do_not_count(house: House) -> None:
    stock = {"Enabled": True, "QuantityAvailable": 5}
    await house.apply({"ID": "P1", "Name": "n", "Inventory": stock, "xp": {"Note": "a"}})
    current = (await house.ports.cache.get(PATH)).record.current
    assert current
    inventory = {**current["Inventory"], "QuantityAvailable": 3, "LastUpdated": "2026-02-02T00:00:00Z"}
    house.sandbox.edit("products", "P1", Inventory=inventory, xp={"Note": "b"}, SpecCount=7)
    assert await told(house) == []


async def test_a_record_deleted_there_is_found(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.drop("products", "P1")
    assert await told(house) == [("acme/product/p1", "Deleted", [])]


@pytest.mark.parametrize("client", [None, "erp"], ids=["of all", "of one client"])
async def test_a_record_created_there_is_found_unless_one_client_is_asked_about(
    house: House, client: str | None
) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "Theirs.1", Name="theirs")
    found = [("acme/product/theirs%2e1", "Created", [])] if client is None else []
    assert await told(house, client=client) == found


async def test_one_that_we_deleted_and_that_is_there_again_counts_as_created(house: House) -> None:
    await house.apply(MUG)
    await house.run((await house.delete("P1")).path)
    assert await told(house) == []
    house.sandbox.edit("products", "P1", Name="again")
    assert await told(house) == [("acme/product/p1", "Created", [])]
    assert await told(house, client="erp") == []  # it has nothing applied of it


async def test_one_cached_wrongly_is_told_from_one_that_was_changed(house: House) -> None:
    await house.apply(MUG)
    current = (await house.ports.cache.get(PATH)).record.current
    await cache_wrongly(house, PATH, Current={**(current or {}), "Name": "Cup"})
    fields = [{"Field": "Name", "Cached": "Cup", "There": "Mug", "ManagedBy": ["erp"]}]
    assert await told(house) == [("acme/product/p1", "CachedWrongly", fields)]
    await cache_wrongly(house, PATH, Current=None)
    assert await told(house) == [("acme/product/p1", "CachedWrongly", [])]


async def test_what_is_cached_under_another_records_name_is_found(house: House) -> None:
    await house.apply(MUG)
    current = (await house.ports.cache.get(PATH)).record.current
    await cache_wrongly(house, PATH, Current={**(current or {}), "ID": "P2"})
    [(_, kind, fields)] = await told(house)
    assert (kind, [field["Field"] for field in fields]) == ("CachedWrongly", ["ID"])


async def test_bytes_that_are_no_cached_record_are_found(house: House) -> None:
    await house.apply(MUG)
    await house.containers["cache"].overwrite(str(PATH), b"garbage")
    assert await told(house) == [("acme/product/p1", "Unreadable", [])]


async def test_only_what_a_client_has_applied_is_compared_for_it(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "P2", "Name": "Cup"}, client="pim")
    for key in ("P1", "P2"):
        house.sandbox.edit("products", key, Name="theirs")
    assert [path for path, _, _ in await told(house, client="pim")] == ["acme/product/p2"]


async def test_a_list_is_read_to_its_end_by_the_last_id(house: House) -> None:
    for number in range(101):
        house.sandbox.edit("products", f"P{number:03}", Name="n")
    await house.apply({"ID": "P100", "Name": "m"})
    since = len(house.sandbox.calls)
    [found] = await verified(house)
    assert (found.looked, len(found.differences)) == (101, 100)
    assert house.made(since) == [("GET", "/v1/products")] * 3


async def test_collections_below_a_record_are_read_where_something_is_cached_in_them(house: House) -> None:
    await house.apply({"ID": "S", "Name": "s"}, record_type="spec")
    await house.apply({"ID": "T", "Name": "t"}, record_type="spec")
    await house.apply({"SpecID": "S", "ID": "O", "Value": "v"}, record_type="specoption")
    house.sandbox.edit("specs/options", "S/O", Value="w")
    house.sandbox.edit("specs/options", "S/O2", Value="x")
    house.sandbox.edit("specs/options", "T/O3", Value="y")
    assert sorted(await told(house, "spec", "specoption")) == [
        ("acme/specoption/s/o", "Changed", [{"Field": "Value", "Cached": "v", "There": "w", "ManagedBy": ["erp"]}]),
        ("acme/specoption/s/o2", "Created", []),
    ]


async def test_what_lies_deep_in_a_tree_of_categories_is_listed(house: House) -> None:
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"CatalogID": "C", "ID": "K1", "Name": "k"}, record_type="category")
    await house.apply({"CatalogID": "C", "ID": "K2", "Name": "k", "ParentID": "K1"}, record_type="category")
    since = len(house.sandbox.calls)
    assert await told(house, "category") == []
    assert house.made(since) == [("GET", "/v1/catalogs/c/categories")] * 2


async def test_assignments_are_compared_by_their_lists(house: House) -> None:
    await house.apply(MUG)
    await house.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await house.apply({"ID": "C2", "Name": "c"}, record_type="catalog")
    for catalog in ("C", "C2"):
        await house.apply({"CatalogID": catalog, "ProductID": "P1"}, record_type="catalogproductassignment")
    assert await told(house, "catalogproductassignment") == []
    house.sandbox.drop("catalogs/productassignments", "C/P1")
    house.sandbox.edit("catalogs/productassignments", "C2/P2")
    assert sorted(await told(house, "catalogproductassignment")) == [
        ("acme/catalogproductassignment/c/p1", "Deleted", []),
        ("acme/catalogproductassignment/c2/p2", "Created", []),
    ]


async def test_a_difference_that_a_run_makes_while_it_is_looked_for_is_none(house: House) -> None:
    await house.apply(MUG)
    done = False

    async def apply_meanwhile(step: Step) -> None:
        nonlocal done
        if not done and step == Step("cache", "GET", str(PATH)):
            done = True  # between the list and the look at the cache
            await house.apply({"ID": "P1", "Name": "Cup"})

    house.before = apply_meanwhile
    assert await told(house) == []
    assert done


async def test_a_difference_that_a_run_makes_between_two_looks_is_none(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    done = False

    async def apply_meanwhile(step: Step) -> None:
        nonlocal done
        if not done and step == Step("ordercloud", "GET", "/v1/products/P1"):
            done = True  # OrderCloud has been read, and the cache is about to be looked at once more
            await house.apply({"ID": "P1", "Name": "Cup"})

    house.after = apply_meanwhile
    assert await told(house) == []
    assert done


async def test_a_record_that_a_run_holds_all_the_time_could_not_be_looked_at(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.edit("products", "P1", Name="theirs")
    expires = (house.world.clock.now() + timedelta(hours=1)).isoformat()
    await cache_wrongly(house, PATH, Claim={"Run": "run", "Client": "erp", "Expires": expires, "Takeovers": 0})
    [found] = await verified(house)
    assert (found.differences, found.unread) == ([], [("acme/product/p1", "runs write it all the time")])


async def test_a_type_that_no_client_may_list_could_not_be_looked_at(house: House) -> None:
    await house.apply(MUG)
    [found] = await verified(house, readers=[])
    cause = "no client that writes for the whole marketplace may list a product"
    assert (found.looked, found.differences, found.unread) == (0, [], [("acme/product", cause)])


async def test_the_first_client_that_may_list_a_type_reads_it(house: House) -> None:
    await house.apply(MUG)
    stranger = profile_of("stranger")  # OrderCloud knows no such client
    [found] = await verified(house, readers=[stranger, profile_of("erp")])
    assert (found.looked, found.unread) == (1, [])


async def test_an_outage_is_told_and_is_no_difference(house: House) -> None:
    await house.apply(MUG)
    house.sandbox.faults.add([{"path": "^/v1/", "kind": "status", "value": {"status": 503}}])
    [found] = await verified(house)
    assert (found.differences, [where for where, _ in found.unread]) == ([], ["acme/product"])


async def test_a_composite_has_nothing_in_ordercloud_and_its_parts_are_compared(house: House) -> None:
    body = {"ID": "P1", "Product": {"Name": "n"}, "PriceSchedule": {"Name": "n"}}
    await house.apply(body, record_type="hydratedproduct")
    [whole] = await verified(house, "hydratedproduct")
    assert (whole.looked, whole.differences, whole.unread) == (0, [], [])
    house.sandbox.edit("priceschedules", "P1", Name="theirs")
    assert [path for path, _, _ in await told(house, "product", "priceschedule")] == ["acme/priceschedule/p1"]


async def test_names_that_are_no_paths_are_told(house: House) -> None:
    await house.containers["cache"].overwrite("acme/product/P1.json", b"{}")
    [found] = await verified(house)
    assert found.unread == [("acme/product/P1.json", "its name is no path of a record")]


async def test_what_ordercloud_never_shows_is_not_compared_nor_told(house: House) -> None:
    user = house.registry["user"]
    path = path_of("B", "U", record_type="user").record
    cached = CachedRecord(current={"ID": "U", "Username": "u", "Password": "hush-hush"})
    there = {"ID": "u", "Username": "v", "Password": None}
    found = difference_of(user, path, ("B", "U"), cached, there)
    assert found == Difference(path, ("B", "U"), Kind.CHANGED, (FieldDifference(("Username",), "u", "v", ()),))


async def test_lists_are_compared_by_their_keys_without_what_is_computed(house: House) -> None:
    variant, prices = house.registry["variant"], house.registry["priceschedule"]
    shown = {"SpecID": "S", "OptionID": "O", "Name": "n"}
    path = path_of("P", "V", record_type="variant").record
    cached = CachedRecord(current={"ID": "V", "Specs": [shown]})
    assert difference_of(variant, path, ("P", "V"), cached, {"ID": "V", "Specs": [{**shown, "Name": "m"}]}) is None
    one, ten = {"Quantity": 1, "Price": 5}, {"Quantity": 10, "Price": 4}
    cached = CachedRecord(current={"ID": "P", "PriceBreaks": [one, ten]})
    path = path_of("P", record_type="priceschedule").record
    assert difference_of(prices, path, ("P",), cached, {"ID": "P", "PriceBreaks": [ten, one]}) is None
    found = difference_of(prices, path, ("P",), cached, {"ID": "P", "PriceBreaks": [one]})
    assert found
    assert [(field.path, field.cached, field.there) for field in found.fields] == [
        (("PriceBreaks",), [one, ten], [one])
    ]


async def test_of_an_assignment_only_what_is_known_of_it_is_compared(house: House) -> None:
    row = house.registry["catalogassignment"]
    path = path_of("C", "B", record_type="catalogassignment").record
    shown = {"CatalogID": "C", "BuyerID": "b", "ViewAllCategories": True, "ViewAllProducts": False}
    cached = CachedRecord(current={"CatalogID": "c", "BuyerID": "B", "ViewAllCategories": True})
    assert difference_of(row, path, ("C", "B"), cached, shown) is None
    found = difference_of(row, path, ("C", "B"), cached, {**shown, "ViewAllCategories": False})
    assert found
    assert [field.path for field in found.fields] == [("ViewAllCategories",)]
