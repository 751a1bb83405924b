import json

import pytest

from ordercloud import ApiError
from ordercloud.answers import MAX_CODE, MAX_ERRORS, MAX_MESSAGE, api_errors, parsed
from ordercloud.transport import Answer, Request

REQUEST = Request("GET", "https://api.example.com", "/v1/x", hidden=("T0KEN+/",))


def errors_in(content: bytes | None) -> tuple[ApiError, ...]:
    return api_errors(Answer(REQUEST, 400, None, content))


def entry(**fields: object) -> bytes:
    return json.dumps({"Errors": [fields]}).encode()


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        (None, ()),
        (b"", ()),
        (b"<html>", ()),
        (b"\xff\xfe", ()),
        (b"[" * 100_000, ()),
        (b"[]", ()),
        (b'{"Errors": null}', ()),
        (b'{"Errors": {}}', ()),
        (b'{"Errors": ["text", 5]}', ()),
        (entry(), (ApiError("", "", None),)),
        (entry(ErrorCode=5, Message=None), (ApiError("5", "", None),)),
        (b"\xef\xbb\xbf" + entry(ErrorCode="NotFound"), (ApiError("NotFound", "", None),)),
        (entry(ErrorCode="C" * 999, Message="M" * 999), (ApiError("C" * MAX_CODE, "M" * MAX_MESSAGE, None),)),
        (b'{"error": "invalid_grant"}', (ApiError("invalid_grant", "", None),)),
        (
            b'{"error": "invalid_grant", "error_description": "No.", "Errors": []}',
            (ApiError("invalid_grant", "No.", None),),
        ),
        (
            b'{"error": "invalid_grant", "Errors": [{"ErrorCode": "Auth.LockedOut"}]}',
            (ApiError("Auth.LockedOut", "", None),),
        ),
    ],
)
def test_an_error_list_is_read_from_whatever_comes(content, errors):
    assert errors_in(content) == errors


def test_an_endless_error_list_is_cut():
    assert len(errors_in(json.dumps({"Errors": [{}] * 999}).encode())) == MAX_ERRORS


def test_what_a_server_repeats_of_a_secret_is_blotted_out():
    content = entry(ErrorCode="Bad T0KEN+/", Message="T0KEN+/?", Data={"T0KEN+/": ["Bearer T0KEN+/", 1, None]})
    escaped = content.replace(b"+", b"\\u002B").replace(b"/", b"\\/")
    assert errors_in(content) == errors_in(escaped) == (ApiError("Bad ***", "***?", {"***": ["Bearer ***", 1, None]}),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b"\xff", "can't decode"),
        (b"{", "Expecting"),
        (b"", "Expecting"),
    ],
)
def test_what_is_not_json_is_refused(content, reason):
    with pytest.raises(ValueError, match=reason):
        parsed(content)
