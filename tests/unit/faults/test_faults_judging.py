"""A fault run is worth what its judges see: each kind of loss, double and mismatch is told."""

from collections import Counter

import pytest

from faults.judging import about, blind_posts, held, logged, too_many, uncached, unheard, unlike, writes

PATH = "/v1/products"


def call(method, path=PATH, status=200, *, request=None, response=None, time="1", **more):
    found = {"method": method, "path": path, "query": "", "status": status, "request": request, "time": time}
    return {**found, "response": {} if response is None else response, **more}


def create(status=201, **more):
    return call("POST", status=status, request={"ID": "K"}, **more)


def look(status=404, **more):
    return call("GET", f"{PATH}/K", status, **more)


@pytest.mark.parametrize(
    ("entries", "problems"),
    [
        pytest.param([create()], [], id="once"),
        pytest.param([create(), create()], ["POST of /v1/products/K again, though it was there"], id="twice"),
        pytest.param(
            [create(None), create()],
            ["POST of /v1/products/K again, with no look after an answer that was lost"],
            id="blindly",
        ),
        pytest.param(
            [create(dropped=True), create(409)],
            ["POST of /v1/products/K again, with no look after an answer that was lost"],
            id="blindly, though it came to nothing",
        ),
        pytest.param([create(None), look(), create()], [], id="after a look"),
        pytest.param(
            [create(None), look(None), create()],
            ["POST of /v1/products/K again, with no look after an answer that was lost"],
            id="after a look that saw nothing",
        ),
        pytest.param([create(200, response="<html>"), look(), create()], [], id="what answered was not OrderCloud"),
        pytest.param([create(), call("DELETE", f"{PATH}/K", 204), create()], [], id="after a delete"),
        pytest.param(
            [look(time="2"), create(time="3"), create(None, time="1")], [], id="in the order in which they came"
        ),
        pytest.param([create(503), create()], [], id="after a refusal"),
    ],
)
def test_a_post_made_again_blindly_is_told(entries, problems):
    assert blind_posts(entries) == problems


def test_writes_are_counted_by_what_they_are_and_only_where_they_were_carried_out():
    entries = [
        call("PATCH", f"{PATH}/K", request={"ID": "K", "DateCreated": "now"}),
        call("PATCH", f"{PATH}/K", request={"ID": "K", "DateCreated": "later"}),
        call("PATCH", f"{PATH}/K", 503, request={"ID": "K"}),
        call("PATCH", f"{PATH}/K", response="<html>", request={"ID": "K"}),
        call("GET", f"{PATH}/K"),
    ]
    assert writes(entries, "K") == {'PATCH /v1/products/# {"ID": "#"}': 2}


@pytest.mark.parametrize(
    ("made", "unanswered", "problems"),
    [
        pytest.param({"PATCH /p": 1}, 0, [], id="as usual"),
        pytest.param({"PATCH /p": 2}, 0, ["2 times: PATCH /p"], id="doubled"),
        pytest.param({"PATCH /p": 2}, 1, [], id="once more for an answer that was lost"),
        pytest.param({"PATCH /p": 3}, 1, ["3 times: PATCH /p"], id="twice more for one"),
        pytest.param({"POST /p": 2}, 1, ["2 times: POST /p"], id="a create is never repeated"),
        pytest.param({"POST /v1/assignments {}": 2}, 1, [], id="but for an assignment"),
        pytest.param({"POST /q": 1}, 1, ["unexpected: POST /q"], id="a create that there should not be"),
        pytest.param({"PATCH /q": 1}, 1, [], id="what a later run found to be patched"),
    ],
)
def test_what_is_written_too_often_is_told(made, unanswered, problems):
    usual = Counter({"PATCH /p": 1, "POST /p": 1, "POST /v1/assignments {}": 1})
    assert too_many(Counter(made), usual, unanswered) == problems


def test_what_ordercloud_holds_of_a_record_compares_with_another_ones():
    everything = {"products": {"K": {"ID": "K", "Name": "n", "DateCreated": "x"}, "L": {"ID": "L"}}, "specs": {}}
    assert held(everything, "K") == {"products": {"#": {"ID": "#", "Name": "n"}}}
    assert unlike({"products": {"#": {"ID": "#", "Name": "n"}}}, held(everything, "K")) == []
    assert unlike({}, held(everything, "K")) == [
        'OrderCloud holds {"products": {"#": {"ID": "#", "Name": "n"}}}, not {}'
    ]


def cached(current, *, certain=True):
    return {"laptop/product/k": {"Current": current, "Certain": certain}}


@pytest.mark.parametrize(
    ("record", "there", "problems"),
    [
        pytest.param(cached({"ID": "K"}), {"K": {"ID": "K"}}, [], id="the same"),
        pytest.param(cached({"ID": "K", "SpecCount": 0}), {"K": {"ID": "K", "SpecCount": 1}}, [], id="but for counts"),
        pytest.param(cached(None), {}, [], id="neither has it"),
        pytest.param(
            cached({"ID": "K"}),
            {},
            ['laptop/product/k is cached as {"ID": "K"}; OrderCloud has null'],
            id="gone",
        ),
        pytest.param(
            cached({"ID": "K"}, certain=False), {"K": {"ID": "K"}}, ["laptop/product/k is uncertain"], id="uncertain"
        ),
    ],
)
def test_a_cache_that_says_something_else_is_told(record, there, problems):
    assert uncached(record, {"products": there}) == problems


def event(record="laptop/product/k", action="Create", error=None, version="1"):
    return {"RecordID": record, "Version": version, "Action": action, "ErrorType": error}


@pytest.mark.parametrize(
    ("events", "problems"),
    [
        pytest.param([event()], [], id="once"),
        pytest.param([event(action=None, error="Unavailable"), event()], [], id="after it was parked"),
        pytest.param([], ["product/K has no event of version 1"], id="never"),
        pytest.param([event(version="2")], ["product/K has no event of version 1"], id="only another version"),
        pytest.param([event(), event()], ["laptop/product/k was logged as applied 2 times"], id="twice"),
        pytest.param(
            [event(error="Superseded")], ["laptop/product/k was logged as applied 0 times"], id="only superseded"
        ),
        pytest.param(
            [event(), event("laptop/spec/k-s", None, "Unavailable")],
            ["laptop/spec/k-s was logged as applied 0 times"],
            id="a part never",
        ),
    ],
)
def test_a_version_that_is_not_logged_once_is_told(events, problems):
    assert logged(events, "product/K", "1") == problems


def test_entries_are_about_a_record_by_path_query_or_body():
    named = [create(), look(), {**call("GET"), "query": "filters=K"}]
    assert about([*named, call("GET", f"{PATH}/other")], "K") == named


def test_a_caller_has_not_heard_what_was_cut_or_is_no_answer_of_ordercloud():
    answers = [create(), create(None), create(dropped=True), create(200, response="<html>")]
    assert [unheard(each) for each in answers] == [False, True, True, True]
