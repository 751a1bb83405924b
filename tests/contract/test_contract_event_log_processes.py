"""Several processes write one event log on SQLite at the same time, from its first moment on."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from contract_samples import event, path
from fakes.storage import MemoryContainer

from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.adapters.system import SystemClock
from orchestration.outbox import OutboxEventLog
from orchestration.paths import QueuePath

WRITER = """
import asyncio, sys
from pathlib import Path
from contract_samples import event
from orchestration.adapters.sqlite_event_log import SqliteEventLog

async def write(file, name):
    log = SqliteEventLog(file)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(40):
        await log.write(event(f"{name}~{number}", seconds=number))
    await log.close()

asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
"""


async def versions(file: Path) -> set[str]:
    log = SqliteEventLog(file)
    found = await log.events(QueuePath(path(), "erp"), limit=1_000)
    await log.close()
    return {event["Version"] for event in found}


async def test_a_log_that_another_process_has_locked_gives_up_before_the_outbox_does(tmp_path: Path) -> None:
    """Else the thread would be at its write still, after the outbox has taken the event: reads wait, it comes twice."""
    file, clock = tmp_path / "events.sqlite", SystemClock()
    log, outbox = SqliteEventLog(file), MemoryContainer(clock)
    await log.check()
    both = OutboxEventLog(log, outbox, clock)
    with closing(sqlite3.connect(file, autocommit=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        for version in ("1", "2"):
            await both.write(event(version))
        other.execute("ROLLBACK")
    assert len(outbox.blobs) == 2
    assert await both.events(QueuePath(path(), "erp"), limit=5) == []
    assert await both.ship() == 2
    assert len(await both.events(QueuePath(path(), "erp"), limit=5)) == 2
    await log.close()


def test_processes_write_one_log_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    paths = {"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[2]}"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, file, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=paths,
        )
        for number in range(3)
    ]
    assert [writer.stdout and writer.stdout.readline() for writer in writers] == ["ready\n"] * 3
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=30)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert asyncio.run(versions(file)) == {f"{name}~{number}" for name in range(3) for number in range(40)}
