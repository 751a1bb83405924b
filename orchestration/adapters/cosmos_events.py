"""Events as documents of Cosmos DB, and questions about them as its SQL: values as parameters, never in the text.

What a document is found by stands beside the event in lower case, an absent value as an empty text; the event itself
is one text of JSON, so that it is read as it was written, with integers and texts that Cosmos DB would change.
`position` is the time and the id in one text: the one path to order and to page by.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.record import Json
from orchestration import event_text
from orchestration.event import Event
from orchestration.log_query import (
    Comparison,
    Condition,
    Field,
    LogQuery,
    Match,
    Position,
    code_part,
    codes_text,
    found_by,
    moment_text,
    plain,
    searched_text,
)
from orchestration.paths import QueuePath

PARTITION_KEY = "/partition"

_PROPERTIES: Mapping[Field, str] = {
    Field.CLIENT: "client",
    Field.RECORD_TYPE: "recordType",
    Field.RECORD_ID: "record",
    Field.RESOURCE: "resource",
    Field.LEVEL: "severity",
    Field.ACTION: "action",
    Field.ERROR_TYPE: "errorType",
    Field.ERROR_CODE: "codes",
    Field.JOB_ID: "job",
    Field.TRACE_ID: "trace",
    Field.VERSION: "version",
}

INDEXING_POLICY: Mapping[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": f"/{name}/?"} for name in ("partition", "position", *_PROPERTIES.values(), "text")],
    "excludedPaths": [{"path": "/*"}],
    "compositeIndexes": [
        [{"path": "/client", "order": "ascending"}, {"path": "/position", "order": "ascending"}],
    ],
}
"""Only what is asked by is indexed; each write pays for every term. See the decision record of the container."""

_LONGEST = 700
"""Of an id or a partition: what is longer ends in a digest. Cosmos DB takes 2,048 bytes of a partition key."""

_COMPARED = {Match.EQUAL: "=", Match.GREATER: ">", Match.LESS: "<"}
_OPPOSITE = {"=": "!=", "!=": "=", ">": "<=", "<": ">="}
_CALLED = {Match.STARTS: "STARTSWITH", Match.ENDS: "ENDSWITH", Match.CONTAINS: "CONTAINS"}


def document(event: Event, written: int) -> Json:
    """Return an event as a document; `written` tells which of the events of one moment came first."""
    told = event.to_json()
    found = found_by(told)
    named = {name: "".join(found[each]) for each, name in _PROPERTIES.items() if each is not Field.ERROR_CODE}
    return {
        "id": document_id(event.id),
        "partition": partition(event.path),
        "position": position_text(Position(event.time, event.id)),
        "written": written,
        **named,
        "codes": codes_text(found[Field.ERROR_CODE]),
        "text": searched_text(told),
        "event": event_text.written(told),
    }


def document_id(event_id: str) -> str:
    """Return the id of an event's document: ids of Cosmos DB are short, and have no slashes."""
    return hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest()


def partition(path: QueuePath) -> str:
    """Return the partition of one record and source."""
    return _bounded(str(path))


def position_text(position: Position) -> str:
    """Return the text that sorts as the time does, then as the id does."""
    return f"{moment_text(position.time)} {_bounded(position.id)}"


@dataclass(slots=True)
class Statement:
    """One query in the making: its text, and its parameters by name."""

    parameters: list[dict[str, object]] = field(default_factory=list)

    def parameter(self, value: str) -> str:
        """Add a value and return the name that stands for it in the text."""
        name = f"@p{len(self.parameters)}"
        self.parameters.append({"name": name, "value": value})
        return name

    def where(self, query: LogQuery, start: str | None = None) -> str:
        """Return the conditions of a question; from a position on, that one included, or after the question's own."""
        clauses = [self._condition(each) for each in query.conditions]
        if query.search is not None:
            clauses.append(f"CONTAINS(c.text, {self.parameter(plain(query.search))})")
        sign = "<" if query.newest_first else ">"
        if start is not None:
            clauses.append(f"c.position {sign}= {self.parameter(start)}")
        elif query.after is not None:
            clauses.append(f"c.position {sign} {self.parameter(position_text(query.after))}")
        return f" WHERE {' AND '.join(clauses)}" if clauses else ""

    def _condition(self, condition: Condition) -> str:
        compared = [self._comparison(condition.field, each, negated=condition.negated) for each in condition.any_of]
        return f"({(' AND ' if condition.negated else ' OR ').join(compared)})"

    def _comparison(self, asked: Field, comparison: Comparison, *, negated: bool) -> str:
        """Compare a property; what is negated is asked by the other sign, for not every server does NOT of a group."""
        if asked is Field.TIME:
            return self._moment(comparison, negated=negated)
        name, match, value = f"c.{_PROPERTIES[asked]}", comparison.match, comparison.value
        if match is Match.PRESENT:
            return f"{name} {_sign('!=', negated=negated)} {self.parameter('')}"
        if asked is Field.ERROR_CODE:
            return self._called("CONTAINS", name, code_part(comparison), negated=negated)
        if match in _CALLED:
            return self._called(_CALLED[match], name, value, negated=negated)
        compared = f"{name} {_sign(_COMPARED[match], negated=negated)} {self.parameter(value)}"
        if match is not Match.LESS:
            return compared
        absent = f"{name} {_sign('!=', negated=negated)} {self.parameter('')}"
        return f"({compared} {'OR' if negated else 'AND'} {absent})"

    def _moment(self, comparison: Comparison, *, negated: bool) -> str:
        """Compare a time with positions, in which a space follows it."""
        match comparison.match:
            case Match.GREATER:  # the character after the space
                return f"c.position {_sign('>', negated=negated)} {self.parameter(comparison.value + '!')}"
            case Match.LESS:
                return f"c.position {_sign('<', negated=negated)} {self.parameter(comparison.value + ' ')}"
            case _:
                return self._called("STARTSWITH", "c.position", comparison.value + " ", negated=negated)

    def _called(self, function: str, name: str, value: str, *, negated: bool) -> str:
        return f"{'NOT ' if negated else ''}{function}({name}, {self.parameter(value)})"


def orderings(query: LogQuery) -> list[str]:
    """Return the orders that answer a question alike, the cheapest first.

    One client's events are in order in the composite index, if its path is named; a container that others made may
    have none, and refuses that order.
    """
    order = "DESC" if query.newest_first else "ASC"
    plain = f" ORDER BY c.position {order}"
    one_client = any(_is_one_value(each) for each in query.conditions if each.field is Field.CLIENT)
    return [f" ORDER BY c.client {order}, c.position {order}", plain] if one_client else [plain]


def in_order(found: Iterable[Mapping[str, Any]], *, newest_first: bool) -> list[Mapping[str, Any]]:
    """Return documents of several ranges of partitions in one order, each once."""
    by_position = {each["position"]: each for each in found}
    return [by_position[each] for each in sorted(by_position, reverse=newest_first)]


def _sign(sign: str, *, negated: bool) -> str:
    return _OPPOSITE[sign] if negated else sign


def _is_one_value(condition: Condition) -> bool:
    return not condition.negated and [each.match for each in condition.any_of] == [Match.EQUAL]


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}~{document_id(text)}"
