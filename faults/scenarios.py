"""The scenarios by name, each with the stack it runs on, and a shortened version that still has every kind of fault."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from faults.crashes import crash_matrix
from faults.outage_minute import Minute, outage_minute
from faults.outcomes import Outcome, Tell
from faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Attributes:
        seed: decides what is left to chance.
        short: whether a choice of each scenario is enough.
        most_calls: those that OrderCloud may get in the outage of a minute; not judged where it is none.
    """

    seed: int = 7
    short: bool = False
    most_calls: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a scenario: its state directory, what was asked for, and whom to tell what it is at."""

    state: Path
    wanted: Wanted
    tell: Tell


type Scenario = Callable[[Run], list[Outcome]]


def _crashes(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return crash_matrix(stage, run.tell, every=SHORT_EVERY if run.wanted.short else 1)


def _outage_minute(run: Run) -> list[Outcome]:
    # The times that are the app's own by default: the figures are those of the documentation.
    with Stage(run.state, claim_seconds=60, sweep_seconds=10) as stage:
        minute = Minute(before=5, outage=10, after=5) if run.wanted.short else Minute()
        return outage_minute(stage, run.tell, replace(minute, most_calls=run.wanted.most_calls))


SHORT_EVERY = 11
"""In short, every so many points of the crash matrix: an odd number, so that both sides are among them."""

SCENARIOS: dict[str, Scenario] = {"crashes": _crashes, "outage-minute": _outage_minute}
SHORT = ("crashes",)
"""The scenarios that also a shortened run has."""
