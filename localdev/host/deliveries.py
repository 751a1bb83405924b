"""The internal queue of the blob trigger: runs each message's function, again at once when it fails, else poisons it.

Messages live in the state file until they are finished, so a killed host runs them again when it is back.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from azure.core.exceptions import AzureError
from azure.functions.meta import Datum

from localdev.host.patterns import BlobPattern
from localdev.host.state import Event, HostState, Message
from localdev.host.storage import POISON_QUEUE, Blob, Storage
from localdev.host.worker import Function, Outcome, Worker

_STORAGE_RETRY_SECONDS = 1.0

logger = logging.getLogger("host.blobs")


@dataclass(frozen=True, slots=True)
class BlobTrigger:
    """A blob function, and the blobs it hears of."""

    function: Function
    storage: Storage
    pattern: BlobPattern
    event_grid: bool


class Deliveries:
    """The messages that wait, and the runs they lead to, for all blob functions of an app together."""

    def __init__(
        self, triggers: Mapping[str, BlobTrigger], state: HostState, worker: Worker, poison_threshold: int
    ) -> None:
        self._triggers = triggers
        self._state = state
        self._worker = worker
        self._threshold = poison_threshold
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        for message in state.messages():
            self.put(message)

    def put(self, message: Message, delay: float = 0) -> None:
        """Let a message of the state file be run, after some seconds."""
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self.put, message)
            return
        with suppress(asyncio.QueueShutDown):  # it stays in the state file for the next start
            self._queue.put_nowait(message)

    def stop(self) -> None:
        """Begin no more runs; those that have begun go on."""
        self._queue.shutdown(immediate=True)

    async def work(self) -> None:
        """Run one message after the other until `stop`; several of these side by side are the degree of parallelism."""
        while True:
            try:
                message = await self._queue.get()
            except asyncio.QueueShutDown:
                return
            try:
                await self._deliver(message)
            except AzureError:
                logger.warning("storage does not answer; %s comes round again", message.event.name, exc_info=True)
                self.put(message, _STORAGE_RETRY_SECONDS)

    async def invoke(self, trigger: BlobTrigger, blob: Blob, reason: str) -> Outcome:
        """Run a blob function once."""
        path = f"{blob.container}/{blob.name}"
        metadata = {
            "BlobTrigger": Datum(path, "string"),
            "Uri": Datum(json.dumps(blob.uri), "json"),
            "Properties": Datum(json.dumps(blob.properties), "json"),
            "Metadata": Datum(json.dumps(blob.metadata), "json"),
        }
        return await self._worker.invoke(trigger.function, Datum(blob.content, "bytes"), metadata, reason=reason)

    async def _deliver(self, message: Message) -> None:
        event = message.event
        trigger = self._triggers.get(event.function)
        blob = await _fetch(trigger, event) if trigger else None
        if trigger is None or blob is None:
            logger.info("%s does not run: %s is gone or was overwritten", event.function, event.name)
            self._state.finish(message)
            return
        begun = self._state.begin(message)
        if begun.attempts <= self._threshold:
            outcome = await self.invoke(trigger, blob, f"New blob detected: {event.container}/{event.name}")
            if outcome.ok:
                self._state.finish(message)
                return
        if begun.attempts < self._threshold:
            self.put(begun)
            return
        logger.error("%s failed %d times for %s: to %s", event.function, self._threshold, event.name, POISON_QUEUE)
        await trigger.storage.put_poison(poison_text(trigger.function, event))
        self._state.finish(message)


def poison_text(function: Function, event: Event) -> str:
    """Write the message that the real host leaves on the poison queue."""
    content = {
        "Type": "BlobTrigger",
        "FunctionId": function.full_name,
        "BlobType": "BlockBlob",
        "ContainerName": event.container,
        "BlobName": event.name,
        "ETag": f'"{event.etag}"',
    }
    return json.dumps(content, indent=2)


async def _fetch(trigger: BlobTrigger, event: Event) -> Blob | None:
    """Read the blob to run on; under polling only if it is still the version that was seen."""
    if not trigger.event_grid and await trigger.storage.version(event.container, event.name) != event.etag:
        return None
    return await trigger.storage.read(event.container, event.name)
