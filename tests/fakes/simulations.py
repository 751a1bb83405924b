"""The cases of the simulation, by what they are about: each is a story, and how many of its schedules are played.

All together they are `SCHEDULES` at least, spread over test modules that run side by side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest

from fakes import dead_stories
from fakes.dead_stories import C, D
from fakes.family_stories import Family
from fakes.judging import Story
from fakes.schedules import Scene, search

SCHEDULES = 10_000
EVERYWHERE = ("queue", "cache", "parked", "log", "ordercloud")

A, B = ({"ID": "P1", "Name": name, "xp": {"a": 1}} for name in "AB")
BARE = {"ID": "P1", "Name": "B", "xp": {}}
Dead = dead_stories.Story


class Told(Protocol):
    """A story that can begin."""

    async def scene(self) -> Scene: ...


@dataclass(frozen=True, slots=True)
class Case:
    """One story, told from its beginning for each schedule."""

    name: str
    story: Callable[[], Told]
    schedules: int = 350

    async def play(self) -> None:
        """Play its schedules, each to the end; fail with the trace of one that breaks an invariant."""
        found = await search(lambda: self.story().scene(), limit=10 * self.schedules, enough=self.schedules, seed=17)
        assert found.violation is None, found.violation
        assert found.schedules == self.schedules, f"only {found.schedules} schedules; whole: {found.whole}"


CASES: Mapping[str, tuple[Case, ...]] = {
    "one source": (
        Case("a run dies, and a sweep finds what it left", lambda: Story(A, B, A, crashes=1, sweeps=1)),
        Case("a run is slow", lambda: Story(A, B, A, clocks=1)),
        Case("two deaths, three runs", lambda: Story(A, B, C, runs=3, crashes=2)),
        Case("runs are slow twice, and a sweep comes", lambda: Story(A, B, C, clocks=2, sweeps=1)),
        Case("an answer is lost, and a run is slow", lambda: Story(A, B, C, lost=1, clocks=1, sweeps=1)),
        Case("an answer is lost, and a run dies", lambda: Story(A, B, A, lost=1, crashes=1)),
        Case("xp is taken out, and a run dies or is slow", lambda: Story(A, BARE, A, crashes=1, clocks=1)),
        Case("a record is new, and a run dies or is slow", lambda: Story(None, A, B, crashes=1, clocks=1, sweeps=1)),
    ),
    "one source, parked": (
        Case("it is throttled, swept and posted", lambda: Story(A, B, C, runs=1, refuse=1, sweeps=2, clocks=2)),
        Case(
            "it is throttled, and somebody dies anywhere",
            lambda: Story(A, B, C, runs=1, refuse=1, sweeps=1, crashes=1, clocks=1, places=EVERYWHERE),
        ),
        Case("no profile at first", lambda: Story(A, B, C, faults=1, sweeps=1, clocks=2)),
        Case("no profile at first, and a run dies", lambda: Story(A, B, A, faults=1, crashes=1, sweeps=1)),
        Case("a delete, and a run dies or is slow", lambda: Story(A, None, B, crashes=1, clocks=1, sweeps=1)),
        Case("a posting and a delete over it", lambda: Story(A, B, None, crashes=1, clocks=1)),
    ),
    "two sources": (
        Case("they take turns, and a run is slow", lambda: Story(A, B, A, others=("x", None), clocks=1)),
        Case("they take turns, and a run dies", lambda: Story(A, B, A, others=("x", "y"), crashes=1, sweeps=1)),
        Case("an answer of one is lost", lambda: Story(A, B, C, others=("x",), lost=1, clocks=1, sweeps=1)),
        Case("versions in order, and a run dies", lambda: Story(A, B, C, A, versions=(1, 2, 3, 4), crashes=1)),
        Case("an old version comes late", lambda: Story(A, B, C, A, versions=(1, 2, 4, 3), clocks=1, sweeps=1)),
        Case("an old version waits", lambda: Story(A, B, C, A, versions=(1, 2, 4, 3), refuse=1, crashes=1, clocks=1)),
    ),
    "families": (
        Case("a child and its parent", lambda: Family("B", runs=2)),
        Case("either dies", lambda: Family("B", crashes=1, sweeps=1)),
        Case("the child waits already, and somebody dies", lambda: Family("B", early=1, crashes=1, sweeps=1)),
        Case("the child waits already, and somebody is slow", lambda: Family("B", early=1, runs=2, clocks=1, sweeps=1)),
        Case("a create is throttled", lambda: Family("B", throttled=1, crashes=1, sweeps=1, clocks=1)),
        Case("the answer to a create is lost", lambda: Family("B", lost=1, crashes=1, sweeps=1, clocks=1)),
    ),
    "dead letters": (
        Case("a replay, a posting, and somebody is slow", lambda: Dead("replay", postings=(C,), clocks=1)),
        Case("a drop, a posting, and somebody is slow", lambda: Dead("drop", postings=(C,), clocks=1)),
        Case("a replay and a drop", lambda: Dead("replay", "drop", clocks=1, sweeps=1)),
        Case("a replay dies", lambda: Dead("replay", postings=(C, D), crashes=1, clocks=1, sweeps=1)),
    ),
}


def cases(about: str) -> pytest.MarkDecorator:
    """Return the table of what a test module plays."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES[about]])
