"""What a feed lost or doubled is told by what was accepted, and no more than that."""

import pytest

from faults.feed import Aftermath, Posting, doubled, lead_seconds, lost, problems_of
from faults.stage import Logged, Seen

QUIET = Seen([])


def posting(number, version):
    return Posting("k", number, 1_000.0, version)


def event(version, time="1970-01-01T00:16:42+00:00"):
    told = {"RecordID": "laptop/product/k", "Version": version, "Action": "Patch", "ErrorType": None, "Time": time}
    return Logged(1, told)


def write(number, method="PATCH", path="/v1/products/k", status=200, **more):
    request = {"ID": "k", "Name": f"Product {number}"}
    told = {"method": method, "path": path, "query": "", "status": status, "time": str(number), "response": {}}
    return {**told, "request": request, **more}


def aftermath(number, events=(), journal=(), seen=QUIET):
    products = {} if number is None else {"k": {"xp": {"Number": number}}}
    return Aftermath(seen, {"products": products}, list(journal), list(events))


@pytest.mark.parametrize(
    ("postings", "after", "problems"),
    [
        pytest.param([posting(1, "a")], aftermath(1, [event("a")]), [], id="applied"),
        pytest.param(
            [posting(1, "a"), posting(2, "b")],
            aftermath(1, [event("a"), event("b")]),
            ["k is at 1; 2 was accepted last"],
            id="the last one is not there",
        ),
        pytest.param(
            [posting(1, "a")],
            aftermath(None, [event("a")]),
            ["k is at None; 1 was accepted last"],
            id="nothing is there",
        ),
        pytest.param(
            [posting(1, "a")],
            aftermath(1),
            ["k: version a, accepted last, was logged as applied 0 times"],
            id="applied and not logged",
        ),
        pytest.param([posting(1, "a"), posting(2, "b")], aftermath(2, [event("b")]), [], id="the earlier laid under"),
        pytest.param([posting(1, "a"), posting(2, None)], aftermath(2), [], id="one without a 202 counted"),
        pytest.param([posting(1, "a"), posting(2, None)], aftermath(1, [event("a")]), [], id="or did not"),
        pytest.param([posting(1, None)], aftermath(None), [], id="nothing was accepted"),
    ],
)
def test_what_was_accepted_and_is_not_there_is_lost(postings, after, problems):
    assert lost(postings, after) == problems


@pytest.mark.parametrize(
    ("journal", "events", "problems"),
    [
        pytest.param([write(1), write(2)], [event("a"), event("b")], [], id="each once"),
        pytest.param([write(1), write(1)], [], ["2 times: PATCH /v1/products/k k Product 1"], id="one twice"),
        pytest.param([write(1, dropped=True), write(1)], [], [], id="once more after an answer that was lost"),
        pytest.param([write(1, status=503), write(1)], [], [], id="once more after a refusal"),
        pytest.param(
            [],
            [event("a"), event("a")],
            ["2 events of having been applied: ('laptop/product/k', 'a')"],
            id="logged twice",
        ),
    ],
)
def test_what_was_written_or_logged_twice_is_doubled(journal, events, problems):
    assert doubled(aftermath(1, events, journal)) == problems


def test_what_is_queued_held_or_waits_is_a_problem_too():
    record = {"Claim": {"Run": "r"}, "Waiting": {"c": {"State": "parked"}}, "Current": None, "Certain": True}
    seen = Seen(["laptop/product/q/c"], {"laptop/product/k": record})
    expected = ["queued: laptop/product/q/c", "claimed: laptop/product/k", "parked: laptop/product/k"]
    assert problems_of([], aftermath(None, seen=seen)) == expected


def test_lead_times_are_those_of_postings_that_were_applied_by_themselves():
    assert lead_seconds([posting(1, "a"), posting(2, "b"), posting(3, None)], [event("b")]) == [2.0]
