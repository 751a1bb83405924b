"""Callers by their OrderCloud tokens: the port Callers on the client's token verification."""

from orchestration.authorisation import Caller
from orchestration.rejections import RejectionError
from ordercloud import InvalidTokenError, OrderCloudError, TokenVerifier


class OrderCloudCallers:
    """Verifies tokens against the configured OrderCloud host, whatever host a token names."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def verify(self, token: str) -> Caller:
        """Return whose token this is; see the port for what is raised."""
        try:
            caller = await self._verifier.verify(token)
        except InvalidTokenError as invalid:
            message = "The access token is not valid, or its user is not active."
            raise RejectionError(401, "InvalidToken", message, Reason=str(invalid.reason)) from invalid
        except OrderCloudError as unavailable:
            message = "OrderCloud cannot be asked about the token. Try again in a moment."
            raise RejectionError(503, "OrderCloudUnavailable", message) from unavailable
        return Caller(
            client=caller.client_id.lower(),
            user_type=caller.user_type,
            roles=caller.roles,
            supplier=caller.supplier_id,
            buyer=caller.buyer_id,
            user_name=caller.username,
        )
