"""The outbox beside the event log: no record waits for the log, no event is lost, no later one is overwritten."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.clock import START, FakeClock
from fakes.event_log import MemoryEventLog
from fakes.storage import MemoryContainer

from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.event import Event, Level
from orchestration.log_query import LogQuery
from orchestration.outbox import REFUSED, OutboxEventLog, OutboxLimits, outbox_content, outbox_event, outbox_name
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import EventRefusedError, StorageUnavailableError
from orchestration.versions import Version

PATH = QueuePath(RecordPath("acme", "product", ("BIKE",)), "erp")


def event(version: str = "1", *, seconds: float = 0, reason: str = "changed") -> Event:
    return Event(
        path=PATH,
        version=Version(version),
        attempt=1,
        time=START + timedelta(seconds=seconds),
        level=Level.ERROR,
        record_type="product",
        resource="seller",
        keys={"ID": "BIKE"},
        action=None,
        reason=reason,
        errors=({"ErrorCode": "X"},),
        posted={"Name": "\ud800", "Odd": [1.5, None]},
        calls=({"Method": "GET", "Path": "/x"},),
        durations={"Log": 0.5},
        replay=2,
    )


class DownLog(MemoryEventLog):
    """A log that fails as told; `tried` counts what it was asked to write."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = StorageUnavailableError("down")
        self.hangs = False
        self.refused: set[str] = set()
        self.tried = 0

    async def write(self, event: Event) -> None:
        await self._try(event)
        await super().write(event)

    async def write_all(self, events: Sequence[Event]) -> None:
        for each in events:
            await self.write(each)

    async def catch_up(self, event: Event) -> None:
        await self._try(event)
        await super().catch_up(event)

    async def _try(self, event: Event) -> None:
        self.tried += 1
        if self.hangs:
            await asyncio.Event().wait()
        if event.version.text in self.refused:
            raise EventRefusedError("never")
        if self.fault:
            raise self.fault


class House:
    """A log, its outbox, and the time."""

    def __init__(self, **limits: float) -> None:
        self.clock = FakeClock()
        self.inner = DownLog()
        self.blobs = MemoryContainer(self.clock)
        self.log = OutboxEventLog(self.inner, self.blobs, self.clock, OutboxLimits(**limits))  # type: ignore[arg-type]  # numbers

    async def versions(self) -> list[str]:
        return [each["Version"] for each in (await self.log.query(LogQuery(newest_first=False))).items]


@pytest.fixture
def house() -> House:
    return House()


async def test_while_the_log_is_up_the_outbox_is_asked_nothing(house):
    house.inner.fault = None
    await house.log.write(event("1"))
    await house.log.write_all([event("2", seconds=1)])
    assert (await house.versions(), house.blobs.requests) == (["1", "2"], [])
    assert await house.log.events(PATH, limit=1) == [event("2", seconds=1).to_json()]


async def test_what_the_log_does_not_take_goes_to_the_outbox_and_is_shipped_in_order(house):
    for version in ("2", "1", "3"):
        await house.log.write(event(version, seconds=int(version)))
    assert list(house.blobs.blobs) == [outbox_name(event(version, seconds=int(version))) for version in ("2", "1", "3")]
    house.inner.fault = None
    assert await house.log.ship() == 3
    assert ([each.version.text for each in house.inner.written], house.blobs.blobs) == (["1", "2", "3"], {})
    assert house.inner.written[0] == event("1", seconds=1)


async def test_a_log_that_is_down_is_left_alone_for_a_while(house):
    for version in "123":
        await house.log.write(event(version))
    assert house.inner.tried == 1
    house.clock.advance(10)
    await house.log.write(event("4"))
    assert house.inner.tried == 2
    house.inner.fault = None
    await house.log.write(event("5"))
    assert (house.inner.tried, len(house.blobs.blobs)) == (2, 5)
    assert await house.log.ship() == 5
    await house.log.write(event("6"))
    assert (await house.versions(), house.blobs.blobs) == (["1", "2", "3", "4", "5", "6"], {})


async def test_a_log_that_does_not_answer_is_waited_for_a_short_time_only():
    house = House(seconds=0.01)
    house.inner.hangs = True
    await house.log.write(event("1"))
    await house.log.write_all([event("2"), event("3")])
    assert (house.inner.tried, len(house.blobs.blobs)) == (1, 3)


async def test_a_sweep_that_finds_the_log_down_tries_it_once_and_loses_nothing(house):
    for version in "123":
        await house.log.write(event(version, seconds=int(version)))
    house.inner.tried = 0
    assert await house.log.ship() == 0
    assert (house.inner.tried, len(house.blobs.blobs)) == (1, 3)


async def test_a_sweep_ships_a_bounded_number(house):
    house = House(shipped=2)
    for version in "12345":
        await house.log.write(event(version, seconds=int(version)))
    house.inner.fault = None
    assert [await house.log.ship() for _ in range(4)] == [2, 2, 1, 0]
    assert [each.version.text for each in house.inner.written] == list("12345")


async def test_a_sweep_begins_to_ship_for_a_bounded_time(house):
    for version in "123":
        await house.log.write(event(version, seconds=int(version)))
    house.inner.fault = None

    async def take_long(method: str, _name: str) -> None:
        if method == "DELETE":
            house.clock.advance(20)

    house.blobs.after = take_long
    assert [await house.log.ship() for _ in range(2)] == [2, 1]


async def test_a_file_that_cannot_be_written_is_a_log_that_is_down(tmp_path):
    house = House()
    inner = SqliteEventLog(tmp_path / "missing" / "events.sqlite")
    log = OutboxEventLog(inner, house.blobs, house.clock)
    await log.write(event("1"))
    await log.write_all([event("2"), event("3")])
    (tmp_path / "missing").mkdir()
    assert await log.ship() == 3
    assert [each["Version"] for each in (await log.query(LogQuery(newest_first=False))).items] == ["1", "2", "3"]
    await inner.close()


async def test_a_rerun_that_the_log_took_meanwhile_stays(house):
    await house.log.write(event(reason="first", seconds=1))
    house.inner.fault = None
    house.clock.advance(10)
    await house.log.write(event(reason="rerun", seconds=11))
    assert await house.log.ship() == 1
    assert await house.log.events(PATH, limit=5) == [event(reason="rerun", seconds=11).to_json()]


async def test_what_is_caught_up_while_the_log_is_down_comes_over_no_later_run_either(house):
    await house.log.catch_up(event("1", seconds=1))
    house.inner.fault = None
    house.clock.advance(10)
    await house.log.write(event("1", seconds=2))
    assert await house.log.ship() == 1
    assert (await house.log.events(PATH, limit=2), house.blobs.blobs) == ([event("1", seconds=2).to_json()], {})


async def test_of_two_runs_in_the_outbox_the_later_one_stays(house):
    await house.log.write(event(reason="rerun", seconds=11))
    await house.log.write(event(reason="first", seconds=1))
    house.inner.fault = None
    assert await house.log.ship() == 2
    assert await house.log.events(PATH, limit=5) == [event(reason="rerun", seconds=11).to_json()]


async def test_shipping_again_after_a_crash_between_log_and_outbox_changes_nothing(house):
    await house.log.write(event("1"))
    kept = dict(house.blobs.blobs)
    house.inner.fault = None
    await house.log.ship()
    house.blobs.blobs.update(kept)
    assert await house.log.ship() == 1
    assert (await house.versions(), house.blobs.blobs) == (["1"], {})


async def test_what_was_written_anew_while_it_was_shipped_stays_in_the_outbox(house):
    await house.log.write(event("1"))
    house.inner.fault = None

    async def write_anew(method: str, name: str) -> None:
        if method == "GET":
            house.blobs.after = nothing
            await house.blobs.overwrite(name, outbox_content(event("1", reason="anew")))

    async def nothing(_method: str, _name: str) -> None:
        return

    house.blobs.after = write_anew
    await house.log.ship()
    assert list(house.blobs.blobs) == [outbox_name(event("1"))]
    assert await house.log.ship() == 1
    assert await house.log.events(PATH, limit=5) == [event("1", reason="anew").to_json()]


async def test_what_the_log_refuses_or_is_no_event_is_laid_aside_and_holds_up_nothing(house):
    for version in "12":
        await house.log.write(event(version, seconds=int(version)))
    await house.blobs.overwrite("0", b"no event")
    house.inner.fault, house.inner.refused = None, {"1", "9"}
    assert await house.log.ship() == 3
    await house.log.write(event("9"))
    assert sorted(house.blobs.blobs) == [
        f"{REFUSED}0",
        f"{REFUSED}{outbox_name(event('9'))}",
        f"{REFUSED}{outbox_name(event('1', seconds=1))}",
    ]
    assert (await house.versions(), await house.log.ship()) == (["2"], 0)


async def test_an_event_that_neither_takes_is_a_failure_of_the_caller(house):
    async def fail(_method: str, _name: str) -> None:
        raise StorageUnavailableError("storage")

    house.blobs.before = fail
    for write in (house.log.write(event()), house.log.write_all([event("1"), event("2")])):
        with pytest.raises(StorageUnavailableError, match="storage"):
            await write
    assert await house.log.ship() == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"Event": {}, "Replay": 0}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_event_are_told(content):
    with pytest.raises(ValueError, match="no event of the outbox"):
        outbox_event(content)


def test_an_event_comes_back_from_the_outbox_as_it_was():
    payloads = {"posted": {"Number": float("inf")}, "before": {"A": 1}, "diff": {"B": 2}, "result": {"C": 3}}
    texts = {"action": "Patch", "error_type": "NotOwner", "message": "m", "job_id": "job", "trace_id": "trace"}
    odd = replace(event(), level=Level.WARN, **payloads, **texts)
    assert outbox_event(outbox_content(odd)) == odd
    assert json.loads(outbox_content(odd))["Format"] == 1
