"""Which records a request is about: the type and the keys of its route, the client that it asks for, its headers."""

from urllib.parse import unquote

import azure.functions as func

from models.registry import Keys, RecordType
from orchestration.authorisation import Caller, authorise_read
from orchestration.bootstrap import App
from orchestration.paths import ABSENT
from orchestration.postings import valid_keys
from orchestration.profile import Profile
from orchestration.receipt import Delivery
from orchestration.rejections import RejectionError
from triggers.callers import profile_of, traceparent_of
from triggers.checking import checked
from triggers.headers import source_name_of
from triggers.selections import Whose


def record_type_of(app: App, req: func.HttpRequest) -> RecordType:
    """Return the record type that the route names.

    Raises:
        RejectionError: 404 when there is none of that name.
    """
    name = req.route_params.get("recordType", "")
    record_type = app.registry.find(name)
    if record_type is None:
        known = ", ".join(row.name for row in app.registry)
        raise RejectionError(404, "UnrecognizedType", f"{name[:100]!r} is not a record type. There are: {known}.")
    return record_type


def keys_of(req: func.HttpRequest, record_type: RecordType) -> Keys:
    """Return the keys that the route names.

    Raises:
        RejectionError: 400 when they are not the keys of a record of the type.
    """
    segments = req.route_params.get("keys", "").split("/")
    keys = tuple(None if segment == ABSENT else unquote(segment) for segment in segments)
    if len(keys) != len(record_type.keys) or "" in keys:
        wanted = "/".join(f"{{{name}}}" for name in record_type.keys)
        raise RejectionError(400, "InvalidKeys", f"Name a record of the type {record_type.name} by {wanted}.")
    valid_keys(record_type, keys)
    return keys


async def profile_asked_for(app: App, caller: Caller, req: func.HttpRequest, query: type[Whose] = Whose) -> Profile:
    """Return the profile of the caller, or, for an operator, of another client of the same marketplace.

    Roles are OrderCloud's, and all marketplaces share its host: so an operator is one of a client that is known here.

    Raises:
        RejectionError: 403.
        RejectionsError: 400 with everything that is wrong with the query.
    """
    own = await profile_of(app, caller.client)
    authorise_read(caller, own)
    client = checked(query, dict(req.params)).client
    if client is None:
        return own
    if not caller.is_operator:
        raise RejectionError(403, "InsufficientRoles", "Only operators may ask about another client's records.")
    try:
        other = await profile_of(app, client)
    except RejectionError:
        other = None
    if other is None or other.marketplace.casefold() != own.marketplace.casefold():
        # One answer for all of them: what there is elsewhere, and what is wrong with it, is not theirs to know.
        raise RejectionError(403, "NoIntegrationProfile", "There is no such client in your marketplace.")
    return other


def delivery_of(app: App, req: func.HttpRequest) -> Delivery:
    """Return what came with a request besides its records."""
    buyer = req.route_params.get("buyerID")
    return Delivery(
        traceparent_of(app, req),
        version=req.headers.get("x-source-version"),
        buyer=None if buyer is None else unquote(buyer),
        source_name=source_name_of(req),
    )
