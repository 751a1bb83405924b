"""Ask a SQLite log of many events everything that lists and views ask, against reading one event by its id."""

import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.samples import posted
from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.event import Event, Level
from orchestration.log_query import Field, LogQuery, Position, condition
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version

EVENTS = 100_000
ROUNDS = 31
RECORDS = 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)
MIDDLE = START + timedelta(seconds=EVENTS / 2)


def _asked(field: Field, text: str, **more: object) -> LogQuery:
    return LogQuery(conditions=(condition(field, text),), **more)  # type: ignore[arg-type]  # fields of a LogQuery


WINDOW = (condition(Field.TIME, ">2026-01-01T12:00:00Z"), condition(Field.TIME, "<2026-01-01T13:00:00Z"))
QUESTIONS = {
    "newest 20": LogQuery(),
    "newest 100": LogQuery(size=100),
    "oldest 20": LogQuery(newest_first=False),
    "20 after the middle": LogQuery(after=Position(MIDDLE, "x")),
    "page 500, by number": LogQuery(offset=9_980),
    "an hour": LogQuery(conditions=WINDOW),
    "an hour's errors of a client": LogQuery(
        conditions=(*WINDOW, condition(Field.LEVEL, "Error"), condition(Field.CLIENT, "pim"))
    ),
    "a client, 1 in 2": _asked(Field.CLIENT, "pim"),
    "a client, 1 in 1,000": _asked(Field.CLIENT, "rare"),
    "not successful": _asked(Field.LEVEL, "!Success"),
    "errors and warnings": _asked(Field.LEVEL, "Error|Warn"),
    "an action": _asked(Field.ACTION, "Delete"),
    "a record type, 1 in 2,000": _asked(Field.RECORD_TYPE, "spec"),
    "a resource": _asked(Field.RESOURCE, "supplier:*"),
    "an error type": _asked(Field.ERROR_TYPE, "MissingReference"),
    "an error code": _asked(Field.ERROR_CODE, "ValidationFailure"),
    "part of an error code": _asked(Field.ERROR_CODE, "Validation*"),
    "a record": _asked(Field.RECORD_ID, "bench/product/bench-000777"),
    "records that begin so": _asked(Field.RECORD_ID, "bench/product/bench-0007*"),
    "a job": _asked(Field.JOB_ID, "job-7"),
    "a trace": _asked(Field.TRACE_ID, "trace-77777"),
    "a version": _asked(Field.VERSION, "77777"),
    "nothing": _asked(Field.JOB_ID, "no such job"),
    "search, a frequent text": LogQuery(search="changed"),
    "search, a rare text": LogQuery(search="reads 54321"),
    "search, no such text": LogQuery(search="no such text"),
}


def query_times() -> tuple[float, dict[str, float]]:
    """Return the seconds of a point read, and of each question: the least of some rounds, the least disturbed one."""
    with tempfile.TemporaryDirectory(prefix="orchestrate-bench-") as directory:
        return asyncio.run(_measure(Path(directory) / "events.sqlite"))


async def _measure(file: Path) -> tuple[float, dict[str, float]]:
    log = SqliteEventLog(file)
    chance = random.Random(7)  # noqa: S311 - a catalogue of events, the same each time
    for start in range(0, EVENTS, 1_000):
        await log.write_all([_event(chance, number) for number in range(start, start + 1_000)])
    path = QueuePath(RecordPath("bench", "product", ("bench-000777",)), "pim")
    times = {name: await _least(lambda query=query: log.query(query)) for name, query in QUESTIONS.items()}  # type: ignore[misc]  # bound now
    times["the newest of a record and source"] = await _least(lambda: log.events(path, limit=20))
    point_read = await _point_read(file)
    await log.close()
    return point_read, times


async def _point_read(file: Path) -> float:
    """Read one event by its id on a thread of its own, as the log does."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as worker:
        opened = await loop.run_in_executor(worker, lambda: sqlite3.connect(file, check_same_thread=False))
        with closing(opened) as connection:
            wanted = f"bench:product:bench-{777:06}:{'pim'}:777:1"

            def read() -> object:
                ((event,),) = connection.execute("SELECT event FROM events WHERE id = ?", (wanted,)).fetchall()
                return json.loads(event)

            return await _least(lambda: loop.run_in_executor(worker, read))


async def _least(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - started)
    return min(times)


def _event(chance: random.Random, number: int) -> Event:
    """Return an event of a catalogue that is posted again and again; one in fifty went wrong."""
    body = posted(number % RECORDS, chance.random())
    record_type = "spec" if number % 2_000 == 1 else "product"
    client = "rare" if number % 1_000 == 2 else "pim" if number % 2 else "erp"  # noqa: PLR2004 - any of a thousand
    wrong = chance.random() < 0.02  # noqa: PLR2004 - as said
    refused = wrong and chance.random() < 0.5  # noqa: PLR2004 - the other half waits
    return Event(
        path=QueuePath(RecordPath("bench", record_type, (body["ID"],)), client),
        version=Version(str(number)),
        attempt=1,
        time=START + timedelta(seconds=number),
        level=Level.ERROR if refused else Level.WARN if wrong else Level.SUCCESS,
        record_type=record_type,
        resource="supplier:S1" if number % 300 == 0 else "seller",
        keys={"ID": body["ID"]},
        action=None if wrong else chance.choice(["Ignore", "Ignore", "Patch", "Create", "Delete"]),
        reason="what was posted has changed" if number % 2 else "nothing to write: OrderCloud has all of it",
        message=f"ShipWeight reads {number}",
        error_type="RefusedByOrderCloud" if refused else "MissingReference" if wrong else None,
        errors=({"ErrorCode": "ValidationFailure", "Message": "Name is required"},) if refused else (),
        posted=body,
        before=body,
        result=body,
        trace_id=f"trace-{number}",
        job_id=f"job-{number // 1_000}" if number % 10 == 0 else None,
    )
