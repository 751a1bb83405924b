"""Parts of the stack die or stop: nothing that was accepted is lost, nothing that was not stored is accepted."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psutil
import pytest
from e2e_world import Json, OwnStack, errors_of, own_stack, wait_for

from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("crashes")

POSTINGS = 40
REFUSED_WITHIN_SECONDS = 15


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    state = tmp_path_factory.mktemp("crashes") / "state"
    with own_stack(StackOptions(state=state, claim_seconds=3, sweep_seconds=2)) as stack:
        yield stack


def test_a_host_that_is_killed_in_the_middle_of_postings_loses_and_doubles_nothing(own: OwnStack, key: str) -> None:
    world = own.world
    world.posted("product", {"ID": f"{key}-warm", "Name": "n"})
    accepted: dict[str, str] = {}

    def post(number: int) -> None:
        product = {"ID": f"{key}-{number}", "Name": f"Product {number}", "xp": {"number": number}}
        try:
            answer = world.api().post("/orchestration/product", json=product)
        except httpx.TransportError:
            return  # the host died before it answered: whether the posting is stored is not promised
        if answer.status_code == 202:
            accepted[product["ID"]] = answer.json()["Items"][0]["Version"]

    # Each create takes a while, so that the host dies with calls under way.
    slowly = {"method": "POST", "path": "^/v1/products$", "kind": "latency", "value": 0.3}
    with own.watched(), world.faults(slowly), ThreadPoolExecutor(4) as threads:
        postings = [threads.submit(post, number) for number in range(POSTINGS)]
        wait_for(lambda: len(world.events(f"{key}-")) >= 4, what="the first creates")
        os.kill(killed := own.pids["host"], signal.SIGKILL)
        for posting in postings:
            posting.result()
        wait_for(lambda: own.pids["host"] != killed, what="another host")
        for number in range(POSTINGS):
            wait_for(lambda each=number: post(each) or f"{key}-{each}" in accepted)
        for identifier, version in accepted.items():
            assert world.outcome("product", identifier, version, seconds=60)["State"] == "applied"

    made: Counter[str] = Counter()
    for number in range(POSTINGS):
        identifier = f"{key}-{number}"
        held = world.ordercloud("product", identifier)
        assert held
        assert (held["Name"], held["xp"]) == (f"Product {number}", {"number": number})
        made.update(f"{call['method']} {call['status']}" for call in world.journal(identifier))
    # What was asked twice was looked at first: no create met what an earlier one had made.
    assert made["POST 201"] == POSTINGS
    assert set(made) <= {"POST 201", "GET 200", "GET 404"}


@contextmanager
def stopped(own: OwnStack) -> Iterator[None]:
    """Stop Azurite for a while: it takes requests and does not answer."""
    azurite = psutil.Process(own.pids["azurite"])
    azurite.suspend()
    try:
        yield
    finally:
        azurite.resume()


@contextmanager
def ended(own: OwnStack) -> Iterator[None]:
    """End Azurite for a while: it refuses connections."""
    azurite = own.pids["azurite"]
    os.kill(azurite, signal.SIGTERM)
    wait_for(lambda: psutil.Process(azurite).status() == psutil.STATUS_ZOMBIE, what="Azurite's end")
    try:
        yield
    finally:
        own.stack.revive()


@pytest.mark.parametrize("down", [stopped, ended])
def test_while_storage_is_down_nothing_is_accepted_and_afterwards_all_is_well(
    own: OwnStack, key: str, down: object
) -> None:
    world = own.world
    first = world.posted("product", {"ID": key, "Name": "before"})
    assert first["State"] == "applied"
    product: Json = {"ID": key, "Name": "meanwhile"}

    with down(own):  # type: ignore[operator] # one of the two above
        begun = time.monotonic()
        answer = world.api().post("/orchestration/product", json=product)
        took = time.monotonic() - begun
        assert errors_of(answer) == (503, [("StorageUnavailable", None)])
        assert took < REFUSED_WITHIN_SECONDS
        asked = world.api().get(f"/orchestration/product/{key}")
        assert errors_of(asked) == (503, [("StorageUnavailable", None)])

    version = wait_for(
        lambda: (
            (again := world.api().post("/orchestration/product", json=product)).status_code == 202
            and str(again.json()["Items"][0]["Version"])
        ),
        what="storage",
    )
    stands = world.outcome("product", key, version)
    held = world.ordercloud("product", key)
    assert held
    assert (stands["State"], held["Name"]) == ("applied", "meanwhile")


def test_after_crashes_statistics_are_a_recount_of_what_was_accepted_and_of_ordercloud_s_journal(
    own: OwnStack, key: str
) -> None:
    world = own.world
    accepted: dict[tuple[str, str], str] = {}
    slowly = {"method": "POST|PATCH", "path": "^/v1/products", "kind": "latency", "value": 2}
    before, asked = counted(own), len(asked_of_ordercloud(own))
    with own.watched(), world.faults(slowly):
        for name in ("one", "two"):
            posted = {f"{key}-{number}": {"ID": f"{key}-{number}", "Name": name} for number in range(10)}
            claims = world.storage_requests(f"{key}-").count("PUT cache")
            answer = world.api().post("/orchestration/product", json=[*posted.values()])
            versions = {item["Keys"]["ID"]: item["Version"] for item in answer.raise_for_status().json()["Items"]}
            wait_for(lambda least=claims: world.storage_requests(f"{key}-").count("PUT cache") > least, what="a claim")
            os.kill(killed := own.pids["host"], signal.SIGKILL)
            wait_for(lambda gone=killed: own.pids["host"] != gone, what="another host")
            for identifier, version in versions.items():
                stands = world.outcome("product", identifier, version, seconds=60)
                accepted[identifier, version] = stands["LastEvent"]["Action"]

    after = {name: count - before.get(name, 0) for name, count in counted(own).items()}
    calls = {name: after.pop(name) for name in ("Made", "Saved", "Uncertain")}
    assert {name: count for name, count in after.items() if count} == Counter(accepted.values())
    unlogged = len(asked_of_ordercloud(own)) - asked - calls["Made"]
    assert 0 <= unlogged <= calls["Uncertain"] <= 2 * len(accepted)
    assert calls["Uncertain"] > 0, "the host died with records in hand"


def counted(own: OwnStack) -> Counter[str]:
    """Return the outcomes and calls of products in all hours, as statistics tell them."""
    answer = own.world.api("operator").get("/stats", params={"recordType": "product"}).raise_for_status().json()
    assert answer["PartialHours"] == []
    total: Counter[str] = Counter(Made=0, Saved=0, Uncertain=0)
    for row in answer["Items"]:
        total.update(row["Outcomes"] | row["Calls"])
    return total


def asked_of_ordercloud(own: OwnStack) -> list[Json]:
    """Return the journal of the sandbox without what signs callers in."""
    control = own.world.ready["sandbox"]["control"]
    entries: list[Json] = httpx.get(f"{control}/journal", trust_env=False).raise_for_status().json()["Items"]
    return [entry for entry in entries if entry["path"].startswith("/v1/") and entry["path"] != "/v1/me"]
