"""What a replay and a drop leave alone: what is newer, what others hold, what cannot be read."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from fakes.clock import START
from fakes.dead import dead_of, die, drop, keys, name_of, replay
from fakes.expected import product
from fakes.profiles import profile_of
from fakes.runs import Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.cached_record import Claim
from orchestration.ports import StorageUnavailableError
from orchestration.resolving import Outcome

PATH = path_of()
KEY = str(PATH)
MUG: Json = {"ID": "P1", "Name": "Mug"}
CUP: Json = {"ID": "P1", "Name": "Cup"}
ITEM = "/v1/products/P1"


BOTH = pytest.mark.parametrize("act", [replay, drop])
type Act = Callable[..., Awaitable[list[Outcome]]]


@BOTH
async def test_what_is_no_dead_letter_is_gone(act: Act) -> None:
    runs = Runs(profile_of("erp"), profile_of("pim"), profile_of("other", Marketplace="acme2"))
    await runs.apply(MUG)
    runs.world.ordercloud.fail_before(method="POST")
    await runs.apply({"ID": "P2", "Name": "parked"})
    await die(runs, {"ID": "P3", "Name": "n"}, client="other")
    names = [
        PATH,
        path_of("P2"),
        path_of("none"),
        "acme2/product/p3/other",
        "acme/Product/p1/erp",
        "unreadable/acme2/a/b",
    ]
    before = runs.blobs("parked"), runs.blobs("deadletters"), runs.cached(PATH.record)
    assert await act(runs, *names) == [Outcome.GONE] * len(names)
    assert (runs.blobs("parked"), runs.blobs("deadletters"), runs.cached(PATH.record)) == before


@BOTH
async def test_a_newer_posting_that_is_queued_supersedes_it(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    newer = await runs.post(CUP)
    assert await act(runs, PATH) == [Outcome.SUPERSEDED]
    queued = await runs.ports.queue.get(PATH)
    assert queued is not None
    assert queued.envelope == newer
    assert dead_of(runs) is not None
    await runs.run(PATH)
    assert runs.world.ordercloud.get(ITEM) == product(Name="Cup")
    assert await keys(runs) == []


@BOTH
async def test_a_posting_with_the_same_version_of_the_source_s_own_is_a_newer_one(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG, version="7")
    runs.world.clock.advance(1)
    await runs.post(CUP, version="7")
    assert await act(runs, PATH) == [Outcome.SUPERSEDED]


@BOTH
async def test_an_older_one_that_came_late_is_left_to_its_run_first(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG, version="7")
    await runs.post({**CUP, "Description": "old"}, version="6")
    assert await act(runs, PATH) == [Outcome.BUSY]
    await runs.run(PATH)
    assert runs.events()[-1]["ErrorType"] == "Superseded"
    assert await act(runs, PATH) == [Outcome.REPLAYED if act is replay else Outcome.DROPPED]
    await runs.settle()
    assert name_of(runs) == ("Mug" if act is replay else None)


async def test_a_dead_letter_that_is_queued_again_already_is_not_dropped() -> None:
    runs = Runs()
    await die(runs, MUG)
    await replay(runs, PATH)
    assert await drop(runs, PATH) == [Outcome.BUSY]
    await runs.run(PATH)
    assert name_of(runs) == "Mug"


async def claimed(runs: Runs, seconds: float) -> None:
    """Have another source's run hold the record for some seconds."""
    cached = await runs.ports.cache.get(PATH.record)
    claim = Claim("run-1", "pim", START.replace(second=int(seconds), microsecond=int(seconds % 1 * 1e6)))
    await runs.ports.cache.put(PATH.record, replace(cached.record, claim=claim), cached.etag)


@BOTH
async def test_a_record_that_a_run_holds_is_left_alone_after_a_moment_s_patience(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await claimed(runs, 30)
    assert await act(runs, PATH) == [Outcome.BUSY]
    assert runs.world.clock.slept == [0.1, 0.2, 0.4, 0.8]
    assert runs.blobs("queue") == []
    assert dead_of(runs) is not None


@BOTH
async def test_a_record_that_a_run_gives_back_within_a_moment_is_not_left_alone(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await claimed(runs, 0.25)
    assert await act(runs, PATH) == [Outcome.REPLAYED if act is replay else Outcome.DROPPED]


@BOTH
async def test_the_claim_of_a_run_that_died_is_taken_over_and_leaves_the_record_uncertain(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await claimed(runs, 1)
    runs.world.clock.advance(2)
    assert await act(runs, PATH) == [Outcome.REPLAYED if act is replay else Outcome.DROPPED]
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.claim, cached.certain) == (None, False)


@BOTH
async def test_what_cannot_be_read_is_left_alone(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await runs.containers["queue"].overwrite(KEY, b"garbage")
    assert await act(runs, PATH) == [Outcome.BUSY]
    await runs.run(PATH)  # moves the bytes away
    await runs.containers["cache"].overwrite(str(PATH.record), b"garbage")
    assert await act(runs, PATH) == [Outcome.UNREADABLE]


@BOTH
async def test_a_dry_run_says_the_same_and_does_nothing(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await die(runs, {"ID": "P2", "Name": "n"})
    await runs.post({"ID": "P2", "Name": "m"})
    since = len(runs.steps)
    outcomes = await act(runs, PATH, path_of("P2"), path_of("P3"), dry_run=True)
    assert outcomes == [Outcome.REPLAYED if act is replay else Outcome.DROPPED, Outcome.SUPERSEDED, Outcome.GONE]
    assert {step.method for step in runs.steps[since:]} == {"GET"}
    assert outcomes == await act(runs, PATH, path_of("P2"), path_of("P3"))


@BOTH
async def test_storage_that_does_not_answer_for_one_keeps_the_others_from_nothing(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)
    await die(runs, {"ID": "P2", "Name": "n"})

    async def fail(step: Step) -> None:
        if step.method == "PUT" and step.name == str(PATH.record):
            raise StorageUnavailableError("down")

    runs.before = fail
    outcomes = await act(runs, PATH, path_of("P2"))
    assert outcomes == [Outcome.FAILED, Outcome.REPLAYED if act is replay else Outcome.DROPPED]


@BOTH
async def test_a_posting_that_comes_while_the_record_is_claimed_is_newer_and_the_claim_is_given_back(act: Act) -> None:
    runs = Runs()
    await die(runs, MUG)

    async def post(step: Step) -> None:
        if (step.place, step.method) == ("cache", "PUT"):
            runs.after = let_pass
            await runs.post(CUP)

    runs.after = post
    assert await act(runs, PATH) == [Outcome.SUPERSEDED]
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.claim, cached.certain, "erp" in cached.waiting) == (None, True, True)
    assert [event["Level"] for event in runs.events()] == ["Error"]
    await runs.run(PATH)
    assert name_of(runs) == "Cup"
