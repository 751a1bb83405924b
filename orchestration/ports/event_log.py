"""The event log that operators read, and what is summed up from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from models.record import Json
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath
from orchestration.ports.storage import StorageUnavailableError
from orchestration.roll_ups import RollUp


class EventRefusedError(StorageUnavailableError):
    """The event log answers, and will not hold this event as it is: it is too large, or has values that it lacks."""


class EventLog(Protocol):
    """The log that operators read. An event is kept by its id: writing it again overwrites it, and nothing else.

    Every method raises StorageUnavailableError when the log does not do it, and those that write EventRefusedError
    when it never will.
    """

    async def write(self, event: Event) -> None:
        """Store an event; one request."""
        ...

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events of one source, 100 at most; one request where the log can do that."""
        ...

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first, as `Event.to_json` gives them."""
        ...

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds; one without events beyond the last."""
        ...

    async def catch_up(self, event: Event) -> None:
        """Store an event that was kept elsewhere meanwhile, unless one of its id with a later time is there.

        Several may do it at once: the latest stays.
        """
        ...


class RollUps(Protocol):
    """Roll-ups of past hours, one for each: small, and made anew from events at any time."""

    async def get(self, hour: datetime) -> RollUp | None:
        """Return the roll-up of the hour that begins at a moment; none where there is none that can be read."""
        ...

    async def put(self, roll_up: RollUp) -> None:
        """Keep a roll-up in the place of what was there for its hour."""
        ...
