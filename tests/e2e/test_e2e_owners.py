"""Whose records are whose: what belongs to another is neither written nor shown, of whatever type it is."""

import json
from collections.abc import Iterator

import pytest
from e2e_world import Json, World, errors_of, nothing_is_stored
from type_life import Life
from type_table import COMPOSITE_ROWS, ROWS, Row

SUPPLIER, BUYER = "acme", "fabrikam"
"""On whose behalf the clients `supplier` and `buyer` write."""
SUPPLIERS_OWN = {"supplier": "ID", "supplieraddress": "SupplierID", "supplieruser": "SupplierID"}
BUYERS_OWN = {"buyer": "ID"} | dict.fromkeys(
    ("user", "usergroup", "usergroupassignment", "address", "addressassignment", "costcenter"), "BuyerID"
)
"""By type, the field that says whose a record is."""
SELLERS_ONLY = {"catalogassignment", "adminaddress"}
OF_A_SUPPLIER = {row.name for row in ROWS} - BUYERS_OWN.keys() - SELLERS_ONLY
OWNED = [row for row in ROWS if row.name in OF_A_SUPPLIER - SUPPLIERS_OWN.keys() and row not in COMPOSITE_ROWS]
UNOWNED = {"productfacet"}
"""OrderCloud says of no facet whose it is."""
SECRET = "not for suppliers"
FLAT = {"Name": "Tent", "TaxCategory": "P0", "TaxCode": "1", "Price": 1}
BY_NAME = {row.name: row for row in ROWS}


@pytest.fixture(scope="module")
def all_roles(world: World) -> Iterator[None]:
    """Give the clients of a supplier and a buyer every role: what they may not do is then not for want of one."""
    kept = {name: world.credentials(name)["roles"] for name in ("supplier", "buyer")}
    for name in kept:
        world.change_client(name, {"roles": ["FullAccess"]})
    world.forget_tokens()
    yield
    for name, roles in kept.items():
        world.change_client(name, {"roles": roles})
    world.forget_tokens()


def case(row: Row) -> object:
    return pytest.param(row, id=row.name)


@pytest.mark.parametrize("row", [case(row) for row in OWNED if row.name not in UNOWNED])
def test_a_supplier_may_not_write_what_belongs_to_the_seller_or_lies_below_it(world: World, row: Row) -> None:
    life = Life(world, row)
    life.prepare()
    secret = {"xp": {"Note": SECRET}} if "xp" in row.body else {}
    assert life.through(life.post({**life.body, **secret}))["State"] == "applied"
    before, asked = life.held, world.mentions(life.tag)

    stands = life.through(life.post(life.changed, "supplier"), "supplier")

    event = stands["LastEvent"]
    assert (stands["State"], event["ErrorType"], event["Level"]) == ("dead", "NotOwner", "Error")
    assert (event["Before"], event["Result"], event["Diff"], event["Calls"]) == (None, None, None, [])
    assert SECRET not in json.dumps(stands)
    assert life.held == before
    assert world.mentions(life.tag) == asked


@pytest.mark.parametrize("row", [case(row) for row in ROWS if row.name not in OF_A_SUPPLIER])
@pytest.mark.usefixtures("all_roles")
def test_a_supplier_may_not_post_or_delete_what_is_no_supplier_s(world: World, row: Row) -> None:
    life = Life(world, row)
    assert errors_of(life.post(life.body, "supplier")) == (403, [("NotYourResource", None)])
    assert errors_of(life.delete("supplier")) == (403, [("NotYourResource", None)])
    nothing_is_stored(world, life.tag)


@pytest.mark.parametrize("row", [case(row) for row in ROWS if row.name not in BUYERS_OWN])
@pytest.mark.usefixtures("all_roles")
def test_a_buyer_may_not_post_or_delete_what_is_no_buyer_s(world: World, row: Row) -> None:
    life = Life(world, row)
    assert errors_of(life.post(life.body, "buyer")) == (403, [("NotYourResource", None)])
    assert errors_of(life.delete("buyer")) == (403, [("NotYourResource", None)])
    nothing_is_stored(world, life.tag)


@pytest.mark.parametrize(
    ("client", "name", "field"),
    [("supplier", *each) for each in SUPPLIERS_OWN.items()] + [("buyer", *each) for each in BUYERS_OWN.items()],
)
@pytest.mark.usefixtures("all_roles")
def test_nobody_may_post_or_delete_what_belongs_to_another_buyer_or_supplier(
    world: World, client: str, name: str, field: str
) -> None:
    life, refused = Life(world, BY_NAME[name]), (403, [("NotYourResource", {"Field": field})])
    assert errors_of(life.post(life.body, client)) == refused
    assert errors_of(life.delete(client)) == refused
    if field == "BuyerID":
        assert errors_of(life.post(life.body, client, below_buyer=True)) == refused
    nothing_is_stored(world, life.tag)


@pytest.mark.parametrize(
    ("client", "name", "owner"),
    [
        pytest.param("supplier", "supplieraddress", {"SupplierID": SUPPLIER}, id="a supplier's address"),
        pytest.param("supplier", "supplieruser", {"SupplierID": SUPPLIER.upper()}, id="a supplier's user"),
        pytest.param("buyer", "usergroup", {"BuyerID": BUYER}, id="a buyer's group"),
        pytest.param("buyer", "costcenter", {"BuyerID": BUYER.upper()}, id="a buyer's cost center"),
    ],
)
def test_a_supplier_and_a_buyer_post_their_own(world: World, client: str, name: str, owner: Json) -> None:
    life = Life(world, BY_NAME[name])
    body = {**life.keys, **life.body, **owner}
    [item] = world.api(client).post(f"/orchestration/{name}", json=body).raise_for_status().json()["Items"]
    stands = world.outcome(name, "/".join(item["Keys"].values()), item["Version"], client)
    assert (stands["State"], stands["LastEvent"]["Action"]) == ("applied", "Create")


def test_a_composite_needs_the_roles_of_all_its_parts(world: World, key: str) -> None:
    product: Json = {"ID": key, "Product": {"Name": "Tent"}}
    priced = {**product, "PriceSchedule": {"Name": "Retail"}}
    world.change_client("pim", {"roles": ["ProductAdmin"]})
    world.forget_tokens()
    try:
        lacks = {"SufficientRoles": ["PriceScheduleAdmin", "FullAccess"], "AssignedRoles": ["ProductAdmin"]}
        for name, body in (("hydratedproduct", priced), ("templateproductflat", {"ID": key, **FLAT})):
            answer = world.api("pim").post(f"/orchestration/{name}", json=body)
            assert errors_of(answer) == (403, [("InsufficientRoles", lacks)])
        nothing_is_stored(world, key)
        assert world.posted("hydratedproduct", product, "pim")["State"] == "applied"
    finally:
        world.change_client("pim", {"roles": ["ProductAdmin", "PriceScheduleAdmin"]})
        world.forget_tokens()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("hydratedproduct", {"Product": {"Name": "the supplier's"}}, id="hydrated"),
        pytest.param("templateproductflat", {**FLAT, "Name": "the supplier's"}, id="flat"),
    ],
)
def test_a_composite_of_a_supplier_s_does_not_reach_what_belongs_to_the_seller(
    world: World, key: str, name: str, body: Json
) -> None:
    world.posted("product", {"ID": key, "Name": "the seller's", "Description": SECRET})
    before = world.ordercloud("product", key)
    stands = world.posted(name, {"ID": key, **body}, "supplier")
    assert stands["State"] == "dead"
    assert [(part["RecordType"], part["State"]) for part in stands["WaitingParts"]] == [("product", "dead")]
    part = world.standing("product", key, "supplier")
    assert part
    assert (part["State"], part["LastEvent"]["ErrorType"]) == ("dead", "NotOwner")
    assert SECRET not in json.dumps([stands, part])
    assert world.ordercloud("product", key) == before
