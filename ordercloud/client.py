"""The OrderCloud client: one call at a time, with a token, within its budget, repeated only where that is safe."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import httpx

from ordercloud import answers
from ordercloud.clock import SYSTEM_CLOCK, Clock, Deadline
from ordercloud.credentials import Credentials
from ordercloud.errors import NotFoundError, OrderCloudError, ProtocolError, TransportError
from ordercloud.retries import BETWEEN, STANDARD, Between, Retrying, RetryPolicy
from ordercloud.tokens import TokenSource
from ordercloud.transport import Answer, Request, exchange

READS = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENT = READS | {"PUT", "PATCH", "DELETE"}


@dataclass(frozen=True, slots=True)
class Response:
    """What OrderCloud answered: the parsed JSON, or None for 204 and empty answers.

    `requests` is how many were sent for it, those for tokens aside.
    """

    status: int
    body: Any
    requests: int = 1


@dataclass(slots=True)
class _Call:
    """What one call has come to, over all its attempts."""

    method: str
    path: str
    params: Mapping[str, str] | None
    content: bytes | None
    headers: Mapping[str, str]
    idempotent: bool
    deadline: Deadline
    requests: int = 0
    unknown: bool = False
    renewed: bool = False

    @property
    def writes(self) -> bool:
        return self.method not in READS

    def repeatable(self, error: OrderCloudError) -> bool:
        return self.idempotent or not error.outcome_unknown

    def request(self, api_url: str, token: str) -> Request:
        headers = httpx.Headers(self.headers)  # names without case, so that nothing handed in is sent beside ours
        headers.update({"Accept": "application/json", "Authorization": f"Bearer {token}"})
        if self.content is not None:
            headers["Content-Type"] = "application/json"
        return Request(
            self.method, api_url, self.path, self.params, self.content, headers, writes=self.writes, hidden=(token,)
        )


class OrderCloudClient:
    """OrderCloud, reached with one pair of credentials over a connection pool that others share."""

    def __init__(  # noqa: PLR0913 - keyword-only but for two, each with a default
        self,
        credentials: Credentials,
        http: httpx.AsyncClient,
        *,
        retries: RetryPolicy = STANDARD,
        concurrency: int = 16,
        max_response_bytes: int = 10 * 1024 * 1024,
        clock: Clock = SYSTEM_CLOCK,
        between: Between = BETWEEN,
    ) -> None:
        self._api_url = credentials.api_url
        self._http = http
        self._tokens = TokenSource(credentials, http, clock)
        self._slots = asyncio.Semaphore(concurrency)
        self._max_bytes = max_response_bytes
        self._clock = clock
        self._retrying = Retrying(retries, clock, between)

    async def send(  # noqa: PLR0913 - keyword-only but for two, each with a default
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        budget: float | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Response:
        """Carry out one call; `path` begins with its version, `/v1/…`, and is percent-encoded.

        `budget` is the seconds that all of it may take (a slot, a token, attempts, waits); the policy's total time
        bounds it too. Reads, PUT, PATCH and DELETE are repeated after transient failures; a POST only when it was
        certainly not carried out, unless `idempotent` says that it is an upsert. A DELETE that finds nothing after an
        attempt of unknown outcome has succeeded: it answers 204.

        Raises:
            OrderCloudError: by what happened; `outcome_unknown` and `requests` cover all attempts of the call.
            ValueError, TypeError: the path could lead elsewhere than it says, or the body is no JSON.
        """
        call = _Call(
            method=method,
            path=_checked(path),
            params=params,
            content=None if body is None else json.dumps(body, allow_nan=False).encode(),
            headers=headers or {},
            idempotent=method in IDEMPOTENT if idempotent is None else idempotent,
            deadline=Deadline(self._clock, self._seconds(budget), method, path),
        )
        try:
            return await self._retrying.run(partial(self._attempt, call), call.deadline, call.repeatable)
        except OrderCloudError as error:
            if call.method == "DELETE" and call.unknown and isinstance(error, NotFoundError):
                return Response(HTTPStatus.NO_CONTENT, None, call.requests)
            raise error.of_call(call.requests, outcome_unknown=call.unknown) from error

    async def list_all(
        self, path: str, *, params: Mapping[str, str] | None = None, page_size: int = 100
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield all items of a list in the order of their IDs, which it pages by: exact however long the list is.

        Fit for lists that sort and filter by ID, so not for assignments; `params` may not use ID, sortBy or page.
        """
        after: Mapping[str, str] = {}
        while True:
            page = {**(params or {}), "page": "1", "pageSize": str(page_size), "sortBy": "ID", **after}
            answer = await self.send("GET", path, params=page)
            match answer.body:
                case {"Items": []}:
                    return
                case {"Items": [*items, {"ID": str(last)} as item]} if after != {"ID": f">{last}"}:
                    for each in (*items, item):
                        yield each
                    after = {"ID": f">{last}"}
                case _:
                    raise ProtocolError("answered without the next page of a list", method="GET", path=path)

    def _seconds(self, budget: float | None) -> float:
        total = self._retrying.policy.seconds
        return total if budget is None else min(budget, total)

    async def _attempt(self, call: _Call) -> Response:
        try:
            answer = await self._answer(call)
            if answer.status not in answers.OK:
                raise answers.refusal(answer, self._clock.now())
            return Response(answer.status, answers.body(answer), call.requests)
        except OrderCloudError as error:
            call.unknown |= error.outcome_unknown
            raise

    async def _answer(self, call: _Call) -> Answer:
        """Send the request with a token; once more with a new one if that was refused, the first time in a call."""
        token = await self._tokens.token()
        answer = await self._exchange(call, token)
        if answer.status != HTTPStatus.UNAUTHORIZED or call.renewed:
            return answer
        call.renewed = True
        self._tokens.invalidate(token)
        return await self._exchange(call, await self._tokens.token())

    async def _exchange(self, call: _Call, token: str) -> Answer:
        """Send the request when a slot is free, if there is time left for it then."""
        async with self._slots:
            call.deadline.require(self._retrying.policy.attempt_seconds)
            sent = 1
            try:
                return await exchange(self._http, call.request(self._api_url, token), max_bytes=self._max_bytes)
            except TransportError as error:
                sent = error.requests
                raise
            except asyncio.CancelledError:
                call.unknown |= call.writes
                raise
            finally:
                call.requests += sent


def _checked(path: str) -> str:
    """Return a path that stays below the API's host and is not rewritten on the way."""
    first, *segments = path.split("/")
    if first or not segments or {"", ".", ".."} & set(segments) or "?" in path or "#" in path:
        raise ValueError(f"not a path of OrderCloud's: {path[:100]!r}")
    return path
