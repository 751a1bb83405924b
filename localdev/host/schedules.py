"""When a timer is due: NCRONTAB expressions and time spans, and what a start makes of a run that was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Protocol

from localdev.host.settings import parse_timespan
from localdev.host.state import TimerStatus

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Name, smallest and greatest value of the six fields, and the names that stand for values from the smallest on.
_FIELDS: Sequence[tuple[str, int, int, Sequence[str]]] = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
# 29 February on a given day of the week comes round within 40 years.
_HORIZON = timedelta(days=40 * 366)
_MONITOR_GAP = timedelta(minutes=1)


class Schedule(Protocol):
    """A rule for when something is due."""

    def next(self, after: datetime) -> datetime:
        """Give the first time that is later than `after`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Due again a fixed time after the last run began."""

    length: timedelta

    def next(self, after: datetime) -> datetime:
        """Give the time one interval later."""
        return after + self.length


@dataclass(frozen=True, slots=True)
class Ncrontab:
    """Six sets of values: second, minute, hour, day, month, day of the week (0 is Sunday); all must fit."""

    seconds: Sequence[int]
    minutes: Sequence[int]
    hours: Sequence[int]
    days: Sequence[int]
    months: Sequence[int]
    weekdays: Sequence[int]

    def next(self, after: datetime) -> datetime:
        """Give the first full second later than `after` that fits; raises ValueError when none ever does."""
        start = after.replace(microsecond=0) + timedelta(seconds=1)
        day, floor = start.date(), start.time()
        while day - start.date() < _HORIZON:
            fits = day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays
            if fits and (found := self._first_time(floor)):
                return datetime.combine(day, found, after.tzinfo)
            day, floor = day + timedelta(days=1), time.min
        raise ValueError("the schedule never fits")

    def _first_time(self, floor: time) -> time | None:
        times = (
            time(hour, minute, second)
            for hour in self.hours
            if hour >= floor.hour
            for minute in self.minutes
            if (hour, minute) >= (floor.hour, floor.minute)
            for second in self.seconds
        )
        return next((found for found in times if found >= floor), None)


@dataclass(frozen=True, slots=True)
class Start:
    """What to do when the host starts: when the timer is due, and whether a run was missed."""

    due: datetime
    is_past_due: bool = False


def parse_schedule(text: str) -> Schedule:
    """Read NCRONTAB of six fields, or five (without seconds), or a time span; raises ValueError."""
    if span := parse_timespan(text):
        return Interval(span)
    fields = text.split()
    if len(fields) == len(_FIELDS) - 1:
        fields.insert(0, "0")
    if len(fields) != len(_FIELDS):
        raise ValueError(f"no schedule of five or six fields, and no time span: {text!r}")
    return Ncrontab(*(_values(field, *rule) for field, rule in zip(fields, _FIELDS, strict=True)))


def uses_monitor(schedule: Schedule, now: datetime) -> bool:
    """Say whether missed runs are made up for: not when a timer is due more than once a minute."""
    times = [now]
    for _ in range(6):
        times.append(schedule.next(times[-1]))
    return all(later - earlier >= _MONITOR_GAP for earlier, later in pairwise(times[1:]))


def at_start(
    text: str, schedule: Schedule, status: TimerStatus | None, now: datetime, *, run_on_startup: bool
) -> Start:
    """Decide about the first run after a start; `status` is None for a timer without monitor or without a past."""
    if status and status.schedule == text and now > status.next:
        return Start(now, is_past_due=True)
    if run_on_startup:
        return Start(now)
    return Start(status.next if status and status.schedule == text else schedule.next(now))


def _values(field: str, name: str, low: int, high: int, names: Sequence[str]) -> tuple[int, ...]:
    def number(text: str) -> int:
        return low + names.index(text[:3].lower()) if text[:3].lower() in names else int(text)

    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        try:
            first, dash, last = ("*", "", "") if span == "*" else span.partition("-")
            start = low if first == "*" else number(first)
            end = number(last) if dash else high if first == "*" or slash else start
            values = range(start, end + 1, int(step) if slash else 1)
        except ValueError:
            raise ValueError(f"{part!r} is nothing that a {name} can be") from None
        if not values or start < low or end > high:
            raise ValueError(f"{part!r} is nothing that a {name} can be ({low} to {high})")
        found.update(values)
    return tuple(sorted(found))
