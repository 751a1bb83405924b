"""Time as the client needs it: handed in, so that tests neither sleep nor wait."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

from ordercloud.errors import DeadlineExceededError


class Clock(Protocol):
    """What time it is, how long something took, and waiting."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Return seconds from some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


class Deadline:
    """The moment by which one call, named by method and path, must be over."""

    def __init__(self, clock: Clock, seconds: float, method: str, path: str) -> None:
        self._clock = clock
        self._end = clock.elapsed() + seconds
        self._method = method
        self._path = path

    def left(self) -> float:
        """Return the seconds left; negative when it has passed."""
        return self._end - self._clock.elapsed()

    def require(self, seconds: float) -> None:
        """Raise DeadlineExceededError unless this many seconds, and more than none, are left."""
        if self.left() < seconds or self.left() <= 0:
            raise self._exceeded("not enough time is left")

    @asynccontextmanager
    async def enforced(self) -> AsyncIterator[None]:
        """Cancel what runs inside when the deadline passes, and raise DeadlineExceededError in its place."""
        try:
            async with asyncio.timeout(self.left()) as limit:
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise self._exceeded("no end within the time it was given") from error

    def _exceeded(self, what: str) -> DeadlineExceededError:
        return DeadlineExceededError(what, method=self._method, path=self._path)
