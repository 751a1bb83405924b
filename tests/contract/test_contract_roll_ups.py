"""The port RollUps, in memory and on Azurite."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from contract_storage import Storage

from orchestration.adapters.blob_roll_ups import BlobRollUps
from orchestration.roll_ups import HOUR, RollUp, Row

EIGHT = datetime(2026, 1, 31, 8, tzinfo=UTC)
ROW = Row(
    marketplace="shop",
    client="erp",
    record_type="product",
    outcomes={"Create": 2, "Unavailable": 1},
    made=4,
    saved=0,
    uncertain=1,
    lead=(0.5, 1.25),
)
ROLL_UP = RollUp(hour=EIGHT, counted_at=EIGHT + 2 * HOUR, events=3, whole=True, rows=(ROW, replace(ROW, lead=None)))


@pytest.fixture
def roll_ups(storage: Storage) -> BlobRollUps:
    return BlobRollUps(storage.container)


async def test_a_roll_up_is_kept_by_its_hour(roll_ups: BlobRollUps) -> None:
    assert await roll_ups.get(EIGHT) is None
    await roll_ups.put(ROLL_UP)
    assert await roll_ups.get(EIGHT) == ROLL_UP
    assert await roll_ups.get(EIGHT.astimezone(timezone(timedelta(hours=2)))) == ROLL_UP
    assert await roll_ups.get(EIGHT + HOUR) is None
    assert await roll_ups.get(EIGHT + 24 * HOUR) is None


async def test_a_roll_up_replaces_what_was_kept_of_its_hour(storage: Storage, roll_ups: BlobRollUps) -> None:
    await roll_ups.put(ROLL_UP)
    less = replace(ROLL_UP, rows=(), events=0, whole=False)
    storage.faults.lose_answer()
    await roll_ups.put(less)
    assert await roll_ups.get(EIGHT) == less


async def test_what_cannot_be_read_counts_as_nothing(storage: Storage, roll_ups: BlobRollUps) -> None:
    await roll_ups.put(ROLL_UP)
    [blob] = [blob async for blob in storage.container.list()]
    for content in (b"", b"{", b"[]", b'{"Format": 9}', b"\xff"):
        await storage.container.overwrite(blob.name, content)
        assert await roll_ups.get(EIGHT) is None
