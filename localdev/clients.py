"""The API clients of a laptop: who may ask the sandbox for a token, and on whose behalf each one writes.

Their ids and secrets are made once for a state directory and kept there, in a file that only its owner may read.
"""

import json
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

ROLES = (
    *("ProductAdmin", "ProductAssignmentAdmin", "ProductFacetAdmin", "PriceScheduleAdmin", "CatalogAdmin"),
    *("CategoryAdmin", "InventoryAdmin", "BuyerAdmin", "BuyerUserAdmin", "UserGroupAdmin", "AddressAdmin"),
    *("CostCenterAdmin", "AdminAddressAdmin", "SupplierAdmin", "SupplierUserAdmin", "SupplierAddressAdmin"),
    *("FullAccess", "OrchestrationOperator"),
)
"""Every role that a record type or a route of ours asks for."""
SUPPLIER_ROLES = (
    *("ProductAdmin", "PriceScheduleAdmin", "CatalogAdmin", "CategoryAdmin"),
    *("SupplierAdmin", "SupplierUserAdmin", "SupplierAddressAdmin"),
)
BUYER_ROLES = ("BuyerAdmin", "BuyerUserAdmin", "UserGroupAdmin", "AddressAdmin", "CostCenterAdmin")


@dataclass(frozen=True, slots=True)
class LaptopClient:
    """One API client: its credentials, the resource that it writes for, and the roles of its user."""

    name: str
    client_id: str
    client_secret: str
    resource: str
    roles: tuple[str, ...]
    has_profile: bool = True
    policies: Mapping[str, str] = field(default_factory=dict)

    @property
    def secret_variable(self) -> str:
        """The environment variable by which the client's profile refers to its secret."""
        return secret_variable(self.name)

    def sandbox_entry(self) -> dict[str, Any]:
        """Return the client as the sandbox's file of clients has it."""
        kind, _, company = self.resource.partition(":")
        user = {"ID": f"{self.name}-user", "Username": f"{self.name}@laptop.example", "Active": True}
        user |= {
            "seller": {"UserType": "admin"},
            "supplier": {"UserType": "supplier", "SupplierID": company},
            "buyer": {"UserType": "buyer", "BuyerID": company},
        }[kind]
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        return {"name": self.name, **credentials, "user": user, "roles": list(self.roles)}

    def profile(self, api: str, auth: str, marketplace: str) -> dict[str, Any]:
        """Return the client's integration profile; its secret is a reference."""
        return {
            "Marketplace": marketplace,
            "ApiUrl": api,
            "AuthUrl": auth,
            "ClientID": self.client_id,
            "ClientSecret": f"env:{self.secret_variable}",
            "Resource": self.resource,
            "Policies": dict(self.policies),
        }


def _wanted() -> tuple[LaptopClient, ...]:
    """Return the clients as a new state directory has them, each with new credentials."""

    def client(name: str, resource: str, *roles: str, **more: Any) -> LaptopClient:
        return LaptopClient(name, str(uuid.uuid4()).upper(), secrets.token_urlsafe(32), resource, roles, **more)

    return (
        client("seller", "seller", *ROLES),
        client("pim", "seller", "ProductAdmin", "PriceScheduleAdmin"),
        client("watcher", "seller", "ProductAdmin", "PriceScheduleAdmin", policies={"Refresh": "always"}),
        client("supplier", "supplier:acme", *SUPPLIER_ROLES),
        client("reader", "seller", "ProductReader", "PriceScheduleReader"),
        client("operator", "seller", "OrchestrationOperator", "ProductReader"),
        client("buyer", "buyer:fabrikam", "ProductAdmin", *BUYER_ROLES),
        client("stranger", "seller", "ProductAdmin", has_profile=False),
    )


def laptop_clients(state: Path) -> tuple[LaptopClient, ...]:
    """Return the clients of a state directory, made now if it has none yet."""
    file = clients_file(state)
    kept = {entry["name"]: entry for entry in json.loads(file.read_text())} if file.exists() else {}
    clients = tuple(
        replace(each, client_id=kept[each.name]["client_id"], client_secret=kept[each.name]["client_secret"])
        if each.name in kept
        else each
        for each in _wanted()
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        json.dump([client.sandbox_entry() for client in clients], output, indent=1)
    return clients


def secret_variable(name: str) -> str:
    """Return the environment variable by which a client's profile refers to its secret."""
    return f"ORCHESTRATION_SECRET_{name.upper()}"


def clients_file(state: Path) -> Path:
    """Return the file of a state directory that holds the development keys."""
    return state / "keys" / "clients.json"


def shown(client: LaptopClient) -> dict[str, Any]:
    """Return a client as the ready line shows it."""
    entry = asdict(client)
    return {name: entry[name] for name in ("name", "client_id", "client_secret", "resource", "roles")}
