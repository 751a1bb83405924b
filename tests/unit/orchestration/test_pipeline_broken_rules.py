"""Each rule of the protocol, broken on purpose: the search over orders of requests finds what is lost without it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fakes.judging import Story
from fakes.runs import Runs
from fakes.schedules import search
from fakes.storage import MemoryRecordCache, MemoryRecordQueue

from models.record import Json
from models.registry import Registry
from orchestration.cached_record import CachedRecord
from orchestration.calling import Calls
from orchestration.decision import Case
from orchestration.endings import Ending, Endings
from orchestration.execution import Executor
from orchestration.failures import Failure, RefusedByOrderCloud
from orchestration.generation import Lists
from orchestration.limits import Limits
from orchestration.paths import QueuePath, RecordPath
from orchestration.pipeline import Pipeline
from orchestration.ports import Answer, Cached, LostError, Marketplaces, OrderCloud, Ports, Queued
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.waiting import Waiting
from orchestration.workitem import Stopwatch, WorkItem, take_up

A, B, C = ({"ID": "P1", "Name": name} for name in "ABC")


class CacheReadFirst(MemoryRecordQueue):
    """Reads the cache before the queue, and hands out what it read when it is asked for."""

    def __init__(self, ports: Ports) -> None:
        self.container = ports.queue.container  # type: ignore[attr-defined]  # the queue in memory has one
        super(MemoryRecordQueue, self).__init__(self.container)
        self._cache = ports.cache
        self._read: dict[object, Cached] = {}

    async def get(self, path: QueuePath) -> Queued | None:
        self._read[asyncio.current_task()] = await self._cache.get(path.record)
        return await super().get(path)

    def read_before(self) -> Cached:
        return self._read[asyncio.current_task()]


class ReadBefore(MemoryRecordCache):
    """Answers what was read before the queue."""

    def __init__(self, ports: Ports, queue: CacheReadFirst) -> None:
        self.container = ports.cache.container  # type: ignore[attr-defined]  # the cache in memory has one
        super(MemoryRecordCache, self).__init__(self.container)
        self._queue = queue

    async def get(self, path: RecordPath) -> Cached:
        return self._queue.read_before()


def cache_before_queue(ports: Ports) -> Ports:
    queue = CacheReadFirst(ports)
    return replace(ports, queue=queue, cache=ReadBefore(ports, queue))


class NeverChanged(MemoryRecordQueue):
    """Says at every second look that the queue is as it was."""

    def __init__(self, ports: Ports) -> None:
        self.container = ports.queue.container  # type: ignore[attr-defined]  # the queue in memory has one
        super(MemoryRecordQueue, self).__init__(self.container)
        self._read: dict[object, Queued | None] = {}

    async def get(self, path: QueuePath) -> Queued | None:
        found = self._read[asyncio.current_task()] = await super().get(path)
        return found

    async def etag(self, path: QueuePath) -> str | None:
        await super().etag(path)
        found = self._read[asyncio.current_task()]
        return found.etag if found else None


class BlindDelete(NeverChanged):
    """Deletes what is queued, whatever it is."""

    async def etag(self, path: QueuePath) -> str | None:
        return await MemoryRecordQueue.etag(self, path)

    async def delete(self, path: QueuePath, etag: str) -> bool:
        await self.container.before("DELETE", str(path))
        self.container.blobs.pop(str(path), None)
        return True


class BlindClaim(MemoryRecordCache):
    """Writes claims whatever is there."""

    def __init__(self, ports: Ports) -> None:
        self.container = ports.cache.container  # type: ignore[attr-defined]  # the cache in memory has one
        super(MemoryRecordCache, self).__init__(self.container)

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        if record.claim is None:
            return await super().put(path, record, etag)
        return await self.overwrite(path, record)

    async def overwrite(self, path: RecordPath, record: CachedRecord) -> str:
        while True:
            try:
                there = self.container.blobs.get(str(path))
                return await super().put(path, record, there.etag if there else None)
            except LostError:
                continue


class BlindUpdate(BlindClaim):
    """Writes all but claims whatever is there."""

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        if record.claim is not None:
            return await MemoryRecordCache.put(self, path, record, etag)
        return await self.overwrite(path, record)


class ForgetfulRelease(BlindClaim):
    """Forgets that a record is uncertain when its claim is given back."""

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        given_back = record.claim is None and not record.certain and not record.waiting
        return await MemoryRecordCache.put(self, path, replace(record, certain=True) if given_back else record, etag)


class ForgetfulMarketplaces:
    """Takes an answer that was lost for a refusal."""

    def __init__(self, marketplaces: Marketplaces) -> None:
        self._marketplaces = marketplaces

    def connect(self, profile: Profile) -> OrderCloud:
        return ForgetfulOrderCloud(self._marketplaces.connect(profile))


class ForgetfulOrderCloud:
    """The connection of one profile."""

    def __init__(self, ordercloud: OrderCloud) -> None:
        self._ordercloud = ordercloud

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        try:
            return await self._ordercloud.send(request, budget=budget, traceparent=traceparent)
        except Failure as failure:
            if failure.outcome_unknown:
                raise RefusedByOrderCloud("no answer") from failure
            raise


class IgnoringClaims(Pipeline):
    """Ends an unchanged posting though another run holds the record."""

    async def _round(self, path: QueuePath, *, released: bool = False, **row: Any) -> Ending:
        queued, cached = await self._ports.queue.get(path), await self._ports.cache.get(path.record)
        unclaimed = replace(cached, record=replace(cached.record, claim=None))
        item = take_up(path, queued, unclaimed, Stopwatch(self._ports.clock), due_by=None)
        if item is not None and cached.record.claim is not None and cached.record.certain:
            case = await self._cases.of(item)
            decision = self._cases.decide(item, case, item.record)
            if not decision.writes:
                return await self._without_claim(item, case, decision)
        return await super()._round(path, released=released, **row)


class BlindExecutor(Executor):
    """Takes what is cached for what OrderCloud has."""

    async def read(self, record: CachedRecord) -> CachedRecord:
        return replace(record, certain=True)


class NeverReading(Pipeline):
    """Does not read OrderCloud where a write may have happened."""

    def _executor(self, case: Case, record: CachedRecord, lists: Lists) -> Executor:
        calls = super()._executor(case, record, lists).calls
        return BlindExecutor(case, case.keys(record), calls, self._ports.clock.now, lists)


class Unhurried(Pipeline):
    """Calls OrderCloud whatever is left of the claim."""

    def _executor(self, case: Case, record: CachedRecord, lists: Lists) -> Executor:
        connected = self._ports.marketplaces.connect(case.profile)
        calls = Calls(case, connected, self._ports.circuits, self._ports.seals, lambda: 60)
        return Executor(case, case.keys(record), calls, self._ports.clock.now, lists)


class HintLastEndings(Endings):
    """Puts the hints when the posting has been marked."""

    _late: Waiting | None = None

    async def _put_hints(self, waiting: Waiting) -> dict[str, str]:
        self._late = waiting
        return {}

    async def _remove(self, item: WorkItem) -> Ending:
        ending = await super()._remove(item)
        late, self._late = self._late, None
        if late is not None:
            await super()._put_hints(late)
        return ending


class HintLast(Pipeline):
    """Marks what waits before there is a hint to it."""

    def __init__(self, ports: Ports, registry: Registry, limits: Limits) -> None:
        super().__init__(ports, registry, limits)
        self._endings = HintLastEndings(ports, registry, release=lambda child: self.run(child, released=True))


class UnclaimedMarks(Pipeline):
    """Sets aside what failed before it was claimed without a claim."""

    async def _set_aside(
        self,
        item: WorkItem,
        failure: Failure,
        known: CachedRecord,
        case: Case | None = None,
        calls: tuple[Json, ...] = (),
    ) -> Ending:
        return await self._endings.set_aside(item, failure, known, None, calls)


def on(
    ports: Callable[[Ports], Ports] = lambda ports: ports,
    pipeline: Callable[[Ports, Registry, Limits], Pipeline] = Pipeline,
) -> Callable[[], Runs]:
    return lambda: Runs(ports=ports, pipeline=pipeline)


BROKEN = [
    pytest.param(lambda: Story(A, B, A, house=on(cache_before_queue)), id="the cache is read before the queue"),
    pytest.param(
        lambda: Story(A, B, A, house=on(lambda ports: replace(ports, queue=NeverChanged(ports)))),
        id="the queue is not looked at again after the claim",
    ),
    pytest.param(
        lambda: Story(A, B, A, house=on(pipeline=IgnoringClaims)),
        id="another's live claim is ignored when nothing changed",
    ),
    pytest.param(
        lambda: Story(A, B, C, house=on(lambda ports: replace(ports, queue=BlindDelete(ports)))),
        id="the queue blob is deleted whatever it is",
    ),
    pytest.param(
        lambda: Story(A, B, A, house=on(lambda ports: replace(ports, cache=BlindClaim(ports)))),
        id="the claim is written whatever is there",
    ),
    pytest.param(
        lambda: Story(A, B, A, clocks=1, house=on(lambda ports: replace(ports, cache=BlindUpdate(ports)))),
        id="what OrderCloud answered is written whatever is there",
    ),
    pytest.param(
        lambda: Story(A, B, A, clocks=1, house=on(pipeline=Unhurried)),
        id="OrderCloud is called when the claim has run out",
    ),
    pytest.param(
        lambda: Story(A, B, A, died=True, house=on(lambda ports: replace(ports, cache=ForgetfulRelease(ports)))),
        id="a claim that is given back forgets that the record is uncertain",
    ),
    pytest.param(
        lambda: Story(A, B, A, crashes=1, house=on(pipeline=NeverReading)),
        id="OrderCloud is not read while the record is uncertain",
    ),
    pytest.param(
        lambda: Story(
            A,
            B,
            A,
            lost=1,
            house=on(lambda ports: replace(ports, marketplaces=ForgetfulMarketplaces(ports.marketplaces))),
        ),
        id="a lost answer is taken for a refusal",
    ),
    pytest.param(
        lambda: Story(A, B, refuse=1, crashes=1, places=("cache", "queue", "parked"), house=on(pipeline=HintLast)),
        id="the hint is written after the mark",
    ),
    pytest.param(
        lambda: Story(A, B, A, faults=1, house=on(pipeline=UnclaimedMarks)),
        id="what fails before the claim is set aside without one",
    ),
]


@pytest.mark.parametrize("story", BROKEN)
async def test_the_search_finds_what_a_broken_rule_loses(story: Callable[[], Story]) -> None:
    found = await search(lambda: story().scene(), limit=3_000, seed=17)
    assert found.violation is not None, f"not found in {found.schedules} schedules"
    assert " raised " not in found.violation
