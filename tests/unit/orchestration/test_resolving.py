"""What operators do about dead letters: replay and drop, and what each leaves behind."""

import json
from dataclasses import replace

import pytest
from fakes.clock import START
from fakes.dead import dead_of, die, drop, keys, name_of, refusal, replay, resolver
from fakes.expected import event_of, product, stored, without_durations
from fakes.profiles import profile_of
from fakes.runs import Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.cached_record import CachedRecord
from orchestration.failures import Unavailable
from orchestration.resolving import CONCURRENCY, Outcome
from orchestration.standing import standing
from orchestration.waiting import WaitingState

PATH = path_of()
KEY = str(PATH)
MUG: Json = {"ID": "P1", "Name": "Mug"}
CUP: Json = {"ID": "P1", "Name": "Cup"}
ITEM = "/v1/products/P1"
NAMED = refusal(("ValidationFailure", "Name"))


# Replay


async def test_a_replay_queues_the_dead_letter_as_it_was_and_the_run_does_the_rest() -> None:
    runs = Runs()
    envelope = await die(runs, MUG)
    since = len(runs.steps)
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    assert [str(step) for step in runs.steps[since:]] == [
        f"queue GET {KEY}",
        f"cache GET {PATH.record}",
        f"cache PUT {PATH.record}",  # the claim
        f"queue PUT {KEY}",
        f"cache PUT {PATH.record}",  # its end
        f"log PUT acme:product:p1:erp:{envelope.version}:0:replay1",
    ]
    again = replace(envelope, replays=1, again=True)
    queued = await runs.ports.queue.get(PATH)
    assert queued is not None
    assert queued.envelope == again
    assert dead_of(runs) == envelope
    assert await keys(runs) == [KEY]

    await runs.run(PATH)
    events = [without_durations(event) for event in runs.events()]
    of_replay = {"Id": f"acme:product:p1:erp:{envelope.version}:0:replay1", "Attempt": 0}
    assert events[1] == event_of(
        envelope, Level="Progress", Reason="replayed by an operator", Operator="ops", **of_replay
    )
    created = event_of(
        envelope,
        Id=f"acme:product:p1:erp:{envelope.version}:1:replay1",
        Action="Create",
        Reason=events[2]["Reason"],
        Message="it was a dead letter",
        Result=product(Name="Mug"),
        Calls=[{"Method": "POST", "Path": "/v1/products"}],
    )
    assert events[2:] == [created]
    assert len({event["Id"] for event in events}) == 3  # the log still says how it died
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert without_durations(cached.applied["erp"].event) == stored(created)
    assert replace(cached, applied={}) == CachedRecord(current=product(Name="Mug"), fetched_at=START)
    assert await keys(runs) == []
    assert (runs.blobs("queue"), runs.blobs("deadletters")) == ([], [])


async def test_a_replay_is_compared_anew_with_what_is_there_by_now() -> None:
    runs = Runs()
    await die(runs, MUG)
    await runs.apply({**MUG, "Description": "theirs"}, client="pim")
    runs.world.ordercloud.calls.clear()
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    await runs.run(PATH)
    assert runs.calls() == []  # the other source has made it what this one posted
    assert runs.events()[-1]["Action"] == "Ignore"
    assert await keys(runs) == []


async def test_a_replay_that_is_refused_again_is_dead_again_and_counted() -> None:
    runs = Runs()
    envelope = await die(runs, MUG)
    runs.world.ordercloud.fail(NAMED, method="POST", times=None)
    for replays in (1, 2):
        assert await replay(runs, PATH) == [Outcome.REPLAYED]
        await runs.run(PATH)
        assert dead_of(runs) == replace(envelope, replays=replays)
    attempts = [(event["Attempt"], event["Level"]) for event in runs.events()]
    assert attempts == [(1, "Error"), (0, "Progress"), (1, "Error"), (0, "Progress"), (1, "Error")]
    assert len({event["Id"] for event in runs.events()}) == 5
    assert await keys(runs) == [KEY]


async def test_the_attempts_of_a_replay_begin_anew() -> None:
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [10], "Limit": 2}}), profile_of("pim"))
    runs.world.ordercloud.fail(Unavailable("down"), method="POST", times=3)
    await runs.apply(MUG)
    await runs.settle()
    assert await keys(runs) == [KEY]
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    await runs.run(PATH)
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.waiting["erp"].state, cached.waiting["erp"].attempts) == (WaitingState.PARKED, 1)
    assert runs.blobs("deadletters") == []
    await runs.settle()
    assert runs.world.ordercloud.get(ITEM) is not None
    assert [event["Attempt"] for event in runs.events()] == [1, 2, 0, 1, 2]
    assert len({event["Id"] for event in runs.events()}) == 5


async def test_a_delete_that_died_is_replayed_as_a_delete() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.ordercloud.refuse(method="DELETE")
    await runs.run((await runs.delete("P1")).path)
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    await runs.run(PATH)
    assert runs.world.ordercloud.get(ITEM) is None
    assert runs.events()[-1]["Action"] == "Delete"


async def test_what_is_replayed_twice_is_queued_once() -> None:
    runs = Runs()
    await die(runs, MUG)
    assert await replay(runs, PATH, PATH) == [Outcome.REPLAYED]
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    queued = await runs.ports.queue.get(PATH)
    assert queued is not None
    assert queued.envelope.replays == 1
    assert [event["Level"] for event in runs.events()] == ["Error", "Progress"]


async def test_a_newer_posting_is_laid_over_what_was_replayed_before_it() -> None:
    runs = Runs()
    await die(runs, {**MUG, "Description": "d"})
    await replay(runs, PATH)
    await runs.apply(CUP)
    found = runs.world.ordercloud.get(ITEM)
    assert found is not None
    assert (found["Name"], found["Description"]) == ("Cup", "d")


# Drop


async def test_a_drop_logs_what_was_dropped_and_by_whom_and_nothing_of_it_waits_any_more() -> None:
    runs = Runs()
    await runs.apply({**MUG, "xp": {"a": 1}})
    runs.world.ordercloud.fail(NAMED, method="PATCH")
    envelope = await runs.apply(CUP)
    before = runs.cached(PATH.record)
    assert before is not None
    since = len(runs.steps)
    assert await drop(runs, PATH) == [Outcome.DROPPED]
    event = f"acme:product:p1:erp:{envelope.version}:1:dropped"
    assert [str(step) for step in runs.steps[since:]] == [
        f"queue GET {KEY}",
        f"cache GET {PATH.record}",
        f"cache PUT {PATH.record}",  # the claim
        f"queue HEAD {KEY}",
        f"log PUT {event}",
        f"cache PUT {PATH.record}",  # its end, with nothing waiting
        f"deadletters DELETE {KEY}",
    ]
    assert runs.cached(PATH.record) == replace(before, waiting={})
    assert runs.events()[-1] == event_of(
        envelope,
        Id=event,
        Level="Warn",
        Reason="dropped by an operator",
        Operator="ops",
        ErrorType="Dropped",
        Errors=list(NAMED.errors),
    )
    assert (runs.blobs("deadletters"), await keys(runs)) == ([], [])
    await runs.settle()
    assert runs.world.ordercloud.get(ITEM) == product(Name="Mug", xp={"a": 1})


async def test_what_a_dropped_posting_may_have_written_is_not_forgotten() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.ordercloud.fail(refusal(("Odd", None)), method="PATCH", committed=True)
    await runs.apply(CUP)
    cached = runs.cached(PATH.record)
    assert cached is not None
    unsure = replace(cached, certain=False, attempted={"erp": {"Name": "Cup"}})
    await runs.ports.cache.put(PATH.record, unsure, runs.containers["cache"].blobs[str(PATH.record)].etag)
    assert await drop(runs, PATH) == [Outcome.DROPPED]
    assert runs.cached(PATH.record) == replace(unsure, waiting={})
    await runs.apply(MUG)
    assert name_of(runs) == "Mug"


async def test_another_source_s_dead_letter_of_the_same_record_stays() -> None:
    runs = Runs()
    await die(runs, MUG)
    await die(runs, CUP, client="pim")
    assert await drop(runs, path_of(client="pim")) == [Outcome.DROPPED]
    assert await keys(runs) == [KEY]
    assert dead_of(runs) is not None


async def test_unreadable_bytes_can_be_dropped_and_not_replayed() -> None:
    runs = Runs()
    key = f"unreadable/{KEY}"
    await runs.containers["queue"].overwrite(KEY, b"garbage")
    await runs.run(PATH)
    assert await keys(runs) == [key]
    assert await replay(runs, key) == [Outcome.UNREADABLE]
    assert await drop(runs, key, dry_run=True) == [Outcome.DROPPED]
    assert await drop(runs, f"{key}x", "unreadable/acme") == [Outcome.GONE, Outcome.GONE]
    assert runs.blobs("deadletters") == [key]
    assert await drop(runs, key) == [Outcome.DROPPED]
    assert runs.blobs("deadletters") == []
    event = runs.events()[-1]
    assert (event["Reason"], event["Operator"]) == ("dropped by an operator", "ops")
    assert (event["ErrorType"], event["Level"]) == ("Dropped", "Warn")
    assert len({event["Id"] for event in runs.events()}) == 2  # it still says what they were


@pytest.mark.parametrize("operator", [True, False])
async def test_who_has_resolved_a_dead_letter_is_for_operators_to_know(*, operator: bool) -> None:
    runs = Runs()
    await die(runs, MUG)
    assert await replay(runs, PATH) == [Outcome.REPLAYED]
    runs.world.ordercloud.fail(NAMED, method="POST")
    await runs.run(PATH)
    assert await drop(runs, PATH) == [Outcome.DROPPED]
    profile = await runs.ports.profiles.get("erp")
    found = await standing(runs.ports, runs.registry["product"], ("P1",), profile, operator=operator)
    assert found is not None
    assert found["LastEvent"] == found["Events"][0]
    who = {"Operator": "ops"} if operator else {}
    told = [{name: event[name] for name in ("Reason", "Operator") if name in event} for event in found["Events"]]
    assert sorted(told, key=lambda each: each["Reason"]) == [
        {"Reason": "dead letter: it needs a person"},
        {"Reason": "dead letter: it needs a person"},
        {"Reason": "dropped by an operator", **who},
        {"Reason": "replayed by an operator", **who},
    ]
    assert ("ops" in json.dumps(found)) is operator


# Many


async def test_many_are_resolved_a_few_at_a_time() -> None:
    runs = Runs()
    for number in range(CONCURRENCY + 4):
        await die(runs, {"ID": f"P{number}", "Name": "n"})
    under_way, most = set[str](), [0]

    async def begin(step: Step) -> None:
        await let_pass(step)
        if (step.place, step.method) == ("queue", "GET"):
            under_way.add(step.name)
            most[0] = max(most[0], len(under_way))
        if (step.place, step.method) == ("deadletters", "DELETE"):
            under_way.discard(step.name)

    runs.before = begin
    assert set(await drop(runs, *await keys(runs))) == {Outcome.DROPPED}
    assert most == [CONCURRENCY]


async def test_what_became_of_each_is_told_by_its_key_and_in_words() -> None:
    runs = Runs()
    envelope = await die(runs, MUG)
    resolved = await resolver(runs).replay([KEY, "acme/priceschedule/ps1/pim", "nothing"])
    assert [each.to_json(runs.registry) for each in resolved] == [
        {
            "Key": KEY,
            "RecordType": "product",
            "Keys": {"ID": "P1"},
            "Client": "erp",
            "Version": envelope.version.text,
            "Outcome": "replayed",
            "Message": Outcome.REPLAYED.message,
        },
        {
            "Key": "acme/priceschedule/ps1/pim",
            "RecordType": "priceschedule",
            "Keys": {"ID": "ps1"},
            "Client": "pim",
            "Version": None,
            "Outcome": "gone",
            "Message": Outcome.GONE.message,
        },
        {
            "Key": "nothing",
            "RecordType": None,
            "Keys": {},
            "Client": None,
            "Version": None,
            "Outcome": "gone",
            "Message": Outcome.GONE.message,
        },
    ]
    assert len({outcome.message for outcome in Outcome}) == len(Outcome)
