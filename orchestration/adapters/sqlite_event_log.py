"""The event log in a SQLite file: one connection on one thread of its own; other processes may use the file too."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from models.record import Json
from orchestration.adapters.sqlite_event_schema import is_later_there, make_tables, transaction, write_event
from orchestration.adapters.sqlite_event_search import find
from orchestration.event import Event
from orchestration.event_text import read
from orchestration.log_query import MAX_VALUE, LogPage, LogQuery, plain
from orchestration.paths import QueuePath
from orchestration.ports import StorageUnavailableError

BUSY_SECONDS = 1.0
"""How long a write waits for another process's to end: shorter than the outbox waits, so that none arrives later."""

MAPPED_BYTES = 1 << 30
"""How much of the file is read as memory: the machine's own cache is then used without a copy."""

_OF_RECORD = """
SELECT event FROM events JOIN (
    SELECT n, id, time FROM found INDEXED BY found_by_record
    WHERE record = ? AND client = ? ORDER BY time DESC, n DESC LIMIT ?
) AS newest USING (id) ORDER BY newest.time DESC, n DESC
"""


class SqliteEventLog:
    """The port EventLog on a SQLite file, which is made with its tables when it is first used."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="event-log")
        self._connection: sqlite3.Connection | None = None

    async def write(self, event: Event) -> None:
        """Store an event, over the one with its id if there is one."""
        await self.write_all([event])

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, all of them or none."""
        await self._run(lambda connection: _write_all(connection, events))

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first."""
        wanted = (plain(str(path.record))[:MAX_VALUE], plain(path.client)[:MAX_VALUE], limit)
        rows: list[tuple[str]] = await self._run(lambda connection: connection.execute(_OF_RECORD, wanted).fetchall())
        return [read(event) for (event,) in rows]

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds."""
        return await self._run(lambda connection: find(connection, query))

    async def catch_up(self, event: Event) -> None:
        """Store an event, unless one of its id with a later time is there."""
        await self._run(lambda connection: _catch_up(connection, event))

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
                _use_write_ahead_log(connection)
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
                make_tables(connection)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once; SQLite waits for no lock here, so another process's first moment is."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)  # on the log's own thread
        else:
            return


def _write_all(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
    with transaction(connection):
        for event in events:
            write_event(connection, event)


def _catch_up(connection: sqlite3.Connection, event: Event) -> None:
    with transaction(connection):
        if not is_later_there(connection, event):
            write_event(connection, event)
