"""A bounded cache of values that are loaded on demand, once for all who ask at the same time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from ordercloud.clock import Clock

type Load[V] = Callable[[], Awaitable[tuple[V, float]]]
"""Loads a value and says for how many seconds, counted from before the load, it may be kept."""


class SingleFlightCache[K: Hashable, V]:
    """Keeps at most `capacity` values, those asked for last.

    A load outlives the caller that began it: one caller's cancellation is not another's failure. A load that fails
    fails for all who wait for it and is not remembered.
    """

    def __init__(self, clock: Clock, capacity: int) -> None:
        self._clock = clock
        self._capacity = capacity
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._flights: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, load: Load[V]) -> V:
        """Return the value that is kept, else what `load`, or a load already under way, brings."""
        kept = self._kept.get(key)
        if kept is not None and self._clock.elapsed() < kept[1]:
            self._kept.move_to_end(key)
            return kept[0]
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._fly(key, load))
            flight.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(flight)

    def keep(self, key: K, value: V, seconds: float) -> None:
        """Keep a value from now on, whatever was kept before."""
        self._keep(key, value, self._clock.elapsed() + seconds)

    def forget(self, key: K, value: V) -> None:
        """Drop the value, unless another one has taken its place."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == value:
            del self._kept[key]

    async def _fly(self, key: K, load: Load[V]) -> V:
        started = self._clock.elapsed()
        value, seconds = await load()
        self._keep(key, value, started + seconds)
        return value

    def _keep(self, key: K, value: V, until: float) -> None:
        self._kept[key] = (value, until)
        self._kept.move_to_end(key)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def _land(self, key: K, flight: asyncio.Task[V]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # seen, also when every caller has gone: asyncio warns about errors nobody looked at
