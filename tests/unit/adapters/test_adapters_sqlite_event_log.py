"""What is SQLite's own in the event log on SQLite."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.adapters.sqlite_event_schema import make_tables
from orchestration.adapters.sqlite_event_search import find
from orchestration.event import Event, Level
from orchestration.log_query import Condition, Field, LogQuery, condition
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import StorageUnavailableError
from orchestration.versions import Version

PATH = QueuePath(RecordPath("acme", "product", ("BIKE",)), "erp")


def event(time: datetime, version: str = "1") -> Event:
    return Event(
        path=PATH,
        version=Version(version),
        attempt=1,
        time=time,
        level=Level.WARN,
        record_type="product",
        resource="seller",
        keys={"ID": "BIKE"},
        action="Patch",
        reason="changed",
        posted={"Name": "\ud800"},
        trace_id="trace",
        job_id="job",
    )


async def test_an_event_outlives_the_process_and_is_seen_by_another(tmp_path: Path) -> None:
    one, other = (SqliteEventLog(tmp_path / "events.sqlite") for _ in range(2))
    written = event(datetime(2026, 1, 1, tzinfo=UTC))
    await other.check()
    await one.write(written)
    await one.close()
    assert await other.events(PATH, limit=1) == [written.to_json()]
    await other.close()


async def test_times_sort_as_moments_whatever_their_zone_and_fraction(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    moments = [noon, noon + timedelta(milliseconds=1), (noon + timedelta(seconds=1)).astimezone(), noon.replace(hour=3)]
    for number, moment in enumerate(moments):
        await log.write(event(moment, str(number)))
    assert [found["Version"] for found in await log.events(PATH, limit=9)] == ["2", "1", "0", "3"]
    await log.close()


ASKED = [
    ((), None, "found_by_time"),
    ((condition(Field.CLIENT, "erp"),), None, "found_by_client"),
    ((condition(Field.RECORD_TYPE, "product"),), None, "found_by_record_type"),
    ((condition(Field.RECORD_ID, "acme/product/b*"),), None, "found_by_record"),
    ((condition(Field.RESOURCE, "seller|supplier:1"),), None, "found_by_resource"),
    ((condition(Field.LEVEL, "Warn"),), None, "found_by_level"),
    ((condition(Field.ACTION, "Patch"),), None, "found_by_action"),
    ((condition(Field.ERROR_TYPE, "NotOwner"),), None, "found_by_error_type"),
    ((condition(Field.ERROR_CODE, "IdExists"),), None, "PRIMARY KEY"),
    ((condition(Field.JOB_ID, "job"),), None, "found_by_job"),
    ((condition(Field.TRACE_ID, "trace"),), None, "found_by_trace"),
    ((condition(Field.VERSION, ">0"),), None, "found_by_version"),
    ((condition(Field.TIME, "<2027-01-01"),), None, "found_by_time"),
    ((condition(Field.LEVEL, "!Warn"),), None, "found_by_time"),
    ((condition(Field.CLIENT, "*r*"), condition(Field.ACTION, "!Get")), None, "USING COVERING INDEX found_by_time"),
    ((condition(Field.LEVEL, "!Success"),), None, "USING COVERING INDEX found_wrong"),
    ((condition(Field.ERROR_TYPE, "*Owner"),), None, "USING COVERING INDEX found_wrong"),
    ((condition(Field.ERROR_CODE, "*exists*"),), None, "USING COVERING INDEX found_wrong"),
    ((), "changed", "VIRTUAL TABLE INDEX"),
]


@pytest.mark.parametrize("many", [False, True], ids=["rare", "frequent"])
@pytest.mark.parametrize(("conditions", "search", "index"), ASKED, ids=lambda value: str(value)[:60])
async def test_no_question_that_operators_ask_reads_the_whole_table(
    tmp_path: Path, conditions: tuple[Condition, ...], search: str | None, index: str, *, many: bool
) -> None:
    file = tmp_path / "events.sqlite"
    log = SqliteEventLog(file)
    await log.write_all([event(datetime(2026, 1, 1, tzinfo=UTC), str(number)) for number in range(600 if many else 1)])
    await log.close()
    with closing(sqlite3.connect(file)) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        find(connection, LogQuery(conditions=conditions, search=search))
        connection.set_trace_callback(None)
        ours = [each for each in statements if not each.startswith("--")]  # as SQLite marks what its own tables ask
        steps = [row[-1] for each in ours for row in connection.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert any(index in step for step in steps)
    assert {step for step in steps if step.startswith("SCAN found") and "USING" not in step} == set()
    assert {step for step in steps if step.startswith(("SCAN events", "SCAN codes"))} == set()


async def test_what_went_wrong_is_told_from_the_success_of_many(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    levels = [Level.SUCCESS] * 600 + [Level.WARN] * 550
    await log.write_all([replace(event(moment, str(number)), level=level) for number, level in enumerate(levels)])
    client = condition(Field.CLIENT, "erp")
    totals = {
        text: (await log.query(LogQuery(conditions=(client, condition(Field.LEVEL, text)), count=10_000))).total
        for text in ("Success", "!Success", "Success|Warn", "!Success|Warn", "Warn", "!Warn", "*ss|Warn", "!*ss|Warn")
    }
    await log.close()
    assert list(totals.values()) == [600, 550, 1_150, 0, 550, 600, 1_150, 0]


def test_the_events_of_a_file_that_an_earlier_version_wrote_are_found(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    written = event(datetime(2026, 1, 1, tzinfo=UTC)).to_json()
    row = (written["Id"], "acme/product/bike", "erp", "2026", "Warn", "product", "1", 1, json.dumps(written))
    with closing(sqlite3.connect(file, autocommit=True)) as connection:
        connection.execute(
            "CREATE TABLE events (id TEXT PRIMARY KEY, record TEXT NOT NULL, client TEXT NOT NULL, time TEXT NOT NULL,"
            " level TEXT NOT NULL, action TEXT, record_type TEXT NOT NULL, job TEXT, trace TEXT, version TEXT NOT NULL,"
            " writes INTEGER NOT NULL, event TEXT NOT NULL) STRICT"
        )
        connection.execute("CREATE INDEX events_by_time ON events (time)")
        names = "id, record, client, time, level, record_type, version, writes, event"
        connection.execute(f"INSERT INTO events ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        make_tables(connection)
        make_tables(connection)
        assert find(connection, LogQuery(search="chang")).items == [written]
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'events_by_time'").fetchall() == []


def test_what_an_earlier_version_indexed_otherwise_is_indexed_anew(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "events.sqlite", autocommit=True)) as connection:
        make_tables(connection)
        indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        wanted = connection.execute(indexes).fetchall()
        connection.execute("DROP INDEX found_wrong")
        for name, columns in (("time", "time, id"), ("client", "client, time")):
            connection.execute(f"DROP INDEX found_by_{name}")
            connection.execute(f"CREATE INDEX found_by_{name} ON found ({columns})")
        connection.execute("PRAGMA user_version = 1")
        make_tables(connection)
        assert connection.execute(indexes).fetchall() == wanted


async def test_a_log_that_cannot_be_opened_is_unavailable_until_it_can(tmp_path: Path) -> None:
    directory = tmp_path / "missing"
    log = SqliteEventLog(directory / "events.sqlite")
    for step in (log.check(), log.write(event(datetime(2026, 1, 1, tzinfo=UTC))), log.events(PATH, limit=1)):
        with pytest.raises(StorageUnavailableError, match="unable to open database file"):
            await step
    directory.mkdir()
    await log.check()
    await log.close()


async def test_a_file_that_is_no_log_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    file.write_bytes(b"this is no database" * 100)
    log = SqliteEventLog(file)
    with pytest.raises(StorageUnavailableError, match="file is not a database"):
        await log.check()
    await log.close()
