"""The tables of the event log on SQLite, and how an event becomes their rows.

`events` holds what was written, `found` what each event is found by, in lower case, in narrow rows; `codes` leads
to them by OrderCloud's error codes, of which an event may have several, and `texts` by what `search` looks into.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from models.record import Json
from orchestration.event import Event, Level
from orchestration.event_text import read, written
from orchestration.log_query import Field, codes_text, found_by, moment_text, plain, searched_text

COLUMNS: Mapping[Field, str] = {
    Field.RECORD_ID: "record",
    Field.TRACE_ID: "trace",
    Field.VERSION: "version",
    Field.JOB_ID: "job",
    Field.ERROR_TYPE: "error_type",
    Field.ACTION: "action",
    Field.LEVEL: "level",
    Field.CLIENT: "client",
    Field.RESOURCE: "resource",
    Field.RECORD_TYPE: "record_type",
    Field.TIME: "time",
}
"""The columns of `found` by field, the one that usually finds fewest first; an absent value is an empty text."""

WENT_WRONG: Mapping[Field, str] = {
    Field.LEVEL: f"level <> '{plain(Level.SUCCESS)}'",
    Field.ERROR_CODE: "codes > ''",
    Field.ERROR_TYPE: "error_type > ''",
}
"""What says of an event that it is no plain success: few are none, and they are what is looked for most."""

_VERSION = 2
_BY_TIME = f"time, id, {', '.join(column for column in COLUMNS.values() if column not in ('time', 'client'))}, codes"
"""A walk along the time, of all or of one client, reads the index alone, but for a text."""

_SCHEMA = f"""
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
CREATE TABLE IF NOT EXISTS found (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    {", ".join(f"{column} TEXT NOT NULL" for column in COLUMNS.values())},
    codes TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS found_by_time ON found ({_BY_TIME}, client);
CREATE INDEX IF NOT EXISTS found_wrong ON found ({_BY_TIME}, client) WHERE {" OR ".join(WENT_WRONG.values())};
CREATE INDEX IF NOT EXISTS found_by_record ON found (record, client, time);
CREATE INDEX IF NOT EXISTS found_by_client ON found (client, {_BY_TIME});
{
    "".join(
        f"CREATE INDEX IF NOT EXISTS found_by_{column} ON found ({column}, time);\n"
        for column in COLUMNS.values()
        if column not in ("time", "record", "client")
    )
}
CREATE TABLE IF NOT EXISTS codes (code TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (code, n)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS codes_of ON codes (n);
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (text, tokenize = "trigram case_sensitive 1", columnsize = 0);
"""

_FORMER_INDEXES = (
    *(f"events_by_{name}" for name in ("record", "time", "level", "action", "record_type", "job", "trace")),
    *(f"found_by_{name}" for name in ("time", "client")),
)
"""What earlier versions made, and this one does not, or makes otherwise."""

_WRITE = """
INSERT INTO events (id, record, client, time, level, action, record_type, job, trace, version, writes, event)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
ON CONFLICT (id) DO UPDATE SET
    record = excluded.record, client = excluded.client, time = excluded.time, level = excluded.level,
    action = excluded.action, record_type = excluded.record_type, job = excluded.job, trace = excluded.trace,
    version = excluded.version, writes = writes + 1, event = excluded.event
"""

_NAMES = ("id", *COLUMNS.values(), "codes", "text")

_FIND = f"""
INSERT INTO found ({", ".join(_NAMES)}) VALUES ({", ".join("?" * len(_NAMES))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])}
RETURNING n
"""  # noqa: S608 - names of our own columns


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make what a block writes one step: all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite itself takes some back, as when the disk is full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def make_tables(connection: sqlite3.Connection) -> None:
    """Make what is missing; the events of a file that an earlier version wrote are made findable."""
    if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
        return
    with transaction(connection):
        for index in _FORMER_INDEXES:
            connection.execute(f"DROP INDEX IF EXISTS {index}")
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        for (event,) in connection.execute("SELECT event FROM events WHERE id NOT IN (SELECT id FROM found)"):
            _make_findable(connection, read(event))
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def write_event(connection: sqlite3.Connection, event: Event) -> None:
    """Write an event, over the one with its id if there is one; inside a transaction."""
    told = event.to_json()
    row = (
        event.id,
        str(event.path.record),
        event.path.client,
        moment_text(event.time),
        event.level.value,
        event.action,
        event.record_type,
        event.job_id,
        event.trace_id,
        event.version.text,
        written(told),
    )
    connection.execute(_WRITE, row).close()
    _make_findable(connection, told)


def is_later_there(connection: sqlite3.Connection, event: Event) -> bool:
    """Tell whether an event of the same id with a later time was written."""
    later = "SELECT 1 FROM events WHERE id = ? AND time > ?"
    return connection.execute(later, (event.id, moment_text(event.time))).fetchone() is not None


def _make_findable(connection: sqlite3.Connection, event: Json) -> None:
    found, text = found_by(event), searched_text(event)
    values = ("".join(found[field]) for field in COLUMNS)
    ((n,),) = connection.execute(_FIND, (event["Id"], *values, codes_text(found[Field.ERROR_CODE]), text)).fetchall()
    connection.execute("DELETE FROM codes WHERE n = ?", (n,)).close()
    connection.executemany("INSERT INTO codes VALUES (?, ?)", [(code, n) for code in found[Field.ERROR_CODE]]).close()
    connection.execute("REPLACE INTO texts (rowid, text) VALUES (?, ?)", (n, text)).close()
