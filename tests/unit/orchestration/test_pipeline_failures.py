"""What becomes of postings that fail: hint, mark, log, delete; growing delays; release; dead letters; the sweep."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.clock import START
from fakes.expected import CLAIMED, ENDED, Requests, event_of, product, settled, storage, without_durations
from fakes.profiles import profile_of
from fakes.runs import Crash, Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.cached_record import CachedRecord, Claim
from orchestration.driving import drive
from orchestration.endings import Ending
from orchestration.envelope import Envelope
from orchestration.failures import AccountFault, Failure, MissingReference, NotFound, RefusedByOrderCloud, Unavailable
from orchestration.limits import Limits
from orchestration.paths import QueuePath
from orchestration.pipeline import Pipeline
from orchestration.waiting import Waiting, WaitingState

MUG: Json = {"ID": "P1", "Name": "Mug"}
CUP: Json = {"ID": "P1", "Name": "Cup"}
PRICED: Json = {**MUG, "DefaultPriceScheduleID": "PS1"}
SCHEDULE: Json = {"ID": "PS1", "Name": "Retail"}
PATH = path_of()
WAITS = f"waits/acme/priceschedule/ps1/{PATH}"
ERRORS: tuple[Json, ...] = ({"ErrorCode": "X", "Message": "X.", "Data": None},)


def quick(limit: int = 40) -> Runs:
    """Return a house whose profile has short delays."""
    return Runs(profile_of(Policies={"Parking": {"Delays": [10, 100], "Limit": limit}}), profile_of("pim"))


def waiting_of(runs: Runs, client: str = "erp") -> Waiting:
    cached = runs.cached(PATH.record)
    assert cached is not None
    return cached.waiting[client]


def only(runs: Runs, place: str) -> str:
    """Return the one hint that begins with `due/`, or the one dead letter."""
    [name] = [name for name in runs.blobs(place) if not name.startswith("waits/")]
    return name


async def parked(runs: Runs, failure: Failure | None = None, item: Json = MUG) -> Envelope:
    """Post a record whose create fails, and run it."""
    runs.world.ordercloud.fail(failure or Unavailable("down"), method="POST")
    return await runs.apply(item)


PARKED_CLASSES = [
    pytest.param(Unavailable("down", status=503), True, id="unavailable"),
    pytest.param(Unavailable("throttled", retry_after=1000.0, status=429), True, id="told when to come again"),
    pytest.param(Unavailable("no answer", outcome_unknown=True), False, id="outcome unknown"),
    pytest.param(AccountFault("the role is missing", errors=ERRORS, status=403), True, id="a fault of the account"),
    pytest.param(NotFound("no", errors=ERRORS), True, id="a missing reference that is not named"),
    pytest.param(
        NotFound("no", object_type="Unheard", object_id="U1", errors=ERRORS), True, id="a reference of no known type"
    ),
]


@pytest.mark.parametrize(("failure", "certain"), PARKED_CLASSES)
async def test_what_may_pass_later_is_parked_by_hint_mark_log_and_delete(*, failure: Failure, certain: bool) -> None:
    runs = Runs()
    envelope = await parked(runs, failure)
    hint = only(runs, "parked")
    made = ("ordercloud POST /v1/products", f"parked PUT {hint}")
    steps = Requests("product").of(*CLAIMED, "ordercloud POST /v1/products")
    assert storage(runs) == [
        *steps,
        f"parked PUT {hint}",
        *Requests("product").of("cache PUT", *ENDED),
    ], made

    waiting = waiting_of(runs)
    assert waiting.due is not None
    assert hint == f"due/erp/{waiting.due:%Y%m%dT%H%M%S.%fZ}/{PATH}"
    missing = isinstance(failure, NotFound)
    expected = Waiting(
        envelope=envelope,
        state=WaitingState.PARKED,
        cause=waiting.cause if missing else failure.cause,
        error_type="MissingReference" if missing else type(failure).__name__,
        errors=failure.errors,
        status=failure.status,
        attempts=1,
        untried=1 if isinstance(failure, AccountFault) else 0,
        failed_at=START,
        due=waiting.due,
        hints={hint: runs.containers["parked"].blobs[hint].etag},
        calls=1,
    )
    attempted = {} if certain else {"erp": MUG}
    assert runs.cached(PATH.record) == CachedRecord(certain=certain, attempted=attempted, waiting={"erp": expected})
    least = getattr(failure, "retry_after", None) or 5
    assert START + timedelta(seconds=least) <= waiting.due <= START + timedelta(seconds=max(least, 6.25))
    assert [without_durations(event) for event in runs.events()] == [
        event_of(
            envelope,
            Level="Warn",
            Reason=f"parked until {waiting.due.isoformat()}",
            ErrorType=waiting.error_type,
            Message=waiting.cause,
            Errors=list(failure.errors),
            Calls=[{"Method": "POST", "Path": "/v1/products"}],
        )
    ]
    assert not runs.blobs("queue")


DEAD_CLASSES = [
    pytest.param(RefusedByOrderCloud("refused", errors=ERRORS, status=400), id="refused"),
    pytest.param(RefusedByOrderCloud("conflict", errors=ERRORS, status=409), id="a conflict"),
]


@pytest.mark.parametrize("failure", DEAD_CLASSES)
async def test_what_will_not_pass_is_a_dead_letter_by_hint_mark_log_and_delete(failure: Failure) -> None:
    runs = Runs()
    envelope = await parked(runs, failure)
    assert storage(runs)[6:] == [
        f"deadletters PUT {PATH}",
        *Requests("product").of("cache PUT", *ENDED),
    ]
    waiting = Waiting(
        envelope=envelope,
        state=WaitingState.DEAD,
        cause=failure.cause,
        error_type="RefusedByOrderCloud",
        errors=ERRORS,
        status=failure.status,
        attempts=1,
        failed_at=START,
        hints={str(PATH): runs.containers["deadletters"].blobs[str(PATH)].etag},
        calls=1,
    )
    assert runs.cached(PATH.record) == CachedRecord(waiting={"erp": waiting})
    assert [without_durations(event) for event in runs.events()] == [
        event_of(
            envelope,
            Level="Error",
            Reason="dead letter: it needs a person",
            ErrorType="RefusedByOrderCloud",
            Message=failure.cause,
            Errors=list(ERRORS),
            Calls=[{"Method": "POST", "Path": "/v1/products"}],
        )
    ]
    await runs.settle()
    assert len(runs.calls()) == 1  # nobody tries again


async def test_a_record_of_another_owner_is_a_dead_letter_and_nothing_of_it_is_shown() -> None:
    runs = Runs(profile_of(Resource="supplier:S1"), profile_of("pim"))
    await runs.apply({**MUG, "Description": "secret"}, client="pim")
    runs.world.ordercloud.calls.clear()
    envelope = await runs.intake_as_supplier(CUP, "S1")
    await runs.run(PATH)
    assert runs.calls() == []
    event = without_durations(runs.events()[-1])
    assert event == event_of(
        envelope,
        Resource="supplier:S1",
        Level="Error",
        Reason="dead letter: it needs a person",
        ErrorType="NotOwner",
        Message="the record belongs to another owner",
    )
    assert runs.blobs("deadletters") == [str(PATH)]


async def test_an_id_that_another_owner_has_taken_is_a_dead_letter() -> None:
    runs = Runs(profile_of(Resource="supplier:S1"))
    runs.world.ordercloud.keep("/v1/products", product(Name="Theirs", Description="secret"))
    await runs.intake_as_supplier(MUG, "S1")
    await runs.run(PATH)
    event = runs.events()[-1]
    assert (event["ErrorType"], event["Message"]) == ("NotOwner", "the ID belongs to a record of another owner")
    assert "secret" not in str(runs.events())
    assert "secret" not in str(runs.cached(PATH.record))


async def test_a_profile_that_is_missing_parks_under_a_claim_and_the_posting_passes_when_it_is_there_again() -> None:
    runs = Runs()
    envelope = await runs.post(MUG)
    runs.world.profiles.remove("erp")
    await runs.run(PATH)
    hint = only(runs, "parked")
    assert storage(runs) == [
        *Requests("product").of(*CLAIMED),
        f"parked PUT {hint}",
        *Requests("product").of("cache PUT", *ENDED),
    ]
    assert waiting_of(runs).error_type == "AccountFault"
    runs.world.profiles.put(profile_of())
    await runs.settle()
    assert runs.world.ordercloud.get("/v1/products/P1") == {
        **product(Name="Mug"),
        "DateCreated": runs.world.clock.now().isoformat(),
    }
    assert runs.events()[-1]["Version"] == envelope.version.text
    assert not runs.blobs("parked")


async def test_delays_grow_and_the_last_one_stays_until_the_limit_makes_a_dead_letter() -> None:
    runs = quick(limit=4)
    runs.world.ordercloud.down = True
    await runs.apply(MUG)
    delays = []
    for _ in range(3):
        waiting = waiting_of(runs)
        assert waiting.due is not None
        delays.append((waiting.due - runs.world.clock.now()).total_seconds())
        runs.world.clock.advance(delays[-1])
        await runs.sweep()
    assert [10 <= delays[0] <= 12.5, *(100 <= delay <= 125 for delay in delays[1:])] == [True, True, True]
    waiting = waiting_of(runs)
    assert (waiting.state, waiting.attempts, waiting.due) == (WaitingState.DEAD, 4, None)
    assert waiting.cause == "gave up after 4 attempts: OrderCloud is down"
    assert [event["Attempt"] for event in runs.events()] == [1, 2, 3, 4]
    assert len({event["Id"] for event in runs.events()}) == 4
    assert runs.blobs("parked") == []
    assert runs.blobs("deadletters") == [str(PATH)]


async def test_a_fault_of_the_account_makes_no_dead_letter_however_long_it_lasts() -> None:
    """First the secret is wrong, then the profile is missing, so that the default limit counts: both are exceeded."""
    runs = quick(limit=2)
    runs.world.ordercloud.fail(AccountFault("the secret was refused", status=401), method="POST", times=None)
    await runs.apply(MUG)
    await sweep_often(runs, 5)
    assert waiting_of(runs).cause == "the secret was refused"
    runs.world.profiles.remove("erp")
    await sweep_often(runs, 50)
    waiting = waiting_of(runs)
    assert (waiting.state, waiting.error_type) == (WaitingState.PARKED, "AccountFault")
    assert (waiting.attempts, waiting.untried) == (56, 56)
    assert {event["Level"] for event in runs.events()} == {"Warn"}
    assert runs.blobs("deadletters") == []
    runs.world.ordercloud.mend()
    runs.world.profiles.put(profile_of())
    await runs.settle()
    assert runs.events()[-1]["Action"] == "Create"
    assert runs.blobs("parked") == []


async def sweep_often(runs: Runs, times: int) -> None:
    """Sweep as often as told, each time when what waits is due."""
    for _ in range(times):
        due = waiting_of(runs).due
        assert due is not None
        runs.world.clock.advance((due - runs.world.clock.now()).total_seconds())
        await runs.sweep()


async def test_a_released_posting_removes_its_hints_and_leaves_the_truth() -> None:
    runs = quick()
    envelope = await parked(runs)
    runs.world.clock.advance(13)
    swept = await runs.sweep()
    assert (swept.queued, swept.due) == (0, 1)
    assert runs.blobs("parked") == []
    now = runs.world.clock.now()
    current = {**product(Name="Mug"), "DateCreated": now.isoformat()}
    event = runs.events()[-1]
    assert (event["Attempt"], event["Level"], event["Action"]) == (2, "Success", "Create")
    assert runs.cached(PATH.record) == replace(settled(envelope, MUG, event, current), fetched_at=now)


async def test_what_is_parked_is_not_taken_up_before_it_is_due() -> None:
    runs = quick()
    await parked(runs)
    runs.world.clock.advance(9)
    assert (await runs.sweep()).due == 0
    assert await runs.run(PATH) is Ending.DONE
    assert len(runs.calls()) == 1


async def test_a_newer_posting_is_laid_over_the_parked_one() -> None:
    runs = quick()
    await parked(runs, item={**MUG, "Description": "tall"})
    envelope = await runs.apply(CUP)
    managed = {**CUP, "Description": "tall"}
    assert runs.calls()[1:] == [("POST", "/v1/products", managed)]
    event, current = runs.events()[-1], product(Name="Cup", Description="tall")
    assert event["Attempt"] == 1
    assert runs.cached(PATH.record) == settled(envelope, managed, event, current)
    assert runs.blobs("parked") == []
    assert runs.blobs("queue") == []


async def test_a_dead_letter_is_superseded_by_a_newer_posting_and_the_event_says_so() -> None:
    runs = Runs()
    dead = await parked(runs, RefusedByOrderCloud("refused"), {**MUG, "Description": "bad"})
    envelope = await runs.apply(CUP)
    assert runs.calls()[1:] == [("POST", "/v1/products", CUP)]
    event = runs.events()[-1]
    assert event["Message"] == f"it supersedes dead letter {dead.version}"
    assert event["Attempt"] == 1
    assert runs.cached(PATH.record) == settled(envelope, CUP, event, product(Name="Cup"))
    assert runs.blobs("deadletters") == []


async def test_the_hints_of_an_earlier_cause_go_when_there_is_another() -> None:
    runs = quick()
    await runs.apply(PRICED)
    assert WAITS in runs.blobs("parked")
    await parked(runs, Unavailable("down"), PRICED)
    [left] = runs.blobs("parked")
    assert left == only(runs, "parked")
    assert set(waiting_of(runs).hints) == {left}
    await parked(runs, RefusedByOrderCloud("refused"), PRICED)
    assert runs.blobs("parked") == []
    assert runs.blobs("deadletters") == [str(PATH)]
    await parked(runs, Unavailable("down"), PRICED)
    assert runs.blobs("deadletters") == []


async def test_a_missing_reference_is_parked_with_what_it_waits_for_and_released_at_once_by_its_creation() -> None:
    runs = Runs()
    envelope = await runs.apply(PRICED)
    waiting = waiting_of(runs)
    assert (waiting.error_type, waiting.waits_for) == ("MissingReference", "acme/priceschedule/ps1")
    assert runs.blobs("parked") == [only(runs, "parked"), WAITS]
    assert runs.events()[-1]["Reason"].endswith(", for acme/priceschedule/ps1")
    await runs.apply(SCHEDULE, record_type="priceschedule")
    assert [method for method, _path, _body in runs.calls()] == ["POST", "POST", "POST"]
    current = product(Name="Mug", DefaultPriceScheduleID="PS1")
    assert runs.world.ordercloud.get("/v1/products/P1") == current
    assert runs.cached(PATH.record) == settled(envelope, PRICED, runs.events()[-1], current)
    assert runs.blobs("parked") == []


@pytest.mark.parametrize("place", ["parked PUT due/", "parked PUT waits/", "cache GET acme/priceschedule/ps1"])
async def test_a_child_finds_out_that_its_parent_came_while_it_was_parked(place: str) -> None:
    """The parent is posted and run to its end just before a step of the child's parking."""
    runs = Runs()

    async def parent_comes(step: Step) -> None:
        if str(step).startswith(place) and runs.calls():
            runs.before = let_pass
            await runs.apply(SCHEDULE, record_type="priceschedule")

    runs.before = parent_comes
    await runs.apply(PRICED)
    assert runs.before is let_pass
    assert_released(runs)


async def test_a_parent_that_comes_just_before_the_mark_waits_a_moment_for_its_child() -> None:
    """The parent's run has listed the hint and found the child under its claim when the child goes on."""
    runs = Runs()
    parents: list[asyncio.Task[Envelope]] = []

    async def parent_comes(step: Step) -> None:
        if str(step) == f"cache PUT {PATH.record}" and runs.calls():
            runs.before = let_pass
            parents.append(asyncio.create_task(runs.apply(SCHEDULE, record_type="priceschedule")))
            while not runs.world.clock.slept:
                await let_pass(step)

    runs.before = parent_comes
    await runs.apply(PRICED)
    await asyncio.gather(*parents)
    assert runs.world.clock.slept
    assert_released(runs)


def assert_released(runs: Runs) -> None:
    found = runs.world.ordercloud.get("/v1/products/P1")
    assert found is not None
    assert found["DefaultPriceScheduleID"] == "PS1"
    assert runs.blobs("parked") == []
    assert runs.blobs("queue") == []
    assert not waiting_left(runs)


def waiting_left(runs: Runs) -> bool:
    cached = runs.cached(PATH.record)
    return cached is None or bool(cached.waiting)


async def test_a_crash_loop_ends_as_a_dead_letter_after_the_limit_of_takeovers() -> None:
    runs = Runs(limits=Limits(takeovers=2))
    envelope = await runs.post(MUG)

    async def die(step: Step) -> None:
        if step.place == "ordercloud":
            raise Crash

    runs.before = die
    for _ in range(3):
        with pytest.raises(Crash):
            await runs.run(PATH)
        runs.world.clock.advance(61)
    runs.before = let_pass
    await runs.run(PATH)
    event = runs.events()[-1]
    assert (event["ErrorType"], event["Message"]) == (
        "CrashLoop",
        "3 runs of this source in a row died with the record in hand",
    )
    cached = runs.cached(PATH.record)
    assert cached == CachedRecord(certain=False, attempted={"erp": MUG}, waiting={"erp": waiting_of(runs)})
    assert waiting_of(runs).envelope == envelope
    assert runs.blobs("queue") == []
    runs.world.ordercloud.calls.clear()
    await runs.apply(CUP)
    assert runs.calls()[0] == ("GET", "/v1/products/P1", None)  # the record stays uncertain until somebody looks


async def test_a_bug_makes_a_dead_letter_with_its_traceback() -> None:
    runs = Runs()
    await runs.post(MUG)
    await runs.pipeline.bury(PATH, ZeroDivisionError("a bug"))
    hint = ("cache PUT", "queue HEAD", "deadletters PUT", "cache PUT", "log PUT", "queue DELETE")
    assert [f"{step.place} {step.method}" for step in runs.steps[3:]] == list(hint)
    waiting = waiting_of(runs)
    assert (waiting.state, waiting.error_type) == (WaitingState.DEAD, "Defect")
    assert "ZeroDivisionError: a bug" in waiting.cause
    assert runs.blobs("queue") == []
    assert runs.events()[-1]["ErrorType"] == "Defect"


async def test_driving_a_record_that_meets_a_bug_raises_nothing_and_buries_it() -> None:
    class Buggy(Pipeline):
        async def run(self, path: QueuePath, *, released: bool = False) -> Ending:
            raise ZeroDivisionError("a bug")

    runs = Runs(pipeline=Buggy)
    await runs.post(MUG)
    await drive(runs.pipeline, PATH)
    assert waiting_of(runs).error_type == "Defect"
    assert runs.blobs("deadletters") == [str(PATH)]


async def test_a_bug_leaves_a_record_under_a_live_claim_alone() -> None:
    runs = Runs()
    await runs.post(MUG)
    held = CachedRecord(claim=Claim("other", "pim", START + timedelta(seconds=60)))
    await runs.ports.cache.put(PATH.record, held, None)
    await runs.pipeline.bury(PATH, ZeroDivisionError("a bug"))
    assert runs.cached(PATH.record) == held
    assert runs.blobs("queue") == [str(PATH)]


async def test_the_sweep_drives_what_is_queued_and_old_but_leaves_what_is_new_to_its_trigger() -> None:
    runs = Runs()
    await runs.post(MUG)
    assert (await runs.sweep()).queued == 0
    assert runs.blobs("queue") == [str(PATH)]
    runs.world.clock.advance(61)
    assert (await runs.sweep()).queued == 1
    assert runs.blobs("queue") == []
    assert runs.world.ordercloud.get("/v1/products/P1") is not None


async def test_the_sweep_removes_stale_hints_but_never_those_of_a_record_under_claim() -> None:
    runs = quick()
    stale = f"due/erp/20250101T000000.000000Z/{PATH}"
    await runs.ports.parked.put(stale)
    held = CachedRecord(claim=Claim("other", "pim", START + timedelta(seconds=10)))
    await runs.ports.cache.put(PATH.record, held, None)
    await runs.sweep()
    assert runs.blobs("parked") == [stale]
    runs.world.clock.advance(60)
    await runs.sweep()  # the claim has expired, but its run may still mark what its hint is for
    assert runs.blobs("parked") == [stale]
    await runs.apply(MUG)
    await runs.sweep()
    assert runs.blobs("parked") == []


async def test_the_sweep_removes_hints_that_name_nothing() -> None:
    runs = Runs()
    for name in (
        "due/erp/never/acme/product/p1/erp",
        "due/erp/20250101T000000.000000Z/nothing",
        "due/erp/x",
        "released/x",
    ):
        await runs.ports.parked.put(name)
    await runs.sweep()
    assert runs.blobs("parked") == []


async def test_what_is_no_envelope_goes_to_the_dead_letters_with_its_bytes() -> None:
    runs = Runs()
    await runs.containers["queue"].put(str(PATH), b"{}", None)
    await runs.containers["queue"].put("odd name", b"odd", None)
    runs.world.clock.advance(61)
    await runs.sweep()
    assert runs.blobs("queue") == []
    kept = {name: blob.content for name, blob in runs.containers["deadletters"].blobs.items()}
    assert kept == {f"unreadable/{PATH}": b"{}", "unreadable/odd name": b"odd"}
    assert [event["ErrorType"] for event in runs.events()] == ["Unreadable", "Unreadable"]


async def test_a_missing_reference_says_what_is_missing() -> None:
    runs = Runs()
    await parked(runs, MissingReference("gone"))
    assert waiting_of(runs).cause == "gone"
