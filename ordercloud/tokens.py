"""Access tokens by client credentials: fetched when needed, kept until shortly before they expire, never shown."""

import re
from urllib.parse import urlencode

import httpx

from ordercloud import answers
from ordercloud.cache import SingleFlightCache
from ordercloud.clock import Clock, Deadline
from ordercloud.credentials import Credentials
from ordercloud.errors import AuthenticationError, ProtocolError
from ordercloud.transport import Request, exchange

PATH = "/oauth/token"
MARGIN_SECONDS = 30
FLIGHT_SECONDS = 30
LEAST_LIFETIME = 600  # OrderCloud's shortest AccessTokenDuration, for an answer that does not say
MAX_BYTES = 64 * 1024
SENDABLE = re.compile(r"[\x21-\x7e]+")  # anything else cannot stand in a header, and the error would quote it


class TokenSource:
    """The current token of one pair of credentials. Callers that need one at the same time share one request.

    A request is made once: trying again is the business of the call that needs the token.
    """

    def __init__(self, credentials: Credentials, http: httpx.AsyncClient, clock: Clock) -> None:
        self._credentials = credentials
        self._http = http
        self._clock = clock
        self._cache: SingleFlightCache[str, str] = SingleFlightCache(clock, capacity=1)

    async def token(self) -> str:
        """Return a token that is valid for a while yet.

        Raises:
            AuthenticationError: the credentials were refused.
            TransportError, ThrottledError, UnavailableError: no token for now.
        """
        return await self._cache.get(PATH, self._fetch)

    def invalidate(self, token: str) -> None:
        """Have the next caller fetch a new token, unless this one has been replaced already."""
        self._cache.forget(PATH, token)

    async def _fetch(self) -> tuple[str, float]:
        request = _request(self._credentials)
        async with Deadline(self._clock, FLIGHT_SECONDS, request.method, request.path).enforced():
            answer = await exchange(self._http, request, max_bytes=MAX_BYTES)
        if answer.status not in answers.OK:
            raise answers.refusal(answer, self._clock.now(), definite=AuthenticationError)
        match answers.body(answer):
            case {"access_token": str(token), **rest} if SENDABLE.fullmatch(token):
                lifetime = rest.get("expires_in")
                seconds = lifetime if isinstance(lifetime, int | float) else LEAST_LIFETIME
                return token, seconds - MARGIN_SECONDS
            case _:
                raise request.error(ProtocolError, "answered without an access token")


def _request(credentials: Credentials) -> Request:
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    if credentials.roles:
        form["scope"] = " ".join(credentials.roles)
    return Request(
        "POST",
        credentials.auth_url,
        PATH,
        content=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        hidden=tuple(filter(None, [credentials.client_secret])),
    )
