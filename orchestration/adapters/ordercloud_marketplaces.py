"""OrderCloud through our own client: one client, and so one token, for each pair of credentials.

The one place that knows the client's errors.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

import httpx

from models.record import Json
from orchestration.failures import (
    AccountFault,
    Failure,
    IdExists,
    NotFound,
    RefusedByOrderCloud,
    Unavailable,
)
from orchestration.ports import Answer, Clock, OrderCloud, Secrets
from orchestration.profile import Profile
from orchestration.requests import Request
from ordercloud import (
    ApiError,
    AuthenticationError,
    ConflictError,
    Credentials,
    IdExistsError,
    InsufficientRolesError,
    NotFoundError,
    OrderCloudClient,
    OrderCloudError,
    RefusedError,
    ThrottledError,
    TransportError,
    UnavailableError,
)
from ordercloud.clock import SYSTEM_CLOCK

LONGEST_WAIT = 3_600.0
"""The most seconds of a Retry-After that are obeyed: an odd answer must not keep records waiting for days."""

CLIENTS = 256
"""How many clients are kept; beyond that, those used longest ago are made anew when they are needed again."""


class OrderCloudMarketplaces:
    """The port Marketplaces over a connection pool that all clients share; who opens the pool closes it."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        secrets: Secrets,
        *,
        concurrency: int = 16,
        clients: int = CLIENTS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._http = http
        self._secrets = secrets
        self._clock = clock
        self._concurrency = concurrency
        self._limit = clients
        self._clients: OrderedDict[Credentials, OrderCloudClient] = OrderedDict()

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials; no request is made yet."""
        return _Connection(self, profile)

    async def send(self, profile: Profile, request: Request, budget: float, headers: Mapping[str, str]) -> Answer:
        """Carry out one request as a profile's client, the reading of its secret included in the budget.

        Raises:
            Failure: by what happened.
        """
        began = self._clock.elapsed()
        client = await self._client(profile, budget)
        left = budget - (self._clock.elapsed() - began)
        try:
            response = await client.send(
                request.method,
                request.path,
                params=request.query,
                body=request.body,
                budget=left,
                headers=headers,
                idempotent=True if request.repeatable else None,
            )
        except OrderCloudError as error:
            raise failure_of(error) from error
        return Answer(response.status, response.body, response.requests)

    async def _client(self, profile: Profile, budget: float) -> OrderCloudClient:
        """Return the client of the profile's credentials as they are now; a changed secret makes another one."""
        try:
            async with asyncio.timeout(budget):
                secret = await self._secrets.resolve(profile.client_secret)
        except TimeoutError as error:
            raise Unavailable("the client's secret could not be read in time") from error
        credentials = Credentials(profile.api_url, profile.auth_url, profile.client_id, secret)
        client = self._clients.pop(credentials, None)
        if client is None:
            client = OrderCloudClient(credentials, self._http, concurrency=self._concurrency, clock=self._clock)
        self._clients[credentials] = client
        if len(self._clients) > self._limit:
            self._clients.popitem(last=False)
        return client


class _Connection:
    """The port OrderCloud for one profile."""

    def __init__(self, marketplaces: OrderCloudMarketplaces, profile: Profile) -> None:
        self._marketplaces = marketplaces
        self._profile = profile

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request within `budget` seconds; raise a Failure by what happened."""
        headers = {"traceparent": traceparent} if traceparent else {}
        return await self._marketplaces.send(self._profile, request, budget, headers)


def failure_of(error: OrderCloudError) -> Failure:
    """Return what an error of the client means for a posting.

    Raises:
        TypeError: the client has a class of errors that is not known here.
    """
    cause, errors = str(error), tuple(_as_given(each) for each in error.errors)
    status, unknown, sent = error.status, error.outcome_unknown, error.requests
    match error:
        case TransportError() | ThrottledError() | UnavailableError():
            wait = None if error.retry_after is None else min(error.retry_after, LONGEST_WAIT)
            return Unavailable(
                cause, errors=errors, status=status, outcome_unknown=unknown, requests=sent, retry_after=wait
            )
        case AuthenticationError() | InsufficientRolesError():
            return AccountFault(cause, errors=errors, status=status, outcome_unknown=unknown, requests=sent)
        case NotFoundError(object_type=kind, object_id=identifier):
            return NotFound(
                cause,
                errors=errors,
                status=status,
                outcome_unknown=unknown,
                requests=sent,
                object_type=kind,
                object_id=identifier,
            )
        case IdExistsError():
            return IdExists(cause, errors=errors, status=status, outcome_unknown=unknown, requests=sent)
        case ConflictError() | RefusedError():
            return RefusedByOrderCloud(cause, errors=errors, status=status, outcome_unknown=unknown, requests=sent)
        case _:
            raise TypeError(f"no failure is named for {type(error).__name__}")


def _as_given(error: ApiError) -> Json:
    """Return an error as OrderCloud's body gave it."""
    return {"ErrorCode": error.code, "Message": error.message, "Data": error.data}
