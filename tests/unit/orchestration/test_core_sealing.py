"""Sealed values in postings: their text form, which of them are the same, and what is kept and shown of them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON_OBJECTS, odd_values

from models.record import Json
from orchestration.sealing import HIDDEN, Sealed, digested, redacted, same_sealed, sealed_in

KEY_IDS = st.text("0123456789abcdef", min_size=8, max_size=8)
CONTENTS = st.text("ABCXYZabcxyz0189-_=", max_size=40)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
SEALED = st.builds(
    Sealed, KEY_IDS, CONTENTS, st.dictionaries(KEY_IDS, DIGESTS, max_size=3).map(lambda d: (*d.items(),))
)
PLAIN = JSON_OBJECTS.filter(lambda fields: "xp" not in fields)
ONE = Sealed("k1", "content", (("k1", "aa"), ("k2", "bb")))


@st.composite
def postings(draw: st.DrawFn) -> tuple[Json, dict[str, Sealed]]:
    """Draw a posting, with values in the clear, sealed ones, and an xp that may look like a sealed one."""
    sealed = draw(st.dictionaries(st.sampled_from(["Password", "Token"]), SEALED))
    xp: Json = draw(st.sampled_from([{}, {"xp": None}, {"xp": ONE.to_json()}, {"xp": {"Password": ONE.to_json()}}]))
    return {**draw(PLAIN), **xp, **{name: each.to_json() for name, each in sealed.items()}}, sealed


@given(SEALED)
def test_the_text_of_a_sealed_value_says_all_of_it_also_after_a_rest_in_json(sealed: Sealed) -> None:
    read = sealed_in(json.loads(json.dumps(sealed.to_json())))
    assert read is not None
    assert read == replace(sealed, digests=tuple(sorted(sealed.digests)))
    assert read.to_json() == sealed.to_json()


@given(odd_values() | JSON_OBJECTS)
def test_no_other_value_is_taken_for_sealed(value: Any) -> None:
    assert sealed_in(value) is None
    assert not same_sealed(value, value)
    assert not same_sealed(value, ONE.to_json())


@given(SEALED.filter(lambda sealed: sealed.digests), KEY_IDS, DIGESTS)
def test_a_value_is_itself_under_other_keys_as_long_as_one_key_is_shared(sealed: Sealed, key: str, digest: str) -> None:
    (shared, value), *others = sealed.digests
    rotated = Sealed(key, "sealed anew", tuple({key: digest, shared: value}.items()))
    assert rotated.same_as(Sealed(shared, "", ((shared, value),)))
    assert sealed.same_as(rotated) == all(name != key or each == digest for name, each in others)
    assert sealed.same_as(rotated) == rotated.same_as(sealed)


@pytest.mark.parametrize(
    ("digests", "same"),
    [
        pytest.param((("k1", "aa"), ("k2", "bb")), True, id="both keys"),
        pytest.param((("k3", "cc"), ("k2", "bb")), True, id="one key of both"),
        pytest.param((("k1", "cc"),), False, id="another value"),
        pytest.param((("k1", "aa"), ("k2", "cc")), False, id="two keys that disagree"),
        pytest.param((("k3", "aa"),), False, id="no shared key"),
        pytest.param((), False, id="no digest"),
    ],
)
def test_digests_by_shared_keys_tell_whether_values_are_the_same(
    digests: tuple[tuple[str, str], ...],
    same: bool,  # noqa: FBT001 - a column
) -> None:
    other = Sealed("k9", "other", digests)
    assert (ONE.same_as(other), other.same_as(ONE)) == (same, same)
    assert same_sealed(ONE.to_json(), other.to_json()) == same


@given(postings())
def test_what_is_kept_of_an_applied_posting_are_the_digests_and_everything_else(
    drawn: tuple[Json, dict[str, Sealed]],
) -> None:
    posted, sealed = drawn
    kept = digested(posted)
    assert kept.keys() == posted.keys()
    assert {name: value for name, value in kept.items() if name not in sealed} == {
        name: value for name, value in posted.items() if name not in sealed
    }
    for name, each in sealed.items():
        assert sealed_in(kept[name]) == Sealed("", "", tuple(sorted(each.digests)))
        assert same_sealed(kept[name], posted[name]) == bool(each.digests)
    assert digested(kept) == kept


@given(postings())
def test_an_event_shows_everything_but_the_sealed_values(drawn: tuple[Json, dict[str, Sealed]]) -> None:
    posted, sealed = drawn
    assert redacted(posted) == {**posted, **dict.fromkeys(sealed, HIDDEN)}
    assert redacted(digested(posted)) == redacted(posted)


def test_an_object_that_holds_more_is_not_taken_for_sealed() -> None:
    assert sealed_in({**ONE.to_json(), "a": 1}) is None


def test_xp_is_never_taken_for_sealed() -> None:
    posted = {"xp": ONE.to_json(), "Password": ONE.to_json()}
    assert digested(posted)["xp"] == ONE.to_json()
    assert redacted(posted) == {"xp": ONE.to_json(), "Password": "(write-only)"}
