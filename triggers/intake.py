"""The HTTP functions for sources: post records, delete one, ask where one stands."""

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
from orchestration.standing import standing
from triggers.answers import answer, guarded, received
from triggers.body import body_of, items_of
from triggers.callers import caller_of, profile_of, traceparent_of
from triggers.current import current_app
from triggers.headers import source_name_of

blueprint = func.Blueprint()


@blueprint.function_name("records_post")
@blueprint.route("orchestration/{recordType}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def post_records(req: func.HttpRequest) -> func.HttpResponse:
    """Accept one record or an array of records."""
    return await _post(req)


@blueprint.function_name("records_post_for_buyer")
@blueprint.route("orchestration/{buyerID}/{recordType}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def post_records_for_buyer(req: func.HttpRequest) -> func.HttpResponse:
    """Accept one record or an array of records of the buyer that the path names."""
    return await _post(req)


@blueprint.function_name("records_delete")
@blueprint.route("orchestration/{recordType}/{*keys}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
async def delete_record(req: func.HttpRequest) -> func.HttpResponse:
    """Accept the deletion of one record."""
    return await _delete(req)


@blueprint.function_name("records_get")
@blueprint.route("orchestration/{recordType}/{*keys}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_record(req: func.HttpRequest) -> func.HttpResponse:
    """Say where one record stands."""
    return await _get(req)


@guarded
async def _post(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = _record_type(app, req)
    items, array = items_of(body_of(app, req), max_items=app.settings.max_items)
    receipt = await app.intake.post(caller, record_type, items, _delivery(app, req))
    return received(receipt, app.registry, array=array)


@guarded
async def _delete(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = _record_type(app, req)
    receipt = await app.intake.delete(caller, record_type, _keys(req, record_type), _delivery(app, req))
    return received(receipt, app.registry, array=False)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = _record_type(app, req)
    keys = _keys(req, record_type)
    profile = await _profile_asked_for(app, caller, req)
    found = await standing(app.ports, record_type, keys, profile)
    if found is None:
        raise RejectionError(404, "NotFound", f"This client has posted no such {record_type.name}.")
    return answer(200, found)


async def _profile_asked_for(app: App, caller: Caller, req: func.HttpRequest) -> Profile:
    """Return the profile of the caller, or, for an operator, of another client of the same marketplace.

    Roles are OrderCloud's, and all marketplaces share its host: so an operator is one of a client that is known here.
    """
    own = await profile_of(app, caller.client)
    authorise_read(caller, own)
    if "client" not in req.params:
        return own
    if not caller.is_operator:
        raise RejectionError(403, "InsufficientRoles", "Only operators may ask about another client's records.")
    try:
        other = await profile_of(app, req.params["client"])
    except RejectionError:
        other = None
    if other is None or other.marketplace.casefold() != own.marketplace.casefold():
        # One answer for all of them: what there is elsewhere, and what is wrong with it, is not theirs to know.
        raise RejectionError(403, "NoIntegrationProfile", "There is no such client in your marketplace.")
    return other


def _record_type(app: App, req: func.HttpRequest) -> RecordType:
    name = req.route_params.get("recordType", "")
    record_type = app.registry.find(name)
    if record_type is None:
        known = ", ".join(row.name for row in app.registry)
        raise RejectionError(404, "UnrecognizedType", f"{name[:100]!r} is not a record type. There are: {known}.")
    return record_type


def _keys(req: func.HttpRequest, record_type: RecordType) -> Keys:
    segments = req.route_params.get("keys", "").split("/")
    keys = tuple(None if segment == ABSENT else unquote(segment) for segment in segments)
    if len(keys) != len(record_type.keys) or "" in keys:
        wanted = "/".join(f"{{{name}}}" for name in record_type.keys)
        raise RejectionError(400, "InvalidKeys", f"Name a record of the type {record_type.name} by {wanted}.")
    valid_keys(record_type, keys)
    return keys


def _delivery(app: App, req: func.HttpRequest) -> Delivery:
    buyer = req.route_params.get("buyerID")
    return Delivery(
        traceparent_of(app, req),
        version=req.headers.get("x-source-version"),
        buyer=None if buyer is None else unquote(buyer),
        source_name=source_name_of(req),
    )
