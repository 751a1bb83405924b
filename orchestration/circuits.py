"""Circuits: who OrderCloud does not serve is not called over and over, and one call at a time finds out when it does.

A circuit is closed while calls go well. It opens when OrderCloud is out of reach for several records at once, or
refuses an account; then no call is made for a while. After that one call is let through as a probe: it closes the
circuit, or opens it again for longer. Circuits live in memory, one set for each instance of the app.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from orchestration.failures import AccountFault, Failure, Postponed, Unavailable
from orchestration.paths import RecordPath

FORBIDDEN = 403
"""OrderCloud's status for a role that the account lacks: it concerns one record type, not all of a client's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitLimits:
    """When a circuit opens, and for how long; times in seconds.

    Attributes:
        records: of how many records a call must fail, with none that succeeds in between.
        window: within what time.
        first_wait: how long no call is made when the circuit has just opened; doubled with each probe that fails.
        longest_wait: the most that it is doubled to.
        probe: how long a probe is waited for before another one may go.
    """

    records: int = 3
    window: float = 30.0
    first_wait: float = 5.0
    longest_wait: float = 60.0
    probe: float = 60.0


@dataclass(slots=True)
class Circuit:
    """One circuit; every moment is in seconds as `Clock.elapsed` counts them."""

    limits: CircuitLimits
    failed: dict[RecordPath, float] = field(default_factory=dict)
    """The records whose calls failed since the last success, each with the moment."""
    opened: int = 0
    """How often in a row it has opened: not at all while it is closed."""
    until: float = 0.0
    """No call is made before that moment, while it is open."""

    def wait(self, now: float) -> float:
        """Return for how many seconds no call may be made; nothing when one may."""
        return max(self.until - now, 0.0) if self.opened else 0.0

    def begin(self, now: float) -> bool:
        """Note that a call begins, and tell whether it is a probe: until that has ended, or is lost, no other goes."""
        if self.opened:
            self.until = now + self.limits.probe
        return self.opened > 0

    def succeeded(self) -> None:
        """OrderCloud has answered: whatever it said, it serves the account."""
        self.failed.clear()
        self.opened = 0

    def failed_with(self, failure: Failure, record: RecordPath, now: float, *, probe: bool) -> None:
        """OrderCloud could not be reached for a record, or refused the account."""
        self.failed = {each: when for each, when in self.failed.items() if now - when <= self.limits.window}
        self.failed[record] = now
        if probe or isinstance(failure, AccountFault) or len(self.failed) >= self.limits.records:
            self._open(failure, now, probe=probe)

    def undecided(self, now: float, *, probe: bool) -> None:
        """The call ended before OrderCloud came to what this circuit is about: another probe may go at once."""
        if probe:
            self.until = now

    def _open(self, failure: Failure, now: float, *, probe: bool) -> None:
        """Make no call for a while. Calls that were under way when it opened say nothing new."""
        if self.opened and not probe:
            return
        wait = min(self.limits.first_wait * 2 ** min(self.opened, 16), self.limits.longest_wait)
        self.until = now + max(wait, failure.retry_after or 0.0)
        self.opened += 1


class Circuits:
    """The circuits of an instance: one for each OrderCloud client, and one for each record type of it."""

    def __init__(self, elapsed: Callable[[], float], limits: CircuitLimits | None = None) -> None:
        self._elapsed = elapsed
        self._limits = limits or CircuitLimits()
        self._circuits: dict[tuple[str, str | None], Circuit] = {}

    def wait(self, client: str) -> float:
        """Return for how many seconds no call of a client may be made, whatever the record type."""
        circuit = self._circuits.get((client, None))
        return circuit.wait(self._elapsed()) if circuit else 0.0

    def is_open(self, client: str) -> bool:
        """Tell whether the last that OrderCloud did was not to serve a client; a probe may be due all the same."""
        circuit = self._circuits.get((client, None))
        return circuit is not None and circuit.opened > 0

    def states(self) -> list[tuple[float, dict[str, str]]]:
        """Return 1 for each circuit that is open and 0 for each that is not, with whose it is; from any thread."""
        return [
            (float(each.opened > 0), {"client": client} | ({"record_type": record_type} if record_type else {}))
            for (client, record_type), each in list(self._circuits.items())
        ]

    def apart(self) -> "Circuits":
        """Return circuits that begin as these are, and learn by themselves: for calls that are only pretended."""
        other = Circuits(self._elapsed, self._limits)
        other._circuits = {key: replace(each, failed={**each.failed}) for key, each in self._circuits.items()}
        return other

    @contextmanager
    def call(self, client: str, record_type: str, record: RecordPath) -> Iterator[None]:
        """Let the block make one call for a record, and learn from how it ends.

        Raises:
            Postponed: no call may be made now; the block has not run.
        """
        whole, typed, now = self._of(client, None), self._of(client, record_type), self._elapsed()
        if wait := max(whole.wait(now), typed.wait(now)):
            raise Postponed("OrderCloud does not serve this client at the moment: no call was made", retry_after=wait)
        whole_probe, typed_probe = whole.begin(now), typed.begin(now)
        try:
            yield
        except (Unavailable, AccountFault) as failure:
            if failure.status == FORBIDDEN:
                whole.succeeded()
                typed.failed_with(failure, record, self._elapsed(), probe=typed_probe)
            else:
                whole.failed_with(failure, record, self._elapsed(), probe=whole_probe)
                typed.undecided(self._elapsed(), probe=typed_probe)
            raise
        except Failure:
            whole.succeeded()
            typed.succeeded()
            raise
        whole.succeeded()
        typed.succeeded()

    def _of(self, client: str, record_type: str | None) -> Circuit:
        return self._circuits.setdefault((client, record_type), Circuit(self._limits))
