"""One marketplace to test with: the fake, or the sandbox reached with our own client."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from fakes.ordercloud import FakeOrderCloud
from fakes.profiles import profile_of
from openapi.journals import calls_at_rest, expect_valid

from localdev.sandbox.process import SandboxProcess, running_sandbox
from orchestration.failures import Unavailable
from orchestration.ports import Marketplaces, OrderCloud
from orchestration.profile import Profile

MARKETPLACE = "SANDBOX"
CLIENTS: list[dict[str, Any]] = [
    {
        "name": name,
        "client_id": f"{name}-client",
        "client_secret": f"{name}-secret",
        "user": {"ID": f"{name}-user", "Username": name, "Active": True, **user},
        "roles": roles,
    }
    for name, user, roles in [
        ("seller", {"UserType": "admin"}, ["FullAccess"]),
        ("supplier", {"UserType": "supplier", "SupplierID": "Acme"}, ["ProductAdmin", "PriceScheduleAdmin"]),
        ("reader", {"UserType": "admin"}, ["ProductReader"]),
    ]
]
RESOURCES = {"seller": "seller", "supplier": "supplier:Acme", "reader": "seller"}


class Faults(Protocol):
    """What makes a marketplace misbehave once."""

    def lose_answer(self, method: str, path: str) -> None:
        """Carry out a request and lose its answer."""
        ...

    def throttle(self, method: str, path: str) -> None:
        """Answer a request with 429 and a Retry-After of 60 seconds."""
        ...


@dataclass(frozen=True)
class Marketplace:
    """One marketplace, and how its profiles reach it."""

    marketplaces: Marketplaces
    faults: Faults
    addresses: dict[str, str]

    def profile(self, name: str, **fields: Any) -> Profile:
        """Return one of the clients' profiles."""
        own = {"Marketplace": MARKETPLACE, "ClientSecret": f"env:{name}", "Resource": RESOURCES[name]}
        return profile_of(f"{name}-client", **own, **self.addresses, **fields)

    def connect(self, name: str = "seller") -> OrderCloud:
        """Return OrderCloud for one of the clients."""
        return self.marketplaces.connect(self.profile(name))


@dataclass(frozen=True)
class FakeFaults:
    """Faults of the fake."""

    ordercloud: FakeOrderCloud

    def lose_answer(self, method: str, path: str) -> None:
        self.ordercloud.lose_answer(method=method, path=path)

    def throttle(self, method: str, path: str) -> None:
        self.ordercloud.fail(Unavailable("throttled", retry_after=60.0, status=429), method=method, path=path)


@dataclass(frozen=True)
class SandboxFaults:
    """Faults of the sandbox, by its control API; a call that our client repeats meets no second fault."""

    control: str

    def lose_answer(self, method: str, path: str) -> None:
        self._order(method=method, path=path, kind="drop_after")

    def throttle(self, method: str, path: str) -> None:
        value = {"status": 429, "headers": {"Retry-After": "60"}, "body": {"Errors": []}}
        self._order(method=method, path=path, kind="status", value=value)

    def _order(self, *, path: str, **fault: Any) -> None:
        ordered = [{**fault, "path": f"{re.escape(path)}$", "times": 1}]
        httpx.post(f"{self.control}/faults", json=ordered, verify=False).raise_for_status()


@contextmanager
def sandbox_with_clients(state: Path) -> Iterator[SandboxProcess]:
    """Run a sandbox that knows the clients above; its answers must be as OrderCloud's API description says."""
    clients = state / "clients.json"
    clients.write_text(json.dumps(CLIENTS))
    with running_sandbox(state / "sandbox", clients=clients) as sandbox:
        yield sandbox
    expect_valid(calls_at_rest(state / "sandbox"), requests=False)
