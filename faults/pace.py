"""How time goes by in a scenario. Nothing else in this package sleeps."""

import time


def last(seconds: float) -> None:
    """Let a fault, or the quiet around it, last so long: its length is what the scenario is about, not a hope."""
    time.sleep(seconds)


def look_again(seconds: float = 0.1) -> None:
    """Come to the next look of a loop, which ends by what it sees or by its deadline."""
    time.sleep(seconds)
