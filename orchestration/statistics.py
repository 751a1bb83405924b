"""Statistics by hour: roll-ups of past hours are kept and recomputed when they may lack an event, never added to.

Nothing here is on the way of a record. A late event, of a run that was repeated after a crash, has the time at which
its posting was applied; so the hours of the last days are counted again from time to time, and recomputed where that
differs.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.registry import Registry
from orchestration.log_query import Comparison, Condition, Field, LogQuery, Match, Position, moment_text
from orchestration.ports import Ports, RollUps
from orchestration.roll_ups import HOUR, RollUp, Tally, hour_of

MAX_HOURS = 168
"""The most hours that are told at once; also how many hours back an event may come late and still be counted."""

LATE = timedelta(minutes=15)
"""How long after its hour an event is written at the latest, but for reruns: no function runs longer than that."""

_CONCURRENCY = 16
_PAGE = 100
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsLimits:
    """The bounds of counting.

    Attributes:
        told: how many events are read for one answer, of hours that are not rolled up yet; the rest is told as partial.
        rolled: how many events of one hour are read to roll it up.
        seconds: how long the timer begins anything.
    """

    told: int = 10_000
    rolled: int = 2_000_000
    seconds: float = 200.0


class Statistics:
    """Counts of what became of postings, by hour."""

    def __init__(
        self, ports: Ports, roll_ups: RollUps, registry: Registry, limits: StatisticsLimits | None = None
    ) -> None:
        self._ports = ports
        self._roll_ups = roll_ups
        self._composites = frozenset(row.name for row in registry if row.expand)
        self._limits = limits or StatisticsLimits()

    async def hours(self, first: datetime, last: datetime) -> list[RollUp]:
        """Return the roll-ups of the hours from one to another, oldest first, both included.

        Hours that are not rolled up yet, the current one among them, are counted here, the newest first, within a
        bound: one that was not counted to its end is not `whole`.
        """
        now = self._ports.clock.now()
        hours = [first + n * HOUR for n in range(int((min(last, hour_of(now)) - first) / HOUR) + 1)]
        kept = await self._kept(hours)
        left = self._limits.told
        for hour in reversed(hours):
            known = kept.get(hour)
            if known is not None and _is_settled(known):
                continue
            counted = await self._count(hour, limit=left)
            left = max(left - counted.events, 0)
            if counted.whole and hour + HOUR <= now:
                await self._roll_ups.put(counted)
            kept[hour] = counted if counted.whole or known is None or known.events < counted.events else known
        return [kept[hour] for hour in hours]

    async def run(self) -> int:
        """Roll up past hours that are not, then those that have other events by now; return how many, newest first.

        Hours that were not counted to their end come last: one that is never whole takes no time from others.
        """
        clock = self._ports.clock
        ends, current = clock.elapsed() + self._limits.seconds, hour_of(clock.now())
        hours = [current - n * HOUR for n in range(1, MAX_HOURS + 1)]
        kept, rolled = await self._kept(hours), 0
        settled = {hour: each.events for hour, each in kept.items() if _is_settled(each)}
        for hour in sorted(hours, key=lambda each: _turn(kept.get(each))):
            if clock.elapsed() >= ends:
                break
            if hour in settled and settled[hour] == await self._events_of(hour):
                continue
            counted = await self._count(hour, limit=self._limits.rolled, until=ends)
            if counted.whole or hour not in kept:
                await self._roll_ups.put(counted)
                rolled += 1
        return rolled

    async def _kept(self, hours: Sequence[datetime]) -> dict[datetime, RollUp]:
        """Return what is kept of some hours."""
        places = asyncio.Semaphore(_CONCURRENCY)

        async def read(hour: datetime) -> RollUp | None:
            async with places:
                return await self._roll_ups.get(hour)

        found = await asyncio.gather(*map(read, hours))
        return {hour: each for hour, each in zip(hours, found, strict=True) if each is not None}

    async def _count(self, hour: datetime, *, limit: int, until: float = math.inf) -> RollUp:
        """Count an hour's events, newest first, as many as the limit lets and as long as there is time."""
        counted_at, tally = self._ports.clock.now(), Tally(self._composites)
        after: Position | None = None
        asked = False
        while tally.events < limit and self._ports.clock.elapsed() < until:
            size = min(_PAGE, limit - tally.events)
            page = await self._ports.log.query(LogQuery(conditions=_within(hour), size=size, after=after))
            asked = True
            tally.add(page.items)
            if (after := page.next) is None:
                break
        whole = after is None and asked
        return RollUp(hour=hour, counted_at=counted_at, events=tally.events, whole=whole, rows=tally.rows())

    async def _events_of(self, hour: datetime) -> int | None:
        """Return how many events an hour has; none where they are more than one roll-up is made of."""
        query = LogQuery(conditions=_within(hour), size=1, count=self._limits.rolled)
        return (await self._ports.log.query(query)).total


def _is_settled(kept: RollUp) -> bool:
    """Tell whether a roll-up has all events of its hour but those of reruns."""
    return kept.whole and kept.counted_at >= kept.hour + HOUR + LATE


def _turn(kept: RollUp | None) -> int:
    """Return when it is an hour's turn: the lowest first."""
    if kept is None:
        return 0
    if not kept.whole:
        return 2
    return 1 if _is_settled(kept) else 0


def _within(hour: datetime) -> tuple[Condition, ...]:
    """Return what events of an hour have in common."""
    begins = Comparison(Match.GREATER, moment_text(hour - _INSTANT))
    ends = Comparison(Match.LESS, moment_text(hour + HOUR))
    return Condition(Field.TIME, (begins,)), Condition(Field.TIME, (ends,))
