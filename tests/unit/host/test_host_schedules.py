from datetime import UTC, datetime, timedelta

import pytest

from localdev.host.schedules import Start, at_start, parse_schedule, uses_monitor
from localdev.host.state import TimerStatus


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-11-21T10:20:30.5")


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        pytest.param("*/10 * * * * *", ["2026-11-21T10:20:40", "2026-11-21T10:20:50"], id="every-ten-seconds"),
        pytest.param("0 */5 * * * *", ["2026-11-21T10:25:00", "2026-11-21T10:30:00"], id="every-five-minutes"),
        pytest.param("*/5 * * * *", ["2026-11-21T10:25:00", "2026-11-21T10:30:00"], id="five-fields"),
        pytest.param("30 20 10 * * *", ["2026-11-22T10:20:30", "2026-11-23T10:20:30"], id="this-second-is-over"),
        pytest.param("0 0 9-17/4 * * *", ["2026-11-21T13:00:00", "2026-11-21T17:00:00"], id="range-with-step"),
        pytest.param("0 0 7/6 * * *", ["2026-11-21T13:00:00", "2026-11-21T19:00:00"], id="from-with-step"),
        pytest.param("0 30 9 * Jan Mon", ["2027-01-04T09:30:00", "2027-01-11T09:30:00"], id="names"),
        pytest.param("0 30 9 * * Monday,WEDNESDAY", ["2026-11-23T09:30:00", "2026-11-25T09:30:00"], id="long-names"),
        pytest.param("0 0 0 13 * 5", ["2027-08-13T00:00:00", "2028-10-13T00:00:00"], id="day-and-weekday-both-fit"),
        pytest.param("0 0 0 29 2 *", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"], id="leap-day"),
        pytest.param("0 0 0 1 1 0", ["2034-01-01T00:00:00", "2040-01-01T00:00:00"], id="sunday-is-0"),
        pytest.param("00:00:02", ["2026-11-21T10:20:32.5", "2026-11-21T10:20:34.5"], id="time-span"),
        pytest.param("1.02:00:00", ["2026-11-22T12:20:30.5", "2026-11-23T14:20:30.5"], id="time-span-with-days"),
    ],
)
def test_a_schedule_gives_the_times_it_is_due(schedule: str, times: list[str]) -> None:
    rule = parse_schedule(schedule)
    first = rule.next(NOW)
    assert [first, rule.next(first)] == [at(time) for time in times]


@pytest.mark.parametrize(
    "schedule",
    [
        *("", "* * * *", "* * * * * * *", "25:00:00", "00:00:00"),
        *("60 * * * * *", "* * 24 * * *", "* * * 0 * *", "* * * * 13 *", "* * * * * 7"),
        *("x * * * * *", "5-1 * * * * *", "*/0 * * * * *", "1- * * * * *"),
    ],
)
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|nothing that"):
        parse_schedule(schedule)


def test_a_schedule_that_never_fits_says_so() -> None:
    with pytest.raises(ValueError, match="never fits"):
        parse_schedule("0 0 0 30 2 *").next(NOW)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/10 * * * * *", False),
        ("0,30 * * * * *", False),
        ("0 * * * * *", True),
        ("00:00:59", False),
        ("0 0 * * * *", True),
    ],
    ids=["ten-seconds", "half-minutes", "minutes", "short-span", "hours"],
)
def test_a_timer_of_less_than_a_minute_has_no_monitor(schedule: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert uses_monitor(parse_schedule(schedule), NOW) is expected


TEXT = "0 0 * * * *"
HOUR = timedelta(hours=1)


def status(due: datetime, schedule: str = TEXT) -> TimerStatus:
    return TimerStatus(schedule, None, due, due - HOUR)


@pytest.mark.parametrize(
    ("known", "run_on_startup", "expected"),
    [
        pytest.param(None, False, Start(at("2026-11-21T11:00")), id="no-past"),
        pytest.param(None, True, Start(NOW), id="run-on-startup"),
        pytest.param(status(NOW - HOUR), False, Start(NOW, is_past_due=True), id="missed"),
        pytest.param(status(NOW - HOUR), True, Start(NOW, is_past_due=True), id="missed-runs-once"),
        pytest.param(status(NOW + HOUR), False, Start(NOW + HOUR), id="not-due-yet"),
        pytest.param(status(NOW + HOUR), True, Start(NOW), id="not-due-yet-but-run-on-startup"),
        pytest.param(status(NOW - HOUR, "old"), False, Start(at("2026-11-21T11:00")), id="schedule-changed"),
    ],
)
def test_a_start_decides_about_the_first_run(
    known: TimerStatus | None,
    run_on_startup: bool,  # noqa: FBT001 - a column of the table
    expected: Start,
) -> None:
    assert at_start(TEXT, parse_schedule(TEXT), known, NOW, run_on_startup=run_on_startup) == expected
