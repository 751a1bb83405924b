"""The event log, and beside it an outbox for the time when it is down: no record waits for the log, no event is lost.

An event that the log does not take within a short time goes to a container of blobs, `{time}/{digest of its id}`, and
the sweep ships it later, the oldest first. Meanwhile a rerun of the same attempt may have written its event to the log
itself; so shipping never comes over a later event of the same id (`EventLog.catch_up`), and may be repeated.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from models.record import Json
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery, moment_text
from orchestration.paths import QueuePath
from orchestration.ports import Blobs, Clock, EventLog, EventRefusedError, StorageUnavailableError

REFUSED = "refused/"
"""The beginning of the names of what the log will not hold; it stays until somebody looks."""

_FORMAT = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLimits:
    """The bounds of the outbox.

    Attributes:
        seconds: how long a write may take before the outbox takes the event.
        pause: how long the log is left alone after it has failed.
        shipped: how many events one sweep ships.
        shipping: how long one sweep begins to ship any.
    """

    seconds: float = 3.0
    pause: float = 10.0
    shipped: int = 1_000
    shipping: float = 30.0
    concurrency: int = 16


class OutboxEventLog:
    """The port EventLog on another one, whose writes end although it is down. Reading shows what it has by now."""

    def __init__(self, log: EventLog, outbox: Blobs, clock: Clock, limits: OutboxLimits | None = None) -> None:
        self._inner = log
        self._outbox = outbox
        self._clock = clock
        self._limits = limits or OutboxLimits()
        self._down_until = 0.0

    async def write(self, event: Event) -> None:
        """Store an event in the log, else in the outbox."""
        await self._logged([event], self._inner.write, event)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events in the log, else in the outbox."""
        await self._logged(events, self._inner.write_all, events)

    async def catch_up(self, event: Event) -> None:
        """Store an event in the log, where no later one of its id is; else in the outbox, which is shipped so."""
        await self._logged([event], self._inner.catch_up, event)

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source that the log has."""
        return await self._inner.events(path, limit=limit)

    async def query(self, query: LogQuery) -> LogPage:
        """Ask the log."""
        return await self._inner.query(query)

    async def ship(self) -> int:
        """Ship what lies in the outbox, the oldest first, up to the limit; return how many events the log has now.

        It ends where the log or the outbox is unavailable; the next sweep goes on.
        """
        shipped, ends = 0, self._clock.elapsed() + self._limits.shipping
        try:
            async for blob in self._outbox.list(page=self._limits.shipped):
                if blob.name.startswith(REFUSED) or shipped == self._limits.shipped or self._clock.elapsed() >= ends:
                    break
                await self._ship(blob.name)
                shipped += 1
        except StorageUnavailableError as fault:
            self._down_until = self._clock.elapsed() + self._limits.pause
            _log.warning("events wait in the outbox: %s", fault)
        else:
            self._down_until = 0.0
        return shipped

    async def _logged[T](self, events: Sequence[Event], write: Callable[[T], Awaitable[None]], what: T) -> None:
        """Let the log write, unless it is down; what it does not take in time goes to the outbox."""
        now = self._clock.elapsed()
        if now >= self._down_until:
            try:
                await self._in_time(write(what))
            except EventRefusedError:
                if len(events) > 1:  # the others are none the worse for one
                    for event in events:
                        await self.write(event)
                    return
                _log.exception("the event log refuses %s", [event.id for event in events])
                await self._keep(events, REFUSED)
                return
            except StorageUnavailableError as fault:
                self._down_until = now + self._limits.pause
                _log.warning("the event log is down, the outbox takes its events: %s", fault)
            else:
                return
        await self._keep(events)

    async def _in_time(self, write: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._limits.seconds):
                await write
        except TimeoutError as error:
            raise StorageUnavailableError(f"it takes longer than {self._limits.seconds:g} s") from error

    async def _keep(self, events: Sequence[Event], place: str = "") -> None:
        places = asyncio.Semaphore(self._limits.concurrency)

        async def kept(event: Event) -> None:
            async with places:
                await self._outbox.overwrite(place + outbox_name(event), outbox_content(event))

        failed = await asyncio.gather(*(kept(event) for event in events), return_exceptions=True)
        for each in failed:
            if isinstance(each, BaseException):
                raise each

    async def _ship(self, name: str) -> None:
        """Ship one event, and remove it from the outbox; what is none, or refused, is laid aside."""
        blob = await self._outbox.read(name)
        if blob is None:
            return
        try:
            await self._inner.catch_up(outbox_event(blob.content))
        except (EventRefusedError, ValueError):
            _log.exception("what lies at %s in the outbox cannot be logged", name)
            await self._outbox.overwrite(REFUSED + name, blob.content)
        await self._outbox.delete(name, blob.etag)


def outbox_name(event: Event) -> str:
    """Return the name of an event in the outbox, by which the earliest comes first."""
    digest = hashlib.sha256(event.id.encode(errors="surrogatepass")).hexdigest()
    return f"{moment_text(event.time)}/{digest}"


def outbox_content(event: Event) -> bytes:
    """Return the bytes of an event; the reader of `outbox_event` takes what JSON itself has not, as NaN."""
    return json.dumps({"Format": _FORMAT, "Event": event.to_json(), "Replay": event.replay}).encode()


def outbox_event(content: bytes) -> Event:
    """Return the event that bytes of the outbox are.

    Raises:
        ValueError: they are none.
    """
    try:
        kept = json.loads(content)
        return Event.from_json(kept["Event"], kept["Replay"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError("no event of the outbox") from error
