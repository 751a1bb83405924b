"""How values become bytes and back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.stored_json import decode, encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_json_is_compact_sorted_and_utf_8() -> None:
    assert (
        encode({"b": [1, 2.0, None], "a": {"d": "é", "c": True}})
        == '{"a":{"c":true,"d":"é"},"b":[1,2.0,null]}'.encode()
    )


@settings(max_examples=30)
@given(st.dictionaries(st.text(), VALUES))
def test_a_value_comes_back_and_its_bytes_are_the_same_again(value: dict[str, Any]) -> None:
    found = decode(encode(value))
    assert found == value
    assert encode(dict(reversed(found.items()))) == encode(value)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_surrogate_pair_comes_back(text: str) -> None:
    assert decode(encode({text: text})) == {text: text}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000], ids=["", "cut", "no text", "deep"])
def test_what_is_no_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is wrong is json's own to say
        decode(content)


def test_what_json_cannot_say_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": float("nan")})
