"""The crash matrix: the host dies before and after each request that names a record, for each action.

The requests of an action are found by running it once without a crash. Several records go to their points at once; each
is held there until all are there, and one SIGKILL ends the host that serves them all.
"""

import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from faults.crash_actions import ACTIONS, Action
from faults.judging import about, blind_posts, held, logged, too_many, uncached, unlike, writes
from faults.outcomes import Outcome, Tell
from faults.pace import look_again
from faults.stage import Seen, Stage, new_key
from faults.turnstile import Point, Side

type Json = dict[str, Any]

AT_ONCE = 12
"""How many records are held at once: fewer than the blob trigger runs side by side."""
TRIES = 4
"""How often a point is aimed at: a record that is held up by others may miss the moment."""
_ALL_HELD_SECONDS = 1.8
_FIRST_HELD_SECONDS = 10.0
_SETTLED_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What an action does when nothing is in its way."""

    labels: list[str]
    held: Json
    writes: Counter[str]

    def points(self) -> list[Point]:
        """Both sides of each request."""
        seen: Counter[str] = Counter()
        found = []
        for label in self.labels:
            seen[label] += 1
            found += [Point(label, seen[label], side) for side in Side]
        return found


@dataclass(frozen=True, slots=True)
class Trial:
    """One action with a crash at one point of it; `number` is that of the request, from 1 on."""

    action: Action
    point: Point
    number: int
    key: str
    tries: int = 1

    def again(self) -> "Trial":
        """Return the trial with another record."""
        return replace(self, key=new_key(self.action.name), tries=self.tries + 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A trial, whether the host died at its point, and what was wrong afterwards."""

    trial: Trial
    hit: bool
    problems: list[str]


def crash_matrix(stage: Stage, tell: Tell, actions: Sequence[Action] = ACTIONS, every: int = 1) -> list[Outcome]:
    """Run the matrix, or only every so many points of each action, and return an outcome for each action and side."""
    tell("each action without a crash")
    usual = {action.name: run_undisturbed(stage, action) for action in actions}
    trials = [
        Trial(action, point, index // 2 + 1, new_key(action.name))
        for action in actions
        for index, point in enumerate(usual[action.name].points())
        if index % every == 0
    ]
    # Points of about the same depth are reached at about the same time.
    waiting = deque(sorted(trials, key=lambda trial: trial.number / len(usual[trial.action.name].labels)))
    judged: list[Judged] = []
    while waiting:
        tell(f"{len(judged)} of {len(trials)} points crashed at")
        chosen = [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]
        for each in crash_at(stage, chosen, usual):
            if each.hit or each.problems or each.trial.tries >= TRIES:
                judged.append(each)
            else:
                waiting.append(each.trial.again())
    return [outcome_of(action, side, judged, usual[action.name]) for action in actions for side in Side]


def run_undisturbed(stage: Stage, action: Action) -> Usual:
    """Run an action once and return what it did."""
    key = new_key(action.name)
    action.prepare(stage, key)
    expect_settled(stage, key)
    after = stage.sandbox.last()
    stage.watch.look_out({key: None})
    stage.accepted(lambda: action.ask(stage, key))
    expect_settled(stage, key)
    labels = stage.watch.seen(key)
    entries = about(stage.sandbox.journal(after), key)
    return Usual(labels, held(stage.sandbox.state(), key), writes(entries, key))


def expect_settled(stage: Stage, *keys: str) -> None:
    """Wait until records are through. Raises StageError."""
    stage.expect(not stage.settled(*keys, seconds=_SETTLED_SECONDS).unsettled, "the settling of the records")


def crash_at(stage: Stage, trials: Sequence[Trial], usual: dict[str, Usual]) -> Iterable[Judged]:
    """Bring records to their points, kill the host, start it again, and judge each record when all is quiet."""
    keys = [trial.key for trial in trials]
    for trial in trials:
        trial.action.prepare(stage, trial.key)
    expect_settled(stage, *keys)
    after = stage.sandbox.last()
    stage.watch.look_out({trial.key: trial.point for trial in trials})
    with ThreadPoolExecutor(len(trials)) as sources:
        asked = {trial.key: sources.submit(trial.action.ask, stage, trial.key) for trial in trials}
        wait_until_held(stage, len(trials))
        hit = stage.watch.held
        stage.end("host", signal.SIGKILL)
        stage.turnstiles.cut()
        stage.watch.look_out({})
        answers = {key: answer.result() for key, answer in asked.items()}
    stage.revive()
    # As sources do, what was not accepted is asked for again.
    versions = {
        trial.key: stage.accepted(partial(trial.action.ask, stage, trial.key), first=answers[trial.key])
        for trial in trials
    }
    seen = stage.settled(*keys, seconds=_SETTLED_SECONDS)
    journal, everything = stage.sandbox.journal(after), stage.sandbox.state()
    for trial in trials:
        events = [each.event for each in stage.events(trial.key)]
        problems = logged(events, f"{trial.action.record_type}/{trial.key}", versions[trial.key])
        problems += differences(trial.key, usual[trial.action.name], seen, journal, everything, unanswered=1)
        yield Judged(trial, trial.key in hit, problems)


def differences(  # noqa: PLR0913 - what is compared, each part of it seen once for all records
    key: str,
    usual: Usual,
    seen: Seen,
    journal: list[Json],
    everything: dict[str, Json],
    *,
    unanswered: int,
    late: bool = False,
) -> list[str]:
    """Tell in what a record that met a fault differs from one that met none.

    Args:
        key: the record's.
        usual: what happened to the one that met none.
        seen: what lies in storage.
        journal: what OrderCloud was asked.
        everything: what OrderCloud holds.
        unanswered: how many answers may have been lost: each may lead to a write being made again, where it may be.
        late: OrderCloud may have carried out a call after its caller had looked whether it had.
    """
    entries = about(journal, key)
    cached = {name: record for name, record in seen.cached.items() if key.lower() in name}
    return [
        *(each for each in seen.unsettled if key.lower() in each),
        *unlike(usual.held, held(everything, key)),
        *uncached(cached, everything),
        *too_many(writes(entries, key), usual.writes, unanswered),
        *([] if late else blind_posts(entries)),
    ]


def wait_until_held(stage: Stage, number: int) -> None:
    """Wait until all records are held; once one is, not longer than a claim can bear."""
    deadline = time.monotonic() + _FIRST_HELD_SECONDS
    first = True
    while len(stage.watch.held) < number and time.monotonic() < deadline:
        if first and stage.watch.held:
            first, deadline = False, time.monotonic() + _ALL_HELD_SECONDS
        look_again(0.01)


def outcome_of(action: Action, side: Side, judged: Iterable[Judged], usual: Usual) -> Outcome:
    """Sum up what the crashes on one side of an action's requests led to."""
    mine = [each for each in judged if each.trial.action is action and each.trial.point.side is side]
    problems = [f"{each.trial.point}: {problem}" for each in mine for problem in each.problems]
    problems += [f"{each.trial.point}: never reached" for each in mine if not each.hit]
    well = sum(each.hit and not each.problems for each in mine)
    return Outcome(
        "crashes",
        f"host killed {side} each of {len(usual.labels)} requests",
        action.name,
        f"{well} of {len(mine)} as without a crash",
        tuple(problems),
        {
            "Requests": usual.labels,
            "Points": [f"{each.trial.point}{'' if each.hit else ': never reached'}" for each in mine],
        },
    )
