"""The command `orchestrate up` itself: its ready line, its death, its next start, and its end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from e2e_world import World, secrets_at_rest, wait_for

from localdev.processes import end_leftover

pytestmark = pytest.mark.xdist_group("up")

COMMAND = Path(sys.executable).parent / "orchestrate"
KEYS = {"api", "clients", "sandbox", "storage", "event_log", "logs", "pids", "state"}


@contextmanager
def up(state: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a session of its own; whatever a test leaves behind of it is ended."""
    command = [str(COMMAND), "up", "--json", "--state", str(state), *options]
    with (
        (state.parent / "up.log").open("a") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def ready(process: subprocess.Popen[str]) -> World:
    """Read the ready line."""
    assert process.stdout
    return World(json.loads(process.stdout.readline()))


def running(state: Path) -> list[list[str]]:
    """Return the command lines of the processes that name a state directory."""
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline", "status"])]
    return [command for command in found if any(str(state) in part for part in command)]


@pytest.fixture
def tidy(state: Path) -> Iterator[Path]:
    """Give a state directory, and end what a failed test left running on it."""
    yield state
    for pid_file in (state / "pids").glob("*.json"):
        end_leftover(pid_file)


def test_a_killed_up_goes_on_where_it_stopped_and_ctrl_c_leaves_nothing_behind(tidy: Path, key: str) -> None:
    # The trigger delivers nothing, so all of it still waits when the command is killed.
    with up(tidy, "--sweep-seconds", "59", "--trigger-faults", "drop=1") as first, ready(first) as world:
        assert set(world.ready) == KEYS
        assert psutil.Process(world.ready["pids"]["host"]).is_running()
        items = [{"ID": f"{key}-{number}", "Name": "n"} for number in range(20)]
        answer = world.api().post("/orchestration/product", json=items)
        assert answer.status_code == 202
        versions = {item["Keys"]["ID"]: item["Version"] for item in answer.json()["Items"]}
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait(10) == -signal.SIGKILL
        secrets = world.secrets
        wait_for(lambda: not running(tidy), 12, what="the end of the children of the killed command")

    with up(tidy, "--sweep-seconds", "2", "--claim-seconds", "3") as second, ready(second) as world:
        for identifier, version in versions.items():
            assert world.outcome("product", identifier, version)["State"] == "applied"
        assert [world.calls(identifier)[0].method for identifier in versions] == ["POST"] * len(versions)
        assert sum(len(world.calls(identifier)) for identifier in versions) == len(versions)
        secrets += world.secrets
        assert second.stdout
        os.kill(second.pid, signal.SIGINT)
        assert second.wait(30) == 0
        assert second.stdout.read() == "", "the ready line is the only output"

    wait_for(lambda: not running(tidy), 5, what="the end of every process")
    assert secrets_at_rest(tidy, secrets) == []


def test_a_second_up_on_the_same_state_is_refused(tidy: Path) -> None:
    with up(tidy) as first, ready(first) as world:
        second = subprocess.run(
            [str(COMMAND), "up", "--json", "--state", str(tidy)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert "another run uses" in second.stderr
        assert world.api().get("/health").status_code == 200
        # Ctrl-C in a terminal reaches the command alone: its children have sessions of their own.
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(30) == 0
    wait_for(lambda: not running(tidy), 5, what="the end of every process")
