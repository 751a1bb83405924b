"""The HTTP functions that describe the API: the record types, the OpenAPI document, and a page made from it."""

import azure.functions as func

from models.record_types import REGISTRY
from models.schemas import schema_of
from orchestration.authorisation import authorise_read
from orchestration.failures import AccountFault
from orchestration.rejections import RejectionError
from triggers.answers import answer, guarded
from triggers.callers import caller_of
from triggers.current import current_app
from triggers.docs_page import PAGE_HEADERS, docs_page
from triggers.openapi import described, openapi_document

blueprint = func.Blueprint()


@blueprint.function_name("record_types_get")
@blueprint.route("orchestration", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_record_types(req: func.HttpRequest) -> func.HttpResponse:
    """List the record types, each with its JSON Schema."""
    return await _record_types(req)


@blueprint.function_name("openapi_get")
@blueprint.route("openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Answer the OpenAPI document; it holds nothing that depends on the caller or the settings."""
    return answer(200, openapi_document(REGISTRY))


@blueprint.function_name("docs_get")
@blueprint.route("docs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_docs(req: func.HttpRequest) -> func.HttpResponse:
    """Answer the same document as a page."""
    page = docs_page(openapi_document(REGISTRY))
    return func.HttpResponse(page, headers=PAGE_HEADERS, mimetype="text/html", charset="utf-8")


@guarded
async def _record_types(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    try:
        authorise_read(caller, await app.ports.profiles.get(caller.client))
    except AccountFault as fault:
        raise RejectionError(403, "NoIntegrationProfile", fault.cause) from fault
    return answer(200, {"Items": [{**described(row), "Schema": schema_of(row)} for row in app.registry]})
