"""OrderCloud through our own client, on answers made up here."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import httpx
import pytest
from fakes.clock import FakeClock
from fakes.profiles import MemorySecrets, profile_of

from orchestration.adapters.ordercloud_marketplaces import OrderCloudMarketplaces
from orchestration.failures import AccountFault, Unavailable
from orchestration.ports import Answer
from orchestration.profile import Profile
from orchestration.requests import Request
from ordercloud import connection_pool

READ = Request("GET", "/v1/products/BIKE")


class Api:
    """Gives a token for any secret and answers any call, all but the first `busy` well; keeps what was asked."""

    def __init__(self) -> None:
        self.tokens: list[tuple[str, str, str]] = []
        self.calls: list[httpx.Request] = []
        self.busy = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            form = parse_qs(request.content.decode())
            self.tokens.append((request.url.host, form["client_id"][0], form["client_secret"][0]))
            return httpx.Response(200, json={"access_token": f"token-{len(self.tokens)}", "expires_in": 600})
        self.calls.append(request)
        if len(self.calls) <= self.busy:
            return httpx.Response(502)
        return httpx.Response(200, json={"ID": "BIKE"})


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets(SECRET="first", OTHER="other")


@pytest.fixture
async def http(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with connection_pool(transport=httpx.MockTransport(api)) as pool:
        yield pool


async def read(marketplaces: OrderCloudMarketplaces, profile: Profile) -> Answer:
    return await marketplaces.connect(profile).send(READ, budget=5)


async def test_a_request_goes_out_as_it_is_with_its_trace(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets
) -> None:
    marketplaces = OrderCloudMarketplaces(http, secrets)
    request = Request("PATCH", "/v1/products/A%2FB", {"Name": "é"})
    answer = await marketplaces.connect(profile_of()).send(request, budget=5, traceparent="00-ab-cd-01")
    assert answer == Answer(200, {"ID": "BIKE"})
    (sent,) = api.calls
    assert (sent.method, str(sent.url), sent.headers["traceparent"], sent.headers["authorization"]) == (
        "PATCH",
        "https://api.test/v1/products/A%2FB",
        "00-ab-cd-01",
        "Bearer token-1",
    )
    await marketplaces.connect(profile_of()).send(READ, budget=5)
    assert "traceparent" not in api.calls[-1].headers
    assert api.tokens == [("auth.test", "erp", "first")]


async def test_an_answer_says_how_many_requests_it_took(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets
) -> None:
    api.busy = 2
    marketplaces = OrderCloudMarketplaces(http, secrets, clock=FakeClock())
    assert (await read(marketplaces, profile_of()), len(api.calls)) == (Answer(200, {"ID": "BIKE"}, requests=3), 3)


async def test_profiles_of_the_same_credentials_share_a_token(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets
) -> None:
    marketplaces = OrderCloudMarketplaces(http, secrets)
    await asyncio.gather(*(read(marketplaces, profile_of(Resource=resource)) for resource in ("seller", "buyer:B")))
    assert api.tokens == [("auth.test", "erp", "first")]


@pytest.mark.parametrize(
    "other",
    [
        {"client": "pim"},
        {"ClientSecret": "env:OTHER"},
        {"ApiUrl": "https://api2.test"},
        {"AuthUrl": "https://auth2.test"},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_other_credentials_have_a_token_of_their_own(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets, other: dict[str, str]
) -> None:
    marketplaces = OrderCloudMarketplaces(http, secrets)
    await read(marketplaces, profile_of())
    await read(marketplaces, profile_of(**other))
    assert len(api.tokens) == 2


async def test_a_rotated_secret_is_used_with_the_next_request(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets
) -> None:
    connection = OrderCloudMarketplaces(http, secrets).connect(profile_of())
    await connection.send(READ, budget=5)
    secrets.secrets["env:SECRET"] = "second"
    await connection.send(READ, budget=5)
    assert [secret for _, _, secret in api.tokens] == ["first", "second"]


async def test_only_the_clients_used_last_are_kept(api: Api, http: httpx.AsyncClient, secrets: MemorySecrets) -> None:
    marketplaces = OrderCloudMarketplaces(http, secrets, clients=2)
    for client in ("a", "b", "a", "c", "a", "b"):
        await read(marketplaces, profile_of(client))
    assert [client for _, client, _ in api.tokens] == ["a", "b", "c", "b"]


async def test_a_secret_that_does_not_resolve_is_a_fault_of_the_account_and_nothing_is_sent(
    api: Api, http: httpx.AsyncClient, secrets: MemorySecrets
) -> None:
    with pytest.raises(AccountFault) as fault:
        await read(OrderCloudMarketplaces(http, secrets), profile_of(ClientSecret="env:NONE"))
    assert (api.tokens, api.calls, fault.value.requests) == ([], [], 0)


class SlowSecrets:
    """Takes its time, by the clock or for ever."""

    def __init__(self, clock: FakeClock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds

    async def resolve(self, reference: str) -> str:
        if self._seconds is None:
            await asyncio.Event().wait()
        else:
            await self._clock.sleep(self._seconds)
        return "secret"


@pytest.mark.parametrize(
    ("seconds", "budget"), [(4.8, 5.0), (9.0, 5.0), (None, 0.01)], ids=["too little left", "nothing left", "for ever"]
)
async def test_the_time_that_a_secret_takes_is_part_of_the_budget(
    api: Api, http: httpx.AsyncClient, seconds: float | None, budget: float
) -> None:
    clock = FakeClock()
    marketplaces = OrderCloudMarketplaces(http, SlowSecrets(clock, seconds), clock=clock)
    with pytest.raises(Unavailable) as late:
        await marketplaces.connect(profile_of()).send(READ, budget=budget)
    assert not late.value.outcome_unknown
    assert api.calls == []
