"""The HTTP function that lists events: an operator's of all of the marketplace, a source's of its own records alone."""

import azure.functions as func

from orchestration.authorisation import authorise_read
from orchestration.event_text import text_for_source
from triggers.answers import guarded, listing
from triggers.callers import caller_of, profile_of
from triggers.current import current_app
from triggers.log_questions import question_of, visible_to
from triggers.query import parameters_of

blueprint = func.Blueprint()


@blueprint.function_name("logs_get")
@blueprint.route("logs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_logs(req: func.HttpRequest) -> func.HttpResponse:
    """List events."""
    return await _get(req)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    caller = await caller_of(app, req)
    profile = await profile_of(app, caller.client)
    authorise_read(caller, profile)
    question = question_of(parameters_of(req), app.registry, profile.marketplace, visible_to(caller, profile))
    found = await app.ports.log.query(question.query)
    shown = found.texts if caller.is_operator else map(text_for_source, found.texts)
    return listing(question.meta(found), shown)
