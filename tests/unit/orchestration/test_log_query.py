"""What may be asked of the event log, and how list filters say it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestration.event import Event, Level
from orchestration.log_query import (
    Comparison,
    Condition,
    Field,
    LogQuery,
    Match,
    Position,
    QueryError,
    condition,
    found_by,
    searched_text,
)
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVENT = Event(
    path=QueuePath(RecordPath("Acme", "product", ("BIKE",)), "ERP"),
    version=Version("7"),
    attempt=1,
    time=NOON,
    level=Level.ERROR,
    record_type="product",
    resource="supplier:S1",
    keys={"ID": "BIKE"},
    action=None,
    reason="Refused\0 \ud800",
    error_type="RefusedByOrderCloud",
    errors=({"ErrorCode": "IdExists"}, {"ErrorCode": "IDEXISTS"}, {"ErrorCode": 7}, {}),
    trace_id="AB" * 400,
)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (Field.LEVEL, "Error", ([(Match.EQUAL, "error")], False)),
        (Field.LEVEL, "Error|Warn", ([(Match.EQUAL, "error"), (Match.EQUAL, "warn")], False)),
        (Field.LEVEL, "!Error|Warn", ([(Match.EQUAL, "error"), (Match.EQUAL, "warn")], True)),
        (Field.LEVEL, "!Error|!Warn", ([(Match.EQUAL, "error"), (Match.EQUAL, "warn")], True)),
        (Field.VERSION, ">1|<A", ([(Match.GREATER, "1"), (Match.LESS, "a")], False)),
        (Field.RECORD_ID, "a*|*a", ([(Match.STARTS, "a"), (Match.ENDS, "a")], False)),
        (Field.RECORD_ID, "*a*|*", ([(Match.CONTAINS, "a"), (Match.PRESENT, "")], False)),
        (Field.JOB_ID, "!*", ([(Match.PRESENT, "")], True)),
        (Field.TIME, ">2026-01-01", ([(Match.GREATER, "2026-01-01T00:00:00.000000+00:00")], False)),
        (Field.TIME, "2026-01-01T01:00:00.5+01:00", ([(Match.EQUAL, "2026-01-01T00:00:00.500000+00:00")], False)),
    ],
)
def test_a_filter_says_a_condition(field, text, expected):
    comparisons, negated = expected
    any_of = tuple(Comparison(match, value) for match, value in comparisons)
    assert condition(field, text) == Condition(field, any_of, negated)


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        (Field.LEVEL, "", "must have a value"),
        (Field.LEVEL, "a||b", "must have a value"),
        (Field.LEVEL, "!", "must have a value"),
        (Field.LEVEL, ">", "must have a value"),
        (Field.LEVEL, "**", "must have a value"),
        (Field.LEVEL, "a|!b", "must have its ! before all values, where it means none of them"),
        (Field.LEVEL, "a*b", "must have * at the beginning or the end"),
        (Field.LEVEL, "x" * 501, "must have values of 500 characters at most"),
        (Field.LEVEL, "|".join("x" * 101), "must name 100 values at most"),
        (Field.ERROR_CODE, ">a", "cannot be compared with > or <"),
        (Field.TIME, "noon", "must be a date and time as in 2026-01-31T08:00:00Z"),
        (Field.TIME, "2026*", "must be a date and time as in 2026-01-31T08:00:00Z"),
        (Field.TIME, "last noon", "must be a date and time as in 2026-01-31T08:00:00Z"),
        (
            Field.TIME,
            "2026-01-31T08:00:00 01:00",
            "must be a date and time as in 2026-01-31T08:00:00Z; in a query, + is written %2B",
        ),
    ],
)
def test_a_filter_that_breaks_a_rule_is_refused_with_the_field_and_the_rule(field, text, rule):
    with pytest.raises(QueryError) as refused:
        condition(field, text)
    assert (refused.value.field, refused.value.rule) == (field, rule)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"size": 0}, "pageSize"),
        ({"size": 101}, "pageSize"),
        ({"offset": -1}, "page"),
        ({"offset": 10_001}, "page"),
        ({"offset": 1, "after": Position(NOON, "x")}, "page"),
        ({"conditions": (condition(Field.LEVEL, "x"),) * 21}, "filters"),
        ({"search": "ab"}, "search"),
        ({"search": "x" * 201}, "search"),
    ],
)
def test_a_question_beyond_the_bounds_is_refused(asked, field):
    with pytest.raises(QueryError) as refused:
        LogQuery(**asked)
    assert refused.value.field == field


def test_an_event_is_found_by_its_values_in_lower_case_each_once_and_bounded():
    assert found_by(EVENT.to_json()) == {
        Field.CLIENT: ("erp",),
        Field.RECORD_TYPE: ("product",),
        Field.RECORD_ID: ("acme/product/bike",),
        Field.RESOURCE: ("supplier:s1",),
        Field.LEVEL: ("error",),
        Field.ACTION: (),
        Field.ERROR_TYPE: ("refusedbyordercloud",),
        Field.ERROR_CODE: ("idexists",),
        Field.TIME: ("2026-01-01T12:00:00.000000+00:00",),
        Field.JOB_ID: (),
        Field.TRACE_ID: (("ab" * 400)[:500],),
        Field.VERSION: ("7",),
    }


def test_an_event_is_not_found_by_which_operator_it_names():
    assert found_by(replace(EVENT, operator="ops").to_json()) == found_by(EVENT.to_json())


def test_the_texts_of_an_event_are_searched_as_they_compare_and_bounded():
    assert searched_text(EVENT.to_json()) == "acme/product/bike\nrefused  ?"
    assert searched_text(replace(EVENT, operator="ops").to_json()) == searched_text(EVENT.to_json())
    long = replace(EVENT, message="x" * 3_000).to_json()
    assert len(searched_text(long)) == 2_000
