"""The sandbox as these tests use it: its clients, a running one, and signed-in HTTP clients for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from openapi.journals import calls_at_rest, expect_valid

from localdev.sandbox.process import SandboxProcess, running_sandbox

CLIENTS: list[dict[str, Any]] = [
    {
        "name": name,
        "client_id": f"{name.upper()}-CLIENT",
        "client_secret": f"{name}-secret",
        "user": {"ID": f"{name}-user", "Username": name, "UserType": kind, "Active": True, **company},
        "roles": roles,
    }
    for name, kind, company, roles in [
        ("seller", "admin", {}, ["FullAccess"]),
        ("reader", "admin", {}, ["ProductReader"]),
        ("pricing", "admin", {}, ["PriceScheduleAdmin", "PriceScheduleReader"]),
        ("acme", "supplier", {"SupplierID": "Acme"}, ["ProductAdmin", "PriceScheduleAdmin"]),
        ("globex", "supplier", {"SupplierID": "Globex"}, ["ProductAdmin", "PriceScheduleAdmin"]),
        ("shopper", "buyer", {"BuyerID": "Shop"}, ["ProductAdmin", "OrchestrationOperator"]),
    ]
]
# Plain HTTP: without this, httpx reads the machine's certificates for each call.
NO_TLS = False


@contextmanager
def running(state: Path, *options: str) -> Iterator[SandboxProcess]:
    """Run a sandbox with CLIENTS on a state directory; its answers must be as OrderCloud's API description says."""
    clients = state.parent / f"{state.name}-clients.json"
    clients.write_text(json.dumps(CLIENTS), encoding="utf-8")
    with running_sandbox(state, clients=clients, options=options) as sandbox:
        yield sandbox
    expect_valid(calls_at_rest(state), requests=False)


def token_answer(sandbox: SandboxProcess, name: str, **form: str) -> httpx.Response:
    """Ask for a token by client credentials; `form` adds or replaces fields."""
    client = next(one for one in CLIENTS if one["name"] == name)
    credentials = {key: client[key] for key in ("client_id", "client_secret")}
    data = {"grant_type": "client_credentials", **credentials, **form}
    return httpx.post(f"{sandbox.auth}/oauth/token", data=data, verify=NO_TLS)


@contextmanager
def signed_in(sandbox: SandboxProcess, name: str, **form: str) -> Iterator[httpx.Client]:
    """Give an HTTP client with a token, based on /v1."""
    token = token_answer(sandbox, name, **form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{sandbox.api}/v1", headers=headers, verify=NO_TLS) as client:
        yield client


def control(sandbox: SandboxProcess, method: str, path: str, body: Any = None) -> Any:
    """Make a control call that must succeed; return its JSON, if any. Nothing leaves the journal unchecked."""
    if (method, path) == ("DELETE", "/journal"):
        expect_valid(control(sandbox, "GET", "/journal")["Items"], requests=False)
    answer = httpx.request(method, f"{sandbox.control}{path}", json=body, verify=NO_TLS)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def errors(answer: httpx.Response) -> tuple[int, list[tuple[str, Any]]]:
    """Return the status, and code and data of each error."""
    return answer.status_code, [(one["ErrorCode"], one["Data"]) for one in answer.json()["Errors"]]
