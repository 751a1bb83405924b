"""Child processes: starts them, waits until each says that it is ready, remembers their pids and ends them.

It knows nothing of what the children are. A child's standard input is a pipe that only its parent holds open: end of
file there means that the parent is gone, and the child ends itself (`end_with_parent`).
"""

import fcntl
import json
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil

STOP_SECONDS = 15.0
READY_SECONDS = 60.0
_POLL_SECONDS = 0.02
_TAIL_LINES = 30

type Ready = Callable[[Sequence[str], int], Mapping[str, Any] | None]


class ChildError(RuntimeError):
    """A child could not be started, ended too early, or would not end."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child that is ready: what it said about itself, and where its output goes."""

    role: str
    pid: int
    ready: Mapping[str, Any]
    log: Path
    pid_file: Path = field(repr=False)
    may_be_killed: bool = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)


def announced(lines: Sequence[str], pid: int) -> Mapping[str, Any] | None:
    """Find the ready line: the JSON object, alone on its line, whose `pid` is the child's own."""
    for line in lines:
        if line.startswith("{") and '"pid"' in line:
            try:
                said: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            if said.get("pid") == pid:
                return said
    return None


def start_child(  # noqa: PLR0913 - what a process is made of, all but two by keyword with a default
    role: str,
    command: Sequence[str],
    *,
    state: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    ready: Ready = announced,
    ready_seconds: float = READY_SECONDS,
    may_be_killed: bool = True,
) -> Child:
    """Start a command in a session of its own and return when `ready` finds what it waits for in its output.

    Standard output and error are appended to `state/logs/{role}.log`; `env` is laid over our own environment. A child
    of the same role and state that an earlier, killed parent left behind is ended first. With `may_be_killed=False`
    nothing ever sends SIGKILL. Raises ChildError, with the end of the log, when it ends or is silent too long.
    """
    log, pid_file = state / "logs" / f"{role}.log", state / "pids" / f"{role}.json"
    for directory in (log.parent, pid_file.parent):
        directory.mkdir(parents=True, exist_ok=True)
    end_leftover(pid_file)
    with log.open("ab") as output:
        start = output.tell()
        process = subprocess.Popen(  # noqa: S603 - the caller's own command, never a shell
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    pid_file.write_text(json.dumps({"pid": process.pid, "command": [*command], "may_be_killed": may_be_killed}))
    child = Child(role, process.pid, {}, log, pid_file, may_be_killed, process)
    try:
        said = _wait_until_ready(child, ready, start, ready_seconds)
    except BaseException:  # whatever ends the wait, Ctrl-C too, must not leave the child behind
        stop_child(child)
        raise
    return Child(role, process.pid, said, log, pid_file, may_be_killed, process)


def stop_child(child: Child, stop_seconds: float = STOP_SECONDS) -> int:
    """End a child with SIGTERM, after `stop_seconds` with SIGKILL if it may be killed, and return its exit code."""
    process = child.process
    process.terminate()
    try:
        code = process.wait(stop_seconds)
    except subprocess.TimeoutExpired:
        if not child.may_be_killed:
            raise ChildError(f"{child.role} (pid {child.pid}) is still ending; see {child.log}") from None
        process.kill()
        code = process.wait()
    if process.stdin:
        process.stdin.close()
    child.pid_file.unlink(missing_ok=True)
    return code


def end_leftover(pid_file: Path, stop_seconds: float = STOP_SECONDS) -> None:
    """End, and wait for, the child that a pid file tells of, if that very command still runs under that pid."""
    try:
        record = json.loads(pid_file.read_text())
    except FileNotFoundError:
        return
    signals = (signal.SIGTERM, signal.SIGKILL) if record["may_be_killed"] else (signal.SIGTERM,)
    process = _leftover(record)
    if process and not any(_ends_on(process, number, stop_seconds) for number in signals):
        raise ChildError(f"a process of an earlier run, pid {process.pid}, is still ending: {record['command']}")
    pid_file.unlink(missing_ok=True)


def end_with_parent(grace_seconds: float = STOP_SECONDS) -> None:
    """Send SIGTERM to this process when its parent is gone; to be called by a child that `start_child` started.

    Does nothing when standard input is no pipe, as in a terminal. A process that has not ended `grace_seconds` after
    that signal is ended on the spot.
    """
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


class Supervisor:
    """The children of one state directory: one supervisor at a time, leftovers ended first, stopped in reverse."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._children: list[Child] = []
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.state.mkdir(parents=True, exist_ok=True)
        self._lock = (self.state / "lock").open("w")
        try:
            # The kernel gives the lock back when this process ends, however it ends; children do not inherit it.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ChildError(f"another run uses {self.state}") from None
        for pid_file in sorted((self.state / "pids").glob("*.json")):
            end_leftover(pid_file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._children:
                stop_child(self._children.pop())
        finally:
            if self._lock:
                self._lock.close()

    def start(self, role: str, command: Sequence[str], **options: Any) -> Child:
        """Start a child as `start_child` does, on this supervisor's state, and stop it on exit."""
        return self.adopt(start_child(role, command, state=self.state, **options))

    def adopt(self, child: Child) -> Child:
        """Stop a child, started by someone else on the same state, on exit."""
        self._children.append(child)
        return child

    def forget(self, child: Child) -> None:
        """Clear up after a child that ended on its own, so that another can take its place."""
        self._children.remove(child)
        stop_child(child)


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """Give the last lines of a log for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _wait_until_ready(child: Child, ready: Ready, start: int, ready_seconds: float) -> Mapping[str, Any]:
    deadline = time.monotonic() + ready_seconds
    while True:
        code = child.process.poll()
        with child.log.open("rb") as output:
            output.seek(start)
            lines = output.read().decode(errors="replace").splitlines(keepends=True)
        if found := ready([line.rstrip() for line in lines if line.endswith("\n")], child.pid):
            return found
        if code is not None:
            raise ChildError(f"{child.role} ended with exit code {code} before it was ready:\n{tail(child.log)}")
        if time.monotonic() > deadline:
            raise ChildError(f"{child.role} was not ready after {ready_seconds:g} s:\n{tail(child.log)}")
        time.sleep(_POLL_SECONDS)


def _leftover(record: Mapping[str, Any]) -> psutil.Process | None:
    try:
        process = psutil.Process(record["pid"])
        return process if process.cmdline() == record["command"] else None
    except psutil.NoSuchProcess:
        return None


def _ends_on(process: psutil.Process, number: signal.Signals, stop_seconds: float) -> bool:
    deadline = time.monotonic() + stop_seconds
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
        # A zombie holds no file and no port any more; whether it is ever reaped depends on who took it over.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    return True
