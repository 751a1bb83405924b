"""The HTTP functions for operators about dead letters: list them, count their causes, replay them, drop them."""

from collections.abc import Awaitable, Callable

import azure.functions as func

from models.record import Json
from orchestration.advice import advice_for
from orchestration.deadletter_listing import LOOKS, DeadLetterListing, Page
from orchestration.deadletters import causes
from orchestration.resolving import Resolved, Resolver
from triggers.answers import answer, guarded
from triggers.body import body_of
from triggers.callers import operator_of
from triggers.current import current_app
from triggers.selections import place_of, question_of, selection_of

blueprint = func.Blueprint()

type Resolve = Callable[[Resolver, list[str]], Awaitable[list[Resolved]]]


@blueprint.function_name("deadletters_get")
@blueprint.route("deadletters", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """List dead letters, or count their causes."""
    return await _get(req)


@blueprint.function_name("deadletters_replay")
@blueprint.route("deadletters/replay", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def replay_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Queue dead letters again."""
    return await _replay(req)


@blueprint.function_name("deadletters_drop")
@blueprint.route("deadletters/drop", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def drop_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Remove dead letters for good."""
    return await _drop(req)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    operator = await operator_of(app, req)
    question = question_of(req.params, app.registry)
    listing = DeadLetterListing(app.ports, operator.marketplace)
    size = LOOKS if question.group else question.page_size
    after = place_of(question.after, "after", operator.marketplace)
    page = await listing.page(question.wanted, after=after, size=size)
    items = _causes(page) if question.group else [letter.to_json(app.registry) for letter in page.letters]
    told = {"Counted": len(page.letters), "Looked": page.looked, "NextKey": page.next_key}
    return answer(200, {"Items": items, **told})


@guarded
async def _replay(req: func.HttpRequest) -> func.HttpResponse:
    return await _resolve(req, Resolver.replay)


@guarded
async def _drop(req: func.HttpRequest) -> func.HttpResponse:
    return await _resolve(req, Resolver.drop)


async def _resolve(req: func.HttpRequest, resolve: Resolve) -> func.HttpResponse:
    """Resolve the dead letters that a body names, or the next page of those that it means."""
    app = current_app()
    operator = await operator_of(app, req)
    selection = selection_of(body_of(app, req), app.registry)
    if selection.records is None:
        listing = DeadLetterListing(app.ports, operator.marketplace)
        after = place_of(selection.after, "After", operator.marketplace)
        page = await listing.page(selection.wanted, after=after, size=selection.page_size)
        keys, next_key = [letter.key for letter in page.letters], page.next_key
    else:
        keys = [chosen.key_in(operator.marketplace, app.registry) for chosen in selection.records]
        next_key = None
    lifetime = app.settings.claim_seconds
    resolver = Resolver(app.ports, app.registry, operator, lifetime, dry_run=selection.dry_run)
    items = [each.to_json(app.registry) for each in await resolve(resolver, keys)]
    return answer(200, {"Items": items, "DryRun": selection.dry_run, "NextKey": next_key})


def _causes(page: Page) -> list[Json]:
    """Return how many dead letters of a page have each cause, the most frequent first."""
    return [
        {
            "ErrorType": cause.error_type,
            "ErrorCode": cause.error_code,
            "Field": cause.field,
            "Count": count,
            "WhatToDo": advice_for(cause.error_type),
        }
        for cause, count in causes(page.letters).most_common()
    ]
