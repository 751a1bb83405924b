"""Which hours, client and record type a question about statistics means: its parameters, checked all at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.registry import Registry
from orchestration.log_query import MOMENT_RULE, QueryError, asked_moment
from orchestration.rejections import RejectionError, RejectionsError
from orchestration.roll_ups import HOUR, Row, hour_of
from orchestration.statistics import MAX_HOURS
from triggers.query import ONCE, Parameters

HOURS = 24
"""How many hours are told where the question does not say."""

PARAMETERS = ("from", "to", "client", "recordType")

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=MAX_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuestion:
    """The hours that are meant, by their beginnings, both included; of a client and a record type, or of all."""

    first: datetime
    last: datetime
    client: str | None
    record_type: str | None

    def means(self, row: Row) -> bool:
        """Tell whether a row is meant."""
        return self.client in (None, row.client) and self.record_type in (None, row.record_type)


def question_of(parameters: Parameters, registry: Registry, now: datetime) -> StatsQuestion:
    """Return what a query asks for; without a beginning, the 24 hours up to its end, which is now where it has none.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    given = dict(parameters)
    known = ", ".join(PARAMETERS)
    errors = [_wrong(name, ONCE) for name in PARAMETERS if [each for each, _ in parameters].count(name) > 1]
    errors += [
        RejectionError(400, "UnknownParameter", f"There is no such parameter. There are: {known}.", Field=name[:100])
        for name in given
        if name not in PARAMETERS
    ]
    record_type = registry.find(given["recordType"]) if "recordType" in given else None
    if "recordType" in given and record_type is None:
        types = ", ".join(row.name for row in registry)
        errors.append(_wrong("recordType", f"must be one of the record types: {types}"))
    moments: dict[str, datetime] = {}
    for name in ("from", "to"):
        if name in given:
            try:
                moments[name] = _moment(name, given[name])
            except QueryError as wrong:
                errors.append(_wrong(wrong.field, wrong.rule))
    last = hour_of(moments.get("to", now))
    first = hour_of(moments.get("from", last - (HOURS - 1) * HOUR))
    if first > last:
        errors.append(_wrong("from", "must not come after to, which is now where it is not given"))
    if last - first >= MAX_HOURS * HOUR:
        errors.append(_wrong("from", f"must be less than {MAX_HOURS} hours before to"))
    if given.get("client") == "":
        errors.append(_wrong("client", "must not be empty"))
    if errors:
        raise RejectionsError(400, errors)
    return StatsQuestion(
        first=first,
        last=last,
        client=given["client"].lower() if "client" in given else None,
        record_type=record_type.name if record_type else None,
    )


def _moment(name: str, text: str) -> datetime:
    moment = asked_moment(name, text)
    if not _FIRST <= moment <= _LAST:
        raise QueryError(name, MOMENT_RULE)
    return moment


def _wrong(field: str, rule: str) -> RejectionError:
    return RejectionError(400, "InvalidValue", f"{field} {rule}.", Field=field)
