"""What the host must remember over a restart, in one SQLite file: receipts, undelivered messages, timers' status.

Kept out of Azurite, which slows down as it fills and whose requests are counted.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    function TEXT, container TEXT, name TEXT, etag TEXT NOT NULL, PRIMARY KEY (function, container, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, function TEXT, container TEXT, name TEXT, etag TEXT, attempts INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS timers (function TEXT PRIMARY KEY, schedule TEXT, last TEXT, next TEXT, updated TEXT);
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A version of a blob that a function is to hear of."""

    function: str
    container: str
    name: str
    etag: str


@dataclass(frozen=True, slots=True)
class Message:
    """An event on its way to its function, with the number of runs that were begun for it."""

    id: int
    event: Event
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """When a timer last ran (None: never), when it is due, and under which schedule that was computed."""

    schedule: str
    last: datetime | None
    next: datetime
    updated: datetime


class HostState:
    """The state file. Every change is one transaction that a killed process does not lose."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path)
        self._database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def receipts(self, function: str, container: str) -> dict[str, str]:
        """Give the ETag that a function last heard of, for each blob name of a container."""
        select = "SELECT name, etag FROM receipts WHERE function = ? AND container = ?"
        return dict(self._database.execute(select, (function, container)))

    def notify(self, deliveries: Iterable[tuple[Event, int]]) -> list[Message]:
        """Write the receipt of each event and the given number of messages for it: none, one or more."""
        with self._database:
            return [message for event, count in deliveries for message in self._notify(event, count)]

    def _notify(self, event: Event, count: int) -> list[Message]:
        row = (event.function, event.container, event.name, event.etag)
        self._database.execute("INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?)", row)
        return [self._insert(event) for _ in range(count)]

    def enqueue(self, event: Event) -> Message:
        """Write a message without a receipt."""
        with self._database:
            return self._insert(event)

    def _insert(self, event: Event) -> Message:
        row = (event.function, event.container, event.name, event.etag)
        insert = "INSERT INTO messages (function, container, name, etag) VALUES (?, ?, ?, ?)"
        identity = self._database.execute(insert, row).lastrowid
        assert identity is not None  # noqa: S101 - an INSERT always gives one; this tells the type checker
        return Message(identity, event)

    def messages(self) -> list[Message]:
        """Give the messages that are not finished, oldest first."""
        rows = self._database.execute("SELECT id, function, container, name, etag, attempts FROM messages ORDER BY id")
        return [Message(identity, Event(*event), attempts) for identity, *event, attempts in rows]

    def begin(self, message: Message) -> Message:
        """Count a run of a message before it begins, so that a run that ends the process counts too."""
        with self._database:
            self._database.execute("UPDATE messages SET attempts = attempts + 1 WHERE id = ?", (message.id,))
        return replace(message, attempts=message.attempts + 1)

    def finish(self, message: Message) -> None:
        """Forget a message."""
        with self._database:
            self._database.execute("DELETE FROM messages WHERE id = ?", (message.id,))

    def forget(self, function: str, container: str, names: Iterable[str]) -> None:
        """Forget the receipts of blobs that are no more."""
        with self._database:
            delete = "DELETE FROM receipts WHERE function = ? AND container = ? AND name = ?"
            self._database.executemany(delete, ((function, container, name) for name in names))

    def timer(self, function: str) -> TimerStatus | None:
        """Give the status of a timer, None when it never had one."""
        select = "SELECT schedule, last, next, updated FROM timers WHERE function = ?"
        if not (row := self._database.execute(select, (function,)).fetchone()):
            return None
        schedule, last, due, updated = row
        times = datetime.fromisoformat(due), datetime.fromisoformat(updated)
        return TimerStatus(schedule, datetime.fromisoformat(last) if last else None, *times)

    def save_timer(self, function: str, status: TimerStatus) -> None:
        """Keep the status of a timer."""
        last = status.last.isoformat() if status.last else None
        row: Mapping[str, str | None] = {
            "function": function,
            "schedule": status.schedule,
            "last": last,
            "next": status.next.isoformat(),
            "updated": status.updated.isoformat(),
        }
        with self._database:
            self._database.execute("REPLACE INTO timers VALUES (:function, :schedule, :last, :next, :updated)", row)
