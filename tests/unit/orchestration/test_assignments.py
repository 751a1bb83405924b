"""Assignments of every type: posted to create or to overwrite, never read, removed by OrderCloud's own paths."""

from dataclasses import dataclass
from typing import Any

import pytest
from fakes.sandbox import House

from models.record import Json
from models.record_types import REGISTRY
from models.registry import Keys
from orchestration.paths import QueuePath, RecordPath

DAY = 24 * 3600
UNREADABLE = "what OrderCloud has of it is to be made sure, and an assignment cannot be read: it is posted again"


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """One assignment.

    Attributes:
        posted: as its source posts it.
        path: where it is posted; `removal` with its query, where it is removed.
        held: where the sandbox keeps it: the resource and the key.
        changed: fields that its source changes; none where there are only keys.
    """

    record_type: str
    posted: Json
    path: str
    removal: str
    held: tuple[str, str]
    changed: Json | None = None

    @property
    def id(self) -> str:
        return f"{self.record_type}, {len([key for key in self.keys if key])} keys"

    @property
    def keys(self) -> Keys:
        return REGISTRY[self.record_type].keys_of(self.posted)

    @property
    def at(self) -> QueuePath:
        return QueuePath(RecordPath("acme", self.record_type, self.keys), "erp")

    @property
    def body(self) -> Json:
        """What is sent: no field that stands in the path."""
        unsent = REGISTRY[self.record_type].unsent
        return {name: value for name, value in self.posted.items() if name not in unsent}

    def called(self, *methods: str) -> list[str]:
        """Return the requests of these methods."""
        return [f"{method} {self.removal if method == 'DELETE' else self.path}" for method in methods]


BUYER, GROUP, USER, ADDRESS = {"BuyerID": "B"}, {"UserGroupID": "G"}, {"UserID": "U"}, {"AddressID": "A"}
SHIPPED = {"BuyerID": "B", "AddressID": "A", "IsShipping": True, "IsBilling": False}
ADDRESSES = "/v1/buyers/B/addresses"
ALL = [
    Assigned(
        record_type="productassignment",
        posted={"ProductID": "P1", **BUYER, "PriceScheduleID": "PS"},
        path="/v1/products/assignments",
        removal="/v1/products/P1/assignments/B",
        held=("products/assignments", "P1/B"),
        changed={"PriceScheduleID": "PS2"},
    ),
    Assigned(
        record_type="productassignment",
        posted={"ProductID": "P1", **BUYER, **GROUP, "PriceScheduleID": "PS"},
        path="/v1/products/assignments",
        removal="/v1/products/P1/assignments/B?userGroupID=G",
        held=("products/assignments", "P1/B/G"),
        changed={"PriceScheduleID": None},
    ),
    Assigned(
        record_type="specproductassignment",
        posted={"SpecID": "S", "ProductID": "P1", "DefaultOptionID": "O"},
        path="/v1/specs/productassignments",
        removal="/v1/specs/S/productassignments/P1",
        held=("specs/productassignments", "S/P1"),
        changed={"DefaultOptionID": None, "DefaultValue": "x"},
    ),
    Assigned(
        record_type="catalogproductassignment",
        posted={"CatalogID": "C", "ProductID": "P2"},
        path="/v1/catalogs/productassignments",
        removal="/v1/catalogs/C/productassignments/P2",
        held=("catalogs/productassignments", "C/P2"),
    ),
    Assigned(
        record_type="categoryproductassignment",
        posted={"CatalogID": "C", "CategoryID": "K", "ProductID": "P1", "ListOrder": 1},
        path="/v1/catalogs/C/categories/productassignments",
        removal="/v1/catalogs/C/categories/K/productassignments/P1",
        held=("catalogs/categories/productassignments", "c/K/P1"),
        changed={"ListOrder": 2},
    ),
    Assigned(
        record_type="catalogassignment",
        posted={"CatalogID": "C2", **BUYER, "ViewAllCategories": True},
        path="/v1/catalogs/assignments",
        removal="/v1/catalogs/C2/assignments?buyerID=B",
        held=("catalogs/assignments", "C2/B"),
        changed={"ViewAllCategories": False, "ViewAllProducts": True},
    ),
    Assigned(
        record_type="usergroupassignment",
        posted={**BUYER, **GROUP, **USER},
        path="/v1/buyers/B/usergroups/assignments",
        removal="/v1/buyers/B/usergroups/G/assignments/U",
        held=("buyers/usergroups/assignments", "b/G/U"),
    ),
    Assigned(
        record_type="addressassignment",
        posted=SHIPPED,
        path=f"{ADDRESSES}/assignments",
        removal=f"{ADDRESSES}/A/assignments",
        held=("buyers/addresses/assignments", "b/A"),
        changed={"IsBilling": True},
    ),
    Assigned(
        record_type="addressassignment",
        posted={**SHIPPED, **USER},
        path=f"{ADDRESSES}/assignments",
        removal=f"{ADDRESSES}/A/assignments?userID=U",
        held=("buyers/addresses/assignments", "b/A/U"),
        changed={"IsBilling": True},
    ),
    Assigned(
        record_type="addressassignment",
        posted={**SHIPPED, **GROUP},
        path=f"{ADDRESSES}/assignments",
        removal=f"{ADDRESSES}/A/assignments?userGroupID=G",
        held=("buyers/addresses/assignments", "b/A/~/G"),
        changed={"IsBilling": True},
    ),
]
EACH = pytest.mark.parametrize("assigned", [pytest.param(each, id=each.id) for each in ALL])


@pytest.fixture
def house(house: House) -> House:
    """Return a house in which everything is there that assignments name."""
    edit = house.sandbox.edit
    edit("catalogs", "C", OwnerID="acme", Name="C", Active=True)
    edit("catalogs", "C2", OwnerID="acme", Name="C2", Active=True)
    edit("catalogs/categories", "C/K", Name="K")
    edit("catalogs/productassignments", "C/P1", CatalogID="C", ProductID="P1")
    edit("buyers", "B", Name="B", DefaultCatalogID="C", Active=True)
    edit("catalogs/assignments", "C/B", CatalogID="C", BuyerID="B")
    edit("buyers/usergroups", "B/G", Name="G")
    edit("buyers/users", "B/U", Username="u", FirstName="U", LastName="U", Email="u@test.example", Active=True)
    edit("buyers/addresses", "B/A", Street1="1", City="X", Country="NL")
    for schedule in ("PS", "PS2"):
        breaks = [{"Quantity": 1, "Price": 1, "SalePrice": None}]
        edit("priceschedules", schedule, OwnerID="acme", Name=schedule, PriceBreaks=breaks)
    for product in ("P1", "P2"):
        edit("products", product, OwnerID="acme", Name=product, Active=True, DefaultPriceScheduleID="PS")
    edit("specs", "S", OwnerID="acme", Name="S")
    edit("specs/options", "S/O", Value="O")
    return house


def sent(house: House, since: int = 0) -> list[str]:
    """Return the requests with their queries."""
    return [f"{call['Method']} {call['Path']}" for event in house.events()[since:] for call in event["Calls"]]


def there(house: House, assigned: Assigned) -> Json | None:
    resource, key = assigned.held
    found: dict[str, Json] = house.there(resource)[resource]
    return {name.casefold(): value for name, value in found.items()}.get(key.casefold())


def shown(assigned: Assigned, **changed: Any) -> dict[str, Any]:
    return {**assigned.body, **changed}


async def apply(house: House, assigned: Assigned, **fields: Any) -> Json:
    envelope = await house.apply({**assigned.posted, **fields}, record_type=assigned.record_type)
    return house.last_event(envelope.path)


async def remove(house: House, assigned: Assigned) -> Json:
    envelope = await house.delete(*assigned.keys, record_type=assigned.record_type)
    await house.run(envelope.path)
    return house.last_event(envelope.path)


def test_every_type_of_assignments_is_in_the_table() -> None:
    assert {each.record_type for each in ALL} == {row.name for row in REGISTRY if row.assigned}


@EACH
async def test_it_is_posted_once_and_kept_as_posted(house: House, assigned: Assigned) -> None:
    event = await apply(house, assigned)
    assert (event["Action"], event["Reason"], event["Level"]) == ("Create", "it is not cached", "Success")
    assert sent(house) == assigned.called("POST")
    assert house.calls()[-1][2] == assigned.body
    found = there(house, assigned)
    assert found is not None
    assert {name: found[name] for name in assigned.body} == assigned.body
    known = house.cached(assigned.at.record)
    assert known is not None
    assert (known.current, known.certain) == (assigned.posted, True)


@EACH
async def test_posted_again_it_costs_no_call(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    event = await apply(house, assigned)
    assert (event["Action"], sent(house)) == ("Ignore", assigned.called("POST"))


@pytest.mark.parametrize("assigned", [pytest.param(each, id=each.id) for each in ALL if each.changed])
async def test_what_changed_is_posted_with_all_the_rest(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    changed = assigned.changed or {}
    event = await apply(house, assigned, **changed)
    assert (event["Action"], sent(house)) == ("Patch", assigned.called("POST", "POST"))
    assert (
        event["Reason"] == f"fields changed: {', '.join(name for name in assigned.posted | changed if name in changed)}"
    )
    assert house.calls()[-1][2] == shown(assigned, **changed)
    found = there(house, assigned)
    assert found is not None
    assert {name: found[name] for name in changed} == changed


@pytest.mark.parametrize("assigned", [pytest.param(each, id=each.id) for each in ALL if each.changed])
async def test_what_is_not_posted_any_more_stays(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    row = REGISTRY[assigned.record_type]
    keys = {name: value for name, value in row.named(assigned.keys).items() if value is not None}
    needed = {"IsBilling": True} if assigned.record_type == "addressassignment" else {}
    await house.apply({**keys, **needed}, record_type=assigned.record_type)
    found = there(house, assigned)
    assert found is not None
    assert {name: found[name] for name in assigned.body} == shown(assigned, **needed)


@EACH
async def test_when_a_refresh_is_due_it_is_posted_again_under_a_claim(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    resource, key = assigned.held
    house.sandbox.drop(resource, key)
    house.world.clock.advance(DAY)
    since = len(house.steps)
    event = await apply(house, assigned)
    assert (event["Action"], event["Reason"]) == ("Create", UNREADABLE)
    assert there(house, assigned) is not None
    made = [str(step) for step in house.steps[since:] if step.place in ("cache", "ordercloud")]
    record = f"cache PUT {assigned.at.record}"
    assert made == [f"cache GET {assigned.at.record}", record, f"ordercloud POST {assigned.path}", record]
    known = house.cached(assigned.at.record)
    assert known is not None
    assert known.fetched_at == house.world.clock.now()


@EACH
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_after_a_crash_it_is_posted_again_whatever_came_of_it(
    house: House, assigned: Assigned, moment: str
) -> None:
    envelope = await house.post(assigned.posted, record_type=assigned.record_type)
    assert await house.dies(
        lambda: house.run(envelope.path), lambda when, step: (when, step.place) == (moment, "ordercloud")
    )
    await house.settle()
    tries = ["POST"] if moment == "before" else ["POST", "POST"]
    assert [f"{method} {path}" for method, path in house.made()] == assigned.called(*tries)
    event = house.last_event(assigned.at)
    assert (event["Action"], event["Reason"], event["Level"]) == ("Create", UNREADABLE, "Success")
    assert there(house, assigned) is not None


@EACH
async def test_it_is_deleted_by_ordercloud_s_own_query(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    event = await remove(house, assigned)
    assert (event["Action"], event["Level"]) == ("Delete", "Success")
    assert sent(house) == assigned.called("POST", "DELETE")
    assert there(house, assigned) is None
    again = await remove(house, assigned)
    assert (again["Action"], again["Reason"], again["Calls"]) == ("Ignore", "it is deleted already", [])


@EACH
async def test_one_that_is_gone_counts_as_deleted(house: House, assigned: Assigned) -> None:
    event = await remove(house, assigned)
    assert (event["Action"], event["Level"], sent(house)) == ("Delete", "Success", assigned.called("DELETE"))
    known = house.cached(assigned.at.record)
    assert known is not None
    assert (known.current, known.deleted) == (None, True)


@EACH
async def test_deleted_and_posted_again_it_is_there(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    await remove(house, assigned)
    event = await apply(house, assigned)
    assert (event["Action"], event["Reason"]) == ("Create", "it was deleted before")
    assert there(house, assigned) is not None
    await house.delete(*assigned.keys, record_type=assigned.record_type)
    event = await apply(house, assigned)
    assert (event["Action"], event["Reason"]) == ("Create", "the source deleted it and posted it again")
    assert sent(house) == assigned.called("POST", "DELETE", "POST", "DELETE", "POST")
    assert there(house, assigned) is not None


@EACH
async def test_posted_in_another_case_it_is_the_same_one(house: House, assigned: Assigned) -> None:
    await apply(house, assigned)
    row = REGISTRY[assigned.record_type]
    lower = {name: key.lower() for name, key in row.named(assigned.keys).items() if key is not None}
    event = await apply(house, assigned, **lower)
    assert (event["Action"], event["Calls"]) == ("Ignore", [])
    event = await remove(house, assigned)
    assert [f"{call['Method']} {call['Path']}" for call in event["Calls"]] == assigned.called("DELETE")
    assert there(house, assigned) is None


async def test_two_sources_keep_one_assignment(house: House) -> None:
    address = next(each for each in ALL if each.record_type == "addressassignment")
    await apply(house, address)
    posted = {**address.posted, "IsBilling": True}
    await house.apply(posted, record_type=address.record_type, client="pim")
    found = there(house, address)
    assert found is not None
    assert (found["IsShipping"], found["IsBilling"]) == (True, True)
