"""A clock that only moves when somebody sleeps, and an OrderCloud that answers as it is told and keeps what came."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ordercloud import Credentials, OrderCloudClient, RetryPolicy, connection_pool

API = "https://api.example.com"
AUTH = "https://auth.example.com"
SECRET = "s3cret/of+the.client"
CREDENTIALS = Credentials(API, AUTH, "CLIENT", SECRET, ("ProductAdmin", "PriceScheduleAdmin"))
STANDARD = RetryPolicy()
START = datetime(2026, 1, 1, 12, tzinfo=UTC)

type Step = httpx.Response | type[Exception] | Exception | Callable[[httpx.Request], Awaitable[httpx.Response]]


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000)

    def elapsed(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class FakeOrderCloud:
    """Answers each call with the next step, the last one for ever; tokens are T1, T2 … unless they have steps too."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.token_steps: list[Step] = []
        self.calls: list[httpx.Request] = []
        self.token_calls: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.token_calls.append(request)
            steps = self.token_steps or [token_answer(f"T{len(self.token_calls)}")]
        else:
            self.calls.append(request)
            steps = self.steps
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, type):
            raise step("as told")
        return step if isinstance(step, httpx.Response) else await step(request)

    @property
    def tokens_used(self) -> list[str]:
        return [call.headers["Authorization"].removeprefix("Bearer ") for call in self.calls]

    def pool(self) -> httpx.AsyncClient:
        return connection_pool(transport=httpx.MockTransport(self))


class Hanging:
    """A step that never ends; `begun` is set when it has begun."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.begun.set()
        return await asyncio.Future()


def client(
    ordercloud: FakeOrderCloud, clock: FakeClock | None = None, *, retries: RetryPolicy = STANDARD, **settings: Any
) -> OrderCloudClient:
    """Return a client whose waits are as long as they can be drawn."""
    return OrderCloudClient(
        CREDENTIALS,
        ordercloud.pool(),
        retries=retries,
        clock=clock or FakeClock(),
        between=lambda _, high: high,
        **settings,
    )


def token_answer(token: str, **fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "bearer", "expires_in": 600, **fields})


def refused(status: int, code: str = "Some.Code", data: Any = None, **headers: str) -> httpx.Response:
    errors = {"Errors": [{"ErrorCode": code, "Message": "Said so.", "Data": data}]}
    return httpx.Response(status, json=errors, headers=headers)


def answer(body: Any = None, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body if body is not None else {"ID": "A"}).encode())
