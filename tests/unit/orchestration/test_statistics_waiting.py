"""What waits is counted from names and hints: by client, type and class of failure, within bounds that are told."""

from datetime import timedelta

import pytest
from fakes.clock import START
from fakes.pauses import pause_of
from fakes.runs import Runs
from fakes.storage import Stored

from models.record import Json
from orchestration.adapters.blob_container import PAGE
from orchestration.paths import QueuePath
from orchestration.statistics_waiting import WaitingCounts, WaitingLimits


async def test_what_waits_is_counted_by_client_and_by_class_of_failure() -> None:
    runs = Runs()
    runs.world.ordercloud.refuse(method="POST", times=2)
    await runs.apply({"ID": "P1", "Name": "n"})
    await runs.apply({"ID": "P2", "Name": "n"}, client="pim")
    await runs.apply({"ID": "P3", "Name": "n", "DefaultPriceScheduleID": "nowhere"})
    await runs.post({"ID": "P4", "Name": "n"})
    runs.world.clock.advance(7)
    await runs.post({"ID": "P5", "Name": "n"})
    nothing: Json = {"Count": 0, "Clients": {}, "ErrorTypes": {}, "Looked": 0, "Whole": True}
    assert await WaitingCounts(runs.ports, "Acme").to_json() == {
        "Queue": {"Waiting": 2, "OldestSeconds": 7.0, "Whole": True},
        "Parked": {
            "Count": 1,
            "Clients": {"erp": 1},
            "ErrorTypes": {"MissingReference": 1},
            "Looked": 1,
            "Whole": True,
        },
        "Dead": {
            "Count": 2,
            "Clients": {"erp": 1, "pim": 1},
            "ErrorTypes": {"RefusedByOrderCloud": 2},
            "Looked": 2,
            "Whole": True,
        },
    }
    assert await WaitingCounts(runs.ports, "other").to_json() == {
        "Queue": {"Waiting": 0, "OldestSeconds": None, "Whole": True},
        "Parked": nothing,
        "Dead": nothing,
    }


@pytest.mark.parametrize(
    ("client", "record_type", "counts"),
    [
        pytest.param("erp", None, (2, 1, 2), id="of a client"),
        pytest.param("pim", None, (1, 1, 1), id="of another"),
        pytest.param(None, "product", (2, 2, 2), id="of a type"),
        pytest.param(None, "PriceSchedule", (1, 0, 1), id="of another, in another case"),
        pytest.param("erp", "priceschedule", (1, 0, 1), id="of a client and a type"),
        pytest.param("nobody", None, (0, 0, 0), id="of nobody"),
    ],
)
async def test_what_waits_is_counted_of_a_client_and_of_a_type(
    client: str | None, record_type: str | None, counts: tuple[int, ...]
) -> None:
    runs = Runs()
    runs.world.ordercloud.refuse(method="POST", times=3)
    await runs.apply({"ID": "P1", "Name": "n"})
    await runs.apply({"ID": "P2", "Name": "n"}, client="pim")
    await runs.apply({"ID": "PS", "Name": "n"}, record_type="priceschedule")
    for key, whose in (("P3", "erp"), ("P4", "pim")):
        await runs.apply({"ID": key, "Name": "n", "DefaultPriceScheduleID": "nowhere"}, client=whose)
    await runs.post({"ID": "P5", "Name": "n"})
    await runs.post({"ID": "P6", "Name": "n"}, client="pim")
    await runs.post({"ID": "PT", "Name": "n"}, record_type="priceschedule")
    told = await WaitingCounts(runs.ports, "acme", client=client, record_type=record_type).to_json()
    assert (told["Queue"]["Waiting"], told["Parked"]["Count"], told["Dead"]["Count"]) == counts
    assert client is None or {*told["Parked"]["Clients"], *told["Dead"]["Clients"]} <= {client}


async def test_what_is_paused_is_parked() -> None:
    runs = Runs()
    await runs.apply({"ID": "P1", "Name": "n", "DefaultPriceScheduleID": "nowhere"})
    await runs.world.pauses.have(pause_of(client="pim"))
    await runs.apply({"ID": "P2", "Name": "n"}, client="pim")
    assert (await WaitingCounts(runs.ports, "acme").to_json())["Parked"] == {
        "Count": 2,
        "Clients": {"erp": 1, "pim": 1},
        "ErrorTypes": {"MissingReference": 1, "Paused": 1},
        "Looked": 2,
        "Whole": True,
    }


async def test_what_is_dead_is_looked_at_client_by_client_so_that_none_hides_another() -> None:
    runs = Runs()
    for key, client in (("P1", "erp"), ("P2", "erp"), ("P3", "pim")):
        envelope = await runs.post({"ID": key, "Name": "n"}, client=client)
        await (runs.pipeline.bury(envelope.path, ValueError()) if client == "pim" else refused(runs, envelope.path))
    told = (await WaitingCounts(runs.ports, "acme", WaitingLimits(looks=2)).to_json())["Dead"]
    assert (told["ErrorTypes"], told["Looked"], told["Count"]) == ({"Defect": 1, "RefusedByOrderCloud": 1}, 2, 3)


async def refused(runs: Runs, path: QueuePath) -> None:
    runs.world.ordercloud.refuse(method="POST")
    await runs.run(path)


async def test_what_is_dead_is_counted_within_bounds() -> None:
    runs = Runs()
    runs.world.ordercloud.refuse(method="POST", times=None)
    for key in ("P1", "P2", "P3"):
        await runs.apply({"ID": key, "Name": "n"})
    await runs.apply({"ID": "P0", "Name": "n"}, client="pim")
    limits = WaitingLimits(hints=3, looks=2)
    assert (await WaitingCounts(runs.ports, "acme", limits).to_json())["Dead"] == {
        "Count": 3,
        "Clients": {"erp": 2, "pim": 1},
        "ErrorTypes": {"RefusedByOrderCloud": 2},
        "Looked": 2,
        "Whole": False,
    }


async def test_the_queue_is_counted_page_by_page_up_to_a_number() -> None:
    runs = Runs()
    for number in range(PAGE + 1):
        blob = Stored(b"", "", START + timedelta(seconds=number))
        runs.world.queue.container.blobs[f"acme/product/p{number:05}/erp"] = blob
    runs.world.clock.advance(PAGE + 10)
    told = [
        (await WaitingCounts(runs.ports, "acme", WaitingLimits(pages=pages)).to_json())["Queue"] for pages in (1, 2)
    ]
    assert told == [
        {"Waiting": PAGE, "OldestSeconds": PAGE + 10.0, "Whole": False},
        {"Waiting": PAGE + 1, "OldestSeconds": PAGE + 10.0, "Whole": True},
    ]


async def test_what_is_parked_is_counted_for_so_many_clients_and_so_many_hints_of_each() -> None:
    runs = Runs()
    for client, key in (("erp", "P1"), ("erp", "P2"), ("erp", "P3"), ("pim", "P4")):
        await runs.apply({"ID": key, "Name": "n", "DefaultPriceScheduleID": "nowhere"}, client=client)

    async def parked(limits: WaitingLimits) -> tuple[dict[str, int], bool]:
        told = (await WaitingCounts(runs.ports, "acme", limits).to_json())["Parked"]
        return told["Clients"], told["Whole"]

    assert await parked(WaitingLimits()) == ({"erp": 3, "pim": 1}, True)
    assert await parked(WaitingLimits(hints=3)) == ({"erp": 3, "pim": 1}, True)
    assert await parked(WaitingLimits(hints=2)) == ({"erp": 2, "pim": 1}, False)
    assert await parked(WaitingLimits(clients=1)) == ({"erp": 3}, False)
