"""A plan tells what posting then does, request by request, and writes nothing."""

from dataclasses import replace

import pytest
from composite_bodies import hydrated
from fakes.foretold import deletion_foretold, expect, foretold, planned, planned_deletion, planner
from fakes.profiles import profile_of
from fakes.runs import Runs, Step, let_pass, path_of
from fakes.sandbox import House

from models.record import Json
from models.record_types import REGISTRY
from orchestration.authorisation import Caller, stand_in
from orchestration.cached_record import Claim
from orchestration.dry_ordercloud import DryMarketplaces
from orchestration.failures import NotFound, Unavailable
from orchestration.rejections import RejectionError
from orchestration.requests import Request
from orchestration.sealing import HIDDEN

NAMED: Json = {"ID": "P1", "Name": "n"}


def shown(item: Json) -> tuple[str | None, str, list[tuple[str, str]]]:
    return item["Action"], item["Reason"], [(call["Method"], call["Path"]) for call in item["Calls"]]


async def test_a_record_that_is_not_cached_is_created_with_all_that_is_posted(house: House) -> None:
    told = await foretold(house, NAMED | {"xp": {"a": 1}, "Active": True})
    assert told == {
        "Index": 0,
        "RecordType": "product",
        "Keys": {"ID": "P1"},
        "Action": "Create",
        "Reason": "it is not cached",
        "Diff": None,
        "Calls": [{"Method": "POST", "Path": "/v1/products", "Body": NAMED | {"xp": {"a": 1}, "Active": True}}],
    }


async def test_what_has_not_changed_is_ignored_without_a_look_at_ordercloud(house: House) -> None:
    await house.apply(NAMED)
    calls = len(house.calls())
    assert shown(await foretold(house, NAMED)) == ("Ignore", "nothing changed", [])
    assert house.calls()[calls:] == []


async def test_a_changed_field_is_patched_alone(house: House) -> None:
    await house.apply(NAMED | {"Description": "d"})
    told = await foretold(house, NAMED | {"Name": "m", "Description": "d"})
    assert shown(told) == ("Patch", "fields changed: Name", [("PATCH", "/v1/products/P1")])
    assert (told["Calls"][0]["Body"], told["Diff"]) == ({"Name": "m"}, {"Name": {"Before": "n", "After": "m"}})


async def test_an_xp_property_that_is_taken_out_is_an_update_of_what_ordercloud_has(house: House) -> None:
    await house.apply(NAMED | {"xp": {"a": 1, "b": 2}})
    house.sandbox.edit("products", "P1", Description="by hand")
    told = await foretold(house, NAMED | {"xp": {"a": 1}})
    assert shown(told)[2] == [("GET", "/v1/products/P1"), ("PUT", "/v1/products/P1")]
    assert (told["Calls"][1]["Body"]["Description"], told["Calls"][1]["Body"]["xp"]) == ("by hand", {"a": 1})


async def test_a_record_that_is_there_already_is_adopted(house: House) -> None:
    house.sandbox.edit("products", "P1", Name="theirs", xp={"c": 3})
    told = await foretold(house, NAMED | {"xp": {"a": 1}})
    calls = [("POST", "/v1/products"), ("GET", "/v1/products/P1"), ("PATCH", "/v1/products/P1")]
    assert shown(told) == ("Patch", "it was there already; fields changed: Name, xp.a", calls)


async def test_without_a_secret_no_call_is_foretold(house: House) -> None:
    house.sandbox.secrets.secrets.clear()
    [told] = (await planned(house, NAMED)).items
    assert shown(told) == (None, "parked, AccountFault: the secret is not set", [])


async def test_a_look_at_what_the_dry_run_has_deleted_is_a_request_as_well(house: House) -> None:
    await house.apply(NAMED)
    dry = DryMarketplaces(house.ports.marketplaces, REGISTRY)
    connection = dry.connect(profile_of("erp"))
    delete, look = (Request(method, "/v1/products/P1") for method in ("DELETE", "GET"))
    await connection.send(delete, budget=5)
    with pytest.raises(NotFound) as gone:
        await connection.send(look, budget=5)
    assert (gone.value.requests, dry.sent) == (1, [delete, look])


async def test_one_that_is_there_already_as_posted_is_only_looked_at(house: House) -> None:
    house.sandbox.edit("products", "P1", Name="n")
    told = await foretold(house, NAMED)
    assert shown(told)[:2] == ("Get", "it was there already, and as posted")


async def test_a_refresh_that_is_due_reads_ordercloud_and_corrects_what_moved(build) -> None:
    house = build(profile_of("erp", Policies={"Refresh": "always"}))
    await house.apply(NAMED)
    assert shown(await foretold(house, NAMED))[0] == "Get"
    house.sandbox.edit("products", "P1", Name="by hand")
    told = await foretold(house, NAMED)
    assert shown(told)[2] == [("GET", "/v1/products/P1"), ("PATCH", "/v1/products/P1")]


async def test_a_deletion_is_foretold_and_so_is_one_that_was_done(house: House) -> None:
    await house.apply(NAMED)
    told = await deletion_foretold(house, "P1")
    assert shown(told) == ("Delete", "the source deletes it", [("DELETE", "/v1/products/P1")])
    assert shown(await deletion_foretold(house, "P1")) == ("Ignore", "it is deleted already", [])
    assert shown(await foretold(house, NAMED))[:2] == ("Create", "it was deleted before")


async def test_what_is_queued_is_laid_under_the_posting(house: House) -> None:
    await house.apply(NAMED)
    await house.post({"ID": "P1", "Description": "queued"})
    told = await foretold(house, {"ID": "P1", "Name": "m"})
    assert told["Calls"][0]["Body"] == {"Name": "m", "Description": "queued"}
    await house.delete("P1")
    told = await foretold(house, NAMED)
    assert shown(told)[2] == [("DELETE", "/v1/products/P1"), ("POST", "/v1/products")]


async def test_what_is_parked_is_laid_under_the_posting(house: House) -> None:
    await house.apply(NAMED | {"DefaultPriceScheduleID": "PS1"})
    assert house.blobs("parked")
    told = await foretold(house, {"ID": "P1", "Description": "d", "DefaultPriceScheduleID": None})
    assert told["Calls"][0]["Body"] == NAMED | {"Description": "d", "DefaultPriceScheduleID": None}


async def test_what_is_uncertain_is_read_first(house: House) -> None:
    await house.apply(NAMED)
    cached = await house.ports.cache.get(path_of().record)
    await house.ports.cache.put(path_of().record, replace(cached.record, certain=False), cached.etag)
    told = await foretold(house, NAMED | {"Name": "m"})
    assert shown(told)[2] == [("GET", "/v1/products/P1"), ("PATCH", "/v1/products/P1")]


async def test_items_are_told_in_the_order_posted_and_what_is_refused_apart(house: House) -> None:
    await house.apply({"ID": "P2", "Name": "n"})
    items = [{"ID": f"P{n}", "Name": "n"} for n in range(40)] + [{"ID": "P3", "Name": 5}, {"ID": "P2", "Name": "m"}]
    plan = await planned(house, *items)
    assert [item["Index"] for item in plan.items] == [*range(2), *range(3, 40), 41]
    assert {item["Action"] for item in plan.items} == {"Create", "Patch"}
    told = [(each.index, each.rejection.status, each.rejection.code) for each in plan.refused]
    assert told == [(2, 409, "Superseded"), (40, 400, "InvalidType")]


async def test_an_older_version_is_told_as_the_intake_or_the_run_would_tell_it(house: House) -> None:
    await house.apply(NAMED, version="5")
    told = await planned(house, NAMED | {"Name": "old"}, version="3")
    assert shown(told.items[0]) == ("Ignore", "superseded by version 5, which this source gave before", [])
    await house.post(NAMED | {"Name": "new"}, version="7")
    plan = await planned(house, NAMED, version="6")
    assert (plan.items, [each.rejection.code for each in plan.refused]) == ((), ["Superseded"])


async def test_a_version_that_is_given_again_is_told_by_what_it_says(house: House) -> None:
    await house.apply(NAMED, version="10")
    for name, told in (
        ("n", ("Ignore", "nothing changed", [])),
        ("m", ("Patch", "fields changed: Name", [("PATCH", "/v1/products/P1")])),
    ):
        house.world.clock.advance(1)
        assert shown(await foretold(house, NAMED | {"Name": name}, version="10")) == told
    house.world.clock.advance(1)
    told = await deletion_foretold(house, "P1", version="10")
    assert shown(told) == ("Delete", "the source deletes it", [("DELETE", "/v1/products/P1")])


async def test_what_was_applied_and_is_queued_still_is_told_as_done(house: House) -> None:
    envelope = await house.apply(NAMED, version="10")
    await house.ports.queue.add(envelope)  # as it was before its run got to removing it
    told = await planner(house).next_run(envelope.path, None)
    assert (shown(told), told["Diff"]) == (("Ignore", "version 10 is applied already", []), None)


async def test_fields_are_told_in_the_order_in_which_a_run_reads_them(house: House) -> None:
    await house.apply(NAMED)
    told = await foretold(house, {"ID": "P1", "ShipWeight": 2, "Name": "m", "xp": {"b": 1, "a": 2}, "Description": "d"})
    assert told["Reason"] == "fields changed: Description, Name, ShipWeight, xp.a, xp.b"


@pytest.mark.parametrize(
    ("seconds", "times"), [(6, 1), (4, 2)], ids=["it was there before", "it may have come meanwhile"]
)
async def test_what_is_missing_though_it_is_cached_is_tried_again_only_if_it_may_have_come(
    build, seconds: int, times: int
) -> None:
    """A supplier's client does not see the seller's product. Clocks may differ by five seconds."""
    house = build(profile_of("erp"), profile_of("sup", Resource="supplier:S1"))
    await house.apply(NAMED)
    house.world.clock.advance(seconds)
    caller = stand_in(await house.ports.profiles.get("sup"))
    house.caller = lambda _: caller
    stock = {"ProductID": "P1", "ID": "I1", "AddressID": "A1", "QuantityAvailable": 3}
    told = await foretold(house, stock, record_type="inventoryrecord", client="sup")
    reason = "parked, MissingReference: Product P1 that it refers to is not there"
    assert shown(told) == (None, reason, [("POST", "/v1/products/P1/inventoryrecords")] * times)
    assert [event["Attempt"] for event in house.events() if event["Client"] == "sup"] == [*range(1, times + 1)]
    assert house.blobs("parked")[-1].startswith("waits/acme/product/p1/")


async def test_a_record_of_another_owner_would_be_a_dead_letter_and_shows_nothing(build) -> None:
    house = build(profile_of("erp"), profile_of("sup", Resource="supplier:S1"))
    await house.apply(NAMED)
    caller = stand_in(await house.ports.profiles.get("sup"))
    assert caller == Caller("sup", "supplier", frozenset({"FullAccess"}), supplier="S1")
    house.caller = lambda _: caller
    [told] = (await planned(house, {"ID": "P1", "Name": "mine"}, client="sup")).items
    reason = "dead letter, NotOwner: the record belongs to another owner"
    assert (shown(told), told["Diff"]) == ((None, reason, []), None)
    expectation = await house.apply({"ID": "P1", "Name": "mine"}, client="sup")
    expect(house, told, len(house.calls()))
    assert house.last_event(expectation.path)["ErrorType"] == "NotOwner"


async def test_a_record_in_the_hands_of_a_run_is_told_as_such_and_nobody_waits(house: House) -> None:
    await house.apply(NAMED)
    cached, now = await house.ports.cache.get(path_of().record), house.world.clock.now()
    claim = Claim("run", "erp", now.replace(year=2999))
    await house.ports.cache.put(path_of().record, replace(cached.record, claim=claim), cached.etag)
    [told] = (await planned(house, NAMED | {"Name": "m"})).items
    assert shown(told) == (None, "a run has the record in hand; what that leaves is not known yet", [])
    assert house.world.clock.now() == now


async def test_a_plan_heeds_an_open_circuit_and_neither_opens_nor_closes_one(house: House) -> None:
    house.before = down
    for key in ("P1", "P2", "P3"):
        await house.apply({"ID": key, "Name": "n"})
    assert house.ports.circuits.is_open("erp")
    [told] = (await planned(house, {"ID": "P4", "Name": "n"})).items
    assert shown(told)[1].startswith("parked, Postponed: ")
    house.before = let_pass
    house.world.clock.advance(10)
    [told] = (await planned(house, {"ID": "P4", "Name": "n"})).items
    assert (told["Action"], house.ports.circuits.is_open("erp")) == ("Create", True)


async def down(step: Step) -> None:
    if step.place == "ordercloud":
        raise Unavailable("down", status=503)


async def test_a_plan_that_takes_too_long_says_which_records_it_did_not_come_to(house: House) -> None:
    async def slow(step: Step) -> None:
        if step.place == "cache":
            house.world.clock.advance(60)

    house.before = slow
    plan = await planned(house, *({"ID": f"P{n}", "Name": "n"} for n in range(40)))
    late = [(each.index, each.rejection.status, each.rejection.code) for each in plan.refused]
    assert sorted([*(item["Index"] for item in plan.items), *(index for index, _, _ in late)]) == [*range(40)]
    assert late == [(n, 503, "PlanTooLong") for n in range(40 - len(late), 40)]
    assert late


async def test_without_a_profile_nothing_is_planned(house: House) -> None:
    with pytest.raises(RejectionError, match="no integration profile"):
        await planned(house, NAMED, client="nobody")
    with pytest.raises(RejectionError, match="generates every variant"):
        await planned_deletion(house, "P1", "V1", record_type="variant")


async def test_a_password_is_hidden_in_the_request_and_only_told_where_it_changes(house: House) -> None:
    await house.apply({"ID": "B1", "Name": "b", "Active": True}, record_type="buyer")
    user = {"BuyerID": "B1", "ID": "U1", "Username": "u", "FirstName": "f", "LastName": "l", "Email": "e@x.example"}
    user |= {"Active": True, "Password": "Secret-123!"}
    [told] = (await planned(house, user, record_type="user")).items
    assert told["Calls"][0]["Body"]["Password"] == HIDDEN
    assert "Secret-123!" not in str(told)
    await house.apply(user, record_type="user")
    [told] = (await planned(house, user, record_type="user")).items
    assert shown(told) == ("Ignore", "nothing changed", [])
    [told] = (await planned(house, user | {"Password": "Other-456!"}, record_type="user")).items
    assert told["Calls"] == [{"Method": "PATCH", "Path": "/v1/buyers/B1/users/U1", "Body": {"Password": HIDDEN}}]
    assert told["Diff"] == {"Password": {"Before": HIDDEN, "After": HIDDEN}}


async def test_what_a_record_is_below_is_missed_as_ordercloud_would_miss_it(house: House) -> None:
    told = await foretold(house, {"SpecID": "S9", "ID": "O1", "Value": "v"}, record_type="specoption")
    assert told["Reason"].startswith("parked, MissingReference: ")


async def test_an_assignment_is_posted_and_posted_again_when_it_is_to_be_made_sure(build) -> None:
    house = build(profile_of("erp", Policies={"Refresh": "always"}))
    await house.apply({"ID": "C1", "Name": "c", "Active": True}, record_type="catalog")
    await house.apply(NAMED)
    joined = {"CatalogID": "C1", "ProductID": "P1"}
    assert shown(await foretold(house, joined, record_type="catalogproductassignment"))[0] == "Create"
    assert shown(await foretold(house, joined, record_type="catalogproductassignment"))[0] == "Create"
    told = await deletion_foretold(house, "C1", "P1", record_type="catalogproductassignment")
    assert shown(told)[2] == [("DELETE", "/v1/catalogs/C1/productassignments/P1")]


async def test_a_spec_is_told_without_the_default_that_has_to_come_later(house: House) -> None:
    spec = {"ID": "S1", "Name": "s", "DefaultOptionID": "O1"}
    told = await foretold(house, spec, record_type="spec")
    assert told["Calls"][0]["Body"] == {"ID": "S1", "Name": "s"}
    assert "DefaultOptionID is set when what it names is there" in told["Reason"]


@pytest.mark.parametrize("there", [False, True], ids=["new", "there already"])
async def test_a_variant_is_told_with_the_generation_that_makes_it(house: House, there: bool) -> None:  # noqa: FBT001 - a parameter of the table
    await house.apply(NAMED)
    await house.apply({"ID": "S1", "Name": "s", "DefinesVariant": True, "Required": True}, record_type="spec")
    for key in ("O1", "O2"):
        await house.apply({"SpecID": "S1", "ID": key, "Value": key}, record_type="specoption")
    await house.apply({"SpecID": "S1", "ProductID": "P1"}, record_type="specproductassignment")
    one = {"ProductID": "P1", "ID": "V1", "Specs": [{"SpecID": "S1", "OptionID": "O1"}]}
    if there:
        await house.apply(one, record_type="variant")
    other = {"ProductID": "P1", "ID": "V2", "Name": "second", "Specs": [{"SpecID": "S1", "OptionID": "O2"}]}
    told = await foretold(house, other, record_type="variant")
    assert ("POST" in {call["Method"] for call in told["Calls"]}) is not there
    assert told["Calls"][-1]["Body"] == {"Name": "second", "ID": "V2"}
    await foretold(house, other | {"Name": "again"}, record_type="variant")


WHOLE = {"record_type": "hydratedproduct"}


async def test_a_composite_is_one_item_with_all_calls_and_its_parts(house: House) -> None:
    told = await foretold(house, hydrated(specs=3, options=2), **WHOLE)
    assert (told["Action"], told["Reason"]) == ("Create", "18 parts: 15 Create, 3 Get")
    assert [call for part in told["Parts"] for call in part["Calls"]] == told["Calls"]
    assert len(told["Parts"]) == 18
    part = told["Parts"][0]
    assert {name: part[name] for name in part if name != "Calls"} == {
        "RecordType": "priceschedule",
        "Keys": {"ID": "P1"},
        "Action": "Create",
        "Reason": "it is not cached",
        "Diff": None,
    }


async def test_a_composite_that_is_there_tells_of_what_changed_alone(house: House) -> None:
    await house.apply(hydrated(specs=3, options=2), **WHOLE)
    assert shown(await foretold(house, hydrated(specs=3, options=2), **WHOLE))[0] == "Ignore"
    told = await foretold(house, hydrated(specs=3, options=2, markup=2.5), **WHOLE)
    assert [part["Action"] for part in told["Parts"] if part["Calls"]] == ["Patch"]
    await foretold(house, hydrated(specs=3, options=3), **WHOLE)
    await foretold(house, hydrated(specs=4, options=3), **WHOLE)
    await deletion_foretold(house, "P1", **WHOLE)
    await foretold(house, hydrated(specs=3, options=2), **WHOLE)


async def test_a_supplier_s_composite_is_all_its_own(build) -> None:
    house = build(profile_of("erp"), profile_of("sup", Resource="supplier:S1"))
    caller = stand_in(await house.ports.profiles.get("sup"))
    house.caller = lambda _: caller
    told = await foretold(house, hydrated(specs=2, options=2), client="sup", **WHOLE)
    assert {part["Action"] for part in told["Parts"]} == {"Create", "Get"}
    await foretold(house, hydrated(specs=2, options=3), client="sup", **WHOLE)


async def test_composites_of_one_array_share_what_they_have_in_common(house: House) -> None:
    one, other = hydrated("P1", specs=2, options=2), hydrated("P2", specs=2, options=2)
    other["Specs"] = one["Specs"]
    del other["PriceSchedule"]  # so that it would come to the specs first
    plan = await planned(house, one, other, **WHOLE)
    shared = [part["Action"] for part in plan.items[1]["Parts"] if part["RecordType"] == "spec"]
    assert shared == ["Ignore", "Ignore"]
    made = len(house.calls())
    for body in (one, other):
        await house.apply(body, **WHOLE)
    told = [
        (call["Method"], call["Path"].partition("?")[0], call["Body"]) for item in plan.items for call in item["Calls"]
    ]
    assert told == house.calls()[made:]


async def test_specs_that_are_there_already_make_the_variants_of_a_new_product(house: House) -> None:
    one, other = hydrated("P1", specs=2, options=2), hydrated("P2", specs=2, options=2)
    await house.apply(one, **WHOLE)
    told = await foretold(house, other | {"Specs": one["Specs"]}, **WHOLE)
    variants = [part["Keys"]["ID"] for part in told["Parts"] if part["RecordType"] == "variant"]
    assert len(variants) == 4


async def test_a_part_that_one_version_has_twice_is_applied_once(house: House) -> None:
    one, other = hydrated("P1", specs=2, options=2), hydrated("P2", specs=2, options=2)
    other["Specs"] = one["Specs"]
    plan = await planned(house, one, other, version="5", **WHOLE)
    shared = [part for part in plan.items[1]["Parts"] if part["RecordType"] == "spec"]
    assert [shown(part) for part in shared] == [("Ignore", "version 5 is applied already", [])] * 2
    made = len(house.calls())
    for body in (one, other):
        await house.apply(body, version="5", **WHOLE)
    assert sum(len(item["Calls"]) for item in plan.items) == len(house.calls()) - made


async def test_a_plan_on_the_small_fake_tells_the_same() -> None:
    runs = Runs()
    await runs.apply(NAMED)
    assert shown(await foretold(runs, NAMED | {"Name": "m"}))[0] == "Patch"
