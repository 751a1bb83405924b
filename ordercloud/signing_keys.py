"""OrderCloud's public keys, by key id, from the configured host alone; guards it against floods of invented ids."""

import re
from collections import deque

import httpx
import jwt

from ordercloud import answers
from ordercloud.cache import SingleFlightCache
from ordercloud.clock import Deadline
from ordercloud.errors import ProtocolError, ThrottledError
from ordercloud.retries import Retrying
from ordercloud.transport import Answer, Request, exchange

KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
CAPACITY = 100
KEPT_SECONDS = 24 * 3600
UNKNOWN_SECONDS = 60
FETCHES, FETCHES_SECONDS = 10, 60
CALL_SECONDS = 10
MAX_BYTES = 64 * 1024


class SigningKeys:
    """The keys in use stay, and can be used, while ids that nobody has seen before come in."""

    def __init__(self, api_url: str, http: httpx.AsyncClient, retrying: Retrying) -> None:
        self._api_url = api_url
        self._http = http
        self._retrying = retrying
        self._cache: SingleFlightCache[str, jwt.PyJWK | None] = SingleFlightCache(retrying.clock, CAPACITY)
        self._fetched: deque[float] = deque(maxlen=FETCHES)

    async def get(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key with an id that KEY_ID matches, or None when OrderCloud has none.

        Raises:
            ThrottledError: too many ids were asked for lately.
            TransportError, UnavailableError: OrderCloud cannot tell for now.
        """
        return await self._cache.get(key_id, lambda: self._fetch(key_id))

    async def _fetch(self, key_id: str) -> tuple[jwt.PyJWK | None, float]:
        request = Request("GET", self._api_url, f"/oauth/certs/{key_id}", headers={"Accept": "application/json"})
        self._ration(request)
        deadline = Deadline(self._retrying.clock, CALL_SECONDS, request.method, request.path)

        async def attempt() -> tuple[jwt.PyJWK | None, float]:
            return self._key(await exchange(self._http, request, max_bytes=MAX_BYTES))

        return await self._retrying.run(attempt, deadline)

    def _ration(self, request: Request) -> None:
        now = self._retrying.clock.elapsed()
        if len(self._fetched) == FETCHES and now - self._fetched[0] < FETCHES_SECONDS:
            raise request.error(ThrottledError, "too many signing keys were asked for in the last minute")
        self._fetched.append(now)

    def _key(self, answer: Answer) -> tuple[jwt.PyJWK | None, float]:
        if answer.status not in answers.OK:
            error = answers.refusal(answer, self._retrying.clock.now())
            if error.transient:
                raise error
            return None, UNKNOWN_SECONDS
        content = answers.body(answer)
        try:
            return jwt.PyJWK(content if isinstance(content, dict) else {}, algorithm="RS256"), KEPT_SECONDS
        except jwt.PyJWTError as error:
            raise answer.request.error(ProtocolError, "answered without an RSA key") from error
