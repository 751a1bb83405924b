"""Plan a posting, then post it: the plan must have written nothing, and told what the run then does, to the letter."""

import json

from fakes.runs import TRACEPARENT, Runs
from models.record import Json
from orchestration.planning import Plan, Planner
from orchestration.receipt import Delivery

READS = {"GET", "HEAD", "LIST"}


def planner(runs: Runs) -> Planner:
    """Return the planner of a house."""
    return Planner(runs.ports, runs.registry, runs.limits)


async def planned(
    runs: Runs, *items: Json, client: str = "erp", record_type: str = "product", version: str | None = None
) -> Plan:
    """Plan records as a source does; nothing is written for it."""
    since = len(runs.steps)
    row, delivery = runs.registry[record_type], Delivery(TRACEPARENT, version)
    plan = await planner(runs).post(runs.caller(client), row, list(items), delivery)
    assert {step.method for step in runs.steps[since:]} <= READS
    return plan


async def planned_deletion(
    runs: Runs, *keys: str | None, record_type: str = "product", client: str = "erp", version: str | None = None
) -> Plan:
    """Plan a deletion; nothing is written for it."""
    since = len(runs.steps)
    row, delivery = runs.registry[record_type], Delivery(TRACEPARENT, version)
    plan = await planner(runs).delete(runs.caller(client), row, keys, delivery)
    assert {step.method for step in runs.steps[since:]} <= READS
    return plan


async def foretold(runs: Runs, item: Json, **where: str) -> Json:
    """Plan one record, post it, and return the item of the plan, which is what then happened."""
    [told] = (await planned(runs, item, **where)).items
    made = len(runs.calls())
    envelope = await runs.post(item, **where)
    await runs.run(envelope.path)
    expect(runs, told, made)
    return told


async def deletion_foretold(runs: Runs, *keys: str | None, **where: str) -> Json:
    """Plan a deletion, post it, and return the item of the plan, which is what then happened."""
    [told] = (await planned_deletion(runs, *keys, **where)).items
    made = len(runs.calls())
    envelope = await runs.delete(*keys, **where)
    await runs.run(envelope.path)
    expect(runs, told, made)
    return told


def expect(runs: Runs, told: Json, made: int) -> None:
    """Compare what was told of the last run with its event and its calls of OrderCloud, from a place on.

    As texts of JSON, so that the order of fields counts as well.
    """
    event = runs.events()[-1]
    calls = [(call["Method"], path_alone(call), call["Body"]) for call in told["Calls"]]
    assert json.dumps(calls) == json.dumps(runs.calls()[made:])
    happened = {name: event[name] for name in ("RecordType", "Keys", "Action", "Diff")} | {"Reason": reason_of(event)}
    assert json.dumps({name: told[name] for name in happened}) == json.dumps(happened)


def reason_of(event: Json) -> str:
    """Return the reason that a plan gives for what an event tells of."""
    if event["ErrorType"] in (None, "Superseded"):
        return str(event["Reason"])
    outcome = "dead letter" if event["Level"] == "Error" else "parked"
    return f"{outcome}, {event['ErrorType']}: {event['Message']}"


def path_alone(call: Json) -> str:
    """Return the path of a call without its query."""
    return str(call["Path"]).partition("?")[0]
