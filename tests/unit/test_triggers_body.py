"""Bodies are read strictly, and in a time that grows with their length alone."""

import json

import pytest

from models.record_types import REGISTRY
from models.validation import MAX_ERRORS, InvalidRecordError, validate
from orchestration.rejections import RejectionError
from triggers.body import MAX_ELEMENTS, items_of, parse_body


def code_of(content: bytes) -> str:
    with pytest.raises(RejectionError) as raised:
        parse_body(content, max_bytes=1_000_000, max_depth=5)
    return raised.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"{", "InvalidJson", id="no JSON"),
        pytest.param(b"\xff{}", "InvalidJson", id="no UTF-8"),
        pytest.param(b'{"a": 1, "a": 2}', "DuplicateKey", id="a key twice"),
        pytest.param(b'{"a": NaN}', "InvalidNumber", id="not a number"),
        pytest.param(b'{"a": 1e999}', "InvalidNumber", id="no float holds it"),
        pytest.param(b'{"a": 99999999999999999999}', "InvalidNumber", id="a huge integer"),
        pytest.param(b'{"a": "\\ud800"}', "InvalidText", id="half a surrogate pair"),
        pytest.param(b"[[[[[[]]]]]]", "TooDeep", id="too deep"),
        pytest.param(b"[" * 100_000, "TooDeep", id="far too deep"),
        pytest.param(b'"' + b"x" * 1_000_000 + b'"', "BodyTooLarge", id="too large"),
        pytest.param(
            json.dumps(dict.fromkeys(map(str, range(MAX_ELEMENTS + 1)))).encode(), "TooManyElements", id="keys"
        ),
        pytest.param(json.dumps({"a": [0] * (MAX_ELEMENTS + 1)}).encode(), "TooManyElements", id="elements"),
    ],
)
def test_a_body_that_cannot_be_kept_as_it_is_is_refused_with_the_rule(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_an_array_of_records_is_bounded_by_its_own_limit() -> None:
    value = parse_body(b"[" + b",".join([b"1"] * 2_000) + b"]", max_bytes=1_000_000, max_depth=5)
    assert items_of(value, max_items=2_000) == ([1] * 2_000, True)
    with pytest.raises(RejectionError, match="more than 1999 records"):
        items_of(value, max_items=1_999)


def test_of_very_many_errors_of_a_record_the_first_are_told_and_the_rest_counted() -> None:
    with pytest.raises(InvalidRecordError) as raised:
        validate(REGISTRY["product"], {"ID": "P1", **{f"k{number}": 1 for number in range(MAX_ERRORS + 7)}})
    assert len(raised.value.errors) == MAX_ERRORS + 1
    assert raised.value.errors[-1].message == "There are 7 errors more."
