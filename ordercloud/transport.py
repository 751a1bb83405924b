"""The one boundary to httpx: opens the connection pool, sends one request, reads a bounded answer.

Every httpx exception becomes a TransportError here and nowhere else. Knows nothing of tokens, retries or statuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from ordercloud.errors import (
    ConnectionFailedError,
    DeadlineExceededError,
    OrderCloudError,
    ProtocolError,
    TransportError,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `writes`: it may change data of OrderCloud's. `hidden`: texts that no error may show."""

    method: str
    base_url: str
    path: str
    params: Mapping[str, str] | None = None
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    writes: bool = False
    hidden: tuple[str, ...] = field(default=(), repr=False)

    def error[E: OrderCloudError](
        self, kind: type[E], what: str, *, outcome_unknown: bool = False, requests: int = 0
    ) -> E:
        """Return an error about this request; only a write can have an unknown outcome."""
        unknown = outcome_unknown and self.writes
        return kind(what, method=self.method, path=self.path, outcome_unknown=unknown, requests=requests)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request; no content when it was longer than the limit."""

    request: Request
    status: int
    retry_after: str | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What an httpx exception means: our error, and whether the request may have reached OrderCloud."""

    kind: type[TransportError]
    sent: bool


_LOST = Fault(ConnectionFailedError, sent=True)
_LATE = Fault(DeadlineExceededError, sent=True)
_ODD = Fault(ProtocolError, sent=True)
_NO_CONNECTION = Fault(ConnectionFailedError, sent=False)
_NEVER_SENT = Fault(ProtocolError, sent=False)
_LATE_TO_SEND = Fault(DeadlineExceededError, sent=False)

FAULTS: Mapping[type[Exception], Fault] = {
    httpx.ConnectError: _NO_CONNECTION,
    httpx.ProxyError: _NO_CONNECTION,
    httpx.ConnectTimeout: _LATE_TO_SEND,
    httpx.PoolTimeout: _LATE_TO_SEND,
    httpx.InvalidURL: _NEVER_SENT,
    httpx.UnsupportedProtocol: _NEVER_SENT,
    httpx.NetworkError: _LOST,
    httpx.ReadError: _LOST,
    httpx.WriteError: _LOST,
    httpx.CloseError: _LOST,
    httpx.TransportError: _LOST,
    httpx.TimeoutException: _LATE,
    httpx.ReadTimeout: _LATE,
    httpx.WriteTimeout: _LATE,
    httpx.ProtocolError: _ODD,
    httpx.LocalProtocolError: _ODD,
    httpx.RemoteProtocolError: _ODD,
    httpx.DecodingError: _ODD,
    httpx.TooManyRedirects: _ODD,
    httpx.HTTPStatusError: _ODD,
    httpx.RequestError: _ODD,
    httpx.HTTPError: _ODD,
    httpx.CookieConflict: _ODD,
    httpx.StreamError: _ODD,
    httpx.StreamConsumed: _ODD,
    httpx.StreamClosed: _ODD,
    httpx.ResponseNotRead: _ODD,
    httpx.RequestNotRead: _ODD,
}


def connection_pool(*, connections: int = 100, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the connection pool that all clients of a process share; who opens it closes it.

    The environment is not trusted: a proxy or a bundle of certificates set for other programs must not change where
    secrets go, nor come between a laptop and its own loopback address. Where a proxy is wanted, it is handed in as
    the transport. Cookies are refused, because the pool serves many credentials, and redirects are not followed,
    because they would carry the token along.
    """
    return httpx.AsyncClient(
        timeout=httpx.Timeout(20, connect=5, pool=5),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=30),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    )


async def exchange(http: httpx.AsyncClient, request: Request, *, max_bytes: int) -> Answer:
    """Send one request and read its answer, at most one network chunk beyond `max_bytes`.

    Raises:
        TransportError: no complete answer arrived; its `requests` is 0 where none was sent.
    """
    try:
        async with http.stream(
            request.method,
            request.base_url.rstrip("/") + request.path,
            params=request.params or None,
            content=request.content,
            headers=request.headers,
            follow_redirects=False,
        ) as response:
            content = await _bounded(response, max_bytes)
            return Answer(request, response.status_code, response.headers.get("Retry-After"), content)
    except tuple(FAULTS) as error:
        raise translated(error, request) from error


def translated(error: Exception, request: Request) -> TransportError:
    """Return our error for an exception of httpx, by the most specific entry of FAULTS.

    Only the operating system's words are repeated: those of a protocol error may quote a header.
    """
    fault = next(FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS)
    detail = f": {error}" if isinstance(error, httpx.NetworkError) and str(error) else ""
    what = type(error).__name__ + detail
    return request.error(fault.kind, what, outcome_unknown=fault.sent, requests=int(fault.sent))


async def _bounded(response: httpx.Response, limit: int) -> bytes | None:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)
