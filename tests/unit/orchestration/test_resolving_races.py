"""Replays and drops that die anywhere, and that race with postings, runs and each other: nothing is lost or hidden."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from fakes.dead import dead_of, die, drop, keys, name_of, refusal, replay, resolver
from fakes.event_log import MemoryEventLog
from fakes.runs import Crash, Runs, Step, let_pass, path_of
from fakes.schedules import Scene, search

from models.record import Json
from orchestration.cached_record import Waiting
from orchestration.enqueuing import enqueue
from orchestration.envelope import Envelope
from orchestration.event import Event
from orchestration.paths import QueuePath
from orchestration.ports import Cached, StorageUnavailableError
from orchestration.resolving import Outcome, Resolver

PATH = path_of()
KEY = str(PATH)
MUG: Json = {"ID": "P1", "Name": "Mug"}
CUP: Json = {"ID": "P1", "Name": "Cup"}
ITEM = "/v1/products/P1"
NAMED = refusal(("ValidationFailure", "Name"))


BOTH = pytest.mark.parametrize("act", [replay, drop])
type Act = Callable[..., Awaitable[list[Outcome]]]

# Crashes


class Struck:
    """Dies at one moment before or after a request of the operator's."""

    def __init__(self, runs: Runs, at: int, raised: type[BaseException]) -> None:
        self.moments = 0
        self._at, self._raised = at, raised
        runs.before = runs.after = self._moment

    async def _moment(self, step: Step) -> None:
        self.moments += 1
        if self.moments - 1 == self._at:
            raise self._raised("struck")


async def struck(act: Act, at: int, raised: type[BaseException]) -> tuple[Runs, int]:
    """Have a dead letter and an operator's request that is struck at one moment; then all settles."""
    runs = Runs()
    await die(runs, MUG)
    strike = Struck(runs, at, raised)
    with suppress(Crash):
        await act(runs, PATH)
    runs.before = runs.after = let_pass
    await runs.settle()
    return runs, strike.moments


@pytest.mark.parametrize("raised", [Crash, StorageUnavailableError])
@BOTH
async def test_a_request_that_dies_anywhere_can_be_repeated_and_nothing_is_hidden(
    act: Act, raised: type[BaseException]
) -> None:
    _, moments = await struck(act, -1, raised)
    assert moments >= 12
    for at in range(moments):
        runs, _ = await struck(act, at, raised)
        there, dead = runs.world.ordercloud.get(ITEM), dead_of(runs)
        # It is dead and listed, or it is through: applied, or dropped with an event that says so.
        assert await keys(runs) == ([KEY] if dead else [])
        assert runs.blobs("deadletters") == ([KEY] if dead else [])
        if act is drop:
            assert there is None
            assert dead or "Dropped" in [event["ErrorType"] for event in runs.events()]
        else:
            assert bool(dead) == (there is None)
        runs.world.clock.advance(runs.limits.claim + 1)
        await act(runs, PATH)
        await runs.settle()
        assert (await keys(runs), runs.blobs("queue"), runs.blobs("deadletters")) == ([], [], [])
        assert (runs.world.ordercloud.get(ITEM) is None) == (act is drop)
        assert [call[:2] for call in runs.calls() if call[0] == "POST"] == [("POST", "/v1/products")] * (
            1 if act is drop else 2
        )


# Races


class Story:
    """A record that was applied as A and whose posting B is dead, while operators, a source and runs come and go.

    Args:
        operators: what each operator does, by the name of the method.
        postings: what the source posts meanwhile, in order.
        runs: how many runs there are.
        crashes: how many operators and runs may die.
        kind: what resolves.
        places: where the order of requests is tried.
    """

    def __init__(
        self,
        *operators: str,
        postings: tuple[Json, ...] = (),
        runs: int = 1,
        crashes: int = 0,
        kind: type[Resolver] = Resolver,
        places: tuple[str, ...] = ("queue", "cache", "ordercloud"),
    ) -> None:
        self.operators = operators
        self.postings = postings
        self.number = runs
        self.crashes = crashes
        self.kind = kind
        self.places = places
        self.runs = Runs()
        self.outcomes: list[tuple[str, Outcome]] = []

    async def scene(self) -> Scene:
        """Begin the story."""
        await self.runs.apply(A)
        self.runs.world.ordercloud.fail(NAMED, method="PATCH")
        await self.runs.apply(B)
        actors: dict[str, Any] = {f"run{number}": lambda: self.runs.run(PATH) for number in range(1, self.number + 1)}
        for number, method in enumerate(self.operators, 1):
            actors[f"{method}{number}"] = partial(self._operate, method)
        if self.postings:
            actors["poster"] = self._post
        mortal = ("run", *self.operators)
        return Scene(self.runs, actors, self._verdict, self.crashes, mortal=mortal, places=self.places)

    async def _operate(self, method: str) -> None:
        resolve = getattr(resolver(self.runs, kind=self.kind), method)
        [resolved] = await resolve([KEY])
        self.outcomes.append((method, resolved.outcome))

    async def _post(self) -> None:
        for posting in self.postings:
            await self.runs.post(posting)

    async def _verdict(self) -> str | None:
        """Let everything settle and return what is wrong then."""
        runs = self.runs
        try:
            await runs.settle()
        except AssertionError as restless:
            return str(restless)
        return "; ".join(self._wrongs(await keys(runs))) or None

    def _wrongs(self, listed: list[str]) -> Iterator[str]:
        cached, name, dead = self.runs.cached(PATH.record), name_of(self.runs), dead_of(self.runs)
        assert cached is not None
        if self.postings and name != self.postings[-1]["Name"]:
            yield f"OrderCloud has {name}, the last posting says {self.postings[-1]['Name']}"
        if cached.current != self.runs.world.ordercloud.get(ITEM):
            yield f"the cache says {cached.current}, OrderCloud has {name}"
        if listed != ([KEY] if dead else []):
            yield f"{dead} is dead, and {listed} are listed"
        if not self.postings:
            yield from self._resolved_wrong(name, dead)

    def _resolved_wrong(self, name: str | None, dead: Envelope | None) -> Iterator[str]:
        """Yield what is wrong where the source has posted nothing newer."""
        dropped = any(event["ErrorType"] == "Dropped" for event in self.runs.events())
        if dead is None and name == "A" and not dropped:
            yield "the dead letter is gone without a word"
        if ("drop", Outcome.DROPPED) in self.outcomes and (dead or name == "B"):
            yield f"it was dropped, and {name} is there"
        if ("replay", Outcome.REPLAYED) in self.outcomes and name != "B" and not dropped:
            yield f"it was replayed, and {name} is there"


A, B, C, D = ({"ID": "P1", "Name": name} for name in "ABCD")


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(lambda: Story("replay", postings=(C,)), id="a replay and a newer posting"),
        pytest.param(lambda: Story("drop", postings=(C,)), id="a drop and a newer posting"),
        pytest.param(lambda: Story("drop", "replay", runs=0), id="a drop and a replay"),
        pytest.param(lambda: Story("replay", "replay", runs=0), id="two replays"),
        pytest.param(lambda: Story("drop", "drop"), id="two drops"),
    ],
)
async def test_in_every_order_of_requests_the_last_word_counts(story: Callable[[], Story]) -> None:
    found = await search(lambda: story().scene(), limit=6_000)
    assert found.violation is None, found.violation
    assert found.whole, found.schedules


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(lambda: Story("replay", postings=(C, D), runs=2), id="a replay, two postings, two runs"),
        pytest.param(lambda: Story("drop", postings=(C, D), runs=2), id="a drop, two postings, two runs"),
        pytest.param(lambda: Story("drop", "replay"), id="a drop, a replay and a run"),
        pytest.param(lambda: Story("replay", "replay"), id="two replays and a run"),
        pytest.param(lambda: Story("replay", postings=(C,), crashes=1), id="a replay, and one dies"),
        pytest.param(lambda: Story("drop", postings=(C,), crashes=1), id="a drop, and one dies"),
        pytest.param(lambda: Story("drop", "replay", crashes=1), id="a drop and a replay, and one dies"),
        pytest.param(lambda: Story("drop", crashes=1, places=EVERYWHERE), id="a drop dies anywhere"),
        pytest.param(lambda: Story("replay", crashes=1, places=EVERYWHERE), id="a replay dies anywhere"),
    ],
)
async def test_no_order_of_requests_that_is_tried_loses_or_hides_anything(story: Callable[[], Story]) -> None:
    found = await search(lambda: story().scene(), limit=400)
    assert found.violation is None, found.violation


EVERYWHERE = ("queue", "cache", "log", "deadletters", "ordercloud")


class WithoutClaim(Resolver):
    """Does it without a claim."""

    async def _under_claim(self, path: QueuePath, dead: Waiting, cached: Cached, act: Any) -> Outcome | None:
        outcome: Outcome | None = await act.apply(path, dead, cached)
        return outcome


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
        await enqueue(self._ports, dead.envelope)
        await self._give_back(path, held)
        return Outcome.REPLAYED


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(lambda: Story("replay", postings=(C,), kind=WithoutClaim), id="a replay without a claim"),
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


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(Resolver, "D", id="it is left alone"), pytest.param(Regardless, "C", id="broken: it is cleared")],
)
async def test_what_is_dead_is_not_cleared_while_a_run_holds_the_record_or_a_later_posting_is_lost(
    kind: type[Resolver], name: str
) -> None:
    runs = Runs()
    await runs.apply(A)
    runs.world.ordercloud.fail(NAMED, method="PATCH")
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
