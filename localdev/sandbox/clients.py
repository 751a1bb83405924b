"""The API clients of the sandbox: the file that lists them, and what is kept of them (never a secret in the clear)."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from localdev.sandbox.dates import written
from localdev.sandbox.store import Store

COMPANIES = {"supplier": "SupplierID", "buyer": "BuyerID"}


class SandboxUser(BaseModel):
    """The user an API client acts as."""

    model_config = ConfigDict(frozen=True)

    ID: str
    Username: str
    UserType: Literal["admin", "supplier", "buyer"]
    SupplierID: str | None = None
    BuyerID: str | None = None
    Active: bool = True

    @model_validator(mode="after")
    def _has_company(self) -> Self:
        field = COMPANIES.get(self.UserType)
        if field is not None and not getattr(self, field):
            raise ValueError(f"a {self.UserType} user needs {field}")
        return self


class SandboxClient(BaseModel):
    """One entry of the clients file."""

    model_config = ConfigDict(frozen=True)

    name: str
    client_id: str
    client_secret: str
    user: SandboxUser
    roles: tuple[str, ...]

    def kept(self) -> dict[str, Any]:
        """Return what the state keeps: everything, with a digest in place of the secret."""
        return {**self.model_dump(exclude={"client_secret"}), "active": True, "secret": digest(self.client_secret)}


class ClientChange(BaseModel):
    """What the control API may change: the user's Active, the client's own, its roles, its secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    Active: bool | None = None
    ClientActive: bool | None = None
    roles: tuple[str, ...] | None = None
    client_secret: str | None = None

    def applied(self, client: dict[str, Any]) -> dict[str, Any]:
        """Return a kept client with this change made."""
        changed = dict(client)
        if self.Active is not None:
            changed["user"] = {**client["user"], "Active": self.Active}
        if self.ClientActive is not None:
            changed["active"] = self.ClientActive
        if self.roles is not None:
            changed["roles"] = list(self.roles)
        if self.client_secret is not None:
            changed["secret"] = digest(self.client_secret)
        return changed


def digest(secret: str) -> str:
    """Return what is kept of a secret or a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def load_clients(file: Path) -> list[SandboxClient]:
    """Read a clients file; raise pydantic's error, which names the field, when it is not one."""
    # A message about a wrong entry must not show the secret in it.
    clients = TypeAdapter(list[SandboxClient], config=ConfigDict(hide_input_in_errors=True))
    return clients.validate_json(file.read_bytes())


def seed_clients(store: Store, clients: list[SandboxClient]) -> None:
    """Make these the clients of the state, and their suppliers and buyers known records of it."""
    now = written(datetime.now(UTC))
    with store.transaction():
        store.clear_clients()
        for client in clients:
            store.put_client(client.kept())
            for field, resource in (("SupplierID", "suppliers"), ("BuyerID", "buyers")):
                company = getattr(client.user, field)
                if company and store.get(resource, "", company) is None:
                    store.put(resource, "", {"ID": company, "Name": company, "Active": True, "DateCreated": now})
