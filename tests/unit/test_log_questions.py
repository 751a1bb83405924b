"""What a list of events is asked for: every rule, all at once, and pages that say honestly which they are."""

import base64
import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

import pytest
from fakes.event_log import matches
from fakes.profiles import profile_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import posting

from models.record_types import REGISTRY
from orchestration.authorisation import OPERATOR, Caller
from orchestration.event import Level, event_of
from orchestration.log_query import (
    MOMENT_RULE,
    Comparison,
    Condition,
    Field,
    LogPage,
    LogQuery,
    Match,
    Position,
    QueryError,
)
from orchestration.profile import Profile
from orchestration.rejections import RejectionError, RejectionsError
from triggers.log_questions import Key, LogQuestion, question_of, visible_to
from triggers.stats_questions import question_of as stats_question_of

OWN = Condition(Field.CLIENT, (Comparison(Match.EQUAL, "erp"),))
NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")
POSITION = Position(NOON, "shop:product:p1:erp:1:1")


def asked(query: str) -> LogQuestion:
    return question_of(parse_qsl(query, keep_blank_values=True), REGISTRY, "Shop", OWN)


def equal(field: Field, value: str) -> Condition:
    return Condition(field, (Comparison(Match.EQUAL, value),))


TOLD = Key(POSITION, 40)


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ("", LogQuestion(LogQuery(conditions=(OWN,), count=1_000), 1, 0)),
        ("sortBy=", LogQuestion(LogQuery(conditions=(OWN,), count=1_000), 1, 0)),
        ("search=", LogQuestion(LogQuery(conditions=(OWN,), count=1_000), 1, 0)),
        (
            "PAGE=3&PageSize=5&SortBy=Time&Search=mug",
            LogQuestion(
                LogQuery(conditions=(OWN,), size=5, offset=10, search="mug", newest_first=False, count=1_000), 3, 10
            ),
        ),
        (f"pageKey={TOLD}", LogQuestion(LogQuery(conditions=(OWN,), after=POSITION), 3, 40)),
        (
            "Time=%3E2026-01-31&Time=%3C2026-02-01&Client=PIM",
            LogQuestion(
                LogQuery(
                    conditions=(
                        OWN,
                        Condition(Field.TIME, (Comparison(Match.GREATER, "2026-01-31T00:00:00.000000+00:00"),)),
                        Condition(Field.TIME, (Comparison(Match.LESS, "2026-02-01T00:00:00.000000+00:00"),)),
                        equal(Field.CLIENT, "pim"),
                    ),
                    count=1_000,
                ),
                1,
                0,
            ),
        ),
        (
            "RecordType=Address&Keys=B%252F1/A",
            LogQuestion(
                LogQuery(
                    conditions=(
                        OWN,
                        equal(Field.RECORD_TYPE, "address"),
                        equal(Field.RECORD_ID, "shop/address/b%2f1/a"),
                    ),
                    count=1_000,
                ),
                1,
                0,
            ),
        ),
    ],
)
def test_a_question_is_what_its_parameters_say_within_what_the_caller_may_see(
    query: str, question: LogQuestion
) -> None:
    assert asked(query) == question


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("page=0&pageSize=x", [("InvalidValue", "pageSize"), ("InvalidValue", "page")]),
        ("page=1&page=²", [("InvalidValue", "page")]),
        ("page=1000000000", [("InvalidValue", "page")]),
        ("page=502", [("InvalidValue", "page")]),
        ("sortBy=Time,Client", [("InvalidValue", "sortBy")]),
        ("search=ab", [("InvalidValue", "search")]),
        (
            "Time=now&colour=red&Keys=P1&Level=",
            [("UnknownParameter", "colour")] + [("InvalidValue", name) for name in ("Time", "Keys", "Level")],
        ),
        ("Keys=~&RecordType=product|spec", [("InvalidValue", "Keys")]),
        ("Keys=P1&RecordType=product&RecordType=spec", [("InvalidValue", "Keys")]),
        ("Keys=P1/&RecordType=spec", [("InvalidValue", "Keys")]),
        ("&".join(["Level=x"] * 19 + ["Action=x"] * 2), [("InvalidValue", "Action")]),
        (
            "page=2&Page=2&pageSize=5&pageSize=6&search=abc&SEARCH=",
            [("InvalidValue", "page"), ("InvalidValue", "pageSize"), ("InvalidValue", "search")],
        ),
        (f"{'x' * 300}=1", [("UnknownParameter", "x" * 100)]),
    ],
)
def test_everything_that_is_wrong_is_told_at_once_with_its_field(query: str, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(RejectionsError) as refused:
        asked(query)
    told = [each.to_json() for each in refused.value.errors]
    assert (refused.value.status, [(each["ErrorCode"], each["Data"]["Field"]) for each in told]) == (400, errors)
    assert all(each["Message"].endswith(".") for each in told)


def test_as_many_filters_as_the_rule_says_are_taken() -> None:
    assert len(asked("&".join(["Level=x"] * 19)).query.conditions) == 20
    with pytest.raises(RejectionsError, match="there may be 19 filters at most"):
        asked("&".join(["Level=x"] * 20))


@pytest.mark.parametrize(
    ("query", "total", "message"),
    [
        ("page=2", 17, "page must be from 1 to 1, the last one of 17 events."),
        ("page=4&pageSize=5", 15, "page must be from 1 to 3, the last one of 15 events."),
        ("page=2", 0, "page must be from 1 to 1, the last one of 0 events."),
        ("page=2", None, "page must not be beyond the last one."),
    ],
)
def test_a_page_beyond_the_last_one_is_refused(query: str, total: int | None, message: str) -> None:
    with pytest.raises(RejectionError) as refused:
        asked(query).meta(LogPage([], None, total))
    told = {"ErrorCode": "InvalidValue", "Message": message, "Data": {"Field": "page"}}
    assert (refused.value.status, refused.value.to_json()) == (400, told)


@pytest.mark.parametrize("query", ["", "page=1", f"pageKey={TOLD}"])
def test_the_first_page_may_be_empty_and_so_may_what_a_key_leads_to(query: str) -> None:
    assert asked(query).meta(LogPage([], None, None))["ItemRange"] == [0, 0]


@given(st.datetimes(), st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), st.integers(1, 10**9 - 1))
def test_a_page_key_reads_back_as_itself(moment: datetime, identifier: str, told: int) -> None:
    key = Key(Position(moment.replace(tzinfo=NOON.tzinfo), identifier), told)
    assert Key.parse(str(key)) == key


@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_any_other_text_is_no_page_key(text: str) -> None:
    with pytest.raises(RejectionsError):
        question_of([("pageKey", text)], REGISTRY, "shop", OWN)


@pytest.mark.parametrize(
    "parts",
    [["2026-01-31T12:00:00+00:00", "x", told] for told in (0, -1, True, "1", 1.5, None, 10**9)]
    + [
        ["soon", "x", 1],
        [5, "x", 1],
        ["0001-01-01T00:00:00+14:00", "x", 1],
        ["2026-01-31", None, 1],
        ["2026-01-31", 5, 1],
    ]
    + [["2026-01-31T12:00:00+00:00", "\ud800", 1], ["2026-01-31T12:00:00+00:00", "x"], {}, 5, None],
    ids=str,
)
def test_a_text_of_the_form_of_a_page_key_may_still_be_none(parts: object) -> None:
    with pytest.raises(QueryError):
        Key.parse(base64.urlsafe_b64encode(json.dumps(parts).encode()).decode())


@pytest.mark.parametrize(
    ("found", "meta"),
    [
        (LogPage((), None, 41), (3, 20, 41, 3, [0, 0], None)),
        (LogPage(("{}",), None, 41), (3, 20, 41, 3, [41, 41], None)),
        (LogPage(("{}",), None, None), (3, 20, None, None, [41, 41], None)),
        (LogPage(("{}",) * 20, POSITION, 100), (3, 20, 100, 5, [41, 60], str(Key(POSITION, 60)))),
        (LogPage((), None, 0), (3, 20, 0, 0, [0, 0], None)),
    ],
)
def test_a_page_says_which_it_is(found: LogPage, meta: tuple[object, ...]) -> None:
    names = ("Page", "PageSize", "TotalCount", "TotalPages", "ItemRange", "NextPageKey")
    assert LogQuestion(LogQuery(), 3, 40).meta(found) == dict(zip(names, meta, strict=True))


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2026-01-30T13:00:00Z", "2026-01-31T12:00:00Z"),
        ("to=2026-01-10T05:59:59%2B02:00", "2026-01-09T04:00:00Z", "2026-01-10T03:00:00Z"),
        ("from=2026-01-31T11:30:00Z", "2026-01-31T11:00:00Z", "2026-01-31T12:00:00Z"),
        ("from=2026-01-01&to=2026-01-07T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-07T23:00:00Z"),
    ],
)
def test_statistics_are_asked_for_by_the_hour(query: str, first: str, last: str) -> None:
    question = stats_question_of(parse_qsl(query), REGISTRY, NOON.replace(minute=34))
    assert (question.first, question.last) == (datetime.fromisoformat(first), datetime.fromisoformat(last))


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        (
            "from=2026-01-30&from=2026-01-31&client=a&client=b",
            [("from", "from must be given once."), ("client", "client must be given once.")],
        ),
        ("to=2026-01-10T05:59:59+02:00", [("to", f"to {MOMENT_RULE}; in a query, + is written %2B.")]),
        ("to=2026-01-10T05:59:59+", [("to", f"to {MOMENT_RULE}.")]),
    ],
)
def test_what_is_wrong_with_a_question_about_statistics_is_told(query: str, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(RejectionsError) as refused:
        stats_question_of(parse_qsl(query), REGISTRY, NOON)
    assert [(each.data["Field"], each.message) for each in refused.value.errors] == errors


ANY = posting({"ID": "P1"})


def seen(caller: Caller, profile: Profile, *events: tuple[str, str]) -> list[str]:
    """Return the clients of the events that a caller may see, of some given by marketplace and client."""
    told = [
        event_of(replace(ANY, marketplace=marketplace, client=client), {}, NOON, 1, Level.SUCCESS, "")
        for marketplace, client in events
    ]
    query = LogQuery(conditions=(visible_to(caller, profile),))
    return [event.path.client for event in told if matches(query, event.to_json())]


def test_a_source_sees_its_own_events_and_an_operator_those_of_the_marketplace() -> None:
    profile = profile_of("ERP", Marketplace="Shop")
    source = Caller("erp", "admin", frozenset({"FullAccess"}))
    operator = Caller("erp", "admin", frozenset({OPERATOR}))
    events = (("shop", "erp"), ("Shop", "pim"), ("shop2", "crm"), ("other", "wms"), ("sh", "erp2"))
    assert seen(source, profile, *events) == ["erp"]
    assert seen(operator, profile, *events) == ["erp", "pim"]
