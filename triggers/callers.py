"""Who calls, by the bearer token of a request, and the integration profile of a client."""

import re

import azure.functions as func

from orchestration.authorisation import Caller, authorise_operator
from orchestration.bootstrap import App
from orchestration.failures import AccountFault
from orchestration.profile import Profile
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


async def profile_of(app: App, client: str) -> Profile:
    """Return the integration profile of a client.

    Raises:
        RejectionError: 403 when there is none that can be used.
    """
    try:
        return await app.ports.profiles.get(client)
    except AccountFault as fault:
        raise RejectionError(403, "NoIntegrationProfile", fault.cause) from fault


async def operator_of(app: App, req: func.HttpRequest) -> Profile:
    """Return the profile of the operator who calls; raises as `operator_and_profile_of`."""
    _, profile = await operator_and_profile_of(app, req)
    return profile


async def operator_and_profile_of(app: App, req: func.HttpRequest) -> tuple[Caller, Profile]:
    """Return the operator who calls, and the profile of the client.

    Raises:
        RejectionError: as of `caller_of` and `profile_of`; 403 when the caller is none.
    """
    caller = await caller_of(app, req)
    profile = await profile_of(app, caller.client)
    authorise_operator(caller, profile)
    return caller, profile


def traceparent_of(app: App, req: func.HttpRequest) -> str:
    """Return the request's W3C traceparent, or a new one where it has none that is valid."""
    given: str = req.headers.get("traceparent", "")
    if _TRACEPARENT.fullmatch(given):
        return given
    return f"00-{app.ports.chance.name()}-{app.ports.chance.name()[:16]}-01"
