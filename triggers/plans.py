"""The HTTP functions that say what would be done and what was: plan a posting or a deletion, explain a record."""

import azure.functions as func

from orchestration.authorisation import Caller, stand_in
from orchestration.bootstrap import App
from orchestration.explaining import Question
from orchestration.planning import Plan
from orchestration.rejections import RejectionError
from triggers.answers import answer, guarded, refusals
from triggers.body import body_of, items_of
from triggers.callers import caller_of, traceparent_of
from triggers.current import current_app
from triggers.records import delivery_of, keys_of, profile_asked_for, record_type_of

blueprint = func.Blueprint()


@blueprint.function_name("plan_post")
@blueprint.route("plan/{recordType}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def plan_records(req: func.HttpRequest) -> func.HttpResponse:
    """Say what a posting of one record or an array would do."""
    return await _post(req)


@blueprint.function_name("plan_delete")
@blueprint.route("plan/{recordType}/{*keys}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
async def plan_deletion(req: func.HttpRequest) -> func.HttpResponse:
    """Say what a deletion would do."""
    return await _delete(req)


@blueprint.function_name("explain_get")
@blueprint.route("explain/{recordType}/{*keys}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def explain_record(req: func.HttpRequest) -> func.HttpResponse:
    """Explain where one record stands."""
    return await _explain(req)


@guarded
async def _post(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await _poster(app, req)
    record_type = record_type_of(app, req)
    items, array = items_of(body_of(app, req), max_items=app.settings.max_items)
    return _planned(await app.planner.post(caller, record_type, items, delivery_of(app, req)), array=array)


@guarded
async def _delete(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await _poster(app, req)
    record_type = record_type_of(app, req)
    keys = keys_of(req, record_type)
    return _planned(await app.planner.delete(caller, record_type, keys, delivery_of(app, req)), array=False)


@guarded
async def _explain(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    record_type = record_type_of(app, req)
    question = Question(
        record_type=record_type,
        keys=keys_of(req, record_type),
        profile=await profile_asked_for(app, caller, req),
        traceparent=traceparent_of(app, req),
        operator=caller.is_operator,
    )
    found = await app.explainer.explain(question)
    if found is None:
        raise RejectionError(404, "NotFound", f"This client has posted no such {record_type.name}.")
    return answer(200, found)


async def _poster(app: App, req: func.HttpRequest) -> Caller:
    """Return for whom a plan is made: the caller, or the client that an operator names, with all that it may post."""
    caller = await caller_of(app, req)
    profile = await profile_asked_for(app, caller, req)
    return caller if "client" not in req.params else stand_in(profile)


def _planned(plan: Plan, *, array: bool) -> func.HttpResponse:
    return answer(200, {"Items": list(plan.items), "Errors": refusals(plan.refused, array=array)})
