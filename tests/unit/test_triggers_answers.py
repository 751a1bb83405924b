"""Answers are JSON in UTF-8, whatever is in them."""

import json

import azure.functions as func

from orchestration.rejections import RejectionError
from triggers.answers import answer, guarded, listing, rejected


def test_an_answer_is_json_in_utf_8():
    given = answer(200, {"a": "木"}, **{"X-A": "b"})
    assert (given.status_code, given.mimetype, given.headers["X-A"]) == (200, "application/json", "b")
    assert given.get_body() == '{"a": "木"}'.encode()


def test_a_list_passes_its_items_on_as_they_are():
    given = listing({"Page": 1, "NextPageKey": "木"}, ['{"a":"木"}', '{"b" : "\\ud800"}'])
    assert (given.status_code, given.mimetype) == (200, "application/json")
    wanted = '{"Meta": {"Page": 1, "NextPageKey": "木"}, "Items": [{"a":"木"},{"b" : "\\ud800"}]}'
    assert given.get_body() == wanted.encode()
    assert json.loads(listing({}, []).get_body()) == {"Meta": {}, "Items": []}


def test_half_of_a_surrogate_pair_is_answered_as_an_escape_which_utf_8_has_not():
    refused = rejected(RejectionError(400, "DuplicateKey", "Twice.", Field="\ud800"))
    assert b'"Field": "\\ud800"' in refused.get_body()
    assert json.loads(refused.get_body())["Errors"][0]["Data"] == {"Field": "\ud800"}


async def test_a_bug_is_answered_in_the_api_s_shape_and_logged_with_nothing_of_it_told(caplog):
    @guarded
    async def broken(req):
        raise KeyError("hush-hush")

    given = await broken(func.HttpRequest("GET", "/api/broken", body=b""))
    assert given.status_code == 500
    message = "Something is wrong here. An operator has the log."
    assert json.loads(given.get_body()) == {
        "Errors": [{"ErrorCode": "InternalError", "Message": message, "Data": None}]
    }
    [record] = caplog.records
    assert (record.levelname, record.exc_info[0]) == ("ERROR", KeyError)
