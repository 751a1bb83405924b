"""The exact OrderCloud requests that a decision comes to: method, path and body, built from values alone."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from models.record import Json
from models.registry import Keys, Path, RecordType
from orchestration.comparison import by_key, is_year_one
from orchestration.diff import Change, Diff


@dataclass(frozen=True, slots=True)
class Request:
    """One OrderCloud request; the path starts with its version, `/v1/…`.

    `repeatable`: a POST that may be carried out twice, since it creates what is not there and overwrites what is.
    """

    method: str
    path: str
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False


def get_request(record_type: RecordType, keys: Keys) -> Request:
    """Return the request that reads the record."""
    return Request("GET", record_type.item_path(keys))


def delete_request(record_type: RecordType, keys: Keys) -> Request:
    """Return the request that deletes the record."""
    path, _, query = record_type.removal_path(keys).partition("?")
    return Request("DELETE", path, query=dict(parse_qsl(query)))


def create_request(record_type: RecordType, keys: Keys, managed: Json, now: datetime) -> Request:
    """Return the request that creates the record with all that its source manages; it may overwrite an assignment."""
    body = _sendable(record_type, managed, now)
    return Request("POST", record_type.collection_path(keys), body, repeatable=record_type.assigned)


def patch_request(record_type: RecordType, keys: Keys, diff: Diff, current: Json, now: datetime) -> Request:
    """Return the request that writes the changed fields and no others.

    OrderCloud merges objects of its own models, replaces lists, and merges only the first level of xp: so a changed
    list is sent complete, and a changed first-level xp key with its whole merged value.
    """
    body: Json = {}
    for change in (*diff.changes, *diff.along):
        first_level = change.path[:2]
        if change.path[0] == "xp" and first_level != change.path and _at(body, first_level) is None:
            _put(body, first_level, _at(current, first_level))
        _put(body, change.path, laid_over(record_type, change, current))
    return Request("PATCH", record_type.item_path(keys), _sendable(record_type, body, now))


def put_request(record_type: RecordType, keys: Keys, diff: Diff, current: Json, now: datetime) -> Request:
    """Return the request that replaces the record: what OrderCloud has, with the changes laid over it.

    Removed properties are taken out and fields that OrderCloud computes are left out.
    """
    body = copy.deepcopy(current)
    for change in (*diff.changes, *diff.along):
        _put(body, change.path, laid_over(record_type, change, current))
    for path in (*diff.removed, *record_type.read_only):
        _take_out(body, path)
    return Request("PUT", record_type.item_path(keys), _sendable(record_type, body, now))


def laid_over(record_type: RecordType, change: Change, current: Json) -> Any:
    """Return the value to send for a change: the elements of a keyed list keep what OrderCloud knows besides."""
    key = record_type.list_keys.get(change.path)
    there = _at(current, change.path)
    if key is None or not isinstance(change.after, list) or not isinstance(there, list):
        return change.after
    return merged_list(key, there, change.after)


def merged_list(key: str, there: list[Json], posted: list[Json]) -> list[Json]:
    """Return a posted list complete: its elements laid over those with the same key that OrderCloud has."""
    known = by_key(there, key)
    return [{**known.get(element[key], {}), **element} for element in posted]


def _sendable(record_type: RecordType, body: Json, now: datetime) -> Json:
    """Return a body as OrderCloud takes it: without what stands in the path, and with the time where one means now."""
    sent = {name: value for name, value in body.items() if name not in record_type.unsent}
    for path, kind in record_type.kinds.items():
        value = _at(sent, path)
        if kind == "moment" and isinstance(value, str) and is_year_one(value):
            sent = copy.deepcopy(sent)
            _put(sent, path, now.isoformat())
    return sent


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(body: Json, path: Path, value: Any) -> None:
    """Set the value at a path, making objects on the way where there are none."""
    for name in path[:-1]:
        if not isinstance(body.get(name), dict):
            body[name] = {}
        body = body[name]
    body[path[-1]] = copy.deepcopy(value)


def _take_out(body: Json, path: Path) -> None:
    """Remove the property at a path, if it is there."""
    for name in path[:-1]:
        if not isinstance(body.get(name), dict):
            return
        body = body[name]
    body.pop(path[-1], None)
