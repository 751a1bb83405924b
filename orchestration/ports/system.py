"""Time and chance, and what is told of a running process."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol


class Clock(Protocol):
    """Time: what it is, how long something took, and waiting."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Return seconds from some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Chance(Protocol):
    """Random names and random delays."""

    def name(self) -> str:
        """Return a name that no other call, on any machine, returns: 32 hexadecimal digits."""
        ...

    def between(self, low: float, high: float) -> float:
        """Return a number between two others."""
        ...


type Attributes = Mapping[str, str | int]
"""What is told with a span or a number."""


class Measure(Enum):
    """What is measured: a name, a unit and what it says.

    What tells the numbers of one measure apart has few values: never a record, a trace or a message.
    """

    QUEUE_AGE = ("orchestration.queue.age", "s", "From acceptance until a run takes a queued posting up.")
    LEAD_TIME = ("orchestration.lead.time", "s", "From acceptance until a posting is applied.")
    OUTCOMES = ("orchestration.outcomes", "{posting}", "What became of postings.")
    CALLS = ("orchestration.ordercloud.calls", "{call}", "OrderCloud calls that applied or failed postings took.")
    CALLS_SAVED = ("orchestration.ordercloud.saved", "{call}", "Postings that were applied without a call.")
    TAKEOVERS = ("orchestration.claim.takeovers", "{claim}", "Claims that were taken over from runs that died.")
    CIRCUITS = ("orchestration.circuit.open", "{circuit}", "Whether a circuit is open: 1, or 0.")

    def __init__(self, label: str, unit: str, told: str) -> None:
        self.label = label
        self.unit = unit
        self.told = told


class Span(Protocol):
    """One piece of work with a beginning and an end."""

    @property
    def traceparent(self) -> str:
        """The span as what is below it names it, in W3C's form."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Tell more of it."""
        ...

    def end(self, ended: datetime, error: str | None) -> None:
        """End it; `error` is the class of what went wrong, never its words."""
        ...


class Telemetry(Protocol):
    """Where spans and numbers go. No method raises, waits or makes a request of its own."""

    def begin(self, name: str, parent: str, began: datetime, attributes: Attributes, *, client: bool = False) -> Span:
        """Begin a span below the one that a traceparent names; `client` for a request to another service."""
        ...

    def measure(self, measure: Measure, value: float, attributes: Attributes) -> None:
        """Add a number to a measure."""
        ...

    def watch(self, measure: Measure, read: Callable[[], Iterable[tuple[float, Mapping[str, str]]]]) -> None:
        """Have a measure read whenever numbers are sent, on a thread of its own."""
        ...

    async def close(self) -> None:
        """Send what has not been sent."""
        ...
