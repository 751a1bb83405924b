"""Dead letters as operators see them: which ones are meant, and what is told of each. Values in and out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.record import Json
from models.registry import Keys, Registry
from orchestration import event
from orchestration.advice import advice_for
from orchestration.parking import UNREADABLE
from orchestration.paths import PathError, QueuePath, RecordPath, encode
from orchestration.waiting import Waiting

_CACHE = "cache/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something dead lies: the record and the source, as far as the name of its hint says them."""

    record: RecordPath | None
    client: str | None

    @staticmethod
    def of(key: str) -> "Place":
        """Return the place that the name of a hint says; nowhere where that is no path of ours."""
        name = key.removeprefix(UNREADABLE)
        try:
            if name != key and name.startswith(_CACHE):
                return Place(RecordPath.parse(name.removeprefix(_CACHE)), None)
            path = QueuePath.parse(name)
        except PathError:
            return Place(None, None)
        return Place(path.record, path.client)


def is_own(marketplace: str, key: str) -> bool:
    """Tell whether operators of a marketplace may see what a hint points to.

    A record's name begins with its marketplace, also where it is cut or spelled wrongly; what is too short for a
    record's is nobody's.
    """
    name = key.removeprefix(UNREADABLE)
    if name == key:
        return key.startswith(f"{encode(marketplace)}/")
    first, *rest = name.removeprefix(_CACHE).split("/")
    return first.lower() == encode(marketplace) or len(rest) <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A posting that needs a person; `key` is the name of its hint, which orders the listing."""

    key: str
    waiting: Waiting

    @property
    def error_type(self) -> str:
        """The failure's class."""
        return self.waiting.error_type

    @property
    def errors(self) -> tuple[Json, ...]:
        """OrderCloud's errors."""
        return self.waiting.errors

    @property
    def status(self) -> int | None:
        """OrderCloud's HTTP status, where it answered."""
        return self.waiting.status

    def to_json(self, registry: Registry) -> Json:
        """Return the dead letter by the names of the HTTP API."""
        waiting, envelope = self.waiting, self.waiting.envelope
        return {
            "Key": self.key,
            "RecordID": str(envelope.path.record),
            "RecordType": envelope.record_type,
            "Keys": registry.named(envelope.record_type, envelope.keys),
            "Client": envelope.path.client,
            "Resource": envelope.resource,
            "Operation": envelope.operation.value,
            "Version": envelope.version.text,
            "State": waiting.state.value,
            "Cause": waiting.cause,
            "ErrorType": waiting.error_type,
            "Errors": list(waiting.errors),
            "Status": waiting.status,
            "Attempts": waiting.attempts,
            "Replays": envelope.replays,
            "AcceptedAt": envelope.accepted_at,
            "DiedAt": _text(waiting.failed_at),
            "WhatToDo": advice_for(waiting.error_type),
            "TraceID": envelope.trace_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Bytes that are nothing of ours; `cause` says why, and `found_at` when they were found, if that is known."""

    key: str
    cause: str
    found_at: datetime | None = None
    error_type: str = event.UNREADABLE
    errors: tuple[Json, ...] = ()
    status: None = None

    def to_json(self, registry: Registry) -> Json:
        """Return what is known by the names of the HTTP API."""
        place = Place.of(self.key)
        record = place.record
        return {
            "Key": self.key,
            "RecordID": str(record) if record else None,
            "RecordType": record.record_type if record else None,
            "Keys": registry.named(record.record_type, record.keys) if record else {},
            "Client": place.client,
            "Resource": None,
            "Operation": None,
            "Version": None,
            "State": "unreadable",
            "Cause": self.cause,
            "ErrorType": self.error_type,
            "Errors": [],
            "Status": None,
            "Attempts": 0,
            "Replays": 0,
            "AcceptedAt": None,
            "DiedAt": _text(self.found_at),
            "WhatToDo": advice_for(self.error_type),
            "TraceID": None,
        }


type Letter = DeadLetter | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which dead letters are meant: those to which all that is given applies. Texts compare without case.

    Attributes:
        client: the source's client id.
        record_type: the name of a record type.
        keys: those of one record of that type.
        error_type: the class of the failure.
        error_code: the ErrorCode of one of OrderCloud's errors.
        field: the Data.Field of such an error; with a code, of the same one.
        status: OrderCloud's HTTP status.
    """

    client: str | None = None
    record_type: str | None = None
    keys: Keys | None = None
    error_type: str | None = None
    error_code: str | None = None
    field: str | None = None
    status: int | None = None

    def prefix(self, marketplace: str) -> str:
        """Return what the names of the hints to postings begin with."""
        if self.record_type is None:
            return f"{encode(marketplace)}/"
        if self.keys is None:
            return f"{encode(marketplace)}/{encode(self.record_type)}/"
        return f"{RecordPath(marketplace, self.record_type, self.keys)}/"

    def may_be(self, key: str) -> bool:
        """Tell whether the name of a hint lets what it points to be meant."""
        place = Place.of(key)
        record, keys = place.record, self.keys
        return (
            _fits(self.client, place.client)
            and _fits(self.record_type, record.record_type if record else None)
            and (keys is None or (record is not None and RecordPath("", "", keys).keys == record.keys))
        )

    def means(self, letter: Letter) -> bool:
        """Tell whether something dead, whose name fits, is meant."""
        of_an_error = (self.error_code, self.field) != (None, None)
        return (
            _fits(self.error_type, letter.error_type)
            and self.status in (None, letter.status)
            and (not of_an_error or any(map(self._names, letter.errors)))
        )

    def _names(self, error: Json) -> bool:
        return _fits(self.error_code, error.get("ErrorCode")) and _fits(self.field, _field(error))


@dataclass(frozen=True, slots=True)
class Cause:
    """What dead letters may have in common: the class, and OrderCloud's code and field where it said them."""

    error_type: str
    error_code: str | None = None
    field: str | None = None


def causes(letters: Iterable[Letter]) -> Counter[Cause]:
    """Count the dead letters of each cause; one with several errors has several."""
    counted: Counter[Cause] = Counter()
    for letter in letters:
        told = {Cause(letter.error_type, error.get("ErrorCode"), _field(error)) for error in letter.errors}
        counted.update(told or {Cause(letter.error_type)})
    return counted


def _field(error: Json) -> str | None:
    """Return the field that one of OrderCloud's errors is about; what `Data` is differs from code to code."""
    data = error.get("Data")
    field = data.get("Field") if isinstance(data, dict) else None
    return field if isinstance(field, str) else None


def _fits(wanted: str | None, given: object) -> bool:
    return wanted is None or (isinstance(given, str) and given.casefold() == wanted.casefold())


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
