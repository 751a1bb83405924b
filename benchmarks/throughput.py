"""Measure the pipeline against its own I/O: the same requests on the same Azurite, SQLite and sandbox, with no logic.

Batches of both take turns, so that what slows the machine slows both.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.samples import TRACEPARENT, posted
from localdev.azurite import running_azurite
from localdev.clients import clients_file, laptop_clients
from localdev.provisioning import provision
from localdev.sandbox.process import running_sandbox
from models.record_types import REGISTRY
from orchestration.adapters.blob_storage import AzureBlobContainer, blob_service
from orchestration.authorisation import Caller
from orchestration.bootstrap import App, bootstrap
from orchestration.envelope import Envelope
from orchestration.event import Event, Level, event_of
from orchestration.receipt import Delivery
from orchestration.requests import Request
from orchestration.settings import Settings

BATCH = 60
ROUNDS = 6
CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Bench:
    """The app on real parts, and the bare containers that its requests go to."""

    app: App
    caller: Caller
    queue: AzureBlobContainer
    cache: AzureBlobContainer

    async def queued(self, start: int, weight: float) -> list[Envelope]:
        """Post a batch of products and return their envelopes; nothing has taken them up yet."""
        bodies: list[object] = [posted(number, weight) for number in range(start, start + BATCH)]
        receipt = await self.app.intake.post(self.caller, REGISTRY["product"], bodies, Delivery(TRACEPARENT))
        return [accepted.envelope for accepted in receipt.accepted]

    async def through_pipeline(self, envelope: Envelope) -> None:
        """Take one record through the pipeline."""
        await self.app.pipeline.run(envelope.path)

    async def without_logic(self, envelope: Envelope, *, changed: bool) -> None:
        """Issue the requests that the pipeline would, with bodies of the same size, and decide nothing."""
        name, record = str(envelope.path), str(envelope.path.record)
        queued, cached = await self.queue.read(name), await self.cache.read(record)
        if queued is None or cached is None:
            raise AssertionError("the batch was not prepared")
        if changed:
            etag = await self.cache.put(record, cached.content + b" ", cached.etag)
            await self.queue.etag(name)
            profile = await self.app.ports.profiles.get(self.caller.client)
            patch = Request("PATCH", f"/v1/products/{envelope.keys[0]}", {"ShipWeight": envelope.posted["ShipWeight"]})
            await self.app.ports.marketplaces.connect(profile).send(patch, budget=30, traceparent=TRACEPARENT)
            await self.cache.put(record, cached.content, etag)
        await self.app.ports.log.write(_event(envelope, self.app))
        await self.queue.delete(name, queued.etag)


def throughput_ratios() -> dict[str, tuple[float, float, float]]:
    """Return, for unchanged and changed records: records a second with logic, without it, and the ratio."""
    with tempfile.TemporaryDirectory(prefix="orchestrate-bench-") as directory, ExitStack() as parts:
        state = Path(directory)
        clients = laptop_clients(state)
        azurite = parts.enter_context(running_azurite(state))
        sandbox = parts.enter_context(running_sandbox(state / "sandbox", clients=clients_file(state)))
        provision(azurite.connection_string, clients, api=sandbox.api, auth=sandbox.auth)
        os.environ[clients[0].secret_variable] = clients[0].client_secret
        settings = Settings(
            storage_connection=azurite.connection_string,
            environment="development",
            ordercloud_api_url=sandbox.api,
            event_log_path=str(state / "events.sqlite"),
        )
        return asyncio.run(_measure(settings, clients[0].client_id.lower()))


async def _measure(settings: Settings, client: str) -> dict[str, tuple[float, float, float]]:
    app = bootstrap(settings)
    async with blob_service(settings.storage_connection, None, _no_credential) as service:
        queue, cache = (AzureBlobContainer(service, name) for name in ("queue", "cache"))
        bench = Bench(app, Caller(client, "admin", frozenset({"FullAccess"})), queue, cache)
        await _each(await bench.queued(0, 2.5), bench.through_pipeline)
        unchanged = await _compared(bench, changed=False)
        changed = await _compared(bench, changed=True)
    await app.close()
    return {"unchanged": unchanged, "changed": changed}


async def _compared(bench: Bench, *, changed: bool) -> tuple[float, float, float]:
    """Let batches with and without logic take turns and return the medians and their ratio."""
    with_logic: list[float] = []
    without: list[float] = []

    async def bare(envelope: Envelope) -> None:
        await bench.without_logic(envelope, changed=changed)

    for turn in range(ROUNDS):
        for way, times in ((bare, without), (bench.through_pipeline, with_logic)):
            batch = await bench.queued(0, 3.0 + turn if changed else 2.5)
            times.append(await _each(batch, way))
    rates = [BATCH / statistics.median(times) for times in (with_logic, without)]
    return rates[0], rates[1], rates[0] / rates[1]


async def _each(envelopes: list[Envelope], work: Callable[[Envelope], Awaitable[None]]) -> float:
    """Do the work for a batch, a few at a time, and return the seconds that it took."""
    places = asyncio.Semaphore(CONCURRENCY)

    async def bounded(envelope: Envelope) -> None:
        async with places:
            await work(envelope)

    started = time.perf_counter()
    await asyncio.gather(*(bounded(envelope) for envelope in envelopes))
    return time.perf_counter() - started


def _event(envelope: Envelope, app: App) -> Event:
    keys = REGISTRY["product"].named(envelope.keys)
    event = event_of(envelope, keys, app.ports.clock.now(), 1, Level.SUCCESS, "measured")
    return replace(event, before=envelope.posted, result=envelope.posted)


def _no_credential() -> Any:
    raise AssertionError("a connection string needs no credential")
