"""The API describes itself: the record types for those who may ask, the OpenAPI document and its page for everybody."""

import pytest
from e2e_world import World, errors_of
from json_schema import breaches

from models.record_types import REGISTRY


@pytest.mark.parametrize("client", ["seller", "supplier", "reader", "operator", "buyer"])
def test_every_client_with_a_profile_may_ask_for_the_record_types(world: World, client: str) -> None:
    answer = world.api(client).get("/orchestration")
    assert answer.status_code == 200
    assert [item["RecordType"] for item in answer.json()["Items"]] == [row.name for row in REGISTRY]


def test_a_record_type_is_told_with_its_schema(world: World) -> None:
    items = world.api().get("/orchestration").json()["Items"]
    [facts] = [item for item in items if item["RecordType"] == "priceschedule"]
    schema = facts.pop("Schema")
    assert facts == {
        "RecordType": "priceschedule",
        "Family": "product",
        "Role": "PriceScheduleAdmin",
        "Keys": ["ID"],
        "BuyerOwned": False,
        "ReadOnly": ["IsOnSale", "OwnerID"],
    }
    assert breaches(schema, {"ID": "p", "PriceBreaks": [{"Quantity": 1, "Price": 2}], "IsOnSale": True}) == []
    assert breaches(schema, {"ID": "p", "PriceBreaks": [{"Quantity": 1}]}) == [".PriceBreaks[0].Price: required"]


def test_who_may_not_call_is_not_told_the_record_types(world: World) -> None:
    assert errors_of(world.api(None).get("/orchestration")) == (401, [("InvalidToken", None)])
    assert errors_of(world.api("stranger").get("/orchestration")) == (403, [("NoIntegrationProfile", None)])


def test_the_description_is_for_everybody_and_its_answers_are_as_described(world: World, key: str) -> None:
    answer = world.api(None).get("/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    document = answer.json()
    world.posted("product", {"ID": key, "Name": "n"})
    for method, path, asked in (
        ("get", "/orchestration", "/orchestration"),
        ("get", "/orchestration/{recordType}/{keys}", f"/orchestration/product/{key}"),
        ("get", "/health", "/health"),
    ):
        given = world.api().request(method.upper(), asked)
        described = document["paths"][path][method]["responses"][str(given.status_code)]
        schema = described["content"]["application/json"]["schema"]
        assert breaches(schema, given.json(), document) == []


@pytest.mark.parametrize(
    ("body", "below"), [("records", "/orchestration"), ("recordsOfBuyer", "/orchestration/buyer-1")]
)
def test_the_examples_of_the_description_are_accepted_as_it_says(world: World, body: str, below: str) -> None:
    document = world.api(None).get("/openapi.json").json()
    examples = document["components"]["requestBodies"][body]["content"]["application/json"]["examples"]
    for record_type, example in examples.items():
        answer = world.api().post(f"{below}/{record_type}", json=example["value"])
        assert (record_type, answer.status_code) == (record_type, 202), answer.text
        assert breaches(document["components"]["schemas"]["Receipt"], answer.json(), document) == []


def test_the_page_is_for_everybody_and_may_use_nothing_but_its_own_style(world: World) -> None:
    answer = world.api(None).get("/docs")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "<code>POST /orchestration/{recordType}</code>" in answer.text
