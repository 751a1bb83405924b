"""Who calls, by the bearer token of a request."""

import re

import azure.functions as func

from orchestration.authorisation import Caller
from orchestration.bootstrap import App
from orchestration.rejections import RejectionError

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9_.=-]+)")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


async def caller_of(app: App, req: func.HttpRequest) -> Caller:
    """Return who calls.

    Raises:
        RejectionError: 401 without a valid token of an active user, 503 when OrderCloud cannot be asked.
    """
    bearer = _BEARER.fullmatch(req.headers.get("authorization", "").strip())
    if bearer is None:
        message = "Send an OrderCloud access token in the header Authorization, as Bearer."
        raise RejectionError(401, "InvalidToken", message)
    return await app.callers.verify(bearer[1])


def traceparent_of(app: App, req: func.HttpRequest) -> str:
    """Return the request's W3C traceparent, or a new one where it has none that is valid."""
    given: str = req.headers.get("traceparent", "")
    if _TRACEPARENT.fullmatch(given):
        return given
    return f"00-{app.ports.chance.name()}-{app.ports.chance.name()[:16]}-01"
