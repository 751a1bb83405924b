"""The port EventLog, in memory, on SQLite and on Cosmos DB: writing, and the newest events of a record."""

from contract_samples import event, path

from orchestration.paths import QueuePath
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


async def test_events_of_another_record_or_source_are_not_shown(log: EventLog) -> None:
    await log.write(event("1"))
    await log.write(event("2", key="CAR"))
    await log.write(event("3", client="pim"))
    assert [found["Version"] for found in await log.events(OWN, limit=5)] == ["1"]
    assert [found["Version"] for found in await log.events(QueuePath(path(), "PIM"), limit=5)] == ["3"]
