"""The sandbox as a child process: start it, wait until it is ready, end it. It ends with its parent in any case."""

import json
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class SandboxFailedError(RuntimeError):
    """The sandbox ended, or said nothing in time, instead of becoming ready."""


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A running sandbox and its three addresses. As a context manager it is stopped at the end."""

    process: subprocess.Popen[bytes]
    api: str
    auth: str
    control: str

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self.process.pid

    def stop(self) -> int:
        """End it in good order and return its exit code; an already ended one gives its own."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it as a crash would (SIGKILL) and return its exit code."""
        self.process.kill()
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def start_sandbox(
    state: Path,
    *,
    clients: Path | None = None,
    port: int = 0,
    options: Sequence[str] = (),
    log: IO[bytes] | None = None,
) -> SandboxProcess:
    """Start a sandbox on a state directory and return when it is ready; raise SandboxFailedError when it is not.

    `options` are further command-line options; `log` takes what it writes to standard error (default: our own).
    """
    command = [sys.executable, "-m", "localdev.sandbox", "--state", str(state), "--port", str(port), "--json", *options]
    if clients is not None:
        command += ["--clients", str(clients)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=log, cwd=ROOT)  # noqa: S603 - this interpreter, on our own module
    line = _first_line(process)
    if not line:
        process.kill()
        raise SandboxFailedError(f"the sandbox did not become ready (exit code {process.wait()})")
    ready = json.loads(line)
    return SandboxProcess(process, ready["api"], ready["auth"], ready["control"])


ROOT = Path(__file__).resolve().parents[2]


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        return b""
    with process.stdout as output:
        readable, _, _ = select.select([output], [], [], START_SECONDS)
        return output.readline() if readable else b""
