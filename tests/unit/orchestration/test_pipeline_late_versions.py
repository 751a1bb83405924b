"""A version that comes late and is taken up by a newer one before it is run: nothing of it replaces what is newer."""

from contextlib import suppress

import pytest
from fakes.dead import keys, resolver
from fakes.expected import BEGUN, CLAIMED, ENDED, Requests, product, storage
from fakes.profiles import profile_of
from fakes.runs import Crash, Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.failures import RefusedByOrderCloud, Unavailable
from orchestration.versions import Version

PATH = path_of()
PRODUCT = "/v1/products/P1"


def said(version: str, *names: str) -> Json:
    """Return a posting whose fields say which version they come from."""
    return {"ID": "P1", **dict.fromkeys(names or ("Name", "Description"), version)}


async def parked(runs: Runs, *versions: str) -> None:
    """Post versions while OrderCloud is down, each run, so that they are parked."""
    runs.world.ordercloud.down = True
    for version in versions:
        await runs.apply(said(version), version=version)
    runs.world.ordercloud.down = False


async def test_what_an_older_version_says_beside_a_partial_newer_one_is_left_out() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    runs.steps.clear()
    await runs.post(said("4", "Name", "Description", "xp") | {"xp": {"from": 4}}, version="4")
    await runs.post(said("6", "Name"), version="6")
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")
    event, cached = runs.events()[-1], runs.cached(PATH.record)
    assert (event["Action"], event["Level"]) == ("Patch", "Success")
    assert event["Message"] == "left out as older than version 5: Description, xp"
    assert event["Posted"] == {"ID": "P1", "Name": "6"}
    assert cached is not None
    assert (cached.applied["erp"].posted, cached.applied["erp"].version) == (
        {"ID": "P1", "Name": "6", "Description": "5"},
        Version("6"),
    )
    intake = ("queue PUT", "queue PUT", "queue GET", "queue GET", "queue PUT")  # refused, as not ours, laid over
    taken_up = ("ordercloud PATCH /v1/products/P1", "cache PUT", *ENDED)
    assert storage(runs) == Requests("product").of(*intake, *CLAIMED[1:], *taken_up)


async def test_a_newer_version_that_says_nothing_new_itself_writes_nothing() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    await runs.post(said("4"), version="4")
    await runs.post(said("5", "Name"), version="6")
    await runs.run(PATH)
    assert [event["Action"] for event in runs.events()] == ["Create", "Ignore"]
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="5", Description="5")


async def test_a_property_of_an_object_is_as_old_as_the_posting_that_said_it() -> None:
    runs = Runs()
    await runs.apply(said("5") | {"Inventory": {"Enabled": True, "NotificationPoint": 5}}, version="5")
    await runs.post({"ID": "P1", "Inventory": {"Enabled": False, "NotificationPoint": 4}}, version="4")
    await runs.post({"ID": "P1", "Inventory": {"Enabled": False}}, version="6")
    await runs.run(PATH)
    found = (runs.world.ordercloud.get(PRODUCT) or {})["Inventory"]
    assert (found["Enabled"], found["NotificationPoint"]) == (False, 5)


async def test_an_older_delete_under_a_newer_version_deletes_nothing() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    await runs.delete("P1", version="4")
    await runs.post(said("6", "Name"), version="6")
    await runs.run(PATH)
    assert [call[0] for call in runs.calls()] == ["POST", "PATCH"]
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")
    assert runs.events()[-1]["Message"] == "left out as older than version 5: the deletion"


async def test_what_a_newer_version_deleted_is_not_brought_back_with_a_partial_one() -> None:
    runs = Runs()
    await runs.apply(said("3"), version="3")
    await runs.delete("P1", version="5")
    await runs.run(PATH)
    await runs.post(said("4"), version="4")
    await runs.post(said("6", "Name"), version="6")
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6")


@pytest.mark.parametrize("merged", [("4",), ("3", "4")], ids=["one", "two, one over the other"])
async def test_an_older_version_after_a_newer_delete_is_superseded(merged: tuple[str, ...]) -> None:
    runs = Runs()
    await runs.apply(said("3"), version="3")
    await runs.delete("P1", version="5")
    await runs.run(PATH)
    before = runs.cached(PATH.record)
    for version in merged:
        await runs.post(said(version, "Name"), version=version)
    await runs.run(PATH)
    assert runs.events()[-1]["Reason"] == "superseded by version 5, which this source gave before"
    assert (runs.cached(PATH.record), runs.world.ordercloud.get(PRODUCT)) == (before, None)
    assert runs.blobs("queue") == []


async def test_an_older_version_while_a_newer_delete_waits_is_refused() -> None:
    runs = Runs()
    await runs.delete("P1", version="5")
    receipt = await runs.receive(said("4"), version="4")
    assert [(each.rejection.status, each.rejection.code) for each in receipt.refused] == [(409, "Superseded")]


async def test_what_is_older_than_a_parked_version_is_left_out_beside_a_newer_one() -> None:
    runs = Runs()
    await parked(runs, "5")
    await runs.post(said("4", "Name", "Description", "Active") | {"Active": False}, version="4")
    await runs.post(said("6", "Name"), version="6")
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")
    assert runs.events()[-1]["Message"] == "left out as older than version 5: Active, Description"


async def test_what_was_parked_is_remembered_as_what_it_was_made_of() -> None:
    """4 and 6 are parked as one; a delete of another source's and a late 5 in between change nothing of that."""
    runs = Runs()
    await runs.apply(said("3"), version="3")
    await parked(runs, "4")
    runs.world.ordercloud.down = True
    await runs.apply(said("6", "Name"), version="6")
    runs.world.ordercloud.down = False
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert [each.upto for each in cached.waiting["erp"].envelope.remainders] == [Version("4")]
    await runs.settle()
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="4")


async def test_the_event_of_a_parked_posting_says_what_was_left_out_of_it_and_so_does_its_last() -> None:
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [1_000]}}))
    await runs.apply(said("5"), version="5")
    await runs.post(said("4"), version="4")
    await runs.post(said("6", "Name"), version="6")
    runs.world.ordercloud.fail(Unavailable("down"), method="PATCH")
    await runs.run(PATH)
    await runs.settle()
    assert [event["Reason"].split()[0] for event in runs.events()[1:]] == ["parked", "fields"]
    assert runs.events()[-1]["Message"] == "left out as older than version 5: Description"
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")


async def test_what_is_older_than_a_dead_letter_is_left_out_beside_a_newer_one() -> None:
    runs = Runs()
    runs.world.ordercloud.fail(RefusedByOrderCloud("refused"), method="POST")
    await runs.apply(said("5"), version="5")
    await runs.post(said("4"), version="4")
    await runs.post(said("6", "Name"), version="6")
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6")
    assert runs.events()[-1]["Message"] == "left out as older than version 5: Description; it supersedes dead letter 5"


async def test_of_an_array_the_older_item_of_a_record_is_refused_and_nothing_of_it_kept() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    receipt = await runs.receive({**said("4"), "SourceVersion": 4}, {**said("6", "Name"), "SourceVersion": 6})
    assert [(each.index, each.rejection.code) for each in receipt.refused] == [(0, "Superseded")]
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")


async def test_arrays_that_come_one_after_the_other_are_laid_over_item_by_item() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    await runs.receive({**said("4"), "SourceVersion": 4}, {"ID": "P2", "Name": "other", "SourceVersion": 9})
    await runs.receive({**said("6", "Name"), "SourceVersion": 6}, {"ID": "P2", "Description": "x", "SourceVersion": 8})
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="6", Description="5")


async def test_a_version_of_another_kind_between_counts_as_newer_and_so_does_what_comes_over_it() -> None:
    """As if each had been run when it came; the event says it."""
    runs = Runs()
    await runs.apply(said("5"), version="5")
    await runs.post(said("2026-01-01T12:00:00+00:00", "Description"), version="2026-01-01T12:00:00+00:00")
    await runs.post(said("4", "Name"), version="4")
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="4", Description="2026-01-01T12:00:00+00:00")
    assert runs.events()[-1]["Message"] == "a version that waited before was of another kind"


async def test_a_posting_that_died_before_it_was_removed_ends_as_it_did_with_all_that_it_took_up() -> None:
    runs = Runs()
    await runs.apply(said("3"), version="3")
    await runs.post(said("4"), version="4")
    await runs.post(said("6", "Name"), version="6")
    queued = await runs.ports.queue.get(PATH)
    assert queued is not None
    await runs.run(PATH)
    event = runs.events()[-1]
    await runs.ports.queue.add(queued.envelope)
    await runs.run(PATH)
    assert runs.events()[-1] == event
    assert runs.blobs("queue") == []


async def test_no_request_is_made_for_a_late_version_beside_those_of_any_other() -> None:
    runs = Runs()
    await runs.apply(said("5"), version="5")
    runs.steps.clear()
    await runs.apply(said("4"), version="4")
    assert storage(runs) == Requests("product").of(*BEGUN, *ENDED)


async def test_a_replay_of_merged_versions_is_all_of_them() -> None:
    runs = Runs()
    await runs.apply(said("3"), version="3")
    await runs.delete("P1", version="4")
    await runs.post(said("5", "Name"), version="5")
    runs.world.ordercloud.fail(RefusedByOrderCloud("no", status=400), method="DELETE")
    await runs.run(PATH)
    await resolver(runs).replay(await keys(runs))
    await runs.run(PATH)
    assert runs.world.ordercloud.get(PRODUCT) == product(Name="5")
    assert runs.events()[-1]["Message"] in (None, "it was a dead letter")


async def test_a_release_that_died_is_not_laid_over_itself() -> None:
    runs = Runs()
    await parked(runs, "4", "5")
    runs.world.clock.advance(3_600)

    async def die(step: Step) -> None:
        if (step.place, step.method) == ("ordercloud", "POST"):
            raise Crash

    runs.before = die
    with suppress(Crash):
        await runs.pipeline.run(PATH, released=True)
    runs.before = let_pass
    runs.world.clock.advance(61)
    await runs.run(PATH)
    there = runs.world.ordercloud.get(PRODUCT) or {}
    assert (there["Name"], there["Description"]) == ("5", "5")
    assert runs.events()[-1]["Message"] is None
