"""The timer sweep: triggers are only hints, so what they missed, what is due and what is resumed is driven from here.

What it costs does not grow with what waits: it lists the clients that something waits for, of each those records that
are due first or paused no more, and some pages of the queue. No client's records keep another's waiting, and one sweep
is bounded.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from orchestration.failures import AccountFault
from orchestration.parking import DUE, PAUSED, RELEASED, due_time, hint_path
from orchestration.paths import PathError, QueuePath, RecordPath
from orchestration.pauses import paused_by
from orchestration.pipeline import Pipeline
from orchestration.ports import Hint, Ports, StorageUnavailableError, UnreadableError

_log = logging.getLogger(__name__)


class Drive(Protocol):
    """Runs a record and lets no fault of it out, so that none stops the sweep of the others."""

    async def __call__(self, path: QueuePath, *, released: bool = False) -> None:
        """Run a record, as `Pipeline.run` does."""
        ...


type Find = Callable[[str, int], Awaitable[list[Hint]]]
"""Returns the hints of a client to what may be released, so many at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepLimits:
    """The bounds of one sweep; times in seconds.

    Attributes:
        age: how long a queued record is left to its trigger.
        records: how many records of each client are taken up, of the queue and of what is due or resumed.
        pages: how many pages of the queue's names are listed; the next sweep goes on behind them.
        concurrency: how many records are driven side by side.
        share: how many of those may be one client's.
        seconds: how long a sweep begins anything.
    """

    age: float = 60.0
    records: int = 1_000
    pages: int = 4
    concurrency: int = 8
    share: int = 4
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep took up: queued records that no trigger had dealt with, and waiting ones, due or resumed."""

    queued: int
    due: int


class Sweep:
    """Re-drives queued records older than a limit, and releases parked ones, through the pipeline itself.

    One sweep at a time: it remembers how far in the queue, and among a parent's children, the last one came.
    """

    def __init__(self, ports: Ports, pipeline: Pipeline, drive: Drive, limits: SweepLimits) -> None:
        self._ports = ports
        self._pipeline = pipeline
        self._drive = drive
        self._limits = limits
        self._places = asyncio.Semaphore(limits.concurrency)
        self._marker: str | None = None
        self._released: dict[str, str] = {}
        self._ends = 0.0

    async def run(self) -> Swept:
        """Sweep once. What cannot be listed is logged and left to the next sweep."""
        self._ends = self._ports.clock.elapsed() + self._limits.seconds
        async with asyncio.TaskGroup() as tasks:  # side by side, so that none of them takes all the time
            queued = tasks.create_task(self._counted(self._sweep_queue))
            due = tasks.create_task(self._counted(self._sweep_waiting))
            tasks.create_task(self._counted(self._sweep_released))
        return Swept(queued.result(), due.result())

    async def take_up(self, name: str) -> None:
        """Run the record that a queue blob's name says; a name that says none is moved to the dead letters."""
        try:
            path = QueuePath.parse(name)
        except PathError:
            await self._reject(name)
            return
        await self._drive(path)

    async def _sweep_queue(self) -> int:
        """Take up what has been queued for too long, of the pages of names that are next."""
        moment = self._ports.clock.now() - timedelta(seconds=self._limits.age)
        marker, self._marker = self._marker, None  # a marker that storage refuses is not tried again
        found: defaultdict[str, deque[str]] = defaultdict(deque)
        for _ in range(self._limits.pages):
            names, marker = await self._ports.queue.older_than(moment, marker)
            for name in names:
                if len(found[client := name.rpartition("/")[2]]) < self._limits.records:
                    found[client].append(name)
            if marker is None:
                break
        self._marker = marker
        count = sum(map(len, found.values()))
        async with asyncio.TaskGroup() as tasks:
            for names_of_client in found.values():
                tasks.create_task(self._share_out(names_of_client, self.take_up))
        return count

    async def _sweep_waiting(self) -> int:
        """Release what is due, and what is paused no more, client by client side by side."""
        parts = [(self._due, client) for client in await self._ports.parked.folders(DUE)]
        parts += [(self._resumed, client) for client in await self._ports.parked.folders(PAUSED)]
        found: defaultdict[str, list[Find]] = defaultdict(list)
        for find, client in parts:
            found[client].append(find)
        async with asyncio.TaskGroup() as tasks:
            counts = [
                tasks.create_task(self._counted(partial(self._release, client, finds)))
                for client, finds in found.items()
            ]
        return sum(each.result() for each in counts)

    async def _due(self, client: str, limit: int) -> list[Hint]:
        """Return the hints to what is due of one client.

        Their names begin with the time, so the first later one ends what is due.
        """
        hints, now = list[Hint](), self._ports.clock.now()
        async for hint in self._ports.parked.list(f"{DUE}{client}/", limit=limit):
            try:
                if due_time(hint.name) > now:
                    break
            except ValueError:
                await self._ports.parked.delete(hint.name, hint.etag)
                continue
            hints.append(hint)
        return hints

    async def _resumed(self, client: str, limit: int) -> list[Hint]:
        """Return the hints to what is paused no more of one client; what is still paused is not listed."""
        hints = list[Hint]()
        if await self._is_paused(client, None):
            return hints
        for kind in await self._ports.parked.folders(f"{PAUSED}{client}/"):
            if len(hints) < limit and not await self._is_paused(client, unquote(kind)):
                left = limit - len(hints)
                hints += [hint async for hint in self._ports.parked.list(f"{PAUSED}{client}/{kind}/", limit=left)]
        return hints

    async def _is_paused(self, client: str, record_type: str | None) -> bool:
        """Tell whether a client's records of a type, or all of them, are paused, as step 2 of a run would."""
        try:
            profile = await self._ports.profiles.get(unquote(client))
        except AccountFault:  # runs say so, record by record
            return False
        try:
            return paused_by(await self._ports.pauses.get(profile.marketplace), profile, record_type) is not None
        except AccountFault:  # nobody knows: what waits is safe where it is
            return True

    async def _release(self, client: str, finds: list[Find]) -> int:
        """Release what may be released of one client.

        While OrderCloud does not serve it, one record finds out whether it does.
        """
        hints, count = deque[Hint](), 0
        for place, find in enumerate(finds):  # each has its share, and what is left of the one before
            share = self._limits.records * (place + 1) // len(finds) - len(hints)
            hints.extend(await find(client, share))
        circuits, name = self._ports.circuits, unquote(client)
        while hints and circuits.is_open(name) and not self._is_over:
            if circuits.wait(name):
                return count
            await self._guarded(self._release_hint, hints.popleft())
            count += 1
        count += len(hints)
        await self._share_out(hints, self._release_hint, until=lambda: circuits.is_open(name))
        return count - len(hints)

    async def _release_hint(self, hint: Hint) -> None:
        """Run what a hint points to, and remove the hint when nothing waits by it any more."""
        try:
            path = hint_path(hint.name)
        except ValueError:
            await self._ports.parked.delete(hint.name, hint.etag)
            return
        await self._drive(path, released=hint.name.startswith(PAUSED))
        await self._pipeline.tidy(hint, path)

    async def _sweep_released(self) -> int:
        """Go on with the children of records that have come, where a run did not get to all of them."""
        async for hint in self._ports.parked.list(RELEASED, limit=self._limits.records):
            if self._is_over:
                break
            await self._guarded(self._release_rest, hint)
        return 0

    async def _release_rest(self, hint: Hint) -> None:
        """Release children of the record that a hint names; the hint stays until none is left."""
        try:
            parent = RecordPath.parse(hint.name.removeprefix(RELEASED))
            left = await self._pipeline.release(parent, after=self._released.pop(hint.name, ""))
        except PathError:
            left = None
        if left is None:
            await self._ports.parked.delete(hint.name, hint.etag)
        else:
            self._released[hint.name] = left

    async def _reject(self, name: str) -> None:
        found = await self._ports.queue.read(name)
        if found is not None:
            content, etag = found
            unreadable = UnreadableError(f"{name[:200]!r} is no path of a record", content, etag)
            await self._pipeline.reject(name, unreadable)

    async def _share_out[T](
        self, things: deque[T], work: Callable[[T], Awaitable[None]], until: Callable[[], bool] = lambda: False
    ) -> None:
        """Do the work for a client's things, some side by side; what is left when it has to end stays in `things`.

        Each place is given up after each thing, so that clients take turns where there are more than places.
        """

        async def take_turns() -> None:
            while things:
                async with self._places:
                    if not things or self._is_over or until():
                        return
                    await self._guarded(work, things.popleft())

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(self._limits.share, len(things))):
                tasks.create_task(take_turns())

    @property
    def _is_over(self) -> bool:
        return self._ports.clock.elapsed() >= self._ends

    async def _guarded[T](self, work: Callable[[T], Awaitable[None]], thing: T) -> None:
        """Do the work for one thing; what goes wrong with it is logged and left to the next sweep."""
        try:
            await work(thing)
        except Exception:  # noqa: BLE001 - the boundary of one record
            _log.exception("the sweep could not deal with %s", thing)

    async def _counted(self, part: Callable[[], Awaitable[int]]) -> int:
        """Do one part of the sweep and return how many records it took up; storage that fails ends that part alone."""
        try:
            return await part()
        except StorageUnavailableError as fault:
            _log.warning("the sweep could not list all: %s", fault)
            return 0
