"""What is SQLite's own in the event log on SQLite."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.event import Event, Level
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


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ("WHERE record = '' AND client = '' ORDER BY time DESC, rowid DESC", "events_by_record"),
        ("ORDER BY time DESC", "events_by_time"),
        ("WHERE level = '' ORDER BY time DESC", "events_by_level"),
        ("WHERE action = '' ORDER BY time DESC", "events_by_action"),
        ("WHERE record_type = '' ORDER BY time DESC", "events_by_record_type"),
        ("WHERE job = '' ORDER BY time DESC", "events_by_job"),
        ("WHERE trace = ''", "events_by_trace"),
    ],
)
async def test_no_question_that_operators_ask_reads_the_whole_table(tmp_path: Path, wanted: str, index: str) -> None:
    file = tmp_path / "events.sqlite"
    log = SqliteEventLog(file)
    await log.write(event(datetime(2026, 1, 1, tzinfo=UTC)))
    await log.close()
    with closing(sqlite3.connect(file)) as connection:
        (plan,) = connection.execute(f"EXPLAIN QUERY PLAN SELECT event FROM events {wanted}").fetchall()
    assert f"USING INDEX {index}" in plan[-1]


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
