"""Concurrent actors whose requests happen one at a time in a chosen order, and searches over those orders.

A step is one request, from the moment it takes effect to the next one of the same actor. An actor can also be made to
die at a request, before or after the request's effect.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from fakes.runs import Crash, Runs, Step, let_pass
from fakes.storage import let_others_run

type Actor = Callable[[], Coroutine[Any, Any, object]]
type Verdict = Callable[[], Awaitable[str | None]]
"""Brings the house to rest and returns what is wrong there, if anything is."""

SPINS = 100_000
"""How often others are let run before one that comes to no request counts as stuck."""

ACTOR: ContextVar[str | None] = ContextVar("actor", default=None)


@dataclass(frozen=True, slots=True)
class Move:
    """What happens next: an actor's request is let through, or the actor dies before or after it."""

    actor: str
    crash: str | None = None

    def __str__(self) -> str:
        return f"{self.actor} dies {self.crash} it" if self.crash else self.actor


@dataclass(slots=True)
class Scene:
    """One case: a house, who acts in it, and how its end is judged.

    Attributes:
        crashes: how many actors may die.
        mortal: the names, without their numbers, of those who may.
        places: where the order of requests matters; one elsewhere belongs to the step before it.
        wrongs: what has gone wrong so far, asked after every step.
    """

    runs: Runs
    actors: dict[str, Actor]
    verdict: Verdict
    crashes: int = 0
    mortal: tuple[str, ...] = ("run",)
    places: tuple[str, ...] = ("queue", "cache", "ordercloud")
    wrongs: Callable[[], Sequence[str]] = tuple


@dataclass(slots=True)
class Play:
    """A scene under way.

    Attributes:
        trace: what has happened, a line a step.
        choices: the same as `perform` takes it: the place of each move among those that there were.
    """

    scene: Scene
    trace: list[str] = field(default_factory=list)
    choices: list[int] = field(default_factory=list)
    _gates: dict[str, tuple[Step, asyncio.Future[None]]] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[object]] = field(default_factory=dict)
    _memories: dict[str, hashlib.blake2b] = field(default_factory=dict)
    _dying: dict[str, str] = field(default_factory=dict)
    _died: int = 0

    async def begin(self) -> None:
        """Start every actor up to its first request."""
        self.scene.runs.before, self.scene.runs.after = self._before, self._after
        for name, actor in self.scene.actors.items():
            self._enter(name, actor)
        await self._still()

    async def enter(self, name: str, actor: Actor) -> None:
        """Have one more actor come up to its first request."""
        self._enter(name, actor)
        await self._still()

    def _enter(self, name: str, actor: Actor) -> None:
        self._memories[name] = hashlib.blake2b(digest_size=8)
        self._tasks[name] = asyncio.create_task(self._act(name, actor))

    async def _act(self, name: str, actor: Actor) -> None:
        ACTOR.set(name)
        with suppress(Crash):  # also as the one thing in the group of a sweep's tasks
            await actor()

    async def _before(self, step: Step) -> None:
        actor = ACTOR.get()
        if actor is None or step.place not in self.scene.places:
            return
        async with self._turns.setdefault(actor, asyncio.Lock()):  # what it does side by side goes one by one
            gate = asyncio.get_running_loop().create_future()
            self._gates[actor] = (step, gate)
            try:
                await gate
            finally:
                if self._gates.get(actor, (None, None))[1] is gate:  # a neighbour in the same process died
                    del self._gates[actor]
        if self._dying.get(actor) == "before":
            raise Crash
        # An actor reads the clock when it goes on, so what time it is then is part of what it knows.
        self._memories[actor].update(f"{self._time()}{step}{self._seen(step)}".encode())

    def _time(self) -> float:
        """Return the time as far as it matters: a wait of a moment ends no claim and makes nothing due."""
        return self.scene.runs.world.clock.elapsed() // 10

    async def _after(self, step: Step) -> None:
        if self._dying.get(ACTOR.get() or "") == "after":
            raise Crash

    def _seen(self, step: Step) -> str:
        """Return what the answer to a request depends on."""
        runs = self.scene.runs
        match step.place:
            case "ordercloud":
                return str(runs.world.ordercloud.records)
            case "log" | "clock":
                return ""
            case place if step.method == "LIST":
                return str(sorted(runs.containers[place].blobs))
            case place:
                blob = runs.containers[place].blobs.get(step.name)
                return "" if blob is None else f"{blob.etag}{blob.content!r}"

    async def _still(self) -> None:
        """Let everybody go on to the next request."""
        for _ in range(SPINS):
            busy = [name for name, task in self._tasks.items() if not task.done() and not self._waits(name)]
            if not busy:
                return
            await let_others_run("", "")
        raise AssertionError(f"{busy} wait for something that is no request\n{self.told()}")

    def _waits(self, actor: str) -> bool:
        """Tell whether an actor is before a request; one that its dying neighbour takes along is on its way out."""
        return actor in self._gates and not self._gates[actor][1].done()

    def moves(self) -> list[Move]:
        """Return what may happen next."""
        able = sorted(self._gates)
        steps = [Move(name) for name in able]
        if self._died < self.scene.crashes:
            mortal = [name for name in able if _role(name) in self.scene.mortal]
            steps += [Move(name, when) for name in mortal for when in ("before", "after")]
        return steps

    async def make(self, move: Move) -> None:
        """Let one thing happen."""
        self.choices.append(self.moves().index(move))
        step, gate = self._gates.pop(move.actor)
        self.trace.append(f"{move}: {step}")
        if move.crash:
            self._dying[move.actor] = move.crash
            self._died += 1
        gate.set_result(None)
        await asyncio.sleep(0)
        await self._still()

    def state(self) -> bytes:
        """Return a digest of all that what happens from here on depends on."""
        runs, digest = self.scene.runs, hashlib.blake2b(digest_size=16)
        blobs = [(place, name, blob.etag, blob.content) for place in runs.containers for name, blob in self._in(place)]
        minds = sorted(
            (_role(name), memory.digest(), str(self._gates.get(name, "")[:1]), self._tasks[name].done())
            for name, memory in self._memories.items()  # two runs are alike: which is which does not matter
        )
        known = (blobs, runs.world.ordercloud.digest(), sorted(runs.log.kept), self._time(), self._died)
        digest.update(repr((known, minds)).encode())
        return digest.digest()

    def _in(self, place: str) -> list[tuple[str, Any]]:
        return sorted(self.scene.runs.containers[place].blobs.items())

    def wrong(self) -> str | None:
        """Return what has gone wrong by now, after the moves that led to it; none while all is well."""
        wrongs = self.scene.wrongs()
        return f"{'; '.join(wrongs)}\n{self.told()}" if wrongs else None

    async def judge(self) -> str | None:
        """Return what is wrong at the end, after the moves that led to it; none when all is well."""
        self.scene.runs.before, self.scene.runs.after = let_pass, let_pass
        for name, task in self._tasks.items():
            if task.exception() is not None:
                return f"{name} raised {task.exception()!r}\n{self.told()}"
        wrong = await self.scene.verdict()
        wrongs = ([wrong] if wrong else []) + list(self.scene.wrongs())
        return f"{'; '.join(wrongs)}\n{self.told()}" if wrongs else None

    async def stop(self) -> None:
        """Leave the scene where it is."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def told(self) -> str:
        """Return what happened, a line a step, and how to see it again."""
        again = f"  again: await perform(scene, {self.choices})"
        return "\n".join([*(f"  {line}" for line in self.trace), again])


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: a violation with its trace or none, and how many schedules were played to the end.

    Attributes:
        whole: whether every schedule was covered.
    """

    violation: str | None
    schedules: int
    whole: bool


async def search(
    scene: Callable[[], Awaitable[Scene]], *, limit: int, enough: int | None = None, seed: int | None = None
) -> Found:
    """Try every order of requests; one that comes to a state seen before is not followed again.

    Args:
        scene: makes the case anew for each schedule.
        limit: how many schedules are begun at most.
        enough: how many are played to their end at most.
        seed: without one the search is depth first, so that one that is cut short tries what happens late; with one
            it begins anywhere, so that it tries a bit of everything.
    """
    chance = None if seed is None else random.Random(seed)
    seen: set[bytes] = set()
    todo: list[tuple[Move, ...]] = [()]
    schedules = plays = 0
    while todo:
        if plays >= limit or schedules == enough:
            return Found(None, schedules, whole=False)
        plays += 1
        if chance:
            place = chance.randrange(len(todo))
            todo[place], todo[-1] = todo[-1], todo[place]
        prefix = todo.pop()
        play = Play(await scene())
        await play.begin()
        for move in prefix:
            await play.make(move)
        made, wrong = list(prefix), play.wrong()
        while not wrong and (moves := play.moves()):
            state = play.state()
            if state in seen:
                break
            seen.add(state)
            if chance:
                chance.shuffle(moves)
            todo += [(*made, other) for other in reversed(moves[1:])]
            made.append(moves[0])
            await play.make(moves[0])
            wrong = play.wrong()
        else:
            schedules += 1
            wrong = wrong or await play.judge()
        await play.stop()
        if wrong:
            return Found(wrong, schedules, whole=False)
    return Found(None, schedules, whole=True)


async def perform(scene: Scene, choices: Sequence[int]) -> str | None:
    """Play one schedule: each choice picks among the moves there are, then each actor goes on to its end."""
    play = Play(scene)
    await play.begin()
    left = iter(choices)
    while moves := play.moves():
        await play.make(moves[next(left, 0) % len(moves)])
        if wrong := play.wrong():
            await play.stop()
            return wrong
    return await play.judge()


def _role(name: str) -> str:
    return name.rstrip("0123456789")
