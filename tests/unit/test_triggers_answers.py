"""Answers are JSON in UTF-8, whatever is in them."""

import json

from orchestration.rejections import RejectionError
from triggers.answers import answer, rejected


def test_an_answer_is_json_in_utf_8():
    given = answer(200, {"a": "木"}, **{"X-A": "b"})
    assert (given.status_code, given.mimetype, given.headers["X-A"]) == (200, "application/json", "b")
    assert given.get_body() == '{"a": "木"}'.encode()


def test_half_of_a_surrogate_pair_is_answered_as_an_escape_which_utf_8_has_not():
    refused = rejected(RejectionError(400, "DuplicateKey", "Twice.", Field="\ud800"))
    assert b'"Field": "\\ud800"' in refused.get_body()
    assert json.loads(refused.get_body())["Errors"][0]["Data"] == {"Field": "\ud800"}
