"""Composites: one posting for many records, through which no crash leads to a write too many or too few."""

import os
import random
import signal
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from e2e_world import Json, OwnStack, World, own_stack, wait_for

from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("composites")

PATIENCE_SECONDS = 90.0
SPECS, OPTIONS, DEFINING = 12, 10, 2
PARTS = 2 + 2 * SPECS + SPECS * OPTIONS + OPTIONS**DEFINING
WRITES = PARTS - OPTIONS**DEFINING + 1
"""All combinations of options are made by one call."""
KILLS, SEED = 10, 7
TIMES = {"DateCreated", "LastUpdated"}


def hydrated(own: str, markup: float = 1.0) -> Json:
    """Return a product with 4 price breaks and 12 specs of 10 options, of which 2 define its 100 variants."""

    def spec(number: int) -> Json:
        defines = number < DEFINING
        options = [{"ID": f"o{n}", "Value": f"Value {n}", "ListOrder": n, "PriceMarkup": n} for n in range(OPTIONS)]
        flags = {"DefinesVariant": defines, "Required": defines}
        return {"ID": f"{own}-s{number}", "Name": f"Spec {number}", "ListOrder": number, **flags, "Options": options}

    specs = [spec(number) for number in range(SPECS)]
    specs[5]["Options"][3]["PriceMarkup"] = markup
    breaks = [{"Quantity": quantity, "Price": 100 - quantity} for quantity in (1, 5, 10, 50)]
    product = {"Name": "Poster", "Active": True, "xp": {"Season": "autumn"}}
    return {"ID": own, "Product": product, "PriceSchedule": {"Name": "Retail", "PriceBreaks": breaks}, "Specs": specs}


def flat(own: str, price: float = 1.0) -> Json:
    """Return a product and its price as one row."""
    return {"ID": own, "Name": "Tent", "Active": True, "TaxCategory": "P0", "TaxCode": "18", "Price": price}


@dataclass(frozen=True, slots=True)
class Kind:
    """A composite type: how one is made, how many writes it takes, and at which of them the host dies."""

    name: str
    make: Callable[..., Json]
    parts: int
    writes: int
    changed: str
    deaths: tuple[int, ...]

    def __str__(self) -> str:
        return self.name


HYDRATED = Kind(
    *("hydratedproduct", hydrated, PARTS, WRITES, "/v1/specs/#-s5/options/o3"),
    deaths=tuple(sorted(random.Random(SEED).sample(range(1, WRITES), KILLS))),
)
FLAT = Kind("templateproductflat", flat, 2, 2, "/v1/priceschedules/#", deaths=(1, 2))


@pytest.fixture(scope="module", params=[HYDRATED, FLAT], ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


@pytest.fixture(scope="module")
def own(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    """Run a stack for each kind: `up` gives up on a host that ends too often."""
    state = tmp_path_factory.mktemp(kind.name) / "state"
    with own_stack(StackOptions(state=state, claim_seconds=3, sweep_seconds=2)) as stack:
        yield stack


@pytest.fixture
def world(own: OwnStack) -> World:
    return own.world


@pytest.fixture(scope="module")
def whole(kind: Kind, own: OwnStack) -> str:
    """Create a composite that nothing interrupts and return its ID."""
    identifier = f"whole-{uuid.uuid4().hex[:12]}"
    created = through(own.world, kind.name, kind.make(identifier))
    assert (created["State"], created["LastEvent"]["Action"]) == ("applied", "Create")
    return identifier


@pytest.fixture
def key() -> str:
    """Give an ID that no other test uses, in lower case as paths have it."""
    return f"test-{uuid.uuid4().hex[:12]}"


def through(world: World, kind: str, body: Json) -> Json:
    """Post a composite and return where it stands once it is through; asked before, storage would be busy with that."""
    record = f"{kind}/{body['ID']}"
    before = len(world.events(record))
    version = world.post(kind, body)
    wait_for(lambda: len(world.events(record)) > before, PATIENCE_SECONDS, what=f"the end of {record}")
    return world.outcome(kind, body["ID"], version)


def writes(world: World, own: str, after: int = 0) -> list[Json]:
    """Return the journal's writes that concern a composite."""
    return [entry for entry in world.mentions(own, after) if entry["method"] != "GET"]


def has_come(world: World, own: str, number: int) -> None:
    """Wait until so many writes were made of a composite."""
    wait_for(lambda: len(writes(world, own)) >= number, PATIENCE_SECONDS, what=f"write {number}")


def what(entry: Json) -> str:
    """Return a write with what tells it from all others."""
    return f"{entry['method']} {entry['path']} {entry['request']}"


def in_the_end(world: World, own: str) -> dict[str, dict[str, Any]]:
    """Return all that OrderCloud holds of a composite, with `#` for its ID and without times."""

    def leveled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.replace(own, "#"): leveled(each) for name, each in value.items() if name not in TIMES}
        if isinstance(value, list):
            return [leveled(each) for each in value]
        return value.replace(own, "#") if isinstance(value, str) else value

    everything = world.everything().items()
    return {name: found for name, all_ in everything if (found := leveled({i: r for i, r in all_.items() if own in i}))}


def test_a_composite_is_created_then_left_alone_then_changed_by_one_write(world: World, kind: Kind, whole: str) -> None:
    made = world.mentions(whole)
    assert len([entry for entry in made if entry["method"] == "POST"]) == kind.writes
    assert {entry["status"] for entry in made} <= {200, 201, 204}

    again = through(world, kind.name, kind.make(whole))
    told = ("applied", "Ignore", f"{kind.parts} parts: {kind.parts} Ignore")
    assert (again["State"], again["LastEvent"]["Action"], again["LastEvent"]["Reason"]) == told
    assert world.mentions(whole, after=made[-1]["n"]) == []

    changed = through(world, kind.name, kind.make(whole, 99.5))
    told = ("applied", "Patch", f"{kind.parts} parts: {kind.parts - 1} Ignore, 1 Patch")
    assert (changed["State"], changed["LastEvent"]["Action"], changed["LastEvent"]["Reason"]) == told
    [only] = world.mentions(whole, after=made[-1]["n"])
    assert (only["method"], only["path"].replace(whole, "#")) == ("PATCH", kind.changed)


def test_a_composite_whose_host_is_killed_again_and_again_ends_as_if_nothing_had_been(
    own: OwnStack, key: str, kind: Kind, whole: str
) -> None:
    world = own.world
    assert through(world, kind.name, kind.make(whole))["State"] == "applied"
    under_way: list[str] = []

    with own.watched():
        version = world.post(kind.name, kind.make(key))
        for death in kind.deaths:
            has_come(world, key, death - 1)
            under_way.append(what(killed_in_a_write(own, key)))
        wait_for(lambda: world.events(f"{kind.name}/{key}"), PATIENCE_SECONDS, what="the end of all parts")
    assert world.outcome(kind.name, key, version)["State"] == "applied"

    assert in_the_end(world, key) == in_the_end(world, whole)
    times = Counter(what(entry) for entry in writes(world, key))
    assert len(times) == kind.writes
    # What was under way is looked at before it is written again; only an assignment cannot be looked at.
    repeated = [each for each, count in times.items() if count > 1]
    assert sorted(repeated) == sorted(each for each in under_way if "assignments " in each)
    assert world.blobs("deadletters", key) == []


def parts_that_wait(stands: Json) -> list[tuple[str, str]]:
    """Return type and state of the parts of a composite that are not applied."""
    return sorted((part["RecordType"], part["State"]) for part in stands["WaitingParts"])


ON_THE_STACK_OF_ROWS = pytest.mark.parametrize("kind", [FLAT], ids=str, indirect=True)


@ON_THE_STACK_OF_ROWS
def test_a_composite_is_dead_while_a_part_is_and_applied_once_that_is_posted_again(world: World, key: str) -> None:
    spec = {"ID": f"{key}-s", "Name": "Size", "Options": [{"ID": "m", "Value": "Medium"}]}
    composite = {"ID": key, "Product": {"Name": "Tent"}, "Specs": [spec]}
    wrong = {"Errors": [{"ErrorCode": "SpecOption.Wrong", "Message": "It is wrong.", "Data": None}]}
    refusal = {"kind": "status", "value": {"status": 400, "body": wrong}}
    with world.faults({**refusal, "method": "POST", "path": f"/{key}-s/options$"}):
        stands = through(world, "hydratedproduct", composite)
    event = stands["LastEvent"]
    assert (stands["State"], event["Level"], event["Action"]) == ("dead", "Warn", "Create")
    assert event["Message"] == f"not applied yet: specoption {key}-s/m, specproductassignment {key}-s/{key}"
    # OrderCloud assigns no spec without options.
    assert parts_that_wait(stands) == [("specoption", "dead"), ("specproductassignment", "parked")]

    again = through(world, "hydratedproduct", composite)
    assert (again["State"], again["WaitingParts"], again["LastEvent"]["Level"]) == ("applied", [], "Success")


@ON_THE_STACK_OF_ROWS
def test_a_composite_is_parked_while_a_part_is_and_applied_once_what_that_waits_for_has_come(
    world: World, key: str
) -> None:
    composite = {
        "ID": key,
        "Product": {"Name": "Tent", "DefaultSupplierID": f"{key}-v"},
        "PriceSchedule": {"Name": "R"},
    }
    stands = through(world, "hydratedproduct", composite)
    assert (stands["State"], stands["WaitingFor"]) == ("parked", f"laptop/supplier/{key}-v")
    assert stands["NextAttempt"] is not None
    assert parts_that_wait(stands) == [("product", "parked")]

    world.posted("supplier", {"ID": f"{key}-v", "Name": "Vendor"})

    def applied() -> bool:
        stands = world.standing("hydratedproduct", key)
        return stands is not None and stands["State"] == "applied"

    wait_for(applied, what="the release of the product")


def killed_in_a_write(own: OwnStack, key: str) -> Json:
    """Kill the host while OrderCloud is at a write, wait for another host, and return the write."""
    world = own.world
    world.hold("POST")
    os.kill(killed := own.pids["host"], signal.SIGKILL)
    done = len(writes(world, key))
    wait_for(lambda: len(writes(world, key)) > done, what="the end of the write")
    wait_for(lambda: own.pids["host"] != killed, what="another host")
    return writes(world, key)[done]
