"""What becomes of a posting that failed: parked with a growing delay or a dead letter, and the hints that say so."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from models.registry import Registry
from orchestration.envelope import Envelope
from orchestration.failures import AccountFault, Failure, MissingReference, Paused, Postponed, Refused
from orchestration.paths import QueuePath, RecordPath, encode
from orchestration.profile import Parking
from orchestration.waiting import Waiting, WaitingState

DUE = "due/"
WAITS = "waits/"
PAUSED = "paused/"
RELEASED = "released/"
UNREADABLE = "unreadable/"

_DUE_FORMAT = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class HintNames:
    """Where the hints of a waiting posting lie: names in the container for parked ones, or for dead letters."""

    parked: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failed attempt: its number, from 1 on; when it failed; and a number from 0 to 1 that spreads many retries.

    `before`: what waited after the attempt before, if there was one.
    """

    number: int
    at: datetime
    jitter: float
    before: Waiting | None = None


def waiting_after(
    posting: Envelope, failure: Failure, attempt: Attempt, parking: Parking, registry: Registry
) -> Waiting:
    """Return what waits after a failed attempt, by the failure's class and the profile's delays and limit."""
    before = attempt.before if attempt.number > 1 else None  # a newer posting begins anew
    blameless = isinstance(failure, Postponed | AccountFault)
    untried = (before.untried if before else 0) + blameless
    waiting = Waiting(
        envelope=replace(posting, again=False),
        state=WaitingState.DEAD,
        cause=failure.cause,
        error_type=type(failure).__name__,
        errors=failure.errors,
        status=failure.status,
        attempts=attempt.number,
        untried=untried,
        failed_at=attempt.at,
    )
    if isinstance(failure, Refused):
        return waiting
    if isinstance(failure, Paused):
        return replace(waiting, state=WaitingState.PARKED)
    if (tried := attempt.number - untried) >= parking.limit and not blameless:
        return replace(waiting, cause=f"gave up after {tried} attempts: {failure.cause}")
    awaited = _awaited(posting, failure, registry)
    same = before is not None and (before.error_type, before.waits_for) == (waiting.error_type, awaited)
    repeats = before.repeats + 1 if before and same else 1
    delay = parking.delays[min(repeats, len(parking.delays)) - 1] * (1 + attempt.jitter / 4)
    if failure.retry_after is not None:
        turn = failure.retry_after * (1 + attempt.jitter / 4)
        delay = turn if isinstance(failure, Postponed) else max(delay, failure.retry_after)
    due = attempt.at + timedelta(seconds=delay)
    return replace(waiting, state=WaitingState.PARKED, due=due, waits_for=awaited, repeats=repeats)


def _awaited(posting: Envelope, failure: Failure, registry: Registry) -> str | None:
    """Return the path of the record that has to come first, where that is known or OrderCloud's error names it."""
    if failure.awaits is not None:
        name, named = failure.awaits
        return str(RecordPath(posting.marketplace, name, tuple(named.get(key) for key in registry[name].keys)))
    if not isinstance(failure, MissingReference) or not failure.object_id:
        return None
    row = registry.find(posting.record_type)
    for reference in row.references if row else ():
        parent, keys = registry.find(reference.record_type), reference.keys(posting.posted)
        if parent is None or not parent.is_called(failure.object_type or parent.object_type):
            continue
        meant = (keys[-1] or "").casefold() == failure.object_id.casefold()
        if meant or (failure.object_type and len(keys) == 1):  # what is missing may have been posted earlier
            return str(RecordPath(posting.marketplace, parent.name, (*keys[:-1], failure.object_id)))
    return None


def hint_names(waiting: Waiting) -> HintNames:
    """Return the names of the hints that a waiting posting needs."""
    path = waiting.envelope.path
    if waiting.state is WaitingState.DEAD:
        return HintNames(dead=(str(path),))
    if waiting.due is None:
        return HintNames(parked=(f"{PAUSED}{encode(path.client)}/{encode(path.record.record_type)}/{path}",))
    due = f"{DUE}{encode(path.client)}/{waiting.due.astimezone(UTC).strftime(_DUE_FORMAT)}/{path}"
    return HintNames(parked=(due, f"{WAITS}{waiting.waits_for}/{path}") if waiting.waits_for else (due,))


def due_time(name: str) -> datetime:
    """Return the time that the name of a due hint says.

    Raises:
        ValueError: it is no due hint.
    """
    return datetime.strptime(_parts(name)[1], _DUE_FORMAT).replace(tzinfo=UTC)


def hint_path(name: str) -> QueuePath:
    """Return the record and source that a hint to what is due, or to what is paused, points to.

    Raises:
        ValueError: it points to none.
    """
    return QueuePath.parse(_parts(name)[2])


def _parts(name: str) -> list[str]:
    """Return what such a hint's name is made of: the client; the time, or the record type; and the path."""
    parts = name.partition("/")[2].split("/", 2)
    if len(parts) < 3:  # noqa: PLR2004 - what the docstring says
        raise ValueError(f"{name!r} is no name of a hint")
    return parts
