"""What a list of events is asked for, in OrderCloud's way: its parameters, checked all at once, and its pages."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

from models.record import Json
from models.registry import Registry
from orchestration.authorisation import Caller
from orchestration.log_query import (
    MAX_CONDITIONS,
    MAX_VALUE,
    Comparison,
    Condition,
    Field,
    LogPage,
    LogQuery,
    Match,
    Position,
    QueryError,
    plain,
)
from orchestration.log_query import condition as condition_of
from orchestration.paths import ABSENT, RecordPath, encode
from orchestration.profile import Profile
from orchestration.rejections import RejectionError, RejectionsError
from triggers.query import ONCE, Parameters

PAGE = 20
PAGING = ("page", "pageSize", "pageKey", "search", "sortBy")
KEYS = "Keys"
"""The filter for one record by its keys as in its path; it needs one `RecordType` beside it."""
FILTERS = (*(field.value for field in Field), KEYS)
ORDERS = {"Time": False, "!Time": True}
"""What may be sorted by, and whether the newest come first."""

MAX_FILTERS = MAX_CONDITIONS - 1
"""Which events the caller may see is a condition as well."""
MAX_COUNTED = 1_000
"""How many events a list looks at to tell how many match: its answer takes no longer the more there are."""

_LONGEST_KEY = 4_000
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page ends: the last event, and how many were told up to it."""

    position: Position
    told: int

    def __str__(self) -> str:
        parts = [self.position.time.isoformat(), self.position.id, self.told]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()

    @staticmethod
    def parse(text: str) -> "Key":
        """Return the key that a text is.

        Raises:
            QueryError: it is none that we gave.
        """
        try:
            time, identifier, told = json.loads(base64.b64decode(text[:_LONGEST_KEY], altchars=b"-_", validate=True))
            key = Key(Position(datetime.fromisoformat(time).astimezone(UTC), identifier.encode().decode()), told)
            number = isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**_LONGEST_NUMBER
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise QueryError("pageKey", "must be the NextPageKey of a page") from error
        if not number:
            raise QueryError("pageKey", "must be the NextPageKey of a page")
        return key


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """One question of a list: what is asked of the log, and which page it is, after how many events that were told."""

    query: LogQuery
    page: int
    told: int

    def meta(self, found: LogPage) -> Json:
        """Return what OrderCloud's lists say of a page; what was not counted is null.

        Raises:
            RejectionError: 400, a page by its number lies beyond the last one. The first page may be empty.
        """
        if self.query.offset and not found.texts:
            raise _beyond(found.total, self.query.size)
        last = self.told + len(found.texts)
        return {
            "Page": self.page,
            "PageSize": self.query.size,
            "TotalCount": found.total,
            "TotalPages": None if found.total is None else -(-found.total // self.query.size),
            "ItemRange": [self.told + 1, last] if found.texts else [0, 0],
            "NextPageKey": str(Key(found.next, last)) if found.next else None,
        }


def _beyond(total: int | None, size: int) -> RejectionError:
    rule = "must not be beyond the last one"
    if total is not None:
        rule = f"must be from 1 to {max(-(-total // size), 1)}, the last one of {total} events"
    return RejectionError(400, "InvalidValue", f"page {rule}.", Field="page")


def visible_to(caller: Caller, profile: Profile) -> Condition:
    """Return which events a caller may see, whatever else is asked for.

    Roles are OrderCloud's, and all marketplaces share its host: so an operator sees the marketplace of the own client.
    """
    if caller.is_operator:
        return Condition(Field.RECORD_ID, (Comparison(Match.STARTS, f"{encode(profile.marketplace)}/"),))
    return Condition(Field.CLIENT, (Comparison(Match.EQUAL, plain(profile.client)),))


def question_of(parameters: Parameters, registry: Registry, marketplace: str, own: Condition) -> LogQuestion:
    """Return what a query asks for, of the events that the caller may see; they are counted, but for a page key.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    rules = _Rules()
    paging, filters = _divided(parameters, rules)
    size = rules.kept(partial(_size, paging), PAGE)
    number = rules.kept(partial(_whole, paging, "page", 1), 1)
    key = rules.kept(partial(_key, paging), None)
    rules.kept(partial(_one_way, paging), None)
    offset = 0 if key else rules.kept(lambda: LogQuery(size=size, offset=(number - 1) * size).offset, 0)
    search = rules.kept(lambda: LogQuery(search=paging.get("search") or None).search, None)
    newest_first = rules.kept(partial(_newest_first, paging), otherwise=True)
    conditions = [rules.kept(partial(_condition, filters, pair, registry, marketplace), own) for pair in filters]
    rules.kept(partial(_few, filters), None)
    query = rules.kept(
        lambda: LogQuery(
            conditions=(own, *conditions[:MAX_FILTERS]),
            search=search,
            newest_first=newest_first,
            size=size,
            after=key.position if key else None,
            offset=offset,
            count=0 if key else MAX_COUNTED,
        ),
        LogQuery(),
    )
    rules.check()
    told = key.told if key else offset
    return LogQuestion(query, told // size + 1, told)


class _Rules:
    """The rules that a request breaks, gathered."""

    def __init__(self) -> None:
        self._broken: list[RejectionError] = []

    def kept[T](self, make: Callable[[], T], otherwise: T) -> T:
        """Return what is made, or something else where that breaks a rule."""
        try:
            return make()
        except QueryError as wrong:
            self._broken.append(RejectionError(400, "InvalidValue", f"{wrong.field} {wrong.rule}.", Field=wrong.field))
            return otherwise

    def unknown(self, name: str) -> None:
        """Gather a parameter that is none of ours."""
        known = ", ".join((*PAGING, *FILTERS))
        message = f"There is no such parameter. There are: {known}."
        self._broken.append(RejectionError(400, "UnknownParameter", message, Field=name[:100]))

    def check(self) -> None:
        """Raise what was gathered, if it was anything."""
        if self._broken:
            raise RejectionsError(400, self._broken)


def _divided(parameters: Parameters, rules: _Rules) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return what names a page, and the filters; OrderCloud has only these in whatever case."""
    named = {name.lower(): name for name in PAGING}
    paging: dict[str, str] = {}
    filters = []
    for name, value in parameters:
        if name.lower() in named:
            rules.kept(partial(_once, paging, named[name.lower()]), None)
            paging.setdefault(named[name.lower()], value)
        elif name in FILTERS:
            filters.append((name, value))
        else:
            rules.unknown(name)
    return paging, filters


def _once(paging: Mapping[str, str], name: str) -> None:
    if name in paging:
        raise QueryError(name, ONCE)


def _few(filters: Sequence[tuple[str, str]]) -> None:
    if len(filters) > MAX_FILTERS:
        name, _ = filters[MAX_FILTERS]
        raise QueryError(name, f"is one filter too many: there may be {MAX_FILTERS} filters at most")


def _whole(paging: Mapping[str, str], name: str, otherwise: int) -> int:
    text = paging.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text)):
        raise QueryError(name, "must be a whole number from 1 on")
    return int(text)


def _size(paging: Mapping[str, str]) -> int:
    return LogQuery(size=_whole(paging, "pageSize", PAGE)).size


def _key(paging: Mapping[str, str]) -> Key | None:
    return Key.parse(paging["pageKey"]) if "pageKey" in paging else None


def _one_way(paging: Mapping[str, str]) -> None:
    if {"page", "pageKey"} <= paging.keys():
        raise QueryError("page", "cannot be given together with pageKey")


def _newest_first(paging: Mapping[str, str]) -> bool:
    order = paging.get("sortBy") or "!Time"
    if order not in ORDERS:
        raise QueryError("sortBy", f"must be {' or '.join(ORDERS)}")
    return ORDERS[order]


def _condition(
    filters: Sequence[tuple[str, str]], pair: tuple[str, str], registry: Registry, marketplace: str
) -> Condition:
    """Return the condition that a filter says; keys are those of the record type that another filter names."""
    name, value = pair
    if name != KEYS:
        return condition_of(Field(name), value)
    types = [registry.find(given) for field, given in filters if field == Field.RECORD_TYPE]
    if len(types) != 1 or types[0] is None:
        raise QueryError(KEYS, "must stand beside one RecordType, a record type's name, whose keys they are")
    keys = tuple(None if segment == ABSENT else unquote(segment) for segment in value.split("/"))
    if len(keys) != len(types[0].keys) or "" in keys:
        wanted = "/".join(f"{{{each}}}" for each in types[0].keys)
        raise QueryError(KEYS, f"must be {wanted}, each percent-encoded, ~ for an absent one")
    path = str(RecordPath(marketplace, types[0].name, keys))
    return Condition(Field.RECORD_ID, (Comparison(Match.EQUAL, plain(path)[:MAX_VALUE]),))
