"""What a request to pause or to resume says, and all that is wrong with one."""

from typing import Any

import pytest
from json_schema import breaches

from models.record_types import REGISTRY
from orchestration.pauses import Scope
from orchestration.rejections import RejectionsError
from triggers.openapi import openapi_document
from triggers.pause_requests import check_no_parameters, pause_of, scope_of

DOCUMENT = openapi_document(REGISTRY)


@pytest.mark.parametrize(
    ("client", "params", "scope"),
    [
        pytest.param("0F9A-b", {}, Scope(client="0f9a-b"), id="a client"),
        pytest.param("0F9A", {"recordType": "PRODUCT"}, Scope(client="0f9a", record_type="product"), id="and a type"),
        pytest.param("seller", {}, Scope(resource="seller"), id="the seller"),
        pytest.param("Seller", {}, Scope(resource="seller"), id="the seller in another case"),
        pytest.param("supplier:Acme", {}, Scope(resource="supplier:Acme"), id="a supplier"),
        pytest.param("buyer:b_1", {}, Scope(resource="buyer:b_1"), id="a buyer"),
        pytest.param("supplier", {}, Scope(client="supplier"), id="a client called supplier"),
    ],
)
def test_a_path_and_a_query_name_a_scope(client: str, params: dict[str, str], scope: Scope) -> None:
    assert scope_of(client, params, REGISTRY) == scope
    assert breaches(DOCUMENT["components"]["parameters"]["pausedClient"]["schema"], client, DOCUMENT) == []


def told(client: str, params: dict[str, str], body: Any) -> list[tuple[str, Any]]:
    """Return code and field of each error of a request to pause."""
    with pytest.raises(RejectionsError) as raised:
        pause_of(client, params, body, REGISTRY)
    assert raised.value.status == 400
    assert all(error.message for error in raised.value.errors)
    return [(error.code, error.data.get("Field")) for error in raised.value.errors]


@pytest.mark.parametrize(
    "client", ["", "a b", "seller:x", "supplier:", "user:x", "a/b", "x" * 101, f"buyer:{'x' * 101}", "é", "a\n"]
)
def test_what_is_neither_a_client_nor_a_resource_is_refused(client: str) -> None:
    assert told(client, {}, {}) == [("InvalidValue", "client")]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    params = {"recordType": "unicorn", "colour": "red"}
    assert told("a b", params, {"Reason": "x" * 501, "reason": "y"}) == [
        ("InvalidValue", "client"),
        ("InvalidValue", "recordType"),
        ("UnknownParameter", "colour"),
        ("TooLong", "Reason"),
        ("UnknownParameter", "reason"),
    ]
    assert told("erp", {"client": "erp"}, []) == [("UnknownParameter", "client"), ("InvalidType", None)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"Reason": None}, None, id="null"),
        pytest.param({"Reason": "x" * 500}, None, id="the longest"),
        pytest.param({"Reason": ""}, "TooShort", id="empty"),
        pytest.param({"Reason": "x" * 501}, "TooLong", id="too long"),
        pytest.param({"Reason": 5}, "InvalidType", id="a number"),
        pytest.param({"Reason": "\x1b[2J"}, "InvalidValue", id="an escape"),
        pytest.param({"Reason": "a\nb"}, "InvalidValue", id="a line end"),
        pytest.param({"Why": "x"}, "UnknownParameter", id="another field"),
        pytest.param("x", "InvalidType", id="no object"),
    ],
)
def test_a_reason_is_a_text_of_a_line_and_the_description_says_so(body: Any, code: str | None) -> None:
    schema = DOCUMENT["components"]["requestBodies"]["pause"]["content"]["application/json"]["schema"]
    assert (breaches(schema, body, DOCUMENT) == []) == (code is None)
    if code is None:
        assert pause_of("erp", {}, body, REGISTRY) == (Scope(client="erp"), body.get("Reason"))
    else:
        assert [each for each, _ in told("erp", {}, body)] == [code]


def test_a_list_takes_no_parameters() -> None:
    check_no_parameters({}, REGISTRY)
    with pytest.raises(RejectionsError) as raised:
        check_no_parameters({"client": "erp"}, REGISTRY)
    [error] = raised.value.errors
    assert (error.code, error.data) == ("UnknownParameter", {"Field": "client"})
