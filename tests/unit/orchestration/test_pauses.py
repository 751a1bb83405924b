"""What becomes of postings while they are paused, and when they are resumed."""

import pytest
from composite_bodies import composite_path, hydrated
from fakes.clock import START
from fakes.dead import dead_of, die, replay
from fakes.expected import event_of, storage, without_durations
from fakes.pauses import pause_of
from fakes.profiles import profile_of
from fakes.runs import Runs, path_of
from fakes.sandbox import House

from models.record import Json
from models.record_types import REGISTRY
from orchestration.cached_record import CachedRecord
from orchestration.endings import Ending
from orchestration.failures import Unavailable
from orchestration.pauses import Pause
from orchestration.resolving import Outcome
from orchestration.standing import standing
from orchestration.waiting import Waiting, WaitingState

PATH = path_of()
HINT = "paused/erp/product/acme/product/p1/erp"
MUG: Json = {"ID": "P1", "Name": "Mug"}
CUP: Json = {"ID": "P1", "Name": "Cup"}
PRODUCT = REGISTRY["product"]
SMALL = hydrated(specs=2, options=2, defining=0)


async def house_with(*pauses: Pause) -> Runs:
    runs = Runs()
    await runs.world.pauses.have(*pauses)
    return runs


async def resume(runs: Runs) -> None:
    """Resume all, and sweep."""
    await runs.world.pauses.have()
    await runs.sweep()


async def test_a_paused_posting_is_set_aside_before_anything_is_decided() -> None:
    runs = await house_with(pause_of(reason="a secret of the operators"))
    envelope = await runs.post(MUG)
    since = len(runs.steps)
    assert await runs.run(PATH) is Ending.DONE
    assert storage(runs, since) == [
        f"queue GET {PATH}",
        f"cache GET {PATH.record}",
        f"cache PUT {PATH.record}",  # the claim
        f"queue HEAD {PATH}",
        f"parked PUT {HINT}",
        f"cache PUT {PATH.record}",
        "log PUT event",
        f"queue DELETE {PATH}",
    ]
    cause = "an operator has paused the client erp, all types"
    waiting = Waiting(
        envelope=envelope,
        state=WaitingState.PARKED,
        cause=cause,
        error_type="Paused",
        attempts=1,
        untried=1,
        failed_at=START,
        hints={HINT: runs.containers["parked"].blobs[HINT].etag},
    )
    assert runs.cached(PATH.record) == CachedRecord(waiting={"erp": waiting})
    [event] = map(without_durations, runs.events())
    expected = {"Level": "Warn", "Reason": "parked until it is resumed", "Message": cause, "ErrorType": "Paused"}
    assert event == event_of(envelope, **expected)


async def test_what_is_paused_is_looked_at_by_no_run_until_it_is_resumed() -> None:
    """Late and double triggers, and sweeps: none touches the record, so nothing is queued that triggers again."""
    runs = await house_with(pause_of())
    await runs.apply(MUG)
    since = len(runs.steps)
    assert await runs.run(PATH) is Ending.DONE
    assert storage(runs, since) == [f"queue GET {PATH}", f"cache GET {PATH.record}"]
    since = len(runs.steps)
    for _ in range(3):
        runs.world.clock.advance(86_400)
        await runs.sweep()
    assert {step.place for step in runs.steps[since:] if step.method != "LIST"} == set()


async def test_resumed_it_is_applied_by_the_next_sweep_and_nothing_is_left_of_its_waiting() -> None:
    runs = await house_with(pause_of())
    await runs.apply(MUG)
    await runs.world.pauses.have()
    assert (await runs.sweep()).due == 1
    assert runs.calls() == [("POST", "/v1/products", MUG)]
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.waiting, cached.claim, cached.certain) == ({}, None, True)
    assert [runs.blobs(place) for place in ("queue", "parked", "deadletters")] == [[], [], []]
    assert [(event["Attempt"], event["ErrorType"], event["Action"]) for event in runs.events()] == [
        (1, "Paused", None),
        (2, None, "Create"),
    ]


async def test_newer_postings_are_laid_over_what_waits_and_applied_as_one() -> None:
    runs = await house_with(pause_of())
    for item in (MUG, {"ID": "P1", "Description": "blue"}, CUP):
        await runs.apply(item)
    assert runs.blobs("parked") == [HINT]
    await resume(runs)
    assert runs.calls() == [("POST", "/v1/products", {**CUP, "Description": "blue"})]


async def test_deletes_wait_too() -> None:
    runs = await house_with()
    await runs.apply(MUG)
    await runs.world.pauses.have(pause_of())
    await runs.run((await runs.delete("P1")).path)
    assert runs.world.ordercloud.get("/v1/products/P1") is not None
    await resume(runs)
    assert runs.world.ordercloud.get("/v1/products/P1") is None


async def test_an_unchanged_posting_waits_too() -> None:
    runs = await house_with()
    await runs.apply(MUG)
    await runs.world.pauses.have(pause_of())
    await runs.apply(MUG)
    assert runs.blobs("parked") == [HINT]
    await resume(runs)
    assert [event["Action"] for event in runs.events()] == ["Create", None, "Ignore"]


@pytest.mark.parametrize(
    ("pause", "held"),
    [
        pytest.param(pause_of("erp"), {"erp product", "erp priceschedule"}, id="a client"),
        pytest.param(pause_of("erp", "product"), {"erp product"}, id="a client's type"),
        pytest.param(pause_of(resource="seller"), {"erp product", "erp priceschedule", "pim product"}, id="a resource"),
        pytest.param(pause_of(resource="seller", record_type="product"), {"erp product", "pim product"}, id="its type"),
        pytest.param(pause_of(resource="supplier:acme"), set(), id="another resource"),
        pytest.param(pause_of("ops"), set(), id="another client"),
    ],
)
async def test_what_is_in_the_scope_waits_and_all_else_goes_on(pause: Pause, held: set[str]) -> None:
    runs = await house_with(pause)
    await runs.apply(MUG)
    await runs.apply(MUG, client="pim")
    await runs.apply({"ID": "P1", "Name": "Standard"}, record_type="priceschedule")
    waiting = {" ".join(name.split("/")[1:3]) for name in runs.blobs("parked")}
    assert waiting == held
    await resume(runs)
    assert runs.blobs("parked") == []


async def test_another_marketplace_s_pause_holds_nothing() -> None:
    runs = Runs()
    await runs.world.pauses.have(pause_of(), pause_of(resource="seller"), marketplace="other")
    await runs.apply(MUG)
    assert runs.blobs("parked") == []


async def test_what_waits_for_another_reason_is_paused_when_its_time_comes_and_not_before() -> None:
    runs = await house_with()
    await runs.apply({**MUG, "DefaultPriceScheduleID": "PS"})
    await runs.world.pauses.have(pause_of("erp", "product"))
    assert [name.split("/")[0] for name in runs.blobs("parked")] == ["due", "waits"]
    runs.world.clock.advance(3_600)
    await runs.sweep()
    assert runs.blobs("parked") == [HINT]
    await runs.apply({"ID": "PS", "Name": "Standard", "PriceBreaks": []}, record_type="priceschedule")
    assert runs.world.ordercloud.get("/v1/products/P1") is None
    await resume(runs)
    assert (runs.world.ordercloud.get("/v1/products/P1") or {})["DefaultPriceScheduleID"] == "PS"
    assert runs.blobs("parked") == []


async def test_a_child_that_is_released_while_it_is_paused_waits_on() -> None:
    runs = await house_with()
    await runs.apply({**MUG, "DefaultPriceScheduleID": "PS"})
    await runs.world.pauses.have(pause_of("erp", "product"))
    await runs.apply({"ID": "PS", "Name": "Standard", "PriceBreaks": []}, record_type="priceschedule")
    assert runs.blobs("parked") == [HINT]
    await resume(runs)
    assert runs.blobs("parked") == []


async def test_pausing_again_and_again_makes_no_dead_letter() -> None:
    runs = Runs(profile_of("erp", Policies={"Parking": {"Delays": [5], "Limit": 2}}))
    for _ in range(5):
        await runs.world.pauses.have(pause_of())
        await runs.apply(MUG)
        runs.world.clock.advance(60)
        runs.world.ordercloud.fail(Unavailable("down"))
        await resume(runs)
        assert [name.split("/")[0] for name in runs.blobs("parked")] == ["due"]
    assert runs.blobs("deadletters") == []


async def test_a_replayed_dead_letter_of_a_paused_client_is_queued_and_then_waits() -> None:
    runs = await house_with()
    await die(runs, MUG)
    await runs.world.pauses.have(pause_of())
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    await runs.run(PATH)
    assert (dead_of(runs), runs.blobs("deadletters"), runs.blobs("parked")) == (None, [], [HINT])
    await resume(runs)
    assert runs.world.ordercloud.get("/v1/products/P1") is not None


async def test_a_posting_that_was_applied_already_is_only_logged_again() -> None:
    """The run that applied it died before it was removed: it need not wait for anything."""
    runs = await house_with()
    await runs.post(MUG)
    queued = runs.containers["queue"].blobs[str(PATH)]
    await runs.run(PATH)
    runs.containers["queue"].blobs[str(PATH)] = queued
    await runs.world.pauses.have(pause_of())
    await runs.run(PATH)
    assert (runs.blobs("queue"), runs.blobs("parked")) == ([], [])


async def test_where_a_record_stands_says_that_it_is_paused() -> None:
    runs = await house_with(pause_of())
    envelope = await runs.apply(MUG)
    found = await standing(runs.ports, PRODUCT, ("P1",), profile_of("erp"))
    assert found is not None
    shown = {name: found[name] for name in ("State", "Version", "WaitingFor", "NextAttempt")}
    expected = {"State": "parked", "Version": envelope.version.text, "WaitingFor": "paused", "NextAttempt": None}
    assert shown == expected


async def test_a_composite_of_a_paused_client_waits_as_a_whole(house: House) -> None:
    await house.world.pauses.have(pause_of())
    await house.apply(SMALL, record_type="hydratedproduct")
    assert house.blobs("parked") == [f"paused/erp/hydratedproduct/{composite_path()}"]
    assert house.calls() == []
    await resume(house)
    assert house.last_event(composite_path())["Reason"] == "10 parts: 10 Create"
    assert house.blobs("parked") == []


async def test_a_part_whose_type_is_paused_waits_by_itself(house: House) -> None:
    await house.world.pauses.have(pause_of("erp", "priceschedule"))
    await house.apply(SMALL, record_type="hydratedproduct")
    event = house.last_event(composite_path())
    assert event["Reason"] == "10 parts: 6 Create, 4 waiting"  # the product waits for its schedule
    assert "paused/erp/priceschedule/acme/priceschedule/p1/erp" in house.blobs("parked")
    found = await standing(house.ports, REGISTRY["hydratedproduct"], ("P1",), profile_of("erp"))
    assert found is not None
    assert (found["State"], len(found["WaitingParts"])) == ("parked", 4)
    await resume(house)
    assert house.blobs("parked") == []
    found = await standing(house.ports, REGISTRY["hydratedproduct"], ("P1",), profile_of("erp"))
    assert found is not None
    assert (found["State"], found["WaitingParts"]) == ("applied", [])


async def test_pauses_that_cannot_be_read_let_nothing_through_and_keep_what_waits_where_it_is() -> None:
    runs = await house_with(pause_of())
    await runs.apply(MUG)
    await runs.world.pauses.container.overwrite("pauses/acme.json", b"garbage")
    await runs.apply({"ID": "P2", "Name": "Mug"})
    await runs.sweep()
    assert runs.calls() == []
    assert [name.split("/")[0] for name in runs.blobs("parked")] == ["due", "paused"]
    assert runs.events()[-1]["ErrorType"] == "AccountFault"
    assert "pauses/acme.json" in runs.events()[-1]["Message"]


async def test_what_waits_of_a_client_without_a_profile_is_taken_up_and_says_so() -> None:
    runs = await house_with(pause_of())
    await runs.apply(MUG)
    runs.world.profiles.remove("erp")
    await runs.sweep()
    assert runs.events()[-1]["ErrorType"] == "AccountFault"
    assert [name.split("/")[0] for name in runs.blobs("parked")] == ["due"]


@pytest.mark.parametrize("name", ["paused/erp/product/nowhere", "paused/erp/product/acme/product/p9/erp"])
async def test_a_wrong_hint_is_removed(name: str) -> None:
    runs = await house_with()
    await runs.ports.parked.put(name)
    await runs.sweep()
    assert runs.blobs("parked") == []
