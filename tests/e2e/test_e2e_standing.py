"""GET of one record: where it stands in every state, by what version, and its events."""

from datetime import datetime
from typing import Any

import pytest
from e2e_world import Json, World, errors_of, wait_for

PRODUCT = "/orchestration/product"


def told(stands: Json) -> tuple[Any, ...]:
    """Return what a standing says besides its events."""
    assert stands["LastEvent"] == next(iter(stands["Events"]), None)
    names = ("RecordType", "Keys", "Resource", "State", "Version", "WaitingFor", "NextAttempt")
    assert list(stands) == [*names, "LastEvent", "Events"]
    return tuple(stands[name] for name in names)


def test_a_record_is_queued_then_applied_then_deleted(world: World, key: str) -> None:
    with world.faults({"method": "POST", "path": "^/v1/products$", "kind": "latency", "value": 1.5, "times": 1}):
        first = world.post("product", {"ID": key, "Name": "n"})
        queued = world.standing("product", key)
        assert queued
        assert told(queued) == ("product", {"ID": key}, "seller", "queued", first, None, None)
        assert queued["Events"] == []
        applied = world.outcome("product", key, first)
    assert told(applied) == ("product", {"ID": key}, "seller", "applied", first, None, None)

    second = world.delete("product", key)
    deleted = world.outcome("product", key, second)
    assert told(deleted) == ("product", {"ID": key}, "seller", "deleted", second, None, None)
    assert [(event["Version"], event["Action"]) for event in deleted["Events"]] == [
        (second, "Delete"),
        (first, "Create"),
    ]


def test_a_record_stays_queued_while_a_newer_posting_of_it_waits(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    with world.slow(f"/v1/products/{key}$"):
        world.post("product", {"ID": key, "Name": "m"})
        wait_for(lambda: world.storage_requests(key).count("PUT cache") >= 3, what="the claim")
        newer = world.post("product", {"ID": key, "Description": "d"})
        stands = world.standing("product", key)
        assert stands
        assert (stands["State"], stands["Version"]) == ("queued", newer)
        assert world.outcome("product", key, newer)["State"] == "applied"


def test_what_ordercloud_refuses_is_dead_with_its_errors_until_a_newer_posting_supersedes_it(
    world: World, key: str
) -> None:
    first = world.post("product", {"ID": key, "Active": True})
    dead = world.outcome("product", key, first)
    assert told(dead) == ("product", {"ID": key}, "seller", "dead", first, None, None)
    event = dead["LastEvent"]
    assert (event["ErrorType"], event["Level"], event["Action"]) == ("RefusedByOrderCloud", "Error", None)
    assert [(error["ErrorCode"], error["Data"]["Field"]) for error in event["Errors"]] == [
        (event["Errors"][0]["ErrorCode"], "Name")
    ]
    assert world.blobs("deadletters", key)

    second = world.post("product", {"ID": key, "Name": "n"})
    applied = world.outcome("product", key, second)
    assert told(applied) == ("product", {"ID": key}, "seller", "applied", second, None, None)
    assert applied["LastEvent"]["Message"] == f"it supersedes dead letter {first}"
    wait_for(lambda: not world.blobs("deadletters", key), what="the end of the hint")
    held = world.ordercloud("product", key)
    assert held
    assert (held["Name"], held["Active"]) == ("n", False)


def test_what_waits_for_another_record_is_parked_and_released_when_that_arrives(world: World, key: str) -> None:
    prices = f"{key}-prices"
    product = {"ID": key, "Name": "n", "DefaultPriceScheduleID": prices}
    version = world.post("product", product)
    parked = world.outcome("product", key, version)
    waited = f"laptop/priceschedule/{prices.lower()}"
    due = parked["NextAttempt"]
    assert told(parked) == ("product", {"ID": key}, "seller", "parked", version, waited, due)
    event = parked["LastEvent"]
    assert (event["Level"], event["ErrorType"]) == ("Warn", "MissingReference")
    assert datetime.fromisoformat(due) > datetime.fromisoformat(event["Time"])

    arrived = world.posted("priceschedule", {"ID": prices, "Name": "n"})

    applied = wait_for(
        lambda: (found := world.standing("product", key)) and found["State"] == "applied" and found, what="the release"
    )
    assert told(applied) == ("product", {"ID": key}, "seller", "applied", version, None, None)
    times = [datetime.fromisoformat(stands["LastEvent"]["Time"]) for stands in (arrived, applied)]
    assert times[1] < datetime.fromisoformat(due), "released by its arrival, not by the due time"
    assert (times[1] - times[0]).total_seconds() < 2
    assert [event["Attempt"] for event in applied["Events"]] == [2, 1]
    held = world.ordercloud("product", key)
    assert held
    assert held["DefaultPriceScheduleID"] == prices
    assert [call["status"] for call in world.journal(key)] == [404, 201]
    wait_for(lambda: not world.blobs("parked", key), what="the end of the hints")


def test_a_posting_that_meets_a_parked_one_is_laid_over_it(world: World, key: str) -> None:
    prices = f"{key}-prices"
    world.posted("product", {"ID": key, "Name": "n", "DefaultPriceScheduleID": prices, "xp": {"a": 1}})
    stands = world.posted("product", {"ID": key, "DefaultPriceScheduleID": None, "Active": True})
    assert (stands["State"], stands["LastEvent"]["Action"], stands["LastEvent"]["Attempt"]) == ("applied", "Create", 1)
    [_, created] = world.calls(key)
    assert created.body == {"ID": key, "Name": "n", "DefaultPriceScheduleID": None, "xp": {"a": 1}, "Active": True}
    wait_for(lambda: not world.blobs("parked", key), what="the end of the hints")


def test_a_record_that_this_client_never_posted_is_not_found(world: World, key: str) -> None:
    never = world.api().get(f"{PRODUCT}/{key}")
    assert errors_of(never) == (404, [("NotFound", None)])
    world.posted("product", {"ID": key, "Name": "n"})
    others = world.api("pim").get(f"{PRODUCT}/{key}")
    assert errors_of(others) == (404, [("NotFound", None)])


@pytest.mark.parametrize(
    ("path", "errors"),
    [
        pytest.param("unicorn/a", (404, [("UnrecognizedType", None)]), id="no such type"),
        pytest.param("product/a/b", (400, [("InvalidKeys", None)]), id="too many keys"),
    ],
)
def test_a_path_that_can_name_no_record_is_refused(world: World, path: str, errors: tuple[int, list[Any]]) -> None:
    assert errors_of(world.api().get(f"/orchestration/{path}")) == errors


def test_a_path_without_keys_is_the_list_of_the_type(world: World) -> None:
    answer = world.api().get(f"{PRODUCT}//")
    assert (answer.status_code, set(answer.json())) == (200, {"Items", "Looked", "NextKey"})


def test_a_trace_goes_from_the_request_to_ordercloud_and_into_the_event(world: World, key: str) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    [item] = world.api().post(PRODUCT, json={"ID": key, "Name": "n"}, headers=headers).json()["Items"]
    event = world.outcome("product", key, item["Version"])["LastEvent"]
    assert (item["TraceID"], event["TraceID"]) == (trace, trace)
