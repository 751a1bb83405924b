"""What the contract suites run against: each port in memory, and on what it really uses."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from contract_cosmos import Cosmos, cosmos_account
from contract_marketplace import CLIENTS, FakeFaults, Marketplace, SandboxFaults, sandbox_with_clients
from contract_storage import Account, Storage, Wire, no_credential
from fakes.event_log import MemoryEventLog
from fakes.ordercloud import FakeOrderCloud
from fakes.profiles import MemorySecrets
from fakes.storage import MemoryContainer

from localdev.azurite import Azurite
from localdev.processes import ChildError
from localdev.sandbox.process import SandboxProcess
from orchestration.adapters.blob_storage import blob_service
from orchestration.adapters.ordercloud_marketplaces import OrderCloudMarketplaces
from orchestration.adapters.sqlite_event_log import SqliteEventLog
from orchestration.ports import EventLog
from ordercloud import connection_pool


@pytest.fixture(scope="session")
def running_storage(request: pytest.FixtureRequest) -> Azurite:
    """Give Azurite; where it cannot run the tests are skipped, but never in CI."""
    try:
        azurite: Azurite = request.getfixturevalue("azurite")
    except (ChildError, OSError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Azurite does not run on this machine: {error}")
    return azurite


@pytest.fixture
async def account(running_storage: Azurite) -> AsyncIterator[Account]:
    wire = Wire()
    async with blob_service(running_storage.connection_string, None, no_credential, wire) as service:
        yield Account(service, wire)


@pytest.fixture(params=["memory", "azurite"])
async def storage(request: pytest.FixtureRequest, fresh_name: Callable[[str], str]) -> AsyncIterator[Storage]:
    """One empty container, in memory and in Azurite."""
    if request.param == "memory":
        memory = MemoryContainer()
        yield Storage(memory, memory)
        return
    running: Azurite = request.getfixturevalue("running_storage")
    wire = Wire()
    async with blob_service(running.connection_string, None, no_credential, wire) as service:
        container = await Account(service, wire).container(fresh_name("contract"))
        yield Storage(container, wire)


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for each test process; tests keep apart by using records of their own."""
    with sandbox_with_clients(tmp_path_factory.mktemp("contract-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
async def sandbox(running_sandbox: SandboxProcess) -> AsyncIterator[Marketplace]:
    """Reach the sandbox with our own client."""
    secrets = MemorySecrets(**{client["name"]: client["client_secret"] for client in CLIENTS})
    addresses = {"ApiUrl": running_sandbox.api, "AuthUrl": running_sandbox.auth}
    async with connection_pool() as http:
        yield Marketplace(OrderCloudMarketplaces(http, secrets), SandboxFaults(running_sandbox.control), addresses)


@pytest.fixture(params=["fake", "sandbox"])
def marketplace(request: pytest.FixtureRequest) -> Marketplace:
    """One marketplace, in memory and in the sandbox."""
    if request.param == "fake":
        fake = FakeOrderCloud()
        return Marketplace(fake, FakeFaults(fake), {})
    found: Marketplace = request.getfixturevalue("sandbox")
    return found


@pytest.fixture(scope="session")
def cosmos() -> Iterator[Cosmos]:
    """Give a Cosmos DB account: the one that the environment names, else the stand-in."""
    with cosmos_account() as account:
        yield account


@pytest.fixture(params=["memory", "sqlite", "cosmos"])
async def log(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_name: Callable[[str], str]
) -> AsyncIterator[EventLog]:
    """One empty event log: in memory, in a SQLite file, in Cosmos DB."""
    match request.param:
        case "memory":
            yield MemoryEventLog()
        case "sqlite":
            sqlite = SqliteEventLog(tmp_path / "events.sqlite")
            yield sqlite
            await sqlite.close()
        case "cosmos":
            async with request.getfixturevalue("cosmos").log(fresh_name("events")) as cosmos_log:
                yield cosmos_log
