"""The engine with rows of its own: a resource below another is nothing but a row."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localdev.sandbox.api import handlers
from localdev.sandbox.description import Description
from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, Refusal
from localdev.sandbox.inspection import overwrite, remove, state_of
from localdev.sandbox.resources import PRICE_SCHEDULES, PRODUCTS, Resource
from localdev.sandbox.store import StateInUseError, Store
from localdev.sandbox.tokens import Caller

SPECS = Resource("/specs/{specID}", "Spec", owned=True)
OPTIONS = Resource("/specs/{specID}/options/{optionID}", "SpecOption")
DESCRIPTION = Description.load()
SELLER = Caller("C", {"UserType": "admin"}, frozenset({"FullAccess"}), ("FullAccess",), client_active=True)
BUYER = Caller(
    "B", {"UserType": "buyer", "BuyerID": "B"}, frozenset({"FullAccess"}), ("FullAccess",), client_active=True
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    store = Store(tmp_path)
    yield Engine(
        store,
        DESCRIPTION,
        (PRODUCTS, PRICE_SCHEDULES, SPECS, OPTIONS),
        marketplace="SANDBOX",
        deep_xp=False,
        clock=lambda: datetime(2024, 5, 1, tzinfo=UTC),
        new_id=lambda: "new-id",
    )
    store.close()


def call(engine: Engine, method: str, path: str, body: dict[str, Any] | None = None, caller: Caller = SELLER) -> Answer:
    match = DESCRIPTION.match(path.strip("/").split("/"))
    assert match is not None
    template, parameters = match
    return handlers(engine)[method, template](Call(caller, f"/v1{path}", parameters, (), body or {}))


def refusal(engine: Engine, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str, Any]:
    with pytest.raises(Refusal) as refused:
        call(engine, method, path, body)
    return refused.value.status, refused.value.problems[0].code, refused.value.problems[0].data


def test_a_record_below_another_is_kept_under_it(engine: Engine) -> None:
    for spec in ("S1", "S2"):
        call(engine, "POST", "/specs", {"ID": spec, "Name": spec})
        call(engine, "POST", f"/specs/{spec}/options", {"ID": "O", "Value": spec})
    assert call(engine, "GET", "/specs/s2/options/o").body["Value"] == "S2"
    assert [item["Value"] for item in call(engine, "GET", "/specs/S1/options").body["Items"]] == ["S1"]
    assert set(state_of(engine)["specs/options"]) == {"s1/O", "s2/O"}


def test_a_record_below_one_that_is_not_there_is_not_found(engine: Engine) -> None:
    missing = (404, "NotFound", {"ObjectType": "Spec", "ObjectID": "S9"})
    assert refusal(engine, "POST", "/specs/S9/options", {"Value": "v"}) == missing
    assert refusal(engine, "GET", "/specs/S9/options") == missing


def test_renaming_takes_along_what_lies_below(engine: Engine) -> None:
    for spec in ("S", "S-2"):
        call(engine, "POST", "/specs", {"ID": spec, "Name": "n"})
        call(engine, "POST", f"/specs/{spec}/options", {"ID": "O", "Value": spec})
    call(engine, "PATCH", "/specs/S", {"ID": "T"})
    assert call(engine, "GET", "/specs/T/options/O").body["Value"] == "S"
    assert call(engine, "GET", "/specs/S-2/options/O").body["Value"] == "S-2"
    assert refusal(engine, "GET", "/specs/S/options") == (404, "NotFound", {"ObjectType": "Spec", "ObjectID": "S"})


def test_deleting_takes_along_what_lies_below(engine: Engine) -> None:
    call(engine, "POST", "/specs", {"ID": "S", "Name": "n"})
    call(engine, "POST", "/specs/S/options", {"ID": "O", "Value": "v"})
    assert call(engine, "DELETE", "/specs/S") == Answer(204)
    call(engine, "POST", "/specs", {"ID": "S", "Name": "n"})
    assert call(engine, "GET", "/specs/S/options").body["Items"] == []


def test_an_omitted_id_is_made_up(engine: Engine) -> None:
    answer = call(engine, "POST", "/products", {"Name": "n"})
    assert (answer.status, answer.body["ID"], answer.headers) == (201, "new-id", {"Location": "/v1/products/new-id"})


@pytest.mark.parametrize("given", [None, ""], ids=["null", "empty"])
def test_an_empty_id_is_as_good_as_none(engine: Engine, given: str | None) -> None:
    assert call(engine, "POST", "/products", {"ID": given, "Name": "n"}).body["ID"] == "new-id"


@pytest.mark.parametrize(
    ("breaks", "start", "end", "expected"),
    [
        pytest.param([{"Quantity": 1, "Price": 2, "SalePrice": 1}], None, None, True, id="no limits"),
        pytest.param([{"Quantity": 1, "Price": 2}], None, None, False, id="no sale price"),
        pytest.param([{"Quantity": 1, "Price": 2, "SalePrice": 1}], "2024-05-01", "2024-05-02", True, id="within"),
        pytest.param([{"Quantity": 1, "Price": 2, "SalePrice": 1}], "2024-05-02", None, False, id="not yet"),
        pytest.param([{"Quantity": 1, "Price": 2, "SalePrice": 1}], None, "2024-05-01", False, id="over"),
    ],
)
def test_a_price_schedule_knows_whether_it_is_on_sale(
    engine: Engine, breaks: list[dict[str, Any]], start: str | None, end: str | None, *, expected: bool
) -> None:
    body = {"ID": "P", "Name": "n", "PriceBreaks": breaks, "SaleStart": start, "SaleEnd": end}
    assert call(engine, "POST", "/priceschedules", body).body["IsOnSale"] is expected


def test_stock_is_dated_when_it_moves_and_only_then(engine: Engine) -> None:
    call(engine, "POST", "/products", {"ID": "A", "Name": "n", "Inventory": {"QuantityAvailable": 1}})
    overwrite(
        engine, "products", "A", {"Inventory": {"QuantityAvailable": 1, "LastUpdated": "2020-01-01T00:00:00+00:00"}}
    )
    stock = [
        call(engine, "PATCH", "/products/A", {"Inventory": {"QuantityAvailable": quantity}}).body["Inventory"]
        for quantity in (1, 2)
    ]
    assert [one["LastUpdated"] for one in stock] == ["2020-01-01T00:00:00+00:00", "2024-05-01T00:00:00+00:00"]


def test_buyers_do_not_administer_what_sellers_and_suppliers_own(engine: Engine) -> None:
    with pytest.raises(Refusal) as refused:
        call(engine, "GET", "/products", caller=BUYER)
    assert (refused.value.status, refused.value.problems[0].code) == (403, "Auth.UserNotAuthorizedToAdmin")


def test_a_seller_may_give_a_product_to_a_supplier_when_creating_it_only(engine: Engine) -> None:
    overwrite(engine, "suppliers", "Acme", {})
    created = call(engine, "POST", "/products", {"ID": "A", "Name": "n", "OwnerID": "acme"})
    patched = call(engine, "PATCH", "/products/A", {"OwnerID": "SANDBOX"})
    replaced = call(engine, "PUT", "/products/A", {"Name": "n"})
    assert [answer.body["OwnerID"] for answer in (created, patched, replaced)] == ["Acme"] * 3
    unknown = refusal(engine, "POST", "/products", {"Name": "n", "OwnerID": "Nobody"})
    assert unknown == (404, "NotFound", {"ObjectType": "Supplier", "ObjectID": "Nobody"})


def test_a_change_behind_our_back_may_take_a_record_away(engine: Engine) -> None:
    call(engine, "POST", "/products", {"ID": "A", "Name": "n"})
    remove(engine, "products", "a")
    assert refusal(engine, "GET", "/products/A") == (404, "NotFound", {"ObjectType": "Product", "ObjectID": "A"})


def test_only_resources_of_ordercloud_can_be_made_behind_our_back(engine: Engine) -> None:
    with pytest.raises(Refusal, match="NotFound"):
        overwrite(engine, "unicorns", "A", {})


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    def fail_half_way() -> None:
        with engine.store.transaction():
            call(engine, "POST", "/products", {"ID": "A", "Name": "n"})
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert state_of(engine)["products"] == {}


@pytest.mark.usefixtures("engine")
def test_one_state_serves_one_sandbox(tmp_path: Path) -> None:
    with pytest.raises(StateInUseError):
        Store(tmp_path)
