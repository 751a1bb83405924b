"""Stories of one record whose client is paused and resumed while its source posts and runs and sweeps come and go."""

from contextlib import suppress
from typing import Any

from fakes.judging import PATH
from fakes.pauses import pause_of
from fakes.runs import Crash, Runs
from fakes.schedules import Scene
from models.record import Json

ITEM = "/v1/products/P1"


class Story:
    """A record that was applied as A, and whose next posting is queued.

    Args:
        postings: what the source posts, in order; the first one was applied, and the second is queued.
        runs: how many runs there are.
        paused: whether its client is paused at first, and the second posting waits.
        acts: what an operator does meanwhile, in order: whether the client is paused from then on.
        crashes: how many runs and sweeps may die.
        places: where the order of requests is tried.
    """

    def __init__(
        self,
        *postings: Json,
        runs: int = 1,
        paused: bool = False,
        acts: tuple[bool, ...] = (True, False),
        crashes: int = 0,
        places: tuple[str, ...] = ("queue", "cache", "pauses", "ordercloud"),
    ) -> None:
        self.postings = postings
        self.number = runs
        self.paused = paused
        self.acts = acts
        self.crashes = crashes
        self.places = places
        self.runs = Runs()
        pauses = self.runs.world.pauses.container
        self.runs.watch("pauses", pauses)
        self.runs.containers["pauses"] = pauses

    async def scene(self) -> Scene:
        """Begin the story."""
        runs, (first, second, *rest) = self.runs, self.postings
        await runs.apply(first)
        if self.paused:
            await self._have(paused=True)
        await runs.post(second)
        if self.paused:
            await runs.run(PATH)
        actors: dict[str, Any] = {f"run{number}": lambda: runs.run(PATH) for number in range(1, self.number + 1)}
        actors["operator"] = self._operate
        actors["sweep"] = self._sweep
        if rest:
            actors["poster"] = lambda: self._post(rest)
        return Scene(runs, actors, self._verdict, self.crashes, mortal=("run", "sweep"), places=self.places)

    async def _have(self, *, paused: bool) -> None:
        await self.runs.world.pauses.have(*[pause_of()] if paused else [])

    async def _operate(self) -> None:
        for paused in self.acts:
            await self._have(paused=paused)

    async def _sweep(self) -> None:
        with suppress(Crash):  # its task groups wrap what kills them
            await self.runs.sweep()

    async def _post(self, postings: list[Json]) -> None:
        for posting in postings:
            await self.runs.post(posting)

    async def _verdict(self) -> str | None:
        """Let everything settle, paused or not, then resume, let it settle again, and return what is wrong then."""
        runs = self.runs
        try:
            await runs.settle()
            if runs.world.pauses.kept and (wrong := self._restless()):
                return wrong
            await self._have(paused=False)
            await runs.settle()
        except AssertionError as restless:
            return str(restless)
        return "; ".join(self._wrongs()) or None

    def _restless(self) -> str | None:
        """Return what is wrong while it is paused: that something is left which is looked at again and again."""
        waits = [name for name in self.runs.blobs("parked") if not name.startswith("paused/")]
        return f"paused, and yet {waits} and {self.runs.blobs('queue')}" if waits or self.runs.blobs("queue") else None

    def _wrongs(self) -> list[str]:
        runs, wrong, last = self.runs, [], self.postings[-1]
        there, cached = runs.world.ordercloud.get(ITEM), runs.cached(PATH.record)
        assert cached is not None
        if (there or {}).get("Name") != last["Name"]:
            wrong.append(f"OrderCloud has {there}, the last posting says {last}")
        if cached.current != there or not cached.certain or cached.waiting:
            wrong.append(f"the cache says {cached}, OrderCloud {there}")
        wrong += [f"{place}: {runs.blobs(place)}" for place in ("queue", "parked", "deadletters") if runs.blobs(place)]
        return wrong
