"""What no source has applied is learned: the cache says what OrderCloud says, events tell it, nothing else is moved."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from fakes.profiles import profile_of
from fakes.runs import TRACEPARENT, Step, let_pass, path_of
from fakes.sandbox import House
from fakes.verifying import cache_wrongly, corrected, rebuilt, told, verified

from models.record import Json
from orchestration.authorisation import Caller
from orchestration.decision import Action
from orchestration.learning import Learner
from orchestration.log_query import Field, LogQuery, condition
from orchestration.receipt import Delivery
from orchestration.renewing import Renewal
from orchestration.roll_ups import Tally
from orchestration.standing import standing
from orchestration.waiting import WaitingState

PATH = path_of("P2").record
RECORD = str(PATH)
READ = {"Method": "GET", "Path": "/v1/products/P2"}
ASSIGNED = "catalogproductassignment"

type Prepare = Callable[[House], Awaitable[None]]


@pytest.fixture
async def used(house: House) -> House:
    """Return a house in which products are in use, P2 not among them."""
    await house.apply({"ID": "P1", "Name": "Mug"})
    return house


async def made_there(house: House) -> None:
    house.sandbox.edit("products", "P2", Name="theirs")


async def made_there_again(house: House) -> None:
    await house.apply({"ID": "P2", "Name": "ours"})
    await house.run((await house.delete("P2")).path)
    await made_there(house)


async def changed_there(house: House) -> None:
    await made_there(house)
    assert await corrected(house) == {RECORD: "Learned"}
    house.sandbox.edit("products", "P2", Name="theirs again")


async def deleted_there(house: House) -> None:
    await made_there(house)
    house.world.clock.advance(600)
    await rebuilt(house)
    house.sandbox.drop("products", "P2")


def learned(house: House) -> list[Json]:
    """Return the events of what was learned."""
    return [event for event in house.events() if event["Client"] == "operator:verify"]


@pytest.mark.parametrize(
    ("prepare", "kind", "reason", "diff"),
    [
        (made_there, "Created", "OrderCloud has it", None),
        (made_there_again, "Created", "OrderCloud has it", None),
        (
            changed_there,
            "Changed",
            "OrderCloud has other values",
            {"Name": {"Before": "theirs", "After": "theirs again"}},
        ),
        (deleted_there, "Deleted", "OrderCloud has it no more", None),
    ],
    ids=["created", "deleted by its source and created", "changed", "deleted"],
)
async def test_the_cache_says_what_ordercloud_says_and_an_event_tells_it(
    used: House, prepare: Prepare, kind: str, reason: str, diff: Json | None
) -> None:
    await prepare(used)
    before, calls, events = used.cached(PATH), len(used.sandbox.calls), len(used.events())
    assert [(path, each) for path, each, _ in await told(used)] == [(RECORD, kind)]
    assert await corrected(used) == {RECORD: "Learned"}
    there = used.sandbox.content["products"].get("P2")
    after = used.cached(PATH)
    assert after
    assert (after.current, after.deleted, after.fetched_at) == (there, there is None, used.world.clock.now())
    assert (after.certain, after.claim, dict(after.attempted), dict(after.waiting)) == (True, None, {}, {})
    assert dict(after.applied) == (dict(before.applied) if before else {})
    assert {call.method for call in used.sandbox.calls[calls:]} == {"GET"}
    [event] = used.events()[events:]
    identity = {name: event.pop(name) for name in ("Id", "Version")}
    assert identity["Id"].startswith("acme:product:p2:operator%3averify:learned~")
    assert identity["Version"].startswith("learned~")
    assert event == {
        "Time": used.world.clock.now().isoformat(),
        "Level": "Success",
        "RecordType": "product",
        "Resource": "",
        "Client": "operator:verify",
        "RecordID": RECORD,
        "Keys": {"ID": "P2"},
        "Action": "Get",
        "Reason": f"no source has applied it, and {reason}: read for the cache",
        "ErrorType": None,
        "Message": None,
        "Errors": [],
        "Posted": None,
        "Before": before.current if before else None,
        "Diff": diff,
        "Result": there,
        "Calls": [READ],
        "UncertainCalls": 0,
        "Attempt": 1,
        "Durations": {},
        "AcceptedAt": None,
        "TraceID": None,
        "JobID": None,
    }
    assert await told(used) == []


async def test_assignments_are_learned_by_one_list_however_many_they_are(used: House) -> None:
    await used.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await used.apply({"CatalogID": "C", "ProductID": "P1"}, record_type=ASSIGNED)
    for number in range(101):
        used.sandbox.edit("catalogs/productassignments", f"C/X{number:03}")
    [found] = await verified(used, ASSIGNED)
    calls = len(used.sandbox.calls)
    done = await Learner(used.ports, used.registry, [profile_of("erp")]).learn(found, found.differences)
    assert (len(done), set(done.values())) == (101, {Renewal.READ})
    pages = [("GET", "/v1/catalogs/productassignments")] * 2
    assert used.made(calls) == [pages[0], *pages]  # may it be listed, and its pages
    record = used.cached(path_of("C", "X100", record_type=ASSIGNED).record)
    assert record
    assert record.current == {"CatalogID": "C", "ProductID": "X100"}
    assert [event["Calls"] for event in learned(used)] == [[]] * 101
    assert await told(used, ASSIGNED) == []
    used.sandbox.drop("catalogs/productassignments", "C/X007")
    assert await corrected(used, ASSIGNED) == {"acme/catalogproductassignment/c/x007": "Learned"}
    assert await told(used, ASSIGNED) == []
    calls = len(used.sandbox.calls)
    await used.apply({"CatalogID": "C", "ProductID": "X100"}, record_type=ASSIGNED)
    assert used.made(calls) == []


async def test_what_comes_with_a_buyer_is_learned_as_a_source_would_post_it(house: House) -> None:
    for key in ("B1", "B2"):
        await house.apply({"ID": key, "Name": "n"}, record_type="buyer")
    await house.apply({"CatalogID": "B1", "BuyerID": "B2"}, record_type="catalogassignment")
    own = {f"acme/catalogassignment/{key}/{key}": "Learned" for key in ("b1", "b2")}
    assert await corrected(house, "catalogassignment") == own
    record = house.cached(path_of("B1", "B1", record_type="catalogassignment").record)
    assert record
    fields = {"CatalogID": "B1", "BuyerID": "B1", "ViewAllCategories": True, "ViewAllProducts": True}
    assert record.current == fields  # and no BuyerGroupID, which nobody can post
    assert await told(house, "catalogassignment") == []
    calls = len(house.sandbox.calls)
    await house.apply(fields, record_type="catalogassignment")
    assert house.made(calls) == []


async def test_an_assignment_that_is_written_while_the_list_is_read_is_looked_at_again(used: House) -> None:
    path = path_of("C", "P1", record_type=ASSIGNED)
    await used.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await used.apply({"ID": "P2", "Name": "n"})
    await used.apply({"CatalogID": "C", "ProductID": "P2"}, record_type=ASSIGNED)
    used.sandbox.edit("catalogs/productassignments", "C/P1")
    [found] = await verified(used, ASSIGNED)
    done, calls = False, len(used.sandbox.calls)
    list_of_them = ("GET", "/v1/catalogs/productassignments")

    async def move_meanwhile(step: Step) -> None:
        nonlocal done
        if not done and (step.method, step.name) == list_of_them and used.made(calls) == [list_of_them] * 2:
            done = True  # the list has been read, and the cache is about to be looked at once more
            await used.apply({"CatalogID": "C", "ProductID": "P1"}, record_type=ASSIGNED)
            await used.run((await used.delete("C", "P1", record_type=ASSIGNED)).path)

    used.after = move_meanwhile
    outcome = await Learner(used.ports, used.registry, [profile_of("erp")]).learn(found, found.differences)
    assert (done, outcome, learned(used)) == (True, {path.record: Renewal.FRESH}, [])
    assert await told(used, ASSIGNED) == []


async def test_a_generated_variant_is_learned_and_its_source_finds_it_later(used: House) -> None:
    size = {"ID": "SIZE", "Name": "Size", "DefinesVariant": True, "Required": True}
    await used.apply(size, record_type="spec")
    for key in ("S", "L"):
        await used.apply({"SpecID": "SIZE", "ID": key, "Value": key}, record_type="specoption")
    await used.apply({"SpecID": "SIZE", "ProductID": "P1"}, record_type="specproductassignment")
    small, large = ({"ProductID": "P1", "ID": key, "Specs": [{"SpecID": "SIZE", "OptionID": key}]} for key in "SL")
    await used.apply(small, record_type="variant")
    assert await corrected(used, "variant") == {"acme/variant/p1/p1-l": "Learned"}
    assert await told(used, "variant") == []
    await used.apply(large, record_type="variant")  # by its own ID: OrderCloud's is gone then
    assert await corrected(used, "variant") == {"acme/variant/p1/p1-l": "Learned"}
    assert await told(used, "variant") == []
    assert sorted(used.sandbox.content["products/variants"]) == ["p1/L", "p1/S"]


async def test_what_a_source_posts_of_it_later_is_compared_with_what_was_learned(used: House) -> None:
    used.sandbox.edit("products", "P2", Name="theirs", xp={"Theirs": 1})
    assert await corrected(used) == {RECORD: "Learned"}
    calls = len(used.sandbox.calls)
    await used.apply({"ID": "P2", "Name": "theirs", "xp": {}})
    assert (used.made(calls), used.last_event(path_of("P2"))["Action"]) == ([], "Ignore")
    await used.apply({"ID": "P2", "Name": "ours", "xp": {"Ours": 2}})
    assert used.calls()[calls:] == [("PATCH", "/v1/products/P2", {"Name": "ours", "xp": {"Ours": 2}})]
    assert used.sandbox.content["products"]["P2"]["xp"] == {"Theirs": 1, "Ours": 2}  # none of it was its own to remove


async def test_what_is_parked_of_it_goes_on_with_what_was_learned(used: House) -> None:
    await used.apply({"ID": "P2", "Name": "ours", "DefaultPriceScheduleID": "PS"})
    record = used.cached(PATH)
    assert record
    assert record.waiting["erp"].state is WaitingState.PARKED
    await made_there(used)
    assert await corrected(used) == {RECORD: "Learned"}
    after = used.cached(PATH)
    assert after
    assert (after.waiting, after.current and after.current["Name"]) == (record.waiting, "theirs")
    calls = len(used.sandbox.calls)
    await used.apply({"ID": "PS", "Name": "prices"}, record_type="priceschedule")
    assert [call for call in used.made(calls) if call[1].endswith("P2")] == [("PATCH", "/v1/products/P2")]
    assert await told(used, "product", "priceschedule") == []


@pytest.mark.parametrize(
    ("owner", "error", "names"),
    [("S1", None, ("theirs", "ours")), ("S2", "NotOwner", (None, None))],
    ids=["its own", "another's"],
)
async def test_a_supplier_s_client_finds_the_owner_of_what_was_learned(
    build: Callable[..., House], owner: str, error: str | None, names: tuple[str | None, str | None]
) -> None:
    house = build(profile_of("erp"), profile_of("shop", Resource="supplier:S1"))
    await house.apply({"ID": "P1", "Name": "Mug"})
    house.sandbox.edit("products", "P2", Name="theirs", OwnerID=owner)
    assert await corrected(house) == {RECORD: "Learned"}
    caller = Caller("shop", "supplier", frozenset({"FullAccess"}), supplier="S1")
    row, ours = house.registry["product"], {"ID": "P2", "Name": "ours"}
    receipt = await house.intake.post(caller, row, [ours], Delivery(TRACEPARENT))
    calls = len(house.sandbox.calls)
    await house.run(receipt.accepted[0].envelope.path)
    event = house.last_event(path_of("P2", client="shop"))
    shown = tuple((event[name] or {}).get("Name") for name in ("Before", "Result"))
    assert (event["ErrorType"], shown) == (error, names)
    assert house.made(calls) == ([] if error else [("PATCH", "/v1/products/P2")])


async def test_operators_see_the_event_and_sources_do_not(used: House) -> None:
    await made_there(used)
    assert await corrected(used) == {RECORD: "Learned"}
    row, profile = used.registry["product"], profile_of("erp")
    assert await standing(used.ports, row, ("P2",), profile) is None
    await used.apply({"ID": "P2", "Name": "ours"})
    stands = await standing(used.ports, row, ("P2",), profile)
    assert stands
    assert [event["Action"] for event in stands["Events"]] == ["Patch"]

    async def found(field: Field, value: str) -> list[str]:
        """Ask as the HTTP API does: a source by its client, an operator by the marketplace."""
        conditions = (condition(Field.RECORD_ID, RECORD), condition(field, value))
        return [event["Client"] for event in (await used.ports.log.query(LogQuery(conditions=conditions))).items]

    assert await found(Field.CLIENT, "erp") == ["erp"]
    assert sorted(await found(Field.RECORD_ID, "acme/*")) == ["erp", "operator:verify"]
    assert await found(Field.CLIENT, "operator:verify") == ["operator:verify"]


async def test_it_is_no_posting_and_its_calls_are_nobody_s(used: House) -> None:
    await made_there(used)
    assert await corrected(used) == {RECORD: "Learned"}
    tally = Tally(())
    tally.add(reversed(used.events()))
    assert (tally.events, [(row.client, row.outcomes, row.made) for row in tally.rows()]) == (
        2,
        [("erp", {Action.CREATE.value: 1}, 1)],
    )


async def test_a_record_that_a_run_holds_is_left_alone(used: House) -> None:
    await made_there(used)
    [found] = await verified(used)
    expires = (used.world.clock.now() + timedelta(hours=1)).isoformat()
    held = await cache_wrongly(used, PATH, Claim={"Run": "r", "Client": "erp", "Expires": expires, "Takeovers": 0})
    done = await Learner(used.ports, used.registry, [profile_of("erp")]).learn(found, found.differences)
    assert (done, used.cached(PATH), learned(used)) == ({PATH: Renewal.BUSY}, held, [])


@pytest.mark.parametrize(
    ("name", "outcome"), [("ours", "Mended"), ("drifted", "Busy")], ids=["which is equal", "which is moved at once"]
)
async def test_a_run_that_is_faster_wins(used: House, name: str, outcome: str) -> None:
    await made_there(used)
    looks = 0

    async def post_meanwhile(step: Step) -> None:
        nonlocal looks
        looks += step == Step("ordercloud", "GET", "/v1/products/P2")
        if looks == 1:
            looks += 1  # OrderCloud has been read, and the cache is about to be written
            await used.apply({"ID": "P2", "Name": "ours"})
            used.sandbox.edit("products", "P2", Name=name)

    used.after = post_meanwhile
    assert await corrected(used) == {RECORD: outcome}
    record = used.cached(PATH)
    assert record
    assert record.current
    assert (record.current["Name"], record.applied["erp"].posted) == ("ours", {"ID": "P2", "Name": "ours"})


async def test_where_a_run_is_faster_than_the_cache_its_event_says_what_was_read(used: House) -> None:
    await made_there(used)

    async def post_meanwhile(step: Step) -> None:
        if (step.place, step.method) == ("log", "PUT"):
            used.after = let_pass  # it is logged, and the cache is about to be written
            await used.apply({"ID": "P2", "Name": "ours"})

    used.after = post_meanwhile
    there = dict(used.sandbox.content["products"]["P2"])
    assert await corrected(used) == {RECORD: "Mended"}
    assert [(event["Reason"], event["Result"]) for event in learned(used)] == [
        ("no source has applied it, and OrderCloud has it: read for the cache", there)
    ]


async def test_another_client_s_sight_is_not_what_ordercloud_has(build: Callable[..., House]) -> None:
    erp, shop = profile_of("erp"), profile_of("shop", Resource="supplier:S1")
    house = build(erp, shop)
    await house.apply({"ID": "P1", "Name": "Mug"})
    house.sandbox.edit("products", "P2", Name="theirs", OwnerID="S2")
    [found] = await verified(house)
    done = await Learner(house.ports, house.registry, [shop, erp]).learn(found, found.differences)
    assert done == {PATH: Renewal.READ}


async def test_an_outage_leaves_the_record_as_it_was_and_is_told(used: House) -> None:
    await made_there(used)
    used.sandbox.faults.add([{"path": "^/v1/products/P2", "kind": "status", "value": {"status": 503}}])
    assert await corrected(used) == {RECORD: "Unread"}
    assert (used.cached(PATH), learned(used)) == (None, [])


async def test_bytes_that_are_no_cached_record_are_left_to_a_person(used: House) -> None:
    await made_there(used)
    [found] = await verified(used)
    await used.containers["cache"].overwrite(RECORD, b"garbage")
    done = await Learner(used.ports, used.registry, [profile_of("erp")]).learn(found, found.differences)
    assert (done, used.containers["cache"].blobs[RECORD].content) == ({PATH: Renewal.UNREADABLE}, b"garbage")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("prepare", [made_there, changed_there, deleted_there], ids=["created", "changed", "deleted"])
async def test_one_who_dies_anywhere_is_done_again_with_one_event(
    build: Callable[..., House], prepare: Prepare, moment: str
) -> None:
    for place in range(1, 10):
        house = build()
        await house.apply({"ID": "P1", "Name": "Mug"})
        await prepare(house)
        events, seen = len(learned(house)), 0

        def reached(when: str, step: Step) -> bool:
            nonlocal seen
            seen += when == moment and step.method == "PUT"
            return seen == place  # noqa: B023 - called within this round

        died = await house.dies(lambda house=house: corrected(house), reached)
        await corrected(house)
        assert await told(house) == []
        assert len({event["Id"] for event in learned(house)}) == events + 1
        if not died:
            assert place == 3  # the event, then the cache
            return
    raise AssertionError("it has no end")


async def test_a_run_that_died_with_it_in_hand_is_not_forgotten(used: House) -> None:
    await made_there(used)
    expired = {"Run": "r", "Client": "erp", "Expires": used.world.clock.now().isoformat(), "Takeovers": 0}
    before = await cache_wrongly(used, PATH, Claim=expired, Certain=False, Attempted={"erp": {"Name": "ours"}})
    assert await corrected(used) == {RECORD: "Learned"}
    after = used.cached(PATH)
    assert after
    assert (after.claim, after.attempted) == (before.claim, before.attempted)
    calls = len(used.sandbox.calls)
    await used.apply({"ID": "P2", "Name": "ours"})
    assert used.made(calls) == [("GET", "/v1/products/P2"), ("PATCH", "/v1/products/P2")]


@pytest.mark.parametrize("later", [0, 600], ids=["at once", "later"])
async def test_after_a_rebuild_of_a_lost_cache_nothing_differs(used: House, later: int) -> None:
    types = ("product", "catalog", "category", ASSIGNED)
    await used.apply({"ID": "C", "Name": "c"}, record_type="catalog")
    await used.apply({"CatalogID": "C", "ID": "K", "Name": "k"}, record_type="category")
    await used.apply({"CatalogID": "C", "ProductID": "P1"}, record_type=ASSIGNED)
    await made_there(used)
    used.sandbox.edit("catalogs/productassignments", "C/P2")
    used.world.clock.advance(later)
    await rebuilt(used, *types)
    assert await told(used, *types) == []
