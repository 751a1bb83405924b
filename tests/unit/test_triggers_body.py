"""Bodies are read strictly, and in a time that grows with their length alone."""

import json

import pytest

from models.record_types import REGISTRY
from models.validation import MAX_ERRORS, MAX_HINTS, MAX_REPEATED, InvalidRecordError, validate
from orchestration.rejections import RejectionError
from triggers.body import MAX_ELEMENTS, MAX_NAME, MAX_VALUES, items_of, parse_body


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
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "InvalidNumber", id="an integer that is not even read"),
        pytest.param(b'{"a": "\\ud800"}', "InvalidText", id="half a surrogate pair"),
        pytest.param(b"[[[[[[]]]]]]", "TooDeep", id="too deep"),
        pytest.param(b"[" * 100_000, "TooDeep", id="far too deep"),
        pytest.param(b'"' + b"x" * 1_000_000 + b'"', "BodyTooLarge", id="too large"),
        pytest.param(
            json.dumps(dict.fromkeys(map(str, range(MAX_ELEMENTS + 1)))).encode(), "TooManyElements", id="keys"
        ),
        pytest.param(json.dumps({"a": [0] * (MAX_ELEMENTS + 1)}).encode(), "TooManyElements", id="elements"),
        pytest.param(json.dumps({"a": [[0] * 999] * 100}).encode(), "TooManyElements", id="values"),
        pytest.param(json.dumps([{"a": [[0] * 999] * 100}]).encode(), "TooManyElements", id="values of one of many"),
        pytest.param(json.dumps({"k" * (MAX_NAME + 1): 0}).encode(), "TooLong", id="a long key"),
    ],
)
def test_a_body_that_cannot_be_kept_as_it_is_is_refused_with_the_rule(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_an_integer_of_too_many_digits_is_refused_in_words_of_ours() -> None:
    with pytest.raises(RejectionError) as raised:
        parse_body(b"-" + b"9" * 5_000, max_bytes=10_000, max_depth=5)
    assert raised.value.message == "A number has too many digits."


def test_an_array_of_records_is_bounded_by_its_own_limit() -> None:
    value = parse_body(b"[" + b",".join([b"1"] * 2_000) + b"]", max_bytes=1_000_000, max_depth=5)
    assert items_of(value, max_items=2_000) == ([1] * 2_000, True)
    with pytest.raises(RejectionError, match="more than 1999 records"):
        items_of(value, max_items=1_999)


def test_each_record_of_an_array_may_have_as_many_values_and_as_long_keys_as_one_alone() -> None:
    [record] = parse_body(json.dumps([{"k" * MAX_NAME: 0}]).encode(), max_bytes=1_000_000, max_depth=5)
    assert list(record) == ["k" * MAX_NAME]
    half = {"a": [[0] * 500] * (MAX_VALUES // 1000)}
    records = [half, half, half]
    assert parse_body(json.dumps(records).encode(), max_bytes=1_000_000, max_depth=5) == records


def test_of_very_many_errors_of_a_record_the_first_are_told_and_the_rest_counted() -> None:
    with pytest.raises(InvalidRecordError) as raised:
        validate(REGISTRY["product"], {"ID": "P1", **{f"k{number}": 1 for number in range(MAX_ERRORS + 7)}})
    assert len(raised.value.errors) == MAX_ERRORS + 1
    assert raised.value.errors[-1].message == "There are 7 errors more."


def test_the_known_name_is_looked_for_in_the_first_errors_alone_since_looking_takes_time() -> None:
    with pytest.raises(InvalidRecordError) as raised:
        validate(REGISTRY["product"], {"ID": "P1", **{f"Returnable{number:x}": 1 for number in range(MAX_HINTS + 7)}})
    assert ["Did you mean 'Returnable'?" in error.message for error in raised.value.errors] == [True] * MAX_HINTS + [
        False
    ] * 7


@pytest.mark.parametrize(
    ("record_type", "body"),
    [
        pytest.param("product", {"ID": "P1", "k" * 10_000: 1}, id="the name of a field"),
        pytest.param("priceschedule", {"ID": "P1", "PriceBreaks": [{"Quantity": "k" * 10_000}] * 2}, id="a list's key"),
        pytest.param(
            "hydratedproduct",
            {"ID": "k" * 10_000, "Variants": [{"ID": "V" * 10_000, "ProductID": "P"}] * 2},
            id="another record's name",
        ),
    ],
)
def test_no_error_repeats_more_of_what_was_posted_than_helps(record_type: str, body: dict[str, object]) -> None:
    with pytest.raises(InvalidRecordError) as raised:
        validate(REGISTRY[record_type], body)
    assert max(len(error.message) for error in raised.value.errors) < MAX_REPEATED + 150
