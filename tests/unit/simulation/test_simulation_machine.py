"""Larger cases, drawn by hypothesis: three records, two sources, operators, and all that may go wrong, in any order.

P1 names the price schedule S1 and is kept by two sources; P2 has source versions and may be deleted. A run, a sweep
or an operator begins at any time, goes on request by request, and may die at each of them. A failure prints the rules
that led to it, as few as hypothesis finds.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from fakes.dead import keys, refusal
from fakes.ledger import Ledger
from fakes.runs import Runs, path_of
from fakes.schedules import Move, Play, Scene
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestration.failures import Unavailable
from orchestration.paths import QueuePath

RECORDS = (path_of(), path_of(client="pim"), path_of("P2"), path_of("S1", record_type="priceschedule"))
FAULTS = ("throttled", "refused", "lost", "lost and not carried out")
NAMES = st.sampled_from(["A", "B", "C"])
XP: Any = st.sampled_from([{}, {"a": 1}, {"a": 2, "b": 1}])
PLACES = ("queue", "cache", "ordercloud")  # a sweep lists the hints of several clients side by side


class Protocol(RuleBasedStateMachine):
    """The house at work."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._ledger = Ledger(Runs())
        self._runs = self._ledger.runs
        self._version = self._entered = 0
        wrongs = self._ledger.invariants.wrongs
        self._play = Play(
            Scene(
                self._runs,
                {},
                self._ledger.verdict,
                crashes=10,
                mortal=("run", "sweep", "replay", "drop"),
                places=PLACES,
                wrongs=lambda: wrongs,
            )
        )
        self._logged = logging.root.manager.disable
        logging.disable(logging.CRITICAL)  # a sweep logs what it leaves to the next one

    def _do[T](self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    @initialize(name=NAMES)
    def begin(self, name: str) -> None:
        self.post_child(name, {"a": 1})
        self._do(self._play.begin())

    # Sources

    @rule(name=NAMES, xp=XP)
    def post_child(self, name: str, xp: dict[str, int]) -> None:
        self._do(self._ledger.post({"ID": "P1", "Name": name, "DefaultPriceScheduleID": "S1", "xp": xp}))

    @rule(name=NAMES)
    def post_parent(self, name: str) -> None:
        self._do(self._ledger.post({"ID": "S1", "Name": name}, record_type="priceschedule"))

    @rule(value=st.sampled_from(["x", "y"]))
    def post_as_the_second_source(self, value: str) -> None:
        self._do(self._ledger.post({"ID": "P1", "xp": {"theirs": value}}, client="pim"))

    @rule(name=NAMES, xp=XP, late=st.booleans())
    def post_with_a_version(self, name: str, xp: dict[str, int], *, late: bool) -> None:
        self._do(self._ledger.post({"ID": "P2", "Name": name, "xp": xp}, version=self._next(late=late)))

    @rule()
    def delete_with_a_version(self) -> None:
        self._do(self._ledger.delete("P2", version=self._next(late=False)))

    def _next(self, *, late: bool) -> int:
        """Return the next version, or one that lies before the last: every version is given once."""
        self._version += 10
        return self._version - 15 if late and self._version > 20 else self._version

    # What the host does

    @rule(path=st.sampled_from(RECORDS))
    def trigger(self, path: QueuePath) -> None:
        self._enter("run", partial(self._runs.run, path))

    @rule()
    def sweep(self) -> None:
        self._enter("sweep", self._runs.sweep)

    @rule(act=st.sampled_from(["replay", "drop"]))
    def resolve(self, act: str) -> None:
        for key in self._do(keys(self._runs)):
            self._enter(act, partial(self._ledger.resolve, act, QueuePath.parse(key)))

    def _enter(self, role: str, actor: Any) -> None:
        self._entered += 1
        self._do(self._play.enter(f"{role}{self._entered}", actor))

    @precondition(lambda self: self._play.moves())
    @rule(steps=st.lists(st.integers(0, 7), min_size=1, max_size=8))
    def go_on(self, steps: list[int]) -> None:
        for step in steps:
            self._make(None, step)

    @precondition(lambda self: self._play.moves())
    @rule(when=st.sampled_from(["before", "after"]), step=st.integers(0, 7))
    def die(self, when: str, step: int) -> None:
        self._make(when, step)

    def _make(self, crash: str | None, step: int) -> None:
        if able := [move.actor for move in self._play.moves() if move.crash == crash]:
            self._do(self._play.make(Move(able[step % len(able)], crash)))

    # What goes wrong, and time

    @rule(fault=st.sampled_from(FAULTS), method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"]))
    def go_wrong(self, fault: str, method: str) -> None:
        ordercloud = self._runs.world.ordercloud
        match fault:
            case "throttled":
                ordercloud.fail(Unavailable("throttled"), method=method)
            case "refused":
                ordercloud.fail(refusal(("ValidationFailure", "Name")), method=method)
            case "lost":
                ordercloud.lose_answer(method=method)
            case _:
                ordercloud.fail(Unavailable("lost", outcome_unknown=True), method=method)

    @rule(seconds=st.sampled_from([1, 30, 61, 700]))
    def pass_time(self, seconds: int) -> None:
        self._runs.world.clock.advance(seconds)

    # What holds

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert not (wrong := self._play.wrong()), wrong

    def teardown(self) -> None:
        try:
            self._do(self._end())
        finally:
            logging.disable(self._logged)
            self._loop.close()

    async def _end(self) -> None:
        """Have everybody go on to the end, and judge that."""
        try:
            if not self._ledger.invariants.wrongs:
                while moves := self._play.moves():
                    await self._play.make(moves[0])
                await self._ledger.post({"ID": "S1", "Name": "S"}, record_type="priceschedule")
                wrong = await self._play.judge()
                assert wrong is None, wrong
        finally:
            await self._play.stop()


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
