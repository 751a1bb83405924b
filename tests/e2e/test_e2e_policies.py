"""What the integration profile of a client decides: how old what we know may be, drift, deletions, retries, secrets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from e2e_world import Json, World, errors_of, own_stack, shown, wait_for

from localdev.provisioning import OWN_TIMEOUT
from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("policies")

POLICIES: dict[str, Json] = {
    "seller": {"Refresh": "1s"},
    "watcher": {"Refresh": "always", "Drift": "report"},
    "pim": {"Parking": {"Delays": [0.5], "Limit": 3}},
    "supplier": {"Deletes": "refuse"},
    "reader": {"Refresh": "sometimes"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    state = tmp_path_factory.mktemp("policies") / "state"
    with own_stack(StackOptions(state=state, sweep_seconds=1)) as own:
        profiles = own.world.container("profiles")
        for name, policies in POLICIES.items():
            blob = profiles.get_blob_client(f"{own.world.credentials(name)['client_id'].lower()}.json")
            profile = json.loads(blob.download_blob(timeout=OWN_TIMEOUT).readall())
            blob.upload_blob(json.dumps({**profile, "Policies": policies}).encode(), overwrite=True)
        yield own.world


def test_what_we_know_is_read_again_once_it_is_as_old_as_the_profile_allows(world: World, key: str) -> None:
    product = {"ID": key, "Name": "n"}
    world.posted("product", product)

    def read_again() -> bool:
        action: str = world.posted("product", product)["LastEvent"]["Action"]
        assert action in ("Ignore", "Get")
        return action == "Get"

    wait_for(read_again, 10, what="the refresh")
    assert {call.method for call in world.calls(key, after=1)} == {"GET"}


def test_drift_is_reported_and_left_alone_where_the_profile_says_so(world: World, key: str) -> None:
    product = {"ID": key, "Name": "n", "xp": {"a": 1}}
    world.posted("product", product, client="watcher")
    world.put_in_ordercloud("product", key, {"Name": "by hand", "xp": {"a": 2}})
    stands = world.posted("product", product, client="watcher")
    reason = "nothing changed; OrderCloud is read again; OrderCloud's values had drifted: Name, xp.a"
    assert shown(stands["LastEvent"]) == ("Get", reason, "Success")
    assert set(stands["LastEvent"]["Diff"]) == {"Name", "xp.a"}
    held = world.ordercloud("product", key)
    assert held
    assert (held["Name"], held["xp"]) == ("by hand", {"a": 2})
    assert {call.method for call in world.calls(key, after=1)} == {"GET"}


def test_a_deletion_is_refused_where_the_profile_says_so(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"}, client="supplier")
    answer = world.api("supplier").delete(f"/orchestration/product/{key}")
    assert errors_of(answer) == (403, [("DeletesRefused", None)])
    assert [call.method for call in world.calls(key)] == ["POST"]


def test_a_profile_that_is_wrong_is_refused_with_the_field(world: World, key: str) -> None:
    answer = world.api("reader").post("/orchestration/product", json={"ID": key, "Name": "n"})
    assert errors_of(answer) == (403, [("NoIntegrationProfile", None)])
    assert "Policies.Refresh" in answer.json()["Errors"][0]["Message"]


def test_after_the_last_attempt_that_the_profile_allows_a_posting_is_a_dead_letter(world: World, key: str) -> None:
    product = {"ID": key, "Name": "n", "DefaultPriceScheduleID": f"{key}-none"}
    version = world.post("product", product, client="pim")

    def state() -> Any:
        found = world.standing("product", key, client="pim")
        return found if found and found["State"] == "dead" else None

    dead = wait_for(state, what="the dead letter")
    assert dead["Version"] == version
    assert [(event["Attempt"], event["Level"]) for event in dead["Events"]] == [(3, "Error"), (2, "Warn"), (1, "Warn")]
    assert dead["LastEvent"]["Message"].startswith("gave up after 3 attempts: ")
    assert world.blobs("deadletters", key)
    wait_for(lambda: not world.blobs("parked", key), what="the end of the hints")


def test_a_rotated_secret_parks_postings_until_it_is_the_right_one_again(world: World, key: str) -> None:
    """The client `watcher` has the default delays, so this one waits for five seconds."""
    name = "watcher"
    world.posted("product", {"ID": key, "Name": "before"}, client=name)
    world.change_client(name, {"client_secret": "another one"})
    with world.faults({"path": f"/{key}$", "kind": "revoke_tokens", "times": 1}):
        parked = world.posted("product", {"ID": key, "Name": "after"}, client=name)
    world.change_client(name, {"client_secret": world.credentials(name)["client_secret"]})
    world.forget_tokens()
    assert (parked["State"], parked["LastEvent"]["ErrorType"]) == ("parked", "AccountFault")
    assert world.credentials(name)["client_secret"] not in json.dumps(parked)

    wait_for(lambda: (world.standing("product", key, name) or {})["State"] == "applied", what="the release")
    held = world.ordercloud("product", key)
    assert held
    assert held["Name"] == "after"
