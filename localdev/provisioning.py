"""What the laptop itself does in storage: it makes what a function run never makes, the containers and the profiles."""

import json
from collections.abc import Iterable, Mapping

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient

from localdev.clients import LaptopClient

MARKETPLACE = "laptop"
CONTAINERS: Mapping[str, str] = {
    role: role for role in ("queue", "cache", "parked", "deadletters", "profiles", "events", "outbox", "statistics")
}
"""The container names by role."""

OWN_TIMEOUT = 97
"""The `timeout` query parameter that tells the laptop's own storage requests from the app's in Azurite's log."""


def provision(connection_string: str, clients: Iterable[LaptopClient], *, api: str, auth: str) -> None:
    """Make the containers that are missing and write the profiles anew: the sandbox's address may have changed."""
    with _service(connection_string) as service:
        for name in CONTAINERS.values():
            try:
                service.create_container(name, timeout=OWN_TIMEOUT)
            except ResourceExistsError:
                continue
        profiles = service.get_container_client(CONTAINERS["profiles"])
        for client in clients:
            if client.has_profile:
                content = json.dumps(client.profile(api, auth, MARKETPLACE), indent=1).encode()
                profiles.upload_blob(f"{client.client_id.lower()}.json", content, overwrite=True, timeout=OWN_TIMEOUT)


def queue_is_empty(connection_string: str) -> bool:
    """Tell whether no record is queued."""
    with _service(connection_string) as service:
        blobs = service.get_container_client(CONTAINERS["queue"]).list_blob_names(timeout=OWN_TIMEOUT)
        return next(iter(blobs), None) is None


def _service(connection_string: str) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(connection_string, api_version="2025-11-05")
