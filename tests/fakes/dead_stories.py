"""Stories of one record with a dead letter, told while operators, a source and runs come and go."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fakes.dead import dead_of, keys, name_of, refusal
from fakes.judging import pass_time
from fakes.ledger import Ledger
from fakes.runs import Runs, path_of
from fakes.schedules import Scene
from models.record import Json
from orchestration.envelope import Envelope
from orchestration.resolving import Outcome, Resolver

PATH = path_of()
KEY = str(PATH)
A, B, C, D = ({"ID": "P1", "Name": name} for name in "ABCD")
EVERYWHERE = ("queue", "cache", "log", "deadletters", "ordercloud")


class Story:
    """A record that was applied as A and whose posting B is dead, while operators, a source and runs come and go.

    Args:
        operators: what each operator does, by the name of the method.
        postings: what the source posts meanwhile, in order.
        runs: how many runs there are.
        crashes: how many operators and runs may die.
        kind: what resolves.
        places: where the order of requests is tried.
        sweeps: how many sweeps there are.
        clocks: how often more time passes than a claim holds.
        house: what the house is built with.
    """

    def __init__(
        self,
        *operators: str,
        postings: tuple[Json, ...] = (),
        runs: int = 1,
        crashes: int = 0,
        kind: type[Resolver] = Resolver,
        places: tuple[str, ...] = ("queue", "cache", "ordercloud"),
        sweeps: int = 0,
        clocks: int = 0,
        house: Callable[[], Runs] = Runs,
    ) -> None:
        self.operators = operators
        self.postings = postings
        self.number = runs
        self.crashes = crashes
        self.places = places
        self.sweeps = sweeps
        self.clocks = clocks
        self.runs = house()
        self.ledger = Ledger(self.runs, kind=kind)
        self.outcomes: list[tuple[str, Outcome]] = []

    async def scene(self) -> Scene:
        """Begin the story."""
        await self._apply(A)
        self.runs.world.ordercloud.fail(refusal(("ValidationFailure", "Name")), method="PATCH")
        await self._apply(B)
        actors: dict[str, Any] = {f"run{number}": lambda: self.runs.run(PATH) for number in range(1, self.number + 1)}
        for number, method in enumerate(self.operators, 1):
            actors[f"{method}{number}"] = partial(self._operate, method)
        if self.postings:
            actors["poster"] = self._post
        actors |= {f"sweep{number}": self.runs.sweep for number in range(1, self.sweeps + 1)}
        if self.clocks:
            actors["clock"] = lambda: pass_time(self.runs, self.clocks)
        return Scene(
            self.runs,
            actors,
            self._verdict,
            self.crashes,
            mortal=("run", "sweep", *self.operators),
            places=(*self.places, "clock"),
            wrongs=lambda: self.ledger.invariants.wrongs,
        )

    async def _apply(self, item: Json) -> None:
        await self.ledger.post(item)
        await self.runs.run(PATH)

    async def _operate(self, method: str) -> None:
        self.outcomes.append((method, await self.ledger.resolve(method, PATH)))

    async def _post(self) -> None:
        for posting in self.postings:
            await self.ledger.post(posting)

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
        if cached.current != self.runs.world.ordercloud.get("/v1/products/P1"):
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
