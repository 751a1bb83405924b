"""Triggers that come twice, late, out of order or never: OrderCloud ends with what was accepted last."""

from collections.abc import Iterator

import pytest
from e2e_world import Json, OwnStack, World, own_stack, wait_for

from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("triggers")

RECORDS = 30


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    state = tmp_path_factory.mktemp("triggers") / "state"
    faults = "duplicate=0.3,drop=0.2,delay=1,seed=7"
    with own_stack(StackOptions(state=state, trigger_faults=faults, claim_seconds=10, sweep_seconds=2)) as stack:
        yield stack


@pytest.fixture
def world(own: OwnStack) -> World:
    return own.world


def test_records_posted_a_b_a_in_quick_succession_end_as_a(world: World, key: str) -> None:
    def products(content: Json) -> list[Json]:
        return [{"ID": f"{key}-{number}", **content} for number in range(RECORDS)]

    a: Json = {"Name": "a", "Description": None, "xp": {"a": 1}}
    b: Json = {"Name": "b", "Description": "b", "xp": {"b": 1}}
    # The first round is settled, so that the later ones meet runs of every kind: unchanged, writing, reading.
    for content in (a, b, a, b, a):
        answer = world.api().post("/orchestration/product", json=products(content))
        assert answer.status_code == 202
    last = {item["Keys"]["ID"]: item["Version"] for item in answer.json()["Items"]}
    for identifier, version in last.items():
        stands = world.outcome("product", identifier, version, seconds=60)
        held = world.ordercloud("product", identifier)
        assert held
        assert stands["State"] == "applied"
        assert (held["Name"], held["Description"], held["xp"]) == ("a", None, {"a": 1})
        assert [call["status"] for call in world.journal(identifier) if call["method"] == "POST"] == [201]


def test_two_partial_postings_in_a_row_are_both_applied(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    world.post("product", {"ID": key, "Description": "d"})
    stands = world.posted("product", {"ID": key, "ShipWeight": 2.5})
    held = world.ordercloud("product", key)
    assert held
    assert (stands["State"], held["Name"], held["Description"], held["ShipWeight"]) == ("applied", "n", "d", 2.5)


def test_two_sources_of_one_product_never_undo_each_other(world: World, key: str) -> None:
    def held() -> tuple[object, ...]:
        found = world.ordercloud("product", key) or {}
        return found.get("Name"), found.get("Description"), found.get("ShipWeight"), found.get("xp")

    world.posted("product", {"ID": key, "Name": "ERP 0", "ShipWeight": 0, "xp": {"ERP": {"Stock": 0}, "Shelf": "A"}})
    for turn in range(1, 6):
        erp = {"ID": key, "Name": f"ERP {turn}", "ShipWeight": turn, "xp": {"ERP": {"Stock": turn}}}
        pim = {"ID": key, "Description": f"PIM {turn}", "xp": {"PIM": {"Text": turn}, "Color": f"red {turn}"}}
        versions = world.post("product", erp), world.post("product", pim, client="pim")
        world.outcome("product", key, versions[0])
        world.outcome("product", key, versions[1], client="pim")
        assert held() == (
            f"ERP {turn}",
            f"PIM {turn}",
            turn,
            {"ERP": {"Stock": turn}, "PIM": {"Text": turn}, "Color": f"red {turn}"},
        )
    last = world.posted("product", {"ID": key, "xp": {}}, client="pim")
    assert last["State"] == "applied"
    assert held() == ("ERP 5", "PIM 5", 5, {"ERP": {"Stock": 5}})
    wait_for(lambda: not world.blobs("queue", key), what="an empty queue")
