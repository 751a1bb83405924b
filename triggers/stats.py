"""The functions of statistics: what operators ask for, and the timer that rolls up past hours."""

import logging

import azure.functions as func

from orchestration.paths import encode
from orchestration.pausing import Pausing
from orchestration.statistics_waiting import WaitingCounts
from triggers.answers import answer, guarded
from triggers.callers import operator_of
from triggers.current import current_app
from triggers.query import parameters_of
from triggers.stats_questions import question_of

blueprint = func.Blueprint()

ROLL_UP_SCHEDULE = "0 20 * * * *"
"""Once an hour, when the events of the hour before are all written."""

_log = logging.getLogger(__name__)


@blueprint.function_name("stats_get")
@blueprint.route("stats", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_stats(req: func.HttpRequest) -> func.HttpResponse:
    """Count what became of postings, and what waits."""
    return await _get(req)


@blueprint.function_name("roll_up")
@blueprint.timer_trigger("timer", schedule=ROLL_UP_SCHEDULE)
async def roll_up(timer: func.TimerRequest) -> None:
    """Roll up past hours."""
    if rolled := await current_app().statistics.run():
        _log.info("rolled up %d hours", rolled)


@guarded
async def _get(req: func.HttpRequest) -> func.HttpResponse:
    app = current_app()
    operator = await operator_of(app, req)
    question = question_of(parameters_of(req), app.registry, app.ports.clock.now())
    hours = await app.statistics.hours(question.first, question.last)
    own = encode(operator.marketplace)
    items = [
        {"Hour": hour.hour.isoformat(), **row.to_json()}
        for hour in hours
        for row in hour.rows
        if row.marketplace == own and question.means(row)
    ]
    partial = [hour.hour.isoformat() for hour in hours if not hour.whole]
    client, record_type = question.client, question.record_type
    waiting = WaitingCounts(app.ports, operator.marketplace, client=client, record_type=record_type)
    paused = await Pausing(app.ports, operator.marketplace).all(client, record_type)
    told = {"Items": items, "PartialHours": partial, **await waiting.to_json()}
    return answer(200, {**told, "Paused": [held.to_json() for held in paused]})
