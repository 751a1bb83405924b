import asyncio
import gc

import pytest
from ordercloud_fakes import FakeClock

from ordercloud.cache import SingleFlightCache


class Loader:
    """Counts its loads; each ends when the gate is open, with what was told."""

    def __init__(self, seconds: float = 10) -> None:
        self.count = 0
        self.seconds = seconds
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self) -> tuple[int, float]:
        self.count += 1
        await self.gate.wait()
        if self.error:
            raise self.error
        return self.count, self.seconds


async def test_all_who_ask_at_once_share_one_load():
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 1)
    assert await asyncio.gather(*(cache.get("a", load) for _ in range(50))) == [1] * 50


async def test_a_value_is_kept_as_long_as_its_load_said_counted_from_before_the_load():
    clock = FakeClock()
    cache = SingleFlightCache[str, int](clock, 1)
    load = Loader(seconds=10)

    async def slow() -> tuple[int, float]:
        clock.seconds += 4
        return await load()

    seen = [await cache.get("a", slow)]
    for step in (5.9, 0.1):
        clock.seconds += step
        seen.append(await cache.get("a", slow))
    assert seen == [1, 1, 2]


async def test_a_caller_that_leaves_does_not_take_the_load_along():
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 1)
    load.gate.clear()
    first, second = (asyncio.create_task(cache.get("a", load)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    load.gate.set()
    assert await second == 1
    assert first.cancelled()


async def test_a_failure_is_everybody_s_and_is_not_remembered():
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 1)
    load.error = LookupError("no")
    results = await asyncio.gather(cache.get("a", load), cache.get("a", load), return_exceptions=True)
    assert results == [load.error] * 2
    load.error = None
    assert await cache.get("a", load) == 2


async def test_a_failure_that_nobody_waits_for_any_more_is_not_complained_about():
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 1)
    load.error = LookupError("no")
    load.gate.clear()
    only = asyncio.create_task(cache.get("a", load))
    await asyncio.sleep(0)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    load.gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    del only
    gc.collect()  # asyncio complains when it finds that a failed task is thrown away
    assert complaints == []


async def test_those_asked_for_last_stay():
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 2)
    for key in ("a", "b", "a", "c"):
        await cache.get(key, load)
    assert [await cache.get(key, load) for key in ("a", "c")] == [1, 3]
    assert await cache.get("b", load) == 4


async def test_only_the_value_that_is_meant_is_forgotten():
    load, cache = Loader(), SingleFlightCache[str, int](FakeClock(), 1)
    await cache.get("a", load)
    cache.forget("a", 99)
    assert await cache.get("a", load) == 1
    cache.forget("a", 1)
    assert await cache.get("a", load) == 2
    cache.forget("a", 1)
    assert await cache.get("a", load) == 2
