"""Faults that last some seconds in the middle of a feed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from faults.feed import Feed, figures, problems_of, summed_up
from faults.outcomes import Outcome, Tell
from faults.pace import last
from faults.stage import Stage

DOWN_SECONDS = 5.0
AROUND_SECONDS = 4.0
PER_SECOND = 8
RECORDS = 40
_SETTLED_SECONDS = 150.0

type Fault = Callable[[Stage], AbstractContextManager[None]]
"""Brings a fault about, and mends it when its block ends."""


def under_feed(stage: Stage, tell: Tell, scenario: str, faults: Mapping[str, Fault]) -> list[Outcome]:
    """Let each fault last some seconds in the middle of a feed, and judge the feed when all is quiet again."""
    return [_one(stage, tell, scenario, name, fault) for name, fault in faults.items()]


def _one(stage: Stage, tell: Tell, scenario: str, name: str, fault: Fault) -> Outcome:
    tell(name)
    with Feed(stage, RECORDS, PER_SECOND) as feed:
        last(AROUND_SECONDS)
        with fault(stage):
            last(DOWN_SECONDS)
        last(AROUND_SECONDS)
    with stage.revived():  # a fault may have led to an end that comes only now
        after = feed.aftermath(_SETTLED_SECONDS)
    action = f"{PER_SECOND} postings a second, {RECORDS} records"
    return Outcome(
        scenario,
        name,
        action,
        summed_up(feed.postings, after),
        tuple(problems_of(feed.postings, after)),
        figures(feed.postings, after),
    )
