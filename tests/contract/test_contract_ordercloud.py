"""The ports Marketplaces and OrderCloud: the fake, and the sandbox through our own client."""

import uuid
from typing import Any

import pytest
from contract_marketplace import MARKETPLACE, Marketplace
from fakes.ordercloud_shapes import SHAPES

from models.record import Json
from orchestration.failures import AccountFault, IdExists, NotFound, RefusedByOrderCloud, Unavailable
from orchestration.ports import Answer, OrderCloud
from orchestration.requests import Request

PRODUCTS, PRICES = "/v1/products", "/v1/priceschedules"
BUDGET = 20.0


@pytest.fixture
def product() -> str:
    return f"Bike-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def ordercloud(marketplace: Marketplace) -> OrderCloud:
    return marketplace.connect()


async def send(ordercloud: OrderCloud, method: str, path: str, body: Json | None = None) -> Answer:
    """Carry out a request and return its answer without the times in it."""
    answer = await ordercloud.send(Request(method, path, body), budget=BUDGET)
    if isinstance(answer.body, dict):
        answer.body.pop("DateCreated", None)
        if isinstance(answer.body.get("Inventory"), dict):
            assert "LastUpdated" in answer.body["Inventory"]
            del answer.body["Inventory"]["LastUpdated"]
    return answer


def whole(collection: str, **fields: Any) -> Json:
    """Return an object of the seller's as OrderCloud answers it."""
    full = SHAPES[collection].completed({"OwnerID": MARKETPLACE, **fields})
    full.pop("DateCreated", None)
    if full.get("Inventory"):
        del full["Inventory"]["LastUpdated"]
    return full


def named(object_type: str, object_id: str, code: str, message: str) -> tuple[Json, ...]:
    data = {"ObjectType": object_type, "ObjectID": object_id}
    return ({"ErrorCode": code, "Message": message, "Data": data},)


async def test_a_created_record_is_answered_whole_and_can_be_read(ordercloud: OrderCloud, product: str) -> None:
    posted = {"ID": product, "Name": "n", "Inventory": {"Enabled": True}, "xp": {"a": {"b": [1, None]}}, "SpecCount": 7}
    expected = whole(PRODUCTS, **{**posted, "SpecCount": 0})
    assert await send(ordercloud, "POST", PRODUCTS, posted) == Answer(201, expected)
    assert await send(ordercloud, "GET", f"{PRODUCTS}/{product}") == Answer(200, expected)


async def test_elements_of_lists_are_answered_whole(ordercloud: OrderCloud, product: str) -> None:
    posted = {"ID": product, "Name": "n", "PriceBreaks": [{"Quantity": 1, "Price": 2.5}]}
    assert await send(ordercloud, "POST", PRICES, posted) == Answer(201, whole(PRICES, **posted))


async def test_a_taken_id_exists(ordercloud: OrderCloud, product: str) -> None:
    await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "first"})
    with pytest.raises(IdExists) as taken:
        await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "second"})
    assert (taken.value.status, taken.value.outcome_unknown, taken.value.requests) == (409, False, 1)
    assert taken.value.errors == named("Product", product, "IdExists", "Object already exists.")
    assert (await send(ordercloud, "GET", f"{PRODUCTS}/{product}")).body["Name"] == "first"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_what_is_not_there_is_named(ordercloud: OrderCloud, product: str, method: str) -> None:
    with pytest.raises(NotFound) as missing:
        await send(ordercloud, method, f"{PRODUCTS}/{product}", {"Name": "n"} if method == "PATCH" else None)
    found = missing.value
    assert (found.object_type, found.object_id, found.status, found.requests) == ("Product", product, 404, 1)
    assert found.errors == named("Product", product, "NotFound", "Object not found.")
    assert not found.outcome_unknown


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_reference_to_nothing_names_what_is_missing(ordercloud: OrderCloud, product: str, method: str) -> None:
    if method != "POST":
        await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "n"})
    path = PRODUCTS if method == "POST" else f"{PRODUCTS}/{product}"
    with pytest.raises(NotFound) as missing:
        await send(ordercloud, method, path, {"ID": product, "Name": "n", "DefaultPriceScheduleID": f"no-{product}"})
    assert (missing.value.object_type, missing.value.object_id) == ("PriceSchedule", f"no-{product}")


async def test_a_reference_to_what_is_there_is_kept(ordercloud: OrderCloud, product: str) -> None:
    await send(ordercloud, "POST", PRICES, {"ID": product, "Name": "n"})
    posted = {"ID": product, "Name": "n", "DefaultPriceScheduleID": product}
    assert await send(ordercloud, "POST", PRODUCTS, posted) == Answer(201, whole(PRODUCTS, **posted))


async def test_a_patch_keeps_what_it_does_not_name(ordercloud: OrderCloud, product: str) -> None:
    before = {
        "ID": product,
        "Name": "n",
        "Description": "d",
        "Inventory": {"Enabled": True, "OrderCanExceed": True},
        "xp": {"a": {"b": 1}, "c": [1, 2], "d": 1},
    }
    await send(ordercloud, "POST", PRODUCTS, before)
    change = {"Name": "m", "Inventory": {"OrderCanExceed": False}, "xp": {"a": {"e": 2}, "c": [3], "d": None}}
    after = {
        **before,
        "Name": "m",
        "Inventory": {"Enabled": True, "OrderCanExceed": False},
        "xp": {"a": {"e": 2}, "c": [3], "d": None},
    }
    assert await send(ordercloud, "PATCH", f"{PRODUCTS}/{product}", change) == Answer(200, whole(PRODUCTS, **after))
    kept = await send(ordercloud, "PATCH", f"{PRODUCTS}/{product}", {"xp": {"f": 1}})
    assert kept.body["xp"] == {"a": {"e": 2}, "c": [3], "d": None, "f": 1}


async def test_a_put_replaces_the_whole_record(ordercloud: OrderCloud, product: str) -> None:
    posted = {"ID": product, "Name": "n", "Description": "d", "xp": {"a": 1, "b": 2}}
    await send(ordercloud, "POST", PRODUCTS, posted)
    body = {"ID": product, "Name": "m", "xp": {"a": 1}}
    assert await send(ordercloud, "PUT", f"{PRODUCTS}/{product}", body) == Answer(200, whole(PRODUCTS, **body))


async def test_a_put_creates_what_is_not_there(ordercloud: OrderCloud, product: str) -> None:
    answer = await send(ordercloud, "PUT", f"{PRODUCTS}/{product}", {"Name": "m"})
    assert answer == Answer(200, whole(PRODUCTS, ID=product, Name="m"))


async def test_a_deleted_record_is_gone(ordercloud: OrderCloud, product: str) -> None:
    await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "n"})
    assert await send(ordercloud, "DELETE", f"{PRODUCTS}/{product}") == Answer(204, None)
    with pytest.raises(NotFound):
        await send(ordercloud, "GET", f"{PRODUCTS}/{product}")


async def test_what_is_refused_says_why(ordercloud: OrderCloud, product: str) -> None:
    with pytest.raises(RefusedByOrderCloud) as refused:
        await send(ordercloud, "POST", PRODUCTS, {"ID": product})
    assert (refused.value.status, refused.value.outcome_unknown, refused.value.requests) == (400, False, 1)
    assert refused.value.errors == (
        {"ErrorCode": "ValidationFailure", "Message": "Name: is required.", "Data": {"Field": "Name"}},
    )


async def test_a_suppliers_record_is_its_own_and_others_it_does_not_see(
    marketplace: Marketplace, ordercloud: OrderCloud, product: str
) -> None:
    supplier = marketplace.connect("supplier")
    made = await send(supplier, "POST", PRODUCTS, {"ID": product, "Name": "n"})
    assert made.body["OwnerID"] == "Acme"
    await send(ordercloud, "POST", PRODUCTS, {"ID": f"{product}-seller", "Name": "n"})
    for method, body in (("GET", None), ("PATCH", {"Name": "m"}), ("DELETE", None)):
        with pytest.raises(NotFound):
            await send(supplier, method, f"{PRODUCTS}/{product}-seller", body)


async def test_a_create_whose_answer_was_lost_may_have_happened(
    marketplace: Marketplace, ordercloud: OrderCloud, product: str
) -> None:
    marketplace.faults.lose_answer("POST", PRODUCTS)
    with pytest.raises(Unavailable) as lost:
        await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "n"})
    assert (lost.value.outcome_unknown, lost.value.requests) == (True, 1)
    assert (await send(ordercloud, "GET", f"{PRODUCTS}/{product}")).body["Name"] == "n"


async def test_a_throttled_write_was_not_carried_out_and_says_how_long_to_wait(
    marketplace: Marketplace, ordercloud: OrderCloud, product: str
) -> None:
    marketplace.faults.throttle("POST", PRODUCTS)
    with pytest.raises(Unavailable) as throttled:
        await send(ordercloud, "POST", PRODUCTS, {"ID": product, "Name": "n"})
    assert (throttled.value.status, throttled.value.retry_after) == (429, 60.0)
    assert (throttled.value.outcome_unknown, throttled.value.requests) == (False, 1)
    with pytest.raises(NotFound):
        await send(ordercloud, "GET", f"{PRODUCTS}/{product}")


async def test_without_time_nothing_is_begun(ordercloud: OrderCloud, product: str) -> None:
    with pytest.raises(Unavailable) as late:
        await ordercloud.send(Request("POST", PRODUCTS, {"ID": product, "Name": "n"}), budget=0)
    assert (late.value.outcome_unknown, late.value.requests) == (False, 0)
    with pytest.raises(NotFound):
        await send(ordercloud, "GET", f"{PRODUCTS}/{product}")


async def test_a_wrong_secret_is_a_fault_of_the_account(sandbox: Marketplace, product: str) -> None:
    wrong = sandbox.marketplaces.connect(sandbox.profile("seller").model_copy(update={"client_secret": "env:reader"}))
    with pytest.raises(AccountFault) as fault:
        await send(wrong, "GET", f"{PRODUCTS}/{product}")
    assert "reader-secret" not in repr(fault.value)
    assert fault.value.requests == 0  # that for a token is none


async def test_a_missing_role_is_a_fault_of_the_account(sandbox: Marketplace, product: str) -> None:
    with pytest.raises(AccountFault) as fault:
        await send(sandbox.connect("reader"), "POST", PRODUCTS, {"ID": product, "Name": "n"})
    assert (fault.value.status, fault.value.outcome_unknown, fault.value.requests) == (403, False, 1)
