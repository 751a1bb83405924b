"""What tests of the pipeline rely on in the fakes, beyond the ports' contracts."""

import asyncio

import pytest
from fakes.clock import FakeClock
from fakes.ordercloud import Call, FakeOrderCloud
from fakes.profiles import profile_of
from fakes.storage import MemoryContainer

from models.record import Json
from orchestration.failures import RefusedByOrderCloud, Unavailable
from orchestration.ports import LostError, StorageUnavailableError
from orchestration.requests import Request

BIKE = Request("POST", "/v1/products", {"ID": "BIKE", "Name": "Bike"})
READ = Request("GET", "/v1/products/BIKE")


async def test_time_stands_still_until_somebody_sleeps_or_advances_it() -> None:
    clock = FakeClock()
    began = clock.now()
    clock.advance(2)
    await clock.sleep(3)
    assert (clock.elapsed(), (clock.now() - began).total_seconds(), clock.slept) == (5, 5, [3])


async def test_runs_come_between_a_containers_requests() -> None:
    container = MemoryContainer()
    results = await asyncio.gather(
        container.put("a", b"1", None), container.put("a", b"2", None), return_exceptions=True
    )
    assert isinstance(results[0], str)
    assert isinstance(results[1], LostError)
    assert container.requests == [("PUT", "a"), ("PUT", "a"), ("GET", "a")]


@pytest.mark.parametrize(("hook", "stored"), [("before", []), ("after", ["a"])])
async def test_a_container_can_fail_before_or_after_it_has_acted(hook: str, stored: list[str]) -> None:
    container = MemoryContainer()

    async def fail(method: str, name: str) -> None:
        raise StorageUnavailableError(f"{method} {name}")

    setattr(container, hook, fail)
    with pytest.raises(StorageUnavailableError, match="PUT a"):
        await container.put("a", b"1", None)
    assert list(container.blobs) == stored


async def test_ordercloud_notes_what_was_asked_and_what_changed_something() -> None:
    ordercloud = FakeOrderCloud()
    connection = ordercloud.connect(profile_of("ERP"))
    await connection.send(BIKE, budget=1, traceparent="trace")
    await connection.send(READ, budget=1)
    post = Call("erp", "POST", "/v1/products", {"ID": "BIKE", "Name": "Bike"}, "trace")
    assert ordercloud.calls == [post, Call("erp", "GET", "/v1/products/BIKE", None, None)]
    assert ordercloud.committed == [post]
    assert list(ordercloud.records) == ["/v1/products/BIKE"]


async def test_nothing_of_ordercloud_is_shared_with_who_sent_or_read_it() -> None:
    ordercloud = FakeOrderCloud()
    body: Json = {"ID": "BIKE", "Name": "Bike", "xp": {"a": [1]}}
    answer = await ordercloud.connect(profile_of()).send(Request("POST", "/v1/products", body), budget=1)
    body["xp"]["a"].append(2)
    answer.body["xp"]["a"].append(3)
    found = ordercloud.get("/v1/products/bike")
    assert found is not None
    assert found["xp"] == {"a": [1]}


@pytest.mark.parametrize(
    ("kind", "failure", "there"),
    [
        ("refuse", RefusedByOrderCloud, False),
        ("fail_before", Unavailable, False),
        ("lose_answer", Unavailable, True),
    ],
)
async def test_ordercloud_misbehaves_once_for_the_requests_that_are_meant(
    kind: str,
    failure: type[Exception],
    there: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    ordercloud = FakeOrderCloud()
    connection = ordercloud.connect(profile_of())
    getattr(ordercloud, kind)(method="POST", path="products")
    with pytest.raises(failure):
        await connection.send(BIKE, budget=1)
    assert (ordercloud.get(READ.path) is not None, len(ordercloud.committed)) == (there, int(there))
    ordercloud.keep("/v1/products", {"ID": "CAR", "Name": "Car"})
    assert (await connection.send(Request("GET", "/v1/products/CAR"), budget=1)).body["Name"] == "Car"


async def test_nothing_is_answered_while_ordercloud_is_down() -> None:
    ordercloud = FakeOrderCloud()
    connection = ordercloud.connect(profile_of())
    ordercloud.down = True
    with pytest.raises(Unavailable):
        await connection.send(BIKE, budget=1)
    ordercloud.down = False
    assert (await connection.send(BIKE, budget=1)).status == 201


async def test_ordercloud_may_change_what_is_written() -> None:
    ordercloud = FakeOrderCloud()
    ordercloud.normalise = lambda _path, record: {**record, "Name": record["Name"].upper()}
    assert (await ordercloud.connect(profile_of()).send(BIKE, budget=1)).body["Name"] == "BIKE"
