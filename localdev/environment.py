"""`orchestrate provision`: makes what the app's settings name and a function run never makes."""

import asyncio
from collections.abc import Mapping

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob.aio import BlobServiceClient

from orchestration.adapters.azure_identity import AzureIdentity
from orchestration.adapters.blob_storage import blob_service
from orchestration.settings import Settings

CONTAINER_SETTINGS = tuple(
    name for name in Settings.model_fields if name.endswith("_container") and "cosmos" not in name
)
"""The settings that name a container of blobs."""


class ProvisionError(Exception):
    """Something could not be made; the message names it, and holds no secret."""


def provision_environment(settings: Settings, *, max_throughput: int | None = None) -> dict[str, bool]:
    """Make what is missing; return each thing by its name, and whether it is new. May be repeated.

    `max_throughput` in RU/s lets a new container of Cosmos DB scale up to it.

    Raises:
        ProvisionError: storage is not reached, or refuses.
        StorageUnavailableError: so it is with Cosmos DB.
    """
    return asyncio.run(_provision(settings, max_throughput))


async def _provision(settings: Settings, max_throughput: int | None) -> dict[str, bool]:
    identity = AzureIdentity()
    made: dict[str, bool] = {}
    try:
        async with blob_service(settings.storage_connection, settings.storage_blob_uri, identity.credential) as service:
            for setting in CONTAINER_SETTINGS:
                name = str(getattr(settings, setting))
                made[f"blob container {name}"] = await _make_blob_container(service, name)
    finally:
        await identity.close()
    return {**made, **await _event_log(settings, max_throughput)}


async def _event_log(settings: Settings, max_throughput: int | None) -> Mapping[str, bool]:
    if settings.event_log != "cosmos":
        return {}
    from localdev.cosmos_provisioning import provision_event_log  # noqa: PLC0415 - its SDK takes a while to load

    return await provision_event_log(settings, max_throughput=max_throughput)


async def _make_blob_container(service: BlobServiceClient, name: str) -> bool:
    try:
        await service.create_container(name)
    except ResourceExistsError:
        return False
    except AzureError as error:
        raise ProvisionError(f"blob container {name}: {type(error).__name__}") from error
    return True
