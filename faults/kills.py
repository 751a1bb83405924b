"""The sandbox or the host is killed and started again, under a feed."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from faults.pace import last
from faults.stage import Stage
from faults.under_feed import DOWN_SECONDS, Fault

KILLS = 5


@contextmanager
def sandbox_killed(stage: Stage) -> Iterator[None]:
    """OrderCloud is gone, and comes back as it was."""
    stage.end("sandbox", signal.SIGKILL)
    try:
        yield
    finally:
        stage.revive()


def host_killed(seed: int, kills: int = KILLS) -> Fault:
    """Return a fault: the host dies so many times, some time after it has come back."""
    chance = random.Random(seed)  # noqa: S311 - chaos, no secrets

    @contextmanager
    def killed(stage: Stage) -> Iterator[None]:
        for _ in range(kills):
            last(chance.uniform(0.2, 3))
            stage.end("host", signal.SIGKILL)
            stage.revive()
        yield

    return killed


def kill_faults(seed: int) -> dict[str, Fault]:
    """Return the faults by name."""
    return {
        f"OrderCloud killed, back after {DOWN_SECONDS:g} s": sandbox_killed,
        f"host killed {KILLS} times at random": host_killed(seed),
    }
