"""The three-way diff: what a posting changes, given what its source last applied and what OrderCloud has.

For each managed field three values count. Equal to the last applied one: the source changed nothing, whatever
OrderCloud made of it. Different, or never applied: to be written when it differs from OrderCloud's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.record import Json
from models.registry import Path, RecordType, dotted
from orchestration.comparison import covers, same
from orchestration.sealing import same_sealed

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One field to be written: its path, OrderCloud's value and the one that was posted."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Diff:
    """What has to be written.

    Attributes:
        changes: fields to be written.
        removed: xp properties that the source has taken out.
        along: changes of fields that the type ignores; they go along with a write but never cause one.
    """

    changes: tuple[Change, ...] = ()
    removed: tuple[Path, ...] = ()
    along: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.removed)

    @property
    def posting(self) -> Json:
        """The changed fields in the shape of a posting."""
        fields: Json = {}
        for change in self.changes:
            inner = fields
            for name in change.path[:-1]:
                inner = inner.setdefault(name, {})
            inner[change.path[-1]] = change.after
        return fields

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted names of all that it touches."""
        return tuple(dotted(path) for path in (*(change.path for change in self.changes), *self.removed))


NOTHING = Diff()


def calculate_diff(record_type: RecordType, posted: Json, applied: Json, current: Json, attempted: Json) -> Diff:
    """Compare a posting with what its source last applied and with what OrderCloud has.

    Args:
        record_type: the registry's row.
        posted: the managed fields; absent and null differ.
        applied: the source's last applied posting; empty when there was none.
        current: what OrderCloud last answered.
        attempted: what earlier writes of unknown outcome may have set; there `applied` is not trusted.
    """
    posted = _explicit(posted)
    changes = list(_changes(record_type, (), posted, applied, current, attempted))
    removed: tuple[Path, ...] = ()
    if "xp" in posted:
        kept, there = posted["xp"], _object(current.get("xp"))
        own = [_object(posting.get("xp")) for posting in (applied, attempted)]
        gone = [path for xp in own for path in _removed(record_type, ("xp",), xp, kept, there)]
        removed = tuple(dict.fromkeys(gone))
    counting = tuple(change for change in changes if not _ignored(record_type, change.path))
    return Diff(counting, removed, tuple(change for change in changes if change not in counting))


def calculate_drift(record_type: RecordType, managed: Json, before: Json, after: Json) -> Diff:
    """Find the managed fields that OrderCloud moved by itself between two looks, and that do not say what was posted.

    Fields that are volatile for the type never count.
    """
    return Diff(tuple(_drift(record_type, (), _explicit(managed), before, after)))


def joined(one: Diff, other: Diff) -> Diff:
    """Return both diffs as one; a field that is in both stands once."""
    changes = {change.path: change for change in (*other.changes, *one.changes)}
    removed = dict.fromkeys((*one.removed, *other.removed))
    return Diff(tuple(changes.values()), tuple(removed), (*one.along, *other.along))


def _changes(
    record_type: RecordType, above: Path, posted: Json, applied: Json, current: Json, attempted: Json
) -> Iterator[Change]:
    for name, value in posted.items():
        path = (*above, name)
        if not above and _identifies(record_type, name):
            continue
        was, now, tried = applied.get(name, _ABSENT), current.get(name), attempted.get(name, _ABSENT)
        if not above and name in record_type.write_only:  # OrderCloud never shows it
            if tried is not _ABSENT or not (value == was or same_sealed(value, was)):
                yield Change(path, None, value)
        elif _descends(value, now):
            yield from _changes(record_type, path, value, _object(was), _object(now), _object(tried))
        elif covers(record_type, path, value, now):
            continue
        elif (
            was is _ABSENT
            or tried is not _ABSENT
            or _ignored(record_type, path)
            or not same(record_type, path, value, was, stated=True)
        ):
            yield Change(path, now, value)


def _drift(record_type: RecordType, above: Path, managed: Json, before: Json, after: Json) -> Iterator[Change]:
    for name, value in managed.items():
        path = (*above, name)
        if path in record_type.ignored or path in record_type.volatile:
            continue
        if not above and (name in record_type.write_only or _identifies(record_type, name)):
            continue
        was, now = before.get(name), after.get(name)
        if _descends(value, now):
            yield from _drift(record_type, path, value, _object(was), _object(now))
        elif not covers(record_type, path, value, now) and not same(record_type, path, was, now):
            yield Change(path, now, value)


def _removed(record_type: RecordType, above: Path, own: Json, posted: Json, current: Json) -> Iterator[Path]:
    """Yield the paths of properties that were the source's own, are not posted any more, and that are still there.

    An object goes whole where nobody else has put anything into it, else property by property.
    """
    for name, was in own.items():
        path = (*above, name)
        if name not in current or path in record_type.ignored:
            continue
        now = current[name]
        if name not in posted and not _shared(was, now):
            yield path
        elif isinstance(was, dict) and isinstance(posted.get(name, {}), dict):
            yield from _removed(record_type, path, was, posted.get(name, {}), _object(now))


def _identifies(record_type: RecordType, name: str) -> bool:
    """Tell whether a field only says which record is meant."""
    return name in record_type.keys or name in record_type.unsent


def _ignored(record_type: RecordType, path: Path) -> bool:
    """Tell whether a field, or an object that it is in, goes along with writes only."""
    return any(path[:depth] in record_type.ignored for depth in range(1, len(path) + 1))


def _shared(own: Any, now: Any) -> bool:
    """Tell whether an object of the source's holds properties, at any depth, that somebody else has put there."""
    if not isinstance(own, dict) or not isinstance(now, dict):
        return False
    return any(name not in own or _shared(own[name], value) for name, value in now.items())


def _explicit(posted: Json) -> Json:
    """Return the posting with `xp: null` written as what it means: no xp properties of this source."""
    return {**posted, "xp": {}} if "xp" in posted and posted["xp"] is None else posted


def _descends(value: Any, now: Any) -> bool:
    """Tell whether an object is compared property by property: it has some, and what is there is no other thing."""
    return isinstance(value, dict) and bool(value) and (now is None or isinstance(now, dict))


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
