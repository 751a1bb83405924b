"""What goes wrong with one record, source or field touches no other: sweeps, outages, bugs, deaths, lost answers."""

import pytest
from fakes.clock import START
from fakes.profiles import profile_of
from fakes.runs import Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.cached_record import CachedRecord, Claim
from orchestration.limits import Limits
from orchestration.ports import StorageUnavailableError
from orchestration.waiting import WaitingState

MUG: Json = {"ID": "P1", "Name": "Mug"}
PATH = path_of()


def quick() -> Runs:
    """Return a house whose profile has short delays."""
    return Runs(profile_of(Policies={"Parking": {"Delays": [10, 100]}}), profile_of("pim"))


async def test_a_lost_answer_writes_no_stock_that_the_source_did_not_change() -> None:
    """OrderCloud sells from the stock meanwhile; only the name was written, so only the name is in doubt."""
    runs = quick()
    stock = {"Enabled": True, "QuantityAvailable": 10}
    await runs.apply({"ID": "P1", "Name": "Cup", "Inventory": stock})
    sold = runs.world.ordercloud.get("/v1/products/P1") or {}
    runs.world.ordercloud.keep("/v1/products", {**sold, "Inventory": {**sold["Inventory"], "QuantityAvailable": 7}})
    runs.world.ordercloud.lose_answer(method="PATCH")
    await runs.apply({"ID": "P1", "Name": "Mug", "Inventory": stock})
    runs.world.clock.advance(3_600)
    await runs.sweep()
    there = runs.world.ordercloud.get("/v1/products/P1") or {}
    assert (there["Name"], there["Inventory"]["QuantityAvailable"]) == ("Mug", 7)


async def test_reposting_through_an_outage_makes_no_dead_letter() -> None:
    runs = Runs(profile_of("erp", Policies={"Parking": {"Delays": [1], "Limit": 3}}))
    runs.world.ordercloud.down = True
    for number in range(6):
        await runs.apply({"ID": "P1", "Name": f"Mug {number}", **({"Description": "tall"} if number == 0 else {})})
    runs.world.ordercloud.down = False
    runs.world.clock.advance(60)
    await runs.sweep()
    there = runs.world.ordercloud.get("/v1/products/P1") or {}
    assert (there["Name"], there["Description"]) == ("Mug 5", "tall")


async def test_a_failure_before_the_owner_is_known_shows_nothing_of_what_is_there() -> None:
    runs = Runs(profile_of("erp"), profile_of("pim", Resource="supplier:S1"))
    await runs.apply({"ID": "P1", "Name": "Cup"})
    envelope = await runs.intake_as_supplier({"ID": "P1", "Name": "Mug"}, "S1", client="pim")
    runs.world.profiles.remove("pim")
    await runs.run(envelope.path)
    event = runs.events()[-1]
    assert (event["ErrorType"], event["Before"], event["Result"]) == ("AccountFault", None, None)


async def test_a_bug_under_the_claim_is_a_dead_letter_at_once_and_loud() -> None:
    runs = Runs()
    runs.world.ordercloud.fail(ZeroDivisionError("a bug"), method="POST")  # type: ignore[arg-type]  # no failure of ours
    envelope = await runs.post(MUG)
    with pytest.raises(ZeroDivisionError):
        await runs.run(envelope.path)
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.claim, cached.certain, cached.waiting["erp"].state) == (None, False, WaitingState.DEAD)
    assert "ZeroDivisionError: a bug" in cached.waiting["erp"].cause
    event = runs.events()[-1]
    assert (event["ErrorType"], event["Message"]) == ("Defect", "a defect of ours; the host's log has it")


async def test_the_deaths_of_one_source_are_not_held_against_another() -> None:
    runs = Runs(limits=Limits(takeovers=1))
    claim = Claim("dead", "erp", START, takeovers=5)
    await runs.ports.cache.put(PATH.record, CachedRecord(claim=claim), None)
    await runs.apply(MUG, client="pim")
    assert [event["Action"] for event in runs.events()] == ["Create"]


async def test_one_record_that_cannot_be_dealt_with_does_not_stop_the_sweep_of_others() -> None:
    runs = quick()
    runs.world.ordercloud.down = True
    for number in range(6):
        await runs.apply({"ID": f"P{number}", "Name": "Mug"})
    runs.world.ordercloud.down = False
    runs.world.clock.advance(3_600)

    async def fail(step: Step) -> None:
        await let_pass(step)
        if step.place == "cache" and step.name.endswith("/p2"):
            raise StorageUnavailableError(step.name)

    runs.before = fail
    await runs.sweep()
    there = sorted(runs.world.ordercloud.records)
    assert there == [f"/v1/products/P{number}" for number in (0, 1, 3, 4, 5)]


async def test_a_name_too_long_for_a_blob_is_kept_by_its_digest() -> None:
    runs = Runs()
    name = "x" * 1_020
    await runs.containers["queue"].overwrite(name, b"?")
    runs.world.clock.advance(3_600)
    await runs.sweep()
    (kept,) = runs.blobs("deadletters")
    assert (kept.startswith("unreadable/xxx"), len(kept) < 1_024, runs.blobs("queue")) == (True, True, [])


async def test_what_is_cached_and_cannot_be_read_is_told_and_what_is_queued_stays() -> None:
    runs = Runs()
    await runs.containers["cache"].overwrite(str(PATH.record), b"?")
    await runs.apply(MUG)
    assert runs.events()[-1]["ErrorType"] == "Unreadable"
    assert (runs.blobs("queue"), runs.blobs("deadletters")) == ([str(PATH)], [f"unreadable/cache/{PATH.record}"])
