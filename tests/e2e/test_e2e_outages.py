"""OrderCloud misbehaves: postings wait and are applied when it is well again, and no write is lost or done twice."""

import pytest
from e2e_world import Json, World, wait_for

BUSY = {"status": 429, "headers": {"Retry-After": "1"}, "body": {"Errors": [{"ErrorCode": "Busy", "Message": "m"}]}}
OUTAGES: dict[str, Json] = {
    "unavailable": {"kind": "status", "value": {"status": 503, "body": "<html>out of order</html>"}},
    "throttled": {"kind": "status", "value": BUSY},
    "cut-before": {"kind": "drop_before"},
    "cut-after": {"kind": "drop_after"},
    "not-json": {"kind": "status", "value": {"status": 200, "body": "<html>welcome</html>"}},
    "no-roles": {"kind": "status", "value": {"status": 403, "body": {"Errors": []}}},
}


def test_what_an_outage_met_is_parked_and_applied_when_it_is_over(world: World, key: str) -> None:
    """All kinds of outages side by side, since what is parked waits for five seconds at least.

    On a slow machine they last for more than that: what they met twice waits for half a minute more.
    """
    keys = {name: f"{key}-{name}" for name in OUTAGES}
    for identifier in keys.values():
        world.post("product", {"ID": identifier, "Name": "before", "xp": {"a": {"b": 1, "c": 2}}})
    for identifier in keys.values():
        wait_for(lambda each=identifier: (world.standing("product", each) or {}).get("State") == "applied")

    with world.faults(*({**fault, "path": f"/{keys[name]}$"} for name, fault in OUTAGES.items())):
        versions, parked = dict[str, str](), dict[str, Json]()
        for names in (["cut-after"], [name for name in OUTAGES if name != "cut-after"]):
            # That one goes first: once three have failed, a circuit is open, and others may not be called at all.
            versions |= {name: world.post("product", {"ID": keys[name], "Name": "after"}) for name in names}
            parked |= {name: world.outcome("product", keys[name], versions[name]) for name in names}
        assert {
            name: (stands["State"], stands["LastEvent"]["Level"]) for name, stands in parked.items()
        } == dict.fromkeys(OUTAGES, ("parked", "Warn"))
        assert all(stands["NextAttempt"] for stands in parked.values())

    def applied() -> dict[str, Json] | None:
        found = {name: world.standing("product", identifier) or {} for name, identifier in keys.items()}
        return found if all(stands["State"] == "applied" for stands in found.values()) else None

    stands = wait_for(applied, 90, what="the end of the wait")
    assert {name: each["Version"] for name, each in stands.items()} == versions
    for name, identifier in keys.items():
        held = world.ordercloud("product", identifier)
        assert held, name
        assert (held["Name"], held["xp"]) == ("after", {"a": {"b": 1, "c": 2}}), name
    # The change was made though its answer was lost: the next run reads, sees it, and writes nothing.
    lost = [(call["method"], bool(call.get("dropped"))) for call in world.journal(keys["cut-after"])[1:]]
    assert lost[-1] == ("GET", False)
    assert stands["cut-after"]["LastEvent"]["Action"] == "Get"


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        pytest.param("drop_after", [201], id="after it was made"),
        pytest.param("drop_before", [None, 201], id="before it was made"),
    ],
)
def test_a_create_whose_connection_is_cut_is_neither_lost_nor_done_twice(
    world: World, key: str, kind: str, statuses: list[int | None]
) -> None:
    with world.faults({"method": "POST", "path": "^/v1/products$", "kind": kind, "times": 1}):
        version = world.post("product", {"ID": key, "Name": "n", "xp": {"a": 1}})
        stands = wait_for(
            lambda: (found := world.standing("product", key)) and found["State"] == "applied" and found,
            what="the create",
        )
    assert stands["Version"] == version
    assert [call["status"] for call in world.journal(key) if call["method"] == "POST"] == statuses
    held = world.ordercloud("product", key)
    assert held
    assert (held["Name"], held["xp"]) == ("n", {"a": 1})
    again = world.posted("product", {"ID": key, "Name": "n", "xp": {}})
    assert again["LastEvent"]["Action"] == "Update"


def test_a_slow_answer_is_waited_for(world: World, key: str) -> None:
    with world.faults({"method": "POST", "path": "^/v1/products$", "kind": "latency", "value": 3, "times": 1}):
        stands = world.posted("product", {"ID": key, "Name": "n"})
    assert (stands["State"], stands["LastEvent"]["Attempt"], len(world.calls(key))) == ("applied", 1, 1)


def test_a_short_outage_is_passed_over_within_the_run(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    with world.faults({"path": f"/{key}$", "kind": "status", "value": {"status": 502}, "times": 2}):
        stands = world.posted("product", {"ID": key, "Name": "m"})
    assert (stands["State"], stands["LastEvent"]["Attempt"]) == ("applied", 1)
    assert [call["status"] for call in world.journal(key)[1:]] == [502, 502, 200]
    assert stands["LastEvent"]["Calls"] == [{"Method": "PATCH", "Path": f"/v1/products/{key}", "Attempts": 3}]


def test_a_revoked_token_of_ours_is_renewed_within_the_run(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    with world.faults({"path": f"/{key}$", "kind": "revoke_tokens", "times": 1}):
        stands = world.posted("product", {"ID": key, "Name": "m"})
    world.forget_tokens()
    assert (stands["State"], stands["LastEvent"]["Attempt"]) == ("applied", 1)
    assert [call["status"] for call in world.journal(key)[1:]] == [401, 200]
    assert stands["LastEvent"]["Calls"] == [{"Method": "PATCH", "Path": f"/v1/products/{key}", "Attempts": 2}]
