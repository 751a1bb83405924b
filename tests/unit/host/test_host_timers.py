import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from azure.functions.meta import Datum

from localdev.host.schedules import parse_schedule
from localdev.host.state import HostState, TimerStatus
from localdev.host.timers import Timer, TimerTrigger
from localdev.host.worker import Function

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
HOURLY, SECONDLY = "0 0 * * * *", "* * * * * *"


class WorkerOfThreeRuns:
    """Keeps what each run was given, and tells the timer to stop in the third."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.stopping = asyncio.Event()

    async def invoke(self, function: Function, trigger: Datum, *, reason: str) -> None:
        self.given.append(json.loads(trigger.value))
        if len(self.given) == 3:
            self.stopping.set()


@pytest.fixture
def host_state(tmp_path: Path) -> Iterator[HostState]:
    with HostState(tmp_path / "host.sqlite") as opened:
        yield opened


async def run(schedule: str, state: HostState) -> WorkerOfThreeRuns:
    worker = WorkerOfThreeRuns()
    function = Function("tick", "id", {"type": "timerTrigger", "name": "timer"})
    clock = count()
    # Each look at the clock finds it an hour later, so that whatever is waited for is due.
    timer = Timer(
        TimerTrigger(function, schedule, parse_schedule(schedule)),
        state,
        worker,  # type: ignore[arg-type]  # a fake that has what a timer calls
        lambda: NOW + next(clock) * HOUR,
    )
    await timer.run(worker.stopping)
    return worker


async def test_only_the_first_run_after_a_missed_one_is_past_due(host_state: HostState) -> None:
    host_state.save_timer("tick", TimerStatus(HOURLY, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR))
    worker = await run(HOURLY, host_state)
    assert [given["IsPastDue"] for given in worker.given] == [True, False, False]
    assert worker.given[0]["ScheduleStatus"] == {
        "Last": "2026-11-21T07:30:00+00:00",
        "Next": "2026-11-21T08:30:00+00:00",
        "LastUpdated": "2026-11-21T07:30:00+00:00",
    }


async def test_the_status_tells_of_the_last_run_and_the_next(host_state: HostState) -> None:
    await run(HOURLY, host_state)
    status = host_state.timer("tick")
    assert status is not None
    assert status.last is not None
    assert (status.schedule, status.next) == (HOURLY, parse_schedule(HOURLY).next(status.last))


async def test_a_timer_of_less_than_a_minute_keeps_no_status(host_state: HostState) -> None:
    host_state.save_timer("tick", TimerStatus(SECONDLY, None, NOW - HOUR, NOW - HOUR))
    worker = await run(SECONDLY, host_state)
    assert [(given["IsPastDue"], given["ScheduleStatus"]) for given in worker.given] == [(False, None)] * 3
    assert host_state.timer("tick") == TimerStatus(SECONDLY, None, NOW - HOUR, NOW - HOUR)
