"""The scenarios by name, each with the stack it runs on, and a shortened version that still has every kind of fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from faults.crashes import crash_matrix
from faults.event_log import EVENT_LOG_FAULTS
from faults.floods import FLOOD, flood, triggers_and_crashes
from faults.kills import kill_faults
from faults.outage_minute import MOST_CALLS, Minute, outage_minute
from faults.outages import OUTAGES, outages
from faults.outcomes import Outcome, Tell
from faults.stage import Stage
from faults.storage import STORAGE_FAULTS
from faults.under_feed import Fault, under_feed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Attributes:
        seed: decides what is left to chance.
        short: whether a choice of each scenario is enough.
        most_calls: those that OrderCloud may get in the outage of a minute.
    """

    seed: int = 7
    short: bool = False
    most_calls: int = MOST_CALLS


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


def _outages(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return outages(
            stage, run.tell, [each for each in OUTAGES if each.name in SHORT_OUTAGES or not run.wanted.short]
        )


def _storage(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return under_feed(stage, run.tell, "storage", _some(run, STORAGE_FAULTS))


def _kills(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return under_feed(stage, run.tell, "kills", _some(run, kill_faults(run.wanted.seed)))


def _event_log(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return under_feed(stage, run.tell, "event-log", _some(run, EVENT_LOG_FAULTS))


def _floods(run: Run) -> list[Outcome]:
    with Stage(run.state) as stage:
        return flood(stage, run.tell, 100 if run.wanted.short else FLOOD)


def _triggers(run: Run) -> list[Outcome]:
    misbehaving = f"duplicate=0.3,drop=0.2,delay=2,seed={run.wanted.seed}"
    with Stage(run.state, trigger_faults=misbehaving) as stage:
        return triggers_and_crashes(stage, run.tell, run.wanted.seed)


def _some(run: Run, faults: Mapping[str, Fault]) -> Mapping[str, Fault]:
    """Return the faults, or in short the first of them."""
    return dict(list(faults.items())[:1]) if run.wanted.short else faults


SHORT_EVERY = 11
"""In short, every so many points of the crash matrix: an odd number, so that both sides are among them."""

SHORT_OUTAGES = ("429 with Retry-After", "502 with HTML", "cut after it is done")

SCENARIOS: dict[str, Scenario] = {
    "crashes": _crashes,
    "outage-minute": _outage_minute,
    "outages": _outages,
    "storage": _storage,
    "kills": _kills,
    "event-log": _event_log,
    "floods": _floods,
    "triggers": _triggers,
}
SHORT = ("crashes", "storage", "kills")
"""The scenarios that also a shortened run has."""
