"""Stories of one record under concurrency, and the judgement of how they end."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from fakes.runs import Crash, Runs, Step, let_pass, path_of
from fakes.schedules import ACTOR, Scene
from models.record import Json, lay_over
from orchestration.envelope import Envelope
from orchestration.failures import AccountFault, Unavailable
from orchestration.profile import Profile

PATH = path_of()
ITEM = "/v1/products/P1"


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
        self.runs_on = house()
        self._last: Envelope | None = None
        self._managed: Json | None = None
        self._theirs: str | None = None

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
        self._misbehave()
        actors: dict[str, Any] = {f"run{number}": lambda: runs.run(PATH) for number in range(1, self.runs + 1)}
        if rest[1:]:
            actors["poster"] = lambda: self._post_all(rest[1:])
        if self.others:
            actors["writer"] = self._write_all
            actors["run9"] = lambda: runs.run(path_of(client="pim"))
        return Scene(runs, actors, self._verdict, self.crashes, places=self.places)

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
        if posting is None:
            self._last = await self.runs_on.delete("P1")
            self._managed = None
        else:
            self._last = await self.runs_on.post(posting)
            self._managed = lay_over(posting, self._managed or {})

    async def _write_all(self) -> None:
        for value in self.others:
            posted = {"ID": "P1", "xp": {} if value is None else {"theirs": value}}
            await self.runs_on.post(posted, client="pim")
            self._theirs = value

    async def _verdict(self) -> str | None:
        """Let everything settle and return what is wrong then."""
        runs = self.runs_on
        try:
            await runs.settle()
        except AssertionError as restless:
            return str(restless)
        return "; ".join(self._wrongs()) or None

    def _wrongs(self) -> list[str]:
        runs, wrong = self.runs_on, []
        there, cached = runs.world.ordercloud.get(ITEM), runs.cached(PATH.record)
        if cached is None:
            return ["nothing is cached"]
        assert self._last is not None
        if self._managed is None and there is not None:
            wrong.append(f"it is there: {there}")
        if self._managed is not None:
            said = {name: (there or {}).get(name) for name in self._managed}
            if said != self._managed:
                wrong.append(f"OrderCloud has {said}, the last posting says {self._managed}")
        if self.others and ((there or {}).get("xp") or {}).get("theirs") != self._theirs:
            wrong.append(f"OrderCloud has xp {(there or {}).get('xp')}, the other source says {self._theirs}")
        if cached.current != there:
            wrong.append(f"the cache says {cached.current}, OrderCloud {there}")
        if not cached.certain or cached.waiting or (cached.claim and cached.claim.live(self._later())):
            wrong.append(f"certain {cached.certain}, waiting {cached.waiting}, claim {cached.claim}")
        if self._last.version.text not in [event["Version"] for event in runs.events() if event["Action"]]:
            wrong.append(f"no event of the last version {self._last.version}")
        wrong += [f"{place}: {runs.blobs(place)}" for place in ("queue", "parked", "deadletters") if runs.blobs(place)]
        return wrong

    def _later(self) -> Any:
        return self.runs_on.world.clock.now() + timedelta(seconds=self.runs_on.limits.claim + 1)
