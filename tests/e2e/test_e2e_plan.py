"""A plan of 200 records writes nothing anywhere, and tells what posting them then does: action, diff and requests."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from e2e_command import orchestrate
from e2e_world import Json, World, errors_of, own_stack, wait_for

from localdev.provisioning import OWN_TIMEOUT, queue_is_empty
from localdev.stack import StackOptions

PRODUCT: Json = {"Name": "Tent", "ShipWeight": 2.5, "xp": {"Care": {"Wash": 30}, "Season": "autumn"}}
SHARES = {
    "ignored": 25,
    "created": 25,
    "updated": 25,
    "patched": 25,
    "adopted": 20,
    "looked-at": 10,
    "refused": 10,
    "deleted": 25,
    "refreshed": 20,
    "corrected": 15,
}
WATCHED = ("refreshed", "corrected")
"""Those of a source whose profile refreshes always."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack for these tests alone: a write of anybody's would be one of a plan's."""
    with own_stack(StackOptions(state=tmp_path_factory.mktemp("plan") / "state", sweep_seconds=59)) as own:
        yield own.world


def named(share: str) -> list[str]:
    return [f"{share}-{n}" for n in range(SHARES[share])]


def body(share: str, key: str) -> Json:
    """Return what is planned and then posted."""
    whole: Json = {"ID": key, **PRODUCT}
    match share:
        case "updated":
            return whole | {"xp": {"Care": {"Wash": 30}}}
        case "patched":
            return whole | {"ShipWeight": 3, "xp": {**PRODUCT["xp"], "Care": {"Wash": 40}}}
        case "refused":
            return whole | {"Name": 5, "Colour": "red"}
        case _:
            return whole


def settle(world: World) -> None:
    wait_for(lambda: queue_is_empty(world.ready["storage"]["connection_string"]), 120, what="the end of the queue")


def post(world: World, bodies: list[Json], client: str) -> httpx.Response:
    return world.api(client).post("/orchestration/product", json=bodies)


def app_requests(world: World) -> list[str]:
    """Return the app's storage requests so far, in order, as Azurite logged them."""
    lines = Path(world.ready["logs"]["azurite"]).read_text(errors="replace").splitlines()
    return [line for line in lines if '"' in line and f"timeout={OWN_TIMEOUT}" not in line]


def journal(world: World) -> list[Json]:
    """Return the journal's entries so far without those about callers."""
    return [each for each in world.mentions("") if each["path"].startswith("/v1/") and each["path"] != "/v1/me"]


def prepare(world: World) -> None:
    """Have in OrderCloud, and in the cache, what the postings are to meet."""
    for client in ("seller", "watcher"):
        shares = WATCHED if client == "watcher" else ("ignored", "updated", "patched", "deleted")
        bodies = [{"ID": key, **PRODUCT} for share in shares for key in named(share)]
        assert post(world, bodies, client).status_code == 202
    settle(world)
    for share, fields in (("adopted", {"Name": "Tarp", "xp": {"Other": 1}}), ("looked-at", PRODUCT)):
        for key in named(share):
            world.put_in_ordercloud("product", key, fields)
    for key in named("corrected"):
        world.put_in_ordercloud("product", key, {"Name": "by hand"})


def plan(world: World, client: str, shares: tuple[str, ...]) -> Json:
    bodies = [body(share, key) for share in shares for key in named(share)]
    answer = world.api(client).post("/plan/product", json=bodies)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def test_a_plan_of_200_records_writes_nothing_and_tells_what_posting_them_does(world: World) -> None:
    assert sum(SHARES.values()) == 200
    prepare(world)
    of_seller = tuple(share for share in SHARES if share not in (*WATCHED, "deleted"))

    requests, calls, events = len(app_requests(world)), len(journal(world)), world.events("")
    told = plan(world, "seller", of_seller)
    refused = [(each["ErrorCode"], each["Data"]["Field"]) for each in told["Errors"]]
    assert refused == [("InvalidType", "Name"), ("UnknownField", "Colour")] * SHARES["refused"]
    assert [item["Index"] for item in told["Items"]] == [*range(130)]
    items = told["Items"] + plan(world, "watcher", WATCHED)["Items"]
    for key in named("deleted"):
        answer = world.api().delete(f"/plan/product/{key}")
        assert (answer.status_code, answer.json()["Errors"]) == (200, []), answer.text
        items += answer.json()["Items"]

    methods = Counter(line.split('"')[1].split()[0] for line in app_requests(world)[requests:])
    assert set(methods) <= {"GET", "HEAD"}
    assert methods["GET"] > len(items)
    assert {entry["method"] for entry in journal(world)[calls:]} == {"GET"}
    assert world.events("") == events
    assert (world.blobs("queue", ""), world.blobs("parked", ""), world.blobs("deadletters", "")) == ([], [], [])
    assert Counter(item["Action"] for item in items) == {
        "Ignore": 25,
        "Create": 25,
        "Update": 25,
        "Patch": 25 + 20 + 15,
        "Get": 10 + 20,
        "Delete": 25,
    }

    calls = len(journal(world))
    bodies = [body(share, key) for share in of_seller for key in named(share)]
    answer = post(world, bodies, "seller")
    assert (answer.status_code, answer.json()["Errors"]) == (207, told["Errors"])
    watched = [body(share, key) for share in WATCHED for key in named(share)]
    assert post(world, watched, "watcher").status_code == 202
    for key in named("deleted"):
        world.delete("product", key)
    settle(world)
    made = journal(world)[calls:]
    for item in items:
        key = item["Keys"]["ID"]
        client = "watcher" if key.rpartition("-")[0] in WATCHED else "seller"
        stands = world.standing("product", key, client)
        assert stands
        event = stands["LastEvent"]
        happened = {name: event[name] for name in ("RecordType", "Keys", "Action", "Reason", "Diff")}
        assert {name: item[name] for name in happened} == happened
        assert [(call["Method"], call["Path"], call["Body"]) for call in item["Calls"]] == [
            (entry["method"], entry["path"], entry["request"]) for entry in made if is_about(entry, key)
        ], key
    assert sum(len(item["Calls"]) for item in items) == len(made)


def is_about(entry: Json, key: str) -> bool:
    return bool(entry["path"] == f"/v1/products/{key}" or (entry["request"] or {}).get("ID") == key)


def test_operators_plan_for_a_client_and_others_for_themselves_alone(world: World) -> None:
    key = f"op-{uuid.uuid4().hex[:8]}"
    seller = world.credentials("seller")["client_id"]
    for name, params, wanted in (
        ("operator", {"client": seller}, 200),
        ("operator", {"client": "nobody"}, 403),
        ("operator", {}, 403),
        ("seller", {}, 200),
        ("pim", {"client": seller}, 403),
        ("reader", {}, 403),
    ):
        answer = world.api(name).post("/plan/product", json={"ID": key, "Name": "n"}, params=params)
        assert answer.status_code == wanted, (name, params, answer.text)
    assert errors_of(world.api(None).post("/plan/product", json={})) == (401, [("InvalidToken", None)])
    assert world.api().get(f"/explain/product/{key}").status_code == 404


def test_what_the_intake_refuses_as_a_whole_a_plan_refuses_too(world: World) -> None:
    many = [{"ID": f"many-{n}", "Name": "n"} for n in range(1001)]
    assert errors_of(world.api().post("/plan/product", json=many))[0] == 413
    assert errors_of(world.api().post("/plan/nothing", json={}))[0] == 404
    assert errors_of(world.api().delete("/plan/product/a/b"))[0] == 400
    one = world.api().post("/plan/product", json={"ID": "a b"})
    assert (one.status_code, [each["ErrorCode"] for each in one.json()["Errors"]]) == (200, ["InvalidID"])


def test_a_source_s_records_are_listed_page_by_page_with_their_states(world: World) -> None:
    for share in ("x", "y"):
        world.posted(
            "priceschedule", {"ID": f"list-{share}", "Name": share, "PriceBreaks": [{"Quantity": 1, "Price": 2}]}
        )
    world.deleted("priceschedule", "list-x")
    world.posted("priceschedule", {"ID": "list-y", "UseCumulativeQuantity": True}, "pim")
    first = world.api().get("/orchestration/priceschedule", params={"pageSize": 1})
    assert first.status_code == 200, first.text
    [item] = first.json()["Items"]
    assert (item["Keys"], item["State"], set(item)) == (
        {"ID": "list-x"},
        "deleted",
        {"RecordType", "Keys", "Version", "State"},
    )
    rest = world.api().get("/orchestration/priceschedule", params={"after": first.json()["NextKey"]}).json()
    assert [(each["Keys"]["ID"], each["State"]) for each in rest["Items"]] == [("list-y", "applied")]
    assert rest["NextKey"] is None
    client = world.credentials("pim")["client_id"]
    seen = world.api("operator").get("/orchestration/priceschedule", params={"client": client}).json()
    assert [each["Keys"]["ID"] for each in seen["Items"]] == ["list-y"]
    assert world.api("operator").get("/orchestration/priceschedule").json()["Items"] == []
    assert errors_of(world.api("pim").get("/orchestration/priceschedule", params={"client": client}))[0] == 403
    wrong = world.api().get("/orchestration/priceschedule", params={"pageSize": 101, "page": 2})
    assert errors_of(wrong) == (
        400,
        [("OutOfRange", {"Field": "pageSize"}), ("UnknownParameter", {"Field": "page"})],
    )
    both = world.api("operator").get(f"/explain/priceschedule/{quote('list-y')}", params={"client": client}).json()
    assert (both["OtherSources"], both["OtherClients"]) == (True, [world.credentials("seller")["client_id"].lower()])


def test_the_commands_plan_a_file_and_explain_a_record(world: World, key: str, tmp_path: Path) -> None:
    file = tmp_path / "records.json"
    file.write_text(json.dumps([{"ID": key, "Name": "n"}, {"ID": key, "Name": 5}]), encoding="utf-8")
    code, printed = orchestrate(world, "plan", "product", str(file), "--json")
    told = json.loads(printed)
    assert (code, [item["Action"] for item in told["Items"]]) == (1, ["Create"])
    assert [each["Data"] for each in told["Errors"]] == [{"Index": 1, "Field": "Name"}]
    code, table = orchestrate(world, "plan", "product", str(file), "--calls")
    assert f'POST /v1/products  {{"ID": "{key}", "Name": "n"}}' in table
    lines = "".join(f'{{"ID": "{key}-{n}", "Name": "n"}}\n' for n in range(501))
    code, printed = orchestrate(world, "plan", "product", "-", "--client", "pim", "--json", given=lines)
    assert (code, [item["Index"] for item in json.loads(printed)["Items"]]) == (0, [*range(501)])

    assert orchestrate(world, "explain", "product", key)[0] == 2
    world.posted("product", {"ID": key, "Name": "n"})
    stands = world.posted("product", {"ID": key, "Name": "m"})
    code, printed = orchestrate(world, "explain", "product", key, "--json")
    found = json.loads(printed)
    assert (code, {name: found[name] for name in stands}) == (0, stands)
    code, words = orchestrate(world, "explain", "product", key)
    said = ("applied: fields changed: Name", "Name: 'n' → 'm'", f"PATCH /v1/products/{key}", "Next: Ignore")
    assert (code, [text for text in said if text not in words]) == (0, [])
    for wrong in (
        ("plan", "unicorn", str(file)),
        ("plan", "product", "nowhere.json"),
        ("explain", "product", "a", "b"),
    ):
        assert (wrong, orchestrate(world, *wrong)[0]) == (wrong, 2)
