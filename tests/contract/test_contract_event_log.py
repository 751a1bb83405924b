"""The port EventLog, in memory, on SQLite and on Cosmos DB: writing, and the newest events of a record."""

import asyncio
from dataclasses import replace

from contract_samples import event, path

from orchestration.log_query import LogQuery
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import EventLog

OWN = QueuePath(path(), "erp")


async def test_a_record_has_no_events_at_first(log: EventLog) -> None:
    assert await log.events(OWN, limit=5) == []


async def test_an_event_is_read_as_it_was_written(log: EventLog) -> None:
    await log.write(event())
    assert await log.events(OWN, limit=5) == [event().to_json()]


async def test_an_event_of_the_same_id_is_overwritten_and_nothing_else(log: EventLog) -> None:
    await log.write(event("1"))
    await log.write(event("2", seconds=1))
    await log.write(event("1", seconds=2, reason="again"))
    assert await log.events(OWN, limit=5) == [
        event("1", seconds=2, reason="again").to_json(),
        event("2", seconds=1).to_json(),
    ]


async def test_the_newest_come_first_up_to_a_limit(log: EventLog) -> None:
    for version, seconds in [("1", 0.5), ("2", 3600), ("3", 0), ("4", 1)]:
        await log.write(event(version, seconds=seconds))
    assert [found["Version"] for found in await log.events(OWN, limit=3)] == ["2", "4", "1"]


async def test_of_events_at_one_moment_the_later_written_comes_first(log: EventLog) -> None:
    for version in ("1", "2", "3"):
        await log.write(event(version))
    assert [found["Version"] for found in await log.events(OWN, limit=3)] == ["3", "2", "1"]


async def test_of_events_at_one_moment_it_counts_when_they_were_written_not_their_ids(
    log: EventLog,
) -> None:
    for version in ("3", "1", "2"):
        await log.write(event(version))
    assert [found["Version"] for found in await log.events(OWN, limit=3)] == ["2", "1", "3"]


async def test_events_of_another_record_or_source_are_not_shown(log: EventLog) -> None:
    await log.write(event("1"))
    await log.write(event("2", key="CAR"))
    await log.write(event("3", client="pim"))
    assert [found["Version"] for found in await log.events(OWN, limit=5)] == ["1"]
    assert [found["Version"] for found in await log.events(QueuePath(path(), "PIM"), limit=5)] == ["3"]


async def test_an_event_is_read_exactly_as_it_was_written_whatever_its_values(log: EventLog) -> None:
    odd = {"Big": 12345678901234567890, "Half": "\ud800", "Quote": "\"'\\", "Zero": "\0", "Deep": [[[{"x": 0.1}]]]}
    written = replace(event(), posted=odd, keys={"ID": "Été/100% #?\\"}, message="\ud800")
    await log.write(written)
    assert await log.events(OWN, limit=5) == [written.to_json()]


async def test_events_are_written_at_once(log: EventLog) -> None:
    written = [event(str(number), key=f"K{number}", seconds=number) for number in range(40)]
    await log.write_all(written)
    assert (await log.query(LogQuery(size=100))).items == [each.to_json() for each in reversed(written)]


async def test_an_id_and_a_path_may_be_long(log: EventLog) -> None:
    path = QueuePath(RecordPath("unreadable", "unreadable", ("ü" * 300,)), "unknown")
    written = [replace(event(version), path=path, keys={}) for version in ("1", "2")]
    for each in written:
        await log.write(each)
    assert await log.events(path, limit=5) == [each.to_json() for each in reversed(written)]


async def test_a_late_event_is_stored_where_none_of_its_id_is(log: EventLog) -> None:
    await log.catch_up(event("1"))
    assert await log.events(OWN, limit=5) == [event("1").to_json()]


async def test_a_late_event_comes_over_an_earlier_one_of_its_id_and_never_over_a_later_one(log: EventLog) -> None:
    await log.write(event(seconds=1, reason="first"))
    await log.catch_up(event(seconds=2, reason="second"))
    assert await log.events(OWN, limit=5) == [event(seconds=2, reason="second").to_json()]
    await log.catch_up(event(seconds=1.5, reason="late"))
    assert await log.events(OWN, limit=5) == [event(seconds=2, reason="second").to_json()]
    await log.catch_up(event(seconds=2, reason="second"))
    assert await log.events(OWN, limit=5) == [event(seconds=2, reason="second").to_json()]


async def test_of_late_events_that_come_at_once_the_latest_stays(log: EventLog) -> None:
    await log.write(event())
    attempts = [event(seconds=second, reason=str(second)) for second in (3, 1, 4, 2)]
    await asyncio.gather(*(log.catch_up(each) for each in attempts))
    assert await log.events(OWN, limit=5) == [event(seconds=4, reason="4").to_json()]
