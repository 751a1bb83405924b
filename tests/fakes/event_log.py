"""The event log in memory."""

import asyncio
import json
from collections.abc import Sequence

from models.record import Json
from orchestration.event import Event
from orchestration.paths import QueuePath


class MemoryEventLog:
    """The port EventLog: `written` has every write in order, `kept` the JSON of each event by its id."""

    def __init__(self) -> None:
        self.written: list[Event] = []
        self.kept: dict[str, str] = {}

    async def write(self, event: Event) -> None:
        """Store an event, over the one with its id if there is one."""
        await asyncio.sleep(0)
        self.written.append(event)
        self.kept[event.id] = json.dumps(event.to_json())

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events, in one request."""
        await asyncio.sleep(0)
        for event in events:
            self.written.append(event)
            self.kept[event.id] = json.dumps(event.to_json())

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first."""
        await asyncio.sleep(0)
        of_record = {event.id: event.time for event in self.written if event.path == path}
        newest = sorted(of_record, key=lambda name: of_record[name])[::-1]
        return [json.loads(self.kept[name]) for name in newest[:limit]]
