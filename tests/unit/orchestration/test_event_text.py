"""The text of an event holds whatever its values are, and reads back as them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.event_text import for_source, read, text_for_source, written

TEXTS = st.text(st.characters(codec=None, categories=None))
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS, st.lists)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("木", '{"a":"木","b":[1,null]}'),
        ("\ud800", '{"a":"\\ud800","b":[1,null]}'),
        ("\\\ud800", '{"a":"\\\\\\ud800","b":[1,null]}'),
        ("\\ud800", '{"a":"\\\\ud800","b":[1,null]}'),
        ("\0", '{"a":"\\u0000","b":[1,null]}'),
    ],
    ids=["any character", "half a pair", "half a pair after a backslash", "its escape as a text", "zero"],
)
def test_a_text_is_compact_json_that_utf_8_can_hold(value: str, text: str) -> None:
    assert written({"a": value, "b": [1, None]}) == text
    assert text.encode()
    assert read(text) == {"a": value, "b": [1, None]}


@given(st.dictionaries(TEXTS, VALUES))
def test_an_event_reads_as_the_standard_library_reads_its_own_json(event: dict[str, Any]) -> None:
    assert read(written(event)) == json.loads(json.dumps(event))


def test_a_source_is_told_all_of_an_event_but_which_operator_did_it() -> None:
    event = {"Reason": "dropped by an operator", "Operator": "ops", "Posted": {"xp": {"Operator": "theirs"}}}
    seen = {"Reason": "dropped by an operator", "Posted": {"xp": {"Operator": "theirs"}}}
    assert for_source(event) == seen
    assert for_source(seen) == seen
    assert text_for_source(written(event)) == written(seen)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"Reason" : "by \\"Operator\\": x"}', id="a text that speaks of it"),
        pytest.param('{"Reason":"why","Posted":{"Operator":"theirs"}}', id="a source's own field"),
    ],
)
def test_what_names_no_operator_is_told_to_a_source_as_it_is(text: str) -> None:
    assert text_for_source(text) == text


@given(st.dictionaries(TEXTS, VALUES), TEXTS)
def test_no_text_for_a_source_names_the_operator(event: dict[str, Any], operator: str) -> None:
    assert read(text_for_source(written({**event, "Operator": operator}))) == for_source(read(written(event)))
