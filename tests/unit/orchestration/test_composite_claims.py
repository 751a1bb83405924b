"""The claim of a composite: renewed while its parts are run, and gone on with by others when it is lost."""

import itertools
from collections.abc import Awaitable, Callable

from composite_bodies import composite_path, hydrated
from fakes.runs import Step, let_pass
from fakes.sandbox import House

from orchestration.cached_record import Claim
from orchestration.driving import drive
from orchestration.endings import Ending
from orchestration.limits import Limits

COMPOSITE = "hydratedproduct"
BODY = hydrated(specs=4, options=4)
PATH = composite_path()
OPTIONS = "/v1/specs/P1-S02/options"
JOINS = "/v1/specs/productassignments"


def claim_of(house: House) -> Claim | None:
    known = house.cached(PATH.record)
    return known.claim if known else None


def slow(house: House, seconds: float) -> Callable[[Step], Awaitable[None]]:
    """Have every OrderCloud call take its time."""

    async def take(step: Step) -> None:
        await let_pass(step)
        house.world.clock.advance(seconds if step.place == "ordercloud" else 0)

    return take


async def test_the_claim_is_renewed_when_half_of_it_is_over_however_long_the_parts_take(
    build: Callable[..., House],
) -> None:
    house = build(limits=Limits(seconds=10_000))
    held: list[Claim] = []
    envelope = await house.post(BODY, record_type=COMPOSITE)
    taking = slow(house, 10)

    async def watch(step: Step) -> None:
        await taking(step)
        if step.place == "ordercloud" and (claim := claim_of(house)) and claim not in held:
            held.append(claim)
            assert claim.live(house.world.clock.now())

    house.before = watch
    assert await house.run(envelope.path) is Ending.DONE
    assert house.world.clock.elapsed() > 4 * house.limits.claim
    assert len({claim.run for claim in held}) == 1
    gaps = [(later.expires - claim.expires).total_seconds() for claim, later in itertools.pairwise(held)]
    assert gaps
    assert set(gaps) <= {30, 40}
    assert claim_of(house) is None
    assert house.last_event(PATH)["Level"] == "Success"


async def test_what_one_invocation_has_no_time_for_follows_in_the_next(house: House) -> None:
    envelope = await house.post(BODY, record_type=COMPOSITE)
    house.before = slow(house, 50)
    assert await house.run(envelope.path) is Ending.DONE
    made = house.made()
    assert 4 <= len(made) < 20, "some parts have been run, and not all"
    known = house.cached(PATH.record)
    assert known is not None
    assert (known.waiting["erp"].error_type, known.waiting["erp"].due) == ("Postponed", house.world.clock.now())
    house.before = let_pass
    await house.sweep()
    assert house.last_event(PATH)["Level"] == "Success"
    written = [str(call) for call in house.calls() if call[0] == "POST"]
    assert len(set(written)) == len(written), "nothing was written twice"
    assert (house.blobs("queue"), house.blobs("parked")) == ([], [])


async def test_meanwhile_another_run_of_the_same_composite_leaves_it_alone(house: House) -> None:
    envelope = await house.post(BODY, record_type=COMPOSITE)
    endings: list[Ending] = []

    async def other(step: Step) -> None:
        await let_pass(step)
        if step.place == "ordercloud" and step.name == OPTIONS:
            house.before = let_pass
            endings.append(await house.run(envelope.path))

    house.before = other
    assert await house.run(envelope.path) is Ending.DONE
    assert endings == [Ending.LEFT]
    assert len([path for _, path in house.made() if path == OPTIONS]) == 4


async def test_a_run_that_is_so_slow_that_it_lost_its_claim_stops_and_another_one_goes_on(house: House) -> None:
    envelope = await house.post(BODY, record_type=COMPOSITE)

    async def stall(step: Step) -> None:
        await let_pass(step)
        if step.place == "ordercloud" and step.name == OPTIONS:
            house.after = let_pass
            house.world.clock.advance(house.limits.claim + 1)
            await drive(house.pipeline, envelope.path)

    house.after = stall
    await house.run(envelope.path)
    await house.settle()
    options = [(method, str(body)) for method, path, body in house.calls() if path == OPTIONS]
    assert len(options) == len(set(options)) == 4
    assert (house.blobs("queue"), house.blobs("parked"), house.blobs("deadletters")) == ([], [], [])
    assert house.last_event(PATH)["Level"] == "Success"
    assert {event["RecordID"] for event in house.events()} >= {
        f"acme/specoption/p1-s0{n}/o{m}" for n in range(4) for m in range(4)
    }


async def test_a_composite_posted_while_an_earlier_one_runs_is_run_after_it(house: House) -> None:
    await house.post(BODY, record_type=COMPOSITE)

    async def post(step: Step) -> None:
        await let_pass(step)
        if step.place == "ordercloud" and step.name == OPTIONS:
            house.before = let_pass
            house.world.clock.advance(1)
            await house.post({**BODY, "Product": {"Name": "Cup"}}, record_type=COMPOSITE)
            assert await house.run(PATH) is Ending.LEFT

    house.before = post
    assert await house.run(PATH) is Ending.DONE
    assert house.there("products")["products"]["P1"]["Name"] == "Cup"
    assert house.blobs("queue") == []
    reasons = [event["Reason"] for event in house.events() if event["RecordType"] == COMPOSITE]
    assert reasons == ["42 parts: 27 Create, 15 Get", "42 parts: 41 Ignore, 1 Patch"]


async def test_a_part_that_every_run_dies_with_is_set_aside_and_the_others_are_applied(house: House) -> None:
    """So the whole comes to its end, and what is set aside is looked at no more."""
    envelope = await house.post(BODY, record_type=COMPOSITE)

    def poison(moment: str, step: Step) -> bool:
        return (moment, step.place, step.method, step.name) == ("after", "ordercloud", "POST", JOINS)

    deaths = 0
    while await house.dies((lambda: house.run(envelope.path)) if deaths == 0 else house.sweep, poison):
        deaths += 1
    assert deaths == 4 * (house.limits.takeovers + 1)  # each of the four assignments in turn
    await house.settle()
    assert house.blobs("deadletters") == [f"acme/specproductassignment/p1-s0{n}/p1/erp" for n in range(4)]
    assert (house.blobs("queue"), house.blobs("parked")) == ([], [])
    event = house.last_event(PATH)
    assert event["Level"] == "Warn"
    assert event["Message"].startswith("not applied yet: specproductassignment P1-S00/P1, ")
    assert len(house.there("specs/options")["specs/options"]) == 16
