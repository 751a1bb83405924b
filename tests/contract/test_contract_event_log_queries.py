"""The port EventLog, in memory, on SQLite and on Cosmos DB: asking for events by conditions, text, order and page."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from contract_samples import NOON, event, path
from fakes.event_log import MemoryEventLog

from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.event import Event, Level
from orchestration.event_text import written
from orchestration.log_query import (
    Comparison,
    Condition,
    Field,
    LogPage,
    LogQuery,
    Match,
    Position,
    condition,
    found_by,
)
from orchestration.paths import QueuePath
from orchestration.ports import EventLog

REFUSED = {"level": Level.ERROR, "action": None, "error_type": "RefusedByOrderCloud"}
CODES = ({"ErrorCode": "IdExists", "Message": "x"}, {"ErrorCode": "Spec.CircularReference", "Message": "x"})

EVENTS = [
    event("1", seconds=1),
    event("2", seconds=2, client="PIM", reason="Nothing to do 100%_"),
    replace(event("3", seconds=3, key="CAR"), **REFUSED, errors=CODES[:1], message="Name is TOO long", job_id="J1"),
    replace(event("4", seconds=4, key="CART"), **REFUSED, errors=CODES, resource="supplier:S1", trace_id="AbC"),
    replace(event("5", seconds=5), level=Level.WARN, error_type="Unavailable", job_id="j2", message="Grün \ud800 'q'"),
    replace(event("6", seconds=6), record_type="spec", path=QueuePath(replace(path("S"), record_type="spec"), "erp")),
]


async def versions(log: EventLog, query: LogQuery) -> str:
    return "".join(found["Version"] for found in (await log.query(query)).items)


@pytest.fixture
async def filled(log: EventLog) -> EventLog:
    await log.write_all(EVENTS[:2])
    for each in EVENTS[2:]:
        await log.write(each)
    return log


CONDITIONS = [
    (Field.CLIENT, "pim", "2"),
    (Field.CLIENT, "!PIM", "65431"),
    (Field.RECORD_TYPE, "Spec", "6"),
    (Field.RECORD_ID, "acme/product/BIKE", "521"),
    (Field.RECORD_ID, "acme/product/car*", "43"),
    (Field.RECORD_ID, "*/car", "3"),
    (Field.RECORD_ID, "*/CAR*|*/s", "643"),
    (Field.RECORD_ID, ">acme/product/car", "64"),
    (Field.RECORD_ID, "<acme/product/car", "521"),
    (Field.RESOURCE, "supplier:s1", "4"),
    (Field.RESOURCE, "supplier:*", "4"),
    (Field.LEVEL, "error|Warn", "543"),
    (Field.LEVEL, "!error|Warn", "621"),
    (Field.LEVEL, "!error|!Warn", "621"),
    (Field.ACTION, "patch", "6521"),
    (Field.ACTION, "!*", "43"),
    (Field.ACTION, "*", "6521"),
    (Field.ACTION, "!Patch", "43"),
    (Field.ACTION, "<z", "6521"),
    (Field.ERROR_TYPE, "Unavailable|NotOwner", "5"),
    (Field.ERROR_TYPE, "!RefusedByOrderCloud", "6521"),
    (Field.ERROR_TYPE, "*byorder*", "43"),
    (Field.ERROR_CODE, "idexists", "43"),
    (Field.ERROR_CODE, "IdExists|Spec.CircularReference", "43"),
    (Field.ERROR_CODE, "!Spec.CircularReference", "65321"),
    (Field.ERROR_CODE, "spec.*", "4"),
    (Field.ERROR_CODE, "*exists", "43"),
    (Field.ERROR_CODE, "*exists*", "43"),
    (Field.ERROR_CODE, "exists", ""),
    (Field.ERROR_CODE, "id*", "43"),
    (Field.ERROR_CODE, "xists*", ""),
    (Field.ERROR_CODE, "*", "43"),
    (Field.ERROR_CODE, "!*", "6521"),
    (Field.TIME, ">2026-01-01T12:00:04Z", "65"),
    (Field.TIME, "<2026-01-01T13:00:02+01:00", "1"),
    (Field.TIME, "2026-01-01T12:00:03Z", "3"),
    (Field.TIME, "!2026-01-01T12:00:03Z", "65421"),
    (Field.TIME, "<2026-01-01T12:00:02Z|>2026-01-01T12:00:05Z", "61"),
    (Field.JOB_ID, "j1", "3"),
    (Field.JOB_ID, "!*", "6421"),
    (Field.TRACE_ID, "abc", "4"),
    (Field.VERSION, "1|3|9", "31"),
    (Field.VERSION, "' OR 1=1 --", ""),
]


@pytest.mark.parametrize(("field", "text", "expected"), CONDITIONS, ids=str)
async def test_a_condition_finds_the_events_that_pass_it(
    filled: EventLog, field: Field, text: str, expected: str
) -> None:
    assert await versions(filled, LogQuery(conditions=(condition(field, text),))) == expected


async def test_all_conditions_have_to_hold(filled: EventLog) -> None:
    window = (condition(Field.TIME, ">2026-01-01T12:00:01Z"), condition(Field.TIME, "<2026-01-01T12:00:05Z"))
    assert await versions(filled, LogQuery(conditions=window)) == "432"
    both = (*window, condition(Field.ERROR_CODE, "IdExists"), condition(Field.RECORD_ID, "*/car"))
    assert await versions(filled, LogQuery(conditions=both)) == "3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("too long", "3"),
        ("CHANGED", "65431"),
        ("product/car", "43"),
        ("100%_", "2"),
        ("1%_", ""),
        ("thing", "2"),
        ("grün", "5"),
        ('"q"', ""),
        ("'q'", "5"),
        ("n ? '", "5"),
        ("patch", ""),
    ],
)
async def test_a_text_is_searched_in_reason_message_and_record(filled: EventLog, text: str, expected: str) -> None:
    assert await versions(filled, LogQuery(search=text)) == expected
    assert await versions(filled, LogQuery(search=text, newest_first=False)) == expected[::-1]


async def test_which_operator_did_something_is_kept_and_found_by_no_search(log: EventLog) -> None:
    dropped = replace(EVENTS[0], reason="dropped by an operator", operator="7c0ffee")
    await log.write(dropped)
    assert (await log.query(LogQuery(search="by an operator", count=10))).items == [dropped.to_json()]
    for guess in ("7c0", "7c0ffee", "by 7c0"):
        assert await log.query(LogQuery(search=guess, count=10)) == LogPage((), None, 0)


async def test_an_event_is_found_as_it_was_written(filled: EventLog) -> None:
    page = await filled.query(LogQuery(conditions=(condition(Field.VERSION, "5"),), count=10_000))
    assert (page.items, page.next, page.total) == ([EVENTS[4].to_json()], None, 1)
    assert page.texts == (written(EVENTS[4].to_json()),)


async def test_an_event_that_was_written_again_is_found_by_what_it_says_now(filled: EventLog) -> None:
    await filled.write(replace(EVENTS[3], errors=(), message=None, reason="other", time=NOON))
    assert await versions(filled, LogQuery(conditions=(condition(Field.ERROR_CODE, "*"),))) == "3"
    assert await versions(filled, LogQuery(search="changed")) == "6531"
    assert await versions(filled, LogQuery(search="other")) == "4"
    assert await versions(filled, LogQuery()) == "653214"


async def all_pages(log: EventLog, query: LogQuery) -> list[str]:
    pages, after = [], None
    while True:
        page = await log.query(replace(query, after=after))
        pages.append("".join(found["Version"] for found in page.items))
        if page.next is None:
            return pages
        assert page.next == Position.of(page.items[-1])
        after = page.next


async def test_pages_go_on_after_the_last_event_in_both_orders(filled: EventLog) -> None:
    assert await all_pages(filled, LogQuery(size=4)) == ["6543", "21"]
    assert await all_pages(filled, LogQuery(size=3, newest_first=False)) == ["123", "456"]


async def test_events_of_one_moment_come_by_id_and_none_is_lost_between_pages(log: EventLog) -> None:
    await log.write_all([event(version, seconds=0) for version in "31254"])
    await log.write(event("0", seconds=-1))
    assert await all_pages(log, LogQuery(size=2)) == ["54", "32", "10"]
    assert await all_pages(log, LogQuery(size=2, newest_first=False)) == ["01", "23", "45"]


async def test_what_is_written_meanwhile_moves_no_page(filled: EventLog) -> None:
    first = await filled.query(LogQuery(size=2))
    await filled.write(event("7", seconds=7))
    assert await versions(filled, LogQuery(size=2, after=first.next)) == "43"


async def test_one_clients_events_come_in_both_orders(log: EventLog) -> None:
    await log.write_all([event(version, seconds=int(version)) for version in "123456"])
    query = LogQuery(conditions=(condition(Field.CLIENT, "erp"),), size=2)
    assert await all_pages(log, query) == ["65", "43", "21"]
    assert await all_pages(log, replace(query, newest_first=False)) == ["12", "34", "56"]


async def test_a_page_by_number_is_found_among_events_of_one_record(log: EventLog) -> None:
    await log.write_all([event(version, seconds=int(version)) for version in "123"])
    assert [await versions(log, LogQuery(size=1, offset=offset)) for offset in (1, 2, 3)] == ["2", "1", ""]


async def test_an_event_that_was_written_again_as_it_was_is_found_once(filled: EventLog) -> None:
    await filled.write(EVENTS[3])
    assert await versions(filled, LogQuery(conditions=(condition(Field.ERROR_CODE, "IdExists"),))) == "43"


async def test_pages_by_number_and_the_count_of_all(filled: EventLog) -> None:
    page = await filled.query(LogQuery(size=2, offset=2, count=10_000))
    assert ("".join(found["Version"] for found in page.items), page.total) == ("43", 6)
    assert page.next == Position.of(EVENTS[2].to_json())
    beyond = await filled.query(LogQuery(size=2, offset=6, count=10_000))
    assert (beyond.texts, beyond.next, beyond.total) == ((), None, 6)
    assert (await filled.query(LogQuery())).total is None
    counted = LogQuery(conditions=(condition(Field.LEVEL, "error"),), size=1, count=10_000, after=page.next)
    assert (await filled.query(counted)).total == 2


@pytest.mark.parametrize("asked", ["", "Level=*", "Time=>2020-01-01"])
async def test_more_than_may_be_looked_at_is_told_by_no_number(filled: EventLog, asked: str) -> None:
    field, _, text = asked.partition("=")
    conditions = (condition(Field(field), text),) if field else ()
    questions = [LogQuery(conditions=conditions, size=2, count=count) for count in (5, 6)]
    assert [(await filled.query(each)).total for each in questions] == [None, 6]


async def test_an_event_that_passes_twice_is_counted_once(filled: EventLog) -> None:
    asked = condition(Field.ERROR_CODE, "IdExists|Spec.CircularReference")
    assert (await filled.query(LogQuery(conditions=(asked,), count=10_000))).total == 2


async def test_nothing_is_found_in_an_empty_log(log: EventLog) -> None:
    page = await log.query(LogQuery(count=10_000))
    assert (page.items, page.next, page.total) == ([], None, 0)


def some_events(chance: random.Random, count: int) -> list[Event]:
    """Return events that share values, so that conditions overlap."""
    return [
        replace(
            event(str(number), key=chance.choice("abc") + chance.choice("xy"), client=chance.choice(["erp", "pim"])),
            time=NOON + timedelta(seconds=chance.randrange(count // 3)),
            level=chance.choice(list(Level)),
            action=chance.choice([None, "Create", "Patch"]),
            error_type=chance.choice([None, "NotOwner", "Unavailable"]),
            errors=tuple({"ErrorCode": code} for code in chance.sample(["A.One", "A.Two", "Two"], chance.randrange(3))),
            job_id=chance.choice([None, "one", "two"]),
            reason=chance.choice(["changed", "unchanged", "not ours"]),
        )
        for number in range(count)
    ]


def some_query(chance: random.Random, events: list[Event]) -> LogQuery:
    conditions = []
    for _ in range(chance.randrange(3)):
        field = chance.choice(list(Field))
        values = [value for each in events for value in found_by(each.to_json())[field]] or ["nothing"]
        kinds = [Match.EQUAL, Match.GREATER, Match.LESS] if field is Field.TIME else list(Match)
        if field is Field.ERROR_CODE:
            kinds = [kind for kind in kinds if kind not in (Match.GREATER, Match.LESS)]
        any_of = tuple(
            Comparison(kind := chance.choice(kinds), "" if kind is Match.PRESENT else chance.choice(values))
            for _ in range(chance.randrange(1, 3))
        )
        conditions.append(Condition(field, any_of, negated=chance.random() < 0.3))
    after = Position.of(chance.choice(events).to_json()) if chance.random() < 0.3 else None
    return LogQuery(
        conditions=tuple(conditions),
        search=chance.choice([None, None, "changed", "not", "product/a"]),
        newest_first=chance.random() < 0.5,
        size=chance.randrange(1, 12),
        after=after,
        offset=0 if after else chance.choice([0, 0, 3]),
        count=chance.choice((0, 100_000)),
    )


@pytest.mark.parametrize("seed", range(5))
async def test_every_log_finds_what_plain_python_finds(log: EventLog, seed: int) -> None:
    await finds_what_plain_python_finds(log, seed, events=30)


@pytest.mark.parametrize("seed", range(3))
async def test_sqlite_finds_it_by_every_way_where_nothing_is_rare(tmp_path: Path, seed: int) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    await finds_what_plain_python_finds(log, seed, events=1_800)
    await log.close()


async def finds_what_plain_python_finds(log: EventLog, seed: int, *, events: int) -> None:
    chance = random.Random(seed)
    written_events = some_events(chance, events)
    memory = MemoryEventLog()
    for each in (memory, log):
        await each.write_all(written_events)
    for _ in range(40):
        query = some_query(chance, written_events)
        assert await log.query(query) == await memory.query(query), query
