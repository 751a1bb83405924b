"""The stack with its event log in Cosmos DB, here the stand-in on the wire: also while the log is down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cosmos_stand_in.running import running_stand_in
from cosmos_stand_in.server import StandIn
from e2e_world import World, wait_for

from localdev.event_logs import event_log_of
from localdev.stack import StackOptions, running_stack

KEY = "ZTJlLWNvc21vcy1zdGFuZC1pbg=="


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running_stand_in(KEY) as running:
        yield running


@pytest.fixture
def cosmos_world(state: Path, stand_in: StandIn) -> Iterator[World]:
    chosen = event_log_of({"EVENT_LOG": "cosmos", "COSMOS_ENDPOINT": stand_in.url, "COSMOS_KEY": KEY})
    options = StackOptions(state=state, sweep_seconds=2, event_log=chosen)
    with running_stack(options) as stack, World(stack.ready) as world:
        yield world
    assert not any(KEY in file.read_text(errors="replace") for file in (state / "logs").iterdir())


def outbox(world: World) -> list[str]:
    return list(world.container("outbox").list_blob_names())


def test_events_are_written_to_cosmos_db_and_one_of_an_outage_follows_later(cosmos_world, stand_in, key):
    def events() -> list[str]:
        found = cosmos_world.api().get(f"/orchestration/product/{key}").raise_for_status().json()
        return [event["Action"] for event in reversed(found["Events"])]

    assert cosmos_world.ready["event_log"] == {"kind": "cosmos", "address": stand_in.url}
    cosmos_world.post("product", {"ID": key, "Name": "Tent"})
    wait_for(lambda: events() == ["Create"], what="the event of the create")

    stand_in.down = True
    cosmos_world.post("product", {"ID": key, "Name": "Ridge tent"})
    wait_for(lambda: outbox(cosmos_world), what="the outbox taking the event")
    assert cosmos_world.api().get(f"/orchestration/product/{key}").status_code == 503
    ready = cosmos_world.api(None).get("/health").json()
    assert {check["Name"]: check["Ready"] for check in ready["Checks"]}["event log"] is False

    stand_in.down = False
    wait_for(lambda: events() == ["Create", "Patch"], what="the event of the patch")
    wait_for(lambda: not outbox(cosmos_world), what="the outbox getting empty")
