"""Finds new blobs: lists a container again and again, and turns each version not yet heard of into messages.

Stands for both sources of the blob trigger. A function that polls hears of the names that its path takes; one on
Event Grid of every blob of its container, as there a subscription's filter alone would hold names back.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from azure.core.exceptions import AzureError

from localdev.host.deliveries import BlobTrigger, Deliveries
from localdev.host.faults import FaultDice
from localdev.host.state import Event, HostState
from localdev.host.storage import Storage

# Azurite's listing slows down as it fills: a quiet container is asked less often.
_BUSY_SECONDS = 5.0
_QUIET_FACTOR = 2.0

logger = logging.getLogger("host.blobs")


class ContainerPoll:
    """The poll of one container, for all functions that watch it."""

    def __init__(  # noqa: PLR0913 - its collaborators, given once by the composition root
        self,
        storage: Storage,
        container: str,
        triggers: Sequence[BlobTrigger],
        *,
        state: HostState,
        deliveries: Deliveries,
        dice: FaultDice,
        poll_seconds: float,
    ) -> None:
        self._storage = storage
        self._container = container
        self._state = state
        self._deliveries = deliveries
        self._dice = dice
        self._poll_seconds = poll_seconds
        self._seen = [(trigger, state.receipts(trigger.function.name, container)) for trigger in triggers]

    async def run(self, stopping: asyncio.Event) -> None:
        """Scan until told to stop, gently: more slowly when nothing happens or a scan takes long."""
        busy_until = 0.0
        while not stopping.is_set():
            started = time.monotonic()
            try:
                if await self.scan():
                    busy_until = started + _BUSY_SECONDS
            except AzureError:
                logger.warning("the container %s cannot be listed; trying again", self._container, exc_info=True)
            now = time.monotonic()
            pause = self._poll_seconds if now < busy_until else self._poll_seconds * _QUIET_FACTOR
            await wait_for(stopping, max(pause, now - started))

    async def scan(self) -> int:
        """List the container once, notify each function of what is new to it, and say how many events there were."""
        versions = await self._storage.versions(self._container)
        return sum(self._notify(trigger, seen, versions) for trigger, seen in self._seen)

    def _notify(self, trigger: BlobTrigger, seen: dict[str, str], versions: dict[str, str]) -> int:
        function = trigger.function.name
        new = {
            name: etag
            for name, etag in versions.items()
            if seen.get(name) != etag and (trigger.event_grid or trigger.pattern.takes(name))
        }
        if gone := seen.keys() - versions.keys():
            self._state.forget(function, self._container, gone)
            for name in gone:
                del seen[name]
        delays = {Event(function, self._container, name, etag): self._dice.delays() for name, etag in new.items()}
        messages = self._state.notify((event, len(times)) for event, times in delays.items())
        for message, delay in zip(messages, (delay for times in delays.values() for delay in times), strict=True):
            self._deliveries.put(message, delay)
        seen.update(new)
        return len(new)


async def wait_for(stopping: asyncio.Event, seconds: float) -> None:
    """Wait some seconds, or less when told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
