"""The event log in memory; its `query` says in plain Python what the others' SQL has to find."""

import asyncio
from collections.abc import Sequence

from models.record import Json
from orchestration.event import Event
from orchestration.event_text import read, written
from orchestration.log_query import (
    Comparison,
    Condition,
    LogPage,
    LogQuery,
    Match,
    Position,
    found_by,
    moment_text,
    plain,
    searched_text,
)
from orchestration.paths import QueuePath


class MemoryEventLog:
    """The port EventLog: `written` has every write in order, `kept` the JSON of each event by its id."""

    def __init__(self) -> None:
        self.written: list[Event] = []
        self.kept: dict[str, str] = {}

    async def write(self, event: Event) -> None:
        """Store an event, over the one with its id if there is one."""
        await asyncio.sleep(0)
        self._keep(event)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, in one request."""
        await asyncio.sleep(0)
        for event in events:
            self._keep(event)

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first."""
        await asyncio.sleep(0)
        of_record = {event.id: event.time for event in self.written if event.path == path}
        newest = sorted(of_record, key=lambda name: of_record[name])[::-1]
        return [read(self.kept[name]) for name in newest[:limit]]

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds."""
        await asyncio.sleep(0)
        events = [read(event) for event in self.kept.values()]
        found = sorted((event for event in events if matches(query, event)), key=place, reverse=query.newest_first)
        total = len(found) if 0 < query.count >= len(found) else None
        rest = [event for event in found if query.after is None or comes_after(query, event)][query.offset :]
        items = rest[: query.size]
        texts = tuple(self.kept[event["Id"]] for event in items)
        return LogPage(texts, Position.of(items[-1]) if len(rest) > query.size else None, total)

    async def catch_up(self, event: Event) -> None:
        """Store an event, unless one of its id with a later time is there."""
        await asyncio.sleep(0)
        if event.id not in self.kept or Position.of(read(self.kept[event.id])).time <= event.time:
            self._keep(event)

    def _keep(self, event: Event) -> None:
        self.written.append(event)
        self.kept[event.id] = written(event.to_json())


def place(event: Json) -> tuple[str, str]:
    """Return what events are ordered by."""
    position = Position.of(event)
    return moment_text(position.time), position.id


def comes_after(query: LogQuery, event: Json) -> bool:
    """Tell whether an event comes after where the last page ended."""
    assert query.after
    end = moment_text(query.after.time), query.after.id
    return place(event) < end if query.newest_first else place(event) > end


def matches(query: LogQuery, event: Json) -> bool:
    """Tell whether a question finds an event, wherever its page begins."""
    values = found_by(event)
    if not all(holds(condition, values[condition.field]) for condition in query.conditions):
        return False
    return query.search is None or plain(query.search) in searched_text(event)


def holds(condition: Condition, values: tuple[str, ...]) -> bool:
    """Tell whether values pass a condition."""
    return (
        any(passes(comparison, value) for comparison in condition.any_of for value in values) is not condition.negated
    )


def passes(comparison: Comparison, value: str) -> bool:
    """Tell whether one value passes one comparison."""
    return {
        Match.EQUAL: value == comparison.value,
        Match.GREATER: value > comparison.value,
        Match.LESS: value < comparison.value,
        Match.STARTS: value.startswith(comparison.value),
        Match.ENDS: value.endswith(comparison.value),
        Match.CONTAINS: comparison.value in value,
        Match.PRESENT: True,
    }[comparison.match]
