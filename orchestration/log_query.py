"""What may be asked of the event log: conditions, a text, an order and a page. Pure values; adapters translate them.

Texts compare without case, as OrderCloud's list filters do; `found_by` says what each event is found by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum, auto
from typing import Self

from models.fields import parse_instant
from models.record import Json
from orchestration.event_text import read

MAX_SIZE = 100
MAX_OFFSET = 10_000
MAX_CONDITIONS = 20
MAX_ALTERNATIVES = 100
MAX_VALUE = 500
MIN_SEARCH, MAX_SEARCH = 3, 200
MOMENT_RULE = "must be a date and time as in 2026-01-31T08:00:00Z"
SEARCHED = 2_000
"""How many characters of an event's texts are searched."""


class QueryError(ValueError):
    """The question breaks a rule; `field` is what was asked wrongly, by its name in the HTTP API."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class Field(StrEnum):
    """What events can be asked by, by the names of the HTTP API. Only `ERROR_CODE` may have several values."""

    CLIENT = "Client"
    RECORD_TYPE = "RecordType"
    RECORD_ID = "RecordID"
    """The record's path, `{marketplace}/{recordtype}/{key}…`, as events show it."""
    RESOURCE = "Resource"
    LEVEL = "Level"
    ACTION = "Action"
    ERROR_TYPE = "ErrorType"
    ERROR_CODE = "Errors.ErrorCode"
    TIME = "Time"
    JOB_ID = "JobID"
    TRACE_ID = "TraceID"
    VERSION = "Version"


_PLAIN = [field for field in Field if field not in (Field.ERROR_CODE, Field.TIME)]


class Match(Enum):
    """How a value is compared."""

    EQUAL = auto()
    GREATER = auto()
    LESS = auto()
    STARTS = auto()
    ENDS = auto()
    CONTAINS = auto()
    PRESENT = auto()


_ORDERED = {Match.GREATER, Match.LESS}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; the value is in lower case, a moment as `moment_text` writes it, empty for PRESENT."""

    match: Match
    value: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """An event passes when any comparison does; negated, when none does. Absent values pass none."""

    field: Field
    any_of: tuple[Comparison, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        kinds = {comparison.match for comparison in self.any_of}
        if self.field is Field.ERROR_CODE and kinds & _ORDERED:
            raise QueryError(self.field, "cannot be compared with > or <")
        if self.field is Field.TIME and kinds - _ORDERED - {Match.EQUAL}:
            raise QueryError(self.field, "cannot be compared by its beginning, end or parts")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the last event's time and id. The next page begins after it."""

    time: datetime
    id: str

    @classmethod
    def of(cls, event: Json) -> Self:
        """Return the position of an event, as `Event.to_json` gives it."""
        return cls(datetime.fromisoformat(event["Time"]), event["Id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """One question. All conditions have to hold; the order is by time, then by id.

    Attributes:
        search: found anywhere in an event's reason, message or record path, without case.
        after: only what comes after this position, in the order asked for; stable while events are written.
        offset: how many are left out before the page, for page numbers; not beside `after`.
        count: how many events may be looked at to tell how many match; nothing is counted where it is 0.
    """

    conditions: tuple[Condition, ...] = ()
    search: str | None = None
    newest_first: bool = True
    size: int = 20
    after: Position | None = None
    offset: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_SIZE:
            raise QueryError("pageSize", f"must be from 1 to {MAX_SIZE}")
        if not 0 <= self.offset <= MAX_OFFSET:
            raise QueryError("page", f"must begin within the first {MAX_OFFSET} events; go on by NextPageKey instead")
        if self.offset and self.after:
            raise QueryError("page", "cannot be given together with a page key")
        if len(self.conditions) > MAX_CONDITIONS:
            raise QueryError("filters", f"must be {MAX_CONDITIONS} at most")
        if self.search is not None and not MIN_SEARCH <= len(self.search) <= MAX_SEARCH:
            raise QueryError("search", f"must have {MIN_SEARCH} to {MAX_SEARCH} characters")


@dataclass(frozen=True, slots=True)
class LogPage:
    """What was found, in order.

    Attributes:
        texts: the events as the log keeps them (`orchestration/event_text.py`), so that a list can pass them on unread.
        next: where the next page begins; none when this is the last one.
        total: how many match in all; none where that was not asked for, or takes too many looks.
    """

    texts: tuple[str, ...]
    next: Position | None
    total: int | None = None

    @property
    def items(self) -> list[Json]:
        """The events as `Event.to_json` gives them; each time they are read anew."""
        return [read(text) for text in self.texts]


def condition(field: Field, text: str) -> Condition:
    """Return the condition that a list filter says in OrderCloud's words.

    `x` equal; `x|y` any of; `>x`, `<x` after and before; `x*`, `*x`, `*x*` beginning, end and part; `*` present. A `!`
    before it all says that none of it holds: `!x|y` is neither, `!*` is absent. `Time` takes moments, without `*`.

    Raises:
        QueryError: the text is none of these.
    """
    negated = text.startswith("!")
    alternatives = text.removeprefix("!").split("|")
    if len(alternatives) > MAX_ALTERNATIVES:
        raise QueryError(field, f"must name {MAX_ALTERNATIVES} values at most")
    return Condition(field, tuple(_comparison(field, each, negated=negated) for each in alternatives), negated)


def _comparison(field: Field, text: str, *, negated: bool) -> Comparison:
    if text.startswith("!"):
        if not negated:
            raise QueryError(field, "must have its ! before all values, where it means none of them")
        text = text[1:]
    if len(text) > MAX_VALUE:
        raise QueryError(field, f"must have values of {MAX_VALUE} characters at most")
    if text[:1] in (">", "<"):
        return Comparison(Match.GREATER if text[0] == ">" else Match.LESS, _value(field, text[1:]))
    if field is not Field.TIME and "*" in text:
        return _pattern(field, text)
    return Comparison(Match.EQUAL, _value(field, text))


def _pattern(field: Field, text: str) -> Comparison:
    if text == "*":
        return Comparison(Match.PRESENT)
    bare = text.removeprefix("*").removesuffix("*")
    if "*" in bare:
        raise QueryError(field, "must have * at the beginning or the end")
    value = _value(field, bare)
    match text.startswith("*"), text.endswith("*"):
        case True, True:
            return Comparison(Match.CONTAINS, value)
        case True, False:
            return Comparison(Match.ENDS, value)
        case _:
            return Comparison(Match.STARTS, value)


def _value(field: Field, text: str) -> str:
    if not text:
        raise QueryError(field, "must have a value")
    if field is not Field.TIME:
        return plain(text)
    return moment_text(asked_moment(field, text))


def asked_moment(field: str, text: str) -> datetime:
    """Return the moment that a question names.

    Raises:
        QueryError: the text is none; where it is one but for a blank, that may have been a plus sign of the zone.
    """
    try:
        return parse_instant(text)
    except ValueError:
        hint = "; in a query, + is written %2B" if _is_moment(text.replace(" ", "+")) else ""
        raise QueryError(field, f"{MOMENT_RULE}{hint}") from None


def _is_moment(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def moment_text(moment: datetime) -> str:
    """Return a moment so that texts sort as moments do: in UTC, with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def plain(text: str) -> str:
    """Return a text as it is compared: lower case, and nothing in it that a database cannot hold."""
    return text.lower().encode(errors="replace").decode().replace("\0", " ")


def found_by(event: Json) -> Mapping[Field, tuple[str, ...]]:
    """Return the values that an event is found by, as they are compared; none where it has no such value."""
    named: dict[Field, tuple[object, ...]] = {field: (event[field],) for field in _PLAIN}
    named[Field.ERROR_CODE] = tuple(error.get("ErrorCode") for error in event["Errors"] if isinstance(error, dict))
    found = {
        field: tuple(dict.fromkeys(plain(value)[:MAX_VALUE] for value in values if value and isinstance(value, str)))
        for field, values in named.items()
    }
    return {**found, Field.TIME: (moment_text(datetime.fromisoformat(event["Time"])),)}


def codes_text(codes: Iterable[str]) -> str:
    """Return error codes as one text, in which `code_part` finds them; empty where there are none."""
    text = "".join(f"{code.replace('|', ' ')}|" for code in codes)
    return f"|{text}" if text else ""


def code_part(comparison: Comparison) -> str:
    """Return the part of such a text that says that one of its codes passes a comparison."""
    before = "|" if comparison.match in (Match.EQUAL, Match.STARTS, Match.PRESENT) else ""
    behind = "|" if comparison.match in (Match.EQUAL, Match.ENDS) else ""
    return before + comparison.value.replace("|", " ") + behind


def searched_text(event: Json) -> str:
    """Return the text of an event that `search` looks into."""
    texts = (event["RecordID"], event["Reason"], event["Message"])
    return plain("\n".join(str(text) for text in texts if text)[:SEARCHED])
