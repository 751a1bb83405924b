"""Every row of the decision table through intake and pipeline: OrderCloud's requests, the event, the cache, storage."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from fakes.expected import (
    BEGUN,
    CLAIMED,
    ENDED,
    Requests,
    event_of,
    product,
    schedule,
    settled,
    storage,
    stored,
    without_durations,
)
from fakes.profiles import profile_of
from fakes.runs import Runs, path_of

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.envelope import Envelope

COLLECTIONS = {"product": "products", "priceschedule": "priceschedules"}
WHOLE = {"product": product, "priceschedule": schedule}
DAY = 24 * 3600

type Call = tuple[str, str, Json | None]


def call(method: str, body: Json | None = None, *, path: str = "/P1") -> Call:
    return (method, path, body)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case: what was posted and run before, what happened in OrderCloud meanwhile, and what a posting comes to.

    Attributes:
        before: earlier postings, each run to its end.
        meanwhile: changes the world before the posting.
        post: the posting; none for a deletion.
        calls: the OrderCloud requests, by their path within the collection.
        action, reason, diff: the event's.
        there: the fields that OrderCloud has in the end; none when it has no such record.
        was: the fields that the cache had before; none when it had no record.
        managed: what the source manages in the end; the posting itself by default.
        steps: the storage requests around the OrderCloud ones.
        surprised_after: the call that OrderCloud surprised the run with; before each further one the claim notes that.
    """

    id: str
    action: str
    reason: str
    before: tuple[Json | None, ...] = ()
    meanwhile: Callable[[Runs], None] = lambda _runs: None
    post: Json | None = None
    calls: tuple[Call, ...] = ()
    diff: Json | None = None
    there: Json | None = None
    was: Json | None = None
    managed: Json | None = None
    steps: tuple[str, ...] = CLAIMED
    ends: tuple[str, ...] = ("cache PUT", *ENDED)
    record_type: str = "product"
    drift: str = "correct"
    surprised_after: int | None = None


def change(before: object, after: object) -> Json:
    return {"Before": before, "After": after}


def edit(**fields: object) -> Callable[[Runs], None]:
    """Have somebody else write fields of P1."""

    def editing(runs: Runs) -> None:
        for collection in COLLECTIONS.values():
            if found := runs.world.ordercloud.get(f"/v1/{collection}/P1"):
                runs.world.ordercloud.keep(f"/v1/{collection}", {**found, **fields})

    return editing


def have(**fields: object) -> Callable[[Runs], None]:
    """Have OrderCloud hold P1 already."""
    return lambda runs: void(runs.world.ordercloud.keep("/v1/products", product(**fields)))


def drop(runs: Runs) -> None:
    runs.world.ordercloud.drop("/v1/products/P1")


def later(*others: Callable[[Runs], None]) -> Callable[[Runs], None]:
    """Let a day pass, so that a refresh is due, and more happen."""

    def passing(runs: Runs) -> None:
        runs.world.clock.advance(DAY)
        for other in others:
            other(runs)

    return passing


def void(_value: object) -> None:
    return None


MUG: Json = {"ID": "P1", "Name": "Mug"}
XP: Json = {**MUG, "xp": {"a": 1, "b": 2}}
DEEP: Json = {**MUG, "xp": {"a": {"b": {"c": 1, "d": 2}}, "e": 1}}
RETAIL: Json = {
    "ID": "P1",
    "Name": "Retail",
    "PriceBreaks": [{"Quantity": 1, "Price": 5}, {"Quantity": 10, "Price": 4}],
}


def break_of(quantity: int, price: int, **more: object) -> Json:
    return {
        "Quantity": quantity,
        "Price": price,
        "SalePrice": None,
        "SubscriptionPrice": None,
        "BundlePrice": None,
        **more,
    }


BREAKS = [break_of(1, 5), break_of(10, 4)]
CREATED = ("cache PUT", *ENDED, "parked LIST")
GONE = (call("PATCH", {"Name": "Cup"}), call("POST", {**XP, "Name": "Cup"}, path=""))

ROWS = [
    Row(
        id="create",
        post=XP,
        action="Create",
        reason="it is not cached",
        calls=(call("POST", XP, path=""),),
        there={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        ends=CREATED,
    ),
    Row(
        id="create a price schedule",
        record_type="priceschedule",
        post=RETAIL,
        action="Create",
        reason="it is not cached",
        calls=(call("POST", RETAIL, path=""),),
        there={"Name": "Retail", "PriceBreaks": BREAKS},
        ends=CREATED,
    ),
    Row(
        id="adopt what is there already and as posted",
        meanwhile=have(Name="Mug", Description="kept"),
        post=MUG,
        action="Get",
        reason="it was there already, and as posted",
        calls=(call("POST", MUG, path=""), call("GET")),
        there={"Name": "Mug", "Description": "kept"},
        surprised_after=1,
        ends=CREATED,
    ),
    Row(
        id="adopt and patch",
        meanwhile=have(Name="Cup", xp={"theirs": 1}),
        post=XP,
        action="Patch",
        reason="it was there already; fields changed: Name, xp.a, xp.b",
        calls=(call("POST", XP, path=""), call("GET"), call("PATCH", {"Name": "Mug", "xp": {"a": 1, "b": 2}})),
        diff={"Name": change("Cup", "Mug"), "xp.a": change(None, 1), "xp.b": change(None, 2)},
        there={"Name": "Mug", "xp": {"theirs": 1, "a": 1, "b": 2}},
        surprised_after=1,
        ends=CREATED,
    ),
    Row(
        id="ignore",
        before=(XP,),
        post=XP,
        action="Ignore",
        reason="nothing changed",
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        steps=BEGUN,
        ends=ENDED,
    ),
    Row(
        id="ignore a price schedule whose breaks come in another order",
        record_type="priceschedule",
        before=(RETAIL,),
        post={**RETAIL, "PriceBreaks": RETAIL["PriceBreaks"][::-1]},
        action="Ignore",
        reason="nothing changed",
        was={"Name": "Retail", "PriceBreaks": BREAKS},
        there={"Name": "Retail", "PriceBreaks": BREAKS},
        steps=BEGUN,
        ends=ENDED,
    ),
    Row(
        id="get when a refresh is due",
        before=(XP,),
        meanwhile=later(edit(Description="theirs")),
        post=XP,
        action="Get",
        reason="nothing changed; OrderCloud is read again",
        calls=(call("GET"),),
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 1, "b": 2}, "Description": "theirs"},
        steps=BEGUN,
    ),
    Row(
        id="drift corrected",
        before=(XP,),
        meanwhile=later(edit(Name="Theirs")),
        post=XP,
        action="Patch",
        reason="fields changed: Name; OrderCloud's values had drifted: Name",
        calls=(call("GET"), call("PATCH", {"Name": "Mug"})),
        diff={"Name": change("Theirs", "Mug")},
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        steps=(*BEGUN, "ordercloud GET /v1/products/P1", "cache PUT", "queue HEAD"),
    ),
    Row(
        id="drift reported",
        drift="report",
        before=(XP,),
        meanwhile=later(edit(Name="Theirs")),
        post=XP,
        action="Get",
        reason="nothing changed; OrderCloud is read again; OrderCloud's values had drifted: Name",
        calls=(call("GET"),),
        diff={"Name": change("Theirs", "Mug")},
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Theirs", "xp": {"a": 1, "b": 2}},
        steps=BEGUN,
    ),
    Row(
        id="patch a field, null included",
        before=({**MUG, "Description": "old"},),
        post={"ID": "P1", "Name": "Cup", "Description": None},
        action="Patch",
        reason="fields changed: Description, Name",
        calls=(call("PATCH", {"Name": "Cup", "Description": None}),),
        diff={"Name": change("Mug", "Cup"), "Description": change("old", None)},
        was={"Name": "Mug", "Description": "old"},
        there={"Name": "Cup", "Description": None},
    ),
    Row(
        id="patch a property of an object alone",
        before=({**MUG, "Inventory": {"Enabled": True, "QuantityAvailable": 3}},),
        post={"ID": "P1", "Inventory": {"OrderCanExceed": True}},
        action="Patch",
        reason="fields changed: Inventory.OrderCanExceed",
        calls=(call("PATCH", {"Inventory": {"OrderCanExceed": True}}),),
        diff={"Inventory.OrderCanExceed": change(False, True)},
        was={"Name": "Mug", "Inventory": {"Enabled": True, "QuantityAvailable": 3}},
        there={"Name": "Mug", "Inventory": {"Enabled": True, "QuantityAvailable": 3, "OrderCanExceed": True}},
        managed={**MUG, "Inventory": {"Enabled": True, "QuantityAvailable": 3, "OrderCanExceed": True}},
    ),
    Row(
        id="patch a first-level xp key",
        before=(XP,),
        post={"ID": "P1", "xp": {"a": 9, "b": 2, "c": 3}},
        action="Patch",
        reason="fields changed: xp.a, xp.c",
        calls=(call("PATCH", {"xp": {"a": 9, "c": 3}}),),
        diff={"xp.a": change(1, 9), "xp.c": change(None, 3)},
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 9, "b": 2, "c": 3}},
        managed={**MUG, "xp": {"a": 9, "b": 2, "c": 3}},
    ),
    Row(
        id="patch a deep xp key with its whole first-level value",
        before=(DEEP,),
        post={**MUG, "xp": {"a": {"b": {"c": 9, "d": 2}}, "e": 1}},
        action="Patch",
        reason="fields changed: xp.a.b.c",
        calls=(call("PATCH", {"xp": {"a": {"b": {"c": 9, "d": 2}}}}),),
        diff={"xp.a.b.c": change(1, 9)},
        was={"Name": "Mug", "xp": DEEP["xp"]},
        there={"Name": "Mug", "xp": {"a": {"b": {"c": 9, "d": 2}}, "e": 1}},
    ),
    Row(
        id="patch a keyed list complete, each element laid over the one there",
        record_type="priceschedule",
        before=(RETAIL,),
        post={"ID": "P1", "PriceBreaks": [{"Quantity": 1, "Price": 6}, {"Quantity": 20, "Price": 3}]},
        action="Patch",
        reason="fields changed: PriceBreaks",
        calls=(call("PATCH", {"PriceBreaks": [break_of(1, 6), {"Quantity": 20, "Price": 3}]}),),
        diff={
            "PriceBreaks": {
                "Before": BREAKS,
                "After": [{"Quantity": 1, "Price": 6}, {"Quantity": 20, "Price": 3}],
            }
        },
        was={"Name": "Retail", "PriceBreaks": BREAKS},
        there={"Name": "Retail", "PriceBreaks": [break_of(1, 6), break_of(20, 3)]},
        managed={**RETAIL, "PriceBreaks": [{"Quantity": 1, "Price": 6}, {"Quantity": 20, "Price": 3}]},
    ),
    Row(
        id="update where an xp key was removed, with what somebody else wrote meanwhile",
        before=(XP,),
        meanwhile=edit(Description="theirs", xp={"a": 1, "b": 2, "z": 26}),
        post={**MUG, "xp": {"a": 5}},
        action="Update",
        reason="xp properties were removed: xp.b",
        calls=(call("GET"), call("PUT", {"Name": "Mug", "Description": "theirs", "xp": {"a": 5, "z": 26}})),
        diff={"xp.a": change(1, 5), "xp.b": {"Removed": True}},
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "Description": "theirs", "xp": {"a": 5, "z": 26}},
    ),
    Row(
        id="update where a deeper xp key was removed",
        before=(DEEP,),
        post={**MUG, "xp": {"a": {"b": {"c": 1}}, "e": 1}},
        action="Update",
        reason="xp properties were removed: xp.a.b.d",
        calls=(call("GET"), call("PUT", {"Name": "Mug", "xp": {"a": {"b": {"c": 1}}, "e": 1}})),
        diff={"xp.a.b.d": {"Removed": True}},
        was={"Name": "Mug", "xp": DEEP["xp"]},
        there={"Name": "Mug", "xp": {"a": {"b": {"c": 1}}, "e": 1}},
    ),
    Row(
        id="update of a price schedule whose xp is null now",
        record_type="priceschedule",
        before=({**RETAIL, "xp": {"a": 1}},),
        post={"ID": "P1", "xp": None},
        action="Update",
        reason="xp properties were removed: xp.a",
        calls=(call("GET"), call("PUT", {"Name": "Retail", "PriceBreaks": BREAKS, "xp": {}})),
        diff={"xp.a": {"Removed": True}},
        was={"Name": "Retail", "PriceBreaks": BREAKS, "xp": {"a": 1}},
        there={"Name": "Retail", "PriceBreaks": BREAKS, "xp": {}},
        managed={**RETAIL, "xp": None},
    ),
    Row(
        id="delete",
        before=(MUG,),
        action="Delete",
        reason="the source deletes it",
        calls=(call("DELETE"),),
        was={"Name": "Mug"},
        managed={},
    ),
    Row(
        id="delete of what is gone already",
        before=(MUG,),
        meanwhile=drop,
        action="Delete",
        reason="the source deletes it",
        calls=(call("DELETE"),),
        was={"Name": "Mug"},
        managed={},
    ),
    Row(
        id="delete of what nobody ever saw",
        action="Delete",
        reason="the source deletes it",
        calls=(call("DELETE"),),
        managed={},
    ),
    Row(
        id="delete of what we deleted",
        before=(MUG, None),
        action="Ignore",
        reason="it is deleted already",
        steps=BEGUN,
        ends=ENDED,
        managed={},
    ),
    Row(
        id="create after a delete",
        before=(XP, None),
        post=MUG,
        action="Create",
        reason="it was deleted before",
        calls=(call("POST", MUG, path=""),),
        there={"Name": "Mug"},
        ends=CREATED,
    ),
    Row(
        id="gone behind our back on a patch",
        before=(XP,),
        meanwhile=drop,
        post={"ID": "P1", "Name": "Cup"},
        action="Create",
        reason="it is gone from OrderCloud behind our back",
        calls=GONE,
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Cup", "xp": {"a": 1, "b": 2}},
        managed={**XP, "Name": "Cup"},
        surprised_after=1,
        ends=CREATED,
    ),
    Row(
        id="gone behind our back on an update",
        before=(XP,),
        meanwhile=drop,
        post={"ID": "P1", "xp": {"a": 1}},
        action="Create",
        reason="it is gone from OrderCloud behind our back",
        calls=(call("GET"), call("POST", {**MUG, "xp": {"a": 1}}, path="")),
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 1}},
        managed={**MUG, "xp": {"a": 1}},
        ends=CREATED,
    ),
    Row(
        id="gone behind our back on a refresh",
        before=(XP,),
        meanwhile=later(drop),
        post=XP,
        action="Create",
        reason="it is gone from OrderCloud behind our back",
        calls=(call("GET"), call("POST", XP, path="")),
        was={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        there={"Name": "Mug", "xp": {"a": 1, "b": 2}},
        steps=(*BEGUN, "ordercloud GET /v1/products/P1", "cache PUT", "queue HEAD"),
        ends=CREATED,
    ),
]


async def prepared(row: Row) -> tuple[Runs, CachedRecord | None]:
    """Return the world before the posting, with its journals emptied, and what the cache said then."""
    runs = Runs(profile_of(Policies={"Drift": row.drift}))
    for earlier in row.before:
        await posted(runs, row.record_type, earlier)
        await runs.run(path_of(record_type=row.record_type))
    known = runs.cached(path_of(record_type=row.record_type).record)
    row.meanwhile(runs)
    runs.steps.clear()
    runs.log.written.clear()
    runs.world.ordercloud.calls.clear()
    return runs, known


async def posted(runs: Runs, record_type: str, item: Json | None) -> Envelope:
    if item is None:
        return await runs.delete("P1", record_type=record_type)
    return await runs.post(item, record_type=record_type)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in ROWS])
async def test_a_posting_comes_to_exactly_these_calls_this_event_this_cache_and_these_requests(row: Row) -> None:
    runs, known = await prepared(row)
    path, now, whole = path_of(record_type=row.record_type), runs.world.clock.now(), WHOLE[row.record_type]
    collection = f"/v1/{COLLECTIONS[row.record_type]}"
    envelope = await posted(runs, row.record_type, row.post)
    await runs.run(path)

    calls = [(method, f"{collection}{rest}", body) for method, rest, body in row.calls]
    assert [(m, p, without_computed(b) if m == "PUT" else b) for m, p, b in runs.calls()] == [
        (m, p, whole_put(row, b) if m == "PUT" else b) for m, p, b in calls
    ]

    current = None if row.there is None else whole(**row.there)
    if current and row.action == "Create" and "DateCreated" in current:
        current["DateCreated"] = now.isoformat()
    assert runs.world.ordercloud.get(f"{collection}/P1") == current

    expected = event_of(
        envelope,
        Time=now.isoformat(),
        Action=row.action,
        Reason=row.reason,
        Before=None if row.was is None else whole(**row.was),
        Diff=row.diff,
        Result=current,
        Calls=[{"Method": method, "Path": name} for method, name, _body in calls],
    )
    event = without_durations(runs.events()[0])
    if row.diff and "PriceBreaks" in row.diff:
        assert event["Diff"]["PriceBreaks"].pop("Details")
    assert len(runs.events()) == 1
    assert event == expected

    begun, unclaimed = "".join(row.steps), "queue HEAD" not in row.steps
    made: list[str] = []
    for number, (method, name, _body) in enumerate(calls):
        made += ["cache PUT"] * (row.surprised_after is not None and number >= row.surprised_after)
        made += [f"ordercloud {method} {name}"] * (f"ordercloud {method}" not in begun)
    assert storage(runs) == Requests(row.record_type).of(*row.steps, *made, *row.ends)
    assert not runs.blobs("queue")
    assert not runs.blobs("parked")

    cached = runs.cached(path.record)
    if unclaimed:  # nothing was applied, so what was applied before stays, and what was read is there
        assert known is not None
        assert cached == replace(known, current=current, fetched_at=now if calls else known.fetched_at)
        return
    managed = row.managed if row.managed is not None else envelope.posted
    said = stored(runs.events()[0])
    if row.diff and "PriceBreaks" in row.diff:
        assert cached is not None
        said["Diff"] = cached.applied["erp"].event["Diff"]
    assert cached == replace(settled(envelope, managed, said, current), fetched_at=now)


def without_computed(body: Json | None) -> Json | None:
    """Return a PUT's body, in which nothing that OrderCloud computes may be."""
    assert body is not None
    assert not body.keys() & {"OwnerID", "DateCreated", "SpecCount", "VariantCount", "IsBundle", "IsOnSale"}
    return body


def whole_put(row: Row, body: Json | None) -> Json:
    """Return what a PUT sends: the whole record but what OrderCloud computes."""
    computed = {"OwnerID", "DateCreated", "SpecCount", "VariantCount", "IsBundle", "IsOnSale"}
    whole = WHOLE[row.record_type](**(body or {}))
    return {name: value for name, value in whole.items() if name not in computed}


async def test_a_posting_over_a_delete_that_still_waited_is_deleted_and_created() -> None:
    runs = Runs()
    await runs.apply(XP)
    runs.steps.clear()
    runs.world.ordercloud.calls.clear()
    await runs.delete("P1")
    envelope = await runs.post(MUG)
    await runs.run(path_of())
    assert runs.calls() == [("DELETE", "/v1/products/P1", None), ("POST", "/v1/products", MUG)]
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Mug")
    event = without_durations(runs.events()[-1])
    assert event == event_of(
        envelope,
        Action="Create",
        Reason="the source deleted it and posted it again",
        Before=product(Name="Mug", xp=XP["xp"]),
        Result=product(Name="Mug"),
        Calls=[{"Method": "DELETE", "Path": "/v1/products/P1"}, {"Method": "POST", "Path": "/v1/products"}],
    )
    assert runs.cached(path_of().record) == settled(envelope, MUG, runs.events()[-1], product(Name="Mug"))
    assert not runs.blobs("queue")


async def test_a_record_is_created_again_at_most_once_a_run() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.ordercloud.calls.clear()
    gone_and_there = ("PATCH", "POST", "GET", "PATCH")

    async def contradict(method: str, path: str) -> None:
        ordercloud = runs.world.ordercloud
        if method == "PATCH" and ordercloud.get("/v1/products/P1"):
            drop(runs)
        elif method == "POST":
            have(Name="Other")(runs)

    runs.world.ordercloud.before = contradict
    await runs.post({**MUG, "Name": "Cup"})
    await runs.run(path_of())
    assert [method for method, _path, _body in runs.calls()] == list(gone_and_there)
    event = runs.events()[-1]
    assert (event["Level"], event["ErrorType"]) == ("Error", "RefusedByOrderCloud")
    assert event["Message"] == "OrderCloud contradicts itself: not found"


async def test_a_refresh_that_fails_parks_nothing_and_warns() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.clock.advance(DAY)
    runs.world.ordercloud.down = True
    await runs.apply(MUG)
    event = runs.events()[-1]
    assert (event["Level"], event["Action"]) == ("Warn", "Get")
    assert event["Message"] == "OrderCloud could not be read again: OrderCloud is down"
    assert not runs.blobs("queue")
    assert not runs.blobs("parked")


async def test_a_refresh_that_is_due_is_done_for_a_posting_that_met_a_dead_letter_too() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.ordercloud.refuse(method="PATCH")
    await runs.apply({**MUG, "Name": "Refused"})
    runs.world.clock.advance(DAY)
    edit(Description="theirs")(runs)
    await runs.apply(MUG)
    event, cached = runs.events()[-1], runs.cached(path_of().record)
    assert (event["Action"], event["Calls"]) == ("Get", [{"Method": "GET", "Path": "/v1/products/P1"}])
    assert cached is not None
    assert cached.fetched_at == runs.world.clock.now()
    assert cached.current == product(Name="Mug", Description="theirs")
    assert not runs.blobs("deadletters")


async def test_a_record_is_called_by_the_id_that_ordercloud_has_shown_however_it_is_posted() -> None:
    runs = Runs()
    await runs.apply({"ID": "P1", "Name": "Cup"})
    await runs.apply({"ID": "p1", "Name": "Mug"})
    assert runs.calls()[-1] == ("PATCH", "/v1/products/P1", {"Name": "Mug"})
