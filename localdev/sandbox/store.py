"""The sandbox's state in one SQLite file: records, clients, tokens, signing keys, the journal. It knows no rules.

What a transaction wrote is in the file before the answer leaves, so a killed process loses nothing it answered.
One process at a time: a second one on the same file is refused.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localdev.sandbox.filters import fold

type Doc = dict[str, Any]

# The fields by which records are sought so often that they have an index.
SOUGHT = ("ProductID", "ParentID", "Username")
SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    resource TEXT, parent TEXT, key TEXT, doc TEXT NOT NULL, PRIMARY KEY (resource, parent, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clients (client_id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (digest TEXT PRIMARY KEY, revoked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (n INTEGER PRIMARY KEY, kid TEXT UNIQUE, pem TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (n INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
"""
INDEX = "CREATE INDEX IF NOT EXISTS by_{0} ON records (resource, fold(json_extract(doc, '$.{0}')));"


class StateInUseError(RuntimeError):
    """The state directory belongs to another running sandbox."""


class Store:
    """Plain reads and writes; `parent` and `id` are compared without case. Not for use by several threads."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "sandbox.sqlite"
        file.touch(mode=0o600)  # it holds the signing keys
        self._db = sqlite3.connect(file, isolation_level=None, timeout=0.2)
        self._db.create_function("fold", 1, _folded, deterministic=True)
        try:
            # A commit reaches the operating system, which is what outlives the process; the disk is not waited for.
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(SCHEMA + "".join(INDEX.format(field) for field in SOUGHT))
        except sqlite3.OperationalError as error:
            self._db.close()
            raise StateInUseError(f"{directory} cannot be used, most likely another sandbox runs on it") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes inside happen together, or none of them when an exception leaves the block."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # Ctrl-C too leaves no transaction open; it is raised again
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get(self, resource: str, parent: str, record_id: str) -> Doc | None:
        """Return one record."""
        query = "SELECT doc FROM records WHERE resource = ? AND parent = ? AND key = ?"
        row = self._db.execute(query, (resource, fold(parent), fold(record_id))).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, resource: str, parent: str, doc: Doc) -> None:
        """Write one record under its own ID."""
        row = (resource, fold(parent), fold(doc["ID"]), json.dumps(doc))
        self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", row)

    def delete(self, resource: str, parent: str, record_id: str) -> None:
        """Remove one record; what lies below it stays."""
        key = (resource, fold(parent), fold(record_id))
        self._db.execute("DELETE FROM records WHERE resource = ? AND parent = ? AND key = ?", key)

    def delete_below(self, resource: str, parent: str, record_id: str) -> None:
        """Remove everything below a record."""
        self._db.execute(DELETE_BELOW, _below(resource, parent, record_id))

    def below(self, resource: str, parent: str, record_id: str) -> list[tuple[str, str, str]]:
        """Return everything below a record, each as resource, parent and ID."""
        rows = self._db.execute(FIND_BELOW, _below(resource, parent, record_id))
        return [(name, above, json.loads(doc)["ID"]) for name, above, doc in rows]

    def move(self, resource: str, parent: str, old_id: str, new_id: str) -> None:
        """Let everything below a record follow it to its new ID; the record itself is not touched."""
        old, new = f"{_prefix(parent)}{fold(old_id)}", f"{_prefix(parent)}{fold(new_id)}"
        below = _below(resource, parent, old_id)
        self._db.execute(MOVE_BELOW, (new, len(old) + 1, *below))

    def point(self, resource: str, field: str, old_id: str, new_id: str | None) -> None:
        """Let all records that refer to an ID in a field refer to another one, or to none."""
        path = f"$.{field}"
        self._db.execute(
            "UPDATE records SET doc = json_set(doc, ?, ?) WHERE resource = ? AND fold(json_extract(doc, ?)) = ?",
            (path, new_id, resource, path, fold(old_id)),
        )

    def all(self, resource: str, parent: str) -> Iterator[Doc]:
        """Yield the records of a resource below one parent, in the order of their IDs."""
        query = "SELECT doc FROM records WHERE resource = ? AND parent = ? ORDER BY key"
        for (doc,) in self._db.execute(query, (resource, fold(parent))):
            yield json.loads(doc)

    def count(self, resource: str, parent: str) -> int:
        """Return how many records a resource has below one parent."""
        query = "SELECT count(*) FROM records WHERE resource = ? AND parent = ?"
        return int(self._db.execute(query, (resource, fold(parent))).fetchone()[0])

    def referring(self, resource: str, field: str, record_id: str) -> Iterator[tuple[str, Doc]]:
        """Yield parent and object of each record of a resource that has an ID in a field."""
        # SQLite takes the primary key unless it is told otherwise; and the path must be in the text for it.
        source = f"records INDEXED BY by_{field}" if field in SOUGHT else "records"
        query = f"SELECT parent, doc FROM {source} WHERE resource = ? AND fold(json_extract(doc, '$.{field}')) = ?"  # noqa: S608 - field names are this program's own
        for parent, doc in self._db.execute(f"{query} ORDER BY parent, key", (resource, fold(record_id))):
            yield parent, json.loads(doc)

    def everything(self) -> Iterator[tuple[str, str, Doc]]:
        """Yield each record as resource, parent, object."""
        for resource, parent, doc in self._db.execute("SELECT resource, parent, doc FROM records"):
            yield resource, parent, json.loads(doc)

    def client(self, client_id: str) -> Doc | None:
        """Return one API client."""
        row = self._db.execute("SELECT doc FROM clients WHERE client_id = ?", (fold(client_id),)).fetchone()
        return json.loads(row[0]) if row else None

    def clients(self) -> list[Doc]:
        """Return all API clients."""
        return [json.loads(doc) for (doc,) in self._db.execute("SELECT doc FROM clients")]

    def put_client(self, client: Doc) -> None:
        """Write one API client."""
        row = (fold(client["client_id"]), json.dumps(client))
        self._db.execute("INSERT OR REPLACE INTO clients VALUES (?, ?)", row)

    def clear_clients(self) -> None:
        """Remove all API clients."""
        self._db.execute("DELETE FROM clients")

    def add_token(self, digest: str) -> None:
        """Remember an issued token by its digest."""
        self._db.execute("INSERT OR REPLACE INTO tokens VALUES (?, 0)", (digest,))

    def token_revoked(self, digest: str) -> bool | None:
        """Say whether a token was revoked; None when it was never issued here."""
        row = self._db.execute("SELECT revoked FROM tokens WHERE digest = ?", (digest,)).fetchone()
        return bool(row[0]) if row else None

    def revoke_tokens(self) -> None:
        """Revoke every token issued so far."""
        self._db.execute("UPDATE tokens SET revoked = 1")

    def add_key(self, kid: str, pem: str) -> None:
        """Keep a signing key; the last one added signs."""
        self._db.execute("INSERT INTO keys (kid, pem) VALUES (?, ?)", (kid, pem))

    def signing_keys(self) -> list[tuple[str, str]]:
        """Return all signing keys as kid and PEM, oldest first."""
        return self._db.execute("SELECT kid, pem FROM keys ORDER BY n").fetchall()

    def add_call(self, entry: Doc) -> None:
        """Add a call to the journal."""
        self._db.execute("INSERT INTO journal (entry) VALUES (?)", (json.dumps(entry),))

    def calls(self, after: int) -> list[Doc]:
        """Return the journal beyond a number; numbers are never used twice."""
        rows = self._db.execute("SELECT n, entry FROM journal WHERE n > ? ORDER BY n", (after,))
        return [{"n": n, **json.loads(entry)} for n, entry in rows]

    def clear_calls(self) -> None:
        """Empty the journal."""
        self._db.execute("DELETE FROM journal")


# The records below one: of a resource whose name goes on, under a parent path that is or begins with the record's own.
FIND_BELOW = """
SELECT resource, parent, doc FROM records
WHERE resource >= ? AND resource < ? AND (parent = ? OR (parent >= ? AND parent < ?))
"""
DELETE_BELOW = """
DELETE FROM records WHERE resource >= ? AND resource < ? AND (parent = ? OR (parent >= ? AND parent < ?))
"""
MOVE_BELOW = """
UPDATE records SET parent = ? || substr(parent, ?)
WHERE resource >= ? AND resource < ? AND (parent = ? OR (parent >= ? AND parent < ?))
"""


def _below(resource: str, parent: str, record_id: str) -> tuple[str, ...]:
    path = f"{_prefix(parent)}{fold(record_id)}"
    return f"{resource}/", f"{resource}0", path, f"{path}/", f"{path}0"  # "0" is the character after "/"


def _folded(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def _prefix(parent: str) -> str:
    return f"{fold(parent)}/" if parent else ""
