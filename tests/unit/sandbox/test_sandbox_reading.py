"""Bodies that no reader should meet, dates in all their forms, and journal entries without secrets."""

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest

from localdev.sandbox.body import read_json, read_object
from localdev.sandbox.dates import normalised, written
from localdev.sandbox.errors import Answer, Refusal
from localdev.sandbox.journal import entry
from localdev.sandbox.request import Asked


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": 1e999}', id="infinite"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="endless number"),
        pytest.param(b'{"a": "\\ud800"}', id="half a surrogate pair"),
        pytest.param(b"[" * 65 + b"]" * 65, id="65 levels"),
        pytest.param(b"[" * 100_000, id="100,000 levels"),
    ],
)
def test_a_body_that_is_no_sound_json_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_json(content)
    assert (refused.value.status, refused.value.problems[0].code) == (400, "Request.InvalidRequestBody")


@pytest.mark.parametrize("content", [b"[]", b"null", b'"x"', b"5"])
def test_a_body_that_is_no_object_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        read_object(content)


def test_a_sound_body_is_read_with_a_byte_order_mark_and_64_levels() -> None:
    assert read_object(b'\xef\xbb\xbf{"a": "\\u0000\xe2\x98\x83"}') == {"a": "\0☃"}
    assert read_json(b"[" * 64 + b"]" * 64) == json.loads("[" * 64 + "]" * 64)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-02-23T20:39:03.173+00:00", "2021-02-23T20:39:03.173+00:00"),
        ("2021-02-23T20:39:03.1730000Z", "2021-02-23T20:39:03.173+00:00"),
        ("2021-02-23T20:39:03.000Z", "2021-02-23T20:39:03+00:00"),
        ("2021-02-23T20:39:00", "2021-02-23T20:39:00+00:00"),
        ("2021-02-23T20:39:03-05:30", "2021-02-24T02:09:03+00:00"),
        ("2021-02-23", "2021-02-23T00:00:00+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_dates_are_written_as_ordercloud_does(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "2021-13-01", "0001-01-01T00:00:00+05:00"])
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        normalised(text)


def test_a_moment_of_any_zone_is_written_in_utc() -> None:
    moment = datetime(2024, 1, 1, 1, 0, 0, 120_000, timezone(timedelta(hours=1)))
    assert written(moment) == "2024-01-01T00:00:00.12+00:00"


NOW = datetime(2024, 1, 1, tzinfo=UTC)
CREDENTIALS = urlencode({"client_id": "C", "client_secret": "s3cret"})


@pytest.mark.parametrize(
    ("content", "request_kept"),
    [
        pytest.param(CREDENTIALS, {"client_id": "C", "client_secret": "[redacted]"}, id="form"),
        pytest.param('{"client_secret": "s3cret"}', {"client_secret": "[redacted]"}, id="JSON by mistake"),
        pytest.param("client%5Fsecret=s3cret", {"client_secret": "[redacted]"}, id="encoded name"),
    ],
)
def test_no_secret_reaches_the_journal(content: str, request_kept: dict[str, str]) -> None:
    asked = Asked("POST", "/oauth/token", CREDENTIALS, {}, content.encode())
    answer = Answer(200, {"access_token": "s3cret", "refresh_token": "s3cret", "token_type": "bearer"})
    assert entry(asked, answer, client_id="C", time=NOW, dropped=False) == {
        "time": "2024-01-01T00:00:00+00:00",
        "client_id": "C",
        "method": "POST",
        "path": "/oauth/token",
        "query": "client_id=C&client_secret=%5Bredacted%5D",
        "status": 200,
        "request": request_kept,
        "response": {"access_token": "[redacted]", "refresh_token": "[redacted]", "token_type": "bearer"},
    }


def test_a_call_that_was_cut_before_anything_was_done_has_no_status() -> None:
    asked = Asked("PUT", "/v1/products/A%20B", "x=1", {}, b'{"Name": "password"}')
    assert entry(asked, None, client_id=None, time=NOW, dropped=True) == {
        "time": "2024-01-01T00:00:00+00:00",
        "client_id": None,
        "method": "PUT",
        "path": "/v1/products/A B",
        "query": "x=1",
        "status": None,
        "request": {"Name": "password"},
        "response": None,
        "dropped": True,
    }
