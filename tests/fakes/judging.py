"""Stories of one record under concurrency, and the judgement of how they end."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from fakes.ledger import Ledger
from fakes.runs import Crash, Runs, Step, let_pass, path_of
from fakes.schedules import ACTOR, Scene
from models.record import Json
from orchestration.failures import AccountFault, Unavailable
from orchestration.profile import Profile

PATH = path_of()


class Story:
    """A record that one source posts again and again while runs of it come and go.

    The first posting is applied before the story begins and the second is in the queue; none stands for a delete, and
    as the first one for nothing at all. A second source may keep `xp.theirs`; then nothing is deleted.

    Args:
        postings: what the source posts, in order.
        runs: how many runs there are.
        crashes: how many of them may die.
        refuse: how many writes OrderCloud throttles.
        lost: how many answers are lost, of writes that were carried out.
        faults: how many times a run cannot read the profile.
        others: what the second source posts, in order.
        places: where the order of requests is tried.
        died: whether a run wrote the second posting and died before the story begins.
        sweeps: how many sweeps there are.
        clocks: how often more time passes than a claim holds.
        versions: the source's own versions of its postings, in their order.
        house: what the house is built with.
    """

    def __init__(
        self,
        *postings: Json | None,
        runs: int = 2,
        crashes: int = 0,
        refuse: int = 0,
        lost: int = 0,
        faults: int = 0,
        others: Sequence[str | None] = (),
        places: tuple[str, ...] = ("queue", "cache", "ordercloud"),
        died: bool = False,
        sweeps: int = 0,
        clocks: int = 0,
        versions: Sequence[int] = (),
        house: Callable[[], Runs] = Runs,
    ) -> None:
        self.postings = postings
        self.runs = runs
        self.crashes = crashes
        self.refuse = refuse
        self.lost = lost
        self.faults = faults
        self.others = others
        self.places = places
        self.died = died
        self.sweeps = sweeps
        self.clocks = clocks
        self.versions = iter(versions)
        self.runs_on = house()
        self.ledger = Ledger(self.runs_on)

    async def scene(self) -> Scene:
        """Begin the story."""
        runs, (first, *rest) = self.runs_on, self.postings
        if first is not None:
            await self._post(first)
            await runs.run(PATH)
        if rest:
            await self._post(rest[0])
        if self.died:
            await self._die()
        if self.sweeps:  # what is queued is old enough for them
            runs.world.clock.advance(runs.limits.claim + 1)
        self._misbehave()
        actors: dict[str, Any] = {f"run{number}": lambda: runs.run(PATH) for number in range(1, self.runs + 1)}
        actors |= {f"sweep{number}": runs.sweep for number in range(1, self.sweeps + 1)}
        if rest[1:]:
            actors["poster"] = lambda: self._post_all(rest[1:])
        if self.others:
            actors["writer"] = self._write_all
            actors["run9"] = lambda: runs.run(path_of(client="pim"))
        if self.clocks:
            actors["clock"] = lambda: pass_time(runs, self.clocks)
        return Scene(
            runs,
            actors,
            self.ledger.verdict,
            self.crashes,
            mortal=("run", "sweep"),
            places=(*self.places, "clock"),
            wrongs=lambda: self.ledger.invariants.wrongs,
        )

    async def _die(self) -> None:
        """Have a run die when OrderCloud has carried out its write, and its claim expire."""
        runs = self.runs_on

        async def die(step: Step) -> None:
            if step.place == "ordercloud":
                raise Crash

        runs.after = die
        with suppress(Crash):
            await runs.run(PATH)
        runs.after = let_pass
        runs.world.clock.advance(runs.limits.claim + 1)

    def _misbehave(self) -> None:
        ordercloud = self.runs_on.world.ordercloud
        if self.refuse:
            ordercloud.fail(Unavailable("throttled"), method="PATCH", times=self.refuse)
        if self.lost:
            ordercloud.lose_answer(method="PATCH", times=self.lost)
        working, left = self.runs_on.world.profiles.get, [self.faults]

        async def failing(client: str) -> Profile:
            if left[0] and (ACTOR.get() or "").startswith("run"):
                left[0] -= 1
                raise AccountFault("the profile cannot be read")
            return await working(client)

        self.runs_on.world.profiles.get = failing  # type: ignore[method-assign]  # a port that fails once

    async def _post_all(self, postings: Sequence[Json | None]) -> None:
        for posting in postings:
            await self._post(posting)

    async def _post(self, posting: Json | None) -> None:
        version = next(self.versions, None)
        if posting is None:
            await self.ledger.delete("P1", version=version)
        else:
            await self.ledger.post(posting, version=version)

    async def _write_all(self) -> None:
        for value in self.others:
            await self.ledger.post({"ID": "P1", "xp": {} if value is None else {"theirs": value}}, client="pim")


async def pass_time(runs: Runs, times: int) -> None:
    """Let more time pass than a claim holds: whoever has one, and is slow, has it no more."""
    for _ in range(times):
        await runs.before(Step("clock", "PASS", "a claim's time"))
        runs.world.clock.advance(runs.limits.claim + 1)
