"""Stories of a product and the price schedule that it names, told while runs, sweeps and time come and go."""

from collections.abc import Callable
from typing import Any

from fakes.judging import pass_time
from fakes.ledger import Ledger
from fakes.runs import Runs, path_of
from fakes.schedules import Scene
from models.record import Json
from orchestration.failures import Unavailable

CHILD = path_of()
PARENT = path_of("S1", record_type="priceschedule")
EVERYWHERE = ("queue", "cache", "parked", "ordercloud", "clock")


def child(name: str) -> Json:
    """Return a product that names the price schedule."""
    return {"ID": "P1", "Name": name, "DefaultPriceScheduleID": "S1"}


class Family:
    """A product is posted, and the price schedule that it names; neither is there yet.

    Args:
        early: how many attempts of the product have failed before the story begins.
        later: the names that the product is posted with meanwhile, in order.
        runs: how many runs of the product there are; of the price schedule there is one.
        crashes: how many runs and sweeps may die.
        sweeps: how many sweeps there are.
        clocks: how often more time passes than a claim holds.
        throttled: how many writes OrderCloud throttles.
        lost: how many answers are lost, of writes that were carried out.
        places: where the order of requests is tried.
        house: what the house is built with.
    """

    def __init__(
        self,
        *later: str,
        early: int = 0,
        runs: int = 1,
        crashes: int = 0,
        sweeps: int = 0,
        clocks: int = 0,
        throttled: int = 0,
        lost: int = 0,
        places: tuple[str, ...] = EVERYWHERE,
        house: Callable[[], Runs] = Runs,
    ) -> None:
        self.later = later
        self.early = early
        self.number = runs
        self.crashes = crashes
        self.sweeps = sweeps
        self.clocks = clocks
        self.throttled = throttled
        self.lost = lost
        self.places = places
        self.runs = house()
        self.ledger = Ledger(self.runs)

    async def scene(self) -> Scene:
        """Begin the story."""
        runs, ordercloud = self.runs, self.runs.world.ordercloud
        await self.ledger.post(child("A"))
        for _ in range(self.early):
            await runs.pipeline.run(CHILD, released=True)
        await self.ledger.post({"ID": "S1", "Name": "Schedule"}, record_type="priceschedule")
        runs.world.clock.advance(runs.limits.claim + 1)  # what is queued or waits is due for the sweep
        ordercloud.fail(Unavailable("throttled"), method="POST", times=self.throttled)
        ordercloud.lose_answer(method="POST", times=self.lost)
        actors: dict[str, Any] = {f"run{number}": lambda: runs.run(CHILD) for number in range(1, self.number + 1)}
        actors["run9"] = lambda: runs.run(PARENT)
        actors |= {f"sweep{number}": runs.sweep for number in range(1, self.sweeps + 1)}
        if self.later:
            actors["poster"] = self._post
        if self.clocks:
            actors["clock"] = lambda: pass_time(runs, self.clocks)
        return Scene(
            runs,
            actors,
            self.ledger.verdict,
            self.crashes,
            mortal=("run", "sweep"),
            places=self.places,
            wrongs=lambda: self.ledger.invariants.wrongs,
        )

    async def _post(self) -> None:
        for name in self.later:
            await self.ledger.post(child(name))
