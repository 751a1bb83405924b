"""Somebody queues again what waits, so slowly that its claim has run out and something newer has been applied."""

from collections.abc import Awaitable, Callable

import pytest
from fakes.dead import refusal
from fakes.ledger import Ledger
from fakes.runs import Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.failures import Failure, Unavailable

PATH = path_of()
A: Json = {"ID": "P1", "Name": "A"}
B: Json = {"ID": "P1", "Name": "B", "Description": "old"}
C: Json = {"ID": "P1", "Name": "C", "Description": "new"}
D: Json = {"ID": "P1", "Name": "D"}

type Act = Callable[[Ledger], Awaitable[object]]


async def release(ledger: Ledger) -> None:
    await ledger.runs.pipeline.run(PATH, released=True)


async def replay(ledger: Ledger) -> None:
    await ledger.resolve("replay", PATH)


async def drop(ledger: Ledger) -> None:
    await ledger.resolve("drop", PATH)


async def post(ledger: Ledger) -> None:
    await post_and_run(ledger, C)


async def while_it_is_queued_again(ledger: Ledger, again: Act, meanwhile: Act) -> None:
    """Have something happen when a claim has been taken, and has run out, before what waits is queued."""
    runs = ledger.runs

    async def slow(step: Step) -> None:
        if (step.place, step.method) == ("queue", "PUT"):
            runs.before = let_pass
            runs.world.clock.advance(runs.limits.claim + 1)
            await meanwhile(ledger)

    runs.before = slow
    await again(ledger)
    assert runs.before is let_pass, "nothing was queued again"


SLOW = pytest.mark.parametrize(
    ("failure", "again"),
    [
        pytest.param(Unavailable("throttled"), release, id="a released posting"),
        pytest.param(refusal(("ValidationFailure", "Name")), replay, id="a replayed dead letter"),
    ],
)


async def ledger_of(failure: Failure) -> Ledger:
    """Have A applied, and B set aside."""
    ledger = Ledger(Runs())
    await post_and_run(ledger, A)
    ledger.runs.world.ordercloud.fail(failure, method="PATCH")
    await post_and_run(ledger, B)
    return ledger


async def post_and_run(ledger: Ledger, item: Json) -> None:
    await ledger.post(item)
    await ledger.runs.run(PATH)


@SLOW
async def test_what_is_queued_again_too_late_does_not_come_over_what_is_newer(failure: Failure, again: Act) -> None:
    ledger = await ledger_of(failure)
    await while_it_is_queued_again(ledger, again, post)
    assert await ledger.verdict() is None
    assert ledger.invariants.wrongs == []


@SLOW
async def test_nor_does_it_come_under_what_is_posted_next(failure: Failure, again: Act) -> None:
    ledger = await ledger_of(failure)
    runs = ledger.runs

    async def meanwhile(ledger: Ledger) -> None:
        await post(ledger)
        runs.after = then_post

    async def then_post(step: Step) -> None:
        if (step.place, step.method) == ("queue", "PUT"):
            runs.after = let_pass
            await ledger.post(D)

    await while_it_is_queued_again(ledger, again, meanwhile)
    assert await ledger.verdict() is None
    there = runs.world.ordercloud.get("/v1/products/P1")
    assert there is not None
    assert (there["Name"], there["Description"]) == ("D", "new")


async def test_a_replay_that_comes_after_a_drop_is_logged_as_superseded() -> None:
    ledger = await ledger_of(refusal(("ValidationFailure", "Name")))
    runs = ledger.runs
    await while_it_is_queued_again(ledger, replay, drop)
    await runs.settle()
    there = runs.world.ordercloud.get("/v1/products/P1")
    assert there is not None
    assert there["Name"] == "A"
    assert (runs.events()[-1]["ErrorType"], runs.events()[-1]["Reason"]) == (
        "Superseded",
        "superseded: it was queued again when it had ceased to wait",
    )


async def test_what_is_queued_again_in_time_is_laid_under_what_is_posted_over_it() -> None:
    ledger = await ledger_of(refusal(("ValidationFailure", "Name")))
    await replay(ledger)
    await ledger.post(D)
    assert await ledger.verdict() is None
    there = ledger.runs.world.ordercloud.get("/v1/products/P1")
    assert there is not None
    assert (there["Name"], there["Description"]) == ("D", "old")
