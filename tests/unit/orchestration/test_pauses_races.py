"""Pauses and resumptions that race with postings, runs and sweeps, and runs that die: nothing is lost, or left over."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from fakes.judging import PATH
from fakes.pause_stories import ITEM, Story
from fakes.pauses import pause_of
from fakes.runs import Crash, Runs, Step, let_pass
from fakes.schedules import search

from models.record import Json
from orchestration.ports import StorageUnavailableError

A, B, C = ({"ID": "P1", "Name": name} for name in "ABC")
HINT = "paused/erp/product/acme/product/p1/erp"


@pytest.mark.parametrize(
    ("story", "limit"),
    [
        pytest.param(lambda: Story(A, B), 250, id="paused and resumed"),
        pytest.param(lambda: Story(A, B, acts=(True,)), 250, id="paused"),
        pytest.param(lambda: Story(A, B, paused=True, acts=(False,)), 250, id="resumed"),
        pytest.param(lambda: Story(A, B, paused=True, acts=(False, True)), 250, id="resumed and paused"),
        pytest.param(lambda: Story(A, B, C, paused=True, acts=(False,)), 250, id="resumed while it is posted"),
        pytest.param(lambda: Story(A, B, A, runs=2, acts=(True, False)), 250, id="two runs"),
        pytest.param(lambda: Story(A, B, paused=True, acts=(False,), crashes=1), 300, id="resumed, and one dies"),
        pytest.param(lambda: Story(A, B, acts=(True,), crashes=1), 300, id="paused, and one dies"),
        pytest.param(
            lambda: Story(A, B, acts=(True, False), crashes=1, places=("cache", "pauses", "parked")),
            300,
            id="one dies between hint and mark",
        ),
    ],
)
async def test_no_order_of_requests_that_is_tried_loses_a_posting_or_leaves_a_hint(
    story: Callable[[], Story], limit: int
) -> None:
    found = await search(lambda: story().scene(), limit=limit)
    assert found.violation is None, found.violation


class Struck:
    """Dies at one moment before or after a request."""

    def __init__(self, runs: Runs, at: int, raised: type[BaseException]) -> None:
        self.moments = 0
        self._at, self._raised = at, raised
        runs.before = runs.after = self._moment

    async def _moment(self, step: Step) -> None:
        await let_pass(step)
        self.moments += 1
        if self.moments - 1 == self._at:
            raise self._raised("struck")


async def pausing_run(runs: Runs) -> Callable[[], Awaitable[object]]:
    await runs.post(B)
    await runs.world.pauses.have(pause_of())
    return lambda: runs.run(PATH)


async def resuming_sweep(runs: Runs) -> Callable[[], Awaitable[object]]:
    await (await pausing_run(runs))()
    await runs.world.pauses.have()
    return runs.sweep


async def struck(
    prepare: Callable[[Runs], Awaitable[Callable[[], Awaitable[object]]]], at: int, raised: type[BaseException]
) -> tuple[Runs, int]:
    runs = Runs()
    await runs.apply(A)
    act = await prepare(runs)
    strike = Struck(runs, at, raised)
    with suppress(Crash, StorageUnavailableError):
        await act()
    runs.before = runs.after = let_pass
    return runs, strike.moments


@pytest.mark.parametrize("raised", [Crash, StorageUnavailableError])
@pytest.mark.parametrize("prepare", [pausing_run, resuming_sweep])
async def test_one_that_dies_at_any_request_loses_nothing(
    prepare: Callable[[Runs], Awaitable[Callable[[], Awaitable[object]]]], raised: type[BaseException]
) -> None:
    _, moments = await struck(prepare, -1, raised)
    assert moments >= 16
    for at in range(moments):
        runs, _ = await struck(prepare, at, raised)
        if runs.world.pauses.kept:
            await runs.settle()
            assert (at, runs.blobs("queue"), runs.blobs("parked")) == (at, [], [HINT])
            named: Json = runs.world.ordercloud.get(ITEM) or {}
            assert (at, named["Name"]) == (at, "A")
        await runs.world.pauses.have()
        await runs.settle()
        named = runs.world.ordercloud.get(ITEM) or {}
        assert (at, named["Name"]) == (at, "B")
        left = [runs.blobs(place) for place in ("queue", "parked", "deadletters")]
        assert (at, left) == (at, [[], [], []])
