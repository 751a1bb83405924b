"""Roll-ups: counted from events, replaced, never added to; and what is told of hours that are not whole."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.clock import START
from fakes.profiles import profile_of
from fakes.runs import path_of
from fakes.storage import MemoryContainer
from fakes.world import World

from models.record import Json
from models.record_types import REGISTRY
from orchestration.adapters.blob_roll_ups import BlobRollUps
from orchestration.event import Event, Level
from orchestration.roll_ups import HOUR, RollUp, RollUpFormatError, Row, Tally, hour_of, percentile
from orchestration.statistics import LATE, MAX_HOURS, Statistics, StatisticsLimits
from orchestration.versions import Version

CALL: Json = {"Method": "PATCH", "Path": "/v1/products/P1"}


def event(version: str = "1", *, key: str = "P1", client: str = "erp", after: float = 0, **fields: Any) -> Event:
    """Return an event some seconds after the start, of a posting that was accepted then."""
    path = path_of(key, client=client, record_type=fields.get("record_type", "product"))
    made = Event(
        path=path,
        version=Version(version),
        accepted_at=START.isoformat(),
        attempt=1,
        time=START + timedelta(seconds=after),
        level=Level.SUCCESS,
        record_type="product",
        resource="seller",
        keys={"ID": key},
        action="Patch",
        reason="",
        calls=(CALL,),
    )
    return replace(made, **fields)


def failed(version: str = "1", attempt: int = 1, **fields: Any) -> Event:
    return event(version, **{"attempt": attempt, "action": None, "error_type": "Unavailable", **fields})


def counted(*events: Event) -> tuple[Row, ...]:
    """Count events as the log gives them, newest first."""
    tally = Tally({"hydratedproduct"})
    tally.add(each.to_json() for each in sorted(events, key=lambda each: (each.time, each.id), reverse=True))
    assert tally.events == len(events)
    return tally.rows()


def row(**fields: Any) -> Row:
    nothing: dict[str, Any] = {"outcomes": {}, "made": 0, "saved": 0, "uncertain": 0, "lead": None}
    named = {"marketplace": "acme", "client": "erp", "record_type": "product"}
    return Row(**{**named, **nothing, **fields})


REPLAYED = event("1", attempt=0, after=5, action=None, calls=(), level=Level.PROGRESS)


@pytest.mark.parametrize(
    ("events", "rows"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param((event(after=2),), (row(outcomes={"Patch": 1}, made=1, lead=(2, 2)),), id="a write"),
        pytest.param(
            (event(action="Ignore", calls=(), after=1),),
            (row(outcomes={"Ignore": 1}, saved=1, lead=(1, 1)),),
            id="one that took no call is saved",
        ),
        pytest.param(
            (failed(after=1, uncertain=2), event(attempt=2, after=8, calls=(CALL, CALL))),
            (row(outcomes={"Patch": 1}, made=3, uncertain=2, lead=(8, 8)),),
            id="attempts are one posting, and all their calls count",
        ),
        pytest.param((failed(),), (row(outcomes={"Unavailable": 1}, made=1),), id="what failed saves nothing"),
        pytest.param(
            (event(calls=({**CALL, "Attempts": 3}, CALL)),),
            (row(outcomes={"Patch": 1}, made=4, lead=(0, 0)),),
            id="each request of a call counts",
        ),
        pytest.param(
            (event(action="Ignore", error_type="Superseded", calls=()),),
            (row(outcomes={"Superseded": 1}),),
            id="what was superseded was not applied",
        ),
        pytest.param(
            (failed(calls=()), REPLAYED), (row(outcomes={"Unavailable": 1}),), id="a replay is no outcome by itself"
        ),
        pytest.param(
            (event(record_type="hydratedproduct", calls=(), action="Ignore"), event(action="Ignore", calls=())),
            (
                row(record_type="hydratedproduct", outcomes={"Ignore": 1}, lead=(0, 0)),
                row(outcomes={"Ignore": 1}, saved=1, lead=(0, 0)),
            ),
            id="the parts of a composite save, not the whole",
        ),
        pytest.param(
            (event("1"), event("2"), event("1", key="P2"), event("1", client="pim")),
            (
                row(outcomes={"Patch": 3}, made=3, lead=(0, 0)),
                row(client="pim", outcomes={"Patch": 1}, made=1, lead=(0, 0)),
            ),
            id="versions, records and clients are told apart",
        ),
        pytest.param(
            (event("10"), event("10", accepted_at=(START + timedelta(microseconds=1)).isoformat(), after=1)),
            (row(outcomes={"Patch": 2}, made=2, lead=(0, 1)),),
            id="postings of one version are told apart",
        ),
        pytest.param(
            (
                event("2026-01-01T00:00:00.000000+00:00~a1b2c3"),
                event(
                    "2026-01-01T00:00:00.000000+00:00~a1b2c3",
                    accepted_at=(START + timedelta(hours=2)).isoformat(),
                    after=1,
                ),
            ),
            (row(outcomes={"Patch": 1}, made=2, lead=(0, 0)),),
            id="a posting that is put through again is the same",
        ),
        pytest.param(
            (event(accepted_at=None),), (row(outcomes={"Patch": 1}, made=1),), id="an event of an earlier version"
        ),
        pytest.param((event(after=-3),), (row(outcomes={"Patch": 1}, made=1, lead=(0, 0)),), id="clocks that differ"),
    ],
)
def test_rows_are_counted_from_events(events: tuple[Event, ...], rows: tuple[Row, ...]) -> None:
    assert counted(*events) == rows


@pytest.mark.parametrize(
    ("count", "p50", "p99"), [(1, 1, 1), (2, 1, 2), (3, 2, 3), (100, 50, 99), (101, 51, 100), (1000, 500, 990)]
)
def test_percentiles_are_numbers_that_occurred(count: int, p50: float, p99: float) -> None:
    ordered = [float(number) for number in range(1, count + 1)]
    assert (percentile(ordered, 50), percentile(ordered, 99)) == (p50, p99)


def test_a_roll_up_reads_back_as_itself() -> None:
    rows = (row(outcomes={"Patch": 2}, made=2, uncertain=1, lead=(1.5, 2.5)), row(client="pim"))
    made = RollUp(hour=START, counted_at=START + HOUR, events=3, whole=True, rows=rows)
    assert RollUp.from_json(made.to_json()) == made


@pytest.mark.parametrize("stored", [None, [], {}, {"Format": 2}, {"Format": 1}, {"Format": 1, "Hour": 5}], ids=str)
def test_what_is_no_roll_up_is_told(stored: Any) -> None:
    with pytest.raises(RollUpFormatError):
        RollUp.from_json(stored)


class Counted:
    """A world in which events are written by hand, and what counts them."""

    def __init__(self, **limits: Any) -> None:
        self.world = World(profile_of("erp"))
        self.container = MemoryContainer(self.world.clock)
        self.roll_ups = BlobRollUps(self.container)
        limited = StatisticsLimits(**limits)
        self.statistics = Statistics(self.world.ports, self.roll_ups, REGISTRY, limited)
        self.asked = 0
        query = self.world.log.query

        async def counting(asked: Any) -> Any:
            self.asked += 1
            return await query(asked)

        self.world.log.query = counting  # type: ignore[method-assign]  # the fake, with its questions counted

    async def log(self, *events: Event) -> None:
        await self.world.log.write_all(events)

    def at(self, moment: timedelta) -> None:
        self.world.clock.advance((START + moment - self.world.clock.now()).total_seconds())

    async def hours(self, first: datetime = START, last: datetime = START) -> list[RollUp]:
        return await self.statistics.hours(first, last)

    async def outcomes(self) -> dict[str, int]:
        [hour] = await self.hours()
        return hour.rows[0].outcomes if hour.rows else {}


async def test_the_current_hour_is_counted_each_time_and_not_kept() -> None:
    counted = Counted()
    await counted.log(event("1"))
    assert await counted.outcomes() == {"Patch": 1}
    await counted.log(event("2"), event("3", after=3600))
    assert await counted.outcomes() == {"Patch": 2}
    assert counted.container.blobs == {}


async def test_a_past_hour_is_kept_and_counted_no_more_once_all_its_events_are_there() -> None:
    counted = Counted()
    await counted.log(event("1"))
    counted.at(HOUR)
    assert await counted.outcomes() == {"Patch": 1}
    await counted.log(event("2", after=3599))
    assert await counted.outcomes() == {"Patch": 2}, "a run that began in the hour has just ended"
    counted.at(HOUR + LATE)
    assert await counted.outcomes() == {"Patch": 2}
    asked = counted.asked
    assert await counted.outcomes() == {"Patch": 2}
    assert counted.asked == asked
    assert [*counted.container.blobs] == ["2026-01-01/00.json"]


async def test_an_event_that_comes_late_is_counted_by_the_timer_which_replaces_what_was_kept() -> None:
    counted = Counted()
    await counted.log(event("1"))
    counted.at(HOUR + LATE)
    assert await counted.statistics.run() == MAX_HOURS
    assert await counted.statistics.run() == 0, "nothing has come"
    await counted.log(event("2", after=10))
    assert await counted.outcomes() == {"Patch": 1}
    assert await counted.statistics.run() == 1
    assert await counted.outcomes() == {"Patch": 2}
    await counted.log(event("2", after=10))  # a rerun overwrites its own event
    assert await counted.statistics.run() == 0
    assert await counted.outcomes() == {"Patch": 2}


async def test_the_timer_begins_nothing_when_its_time_is_over_and_goes_on_the_next_time() -> None:
    counted = Counted(seconds=100)
    counted.at(HOUR + LATE)
    query = counted.world.log.query

    async def slow(asked: Any) -> Any:
        counted.world.clock.advance(30)
        return await query(asked)

    counted.world.log.query = slow  # type: ignore[method-assign]  # as above
    assert await counted.statistics.run() == 4
    assert await counted.statistics.run() == 4


async def test_what_is_read_for_one_answer_is_bounded_and_what_was_not_counted_is_told() -> None:
    counted = Counted(told=150)
    await counted.log(*(event(str(n), after=n) for n in range(100)))
    await counted.log(*(event(str(n), key="P2", after=3600 + n) for n in range(100)))
    counted.at(2 * HOUR + LATE)
    older, newer = await counted.hours(START, START + HOUR)
    assert [(each.whole, each.events, each.rows[0].outcomes) for each in (older, newer)] == [
        (False, 50, {"Patch": 50}),
        (True, 100, {"Patch": 100}),
    ]
    assert await counted.statistics.run() > 0, "the timer counts more"
    assert [each.whole for each in await counted.hours(START, START + HOUR)] == [True, True]


async def test_what_the_timer_has_counted_to_its_end_is_told_where_an_answer_could_count_less() -> None:
    counted = Counted(told=5)
    await counted.log(*(event(str(n), after=n) for n in range(10)))
    counted.at(HOUR)
    assert [(each.whole, each.events) for each in await counted.hours()] == [(False, 5)]
    await counted.statistics.run()
    assert [(each.whole, each.events) for each in await counted.hours()] == [(True, 10)]


async def test_what_was_counted_to_its_end_is_not_replaced_by_less() -> None:
    counted = Counted()
    await counted.log(*(event(str(n), after=n) for n in range(10)))
    counted.at(HOUR + LATE)
    await counted.statistics.run()
    await counted.log(event("late"))
    hasty = Statistics(counted.world.ports, counted.roll_ups, REGISTRY, StatisticsLimits(rolled=5))
    assert await hasty.run() == 0
    assert [(each.whole, each.events) for each in await counted.hours()] == [(True, 10)]


async def test_hours_that_are_yet_to_come_are_not_told() -> None:
    assert [each.hour for each in await Counted().hours(START - HOUR, START + 5 * HOUR)] == [START - HOUR, START]
    assert await Counted().hours(START + HOUR, START + 2 * HOUR) == []


async def test_what_is_kept_and_cannot_be_read_is_made_anew() -> None:
    counted = Counted()
    await counted.log(event("1"))
    counted.at(HOUR + LATE)
    await counted.container.overwrite("2026-01-01/00.json", b"{")
    assert await counted.outcomes() == {"Patch": 1}
    assert RollUp.from_json((await counted.roll_ups.get(hour_of(START)) or pytest.fail("none")).to_json()).events == 1


async def test_an_hour_that_never_becomes_whole_takes_no_time_from_older_ones() -> None:
    counted = Counted(seconds=600, rolled=5)
    await counted.log(*(event(str(n), after=n) for n in range(10)))
    counted.at(HOUR + LATE)
    assert await counted.statistics.run() == MAX_HOURS
    for name in [*counted.container.blobs]:
        if name != "2026-01-01/00.json":
            del counted.container.blobs[name]
    query = counted.world.log.query

    async def slow(asked: Any) -> Any:
        counted.world.clock.advance(300)
        return await query(asked)

    counted.world.log.query = slow  # type: ignore[method-assign]  # as above
    assert await counted.statistics.run() == 2
