"""The ports Clock and Chance, the machine's own and the fakes."""

from datetime import timedelta

import pytest
from fakes.clock import FakeChance, FakeClock

from orchestration.adapters.system import SystemChance, SystemClock
from orchestration.ports import Chance, Clock


@pytest.mark.parametrize("clock", [FakeClock(), SystemClock()], ids=["fake", "system"])
async def test_both_readings_of_a_clock_move_on_while_somebody_sleeps(clock: Clock) -> None:
    now, elapsed = clock.now(), clock.elapsed()
    assert now.utcoffset() == timedelta(0)
    await clock.sleep(0.02)
    assert clock.now() > now
    assert clock.elapsed() - elapsed >= 0.019


@pytest.mark.parametrize("chance", [FakeChance(), SystemChance()], ids=["fake", "system"])
def test_names_differ_and_numbers_keep_to_their_bounds(chance: Chance) -> None:
    names = {chance.name() for _ in range(100)}
    assert len(names) == 100
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in names)
    assert all(2 <= chance.between(2, 3) <= 3 for _ in range(100))
    assert len({chance.between(2, 3) for _ in range(100)}) > 90
