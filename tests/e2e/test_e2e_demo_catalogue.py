"""The whole catalogue of the demo, record by record in the worst order: each thing before what it needs."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e_world import World, wait_for

from localdev.demo import families
from localdev.demo.catalogue import read_catalogue
from localdev.demo.checking import differences
from localdev.provisioning import queue_is_empty
from localdev.stack import StackOptions, running_stack
from models.composites import HYDRATED_PRODUCT

type Json = dict[str, Any]

pytestmark = pytest.mark.xdist_group("demo")

PATIENCE_SECONDS = 240.0
WORST = ("variant", "specproductassignment", "specoption", "spec", "user", "product", "priceschedule", "buyer")
"""The types in the order in which they are posted."""


def postings() -> Iterator[tuple[str, Json]]:
    """Yield all records of the demo by type."""
    for item in read_catalogue():
        yield "priceschedule", item.price_schedule
        yield "product", item.product
    assert HYDRATED_PRODUCT.expand is not None
    for part in HYDRATED_PRODUCT.expand(families.poster()):
        yield part.record_type, part.posted
    for buyer in families.buyers():
        yield "buyer", buyer
    for user in families.users():
        yield "user", user | {"Password": World.posted_secret(user["Password"])}


def test_the_catalogue_in_the_worst_order_ends_complete_with_nobody_involved(state: Path) -> None:
    records = list(postings())
    assert {record_type for record_type, _ in records} == set(WORST)
    with running_stack(StackOptions(state=state, sweep_seconds=2)) as stack, World(stack.ready) as world:
        for wanted in WORST:
            bodies = [body for record_type, body in records if record_type == wanted]
            answer = world.api().post(f"/orchestration/{wanted}", json=bodies)
            assert (answer.status_code, len(answer.json()["Items"])) == (202, len(bodies)), answer.text
            wait_for(lambda: queue_is_empty(world.ready["storage"]["connection_string"]), PATIENCE_SECONDS)

        def complete() -> bool:
            return not world.blobs("parked", "") and not world.blobs("queue", "")

        wait_for(complete, PATIENCE_SECONDS, what="the end of all waiting")
        assert world.blobs("deadletters", "") == []
        assert differences(expected(), world.everything(), {}) == []
        outcomes = Counter(world.events(""))
    assert outcomes["MissingReference"] > 0


def expected() -> dict[str, dict[str, Json]]:
    """Return what OrderCloud should hold, by resource and ID."""
    held: dict[str, dict[str, Json]] = {
        "products": {item.id: item.product for item in read_catalogue()},
        "priceschedules": {item.price_schedule["ID"]: item.price_schedule for item in read_catalogue()},
        "buyers": {buyer["ID"]: buyer for buyer in families.buyers()},
    }
    for resource, bodies in families.held(families.poster()).items():
        held.setdefault(resource, {}).update(bodies)
    return held
