"""The timer sweep: triggers are only hints, so what they missed and what has become due is driven from here."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from orchestration.parking import DUE, due_path, due_time
from orchestration.paths import PathError, QueuePath
from orchestration.pipeline import Pipeline
from orchestration.ports import Hint, Ports, StorageUnavailableError, UnreadableError

_log = logging.getLogger(__name__)

type Drive = Callable[[QueuePath], Awaitable[None]]
"""Runs a record and lets no fault of it out, so that none stops the sweep of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepLimits:
    """The bounds of one sweep: `age` in seconds is how long a queued record is left to its trigger."""

    age: float = 60.0
    records: int = 1_000
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep took up: queued records that no trigger had dealt with, and waiting ones that were due."""

    queued: int
    due: int


class Sweep:
    """Re-drives queued records older than a limit, and releases parked ones, through the pipeline itself."""

    def __init__(self, ports: Ports, pipeline: Pipeline, drive: Drive, limits: SweepLimits) -> None:
        self._ports = ports
        self._pipeline = pipeline
        self._drive = drive
        self._limits = limits

    async def run(self) -> Swept:
        """Sweep once."""
        moment = self._ports.clock.now() - timedelta(seconds=self._limits.age)
        queued = await self._each(self._ports.queue.older_than(moment), self.take_up)
        due = await self._each(self._due(), self._release)
        return Swept(queued, due)

    async def take_up(self, name: str) -> None:
        """Run the record that a queue blob's name says; a name that says none is moved to the dead letters."""
        try:
            path = QueuePath.parse(name)
        except PathError:
            await self._reject(name)
            return
        await self._drive(path)

    async def _due(self) -> AsyncIterator[Hint]:
        """Yield the hints of what is due by now; their names begin with the time, so the first later one ends it."""
        now = self._ports.clock.now()
        async for hint in self._ports.parked.list(DUE, limit=self._limits.records):
            try:
                if due_time(hint.name) > now:
                    return
            except ValueError:
                await self._ports.parked.delete(hint.name, hint.etag)
                continue
            yield hint

    async def _release(self, hint: Hint) -> None:
        """Run what a hint points to, and remove the hint when nothing waits by it any more."""
        try:
            path = due_path(hint.name)
        except (PathError, IndexError):
            await self._ports.parked.delete(hint.name, hint.etag)
            return
        await self._drive(path)
        await self._pipeline.tidy(hint, path)

    async def _reject(self, name: str) -> None:
        found = await self._ports.queue.read(name)
        if found is not None:
            content, etag = found
            unreadable = UnreadableError(f"{name[:200]!r} is no path of a record", content, etag)
            await self._pipeline.reject(name, unreadable)

    async def _each[T](self, found: AsyncIterator[T], work: Callable[[T], Awaitable[None]]) -> int:
        """Do the work for each thing found, a few at a time, up to the sweep's limit; return how many there were.

        What goes wrong with one, or with the finding, is logged and left to the next sweep; the others go on.
        """
        places = asyncio.Semaphore(self._limits.concurrency)

        async def guarded(thing: T) -> None:
            async with places:
                try:
                    await work(thing)
                except Exception:  # noqa: BLE001 - the boundary of one record
                    _log.exception("the sweep could not deal with %s", thing)

        count = 0
        async with asyncio.TaskGroup() as tasks:
            try:
                async for thing in found:
                    tasks.create_task(guarded(thing))
                    count += 1
                    if count >= self._limits.records:
                        break
            except StorageUnavailableError as fault:
                _log.warning("the sweep could not list all: %s", fault)
        return count
