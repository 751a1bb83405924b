"""A big product in one body: what it costs, and that a run that dies anywhere is gone on with."""

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from composite_bodies import composite_path, hydrated
from fakes.runs import Step
from fakes.sandbox import House

from models.record import Json

PARTS = 246
"""A price schedule, a product, 12 specs with 10 options each and their assignments, 100 variants."""
WRITES = 147
"""All of those but the variants, which OrderCloud generates with one more."""
BUDGET = 2.2


async def apply(house: House, body: Json) -> Json:
    await house.apply(body, record_type="hydratedproduct")
    return house.last_event(composite_path())


async def test_a_big_product_is_created_with_one_write_a_record_and_its_variants_with_one(house: House) -> None:
    event = await apply(house, hydrated())
    assert Counter(method for method, _ in house.made()) == {"POST": WRITES, "GET": 3}
    assert (event["Action"], event["Level"]) == ("Create", "Success")
    assert event["Reason"] == f"{PARTS} parts: 147 Create, 99 Get"
    found = house.there()
    assert {name: len(records) for name, records in found.items()} == {
        "priceschedules": 1,
        "products": 1,
        "products/variants": 100,
        "specs": 12,
        "specs/options": 120,
        "specs/productassignments": 12,
    }
    assert len(house.log.kept) == PARTS + 1
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


async def test_posted_again_it_costs_no_ordercloud_call_and_little_storage(house: House) -> None:
    await apply(house, hydrated())
    calls, steps = len(house.sandbox.calls), len(house.steps)
    event = await apply(house, hydrated())
    assert house.made(calls) == []
    assert (event["Action"], event["Reason"]) == ("Ignore", f"{PARTS} parts: {PARTS} Ignore")
    assert (len(house.steps) - steps) / PARTS <= BUDGET


async def test_one_change_costs_one_ordercloud_call(house: House) -> None:
    await apply(house, hydrated())
    calls, steps = len(house.sandbox.calls), len(house.steps)
    event = await apply(house, hydrated(markup=2.5))
    changed = {"PriceMarkupType": "AmountPerQuantity", "PriceMarkup": 2.5}
    assert house.calls()[calls:] == [("PATCH", "/v1/specs/P1-S11/options/O9", changed)]
    assert (event["Action"], event["Reason"]) == ("Patch", f"{PARTS} parts: 245 Ignore, 1 Patch")
    assert (len(house.steps) - steps) / PARTS <= BUDGET


type Die = Callable[[str, Step], bool]


def once(house: House, seen: set[tuple[str, str]]) -> Die:
    """Die before and after each OrderCloud write, once each."""

    def when(moment: str, step: Step) -> bool:
        if step.place != "ordercloud" or step.method == "GET":
            return False
        written = str(house.sandbox.calls[-1]) if moment == "after" else str(len(house.sandbox.committed))
        fresh = (moment, written) not in seen
        seen.add((moment, written))
        return fresh

    return when


async def chain(house: House, act: Callable[[], Awaitable[object]]) -> int:
    """Do something that dies at every OrderCloud write, and go on by the sweep each time; return how often it died."""
    seen: set[tuple[str, str]] = set()
    deaths = 0
    while await house.dies(act if deaths == 0 else house.sweep, once(house, seen)):
        deaths += 1
    await house.settle()
    return deaths


def writes(house: House, since: int = 0) -> Counter[tuple[str, str, str]]:
    """Return how often each write was sent: its method, its path and what it is about."""
    return Counter(
        (method, path, json.dumps(body, sort_keys=True))
        for method, path, body in house.calls()[since:]
        if method != "GET"
    )


async def test_a_big_product_whose_run_dies_at_every_write_is_there_in_the_end_and_written_once(
    build: Callable[..., House],
) -> None:
    whole, house = build(), build()
    await apply(whole, hydrated())
    envelope = await house.post(hydrated(), record_type="hydratedproduct")
    assert await chain(house, lambda: house.run(envelope.path)) > 2 * WRITES
    assert house.there() == whole.there()
    sent = writes(house)
    assert sent.keys() == writes(whole).keys()
    twice = {path for (_, path, _), times in sent.items() if times > 1}
    assert twice == {"/v1/specs/productassignments"}  # nobody can read whether one is there
    assert max(sent.values()) == 2
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])


async def test_every_part_has_its_event_though_the_run_died_again_and_again(build: Callable[..., House]) -> None:
    whole, house = build(), build()
    body = hydrated(specs=3, options=3)
    await apply(whole, body)
    envelope = await house.post(body, record_type="hydratedproduct")
    await chain(house, lambda: house.run(envelope.path))
    for one in (whole, house):
        assert {event["Level"] for event in one.events()} == {"Success"}
    assert _told(house) == _told(whole)


def _told(house: House) -> set[str]:
    return {event["RecordID"] for event in house.events()}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"Product": {"Name": "Cup", "Active": True, "xp": {"b": 1}}}, id="an xp property of the product"),
        pytest.param({"PriceSchedule": {"Name": "New", "PriceBreaks": [{"Quantity": 1, "Price": 2}]}}, id="prices"),
        pytest.param({"Specs": hydrated(specs=3, options=4, markup=3)["Specs"]}, id="more options, and a markup"),
    ],
)
async def test_a_change_whose_run_dies_at_every_write_is_made_in_the_end(
    build: Callable[..., House], changed: Json
) -> None:
    whole, house = build(), build()
    before = hydrated(specs=3, options=3)
    after = {**before, **changed}
    for one in (whole, house):
        await apply(one, before)
    since = len(house.sandbox.calls)
    await apply(whole, after)
    envelope = await house.post(after, record_type="hydratedproduct")
    assert await chain(house, lambda: house.run(envelope.path))
    assert house.there() == whole.there()
    assert writes(house, since).keys() == writes(whole, since).keys()


async def test_a_small_product_whose_run_dies_at_any_request_is_there_in_the_end(house: House) -> None:
    """One product after the other; each one's run dies one request later than the one's before."""
    keys: list[str] = []
    dies = True
    while dies:
        keys.append(f"P{len(keys)}")
        envelope = await house.post(hydrated(keys[-1], specs=2, options=2), record_type="hydratedproduct")
        dies = await house.dies(lambda at=envelope.path: house.run(at), _at(len(keys)))  # type: ignore[misc]  # bound now
        await house.settle()
        assert house.last_event(envelope.path)["Level"] == "Success"
        assert (house.blobs("parked"), house.blobs("deadletters")) == ([], [])
    assert len(keys) > 150
    each = {"priceschedules": 1, "products": 1, "products/variants": 4, "specs": 2, "specs/options": 4}
    each |= {"specs/productassignments": 2}
    counted = {name: Counter(_product(path) for path in found) for name, found in house.there().items()}
    assert counted == {name: dict.fromkeys((key.lower() for key in keys), number) for name, number in each.items()}
    told = Counter(_product(record.split("/", 2)[2]) for record in {event["RecordID"] for event in house.events()})
    assert set(told.values()) == {sum(each.values()) + 1}


def _product(path: str) -> str:
    """Return the product that a record belongs to, by the beginning of its path or its only part."""
    return re.split("[/-]", path, maxsplit=1)[0].lower()


def _at(place: int) -> Die:
    """Die at the moment with this number, of those before and after each request."""
    seen = 0

    def when(_moment: str, _step: Step) -> bool:
        nonlocal seen
        seen += 1
        return seen > place

    return when
