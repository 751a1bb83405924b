"""Runs the local Functions host on the sample app, and tells what its functions wrote down."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdev.azurite import Azurite
from localdev.processes import Child, start_child, stop_child

SAMPLE = Path(__file__).parent / "host_app"
NEVER = "0 0 0 1 1 *"


@dataclass(frozen=True, slots=True)
class HostRun:
    """A host that runs, and the containers of its app."""

    child: Child
    url: str
    queue: str
    events: str
    runs_file: Path

    def runs(self, **having: object) -> list[dict[str, Any]]:
        """Give the runs noted so far, in order, that have these values."""
        if not self.runs_file.exists():
            return []
        lines = self.runs_file.read_text().splitlines()
        return [run for run in map(json.loads, lines) if having.items() <= run.items()]


def begin_host(azurite: Azurite, state: Path, names: tuple[str, str], *options: str, **env: str) -> HostRun:
    """Start a host on a state directory; the two names are those of its queue and events containers."""
    queue, events = names
    settings = {
        "AzureWebJobsStorage": azurite.connection_string,
        "QUEUE": queue,
        "EVENTS": events,
        "TICK": NEVER,
        "RUNS": str(state / "runs.jsonl"),
    }
    command = [sys.executable, "-m", "localdev.host", "--app", str(SAMPLE), "--state", str(state / "host.sqlite")]
    child = start_child("host", [*command, *options], state=state, env=settings | env)
    return HostRun(child, child.ready["url"], queue, events, state / "runs.jsonl")


@contextmanager
def running_host(azurite: Azurite, state: Path, names: tuple[str, str], *options: str, **env: str) -> Iterator[HostRun]:
    """Run a host for the length of a `with` block; it must end cleanly."""
    run = begin_host(azurite, state, names, *options, **env)
    try:
        yield run
    finally:
        code = stop_child(run.child)
    assert code == 0, run.child.log.read_text()


def wait_until(holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait until a condition holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
