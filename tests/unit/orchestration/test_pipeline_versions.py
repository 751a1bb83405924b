"""Versions that a source gives: they order its postings at intake, in the pipeline, and beside what waits."""

import json
from dataclasses import replace

import pytest
from fakes.expected import BEGUN, ENDED, Requests, event_of, product, settled, storage, without_durations
from fakes.profiles import profile_of
from fakes.runs import Runs, path_of

from models.record import Json
from orchestration.failures import RefusedByOrderCloud, Unavailable
from orchestration.versions import Version

PATH = path_of()
NOON = "2026-01-01T12:00:00+00:00"
EVENING = "2026-01-01T18:00:00+00:00"


def named(name: str) -> Json:
    return {"ID": "P1", "Name": name}


async def test_an_older_version_is_refused_at_intake_while_the_newer_one_waits() -> None:
    runs = Runs()
    await runs.post(named("Seven"), version="7")
    receipt = await runs.receive(named("Five"), version="5")
    assert receipt.accepted == ()
    [refused] = receipt.refused
    assert (refused.index, refused.rejection.status, refused.rejection.code) == (0, 409, "Superseded")
    assert refused.rejection.data == {"Version": "7"}
    await runs.run(PATH)
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Seven")


@pytest.mark.parametrize(
    ("newer", "older"),
    [pytest.param("7", "5", id="integers"), pytest.param(EVENING, NOON, id="times")],
)
async def test_an_older_version_is_superseded_after_a_newer_one_was_applied(newer: str, older: str) -> None:
    runs = Runs()
    await runs.apply(named("New"), version=newer)
    before = runs.cached(PATH.record)
    runs.steps.clear()
    late = await runs.apply(named("Old"), version=older)
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="New")
    assert runs.cached(PATH.record) == before
    assert storage(runs) == Requests("product").of(*BEGUN, *ENDED)
    assert without_durations(runs.events()[-1]) == event_of(
        late,
        Id=f"acme:product:p1:erp:{late.version}:{late.accepted_at}:1:superseded",
        Level="Warn",
        Action="Ignore",
        ErrorType="Superseded",
        Reason=f"superseded by version {newer}, which this source gave before",
    )
    assert runs.blobs("queue") == []


async def test_an_older_version_is_superseded_after_an_unchanged_newer_one() -> None:
    """The newer one changed nothing, yet its version is kept, with one write of the cache more."""
    runs = Runs()
    await runs.apply(named("Mug"), version="5")
    runs.steps.clear()
    await runs.apply(named("Mug"), version="7")
    assert storage(runs) == Requests("product").of(*BEGUN, "cache PUT", *ENDED)
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.applied["erp"].version == Version("7")
    await runs.apply(named("Cup"), version="6")
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Mug")
    assert runs.events()[-1]["Reason"] == "superseded by version 7, which this source gave before"


@pytest.mark.parametrize("version", ["5", None], ids=["a version of its own", "the time of acceptance"])
async def test_equal_content_with_a_newer_version_changes_nothing(version: str | None) -> None:
    runs = Runs()
    await runs.apply(named("Mug"), version=version)
    await runs.apply(named("Mug"), version="7" if version else None)
    assert [event["Action"] for event in runs.events()] == ["Create", "Ignore"]
    assert len(runs.calls()) == 1


async def test_the_same_version_with_other_content_is_applied() -> None:
    runs = Runs()
    await runs.apply(named("Mug"), version="7")
    await runs.apply(named("Cup"), version="7")
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Cup")


async def test_postings_that_share_a_version_of_the_source_s_have_events_of_their_own() -> None:
    runs = Runs()
    for name in ("Mug", "Cup"):
        await runs.apply(named(name), version="10")
        runs.world.clock.advance(0.000001)
    await runs.delete("P1", version="10")
    await runs.run(PATH)
    kept = [json.loads(event) for event in runs.log.kept.values()]
    assert [event["Action"] for event in kept] == ["Create", "Patch", "Delete"]
    told = [call["Method"] for event in kept for call in event["Calls"]]
    assert told == [method for method, _, _ in runs.calls()] == ["POST", "PATCH", "DELETE"]


async def test_a_version_that_is_posted_again_is_decided_and_logged_by_itself() -> None:
    """Nothing is written anew for it, and the event of the one before stays as it was."""
    runs = Runs()
    await runs.apply({**named("Mug"), "Description": "tall"}, version="10")
    first, known = runs.events()[-1], runs.cached(PATH.record)
    runs.world.clock.advance(1)
    runs.steps.clear()
    again = await runs.apply(named("Mug"), version="10")
    assert storage(runs) == Requests("product").of(*BEGUN, *ENDED)
    assert runs.cached(PATH.record) == known
    event = runs.events()[-1]
    assert (event["Action"], event["Reason"], event["AcceptedAt"]) == ("Ignore", "nothing changed", again.accepted_at)
    assert json.loads(runs.log.kept[first["Id"]]) == first
    assert list(runs.log.kept) == [first["Id"], event["Id"]]


async def test_a_version_that_is_posted_again_has_ordercloud_read_again_when_that_is_due() -> None:
    runs = Runs()
    await runs.apply(named("Mug"), version="10")
    runs.world.ordercloud.keep("/v1/products", product(Name="Theirs"))
    runs.world.clock.advance(25 * 3_600)
    await runs.apply(named("Mug"), version="10")
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Mug")
    assert [event["Action"] for event in runs.events()] == ["Create", "Patch"]


async def test_a_rerun_of_a_version_of_the_source_s_logs_the_same_event_again() -> None:
    runs = Runs()
    envelope = await runs.apply(named("Mug"), version="10")
    event = runs.events()[-1]
    await runs.ports.queue.add(envelope)  # as it was before its run got to removing it
    runs.world.clock.advance(5)
    await runs.run(PATH)
    assert (runs.events(), len(runs.calls())) == ([event, event], 1)


async def test_a_version_that_is_parked_and_posted_again_begins_anew() -> None:
    runs = Runs()
    runs.world.ordercloud.fail(Unavailable("down"), times=2)
    for name in ("Mug", "Cup", "Bowl"):
        await runs.apply(named(name), version="10")
        runs.world.clock.advance(0.5)
    assert runs.world.ordercloud.get("/v1/products/P1") is not None
    told = [(event["Attempt"], event["ErrorType"], event["Action"]) for event in runs.events()]
    assert told == [(1, "Unavailable", None), (1, "Unavailable", None), (1, None, "Create")]
    assert len(runs.log.kept) == 3


async def test_a_delete_with_the_version_of_the_posting_before_is_applied() -> None:
    runs = Runs()
    await runs.apply(named("Mug"), version="7")
    await runs.delete("P1", version="7")
    await runs.run(PATH)
    assert runs.world.ordercloud.get("/v1/products/P1") is None


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param("7", NOON, id="an integer, then a time"),
        pytest.param(NOON, "7", id="a time, then an integer"),
        pytest.param("7", None, id="an integer, then none"),
        pytest.param(None, "7", id="none, then an integer"),
    ],
)
async def test_a_version_of_another_kind_counts_as_newer(first: str | None, then: str | None) -> None:
    runs = Runs()
    before = await runs.apply(named("First"), version=first)
    await runs.apply(named("Then"), version=then)
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Then")
    notes = [event["Message"] for event in runs.events()]
    assert notes == [None, f"the version before, {before.version}, is of another kind"]


async def test_a_rerun_of_an_applied_version_ends_as_it_did_though_the_profile_is_gone() -> None:
    runs = Runs()
    envelope = await runs.apply(named("Mug"))
    event = runs.events()[-1]
    await runs.ports.queue.add(envelope)  # as it was before its run got to removing it
    runs.world.profiles.remove("erp")
    await runs.run(PATH)
    assert runs.events() == [event, {**event, "Result": None}]
    assert (runs.blobs("queue"), runs.blobs("parked")) == ([], [])


async def test_a_rerun_of_an_applied_version_logs_the_same_event_again() -> None:
    runs = Runs()
    envelope = await runs.apply(named("Mug"))
    event = runs.events()[-1]
    await runs.ports.queue.add(envelope)  # as it was before its run got to removing it
    runs.world.clock.advance(5)
    await runs.run(PATH)
    assert runs.events() == [event, event]
    assert len(runs.log.kept) == 1
    assert len(runs.calls()) == 1
    assert runs.blobs("queue") == []


async def test_a_rerun_of_what_was_applied_does_not_undo_what_another_source_did_since() -> None:
    runs = Runs()
    envelope = await runs.apply(named("Mug"))
    await runs.delete("P1", client="pim")
    await runs.run(path_of(client="pim"))
    await runs.ports.queue.add(envelope)
    await runs.run(PATH)
    assert runs.world.ordercloud.get("/v1/products/P1") is None
    assert runs.blobs("queue") == []


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Unavailable("down"), id="parked"),
        pytest.param(RefusedByOrderCloud("refused"), id="a dead letter"),
    ],
)
async def test_an_older_version_is_superseded_by_one_that_waits_and_leaves_it_there(
    failure: Unavailable | RefusedByOrderCloud,
) -> None:
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [1_000]}}))
    await runs.apply(named("Mug"), version="4")
    runs.world.ordercloud.fail(failure, method="PATCH")
    newer = await runs.apply(named("Seven"), version="7")
    before = runs.cached(PATH.record)
    await runs.apply(named("Five"), version="5")
    assert runs.events()[-1]["Reason"] == "superseded by version 7, which this source gave before"
    assert runs.cached(PATH.record) == before
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Mug")
    assert runs.blobs("queue") == []
    await runs.settle()
    if isinstance(failure, Unavailable):
        now, event = runs.world.clock.now(), runs.events()[-1]
        current = product(Name="Seven")
        assert runs.cached(PATH.record) == replace(settled(newer, named("Seven"), event, current), fetched_at=now)


async def test_of_an_array_the_newest_version_is_kept_and_of_equals_the_last() -> None:
    runs = Runs()
    items = [
        {**named("Seven"), "SourceVersion": 7},
        {**named("Five"), "SourceVersion": 5},
        {**named("Last"), "SourceVersion": 7},
    ]
    receipt = await runs.receive(*items)
    assert [each.index for each in receipt.accepted] == [2]
    assert [(each.index, each.rejection.code) for each in receipt.refused] == [(0, "Superseded"), (1, "Superseded")]
    await runs.run(PATH)
    assert runs.world.ordercloud.get("/v1/products/P1") == product(Name="Last")
