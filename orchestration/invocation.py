"""One invocation of a function: until when it may begin something, and which records it releases on its way.

What an invocation sets off, such as the children of a record that has come, runs inside it and keeps to its bounds, so
that a function ends before the host's time for it is over. What is left over waits where the sweep finds it.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from orchestration.paths import RecordPath
from orchestration.ports import Clock, Hint

SECONDS = 240.0
"""How long an invocation begins anything: with what it has begun by then it ends within the host's ten minutes."""


@dataclass(slots=True)
class Invocation:
    """The bounds of an invocation.

    Attributes:
        clock: what `ends` is measured with.
        ends: when it begins nothing any more, as `Clock.elapsed` counts.
        releasing: the hints that it will take up next, each with the record that what it points to has waited for;
            none while it does not release anything.
    """

    clock: Clock
    ends: float
    releasing: deque[tuple[Hint, RecordPath]] | None = field(default=None)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more may begin."""
        return self.clock.elapsed() >= self.ends


_CURRENT: ContextVar[Invocation | None] = ContextVar("invocation", default=None)


@contextmanager
def invocation(clock: Clock, seconds: float = SECONDS) -> Iterator[Invocation]:
    """Give the block the invocation that it is part of; a new one of so many seconds when there is none."""
    if (current := _CURRENT.get()) is not None:
        yield current
        return
    token = _CURRENT.set(Invocation(clock, clock.elapsed() + seconds))
    try:
        yield _CURRENT.get()  # type: ignore[misc]  # it has just been set
    finally:
        _CURRENT.reset(token)
