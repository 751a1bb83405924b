"""`orchestrate verify`, `cache rebuild` and `profiles` against the whole stack."""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import e2e_command
import pytest
from e2e_command import COMMAND, documented
from e2e_world import World, own_stack

from localdev.provisioning import OWN_TIMEOUT
from localdev.stack import StackOptions

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack whose records are these tests' alone: a verification looks at all of them."""
    state = tmp_path_factory.mktemp("verifying") / "state"
    with own_stack(StackOptions(state=state, sweep_seconds=5, claim_seconds=5)) as own:
        yield own.world


orchestrate = partial(e2e_command.orchestrate, seconds=120)  # it looks at all that there is


def asked(world: World, *arguments: str, given: str = "") -> tuple[int, Any]:
    code, printed = orchestrate(world, *arguments, "--json", given=given)
    return code, json.loads(printed)


def cache_wrongly(world: World, key: str, **fields: Any) -> None:
    """Have the cache say of a product what OrderCloud never said."""
    blob = world.container("cache").get_blob_client(f"laptop/product/{key}")
    stored = json.loads(blob.download_blob(timeout=OWN_TIMEOUT).readall())
    stored["Current"] |= fields
    blob.upload_blob(json.dumps(stored).encode(), overwrite=True, timeout=OWN_TIMEOUT)


def kinds(answer: Json) -> dict[str, str]:
    return {item["RecordID"]: item["Kind"] for item in answer["Items"]}


def corrected(world: World) -> tuple[int, dict[str, tuple[str, str]]]:
    """Correct all that is different, and return the exit code, and the kind and the outcome of each."""
    code, answer = asked(world, "verify", "--correct")
    assert answer["Unread"] == []
    return code, {item["RecordID"]: (item["Kind"], item["Outcome"]) for item in answer["Items"]}


def test_each_kind_of_difference_is_found_and_mended_through_the_pipeline_with_events(world: World) -> None:
    for key in ("changed", "deleted", "wrong", "same"):
        world.posted("product", {"ID": key, "Name": "n"})
    world.posted("priceschedule", {"ID": "prices", "Name": "n"})
    assert asked(world, "verify")[0] == 0

    world.put_in_ordercloud("product", "changed", {"Name": "theirs"})
    world.take_from_ordercloud("product", "deleted")
    world.put_in_ordercloud("product", "created", {"Name": "theirs"})
    cache_wrongly(world, "wrong", Name="never said")
    code, answer = asked(world, "verify")
    expected = {
        "laptop/product/changed": "Changed",
        "laptop/product/deleted": "Deleted",
        "laptop/product/created": "Created",
        "laptop/product/wrong": "CachedWrongly",
    }
    assert (code, kinds(answer), answer["Unread"]) == (1, expected, [])
    # A laptop's supplier and buyer are there from the start; nothing is cached of them, so nothing is told.
    assert answer["Looked"] == {"product": 5, "priceschedule": 1}
    seller = world.credentials("seller")["client_id"].lower()
    [changed] = [item["Fields"] for item in answer["Items"] if item["Kind"] == "Changed"]
    assert changed == [{"Field": "Name", "Cached": "n", "There": "theirs", "ManagedBy": [seller]}]
    assert asked(world, "verify", "priceschedule")[0] == 0
    code, printed = orchestrate(world, "verify")
    assert (code, "4 records" in printed, "laptop/product/created" in printed) == (1, False, True)

    code, answer = asked(world, "verify", "--correct")
    outcomes = {item["RecordID"]: item["Outcome"] for item in answer["Items"]}
    assert (code, outcomes) == (0, {**dict.fromkeys(expected, "Mended"), "laptop/product/created": "Learned"})
    assert world.ordercloud("product", "created")
    equal = (0, {"Items": [], "Looked": {"product": 5, "priceschedule": 1}, "Unread": []})
    assert asked(world, "verify") == equal
    actions = {"changed": "Patch", "deleted": "Create", "wrong": "Get"}
    for key, action in actions.items():
        held, stands = world.ordercloud("product", key), world.standing("product", key)
        assert held
        assert stands
        assert (held["Name"], stands["State"], stands["LastEvent"]["Action"]) == ("n", "applied", action)
        assert [event["Level"] for event in stands["Events"]] == ["Success", "Progress", "Success"]
    code, answer = asked(world, "verify", "--client", "seller")
    assert (code, kinds(answer), answer["Looked"]["product"]) == (0, {}, 4)

    code, answer = asked(world, "cache", "rebuild", "product")
    [row] = answer["Items"]
    assert (code, row["RecordType"], row["Read"], answer["Left"]) == (0, "product", 5, [])
    assert not (world.state / "cache-rebuild.json").exists()
    assert asked(world, "verify") == equal

    world.take_from_ordercloud("product", "created")
    assert corrected(world) == (0, {"laptop/product/created": ("Deleted", "Learned")})
    assert asked(world, "verify") == equal
    world.put_in_ordercloud("product", "created", {"Name": "theirs"})
    assert corrected(world) == (0, {"laptop/product/created": ("Created", "Learned")})
    world.put_in_ordercloud("product", "created", {"Name": "theirs again"})
    assert corrected(world) == (0, {"laptop/product/created": ("Changed", "Learned")})
    assert asked(world, "verify") == equal
    assert world.standing("product", "created") is None
    told = world.api("operator").get("/logs", params={"RecordType": "product", "Keys": "created"}).json()["Items"]
    assert [(event["Client"], event["Action"]) for event in told] == [("operator:verify", "Get")] * 4
    assert world.api("pim").get("/logs", params={"RecordType": "product", "Keys": "created"}).json()["Items"] == []
    counted = world.api("operator").get("/stats").json()["Items"]
    assert {row["Client"] for row in counted} == {seller}


def test_what_ordercloud_makes_by_itself_is_learned_and_a_rebuild_finds_the_same(world: World) -> None:
    world.posted("catalog", {"ID": "own", "Name": "n"})
    world.posted("buyer", {"ID": "guests", "Name": "n"})
    others = [key for key in world.everything()["buyers"] if key != "guests"]
    expected = {"laptop/catalog/guests": "Created", **{f"laptop/buyer/{key.lower()}": "Created" for key in others}}
    code, answer = asked(world, "verify")
    assert (code, kinds(answer)) == (1, expected)
    assert corrected(world) == (0, dict.fromkeys(expected, ("Created", "Learned")))
    code, answer = asked(world, "verify")
    assert (code, answer["Items"], answer["Unread"]) == (0, [], [])
    code, answer = asked(world, "cache", "rebuild")
    assert (code, answer["Left"], answer["Unread"]) == (0, [], [])
    code, answer = asked(world, "verify")
    assert (code, answer["Items"], answer["Unread"]) == (0, [], [])
    stands = world.posted("catalog", {"ID": "guests", "Name": "ours"})
    assert stands["LastEvent"]["Action"] == "Patch"


def test_a_lost_cache_is_rebuilt_and_goes_on_where_it_stopped(world: World) -> None:
    world.posted("product", {"ID": "kept", "Name": "n"})
    names = world.blobs("cache", "/product/")
    for name in names:
        world.container("cache").delete_blob(name, timeout=OWN_TIMEOUT)
    (world.state / "cache-rebuild.json").write_text("no JSON")
    code, answer = asked(world, "cache", "rebuild", "product")
    assert (code, answer["Items"][0]["Read"], world.blobs("cache", "/product/")) == (0, len(names), names)
    interrupted = json.dumps({"laptop/product": "2026-01-01T00:00:00+00:00"})
    for options, read in (((), "Fresh"), (("--anew",), "Read")):
        (world.state / "cache-rebuild.json").write_text(interrupted)
        code, answer = asked(world, "cache", "rebuild", "product", *options)
        assert (code, answer["Items"][0][read]) == (0, len(names))
        assert not (world.state / "cache-rebuild.json").exists()
    assert asked(world, "verify", "product")[0] == 0
    stands = world.posted("product", {"ID": "kept", "Name": "m"})
    assert stands["LastEvent"]["Action"] == "Patch"


def test_what_cannot_be_looked_at_has_an_exit_code_of_its_own(world: World, tmp_path: Path) -> None:
    world.posted("product", {"ID": "seen", "Name": "n"})
    with world.faults({"path": "^/v1/products", "kind": "status", "value": {"status": 503}}):
        code, answer = asked(world, "verify", "product")
    assert (code, answer["Items"], [each["What"] for each in answer["Unread"]]) == (2, [], ["laptop/product"])
    assert orchestrate(world, "verify", "unicorn")[0] == 2
    assert orchestrate(world, "verify", "--client", "nobody")[0] == 2
    command = [str(COMMAND), "verify", "--state", str(tmp_path)]
    nobody = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (nobody.returncode, "orchestrate up" in nobody.stderr) == (2, True)


def test_profiles_are_added_listed_and_checked(world: World, tmp_path: Path) -> None:
    code, answer = asked(world, "profiles", "list")
    assert (code, len(answer["Items"]), answer["Wrong"]) == (0, 7, [])
    assert not any(client["client_secret"] in json.dumps(answer) for client in world.ready["clients"])
    pim = next(each for each in answer["Items"] if each["ClientSecret"] == "env:ORCHESTRATION_SECRET_PIM")

    newcomer = {**pim, "ClientID": "newcomer", "ClientSecret": "env:NOT_SET"}
    file = tmp_path / "newcomer.json"
    file.write_text(json.dumps(newcomer))
    code, kept = asked(world, "profiles", "add", str(file))
    assert (code, kept) == (0, newcomer)
    changed = json.dumps({**newcomer, "Policies": {"Deletes": "refuse"}})
    assert orchestrate(world, "profiles", "add", "-", given=changed)[0] == 1
    assert asked(world, "profiles", "add", "-", "--replace", given=changed)[0] == 0
    wrong = json.dumps({**newcomer, "Resource": "everybody"})
    code, printed = orchestrate(world, "profiles", "add", "-", "--replace", given=wrong)
    assert (code, "Resource" in printed) == (1, True)

    code, answer = asked(world, "profiles", "check", "newcomer")
    assert (code, [(each["About"], each["Ok"]) for each in answer["Items"][0]["Findings"]]) == (
        1,
        [("Profile", True), ("Secret", False)],
    )
    assert asked(world, "profiles", "check", "pim", "--type", "product")[0] == 0
    code, answer = asked(world, "profiles", "check", "pim", "--type", "buyer")
    assert (code, "BuyerAdmin" in answer["Items"][0]["Findings"][-1]["Cure"]) == (1, True)
    code, printed = orchestrate(world, "profiles", "check")
    assert (code, "FAULT" in printed) == (1, True)
    world.container("profiles").delete_blob("newcomer.json", timeout=OWN_TIMEOUT)


def test_a_file_of_settings_names_an_account(world: World, tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {**account(world), "EVENT_LOG_PATH": str(tmp_path / "events.sqlite")}}))
    # The laptop's profiles have no https addresses, which only development lets pass.
    code, answer = asked(world, "profiles", "list", "--settings", str(file))
    assert (code, len(answer["Wrong"])) == (1, len(world.blobs("profiles", "")))
    assert all("secrets and tokens go over https only" in fault for fault in answer["Wrong"])
    literal = json.dumps({**literal_profile(), "ClientSecret": "hush-hush"})
    code, printed = orchestrate(world, "profiles", "add", "-", "--settings", str(file), given=literal)
    assert (code, "reference" in printed, "hush-hush" in printed) == (1, True, False)
    file.write_text("{}")
    assert orchestrate(world, "profiles", "list", "--settings", str(file))[0] == 2


def account(world: World) -> Json:
    """Return the settings of an account in production, on the laptop's services."""
    return {
        "AzureWebJobsStorage": world.ready["storage"]["connection_string"],
        "ORDERCLOUD_API_URL": world.ready["sandbox"]["api"],
        "ENVIRONMENT": "production",
    }


def literal_profile() -> Json:
    hosts = {"ApiUrl": "https://api.example", "AuthUrl": "https://auth.example"}
    return {"Marketplace": "acme", **hosts, "ClientID": "erp", "Resource": "seller"}


@pytest.mark.parametrize("arguments", documented("verify", "cache", "profiles"), ids=" ".join)
def test_the_commands_of_the_operations_document_run(world: World, arguments: list[str], tmp_path: Path) -> None:
    profile = json.dumps({**literal_profile(), "ClientSecret": "env:ERP_SECRET"})
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": account(world)}))
    given = [str(file) if each == "account.json" else "-" if each == "erp.json" else each for each in arguments]
    code, printed = orchestrate(world, *given, given=profile)
    assert code in (0, 1), printed  # whether anything is amiss depends on the other tests
    if "add" in arguments:
        world.container("profiles").delete_blob("erp.json", timeout=OWN_TIMEOUT)
