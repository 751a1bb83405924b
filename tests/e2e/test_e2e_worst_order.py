"""A small catalogue of every type, each record before what it needs: it ends complete with nobody involved.

What waits for a record is released when that arrives. What OrderCloud refuses as premature names no record, so it is
tried again after its time; that comes about only where many arrive at once.
"""

import random
import uuid
from collections.abc import Callable, Iterator

import pytest
from e2e_world import Json, World, accepted, lacking, own_stack, wait_for
from type_life import path_of
from type_table import ADDRESS, ASSIGNMENT_ROWS, PERSON, PLAIN_ROWS, VARIANT_ROW, named

from localdev.stack import StackOptions
from models.record_types import REGISTRY

pytestmark = pytest.mark.xdist_group("worst order")

SEED = 11
RETRY_SECONDS = 10
ONE_BY_ONE, AT_ONCE = 8.0, 60.0
"""How long it may take from the last posting on: none of those that come one by one is left to its next attempt."""

type Catalogue = list[tuple[str, Json]]

WORST: Catalogue = [
    ("addressassignment", {"BuyerID": "$-b", "AddressID": "$-a", "UserGroupID": "$-g", "IsShipping": True}),
    ("usergroupassignment", {"BuyerID": "$-b", "UserGroupID": "$-g", "UserID": "$-u"}),
    ("productassignment", {"ProductID": "$-p", "BuyerID": "$-b", "UserGroupID": "$-g", "PriceScheduleID": "$-r"}),
    ("categoryproductassignment", {"CatalogID": "$-c", "CategoryID": "$-k2", "ProductID": "$-p"}),
    ("catalogproductassignment", {"CatalogID": "$-c", "ProductID": "$-p"}),
    ("catalogassignment", {"CatalogID": "$-c", "BuyerID": "$-b", "ViewAllProducts": True}),
    ("specproductassignment", {"SpecID": "$-s", "ProductID": "$-p", "DefaultOptionID": "$-o2"}),
    ("inventoryrecord", {"ProductID": "$-p", "ID": "$-i", "AddressID": "$-w", "QuantityAvailable": 5}),
    (
        "variant",
        {"ProductID": "$-p", "ID": "$-x", "Name": "Red", "Specs": [{"SpecID": "$-s", "OptionID": "$-o1"}]},
    ),
    ("category", {"CatalogID": "$-c", "ID": "$-k2", "Name": "Tents", "ParentID": "$-k1"}),
    ("category", {"CatalogID": "$-c", "ID": "$-k1", "Name": "Shelter"}),
    ("specoption", {"SpecID": "$-s", "ID": "$-o2", "Value": "Blue", "ListOrder": 2}),
    ("specoption", {"SpecID": "$-s", "ID": "$-o1", "Value": "Red", "ListOrder": 1}),
    ("costcenter", {"BuyerID": "$-b", "ID": "$-m", "Name": "Marketing"}),
    ("address", {"BuyerID": "$-b", "ID": "$-a", **ADDRESS}),
    ("usergroup", {"BuyerID": "$-b", "ID": "$-g", "Name": "Those who order"}),
    ("user", {"BuyerID": "$-b", "ID": "$-u", **PERSON, "Username": "$-user"}),
    ("supplieraddress", {"SupplierID": "$-v", "ID": "$-y", **ADDRESS}),
    ("supplieruser", {"SupplierID": "$-v", "ID": "$-z", **PERSON, "Username": "$-vendor"}),
    ("product", {"ID": "$-q", "Name": "Tent for one", "ParentID": "$-p"}),
    ("spec", {"ID": "$-s", "Name": "Color", "Required": True, "DefinesVariant": True, "DefaultOptionID": "$-o1"}),
    (
        "product",
        {
            "ID": "$-p",
            "Name": "Tent",
            "IsParent": True,
            "Inventory": {"Enabled": True},
            "DefaultPriceScheduleID": "$-r",
            "DefaultSupplierID": "$-v",
            "ShipFromAddressID": "$-w",
        },
    ),
    ("buyer", {"ID": "$-b", "Name": "Fabrikam", "Active": True, "DefaultCatalogID": "$-c"}),
    ("catalog", {"ID": "$-c", "Name": "Camping", "Active": True}),
    ("priceschedule", {"ID": "$-r", "Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 10}]}),
    ("productfacet", {"ID": "$-f", "Name": "Color"}),
    ("supplier", {"ID": "$-v", "Name": "Vendor", "Active": True}),
    ("adminaddress", {"ID": "$-w", **ADDRESS}),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    state = tmp_path_factory.mktemp("worst") / "state"
    with own_stack(StackOptions(state=state, sweep_seconds=1)) as own:
        own.world.set_policies("seller", {"Parking": {"Delays": [RETRY_SECONDS]}})
        yield own.world


def test_the_catalogue_has_a_record_of_each_plain_type() -> None:
    plain = {row.name for row in (*PLAIN_ROWS, *ASSIGNMENT_ROWS, VARIANT_ROW)}
    assert {record_type for record_type, _ in WORST} == plain


def as_it_is(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue in its own order."""
    return catalogue


def shuffled(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue in an order that is always the same."""
    return random.Random(SEED).sample(catalogue, len(catalogue))


@pytest.mark.parametrize(
    ("order", "seconds"),
    [
        pytest.param(as_it_is, ONE_BY_ONE, id="the worst order, one after the other"),
        pytest.param(as_it_is, AT_ONCE, id="the worst order, all at once"),
        pytest.param(shuffled, ONE_BY_ONE, id="any order, one after the other"),
        pytest.param(shuffled, AT_ONCE, id="any order, all at once"),
    ],
)
def test_a_catalogue_whose_records_come_before_what_they_need_ends_complete(
    world: World,
    order: Callable[[Catalogue], Catalogue],
    seconds: float,
) -> None:
    tag = f"t{uuid.uuid4().hex[:10]}"
    catalogue = named(order(WORST), tag, tag)
    for record_type, body in catalogue:
        keys = {name: body.get(name) for name in REGISTRY[record_type].keys}
        version = accepted(world.api().post(f"/orchestration/{record_type}", json=body), keys)
        if seconds == ONE_BY_ONE:
            world.outcome(record_type, path_of(keys), version)

    def at_rest() -> bool:
        return not world.blobs("queue", tag) and not world.blobs("parked", tag)

    wait_for(at_rest, seconds, what="the end of all waiting")

    assert world.blobs("deadletters", tag) == []
    for record_type, body in catalogue:
        path = path_of({name: body.get(name) for name in REGISTRY[record_type].keys})
        stands, held = world.standing(record_type, path), world.ordercloud(record_type, place(record_type, body))
        assert stands
        assert (record_type, stands["State"]) == (record_type, "applied")
        assert held
        assert lacking({name: body[name] for name in body if name in held}, held) == []


def place(record_type: str, body: Json) -> str:
    """Return the IDs by which the sandbox holds a record; `~` stands for one that is absent before another."""
    keys = [body.get(name, "~") for name in REGISTRY[record_type].keys]
    return "/".join(keys)
