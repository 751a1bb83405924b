"""Dead letters by the operators' command, on the whole stack."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e_command import COMMAND, documented, orchestrate
from e2e_dead import died, of, refused_for_now
from e2e_world import World, wait_for


def asked(world: World, *arguments: str) -> tuple[int, Any]:
    code, printed = orchestrate(world, "deadletters", *arguments, "--json")
    return code, json.loads(printed)


def test_the_command_lists_shows_replays_and_drops(world: World, key: str) -> None:
    other = f"{key}-other"
    refused_for_now(world, key, client="pim")
    died(world, other, client="pim")

    code, table = orchestrate(world, "deadletters", "list", "--client", "pim", "--field", "Name")
    assert (code, key in table, other in table, "correct the record" in table) == (0, True, True, True)
    code, answer = asked(world, "list", "--client", "pim", "--type", "product")
    assert code == 0
    assert {key, other} <= {item["Keys"]["ID"] for item in answer["Items"]}
    code, answer = asked(world, "list", "--group", "--client", "pim")
    assert (code, answer["Items"][0]["ErrorType"]) == (0, "RefusedByOrderCloud")

    code, answer = asked(world, "show", "product", key)
    assert (code, [item["Standing"]["State"] for item in answer["Items"]]) == (0, ["dead"])
    code, printed = orchestrate(world, "deadletters", "show", "product", key, "--client", "pim")
    assert (code, "What to do: See Errors" in printed, "dead letter: it needs a person" in printed) == (0, True, True)

    code, answer = asked(world, "replay", "product", key, "--dry-run")
    assert (code, [item["Outcome"] for item in answer["Items"]], answer["DryRun"]) == (0, ["replayed"], True)
    code, answer = asked(world, "replay", "product", key, "--client", "pim")
    assert (code, [item["Outcome"] for item in answer["Items"]]) == (0, ["replayed"])
    wait_for(lambda: not of(world, key), what="the replay")

    code, answer = asked(world, "drop", "product", other, "--yes")
    assert (code, [item["Outcome"] for item in answer["Items"]]) == (0, ["dropped"])
    assert of(world, other) == []


def test_the_command_s_exit_codes_say_what_came_of_it(world: World, key: str, tmp_path: Path) -> None:
    died(world, key)
    [letter] = of(world, key)
    gone = letter["Key"].replace(key.lower(), f"{key.lower()}-gone")
    assert asked(world, "drop", "--key", letter["Key"], "--key", gone, "--dry-run")[0] == 1  # not all of them
    assert orchestrate(world, "deadletters", "drop", "product", key)[0] == 1  # nobody was there to say that it is meant
    assert len(of(world, key)) == 1
    assert asked(world, "list", "--client", "nobody") == (1, {"Items": [], "NextKey": None})
    assert asked(world, "replay", "product", f"{key}-gone") == (1, {"Items": [], "DryRun": False})
    for wrong in (
        ("list", "--type", "unicorn"),
        ("list", "--status", "many"),
        ("replay",),
        ("replay", "product"),
        ("replay", "--all", "--field", "Name"),
        ("drop", "--key", "k", "--all"),
    ):
        assert (wrong, orchestrate(world, "deadletters", *wrong)[0]) == (wrong, 2)
    command = [str(COMMAND), "deadletters", "list", "--state", str(tmp_path)]
    nobody = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (nobody.returncode, "orchestrate up" in nobody.stderr) == (3, True)


def test_the_command_asks_any_api_with_a_token(world: World, key: str) -> None:
    died(world, key)
    for client, code in (("operator", 0), ("pim", 3)):
        options = ("--api", world.ready["api"], "--token", world.new_token(client), "--json")
        done = subprocess.run(
            [str(COMMAND), "deadletters", "show", "product", key, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("arguments", documented("deadletters"), ids=" ".join)
def test_the_commands_of_the_operations_document_run(world: World, arguments: list[str]) -> None:
    harmless = [] if arguments[1] in ("list", "show") or "--dry-run" in arguments else ["--dry-run"]
    code, _ = orchestrate(world, *arguments, *harmless)
    assert code in (0, 1)  # whether anything matches depends on the other tests
