"""Ask a SQLite log of many events everything that lists and views ask, against reading one event by its id.

Events are text to both: a list passes on what the log keeps, and so a point read ends with the text of its event.
"""

import asyncio
import math
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.samples import posted
from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.event import Event, Level
from orchestration.log_query import Field, LogQuery, Position, condition
from orchestration.paths import QueuePath, RecordPath
from orchestration.roll_ups import Tally
from orchestration.versions import Version
from triggers.answers import listing
from triggers.log_questions import MAX_COUNTED, LogQuestion

EVENTS = 100_000
BOUND = 20
"""How many point reads an answer takes at most."""

TURNS, ROUNDS = 4, 16
RECORDS = 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)
MIDDLE = START + timedelta(seconds=EVENTS / 2)


type Asked = dict[str, Callable[[], Awaitable[object]]]


def _asked(field: Field, text: str, **more: object) -> LogQuery:
    return LogQuery(conditions=(condition(field, text),), **more)  # type: ignore[arg-type]  # fields of a LogQuery


WINDOW = (condition(Field.TIME, ">2026-01-01T12:00:00Z"), condition(Field.TIME, "<2026-01-01T13:00:00Z"))
OPERATOR, SOURCE = condition(Field.RECORD_ID, "bench/*"), condition(Field.CLIENT, "pim")
"""What the HTTP API adds to a question: that the events are the marketplace's, or the source's own."""

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
    "newest 20, and how many there are": LogQuery(count=MAX_COUNTED),
    "operator: newest 20, and how many there are": LogQuery(conditions=(OPERATOR,), count=MAX_COUNTED),
    "source: newest 20, and how many there are": LogQuery(conditions=(SOURCE,), count=MAX_COUNTED),
    "source: changed ones, and how many there are": LogQuery(
        conditions=(SOURCE, condition(Field.ACTION, "Patch")), count=MAX_COUNTED
    ),
    "operator: a type, and how many there are": LogQuery(
        conditions=(OPERATOR, condition(Field.RECORD_TYPE, "product")), count=MAX_COUNTED
    ),
    "source: an hour, and how many there are": LogQuery(conditions=(SOURCE, *WINDOW), count=MAX_COUNTED),
    **{
        f"{asking}: {name}": LogQuery(conditions=(own, *conditions), size=100)
        for asking, own in (("operator", OPERATOR), ("source", SOURCE))
        for name, conditions in {
            "newest 100": (),
            "an hour, 100": WINDOW,
            "errors and warnings, 100": (condition(Field.LEVEL, "Error|Warn"),),
            "not successful, 100": (condition(Field.LEVEL, "!Success"),),
            "an error code, 100": (condition(Field.ERROR_CODE, "ValidationFailure"),),
            "part of an error code, 100": (condition(Field.ERROR_CODE, "*Failure*"),),
        }.items()
    },
}


@dataclass(frozen=True, slots=True)
class LogTimes:
    """Seconds, each the least of some rounds, the least disturbed one.

    Attributes:
        point_read: of the text of one event, by its id.
        questions: of each answer, from the question to its bytes.
        unbounded: of what reads the values of events.
    """

    point_read: float
    questions: dict[str, float]
    unbounded: dict[str, float]

    def too_slow(self) -> list[str]:
        """Return the questions that take more point reads than the bound."""
        return [name for name, seconds in self.questions.items() if seconds > BOUND * self.point_read]


def log_times() -> LogTimes:
    """Fill a log and ask it everything."""
    with tempfile.TemporaryDirectory(prefix="orchestrate-bench-") as directory:
        return asyncio.run(_measure(Path(directory) / "events.sqlite"))


async def _measure(file: Path) -> LogTimes:
    log = SqliteEventLog(file)
    chance = random.Random(7)  # noqa: S311 - a catalogue of events, the same each time
    for start in range(0, EVENTS, 1_000):
        await log.write_all([_event(chance, number) for number in range(start, start + 1_000)])
    path = QueuePath(RecordPath("bench", "product", ("bench-000777",)), "pim")
    bounded: Asked = {name: partial(_answer, log, query) for name, query in QUESTIONS.items()}
    bounded["the newest of a record and source"] = partial(log.events, path, limit=20)
    statistics = partial(_read, log, LogQuery(conditions=WINDOW, size=100))
    unbounded: Asked = {"100 of an hour, as statistics read them": statistics}
    async with _point_read(file) as point_read:
        least = await _least({**bounded, **unbounded, "": point_read})
    await log.close()
    return LogTimes(least[""], {name: least[name] for name in bounded}, {name: least[name] for name in unbounded})


async def _answer(log: SqliteEventLog, query: LogQuery) -> None:
    """Do what `GET logs` does with a question."""
    found = await log.query(query)
    listing(LogQuestion(query, 1, 0).meta(found), found.texts)


async def _read(log: SqliteEventLog, query: LogQuery) -> None:
    """Do what statistics do with a page."""
    Tally(()).add((await log.query(query)).items)


@asynccontextmanager
async def _point_read(file: Path) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Yield what reads one event by its id on a thread of its own, as the log does."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1) as worker:
        opened = await loop.run_in_executor(worker, lambda: sqlite3.connect(file, check_same_thread=False))
        with closing(opened) as connection:
            wanted = f"bench:product:bench-{777:06}:{'pim'}:777:1"

            def read() -> object:
                ((event,),) = connection.execute("SELECT event FROM events WHERE id = ?", (wanted,)).fetchall()
                return event

            yield lambda: loop.run_in_executor(worker, read)


async def _least(asked: Asked) -> dict[str, float]:
    """Return the least seconds of each; they take turns, so that what disturbs the machine disturbs all alike."""
    least = dict.fromkeys(asked, math.inf)
    for _ in range(TURNS):
        for name, ask in asked.items():
            for _ in range(ROUNDS):
                started = time.perf_counter()
                await ask()
                least[name] = min(least[name], time.perf_counter() - started)
    return least


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
