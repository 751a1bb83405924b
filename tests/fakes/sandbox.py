"""OrderCloud's sandbox in this process, reached through our own client without a socket."""

import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from openapi.journals import expect_valid

from fakes.clock import FakeClock
from fakes.ordercloud import Call
from fakes.profiles import MemorySecrets, profile_of
from fakes.runs import Crash, Runs, Step, let_pass
from fakes.storage import Hook, do_nothing, let_others_run
from fakes.world import World
from localdev.sandbox.api import Api
from localdev.sandbox.clients import ClientChange, SandboxClient, seed_clients
from localdev.sandbox.connections import Connections
from localdev.sandbox.description import Description
from localdev.sandbox.engine import Engine
from localdev.sandbox.faults import Faults
from localdev.sandbox.inspection import overwrite, remove, state_of
from localdev.sandbox.resources import RESOURCES, Resource
from localdev.sandbox.server import ApiServer
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Tokens
from models.record import Json
from models.record_types import REGISTRY
from orchestration.adapters.ordercloud_marketplaces import OrderCloudMarketplaces
from orchestration.limits import Limits
from orchestration.observing import observed
from orchestration.paths import QueuePath
from orchestration.ports import Answer, OrderCloud, Telemetry
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.tracing import SILENT

URL = "https://api.test"
SECRET = "a secret of the sandbox's"
TIMES = ("DateCreated", "LastUpdated")


class SandboxOrderCloud:
    """The port Marketplaces, with the hooks and the record of calls that `FakeOrderCloud` has.

    Attributes:
        calls: every request, in the order of arrival.
        committed: the writes that were carried out.
        faults: its misbehaviour on demand.
        secrets: those of its clients, as the app has them.
    """

    def __init__(
        self,
        directory: Path,
        *profiles: Profile,
        clock: FakeClock,
        resources: Sequence[Resource] = RESOURCES,
        description: Description | None = None,
    ) -> None:
        self.store = Store(directory)
        self.store.add_key("test", _signing_key())
        self.faults = Faults()
        seed_clients(self.store, [_client_of(profile) for profile in profiles])
        self._clock, self._ids = clock, 0
        tokens = Tokens(self.store, url=URL, seconds=36_000)
        self._engine = Engine(
            self.store,
            description or _description(),
            resources,
            marketplace="acme",
            deep_xp=False,
            clock=clock.now,
            new_id=self._new_id,
        )
        server = ApiServer(Api(self._engine, tokens), self.store, self.faults, Connections(), clock.now)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=server))
        self.secrets = MemorySecrets(SECRET=SECRET)
        self._marketplaces = OrderCloudMarketplaces(self._http, self.secrets, clock=clock)
        self.calls: list[Call] = []
        self.committed: list[Call] = []
        self.before: Hook = let_others_run
        self.after: Hook = do_nothing

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials."""
        return _Connection(self, profile)

    async def send(self, profile: Profile, request: Request, budget: float, traceparent: str | None) -> Answer:
        """Carry out one request."""
        await self.before(request.method, request.path)
        call = Call(profile.client, request.method, request.path, request.body, traceparent)
        self.calls.append(call)
        answer = await self._marketplaces.connect(profile).send(request, budget=budget, traceparent=traceparent)
        if request.method != "GET":
            self.committed.append(call)
        await self.after(request.method, request.path)
        return answer

    @property
    def content(self) -> dict[str, Any]:
        """Everything that is there, by OrderCloud's resource names."""
        return state_of(self._engine)

    def edit(self, resource: str, path: str, **fields: Any) -> None:
        """Lay fields over a record, or make it, as somebody else would."""
        overwrite(self._engine, resource, path, fields)

    def drop(self, resource: str, path: str) -> None:
        """Have a record no more, as if somebody else had deleted it."""
        remove(self._engine, resource, path)

    def change_client(self, client: str, change: Json) -> None:
        """Change an API client, as the control API does it."""
        kept = self.store.client(client)
        assert kept is not None
        self.store.put_client(ClientChange.model_validate(change).applied(kept))

    async def close(self) -> None:
        """Close the file; every call must have been as OrderCloud's own API description wants it."""
        calls = self.store.calls(0) if self._engine.description is _description() else []
        await self._http.aclose()
        self.store.close()
        expect_valid(calls)

    def _new_id(self) -> str:
        self._ids += 1
        return f"generated-{self._ids}"


class _Connection:
    """The port OrderCloud for one profile."""

    def __init__(self, sandbox: SandboxOrderCloud, profile: Profile) -> None:
        self._sandbox = sandbox
        self._profile = profile

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request."""
        return await self._sandbox.send(self._profile, request, budget, traceparent)


class House(Runs):
    """The whole house on the sandbox in place of the fake."""

    def __init__(
        self, directory: Path, *profiles: Profile, limits: Limits | None = None, telemetry: Telemetry = SILENT
    ) -> None:
        profiles = profiles or (profile_of("erp"), profile_of("pim"))
        world = World(*profiles)
        self.sandbox = SandboxOrderCloud(directory, *profiles, clock=world.clock)
        super().__init__(
            world=world,
            limits=limits,
            ports=lambda ports: observed(replace(ports, marketplaces=self.sandbox, telemetry=telemetry), REGISTRY),
        )
        self.watch("ordercloud", self.sandbox)

    def calls(self) -> list[tuple[str, str, Json | None]]:
        """Return every OrderCloud request: method, path and body."""
        return [(call.method, call.path, call.body) for call in self.sandbox.calls]

    def made(self, since: int = 0) -> list[tuple[str, str]]:
        """Return the OrderCloud requests from a place in their order on: method and path."""
        return [(call.method, call.path) for call in self.sandbox.calls[since:]]

    def there(self, *resources: str) -> dict[str, Any]:
        """Return what OrderCloud has, without times; of all resources that have anything, or of some."""
        content = self.sandbox.content
        names = resources or tuple(name for name in sorted(content) if content[name])
        return {name: _timeless(content[name]) for name in names}

    async def dies(self, act: Callable[[], Awaitable[object]], when: Callable[[str, Step], bool]) -> bool:
        """Do something that dies at the first moment that is meant, before or after a request; tell whether it did.

        The claims of what died are over then.
        """
        self.before, self.after = _dying("before", when), _dying("after", when)
        died = False
        try:
            await act()
        except* Crash:
            died = True
        self.before = self.after = let_pass
        self.world.clock.advance(self.limits.claim + 1 if died else 0)
        return died

    def last_event(self, path: QueuePath) -> Json:
        """Return the last event of a record and source."""
        return [event.to_json() for event in self.log.written if event.path == path][-1]


def _dying(moment: str, when: Callable[[str, Step], bool]) -> Callable[[Step], Awaitable[None]]:
    async def die(step: Step) -> None:
        await let_pass(step)
        if when(moment, step):
            raise Crash

    return die


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if name not in TIMES}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


@functools.cache
def _description() -> Description:
    return Description.load()


@functools.cache
def _signing_key() -> str:
    """Return one key for all sandboxes of this process: making one takes longer than most tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _client_of(profile: Profile) -> SandboxClient:
    kind, _, company = profile.resource.partition(":")
    user: Json = {"ID": f"{profile.client}-user", "Username": f"{profile.client}@test.example"}
    user |= {
        "seller": {"UserType": "admin"},
        "supplier": {"UserType": "supplier", "SupplierID": company},
        "buyer": {"UserType": "buyer", "BuyerID": company},
    }[kind]
    return SandboxClient.model_validate(
        {"name": profile.client, "client_id": profile.client_id, "client_secret": SECRET, "user": user}
        | {"roles": ("FullAccess",)}
    )
