"""The event log cannot be written for some seconds, under a feed.

What is promised: a posting whose event cannot be logged stays queued, and is logged when the sweep comes round, with
the event that it ended in. File permissions say nothing to a superuser, so the log is made unwritable in ways that hold
for everybody: another process has locked it, a directory lies in its place, and no file of the host may grow.
"""

import resource
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from faults.pace import last
from faults.stage import Stage, StageError
from faults.under_feed import Fault

LOCKED_SECONDS = 8.0
"""Longer than a write waits for another process's to end."""
FULL_SECONDS = 4.0


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Another process is writing to it, and does not end."""
    with closing(sqlite3.connect(_file(stage), autocommit=True, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = _count(stage)
        last(LOCKED_SECONDS)
        _expect_unwritten(stage, before)
        other.execute("ROLLBACK")
    yield


@contextmanager
def away(stage: Stage) -> Iterator[None]:
    """A directory lies where the host that has just been started looks for its file."""
    stage.end("host", signal.SIGKILL)
    file = _file(stage)
    kept = {each: each.with_name(f"kept-{each.name}") for each in file.parent.glob(f"{file.name}*")}
    for each, aside in kept.items():
        each.rename(aside)
    file.mkdir()
    try:
        stage.revive()
        yield
    finally:
        file.rmdir()
        for each, aside in kept.items():
            aside.rename(each)


@contextmanager
def full(stage: Stage) -> Iterator[None]:
    """No file of the host may be written, as on a full disk: each write to one fails.

    The laptop's host cannot keep its own state then, and may end; it is started again when there is room.
    """
    host = stage.pid("host")
    _, most = resource.prlimit(host, resource.RLIMIT_FSIZE)
    before = _count(stage)
    resource.prlimit(host, resource.RLIMIT_FSIZE, (0, most))
    last(FULL_SECONDS)
    _expect_unwritten(stage, before)
    resource.prlimit(host, resource.RLIMIT_FSIZE, (most, most))
    with stage.revived():
        yield


EVENT_LOG_FAULTS: Mapping[str, Fault] = {
    f"event log locked for {LOCKED_SECONDS:g} s": locked,
    "event log's place taken for 5 s, host restarted": away,
    f"disk of the host full for {FULL_SECONDS:g} s": full,
}


def _file(stage: Stage) -> Path:
    return Path(stage.ready["event_log"]["address"])


def _count(stage: Stage) -> int:
    return len(stage.events())


def _expect_unwritten(stage: Stage, before: int) -> None:
    """Check that the fault bit. What was under way when it began may still have been logged."""
    if _count(stage) > before + 16:
        raise StageError("events were logged although the log was made unwritable")
