"""When and how long to wait before a failed call is tried again; does not know what the call does."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ordercloud.clock import Clock, Deadline
from ordercloud.errors import OrderCloudError

type Between = Callable[[float, float], float]
"""Draws a number between two others."""

BETWEEN: Between = random.uniform


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one call is tried; times in seconds.

    `seconds` bounds the whole call, `attempt_seconds` must be left of it for another attempt to begin.
    Waits are drawn from nothing up to `first_wait`, doubled each time up to `longest_wait`, on top of what a
    Retry-After header asks for, of which `longest_retry_after` is the most that is obeyed.
    """

    attempts: int = 4
    seconds: float = 30.0
    attempt_seconds: float = 0.5
    first_wait: float = 0.25
    longest_wait: float = 8.0
    longest_retry_after: float = 20.0

    def wait(self, failures: int, retry_after: float | None, between: Between) -> float:
        """Return the seconds to wait after this many failures."""
        jitter = between(0.0, min(self.longest_wait, self.first_wait * 2 ** (failures - 1)))
        return min(retry_after or 0.0, self.longest_retry_after) + jitter


STANDARD = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Retrying:
    """A policy together with the clock and the chance that it is carried out with."""

    policy: RetryPolicy
    clock: Clock
    between: Between

    async def run[T](
        self,
        attempt: Callable[[], Awaitable[T]],
        deadline: Deadline,
        repeatable: Callable[[OrderCloudError], bool] = lambda _: True,
    ) -> T:
        """Make attempts until one succeeds, and raise the last one's error when no further one may or can follow.

        No wait begins that would not leave time for the attempt after it, and the deadline ends all of it.
        """
        failures = 0
        async with deadline.enforced():
            while True:
                deadline.require(self.policy.attempt_seconds)
                try:
                    return await attempt()
                except OrderCloudError as error:
                    failures += 1
                    wait = self.policy.wait(failures, error.retry_after, self.between)
                    another = error.transient and repeatable(error) and failures < self.policy.attempts
                    if not another or deadline.left() < wait + self.policy.attempt_seconds:
                        raise
                await self.clock.sleep(wait)
