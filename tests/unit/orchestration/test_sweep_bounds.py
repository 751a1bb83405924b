"""What a sweep costs, how it shares itself out, and what one invocation leaves to the next."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from annotated_types import Le
from fakes.clock import START
from fakes.pauses import pause_of
from fakes.profiles import profile_of
from fakes.runs import Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.cached_record import Claim
from orchestration.failures import AccountFault
from orchestration.limits import Limits
from orchestration.pauses import Pause
from orchestration.settings import Settings
from orchestration.sweep import Sweep, SweepLimits

SCHEDULE: Json = {"ID": "PS", "Name": "Standard", "PriceBreaks": [{"Quantity": 1, "Price": 2}]}


def house(limits: Limits | None = None, **sweep: float) -> Runs:
    """Return a house of two clients with short delays, whose sweeps have these bounds."""
    delays = {"Parking": {"Delays": [10]}}
    runs = Runs(profile_of("erp", Policies=delays), profile_of("pim", Policies=delays), limits=limits)
    runs.sweeper = Sweep(runs.ports, runs.pipeline, runs.run_driven, SweepLimits(**sweep))  # type: ignore[arg-type]  # numbers by name
    return runs


async def parked(runs: Runs, count: int, client: str = "erp") -> None:
    """Have so many products wait for OrderCloud."""
    runs.world.ordercloud.down = True
    for number in range(count):
        await runs.apply({"ID": f"{client}-{number}", "Name": "Mug"}, client=client)
    runs.world.ordercloud.down = False


def calls(runs: Runs, since: int = 0) -> list[str]:
    """Return the OrderCloud requests from a place in the order of all requests on."""
    return [step.name for step in runs.steps[since:] if step.place == "ordercloud"]


def test_a_function_has_ended_before_the_host_would_end_it() -> None:
    """The last record that a sweep begins may take a whole run, whose last round may take a whole claim."""
    host = json.loads((Path(__file__).resolve().parents[3] / "host.json").read_text())
    allowed = timedelta(
        **dict(zip(("hours", "minutes", "seconds"), map(int, host["functionTimeout"].split(":")), strict=True))
    )
    [claim] = [each.le for each in Settings.model_fields["claim_seconds"].metadata if isinstance(each, Le)]
    assert isinstance(claim, int)
    assert timedelta(seconds=SweepLimits().seconds + Limits().seconds + claim) <= 0.9 * allowed


async def test_a_sweep_with_nothing_due_is_five_listings_however_much_waits() -> None:
    runs = house()
    for number in range(300):
        await runs.ports.parked.put(f"due/erp/20990101T000000.000000Z/acme/product/p{number}/erp")
    runs.steps.clear()
    await runs.sweep()
    assert sorted((step.place, step.method, step.name) for step in runs.steps) == [
        ("parked", "LIST", "due/"),
        ("parked", "LIST", "due/erp/"),
        ("parked", "LIST", "paused/"),
        ("parked", "LIST", "released/"),
        ("queue", "LIST", ""),
    ]


@pytest.mark.parametrize(
    ("pauses", "listings"),
    [
        pytest.param([pause_of("erp")], ["paused/"], id="a client"),
        pytest.param([pause_of(resource="seller")], ["paused/"], id="a resource"),
        pytest.param([pause_of("erp", "product")], ["paused/", "paused/erp/"], id="a type"),
    ],
)
async def test_a_sweep_lists_nothing_of_what_is_paused(pauses: list[Pause], listings: list[str]) -> None:
    runs = house()
    await runs.world.pauses.have(*pauses)
    for number in range(300):
        await runs.ports.parked.put(f"paused/erp/product/acme/product/p{number}/erp")
    for _ in range(3):
        runs.steps.clear()
        assert (await runs.sweep()).due == 0
        assert sorted(step.name for step in runs.steps) == ["", "due/", *listings, "released/"]


async def test_what_is_resumed_shares_the_bounds_of_what_is_due() -> None:
    runs = house(records=4, concurrency=3, share=2)
    await parked(runs, 3)
    runs.world.clock.advance(3_600)
    await runs.world.pauses.have(pause_of())
    for number in range(5):
        await runs.apply({"ID": f"late-{number}", "Name": "Mug"})
    await runs.world.pauses.have()
    taken = []
    while runs.blobs("parked") and len(taken) < 10:
        before = len(calls(runs))
        assert (await runs.sweep()).due == len(calls(runs)) - before
        taken.append(len(calls(runs)) - before)
    assert taken == [4, 4]
    assert len(runs.world.ordercloud.records) == 8


async def test_while_ordercloud_is_down_one_resumed_record_finds_out_and_the_rest_stay_where_they_are() -> None:
    runs = house()
    await runs.world.pauses.have(pause_of())
    for number in range(10):
        await runs.apply({"ID": f"late-{number}", "Name": "Mug"})
    await runs.world.pauses.have()
    await parked(runs, 3, "pim")  # opens the circuit of pim alone
    runs.world.ordercloud.down = True
    for number in range(3):
        await runs.apply({"ID": f"erp-{number}", "Name": "Mug"})
    runs.world.clock.advance(6)
    since = len(runs.steps)
    assert (await runs.sweep()).due == 1
    assert len(calls(runs, since)) == 1
    runs.world.ordercloud.down = False
    runs.world.clock.advance(120)
    await runs.sweep()
    assert (len(runs.world.ordercloud.records), runs.blobs("parked")) == (16, [])


async def test_of_each_client_so_many_due_records_are_taken_up_and_no_more() -> None:
    runs = house(records=3)
    await parked(runs, 5)
    await parked(runs, 5, "pim")
    runs.world.clock.advance(3_600)
    assert (await runs.sweep()).due == 6
    assert Counter(name.split("-")[0] for name in runs.world.ordercloud.records) == {
        "/v1/products/erp": 3,
        "/v1/products/pim": 3,
    }


async def test_no_client_has_more_than_its_share_of_the_places() -> None:
    runs = house(concurrency=4, share=2)
    await parked(runs, 6)
    await parked(runs, 2, "pim")
    runs.world.clock.advance(3_600)
    since = len(runs.steps)
    await runs.sweep()
    assert Counter(name for name in calls(runs, since)) == {"/v1/products": 8}
    first = [step.name for step in runs.steps[since:] if step.place == "cache" and step.method == "GET"][:4]
    assert Counter(name.split("/")[2].split("-")[0] for name in first) == {"erp": 2, "pim": 2}


async def test_a_queue_is_listed_some_pages_at_a_time_and_the_next_sweep_goes_on_behind_them() -> None:
    runs = house(pages=1, records=10)
    queue = runs.containers["queue"]
    for number in range(5_003):  # one page of a listing has 5,000 names
        await queue.put(f"{number:05}", b"no envelope", None)
    runs.world.clock.advance(3_600)
    swept = []
    for _ in range(3):
        before = set(queue.blobs)
        await runs.sweep()
        swept.append(sorted(before - set(queue.blobs)))
    assert swept[1] == ["05000", "05001", "05002"]
    assert (swept[0][0], len(swept[0])) == ("00000", 5_000)
    assert swept[2] == []


async def test_a_queue_that_takes_all_the_time_keeps_nothing_that_is_due_waiting() -> None:
    runs = house(seconds=20)
    await parked(runs, 1, "pim")
    for number in range(60):
        await runs.post({"ID": f"erp-{number}", "Name": "Mug"})
    runs.world.clock.advance(3_600)

    async def slow(step: Step) -> None:
        await let_pass(step)
        runs.world.clock.advance(1 if step.place == "ordercloud" else 0)

    runs.before = slow
    assert (await runs.sweep()).due == 1
    assert runs.world.ordercloud.get("/v1/products/pim-0") is not None
    assert len(runs.blobs("queue")) > 30, "time was up before all that was queued was taken up"


async def test_what_is_resumed_has_its_share_beside_what_is_due_again_and_again() -> None:
    runs = house(records=4)
    await runs.world.pauses.have(pause_of("erp", "product"))
    await runs.apply({"ID": "P1", "Name": "Mug"})
    await runs.world.pauses.have()
    runs.world.ordercloud.fail(
        AccountFault("a role is missing", status=403), method="POST", times=None, path="catalogs"
    )
    for number in range(12):
        await runs.apply({"ID": f"C{number}", "Name": "Catalog"}, record_type="catalog")
    runs.world.clock.advance(3_600)
    await runs.sweep()
    assert runs.world.ordercloud.get("/v1/products/P1") is not None


async def test_a_sweep_ends_also_while_records_tell_nothing_about_an_open_circuit() -> None:
    runs = house(seconds=30)
    await parked(runs, 60)
    for number in range(60):  # somebody else holds each of them, so that a run makes no call
        path = path_of(f"erp-{number}").record
        known = await runs.ports.cache.get(path)
        claim = Claim("other", "pim", START + timedelta(days=9))
        await runs.ports.cache.put(path, replace(known.record, claim=claim), known.etag)
    runs.world.clock.advance(3_600)
    began = runs.world.clock.elapsed()
    await runs.sweep()
    assert runs.world.clock.elapsed() - began <= 40


async def test_while_ordercloud_is_down_a_sweep_makes_one_call_for_a_client_and_leaves_the_rest_waiting() -> None:
    runs = house()
    await parked(runs, 20)
    runs.world.ordercloud.down = True
    waiting = set(runs.blobs("parked"))
    for _ in range(3):
        runs.world.clock.advance(120)
        since = len(runs.steps)
        swept = await runs.sweep()
        assert (swept.due, len(calls(runs, since))) == (1, 1)
    assert len(waiting - set(runs.blobs("parked"))) == 3, "the others were not touched"
    runs.world.ordercloud.down = False
    runs.world.clock.advance(120)
    await runs.sweep()
    assert len(runs.world.ordercloud.records) == 20
    assert runs.blobs("parked") == []


async def test_postings_during_an_outage_wait_without_a_call_and_without_counting_as_attempts() -> None:
    runs = house()
    await parked(runs, 3)
    runs.world.ordercloud.down = True
    since = len(runs.steps)
    await runs.apply({"ID": "P1", "Name": "Mug"})
    assert calls(runs, since) == []
    known = runs.cached(path_of().record)
    assert known is not None
    waiting = known.waiting["erp"]
    assert (waiting.error_type, known.certain, known.claim) == ("Postponed", True, None)
    assert waiting.due is not None
    assert timedelta(seconds=5) <= waiting.due - runs.world.clock.now() <= timedelta(seconds=6.25)


async def test_an_outage_longer_than_all_delays_makes_no_dead_letter() -> None:
    """Ten minutes without OrderCloud, and a limit of three attempts: what was never tried has not failed."""
    policies = {"Parking": {"Delays": [5], "Limit": 3}}
    runs = Runs(profile_of("erp", Policies=policies))
    runs.world.ordercloud.down = True
    for number in range(60):
        await runs.apply({"ID": f"P{number}", "Name": "Mug"})
        runs.world.clock.advance(10)
        if number % 6 == 0:
            await runs.sweep()
    tried = len(calls(runs))
    assert tried <= 3 + 600 / 60 + 4, "three to open it, one a minute as it is doubled to, four on the way there"
    runs.world.ordercloud.down = False
    for _ in range(5):
        runs.world.clock.advance(61)
        await runs.sweep()
    assert len(runs.world.ordercloud.records) == 60
    assert (runs.blobs("parked"), runs.blobs("deadletters"), runs.blobs("queue")) == ([], [], [])


async def test_more_children_than_one_run_releases_are_released_by_the_next_sweeps() -> None:
    runs = Runs(profile_of("erp"), limits=Limits(seconds=50))
    for number in range(8):
        await runs.apply({"ID": f"P{number}", "Name": "Mug", "DefaultPriceScheduleID": "PS"})
    assert len([name for name in runs.blobs("parked") if name.startswith("waits/")]) == 8

    async def slow(step: Step) -> None:
        await let_pass(step)
        runs.world.clock.advance(15 if step.place == "ordercloud" else 0)

    runs.before = slow
    await runs.apply(SCHEDULE, record_type="priceschedule")
    assert "released/acme/priceschedule/ps" in runs.blobs("parked")
    sweeps = 0
    while runs.blobs("parked") and sweeps < 10:
        await runs.sweep()
        sweeps += 1
        runs.world.clock.advance(60)
    assert 1 <= sweeps <= 4
    assert len([path for path in runs.world.ordercloud.records if path.startswith("/v1/products/")]) == 8


@pytest.mark.parametrize("seconds", [0, 30])
async def test_a_run_that_has_no_time_left_leaves_what_is_queued_to_the_sweep(seconds: float) -> None:
    runs = Runs(limits=Limits(seconds=seconds))
    later = [{"ID": "P1", "Name": f"Mug {number}"} for number in range(4)]
    await runs.post({"ID": "P1", "Name": "Mug"})

    async def post_another(step: Step) -> None:
        await let_pass(step)
        if step.place == "ordercloud":
            runs.world.clock.advance(20)
            await runs.post(later.pop(0))

    runs.before = post_another
    await runs.run(path_of())
    assert len(later) == (3 if seconds == 0 else 2)
    assert runs.blobs("queue") == [str(path_of())]
    runs.before = let_pass
    runs.world.clock.advance(61)
    await runs.sweep()
    assert (runs.world.ordercloud.get("/v1/products/P1") or {})["Name"] == f"Mug {3 - len(later)}"
