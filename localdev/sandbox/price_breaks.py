"""The price breaks of a price schedule, which OrderCloud also lets one write singly."""

from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, bad_request, invalid, not_found
from localdev.sandbox.resources import PRICE_SCHEDULES
from localdev.sandbox.shapes import completed
from localdev.sandbox.validation import checked

PATH = "/priceschedules/{priceScheduleID}/PriceBreaks"


def save(engine: Engine, call: Call) -> Answer:
    """POST: add a break, or replace the one of its quantity; the answer is the whole price schedule."""
    before = engine.current(PRICE_SCHEDULES, call)
    models = engine.description.models
    values, problems = checked(models, models["PriceBreak"], call.body, partial=False)
    if problems:
        raise invalid(problems)
    new = completed(models["PriceBreak"], values)
    others = [one for one in before["PriceBreaks"] if one["Quantity"] != new["Quantity"]]
    return Answer(201, engine.save(PRICE_SCHEDULES, call, "", before, {**before, "PriceBreaks": [*others, new]}))


def delete(engine: Engine, call: Call) -> Answer:
    """DELETE: take out the break of one quantity."""
    before = engine.current(PRICE_SCHEDULES, call)
    given = dict(call.query).get("quantity", "")
    if not (given.isascii() and given.isdigit()):
        raise bad_request("ValidationFailure", "quantity must be a whole number.", {"Field": "quantity"})
    others = [one for one in before["PriceBreaks"] if str(one["Quantity"]) != given]
    if len(others) == len(before["PriceBreaks"]):
        raise not_found("PriceBreak", given)
    engine.save(PRICE_SCHEDULES, call, "", before, {**before, "PriceBreaks": others})
    return Answer(204)
