"""The event log in a SQLite file: one connection on one thread of its own; other processes may use the file too."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path

from models.record import Json
from orchestration.event import Event
from orchestration.paths import QueuePath
from orchestration.ports import StorageUnavailableError

BUSY_SECONDS = 5.0
"""How long a write waits for another process's to end."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    client TEXT NOT NULL,
    time TEXT NOT NULL,
    level TEXT NOT NULL,
    action TEXT,
    record_type TEXT NOT NULL,
    job TEXT,
    trace TEXT,
    version TEXT NOT NULL,
    writes INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_record ON events (record, client, time);
CREATE INDEX IF NOT EXISTS events_by_time ON events (time);
CREATE INDEX IF NOT EXISTS events_by_level ON events (level, time);
CREATE INDEX IF NOT EXISTS events_by_action ON events (action, time);
CREATE INDEX IF NOT EXISTS events_by_record_type ON events (record_type, time);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job, time) WHERE job IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_by_trace ON events (trace) WHERE trace IS NOT NULL;
"""

_WRITE = """
INSERT INTO events (id, record, client, time, level, action, record_type, job, trace, version, writes, event)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (id) DO UPDATE SET
    record = excluded.record, client = excluded.client, time = excluded.time, level = excluded.level,
    action = excluded.action, record_type = excluded.record_type, job = excluded.job, trace = excluded.trace,
    version = excluded.version, writes = writes + 1, event = excluded.event
"""

_OF_RECORD = "SELECT event FROM events WHERE record = ? AND client = ? ORDER BY time DESC, rowid DESC LIMIT ?"


class SqliteEventLog:
    """The port EventLog on a SQLite file, which is made with its tables when it is first used."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="event-log")
        self._connection: sqlite3.Connection | None = None

    async def write(self, event: Event) -> None:
        """Store an event, over the one with its id if there is one."""
        row = _row(event)
        await self._run(lambda connection: connection.execute(_WRITE, row).close())

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, all of them or none."""
        rows = [_row(event) for event in events]
        await self._run(lambda connection: _write_all(connection, rows))

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first."""
        wanted = (str(path.record), path.client, limit)
        rows: list[tuple[str]] = await self._run(lambda connection: connection.execute(_OF_RECORD, wanted).fetchall())
        return [json.loads(event) for (event,) in rows]

    async def check(self) -> None:
        """Read from the log.

        Raises:
            StorageUnavailableError: it cannot be opened or read.
        """
        await self._run(lambda connection: connection.execute("SELECT 1 FROM events LIMIT 1").fetchall())

    async def close(self) -> None:
        """Close the file; the log is not used after that."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._close)
        self._worker.shutdown()

    async def _run[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work with the connection, on its thread.

        Raises:
            StorageUnavailableError: SQLite could not do it.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: work(self._open()))
        except sqlite3.Error as error:
            raise StorageUnavailableError(f"event log {self._file}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._file, timeout=BUSY_SECONDS, autocommit=True)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(_SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _row(event: Event) -> tuple[object, ...]:
    """Return an event as the table has it."""
    return (
        event.id,
        str(event.path.record),
        event.path.client,
        event.time.astimezone(UTC).isoformat(timespec="microseconds"),  # texts of one length sort as the times do
        event.level.value,
        event.action,
        event.record_type,
        event.job_id,
        event.trace_id,
        event.version.text,
        json.dumps(event.to_json()),
    )


def _write_all(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(_WRITE, rows)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
