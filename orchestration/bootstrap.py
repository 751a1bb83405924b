"""The composition root: the one place that chooses adapters. Nothing is reached yet; clients connect on first use."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from models.record import Json
from models.record_types import REGISTRY
from models.registry import Registry
from orchestration.adapters.azure_identity import AzureIdentity
from orchestration.adapters.blob_hints import BlobHints
from orchestration.adapters.blob_pauses import BlobPauses
from orchestration.adapters.blob_profiles import BlobProfiles
from orchestration.adapters.blob_record_cache import BlobRecordCache
from orchestration.adapters.blob_record_queue import BlobRecordQueue
from orchestration.adapters.blob_roll_ups import BlobRollUps
from orchestration.adapters.blob_storage import AzureBlobContainer, blob_service
from orchestration.adapters.data_key_seals import DataKeySeals
from orchestration.adapters.json_logs import use_json_logs
from orchestration.adapters.key_vault import KeyVaults
from orchestration.adapters.ordercloud_callers import OrderCloudCallers
from orchestration.adapters.ordercloud_marketplaces import OrderCloudMarketplaces
from orchestration.adapters.secrets import ReferencedSecrets
from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.adapters.system import SystemChance, SystemClock
from orchestration.circuits import Circuits
from orchestration.driving import drive
from orchestration.explaining import Explainer
from orchestration.fitting_events import FittingEventLog
from orchestration.limits import Limits
from orchestration.observing import observed
from orchestration.outbox import OutboxEventLog
from orchestration.pipeline import Pipeline
from orchestration.planning import Planner
from orchestration.ports import Callers, EventLog, Ports, Secrets, Telemetry
from orchestration.receipt import Intake
from orchestration.settings import Settings
from orchestration.statistics import Statistics
from orchestration.sweep import Sweep, SweepLimits
from orchestration.tracing import SILENT
from ordercloud import TokenVerifier, connection_pool

CHECK_SECONDS = 5.0

_log = logging.getLogger(__name__)

type Check = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The app, wired: what triggers call."""

    settings: Settings
    registry: Registry
    ports: Ports
    secrets: Secrets
    callers: Callers
    intake: Intake
    outbox: OutboxEventLog
    pipeline: Pipeline
    sweep: Sweep
    planner: Planner
    explainer: Explainer
    statistics: Statistics
    checks: dict[str, Check]
    closes: tuple[Check, ...]

    async def close(self) -> None:
        """Close connections and files; the app is not used after that."""
        for close in self.closes:
            await close()

    async def check(self) -> list[Json]:
        """Ask each dependency whether it is ready, all at once, and return what each said."""
        return list(await asyncio.gather(*(_checked(name, check) for name, check in self.checks.items())))


def bootstrap(settings: Settings) -> App:
    """Return the app for its settings; to be called inside the loop that will run it."""
    if settings.log_format == "json":
        use_json_logs()
    identity = AzureIdentity()
    service = blob_service(settings.storage_connection, settings.storage_blob_uri, identity.credential)
    queue = AzureBlobContainer(service, settings.queue_container)
    cache = AzureBlobContainer(service, settings.cache_container)
    profiles = AzureBlobContainer(service, settings.profiles_container)
    clock = SystemClock()
    vaults = KeyVaults(identity.credential)
    development = settings.environment == "development"
    secrets = ReferencedSecrets(os.environ, vaults, clock, development=development)
    key_secrets = ReferencedSecrets(os.environ, vaults, clock, development=False)  # a key is never given as it is
    http = connection_pool()
    log = _event_log(settings, secrets, identity)
    fitting = FittingEventLog(log, AzureBlobContainer(service, settings.events_container))
    outbox = OutboxEventLog(fitting, AzureBlobContainer(service, settings.outbox_container), clock)
    verifier = TokenVerifier(settings.ordercloud_api_url, http)
    told = Ports(
        queue=BlobRecordQueue(queue),
        cache=BlobRecordCache(cache),
        parked=BlobHints(AzureBlobContainer(service, settings.parked_container)),
        deadletters=BlobHints(AzureBlobContainer(service, settings.deadletters_container)),
        log=outbox,
        profiles=BlobProfiles(profiles, clock, development=development),
        pauses=BlobPauses(profiles, clock),
        marketplaces=OrderCloudMarketplaces(http, secrets, concurrency=settings.ordercloud_concurrency),
        circuits=Circuits(clock.elapsed),
        seals=DataKeySeals(key_secrets, settings.data_keys),
        clock=clock,
        chance=SystemChance(),
        telemetry=_telemetry(settings),
    )
    ports = observed(told, REGISTRY)
    limits = Limits(claim=settings.claim_seconds)
    pipeline = Pipeline(ports, REGISTRY, limits)
    roll_ups = BlobRollUps(AzureBlobContainer(service, settings.statistics_container))
    sweep_limits = SweepLimits(age=settings.sweep_age_seconds)
    planner = Planner(ports, REGISTRY, limits)
    return App(
        settings=settings,
        registry=REGISTRY,
        ports=ports,
        secrets=secrets,
        callers=OrderCloudCallers(verifier),
        intake=Intake(ports, REGISTRY),
        outbox=outbox,
        pipeline=pipeline,
        sweep=Sweep(ports, pipeline, partial(drive, pipeline), sweep_limits),
        planner=planner,
        explainer=Explainer(ports, planner),
        statistics=Statistics(ports, roll_ups, REGISTRY),
        checks={"queue": queue.check, "cache": cache.check, "event log": log.check, "OrderCloud": verifier.check},
        closes=(service.close, http.aclose, vaults.close, identity.close, log.close, ports.telemetry.close),
    )


class _Log(EventLog, Protocol):
    """An event log that can be checked and closed."""

    async def check(self) -> None: ...

    async def close(self) -> None: ...


def _event_log(settings: Settings, secrets: Secrets, identity: AzureIdentity) -> _Log:
    """Return the log that the settings choose; the SDK of Cosmos DB is loaded only for it."""
    if settings.event_log == "sqlite":
        return SqliteEventLog(Path(settings.event_log_path))
    from orchestration.adapters.cosmos_account import CosmosContainer, account_credential  # noqa: PLC0415 - as said
    from orchestration.adapters.cosmos_event_log import CosmosEventLog  # noqa: PLC0415 - as said

    credential = account_credential(settings.cosmos_key, secrets, identity.credential)
    endpoint, database, container = settings.cosmos_endpoint, settings.cosmos_database, settings.cosmos_container
    return CosmosEventLog(CosmosContainer(endpoint or "", credential, database, container))


def _telemetry(settings: Settings) -> Telemetry:
    """Return telemetry as it is set. What is wrong with it is logged, and keeps no record from OrderCloud."""
    if not settings.telemetry_is_on:
        return SILENT
    try:
        from orchestration.adapters.open_telemetry import open_telemetry  # noqa: PLC0415 - off, it costs nothing

        return open_telemetry(settings)
    except Exception as fault:  # noqa: BLE001 - the boundary of a part that nothing depends on
        _log.error("telemetry is off, since it cannot be set up: %s", type(fault).__name__)
        return SILENT  # the words of the fault may hold the connection string


async def _checked(name: str, check: Check) -> Json:
    """Run one check within its time. Whatever it raises is what the check found, so it is told and not raised."""
    started = time.monotonic()
    message = None
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as fault:  # noqa: BLE001 - a health check reports any fault
        message = type(fault).__name__  # anyone may ask; the words of a fault are for the log
        _log.warning("%s is not ready: %s", name, fault)
    return {"Name": name, "Ready": message is None, "Message": message, "Seconds": round(time.monotonic() - started, 3)}
