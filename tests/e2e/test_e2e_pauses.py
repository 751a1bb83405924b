"""Pauses on the whole stack: what is paused waits and costs nothing, and goes on when it is resumed."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_command import COMMAND, documented, orchestrate
from e2e_world import Json, World, errors_of, own_stack, wait_for
from json_schema import breaches

from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("pauses")

RECORDS = 20


@pytest.fixture(scope="module")
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack for these tests alone: what they pause, nobody else posts."""
    with own_stack(StackOptions(state=tmp_path_factory.mktemp("pauses") / "state", sweep_seconds=1)) as own:
        yield own.world


@pytest.fixture
def world(own_world: World) -> Iterator[World]:
    """Give the stack, where nothing is paused before or after a test."""
    yield own_world
    for pause in pauses(own_world):
        resume(own_world, pause["Client"] or pause["Resource"], pause["RecordType"])


def pauses(world: World) -> list[Json]:
    answer = world.api("operator").get("/pauses")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["Items"]
    return items


def pause(world: World, whose: str, record_type: str | None = None, **body: str) -> Json:
    params = {"recordType": record_type} if record_type else {}
    answer = world.api("operator").put(f"/pauses/{whose}", params=params, json=body)
    assert answer.status_code == 200, answer.text
    paused: Json = answer.json()
    return paused


def resume(world: World, whose: str, record_type: str | None = None) -> Json:
    params = {"recordType": record_type} if record_type else {}
    answer = world.api("operator").delete(f"/pauses/{whose}", params=params)
    assert answer.status_code == 200, answer.text
    resumed: Json = answer.json()
    return resumed


def client(world: World, name: str) -> str:
    return str(world.credentials(name)["client_id"])


def after_sweeps(world: World, count: int = 3) -> None:
    """Wait until so many more sweeps have looked for what is resumed."""
    seen = len(world.storage_requests("prefix=paused/&"))
    wait_for(lambda: len(world.storage_requests("prefix=paused/&")) >= seen + count, what="sweeps")


def parked(world: World, key: str, name: str = "pim", record_type: str = "product") -> bool:
    stands = world.standing(record_type, key, name)
    return stands is not None and (stands["State"], stands["WaitingFor"]) == ("parked", "paused")


def test_what_is_paused_waits_untouched_and_is_applied_once_and_in_order_when_resumed(world: World, key: str) -> None:
    pim = client(world, "pim")
    paused = pause(world, pim, Reason="a bad catalogue")
    assert {name: paused[name] for name in paused if name != "Since"} == {
        "Client": pim.lower(),
        "Resource": None,
        "RecordType": None,
        "By": "operator@laptop.example",
        "Reason": "a bad catalogue",
        "Clients": 1,
        "Waiting": 0,
        "More": False,
    }
    keys = [f"{key}-{number:02}" for number in range(RECORDS)]
    for name in ("first", "second", "last"):
        answer = world.api("pim").post("/orchestration/product", json=[{"ID": each, "Name": name} for each in keys])
        assert answer.status_code == 202
    wait_for(lambda: not world.blobs("queue", key), what="that all of it waits")
    assert pauses(world) == [{**paused, "Waiting": RECORDS}]
    stands = world.standing("product", keys[0], "pim")
    assert stands
    assert (stands["State"], stands["WaitingFor"], stands["NextAttempt"]) == ("parked", "paused", None)

    after_sweeps(world, 1)  # triggers that came late are through
    requests = len(world.storage_requests(key)), len(world.storage_requests(f"prefix=paused/{pim.lower()}"))
    after_sweeps(world)
    assert (
        len(world.storage_requests(key)),
        len(world.storage_requests(f"prefix=paused/{pim.lower()}")),
    ) == requests, "what waits is neither listed nor looked at"
    assert world.mentions(key) == [], "nothing reached OrderCloud"

    assert resume(world, pim) == {**paused, "Waiting": RECORDS}
    assert pauses(world) == []
    wait_for(lambda: not world.blobs("parked", key), what="that all of it is taken up")
    for each in keys:
        assert [(call.method, call.body["Name"]) for call in world.calls(each)] == [("POST", "last")]
        stands = world.standing("product", each, "pim")
        assert stands
        assert stands["State"] == "applied"


def test_only_the_type_that_is_paused_waits(world: World, key: str) -> None:
    pim = client(world, "pim")
    pause(world, pim, "priceschedule")
    schedule = {"ID": key, "Name": "n", "PriceBreaks": [{"Quantity": 1, "Price": 2}]}
    world.post("priceschedule", schedule, client="pim")
    assert world.posted("product", {"ID": f"{key}-free", "Name": "n"}, client="pim")["State"] == "applied"
    product = {"ID": key, "Name": "n", "DefaultPriceScheduleID": key}
    stands = world.posted("product", product, client="pim")
    assert (stands["State"], stands["WaitingFor"]) == ("parked", f"laptop/priceschedule/{key.lower()}")
    wait_for(lambda: parked(world, key, record_type="priceschedule"), what="the schedule")
    [held] = pauses(world)
    assert (held["Client"], held["RecordType"], held["Waiting"]) == (pim.lower(), "priceschedule", 1)
    assert errors_of(world.api("operator").delete(f"/pauses/{pim}"))[0] == 404
    resume(world, pim, "PriceSchedule")
    wait_for(lambda: world.ordercloud("product", key), what="the product, with its schedule")
    wait_for(lambda: not world.blobs("parked", key), what="the end of all hints")


def test_a_resource_is_paused_for_all_its_clients_and_no_others(world: World, key: str) -> None:
    pause(world, "supplier:Acme", Reason="audit")
    world.post("product", {"ID": key, "Name": "n"}, client="supplier")
    assert world.posted("product", {"ID": f"{key}-other", "Name": "n"}, client="pim")["State"] == "applied"
    wait_for(lambda: parked(world, key, "supplier"), what="the supplier's product")
    [held] = pauses(world)
    shown = {name: held[name] for name in ("Client", "Resource", "Waiting", "More", "Reason")}
    expected = {"Client": None, "Resource": "supplier:Acme", "Waiting": 1, "More": False, "Reason": "audit"}
    assert shown == expected
    assert world.calls(key) == []
    resume(world, "supplier:acme")
    wait_for(lambda: world.ordercloud("product", key), what="the supplier's product")


def test_paused_again_it_is_the_same_pause_and_resumed_again_there_is_none(world: World) -> None:
    pim = client(world, "pim")
    first = pause(world, pim, "product", Reason="why")
    answer = world.api("operator").put(f"/pauses/{pim.lower()}", params={"recordType": "PRODUCT"})  # without a body
    assert (answer.status_code, answer.json()) == (200, first)
    assert pause(world, pim, "product", Reason="because") == {**first, "Reason": "because"}
    resume(world, pim, "product")
    refused = world.api("operator").delete(f"/pauses/{pim}", params={"recordType": "product"})
    assert errors_of(refused) == (404, [("NotFound", None)])


REQUESTS = [("GET", "/pauses"), ("PUT", "/pauses/supplier:acme"), ("DELETE", "/pauses/supplier:acme")]


@pytest.mark.parametrize(("method", "path"), REQUESTS, ids=["list", "pause", "resume"])
def test_only_operators_see_and_do_it(world: World, method: str, path: str) -> None:
    assert errors_of(world.api(None).request(method, path)) == (401, [("InvalidToken", None)])
    for name in ("pim", "supplier", "reader", "buyer"):
        status, [(code, data)] = errors_of(world.api(name).request(method, path))
        assert (status, code, data["SufficientRoles"]) == (403, "InsufficientRoles", ["OrchestrationOperator"])
    assert pauses(world) == []


def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    params = {"recordType": "unicorn", "colour": "red"}
    refused = world.api("operator").put("/pauses/a%20b", params=params, json={"Reason": "x" * 501})
    assert errors_of(refused) == (
        400,
        [
            ("InvalidValue", {"Field": "client"}),
            ("InvalidValue", {"Field": "recordType"}),
            ("UnknownParameter", {"Field": "colour"}),
            ("TooLong", {"Field": "Reason"}),
        ],
    )
    for name in ("nobody", client(world, "stranger")):
        refused = world.api("operator").put(f"/pauses/{name}")
        assert errors_of(refused) == (404, [("NotFound", {"Field": "client"})])
    assert errors_of(world.api("operator").get("/pauses", params={"client": "x"})) == (
        400,
        [("UnknownParameter", {"Field": "client"})],
    )


def test_answers_are_as_the_description_says(world: World) -> None:
    document = world.api(None).get("/openapi.json").json()
    whose = f"/pauses/{client(world, 'pim')}"
    for method, path, described in (
        ("put", whose, "/pauses/{client}"),
        ("get", "/pauses", "/pauses"),
        ("delete", whose, "/pauses/{client}"),
    ):
        answer = world.api("operator").request(method, path)
        schema = document["paths"][described][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer.status_code == 200
        assert answer.json().get("Items", ["one"])
        assert breaches(schema, answer.json(), document) == []


# The command


def test_the_command_pauses_lists_and_resumes(world: World, tmp_path: Path) -> None:
    code, printed = orchestrate(
        world, "pauses", "pause", "--client", "pim", "--type", "product", "--reason", "why", "--json"
    )
    assert (code, json.loads(printed)["Client"]) == (0, client(world, "pim").lower())
    assert orchestrate(world, "pauses", "pause", "--resource", "seller")[0] == 0
    code, printed = orchestrate(world, "pauses", "list", "--json")
    assert (code, json.loads(printed)) == (0, {"Items": pauses(world)})
    code, printed = orchestrate(world, "pauses", "list")
    assert (code, "why" in printed, "seller" in printed, "operator@laptop.example" in printed) == (0, True, True, True)
    code, printed = orchestrate(world, "pauses", "resume", "--client", "pim", "--type", "product", "--json")
    assert (code, json.loads(printed)["Reason"]) == (0, "why")
    assert orchestrate(world, "pauses", "resume", "--resource", "seller")[0] == 0
    assert orchestrate(world, "pauses", "list") == (0, "nothing is paused\n")
    for wrong in (
        ("pause",),
        ("pause", "--client", "pim", "--resource", "seller"),
        ("pause", "--client", "nobody"),
        ("pause", "--client", "pim", "--type", "unicorn"),
        ("resume", "--client", "pim"),
    ):
        assert (wrong, orchestrate(world, "pauses", *wrong)[0]) == (wrong, 2)
    command = [str(COMMAND), "pauses", "list", "--state", str(tmp_path)]
    nobody = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (nobody.returncode, "orchestrate up" in nobody.stderr) == (3, True)


def test_the_commands_of_the_operations_document_run_in_their_order(world: World) -> None:
    commands = documented("pauses")
    assert len(commands) >= 4
    for command in commands:
        assert (command, orchestrate(world, *command)[0]) == (command, 0)
    assert pauses(world) == []
