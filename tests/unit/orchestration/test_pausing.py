"""What operators do about pauses: each change once and for all, and how much waits."""

from dataclasses import replace
from typing import Any

import pytest
from fakes.clock import START
from fakes.pauses import pause_of
from fakes.profiles import profile_of
from fakes.runs import Runs

from orchestration.pauses import Pause, Scope
from orchestration.pausing import TRIES, Held, Pausing
from orchestration.rejections import RejectionError

ERP = Scope(client="erp")
PRODUCTS = Scope(client="erp", record_type="product")
SELLER = Scope(resource="seller")
BLOB = "pauses/acme.json"


def pausing(runs: Runs, **bounds: int) -> Pausing:
    return Pausing(runs.ports, "acme", **bounds)


async def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(RejectionError) as raised:
        await call
    return raised.value.status, raised.value.code


async def test_what_is_paused_is_kept_with_who_when_and_why() -> None:
    runs = Runs()
    found = await pausing(runs).pause(PRODUCTS, "olga", "a bad catalogue")
    pause = Pause(scope=PRODUCTS, by="olga", since=START, reason="a bad catalogue")
    assert found == Held(pause, 1, 0, more=False)
    assert runs.world.pauses.kept == [pause]
    assert found.to_json() == {
        "Client": "erp",
        "Resource": None,
        "RecordType": "product",
        "By": "olga",
        "Since": "2026-01-01T00:00:00+00:00",
        "Reason": "a bad catalogue",
        "Clients": 1,
        "Waiting": 0,
        "More": False,
    }


async def test_paused_again_it_is_paused_since_when_it_was_and_a_new_reason_counts() -> None:
    runs = Runs()
    first = await pausing(runs).pause(ERP, "olga", "why")
    await pausing(runs).pause(SELLER, "olga", None)
    runs.world.clock.advance(60)
    writes = len(runs.world.pauses.container.requests)
    assert await pausing(runs).pause(ERP, "otto", None) == first
    assert [method for method, _ in runs.world.pauses.container.requests[writes:]] == ["GET"]
    again = await pausing(runs).pause(ERP, "otto", "a better reason")
    assert again.pause == replace(first.pause, reason="a better reason")
    assert [each.scope for each in runs.world.pauses.kept] == [ERP, SELLER]


async def test_resumed_is_what_exactly_this_scope_holds() -> None:
    runs = Runs()
    for scope in (ERP, PRODUCTS, Scope(resource="supplier:Acme")):
        await pausing(runs).pause(scope, "olga", None)
    assert await refused(pausing(runs).resume(SELLER, "olga")) == (404, "NotFound")
    assert (await pausing(runs).resume(Scope(resource="supplier:acme"), "olga")).pause.scope.resource == "supplier:Acme"
    assert (await pausing(runs).resume(ERP, "olga")).pause.scope == ERP
    assert await refused(pausing(runs).resume(ERP, "olga")) == (404, "NotFound")
    assert [each.pause.scope for each in await pausing(runs).all()] == [PRODUCTS]


async def test_only_a_client_of_the_marketplace_is_paused() -> None:
    runs = Runs(profile_of("erp"), profile_of("theirs", Marketplace="other"))
    for client in ("theirs", "nobody"):
        assert await refused(pausing(runs).pause(Scope(client=client), "olga", None)) == (404, "NotFound")
    assert runs.world.pauses.container.requests == []


async def test_there_are_so_many_pauses_and_no_more() -> None:
    runs = Runs()
    for number in range(3):
        await pausing(runs, most=3).pause(Scope(resource=f"supplier:{number}"), "olga", None)
    assert await refused(pausing(runs, most=3).pause(SELLER, "olga", None)) == (409, "TooManyPauses")
    assert await pausing(runs, most=3).pause(Scope(resource="supplier:1"), "olga", "still")
    await pausing(runs, most=3).resume(Scope(resource="supplier:1"), "olga")
    assert await pausing(runs, most=3).pause(SELLER, "olga", None)


async def test_two_operators_at_once_both_get_what_they_ask_for() -> None:
    runs = Runs()
    others = [pause_of("pim"), None]

    async def meddle(method: str, _name: str) -> None:
        if method == "PUT" and others and (other := others.pop()):
            await runs.world.pauses.have(other)

    others.reverse()
    runs.world.pauses.container.before = meddle
    await pausing(runs).pause(ERP, "olga", None)
    assert [each.scope for each in runs.world.pauses.kept] == [pause_of("pim").scope, ERP]


async def test_where_others_change_it_all_the_time_it_ends_after_so_many_tries() -> None:
    runs = Runs()
    count = 0

    async def meddle(method: str, _name: str) -> None:
        nonlocal count
        if method == "PUT":
            count += 1
            await runs.world.pauses.container.read(BLOB)
            blobs = runs.world.pauses.container.blobs
            blobs[BLOB] = replace(blobs[BLOB], etag=f'"{count}"')

    await runs.world.pauses.have(pause_of("pim"))
    runs.world.pauses.container.before = meddle
    assert await refused(pausing(runs).pause(ERP, "olga", None)) == (503, "PausesBusy")
    assert count == TRIES


async def test_pauses_that_cannot_be_read_are_neither_shown_nor_changed() -> None:
    runs = Runs()
    await runs.world.pauses.container.overwrite(BLOB, b"garbage")
    asked = pausing(runs)
    for call in (asked.all(), asked.pause(ERP, "olga", None), asked.resume(ERP, "olga")):
        assert await refused(call) == (503, "PausesUnreadable")
    assert runs.world.pauses.container.blobs[BLOB].content == b"garbage"


async def waiting(runs: Runs, client: str, **counts: int) -> None:
    for kind, count in counts.items():
        for number in range(count):
            await runs.ports.parked.put(f"paused/{client}/{kind}/acme/{kind}/{number}/{client}")


async def counted(runs: Runs, *pauses: Pause, **bounds: int) -> dict[str, tuple[int, bool]]:
    await runs.world.pauses.have(*pauses)
    return {str(held.pause.scope): (held.waiting, held.more) for held in await pausing(runs, **bounds).all()}


async def test_each_pause_says_how_much_waits_by_it() -> None:
    acme = profile_of("acme-1", Resource="supplier:Acme")
    elsewhere = profile_of("theirs", Marketplace="other")
    runs = Runs(profile_of("erp"), profile_of("pim"), acme, elsewhere)
    for client, counts in (("erp", 3), ("pim", 4), ("acme-1", 5), ("theirs", 6), ("nobody", 7)):
        await waiting(runs, client, product=counts, priceschedule=1)
    supplier = pause_of(resource="supplier:acme")
    pauses = (pause_of("erp"), pause_of("erp", "product"), pause_of(resource="seller"), supplier)
    assert await counted(runs, *pauses) == {
        "the client erp, all types": (4, False),
        "the client erp, product": (3, False),
        "the resource seller, all types": (9, False),
        "the resource supplier:acme, all types": (6, False),
    }
    runs.steps.clear()
    assert await counted(runs, pause_of("pim", "product")) == {"the client pim, product": (4, False)}
    assert [step.name for step in runs.steps] == ["paused/", "paused/pim/"]
    runs.steps.clear()
    assert await counted(runs) == {}
    assert runs.steps == []


async def held(runs: Runs, *pauses: Pause, **bounds: int) -> list[tuple[int, bool]]:
    await runs.world.pauses.have(*pauses)
    return [(each.clients, each.more) for each in await pausing(runs, **bounds).all()]


async def test_each_pause_says_how_many_clients_of_the_marketplace_it_holds() -> None:
    acme = profile_of("acme-1", Resource="supplier:Acme")
    elsewhere = profile_of("theirs", Marketplace="other")
    runs = Runs(profile_of("erp"), profile_of("pim"), acme, elsewhere)
    none = pause_of(resource="supplier:acne")
    pauses = (pause_of("erp"), pause_of("gone"), pause_of(resource="seller"), pause_of(resource="supplier:acme"), none)
    assert await held(runs, *pauses) == [(1, False), (0, False), (2, False), (1, False), (0, False)]
    assert (await pausing(runs).pause(none.scope, "olga", None)).clients == 0
    assert (await pausing(runs).resume(SELLER, "olga")).clients == 2


async def test_of_more_clients_than_are_looked_at_there_may_be_more() -> None:
    runs = Runs(*(profile_of(f"erp-{number}") for number in range(5)))
    await waiting(runs, "erp-4", product=2)
    runs.world.profiles.asked.clear()
    assert await held(runs, pause_of("erp-3"), pause_of(resource="seller"), clients=3) == [(1, False), (3, True)]
    assert runs.world.profiles.asked == ["erp-3", "erp-4", "erp-0"]


async def test_what_is_looked_at_is_bounded_and_shared_out() -> None:
    runs = Runs()
    await waiting(runs, "erp", product=9)
    await waiting(runs, "pim", product=2)
    assert await counted(runs, pause_of("erp"), pause_of("pim"), looks=6) == {
        "the client erp, all types": (3, True),
        "the client pim, all types": (2, False),
    }
    assert await counted(runs, pause_of("erp"), looks=9) == {"the client erp, all types": (9, False)}


@pytest.mark.parametrize(
    ("client", "record_type", "found"),
    [
        pytest.param(None, None, "erp erp/product pim/priceschedule seller supplier:acme", id="all"),
        pytest.param("erp", None, "erp erp/product seller", id="of a client, and of its resource"),
        pytest.param("erp", "PriceSchedule", "erp seller", id="of a client and a type"),
        pytest.param(None, "priceschedule", "erp pim/priceschedule seller supplier:acme", id="of a type"),
        pytest.param("gone", None, "", id="of a client without a profile"),
    ],
)
async def test_pauses_are_told_of_a_client_and_of_a_type(
    client: str | None, record_type: str | None, found: str
) -> None:
    runs = Runs(profile_of("erp"), profile_of("pim"), profile_of("acme-1", Resource="supplier:Acme"))
    supplier, seller = pause_of(resource="supplier:acme"), pause_of(resource="seller")
    own = (pause_of("erp"), pause_of("erp", "product"), pause_of("pim", "priceschedule"))
    await runs.world.pauses.have(*own, supplier, seller)
    told = [each.pause.scope for each in await pausing(runs).all(client, record_type)]
    assert " ".join("/".join(filter(None, (each.client, each.resource, each.record_type))) for each in told) == found
