"""The HTTP functions for sources: post records, delete one, ask where one stands, list what was sent."""

import azure.functions as func

from orchestration.record_listing import RecordListing
from orchestration.rejections import RejectionError
from orchestration.standing import standing
from orchestration.tracing import invoked
from triggers.answers import answer, guarded, received
from triggers.body import body_of, items_of
from triggers.callers import caller_of
from triggers.current import current_app
from triggers.records import delivery_of, keys_of, profile_asked_for, record_type_of
from triggers.selections import Paging, paging_of

blueprint = func.Blueprint()


@blueprint.function_name("records_post")
@blueprint.route("orchestration/{recordType}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def post_records(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Accept one record or an array of records."""
    with invoked(context.function_name, context.invocation_id):
        return await _post(req)


@blueprint.function_name("records_post_for_buyer")
@blueprint.route("orchestration/{buyerID}/{recordType}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def post_records_for_buyer(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Accept one record or an array of records of the buyer that the path names."""
    with invoked(context.function_name, context.invocation_id):
        return await _post(req)


@blueprint.function_name("records_delete")
@blueprint.route("orchestration/{recordType}/{*keys}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
async def delete_record(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Accept the deletion of one record."""
    with invoked(context.function_name, context.invocation_id):
        return await _delete(req)


@blueprint.function_name("records_get")
@blueprint.route(
    "orchestration/{recordType}/{*keys:minlength(1)}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS
)
async def get_record(req: func.HttpRequest) -> func.HttpResponse:
    """Say where one record stands."""
    return await _get(req)


@blueprint.function_name("records_list")
@blueprint.route("orchestration/{recordType}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def list_records(req: func.HttpRequest) -> func.HttpResponse:
    """List what a client has sent of a record type."""
    return await _list(req)


@guarded
async def _post(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = record_type_of(app, req)
    items, array = items_of(body_of(app, req), max_items=app.settings.max_items)
    receipt = await app.intake.post(caller, record_type, items, delivery_of(app, req))
    return received(receipt, app.registry, array=array)


@guarded
async def _delete(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = record_type_of(app, req)
    receipt = await app.intake.delete(caller, record_type, keys_of(req, record_type), delivery_of(app, req))
    return received(receipt, app.registry, array=False)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = record_type_of(app, req)
    keys = keys_of(req, record_type)
    profile = await profile_asked_for(app, caller, req)
    found = await standing(app.ports, record_type, keys, profile, operator=caller.is_operator)
    if found is None:
        raise RejectionError(404, "NotFound", f"This client has posted no such {record_type.name}.")
    return answer(200, found)


@guarded
async def _list(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = record_type_of(app, req)
    profile = await profile_asked_for(app, caller, req, Paging)
    paging = paging_of(req.params)
    listing = RecordListing(app.ports, record_type, profile, operator=caller.is_operator)
    page = await listing.page(after=paging.after, size=paging.page_size)
    return answer(200, {"Items": list(page.items), "Looked": page.looked, "NextKey": page.next_key})
