"""The ports of the pipeline: what it needs of storage, OrderCloud, the event log, secrets, time, chance and telemetry.

Each docstring is the contract that every adapter keeps; tests/contract holds one suite per port.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from models.record import Json
from orchestration.authorisation import Caller
from orchestration.cached_record import CachedRecord
from orchestration.circuits import Circuits
from orchestration.envelope import Envelope
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath, RecordPath
from orchestration.pauses import Pause
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.roll_ups import RollUp
from orchestration.sealing import Sealed


class StorageUnavailableError(Exception):
    """Storage did not answer, or answered with a fault of its own; whether a write happened is not known."""


class EventRefusedError(StorageUnavailableError):
    """The event log answers, and will not hold this event as it is: it is too large, or has values that it lacks."""


class LostError(Exception):
    """A conditional write met another state than the one it was conditional on."""


class UnreadableError(Exception):
    """What lies at a path cannot be read as ours; `content` holds its bytes and `etag` its state."""

    def __init__(self, reason: str, content: bytes, etag: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.content = content
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Queued:
    """An envelope that waits in the queue, with the ETag of its blob."""

    envelope: Envelope
    etag: str


@dataclass(frozen=True, slots=True)
class Cached:
    """A cached record with the ETag of its blob; none when there is no blob yet."""

    record: CachedRecord
    etag: str | None


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint that says "look at this record": its name in its container, and its ETag."""

    name: str
    etag: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How many blobs are queued, and when the one that was written longest ago was; `whole`: all were counted."""

    waiting: int
    oldest: datetime | None
    whole: bool


class RecordQueue(Protocol):
    """The queue: one blob per record and source. Every method is one storage request on its happy path."""

    async def get(self, path: QueuePath) -> Queued | None:
        """Return what waits at a path, or none.

        Raises:
            UnreadableError: the bytes there are no envelope.
        """
        ...

    async def add(self, envelope: Envelope) -> str:
        """Store an envelope where none waits and return its ETag; durable when it returns.

        Repeating it after a lost answer is success, told by the version that lies there.

        Raises:
            LostError: another envelope waits there.
        """
        ...

    async def replace(self, envelope: Envelope, etag: str) -> None:
        """Store an envelope in the place of the one with this ETag; repeating it after a lost answer is success.

        Raises:
            LostError: another one, or none, is there now.
        """
        ...

    async def etag(self, path: QueuePath) -> str | None:
        """Return the ETag of what waits at a path, or none when nothing does."""
        ...

    async def delete(self, path: QueuePath, etag: str) -> bool:
        """Delete the blob with this ETag; gone already is success. Return false when a newer one is there."""
        ...

    async def older_than(self, moment: datetime, marker: str | None = None) -> tuple[list[str], str | None]:
        """Return the names of blobs last written before a moment, whatever lies in them, from one page of all names.

        That is the first page or the one that a marker names; the marker of the next one comes with it, if there is
        one. A marker may be kept for as long as one likes.
        """
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order, as `Hints.list` does."""
        ...

    async def depth(self, prefix: str, *, pages: int) -> Depth:
        """Count the blobs whose names begin with a prefix, on so many pages at most, one request each."""
        ...

    async def discard(self, name: str, etag: str) -> bool:
        """Delete a blob by its name, as `delete` does: for names that are no path of ours."""
        ...

    async def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a blob's bytes and ETag by its name, or none: for names that are no path of ours."""
        ...


class RecordCache(Protocol):
    """The cache: one blob per record. Every method is one storage request on its happy path."""

    async def get(self, path: RecordPath) -> Cached:
        """Return what is known of a record; an empty record without an ETag when there is no blob.

        Any failure but "not found" is raised: it never reads as an empty record.

        Raises:
            UnreadableError: the bytes there are no cached record.
        """
        ...

    async def put(self, path: RecordPath, record: CachedRecord, etag: str | None) -> str:
        """Store a record in the state that its ETag names (none: no blob yet) and return the new ETag.

        Repeating it after a lost answer is success, told by the bytes that lie there.

        Raises:
            LostError: the blob was written by another since.
        """
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[str]:
        """Yield at most `limit` names that begin with a prefix, in their order, as `Hints.list` does."""
        ...


class Hints(Protocol):
    """Small blobs of one container that only say "look at this record".

    A wrong hint is harmless, a missing one is not.
    """

    async def put(self, name: str, content: bytes = b"") -> str:
        """Write a hint, whether it is there or not, and return its ETag."""
        ...

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a hint with this ETag; gone already is success. Return false when it was written anew."""
        ...

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Return what follows a prefix up to the next slash in the names of hints, by name; one request."""
        ...

    def list(self, prefix: str, *, limit: int, after: str = "") -> AsyncIterator[Hint]:
        """Yield at most `limit` hints whose names begin with a prefix, in the order of their names.

        Names up to `after` are left out; they are listed all the same, some thousands with one request.
        """
        ...


class StoredBlob(Protocol):
    """A blob as it was read."""

    @property
    def content(self) -> bytes:
        """Its bytes."""
        ...

    @property
    def etag(self) -> str:
        """Its state."""
        ...


class NamedBlob(Protocol):
    """A blob as a listing shows it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class Blobs(Protocol):
    """Blobs of one container, by their names. Every method raises StorageUnavailableError."""

    async def read(self, name: str) -> StoredBlob | None:
        """Return a blob, or none."""
        ...

    async def overwrite(self, name: str, content: bytes) -> str:
        """Write a blob whatever lies there and return its ETag; durable when it returns."""
        ...

    async def delete(self, name: str, etag: str) -> bool:
        """Delete a blob with this ETag; gone already is success. Return false when it was written anew."""
        ...

    def list(self, prefix: str = "", *, page: int = 5_000) -> AsyncIterator[NamedBlob]:
        """Yield the blobs whose names begin with a prefix, by name; `page` is how many one request asks for."""
        ...


class RollUps(Protocol):
    """Roll-ups of past hours, one for each: small, and made anew from events at any time."""

    async def get(self, hour: datetime) -> RollUp | None:
        """Return the roll-up of the hour that begins at a moment; none where there is none that can be read."""
        ...

    async def put(self, roll_up: RollUp) -> None:
        """Keep a roll-up in the place of what was there for its hour."""
        ...


class EventLog(Protocol):
    """The log that operators read. An event is kept by its id: writing it again overwrites it, and nothing else.

    Every method raises StorageUnavailableError when the log does not do it, and those that write EventRefusedError
    when it never will.
    """

    async def write(self, event: Event) -> None:
        """Store an event; one request."""
        ...

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events of one source, 100 at most; one request where the log can do that."""
        ...

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source, newest first, as `Event.to_json` gives them."""
        ...

    async def query(self, query: LogQuery) -> LogPage:
        """Return one page of the events that a question finds, as `Event.to_json` gives them."""
        ...

    async def catch_up(self, event: Event) -> None:
        """Store an event that was kept elsewhere meanwhile, unless one of its id with a later time is there.

        Several may do it at once: the latest stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What OrderCloud answered to a request that it carried out; no body for 204."""

    status: int
    body: Any


class OrderCloud(Protocol):
    """OrderCloud, reached with one profile's credentials."""

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request within `budget` seconds, everything it may do included: token, retries, waiting.

        A delete that finds nothing raises NotFound. Failures say whether a write may have happened.

        Raises:
            Unavailable, AccountFault, RefusedByOrderCloud, NotFound, IdExists: by what happened.
        """
        ...


class Marketplaces(Protocol):
    """The way to OrderCloud for a profile."""

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials; no request is made yet, tokens are shared."""
        ...


class Profiles(Protocol):
    """The integration profiles, by client id."""

    async def get(self, client: str) -> Profile:
        """Return a client's profile; remembered for a minute.

        Raises:
            AccountFault: there is none, or it is wrong; the message names the field and the rule.
        """
        ...

    async def clients(self) -> list[str]:
        """Return the ids of all clients that have a profile, good or not, in lower case and in their order."""
        ...

    async def keep(self, content: Json, *, replace: bool = False) -> Profile:
        """Keep a profile, as its JSON, and return it; one that the client has already is replaced only when asked.

        What was remembered of the client before counts for a minute still.

        Raises:
            AccountFault: it is wrong, and is not kept; the message names the field and the rule, and no value.
            LostError: the client has a profile already.
        """
        ...


@dataclass(frozen=True, slots=True)
class PausesRead:
    """What is paused in a marketplace, with the ETag of where it is kept; none when nothing is kept yet."""

    pauses: tuple[Pause, ...]
    etag: str | None


class Pauses(Protocol):
    """What operators have paused, by marketplace.

    Both ways of reading raise AccountFault when what is kept cannot be read: it never reads as nothing.
    """

    async def get(self, marketplace: str) -> tuple[Pause, ...]:
        """Return what is paused, for runs: remembered for ten seconds."""
        ...

    async def read(self, marketplace: str) -> PausesRead:
        """Return what is paused now; one request."""
        ...

    async def put(self, marketplace: str, pauses: tuple[Pause, ...], etag: str | None) -> None:
        """Store what is paused from now on, in the state that an ETag names; `get` has it at once on this instance.

        Repeating it after a lost answer is success, told by the bytes that lie there.

        Raises:
            LostError: it was changed by another since.
        """
        ...


class Secrets(Protocol):
    """Secrets by reference."""

    async def resolve(self, reference: str) -> str:
        """Return the secret that a reference names; no message ever holds it.

        Raises:
            AccountFault: the reference is wrong, or names nothing that may be read.
            Unavailable: where it is kept does not answer.
        """
        ...


class Seals(Protocol):
    """Sealed values: encrypted for one field of one record, so that they open nowhere else."""

    async def seal(self, text: str, record: RecordPath, field: str) -> Json:
        """Return a value as it may rest in a posting; see `orchestration.sealing`. Two seals of one value differ.

        Raises:
            AccountFault: there is no data key to seal with; the message names the setting.
            Unavailable: where the key is kept does not answer.
        """
        ...

    async def open(self, sealed: Sealed, record: RecordPath, field: str) -> str:
        """Return the value that was sealed for this field of this record.

        Raises:
            AccountFault: its key is not among the data keys any more, or the value is not what was sealed here.
            Unavailable: where the key is kept does not answer.
        """
        ...


class Callers(Protocol):
    """Who calls: tokens verified by signature against the configured OrderCloud, and users who are active."""

    async def verify(self, token: str) -> Caller:
        """Return whose token this is.

        Raises:
            RejectionError: 401 when it is not valid or its user not active, 503 when OrderCloud cannot be asked.
        """
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside the core that the steps need, and the circuits that all runs of an instance share."""

    queue: RecordQueue
    cache: RecordCache
    parked: Hints
    deadletters: Hints
    log: EventLog
    profiles: Profiles
    pauses: Pauses
    marketplaces: Marketplaces
    circuits: Circuits
    seals: Seals
    clock: Clock
    chance: Chance
    telemetry: Telemetry
