"""Which dead letters a request means: filters and choices, all that is wrong with them, and their description."""

from typing import Any

import pytest
from json_schema import breaches

from models.record_types import REGISTRY
from orchestration.deadletters import Wanted
from orchestration.rejections import RejectionError, RejectionsError
from triggers.openapi import openapi_document
from triggers.selection_schema import filter_fields, selection_schema
from triggers.selections import (
    BodyFilter,
    Chosen,
    Paging,
    Question,
    Selection,
    paging_of,
    place_of,
    question_of,
    selection_of,
)

CLIENT = "0E9A5D4F-0000-4000-8000-00000000000A"
RECORD = {"RecordType": "product", "Keys": {"ID": "P1"}, "Client": CLIENT}


def wrongs(body: object) -> list[tuple[str, Any]]:
    """Return code and field of everything that is wrong with a body."""
    with pytest.raises(RejectionsError) as refused:
        selection_of(body, REGISTRY)
    assert refused.value.status == 400
    assert all(error.status == 400 and error.message for error in refused.value.errors)
    return [(error.code, error.data["Field"]) for error in refused.value.errors]


def test_a_query_without_parameters_asks_for_the_first_page_of_all() -> None:
    question = question_of({}, REGISTRY)
    assert (question.wanted, question.after, question.page_size, question.group) == (Wanted(), "", 20, None)


def test_a_query_may_narrow_down_by_everything_at_once() -> None:
    params = {
        "client": CLIENT,
        "recordType": "ProductAssignment",
        "keys": "P1/B%2F1/~",
        "errorType": "REFUSEDBYORDERCLOUD",
        "errorCode": "Odd",
        "field": "xp.a",
        "status": "409",
        "after": "laptop/product/p1/erp",
        "pageSize": "100",
        "group": "cause",
    }
    question = question_of(params, REGISTRY)
    assert question.wanted == Wanted(
        client=CLIENT,
        record_type="productassignment",
        keys=("P1", "B/1", None),
        error_type="RefusedByOrderCloud",
        error_code="Odd",
        field="xp.a",
        status=409,
    )
    assert (question.after, question.page_size, question.group) == ("laptop/product/p1/erp", 100, "cause")


def test_a_page_of_records_is_asked_for_by_its_key_and_size() -> None:
    assert paging_of({}) == Paging(client=None, after="", pageSize=20)
    asked = paging_of({"client": CLIENT, "after": "known/p1", "pageSize": "100"})
    assert asked == Paging(client=CLIENT, after="known/p1", pageSize=100)
    with pytest.raises(RejectionsError) as refused:
        paging_of({"pageSize": "0", "after": "x" * 2_049, "recordType": "product"})
    assert [(error.code, error.data["Field"]) for error in refused.value.errors] == [
        ("TooLong", "after"),
        ("OutOfRange", "pageSize"),
        ("UnknownParameter", "recordType"),
    ]


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        pytest.param({"recordType": "unicorn"}, "InvalidValue", "recordType", id="an unknown type"),
        pytest.param({"errorType": "Odd"}, "InvalidValue", "errorType", id="an unknown class"),
        pytest.param({"status": "99"}, "OutOfRange", "status", id="no status"),
        pytest.param({"status": "4xx"}, "InvalidType", "status", id="no number"),
        pytest.param({"pageSize": "0"}, "OutOfRange", "pageSize", id="an empty page"),
        pytest.param({"pageSize": "101"}, "OutOfRange", "pageSize", id="a page too large"),
        pytest.param({"group": "client"}, "InvalidValue", "group", id="another group"),
        pytest.param({"client": "x" * 201}, "TooLong", "client", id="too long"),
        pytest.param({"field": ""}, "TooShort", "field", id="empty"),
        pytest.param({"RecordType": "product"}, "UnknownParameter", "RecordType", id="another spelling"),
        pytest.param({"keys": "P1"}, "Required", None, id="keys of no type"),
        pytest.param({"keys": "P1/P2", "recordType": "product"}, "InvalidKeys", None, id="too many keys"),
    ],
)
def test_a_wrong_parameter_is_told_by_its_name(params: dict[str, str], code: str, field: str | None) -> None:
    with pytest.raises(RejectionsError) as refused:
        question_of(params, REGISTRY)
    assert [(error.code, error.data["Field"]) for error in refused.value.errors] == [(code, field)]


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        pytest.param(RECORD, f"acme/product/p1/{CLIENT.lower()}", id="by its record and client"),
        pytest.param(
            {"RecordType": "ProductAssignment", "Keys": {"BuyerID": "B", "ProductID": "P/1"}, "Client": "erp"},
            "acme/productassignment/p%2f1/b/~/erp",
            id="with an optional key left out",
        ),
        pytest.param({"Key": "unreadable/Odd é"}, "unreadable/Odd é", id="by its key"),
    ],
)
def test_a_dead_letter_is_chosen_by_its_record_or_by_its_key(chosen: dict[str, Any], key: str) -> None:
    selection = selection_of({"Records": [chosen]}, REGISTRY)
    assert selection.records is not None
    assert [each.key_in("Acme", REGISTRY) for each in selection.records] == [key]


GOOD = [
    {"All": True},
    {"All": True, "DryRun": True, "After": "k", "PageSize": 1},
    {"Filter": {"Client": CLIENT}},
    {"Filter": {"RecordType": "product", "ErrorType": "NotOwner", "ErrorCode": "c", "Field": "f", "Status": 599}},
    {"Records": [RECORD]},
    {"Records": [{"Key": "k"}, RECORD]},
]
BAD: list[tuple[Any, list[tuple[str, Any]]]] = [
    ([], [("InvalidType", None)]),
    ({"All": False}, [("InvalidValue", "All")]),
    ({"All": True, "DryRun": "yes"}, [("InvalidType", "DryRun")]),
    ({"All": True, "PageSize": 101}, [("OutOfRange", "PageSize")]),
    ({"All": True, "Everything": True}, [("UnknownParameter", "Everything")]),
    ({"Filter": {"Colour": "red"}}, [("UnknownParameter", "Filter.Colour")]),
    ({"Filter": {"Status": "400"}}, [("InvalidType", "Filter.Status")]),
    ({"Filter": {"ErrorType": "Odd"}}, [("InvalidValue", "Filter.ErrorType")]),
    ({"Records": []}, [("TooShort", "Records")]),
    ({"Records": [{"Key": "k"}] * 101}, [("TooManyElements", "Records")]),
    ({"Records": [{"Key": ""}]}, [("TooShort", "Records[0].Key")]),
    ({"Records": [{"Key": "k"}, {"RecordType": "product"}]}, [("Required", "Records[1]")]),
    ({"Records": [{"Key": "k", "Client": "c"}]}, [("ExclusiveFields", "Records[0]")]),
    ({"Records": [{**RECORD, "Keys": {"ID": 5}}]}, [("InvalidType", "Records[0].Keys.ID")]),
    (
        {"Records": [{**RECORD, "Client": ""}, {**RECORD, "RecordType": "unicorn"}], "PageSize": 0},
        [("TooShort", "Records[0].Client"), ("InvalidValue", "Records[1].RecordType"), ("OutOfRange", "PageSize")],
    ),
]
RULES: list[tuple[Any, list[tuple[str, Any]]]] = [
    ({}, [("Required", None)]),
    ({"DryRun": True}, [("Required", None)]),
    ({"Filter": {}}, [("Required", "Filter")]),
    ({"All": True, "Filter": {"Client": "c"}}, [("ExclusiveFields", None)]),
    ({"Records": [{**RECORD, "Keys": {}}]}, [("InvalidKeys", "Records[0]")]),
    ({"Records": [{**RECORD, "Keys": {"ID": None}}]}, [("InvalidKeys", "Records[0]")]),
    ({"Records": [{**RECORD, "Keys": {"Id": "P1"}}]}, [("InvalidKeys", "Records[0]")]),
]
SCHEMA = selection_schema(REGISTRY)


@pytest.mark.parametrize("body", GOOD, ids=str)
def test_a_good_selection_is_taken_and_is_as_described(body: Any) -> None:
    assert isinstance(selection_of(body, REGISTRY), Selection)
    assert breaches(SCHEMA, body) == []


@pytest.mark.parametrize(("body", "told"), BAD, ids=lambda value: str(value)[:60])
def test_a_bad_selection_is_told_everything_that_is_wrong_and_is_not_as_described(
    body: Any, told: list[tuple[str, Any]]
) -> None:
    assert wrongs(body) == told
    assert breaches(SCHEMA, body) != []


@pytest.mark.parametrize(("body", "told"), RULES, ids=str)
def test_nothing_is_chosen_by_an_oversight(body: Any, told: list[tuple[str, Any]]) -> None:
    assert wrongs(body) == told


@pytest.mark.parametrize(
    "after", ["", "acme/product/p1/erp", "acme/", "unreadable/acme/x", "unreadable/cache/acme/x/y"]
)
def test_a_list_goes_on_after_a_key_of_the_marketplace_s_whether_it_is_still_there_or_not(after: str) -> None:
    assert place_of(after, "after", "Acme") == after


@pytest.mark.parametrize("after", ["xyz", "ACME/product", "acme", "other/product/p1/erp", "unreadable/other/x/y"])
def test_a_key_of_no_list_of_the_marketplace_s_is_refused(after: str) -> None:
    with pytest.raises(RejectionError) as refused:
        place_of(after, "After", "Acme")
    told = {"ErrorCode": "InvalidValue", "Message": "It is no NextKey of this list.", "Data": {"Field": "After"}}
    assert (refused.value.status, refused.value.to_json()) == (400, told)


def test_the_description_has_the_parameters_that_are_read() -> None:
    parameters = openapi_document(REGISTRY)["components"]["parameters"]
    listed = openapi_document(REGISTRY)["paths"]["/deadletters"]["get"]["parameters"]
    named = [parameters[each["$ref"].rpartition("/")[2]] for each in listed]
    assert {each["name"] for each in named} == {field.alias for field in Question.model_fields.values()}
    assert all(each["in"] == "query" for each in named)


def test_the_description_has_the_fields_of_a_body() -> None:
    properties = SCHEMA["properties"]
    assert set(properties) == {field.alias for field in Selection.model_fields.values()}
    assert set(filter_fields(REGISTRY)) == {field.alias for field in BodyFilter.model_fields.values()}
    chosen = [set(each["properties"]) for each in properties["Records"]["items"]["anyOf"]]
    assert set.union(*chosen) == {field.alias for field in Chosen.model_fields.values()}
