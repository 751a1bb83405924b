"""Replays and drops that die anywhere, and that race with postings, runs and each other: nothing is lost or hidden."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from fakes.dead import dead_of, die, drop, keys, replay
from fakes.dead_stories import EVERYWHERE, KEY, PATH, C, D, Story
from fakes.runs import Crash, Runs, Step, let_pass
from fakes.schedules import search

from models.record import Json
from orchestration.ports import StorageUnavailableError
from orchestration.resolving import Outcome

MUG: Json = {"ID": "P1", "Name": "Mug"}
ITEM = "/v1/products/P1"

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
