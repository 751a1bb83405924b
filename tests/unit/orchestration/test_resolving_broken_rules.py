"""What replays and drops keep to, broken on purpose: the search finds what is lost without it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from fakes.dead import name_of, refusal, resolver
from fakes.dead_stories import EVERYWHERE, KEY, PATH, A, B, C, D, Story
from fakes.event_log import MemoryEventLog
from fakes.runs import Runs, Step, let_pass
from fakes.schedules import search

from orchestration.enqueuing import enqueue
from orchestration.event import Event
from orchestration.paths import QueuePath
from orchestration.ports import Cached, LostError
from orchestration.resolving import Outcome, Resolver
from orchestration.waiting import Waiting


class WithoutClaim(Resolver):
    """Does it without a claim."""

    async def _under_claim(self, path: QueuePath, dead: Waiting, cached: Cached, act: Any) -> Outcome | None:
        outcome: Outcome | None = await act.apply(path, dead, cached)
        return outcome


class WithoutMark(WithoutClaim):
    """Takes what it queues without a claim for any other posting."""

    async def _queue_again(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        with suppress(LostError):
            await self._ports.queue.add(replace(dead.envelope, replays=dead.envelope.replays + 1))
        return Outcome.REPLAYED


class Regardless(WithoutClaim):
    """Clears what waits whoever holds the record, and their claim with it."""

    async def _look(self, path: QueuePath, act: Any) -> tuple[Outcome | None, Cached]:
        outcome, cached = await super()._look(path, act)
        if cached.record.dead(path.client) is None:
            return outcome, cached
        return None, replace(cached, record=replace(cached.record, claim=None))

    async def _remove(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        await self._ports.cache.put(path.record, held.record.without(path.client), held.etag)
        return Outcome.DROPPED


class HintFirst(Resolver):
    """Removes the hint before what it points to."""

    async def _remove(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        for name, etag in dead.hints.items():
            await self._ports.deadletters.delete(name, etag)
        return await super()._remove(path, dead, held)


class LogLast(Resolver):
    """Logs what was dropped when it is gone."""

    async def _remove(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        late: list[Event] = []
        log, self._ports = self._ports.log, replace(self._ports, log=Late(late))
        outcome = await super()._remove(path, dead, held)
        for event in late:
            await log.write(event)
        return outcome


class Late(MemoryEventLog):
    """Keeps events for later."""

    def __init__(self, late: list[Event]) -> None:
        super().__init__()
        self._late = late

    async def write(self, event: Event) -> None:
        self._late.append(event)


class LaidOver(Resolver):
    """Lays what is replayed over what is queued."""

    async def _look(self, path: QueuePath, act: Any) -> tuple[Outcome | None, Cached]:
        outcome, cached = await super()._look(path, act)
        return (None if outcome is Outcome.SUPERSEDED else outcome), cached

    async def _queue_again(self, path: QueuePath, dead: Waiting, held: Cached) -> Outcome | None:
        await enqueue(self._ports, self._registry[path.record.record_type], dead.envelope)
        await self._give_back(path, held)
        return Outcome.REPLAYED


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(lambda: Story("replay", postings=(C,), kind=WithoutMark), id="a replay without a claim or a mark"),
        pytest.param(
            lambda: Story("drop", crashes=1, kind=HintFirst, places=EVERYWHERE), id="the hint goes before the mark"
        ),
        pytest.param(
            lambda: Story("drop", crashes=1, kind=LogLast, places=EVERYWHERE), id="the mark goes before the event"
        ),
        pytest.param(lambda: Story("replay", postings=(C,), kind=LaidOver), id="a replay is laid over what is newer"),
    ],
)
async def test_the_search_finds_what_a_broken_rule_loses(story: Callable[[], Story]) -> None:
    found = await search(lambda: story().scene(), limit=6_000)
    assert found.violation is not None, f"not found in {found.schedules} schedules"
    assert " raised " not in found.violation


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(Resolver, "D", id="it is left alone"), pytest.param(Regardless, "C", id="broken: it is cleared")],
)
async def test_what_is_dead_is_not_cleared_while_a_run_holds_the_record_or_a_later_posting_is_lost(
    kind: type[Resolver], name: str
) -> None:
    runs = Runs()
    await runs.apply(A)
    runs.world.ordercloud.fail(refusal(("ValidationFailure", "Name")), method="PATCH")
    await runs.apply(B)
    await runs.post(C)

    async def meanwhile(step: Step) -> None:
        if (step.place, step.method) == ("ordercloud", "PATCH"):
            runs.before = let_pass
            await resolver(runs, kind=kind).drop([KEY])
            await runs.apply(D)

    runs.before = meanwhile
    await runs.run(PATH)
    await runs.settle()
    assert name_of(runs) == name
