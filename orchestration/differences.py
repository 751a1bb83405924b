"""Compare what is cached of a record with what OrderCloud has: values in, differences out.

Fields that OrderCloud computes or moves by itself do not count, nor do those that never cause a write, nor write-only
ones, which OrderCloud never shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.record import Json
from models.registry import Keys, Path, RecordType, dotted
from orchestration.cached_record import CachedRecord
from orchestration.comparison import covers, same
from orchestration.paths import RecordPath


class Kind(StrEnum):
    """What is different about a record."""

    CHANGED = "Changed"
    """OrderCloud has other values than are cached."""
    DELETED = "Deleted"
    """It is cached, and OrderCloud has it no more."""
    CREATED = "Created"
    """OrderCloud has it, and nothing is cached of it, or that it was deleted."""
    CACHED_WRONGLY = "CachedWrongly"
    """OrderCloud has what was applied, and something else is cached."""
    UNREADABLE = "Unreadable"
    """What is cached of it is nothing of ours."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field with its cached value and OrderCloud's, and the clients that manage it, if any."""

    path: Path
    cached: Any
    there: Any
    managed_by: tuple[str, ...]

    def to_json(self) -> Json:
        """Return it by the names that the HTTP API would give."""
        return {
            "Field": dotted(self.path),
            "Cached": self.cached,
            "There": self.there,
            "ManagedBy": list(self.managed_by),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A record of which OrderCloud and the cache say different things; `keys` are spelled as they were last seen."""

    path: RecordPath
    keys: Keys
    kind: Kind
    fields: tuple[FieldDifference, ...] = ()

    def to_json(self, record_type: RecordType) -> Json:
        """Return it by the names that the HTTP API would give."""
        return {
            "RecordID": str(self.path),
            "RecordType": record_type.name,
            "Keys": record_type.named(self.keys),
            "Kind": self.kind.value,
            "Fields": [field.to_json() for field in self.fields],
        }


def difference_of(
    record_type: RecordType, path: RecordPath, keys: Keys, record: CachedRecord, there: Json | None
) -> Difference | None:
    """Return what is different about a record, or none."""
    cached = record.current
    if cached is None and there is None:
        return None
    if there is None:
        return Difference(path, keys, Kind.DELETED)
    if cached is None:
        applied = any(each.posted for each in record.applied.values())  # a source's deletion leaves nothing applied
        return Difference(path, keys, Kind.CACHED_WRONGLY if applied else Kind.CREATED)
    fields = tuple(
        FieldDifference(field, one, other, _managing(record, field))
        for field, one, other in sorted(_unequal(record_type, (), cached, there), key=lambda each: each[0])
    )
    if not fields:
        return None
    return Difference(path, keys, _kind(record_type, record, fields), fields)


def rightful(record_type: RecordType, record: CachedRecord, field: FieldDifference) -> tuple[str, ...]:
    """Return the clients whose value a field had when it was cached; all that manage it, where it was no one's."""
    own = [
        client
        for client in field.managed_by
        if covers(record_type, field.path, value_at(record.applied_by(client), field.path), field.cached)
    ]
    return tuple(own) or field.managed_by


def value_at(posted: Json, path: Path) -> Any:
    """Return the value that a posting gives a field; one of nothing, where the field is in something that is none."""
    value: Any = posted
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _kind(record_type: RecordType, record: CachedRecord, fields: tuple[FieldDifference, ...]) -> Kind:
    """Tell what was moved: where all managed fields are there as they were applied, it is the cache that is wrong."""
    managed = [field for field in fields if field.managed_by]
    right = all(
        any(
            covers(record_type, field.path, value_at(record.applied_by(client), field.path), field.there)
            for client in field.managed_by
        )
        for field in managed
    )
    return Kind.CACHED_WRONGLY if managed and right else Kind.CHANGED


def _managing(record: CachedRecord, path: Path) -> tuple[str, ...]:
    return tuple(client for client in sorted(record.applied) if _states(record.applied_by(client), path))


def _states(posted: Json, path: Path) -> bool:
    """Tell whether a posting says what a field is to be, by itself or with what the field is in."""
    value: Any = posted
    for name in path:
        if not isinstance(value, dict):
            return True
        if name not in value:
            return False
        value = value[name]
    return True


def _unequal(record_type: RecordType, path: Path, cached: Json, there: Json) -> Iterator[tuple[Path, Any, Any]]:
    # Of an assignment we know what was posted, which need not be every field that OrderCloud shows.
    known_only = record_type.assigned and not path
    for name in cached if known_only else {**cached, **there}:
        field, one, other = (*path, name), cached.get(name), there.get(name)
        if _is_left_out(record_type, field):
            continue
        if not path and name in record_type.keys:
            if str(one or "").casefold() != str(other or "").casefold():
                yield field, one, other
        elif _is_object(one) and _is_object(other) and (one or other):
            yield from _unequal(record_type, field, one or {}, other or {})
        elif not same(record_type, field, _counting(record_type, field, one), _counting(record_type, field, other)):
            yield field, one, other


def _is_object(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_left_out(record_type: RecordType, path: Path) -> bool:
    if path[0] in record_type.write_only:
        return True
    return any(path in kind for kind in (record_type.read_only, record_type.volatile, record_type.ignored))


def _counting(record_type: RecordType, path: Path, value: Any) -> Any:
    """Return the value of a list without what does not count in its elements."""
    if isinstance(value, list):
        return [_counting(record_type, (*path, "*"), each) for each in value]
    if isinstance(value, dict):
        return {
            name: _counting(record_type, (*path, name), inner)
            for name, inner in value.items()
            if not _is_left_out(record_type, (*path, name))
        }
    return value
