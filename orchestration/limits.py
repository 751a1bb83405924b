"""The bounds of a run."""

from dataclasses import dataclass

from orchestration.invocation import SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of a run; times in seconds.

    Attributes:
        claim: how long a claim holds.
        margin: the share of the claim that is kept for what comes after the OrderCloud calls.
        seconds: how long a run, with all that it sets off, begins anything.
        takeovers: how many runs in a row may die with a posting in hand.
        rounds: how often a run starts again because something newer lies there.
        patience: the waits after which a run asks again for a record that another source's run holds.
    """

    claim: float = 60.0
    margin: float = 0.25
    seconds: float = SECONDS
    takeovers: int = 5
    rounds: int = 20
    patience: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)
