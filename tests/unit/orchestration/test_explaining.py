"""An explanation tells what was decided step by step, who else writes the record, and what its next run would do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from composite_bodies import hydrated, spec
from fakes.dead import drop
from fakes.foretold import planner
from fakes.pauses import pause_of
from fakes.profiles import profile_of
from fakes.runs import TRACEPARENT, Runs, path_of
from fakes.sandbox import House

from models.record import Json
from orchestration.explaining import Explainer, Question, changes_in_words
from orchestration.paths import QueuePath
from orchestration.reasons import NOT_LOGGED, NOT_TAKEN_UP
from orchestration.resolving import Outcome
from orchestration.standing import standing

NAMED: Json = {"ID": "P1", "Name": "n"}


async def explained(
    runs: Runs, *keys: str, record_type: str = "product", client: str = "erp", operator: bool = False
) -> Json | None:
    since, row = len(runs.steps), runs.registry[record_type]
    profile = await runs.ports.profiles.get(client)
    question = Question(
        record_type=row, keys=keys or ("P1",), profile=profile, traceparent=TRACEPARENT, operator=operator
    )
    found = await Explainer(runs.ports, planner(runs)).explain(question)
    assert {step.method for step in runs.steps[since:]} <= {"GET", "HEAD", "LIST"}
    return found


async def told(runs: Runs, *keys: str, **where: str) -> Json:
    found = await explained(runs, *keys, **where)
    assert found
    return found


async def test_a_record_that_the_source_never_posted_is_not_explained(house: House) -> None:
    await house.apply(NAMED, client="pim")
    assert await explained(house) is None


async def test_an_applied_record_is_explained_by_each_of_its_versions(house: House) -> None:
    await house.apply(NAMED)
    await house.apply(NAMED | {"Name": "m"})
    found = await told(house)
    profile = await house.ports.profiles.get("erp")
    stands = await standing(house.ports, house.registry["product"], ("P1",), profile)
    assert stands
    assert {name: found[name] for name in stands} == stands
    assert (found["Reason"], found["Changes"]) == ("fields changed: Name", ["Name: 'n' → 'm'"])
    assert [event["Action"] for event in found["Timeline"]] == ["Create", "Patch"]
    last = found["Timeline"][1]
    assert last == {
        **stands["LastEvent"],
        "Changes": ["Name: 'n' → 'm'"],
        "Steps": [
            {"Step": "received", "Time": last["Time"], "Seconds": None, "Says": None},
            {"Step": "compared", "Time": None, "Seconds": 0.0, "Says": "Name"},
            {"Step": "decided", "Time": None, "Seconds": 0.0, "Says": "Patch: fields changed: Name"},
            {"Step": "called", "Time": None, "Seconds": 0.0, "Says": "PATCH /v1/products/P1"},
            {"Step": "cached", "Time": None, "Seconds": 0.0, "Says": None},
            {"Step": "logged", "Time": last["Time"], "Seconds": None, "Says": None},
        ],
    }
    assert found["Next"] == {
        "Index": 0,
        "RecordType": "product",
        "Keys": {"ID": "P1"},
        "Action": "Ignore",
        "Reason": "nothing changed",
        "Diff": None,
        "Calls": [],
    }


async def test_a_note_beside_a_plain_record_s_decision_is_no_reason(house: House) -> None:
    await house.apply(NAMED | {"OwnerID": "o"})
    found = await told(house)
    assert (found["LastEvent"]["Message"], found["Reason"]) == (
        "read-only fields were left out: OwnerID",
        found["LastEvent"]["Reason"],
    )


async def test_which_operator_has_dropped_a_posting_is_told_to_operators_alone(house: House) -> None:
    dead = await house.apply({"ID": "P1", "Active": True})
    assert await drop(house, dead.path) == [Outcome.DROPPED]
    to_source, to_operator = await told(house), await explained(house, operator=True) or {}
    assert to_source["Reason"] == to_operator["Reason"] == "dropped by an operator"
    assert "Operator" not in to_source["LastEvent"]
    assert to_operator["LastEvent"] == {**to_source["LastEvent"], "Operator": "ops"}


async def test_a_call_that_was_repeated_says_how_many_requests_it_took(house: House) -> None:
    await house.apply(NAMED)
    house.sandbox.faults.add([{"method": "PATCH", "kind": "status", "value": {"status": 502}, "times": 2}])
    await house.apply(NAMED | {"Name": "m"})
    last = (await told(house))["Timeline"][-1]
    [called] = [step["Says"] for step in last["Steps"] if step["Step"] == "called"]
    assert called == "PATCH /v1/products/P1 (3 requests)"


async def test_others_who_write_the_record_are_told_to_operators_alone(house: House) -> None:
    await house.apply(NAMED)
    alone = await told(house)
    assert (alone["OtherSources"], "OtherClients" in alone) == (False, False)
    await house.apply({"ID": "P1", "Description": "d"}, client="pim")
    shared = await told(house)
    assert (shared["OtherSources"], "OtherClients" in shared) == (True, False)
    assert (await explained(house, operator=True) or {})["OtherClients"] == ["pim"]


async def test_the_next_run_of_what_is_queued_is_that_of_the_queue(house: House) -> None:
    await house.post(NAMED)
    found = await told(house)
    assert (found["State"], found["Reason"]) == ("queued", "it is queued, and was not taken up yet")
    assert (found["Timeline"], found["Changes"], found["Next"]["Action"]) == ([], [], "Create")


async def test_the_next_run_of_what_is_parked_is_its_next_attempt(house: House) -> None:
    await house.apply(NAMED | {"DefaultPriceScheduleID": "PS1"})
    found = await told(house)
    assert found["State"] == "parked"
    assert "; MissingReference: PriceSchedule PS1 that it refers to is not there" in found["Reason"]
    assert found["Next"]["Calls"][0]["Body"] == NAMED | {"DefaultPriceScheduleID": "PS1"}


async def test_the_next_run_of_a_dead_letter_is_its_replay(house: House) -> None:
    await house.apply({"ID": "P1", "Active": True})
    found = await told(house)
    assert (found["State"], found["Reason"].split("; ")[0]) == ("dead", "dead letter: it needs a person")
    assert [call["Body"] for call in found["Next"]["Calls"]] == [{"ID": "P1", "Active": True}]


async def test_what_is_queued_meanwhile_and_newer_is_what_the_next_run_takes_up(house: House) -> None:
    dead = await house.apply({"ID": "P1", "Active": True}, version="3")
    await house.post(NAMED, version="4")
    next_run = await planner(house).next_run(dead.path, dead)
    assert [call["Body"] for call in next_run["Calls"]] == [NAMED]


async def test_the_next_run_of_a_deleted_record_deletes_it_again(house: House) -> None:
    await house.apply(NAMED)
    await house.run((await house.delete("P1")).path)
    found = await told(house)
    assert (found["State"], found["Next"]["Reason"]) == ("deleted", "it is deleted already")


async def test_all_that_a_source_has_posted_is_posted_again_where_ordercloud_has_moved(build) -> None:
    house = build(profile_of("erp", Policies={"Refresh": "always"}))
    await house.apply(NAMED)
    await house.apply({"ID": "P1", "Description": "d"})
    house.sandbox.edit("products", "P1", Name="by hand", Description="by hand")
    found = await told(house)
    assert found["Next"]["Calls"] == [
        {"Method": "GET", "Path": "/v1/products/P1", "Body": None},
        {"Method": "PATCH", "Path": "/v1/products/P1", "Body": {"Name": "n", "Description": "d"}},
    ]


async def test_a_composite_is_posted_again_from_its_last_event(house: House) -> None:
    body = hydrated(specs=2, options=2)
    await house.apply(body, record_type="hydratedproduct")
    found = await told(house, record_type="hydratedproduct")
    assert (found["Next"]["Action"], found["Next"]["Calls"]) == ("Ignore", [])
    assert {part["Action"] for part in found["Next"]["Parts"]} == {"Ignore"}
    steps = {step["Step"]: step["Says"] for step in found["Timeline"][0]["Steps"]}
    assert steps["decided"] == f"Create: {found['Reason']}"


async def test_when_a_posting_was_received_is_told_whatever_its_version(house: House) -> None:
    envelope = await house.post(NAMED, version="7")
    house.world.clock.advance(5)
    await house.run(envelope.path)
    [event] = (await told(house))["Timeline"]
    assert event["Steps"][0] == {"Step": "received", "Time": envelope.accepted_at, "Seconds": None, "Says": None}
    assert event["Time"] != envelope.accepted_at


# Events that the log has not: they wait in the outbox, or are too old


def forget(house: House, *versions: str) -> None:
    """Have the log lose the events of some versions, or all."""
    house.log.written = [event for event in house.log.written if versions and event.version.text not in versions]


async def test_an_applied_record_without_events_is_explained_by_what_the_cache_keeps(house: House) -> None:
    await house.apply(NAMED)
    await house.apply(NAMED | {"Name": "m"})
    forget(house)
    found = await told(house)
    assert (found["State"], found["Timeline"]) == ("applied", [])
    assert (found["Reason"], found["Changes"]) == (f"fields changed: Name; {NOT_LOGGED}", ["Name: 'n' → 'm'"])


async def test_a_deleted_record_without_events_is_explained_by_what_the_cache_keeps(house: House) -> None:
    await house.apply(NAMED)
    await house.run((await house.delete("P1")).path)
    reason = (await told(house))["Reason"]
    forget(house)
    found = await told(house)
    assert (found["State"], found["Reason"]) == ("deleted", f"{reason}; {NOT_LOGGED}")


@pytest.mark.parametrize(
    ("posted", "reason"),
    [
        (
            NAMED | {"DefaultPriceScheduleID": "PS1"},
            "parked; MissingReference: PriceSchedule PS1 that it refers to is not there",
        ),
        ({"ID": "P1", "Active": True}, "dead; RefusedByOrderCloud: "),
    ],
    ids=["parked", "dead"],
)
async def test_what_waits_without_events_is_explained_by_its_cause(house: House, posted: Json, reason: str) -> None:
    await house.apply(posted)
    forget(house)
    said = (await told(house))["Reason"]
    assert (said.startswith(reason), said.endswith(f"; {NOT_LOGGED}")) == (True, True)


async def test_a_defect_without_events_shows_no_traceback(house: House) -> None:
    await house.apply(NAMED | {"DefaultPriceScheduleID": "PS1"})
    cached = await house.ports.cache.get(path_of().record)
    defect = replace(cached.record.waiting["erp"], error_type="Defect", cause="Traceback (most recent call last)")
    await house.ports.cache.put(path_of().record, replace(cached.record, waiting={"erp": defect}), cached.etag)
    forget(house)
    assert (await told(house))["Reason"] == f"parked; Defect: a defect of ours; the host's log has it; {NOT_LOGGED}"


async def test_where_the_last_event_is_not_there_an_older_one_is_not_the_reason(house: House) -> None:
    await house.apply(NAMED, version="1")
    house.world.clock.advance(1)
    await house.apply(NAMED | {"Name": "m"}, version="2")
    house.world.clock.advance(1)
    await house.apply({"ID": "P1", "DefaultPriceScheduleID": "PS1"}, version="3")
    forget(house, "3")
    assert (await told(house))["Reason"].startswith("parked; MissingReference: ")
    await house.apply(NAMED | {"Name": "l", "DefaultPriceScheduleID": None}, version="4")
    forget(house, "4")
    found = await told(house)
    assert [event["Version"] for event in found["Timeline"]] == ["1", "2"]
    assert found["Reason"].endswith(f"; {NOT_LOGGED}")
    assert found["Changes"] == ["Name: 'm' → 'l'"]


async def test_an_event_that_is_there_is_the_reason_though_clocks_differ(house: House) -> None:
    await house.apply(NAMED | {"DefaultPriceScheduleID": "PS1"})
    reason = (await told(house))["Reason"]
    cached = await house.ports.cache.get(path_of().record)
    later = replace(cached.record.waiting["erp"], failed_at=house.world.clock.now() + timedelta(seconds=1))
    await house.ports.cache.put(path_of().record, replace(cached.record, waiting={"erp": later}), cached.etag)
    assert (await told(house))["Reason"] == reason
    assert NOT_LOGGED not in reason


async def test_what_is_queued_is_explained_as_such_though_the_log_has_nothing_of_what_was_before(house: House) -> None:
    await house.apply(NAMED)
    forget(house)
    await house.post(NAMED | {"Name": "m"})
    found = await told(house)
    assert (found["State"], found["Reason"], found["Changes"]) == ("queued", NOT_TAKEN_UP, [])


async def test_what_is_applied_and_about_to_be_logged_is_not_said_to_wait_in_the_queue(house: House) -> None:
    envelope = await house.post(NAMED)
    assert await house.dies(
        lambda: house.run(envelope.path), lambda moment, step: (step.place, moment) == ("log", "before")
    )
    found = await told(house)
    assert (found["State"], found["Timeline"]) == ("queued", [])
    assert found["Reason"].endswith(f"; {NOT_LOGGED}")


async def test_many_runs_that_change_nothing_push_no_event_out_of_the_reasons(house: House) -> None:
    await house.apply(NAMED)
    for _ in range(21):
        house.world.clock.advance(1)
        await house.apply(NAMED)
    assert (await told(house))["Reason"] == "nothing changed"


# Composites


async def test_a_composite_that_a_part_holds_up_says_which_and_why_and_what_was_kept(house: House) -> None:
    refused = {**spec("P1-S00", 0, 0, defines=False), "DefinesVariant": True}
    refused.pop("Options", None)
    await house.apply({"ID": "P1", "Product": {"Name": "n"}, "Specs": [refused]}, record_type="hydratedproduct")
    await house.apply({"ID": "P1", "Product": {"Name": "n"}, "Specs": []}, record_type="hydratedproduct")
    found = await told(house, record_type="hydratedproduct")
    dead, parked = found["WaitingParts"]
    assert (found["State"], dead["State"], parked["State"]) == ("dead", "dead", "parked")
    assert found["Reason"] == (
        "1 part: 1 Ignore; not posted any more, and kept: spec P1-S00, specproductassignment P1-S00/P1; "
        f"acme/spec/p1-s00 is dead: {dead['Cause']}; acme/specproductassignment/p1-s00/p1 is parked: {parked['Cause']}"
    )
    steps = {step["Step"]: step["Says"] for step in found["Timeline"][-1]["Steps"]}
    assert (steps["decided"], steps["called"]) == (
        "Ignore: 1 part: 1 Ignore",
        "what its parts called: see their events, by TraceID",
    )


async def test_of_many_parts_that_hold_a_composite_up_the_first_are_told(house: House) -> None:
    await house.world.pauses.have(pause_of("erp", "specoption"))
    await house.apply(hydrated(specs=2, options=6), record_type="hydratedproduct")
    found = await told(house, record_type="hydratedproduct")
    assert len(found["WaitingParts"]) > 10
    assert (
        found["Reason"].count(" is parked: "),
        found["Reason"].endswith(f"; and {len(found['WaitingParts']) - 10} more parts"),
    ) == (10, True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"Before": None, "After": "a"}, "F: nothing → 'a'"),
        ({"Before": 1, "After": [1, 2]}, "F: 1 → [1, 2]"),
        ({"Removed": True}, "F: removed"),
        ({"Before": "x" * 300, "After": None}, f"F: '{'x' * 199}… → nothing"),
    ],
)
def test_changes_are_told_in_words(entry: Json, words: str) -> None:
    assert changes_in_words({"F": entry}) == [words]


LEFT_OUT: Json = {"Truncated": {"Reason": "the event is too large", "Bytes": 2_000_000, "Blob": "b.json"}}


def cut_events(house: House) -> None:
    """Have the log give events that were too large for it."""
    events = house.log.events

    async def cut(path: QueuePath, *, limit: int) -> list[Json]:
        return [{**event, "Posted": LEFT_OUT, "Diff": LEFT_OUT} for event in await events(path, limit=limit)]

    house.log.events = cut  # type: ignore[method-assign]  # the fake, whose events are cut


async def test_what_the_next_run_does_is_not_known_where_the_log_has_not_what_was_posted(house: House) -> None:
    await house.apply(hydrated(specs=2, options=2), record_type="hydratedproduct")
    cut_events(house)
    assert (await told(house, record_type="hydratedproduct"))["Next"] is None


async def test_changes_that_the_log_has_not_are_told_as_left_out_and_why(house: House) -> None:
    await house.apply(NAMED)
    cut_events(house)
    found, why = await told(house), "left out: the event is too large"
    [event] = found["Timeline"]
    assert (found["Changes"], event["Changes"], found["Next"]["Action"]) == ([why], [why], "Ignore")
    assert event["Steps"][1] == {"Step": "compared", "Time": None, "Seconds": 0.0, "Says": why}
