"""The HTTP functions for operators about pauses: see what is paused and how much waits, pause, resume."""

import azure.functions as func

from orchestration.bootstrap import App
from orchestration.pausing import Pausing
from triggers.answers import answer, guarded
from triggers.body import body_of
from triggers.callers import operator_and_profile_of
from triggers.current import current_app
from triggers.pause_requests import check_no_parameters, pause_of, scope_of

blueprint = func.Blueprint()


@blueprint.function_name("pauses_get")
@blueprint.route("pauses", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_pauses(req: func.HttpRequest) -> func.HttpResponse:
    """List what is paused, and how much waits by it."""
    return await _get(req)


@blueprint.function_name("pauses_put")
@blueprint.route("pauses/{client}", methods=["PUT"], auth_level=func.AuthLevel.ANONYMOUS)
async def put_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Pause a client or a resource, or one record type of it."""
    return await _put(req)


@blueprint.function_name("pauses_delete")
@blueprint.route("pauses/{client}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
async def delete_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Resume what is paused."""
    return await _delete(req)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    pausing, _ = await _pausing_of(app, req)
    check_no_parameters(req.params, app.registry)
    return answer(200, {"Items": [held.to_json() for held in await pausing.all()]})


@guarded
async def _put(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    pausing, operator = await _pausing_of(app, req)
    body = body_of(app, req) if req.get_body() else {}
    scope, reason = pause_of(req.route_params.get("client", ""), req.params, body, app.registry)
    return answer(200, (await pausing.pause(scope, operator, reason)).to_json())


@guarded
async def _delete(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    pausing, operator = await _pausing_of(app, req)
    scope = scope_of(req.route_params.get("client", ""), req.params, app.registry)
    return answer(200, (await pausing.resume(scope, operator)).to_json())


async def _pausing_of(app: App, req: func.HttpRequest) -> tuple[Pausing, str]:
    """Return what pauses in the operator's marketplace, and the operator's user name."""
    caller, profile = await operator_and_profile_of(app, req)
    return Pausing(app.ports, profile.marketplace), caller.user_name or caller.client
