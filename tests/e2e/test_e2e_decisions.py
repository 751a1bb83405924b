"""The rows of the decision table that are about what is there, not about what differs."""

import pytest
from e2e_world import Call, Json, World, shown, wait_for, writable

PRODUCT = {"Name": "Tent", "ShipWeight": 2.5, "xp": {"Care": {"Wash": 30}, "Season": "autumn"}}
IN_ORDERCLOUD = {"Name": "Tarp", "Active": True, "xp": {"Care": {"Wash": 40, "Iron": 1}, "Other": "somebody else's"}}


def test_a_record_that_nobody_knows_is_created_with_one_post(world: World, key: str) -> None:
    stands = world.posted("product", {"ID": key, **PRODUCT})

    assert world.calls(key) == [Call("POST", "/v1/products", {"ID": key, **PRODUCT})]
    held, event = world.ordercloud("product", key), stands["LastEvent"]
    assert held
    assert writable("product", held) | {"ID": key, **PRODUCT} == writable("product", held)
    assert (stands["State"], shown(event)) == ("applied", ("Create", "it is not cached", "Success"))
    assert (event["Posted"], event["Before"], event["Result"]) == ({"ID": key, **PRODUCT}, None, held)
    assert event["Calls"] == [{"Method": "POST", "Path": "/v1/products"}]


@pytest.mark.parametrize(
    ("posted", "write", "decided"),
    [
        pytest.param(
            PRODUCT,
            {"Name": "Tent", "ShipWeight": 2.5, "xp": {"Care": {"Wash": 30, "Iron": 1}, "Season": "autumn"}},
            ("Patch", "it was there already; fields changed: Name, ShipWeight, xp.Care.Wash, xp.Season", "Success"),
            id="another one",
        ),
        pytest.param(
            {"Name": "Tarp", "xp": {"Care": {"Wash": 40}}},
            None,
            ("Get", "it was there already, and as posted", "Success"),
            id="as posted",
        ),
    ],
)
def test_a_record_that_is_there_already_is_adopted_and_nothing_of_others_is_removed(
    world: World, key: str, posted: Json, write: Json | None, decided: tuple[str, str, str]
) -> None:
    world.put_in_ordercloud("product", key, IN_ORDERCLOUD)
    before = world.ordercloud("product", key)
    assert before

    stands = world.posted("product", {"ID": key, **posted})

    path = f"/v1/products/{key}"
    first = [Call("POST", "/v1/products", {"ID": key, **posted}), Call("GET", path, None)]
    assert world.calls(key) == first + ([Call("PATCH", path, write)] if write else [])
    assert shown(stands["LastEvent"]) == decided
    merged = {**write, "xp": {**before["xp"], **write["xp"]}} if write else {}
    assert world.ordercloud("product", key) == {**before, **merged}
    # From now on the source's own properties count as its own, and nobody else's do.
    again = world.posted("product", {"ID": key, "xp": {}})
    assert again["LastEvent"]["Action"] == "Update"
    final = world.ordercloud("product", key)
    assert final
    assert final["xp"]["Other"] == "somebody else's"
    assert final["xp"]["Care"] == {"Iron": 1}


def test_ids_compare_without_case_and_a_posting_in_another_case_is_of_the_same_record(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    version = world.post("product", {"ID": key.upper(), "Name": "n"})
    stands = world.outcome("product", key.lower(), version)
    assert (stands["Keys"], shown(stands["LastEvent"])) == (
        {"ID": key.upper()},
        ("Ignore", "nothing changed", "Success"),
    )
    assert len(world.calls(key)) == 1


def test_read_only_fields_that_a_source_echoes_are_left_out(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    held = world.ordercloud("product", key)
    assert held
    echoed = {**held, "SpecCount": 7, "Inventory": {"Enabled": True, "LastUpdated": "2020-01-01T00:00:00Z"}}
    stands = world.posted(
        "product", {name: echoed[name] for name in ("ID", "Name", "OwnerID", "SpecCount", "Inventory")}
    )
    assert world.calls(key, after=1) == [Call("PATCH", f"/v1/products/{key}", {"Inventory": {"Enabled": True}})]
    assert stands["LastEvent"]["Message"] == "read-only fields were left out: OwnerID, SpecCount, Inventory.LastUpdated"


def test_a_deletion_deletes_once_and_a_posting_after_it_creates_again(world: World, key: str) -> None:
    world.posted("product", {"ID": key, **PRODUCT})
    before = world.ordercloud("product", key)

    deleted = world.deleted("product", key)
    assert (deleted["State"], shown(deleted["LastEvent"])) == (
        "deleted",
        ("Delete", "the source deletes it", "Success"),
    )
    assert (deleted["LastEvent"]["Before"], deleted["LastEvent"]["Result"]) == (before, None)
    assert world.ordercloud("product", key) is None

    again = world.deleted("product", key)
    assert shown(again["LastEvent"]) == ("Ignore", "it is deleted already", "Success")

    back = world.posted("product", {"ID": key, "Name": "back"})
    assert (back["State"], shown(back["LastEvent"])) == ("applied", ("Create", "it was deleted before", "Success"))
    assert world.calls(key, after=1) == [
        Call("DELETE", f"/v1/products/{key}", None),
        Call("POST", "/v1/products", {"ID": key, "Name": "back"}),
    ]


def test_deleting_what_is_gone_already_counts_as_done(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    world.take_from_ordercloud("product", key)
    gone = world.deleted("product", key)
    assert (gone["State"], shown(gone["LastEvent"])) == ("deleted", ("Delete", "the source deletes it", "Success"))
    [_, call] = world.journal(key)
    assert (call["method"], call["status"]) == ("DELETE", 404)


def test_deleting_what_was_never_posted_deletes_what_ordercloud_has(world: World, key: str) -> None:
    world.put_in_ordercloud("product", key, {"Name": "n"})
    assert world.deleted("product", key)["State"] == "deleted"
    assert world.calls(key) == [Call("DELETE", f"/v1/products/{key}", None)]
    assert world.ordercloud("product", key) is None


def test_a_deletion_and_a_posting_that_meet_in_the_queue_become_a_replacement(world: World, key: str) -> None:
    world.posted("product", {"ID": key, **PRODUCT})
    with world.slow(f"/v1/products/{key}$"):
        world.post("product", {"ID": key, "Description": "under way"})
        wait_for(lambda: world.storage_requests(key).count("PUT cache") >= 3, what="the second claim")
        world.delete("product", key)
        stands = world.outcome("product", key, world.post("product", {"ID": key, "Name": "new"}))

    assert shown(stands["LastEvent"]) == ("Create", "the source deleted it and posted it again", "Success")
    path = f"/v1/products/{key}"
    assert world.calls(key, after=1) == [
        Call("PATCH", path, {"Description": "under way"}),
        Call("DELETE", path, None),
        Call("POST", "/v1/products", {"ID": key, "Name": "new"}),
    ]
    held = world.ordercloud("product", key)
    assert held
    assert (held["Name"], held["Description"], held["xp"]) == ("new", None, None)


@pytest.mark.parametrize(
    ("then", "calls"),
    [
        pytest.param({"Name": "m"}, ["PATCH 404", "POST 201"], id="patch"),
        pytest.param({"xp": {}}, ["GET 404", "POST 201"], id="update"),
    ],
)
def test_what_went_behind_our_back_is_created_again_with_all_that_the_source_manages(
    world: World, key: str, then: Json, calls: list[str]
) -> None:
    first = {"ID": key, "Name": "n", "Description": "d", "xp": {"a": 1}}
    world.posted("product", first)
    world.take_from_ordercloud("product", key)
    stands = world.posted("product", {"ID": key, **then})
    reason = "it is gone from OrderCloud behind our back"
    assert (stands["State"], shown(stands["LastEvent"])) == ("applied", ("Create", reason, "Success"))
    assert [f"{call['method']} {call['status']}" for call in world.journal(key)[1:]] == calls
    assert world.calls(key)[-1].body == {**first, **then}


def test_a_refresh_reads_again_and_corrects_what_drifted(world: World, key: str) -> None:
    """The client `watcher` has the policies Refresh `always` and Drift `correct`."""
    product = {"ID": key, "Name": "n", "Inventory": {"Enabled": True, "QuantityAvailable": 5}, "xp": {"a": {"b": 1}}}
    path = f"/v1/products/{key}"
    world.posted("product", product, client="watcher")

    same = world.posted("product", product, client="watcher")
    assert shown(same["LastEvent"]) == ("Get", "nothing changed; OrderCloud is read again", "Success")

    held = world.ordercloud("product", key)
    assert held
    sold = {**held["Inventory"], "QuantityAvailable": 3}
    world.put_in_ordercloud("product", key, {"Inventory": sold, "Description": "nobody's business"})
    moved = world.posted("product", product, client="watcher")
    assert shown(moved["LastEvent"]) == ("Get", "nothing changed; OrderCloud is read again", "Success")

    world.put_in_ordercloud("product", key, {"Name": "by hand", "xp": {"a": {"b": 2, "c": 3}}})
    drifted = world.posted("product", product, client="watcher")
    reason = "fields changed: Name, xp.a.b; OrderCloud's values had drifted: Name, xp.a.b"
    assert shown(drifted["LastEvent"]) == ("Patch", reason, "Success")

    # A run that the sweep begins beside the trigger's may read once more, but never write once more.
    calls = world.calls(key, after=1)
    writes = [call for call in calls if call.method != "GET"]
    assert calls[:3] == [Call("GET", path, None)] * 3
    assert writes == [Call("PATCH", path, {"Name": "n", "xp": {"a": {"b": 1, "c": 3}}})]
    final = {**held, "Inventory": sold, "Description": "nobody's business", "xp": {"a": {"b": 1, "c": 3}}}
    assert world.ordercloud("product", key) == final
