"""Verifies callers' access tokens against OrderCloud, and remembers by digest those it has just verified.

Only the configured host is ever asked: a URL that a token names is compared, never followed.
"""

import hashlib
from typing import Any

import httpx

from ordercloud import answers
from ordercloud.access_tokens import LEEWAY_SECONDS, Caller, Reason, caller, check_claims, checked_header, signed_claims
from ordercloud.cache import SingleFlightCache
from ordercloud.clock import SYSTEM_CLOCK, Clock, Deadline
from ordercloud.errors import InvalidTokenError, OrderCloudError, ProtocolError
from ordercloud.retries import BETWEEN, Between, Retrying, RetryPolicy
from ordercloud.signing_keys import KEY_ID, SigningKeys
from ordercloud.transport import Request, exchange

REMEMBERED_SECONDS = 300
REJECTED_SECONDS = 30
CAPACITY = 10_000
CALL_SECONDS = 10
MAX_BYTES = 1024 * 1024
QUICK = RetryPolicy(attempts=2, seconds=CALL_SECONDS)


class TokenVerifier:
    """Verifies the tokens of one OrderCloud environment."""

    def __init__(
        self,
        api_url: str,
        http: httpx.AsyncClient,
        *,
        retries: RetryPolicy = QUICK,
        clock: Clock = SYSTEM_CLOCK,
        between: Between = BETWEEN,
    ) -> None:
        self._api_url = api_url
        self._http = http
        self._clock = clock
        self._retrying = Retrying(retries, clock, between)
        self._keys = SigningKeys(api_url, http, self._retrying)
        self._verified: SingleFlightCache[bytes, Caller | Reason] = SingleFlightCache(clock, CAPACITY)

    async def verify(self, token: str) -> Caller:
        """Return the caller whose token this is; given without the word Bearer.

        Raises:
            InvalidTokenError: it must not be trusted; the caller is to be told 401.
            OrderCloudError: OrderCloud cannot tell for now; the caller is to be told 503.
        """
        key_id = checked_header(token).get("kid")
        if not isinstance(key_id, str) or not KEY_ID.fullmatch(key_id):
            raise InvalidTokenError(Reason.KEY_ID)
        digest = hashlib.sha256(token.encode()).digest()
        found = await self._verified.get(digest, lambda: self._verify(token, key_id))
        if isinstance(found, Reason):
            raise InvalidTokenError(found)
        return found

    async def check(self) -> None:
        """Ask whether OrderCloud answers at all; without a token any answer says that it does.

        Raises:
            OrderCloudError: it does not.
        """
        await exchange(self._http, Request("GET", self._api_url, "/v1/me"), max_bytes=MAX_BYTES)

    async def _verify(self, token: str, key_id: str) -> tuple[Caller | Reason, float]:
        """Return who the caller is, or what OrderCloud holds against the user, and for how long that is remembered."""
        key = await self._keys.get(key_id)
        if key is None:
            raise InvalidTokenError(Reason.UNKNOWN_KEY)
        claims = signed_claims(token, key)
        now = self._clock.now()
        check_claims(claims, now, self._api_url)
        user = await self._user(token)
        if isinstance(user, Reason):
            return user, REJECTED_SECONDS
        return caller(claims, user), min(REMEMBERED_SECONDS, claims["exp"] + LEEWAY_SECONDS - now.timestamp())

    async def _user(self, token: str) -> dict[str, Any] | Reason:
        """Return what OrderCloud says about the token's user, or why that does not count."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        request = Request("GET", self._api_url, "/v1/me", headers=headers, hidden=(token,))
        deadline = Deadline(self._clock, CALL_SECONDS, request.method, request.path)

        async def attempt() -> dict[str, Any]:
            answer = await exchange(self._http, request, max_bytes=MAX_BYTES)
            if answer.status not in answers.OK:
                raise answers.refusal(answer, self._clock.now())
            match answers.body(answer):
                case {"ID": str()} as user:
                    return dict(user)
                case _:
                    raise request.error(ProtocolError, "answered without a user")

        try:
            user = await self._retrying.run(attempt, deadline)
        except OrderCloudError as error:
            if error.transient or error.status is None:
                raise
            return Reason.REJECTED
        return user if user.get("Active") is True else Reason.INACTIVE
