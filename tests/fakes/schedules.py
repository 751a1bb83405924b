"""Concurrent actors whose requests happen one at a time in a chosen order, and searches over those orders.

A step is one request, from the moment it takes effect to the next one of the same actor. An actor can also be made to
die at a request, before or after the request's effect.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from fakes.runs import Crash, Runs, Step, let_pass
from fakes.storage import let_others_run

type Actor = Callable[[], Coroutine[Any, Any, object]]
type Verdict = Callable[[], Awaitable[str | None]]
"""Brings the house to rest and returns what is wrong there, if anything is."""

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
    """

    runs: Runs
    actors: dict[str, Actor]
    verdict: Verdict
    crashes: int = 0
    mortal: tuple[str, ...] = ("run",)
    places: tuple[str, ...] = ("queue", "cache", "ordercloud")


@dataclass(slots=True)
class Play:
    """A scene under way."""

    scene: Scene
    trace: list[str] = field(default_factory=list)
    _gates: dict[str, tuple[Step, asyncio.Future[None]]] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[object]] = field(default_factory=dict)
    _memories: dict[str, hashlib.blake2b] = field(default_factory=dict)
    _dying: dict[str, str] = field(default_factory=dict)
    _died: int = 0

    async def begin(self) -> None:
        """Start every actor up to its first request."""
        self.scene.runs.before, self.scene.runs.after = self._before, self._after
        for name, actor in self.scene.actors.items():
            self._memories[name] = hashlib.blake2b(digest_size=8)
            self._tasks[name] = asyncio.create_task(self._act(name, actor))
        await self._still()

    async def _act(self, name: str, actor: Actor) -> object:
        ACTOR.set(name)
        try:
            return await actor()
        except Crash:
            return None

    async def _before(self, step: Step) -> None:
        actor = ACTOR.get()
        if actor is None or step.place not in self.scene.places:
            return
        gate = asyncio.get_running_loop().create_future()
        self._gates[actor] = (step, gate)
        await gate
        if self._dying.get(actor) == "before":
            raise Crash
        self._memories[actor].update(f"{step}{self._seen(step)}".encode())

    async def _after(self, step: Step) -> None:
        if self._dying.get(ACTOR.get() or "") == "after":
            raise Crash

    def _seen(self, step: Step) -> str:
        """Return what the answer to a request depends on."""
        runs = self.scene.runs
        match step.place:
            case "ordercloud":
                return str(runs.world.ordercloud.records)
            case "log":
                return ""
            case place if step.method == "LIST":
                return str(sorted(runs.containers[place].blobs))
            case place:
                blob = runs.containers[place].blobs.get(step.name)
                return "" if blob is None else f"{blob.etag}{blob.content!r}"

    async def _still(self) -> None:
        """Let everybody go on to the next request."""
        while any(not task.done() and name not in self._gates for name, task in self._tasks.items()):
            await let_others_run("", "")

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
        known = (blobs, runs.world.ordercloud.records, sorted(runs.log.kept), runs.world.clock.elapsed(), self._died)
        digest.update(repr((known, minds)).encode())
        return digest.digest()

    def _in(self, place: str) -> list[tuple[str, Any]]:
        return sorted(self.scene.runs.containers[place].blobs.items())

    async def judge(self) -> str | None:
        """Return what is wrong at the end, after the moves that led to it; none when all is well."""
        self.scene.runs.before, self.scene.runs.after = let_pass, let_pass
        for name, task in self._tasks.items():
            if task.exception() is not None:
                return f"{name} raised {task.exception()!r}\n{self.told()}"
        wrong = await self.scene.verdict()
        return None if wrong is None else f"{wrong}\n{self.told()}"

    async def stop(self) -> None:
        """Leave the scene where it is."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def told(self) -> str:
        """Return what happened, a line a step."""
        return "\n".join(f"  {line}" for line in self.trace)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: a violation with its trace or none, and how many schedules were played to the end.

    Attributes:
        whole: whether every schedule was covered.
    """

    violation: str | None
    schedules: int
    whole: bool


async def search(scene: Callable[[], Awaitable[Scene]], *, limit: int) -> Found:
    """Try every order of requests, depth first; one that comes to a state seen before is not followed again."""
    seen: set[bytes] = set()
    todo: list[tuple[Move, ...]] = [()]
    schedules = plays = 0
    while todo:
        if plays >= limit:
            return Found(None, schedules, whole=False)
        plays += 1
        prefix = todo.pop()
        play = Play(await scene())
        await play.begin()
        for move in prefix:
            await play.make(move)
        made = list(prefix)
        while moves := play.moves():
            state = play.state()
            if state in seen:
                break
            seen.add(state)
            todo += [(*made, other) for other in reversed(moves[1:])]
            made.append(moves[0])
            await play.make(moves[0])
        else:
            schedules += 1
            if wrong := await play.judge():
                return Found(wrong, schedules, whole=False)
        await play.stop()
    return Found(None, schedules, whole=True)


async def perform(scene: Scene, choices: Sequence[int]) -> str | None:
    """Play one schedule: each choice picks among the moves there are, then each actor goes on to its end."""
    play = Play(scene)
    await play.begin()
    left = iter(choices)
    while moves := play.moves():
        await play.make(moves[next(left, 0) % len(moves)])
    return await play.judge()


def _role(name: str) -> str:
    return name.rstrip("0123456789")
