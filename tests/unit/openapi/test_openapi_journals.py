"""The check of a whole journal: what it tells, what a test may do on purpose, and that nothing escapes it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openapi.journals import (
    InvalidRequest,
    breaches_of,
    expect_valid,
    expect_valid_at_rest,
    expect_valid_request,
)

from localdev.sandbox.store import Store

type Json = dict[str, Any]

HEADING = "OrderCloud's API description does not allow:"
DELETION: Json = {
    "method": "DELETE",
    "path": "/v1/products/P1",
    "query": "",
    "request": None,
    "status": 204,
    "response": None,
}
ODD: Json = {**DELETION, "status": 403, "response": {"Errors": []}}


def kept(directory: Path, *calls: Json) -> Path:
    with closing(Store(directory)) as store:
        for call in calls:
            store.add_call(call)
    return directory


def test_each_breach_is_told_once_with_its_first_call() -> None:
    again = {**DELETION, "path": "/v1/products/P2", "query": "hard=true"}
    assert breaches_of([{**DELETION, "query": "hard=true"}, again, DELETION, {**DELETION, "status": 200}]) == [
        "DELETE /v1/products/P1 request query hard: unknown",
        "DELETE /v1/products/P1 answer status 200: unknown",
    ]


def test_a_wrong_call_is_named_by_method_path_place_and_rule() -> None:
    with pytest.raises(AssertionError) as failed:
        expect_valid([DELETION, {**DELETION, "request": {}}])
    assert str(failed.value) == f"{HEADING}\n  DELETE /v1/products/P1 request body: unknown"


def test_requests_of_tests_may_be_wrong_and_answers_to_them_may_not() -> None:
    wrong = {**DELETION, "request": {}}
    expect_valid([wrong], requests=False)
    with pytest.raises(AssertionError, match="answer body: unknown"):
        expect_valid([{**wrong, "response": {}}], requests=False)


def test_a_request_that_is_about_to_be_made_ends_the_test_past_whatever_catches_exceptions() -> None:
    expect_valid_request("DELETE", "/v1/products/P1", {}, None)
    with pytest.raises(InvalidRequest, match="query hard: unknown") as ended:
        expect_valid_request("DELETE", "/v1/products/P1", {"hard": "true"}, None)
    assert not isinstance(ended.value, Exception)


def test_a_sandbox_that_has_ended_is_judged_by_what_it_left(tmp_path: Path) -> None:
    expect_valid_at_rest(kept(tmp_path, DELETION, DELETION))
    with pytest.raises(AssertionError, match="query hard: unknown"):
        expect_valid_at_rest(kept(tmp_path, {**DELETION, "query": "hard=true"}))


def test_where_no_sandbox_ran_nothing_is_wrong_and_none_is_made(tmp_path: Path) -> None:
    expect_valid_at_rest(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_an_answer_that_a_test_ordered_may_be_wrong_and_its_request_may_not(tmp_path: Path) -> None:
    ordered = [{"status": 403, "body": {"Errors": []}}]
    expect_valid_at_rest(kept(tmp_path, ODD), ordered)
    with pytest.raises(AssertionError, match=r"answer \.Errors: items"):
        expect_valid_at_rest(tmp_path)
    with pytest.raises(AssertionError, match="request body: unknown"):
        expect_valid_at_rest(kept(tmp_path, {**ODD, "request": {}}), ordered)


def test_calls_that_were_taken_from_the_journal_are_missed(tmp_path: Path) -> None:
    kept(tmp_path, DELETION)
    with closing(Store(tmp_path)) as store:
        store.clear_calls()
        store.add_call(DELETION)
    with pytest.raises(AssertionError, match="the journal was cleared"):
        expect_valid_at_rest(tmp_path)
