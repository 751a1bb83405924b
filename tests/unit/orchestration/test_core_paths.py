"""Paths: what is written can be read back, differs for what differs, and nothing else is a path."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import KEYS

from models.registry import Keys
from orchestration.paths import PathError, QueuePath, RecordPath

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
CLOSE = st.text(st.sampled_from("aA~%/.7eE2f-_ é"), min_size=1, max_size=4)
CLOSE_KEYS = st.lists(st.none() | CLOSE, min_size=1, max_size=3).map(tuple)
RECORDS = st.builds(RecordPath, WORDS | CLOSE, WORDS | CLOSE, KEYS | CLOSE_KEYS)
QUEUED = st.builds(QueuePath, RECORDS, WORDS | CLOSE)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(RecordPath("Shop", "product", ("P-1_a",)), "shop/product/p-1_a", id="one key"),
        pytest.param(RecordPath("shop", "SpecOption", ("S", "O")), "shop/specoption/s/o", id="parent and own key"),
        pytest.param(RecordPath("shop", "t", ("a", None, "b")), "shop/t/a/~/b", id="an absent key"),
        pytest.param(RecordPath("shop", "t", ("~",)), "shop/t/%7e", id="a literal tilde"),
        pytest.param(RecordPath("shop", "t", ("a/b", "%", "..", "é")), "shop/t/a%2fb/%25/%2e%2e/%c3%a9", id="odd keys"),
        pytest.param(QueuePath(RecordPath("shop", "t", ("a",)), "ERP"), "shop/t/a/erp", id="of a source"),
    ],
)
def test_a_path_is_written_lower_case_with_each_segment_encoded(path: RecordPath | QueuePath, text: str) -> None:
    assert str(path) == text
    assert type(path).parse(text) == path


@settings(max_examples=200, deadline=None)
@given(QUEUED)
@example(QueuePath(RecordPath("İ", "ΑΣ", ("K", "ß")), "ǅ"))
def test_a_path_reads_back_as_itself_from_plain_characters(path: QueuePath) -> None:
    assert QueuePath.parse(str(path)) == path
    assert RecordPath.parse(str(path.record)) == path.record
    assert re.fullmatch(r"[a-z0-9_%~-]+(/[a-z0-9_%~-]+)+", str(path))
    assert str(path).count("/") == 2 + len(path.record.keys)


type Identity = tuple[str, str, Keys, str]

IDENTITIES = st.tuples(CLOSE, CLOSE, CLOSE_KEYS, CLOSE)


@settings(max_examples=200, deadline=None)
@given(st.lists(IDENTITIES, min_size=2, max_size=8))
def test_two_identities_that_differ_other_than_by_case_have_two_paths(identities: list[Identity]) -> None:
    for one, other in pairwise(identities):
        differ = folded(one) != folded(other)
        assert (written(one) != written(other)) is differ


def folded(identity: Identity) -> object:
    marketplace, record_type, keys, client = identity
    return marketplace.lower(), record_type.lower(), tuple(key and key.lower() for key in keys), client.lower()


def written(identity: Identity) -> str:
    marketplace, record_type, keys, client = identity
    return str(QueuePath(RecordPath(marketplace, record_type, keys), client))


REFUSED = [
    pytest.param("", id="empty"),
    pytest.param("shop", id="one segment"),
    pytest.param("shop/product", id="no key"),
    pytest.param("shop/product/", id="empty key"),
    pytest.param("/shop/product/p1", id="leading slash"),
    pytest.param("shop//p1/erp", id="empty segment"),
    pytest.param("Shop/product/p1/erp", id="capital"),
    pytest.param("shop/product/p%2F1/erp", id="capital in an escape"),
    pytest.param("shop/product/p.1/erp", id="dot"),
    pytest.param("shop/product/p 1/erp", id="space"),
    pytest.param("shop/product/é/erp", id="letter that is not plain"),
    pytest.param("shop/product/%70/erp", id="escape of a plain letter"),
    pytest.param("shop/product/%50/erp", id="escape of a capital"),
    pytest.param("shop/product/%zz/erp", id="no escape"),
    pytest.param("shop/product/%/erp", id="half an escape"),
    pytest.param("shop/product/%ff/erp", id="escape that is no text"),
    pytest.param("shop/product/%ed%a0%80/erp", id="escape of half a surrogate pair"),
    pytest.param("~/product/p1/erp", id="no marketplace"),
    pytest.param("shop/~/p1/erp", id="no record type"),
    pytest.param("shop/product/p1~/erp", id="tilde inside"),
    pytest.param("shop\\product\\p1\\erp", id="backslashes"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_was_not_written_as_a_path_is_refused(text: str) -> None:
    with pytest.raises(PathError):
        RecordPath.parse(text)
    with pytest.raises(PathError):
        QueuePath.parse(text)


def test_a_queue_path_needs_a_client() -> None:
    for text in ("shop/product/p1", "shop/product/p1/~", "shop/product/p1/"):
        with pytest.raises(PathError):
            QueuePath.parse(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab~%27eE/.-_\u0130 "), max_size=14) | st.text(max_size=10))
def test_any_text_is_refused_or_is_what_its_path_writes(text: str) -> None:
    for kind in (RecordPath, QueuePath):
        try:
            path = kind.parse(text)
        except PathError:
            continue
        assert str(path) == text
