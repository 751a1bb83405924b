"""The sandbox as a child process: its command, and its addresses once it is ready."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localdev.processes import Child, start_child, stop_child

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A running sandbox."""

    child: Child
    api: str
    auth: str
    control: str

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self.child.pid

    def kill(self) -> int:
        """End it as a crash would (SIGKILL) and return its exit code."""
        self.child.process.kill()
        return self.child.process.wait()


def sandbox_command(
    state: Path, *, clients: Path | None = None, port: int = 0, options: Sequence[str] = ()
) -> list[str]:
    """Return the command that serves a sandbox on a state directory; port 0 is a free one."""
    command = [sys.executable, "-m", "localdev.sandbox", "--json", "--state", str(state), "--port", str(port), *options]
    return command if clients is None else [*command, "--clients", str(clients)]


@contextmanager
def running_sandbox(
    state: Path, *, clients: Path | None = None, options: Sequence[str] = ()
) -> Iterator[SandboxProcess]:
    """Run a sandbox on a state directory for the length of a `with` block.

    Raises:
        ChildError: it did not become ready.
    """
    child = start_child("sandbox", sandbox_command(state, clients=clients, options=options), state=state, cwd=ROOT)
    try:
        yield SandboxProcess(child, child.ready["api"], child.ready["auth"], child.ready["control"])
    finally:
        stop_child(child)
