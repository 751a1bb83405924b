"""Runs timer functions when they are due, one run of a timer at a time, and remembers when they ran."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.functions.meta import Datum

from localdev.host.polling import wait_for
from localdev.host.schedules import Schedule, at_start, uses_monitor
from localdev.host.state import HostState, TimerStatus
from localdev.host.worker import Function, Worker

logger = logging.getLogger("host.timers")


@dataclass(frozen=True, slots=True)
class TimerTrigger:
    """A timer function and its schedule, as text and as a rule."""

    function: Function
    text: str
    schedule: Schedule


def utc_now() -> datetime:
    """Give the time in UTC, the time zone of schedules on Flex Consumption."""
    return datetime.now(UTC)


class Timer:
    """One timer function at work."""

    def __init__(
        self, trigger: TimerTrigger, state: HostState, worker: Worker, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._trigger = trigger
        self._state = state
        self._worker = worker
        self._now = now
        self._is_monitored = bool(trigger.function.trigger.get("useMonitor", True)) and uses_monitor(
            trigger.schedule, now()
        )
        self._running = asyncio.Lock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Run the function whenever it is due, until told to stop."""
        trigger, name = self._trigger, self._trigger.function.name
        now = self._now()
        status = self._state.timer(name) if self._is_monitored else None
        run_on_startup = bool(trigger.function.trigger.get("runOnStartup"))
        start = at_start(trigger.text, trigger.schedule, status, now, run_on_startup=run_on_startup)
        if status is None or status.schedule != trigger.text:
            self._save(status.last if status else None, trigger.schedule.next(now))
        due, is_past_due = start.due, start.is_past_due
        while True:
            await wait_for(stopping, max(0.0, (due - self._now()).total_seconds()))
            if stopping.is_set():
                return
            if self._now() < due:  # the loop's clock and the wall clock differ by a little
                continue
            due = await self.fire(is_past_due=is_past_due)
            is_past_due = False

    async def fire(self, *, is_past_due: bool = False) -> datetime:
        """Run the function now, after a run of it that may be under way, and give the time of the next."""
        trigger = self._trigger
        async with self._running:
            began = self._now()
            due = trigger.schedule.next(began)
            request = {
                "Schedule": {"AdjustForDST": True},
                "ScheduleStatus": self._told(),
                "IsPastDue": is_past_due,
            }
            reason = f"Timer fired at {began.isoformat()}"
            await self._worker.invoke(trigger.function, Datum(json.dumps(request), "json"), reason=reason)
            self._save(began, due)
            return due

    def _told(self) -> dict[str, str] | None:
        if not self._is_monitored or not (status := self._state.timer(self._trigger.function.name)):
            return None
        last = (status.last or datetime.min.replace(tzinfo=UTC)).isoformat()
        return {"Last": last, "Next": status.next.isoformat(), "LastUpdated": status.updated.isoformat()}

    def _save(self, last: datetime | None, due: datetime) -> None:
        if self._is_monitored:
            status = TimerStatus(self._trigger.text, last, due, self._now())
            self._state.save_timer(self._trigger.function.name, status)
