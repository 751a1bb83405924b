"""No key of any record type, posted or named in a path, takes a text that is no identifier: keys become blob names."""

import pytest

from models.examples import example_of
from models.record_types import REGISTRY
from models.registry import RecordType
from models.validation import InvalidRecordError, validate
from orchestration.postings import valid_keys
from orchestration.rejections import RejectionError

HOSTILE = {
    "a slash": "a/b",
    "dots": "..",
    "a dot": "a.",
    "a backslash": "a\\b",
    "a tilde": "~",
    "a tilde at the end": "a~",
    "an escaped slash": "a%2fb",
    "a query": "a?comp=list",
    "a fragment": "a#b",
    "a wildcard": "*",
    "a space": "a b",
    "NUL": "a\0",
    "a line end": "a\n",
    "a carriage return": "a\rb",
    "a terminal's escape": "a\x1b[2J",
    "a terminal's other escape": "a\x9b2J",
    "a letter that is k in lower case": "\u212a",
    "a letter that is s without case": "a\u017f",
    "a Cyrillic letter": "\u0430",
    "full-width letters": "\uff41",
    "digits of another script": "\u0661",
    "nothing to be seen": "a\u200b",
    "right to left": "\u202ea",
    "a combining accent": "a\u0301",
    "too long": "a" * 101,
    "nothing": "",
}


KEYS = [(row, key) for row in REGISTRY for key in row.keys]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_text_that_is_no_identifier_is_no_key_of_any_type(text):
    taken = [(row.name, key) for row, key in KEYS if not refused_posted(row, key, text)]
    named = [(row.name, key) for row, key in KEYS if not refused_named(row, key, text)]
    assert (taken, named) == ([], [])


def refused_posted(row: RecordType, key: str, text: str) -> bool:
    try:
        validate(row, {**example_of(row), key: text})
    except InvalidRecordError as invalid:
        return key in {error.field for error in invalid.errors}
    return False


def refused_named(row: RecordType, key: str, text: str) -> bool:
    try:
        valid_keys(row, tuple(text if name == key else "a" for name in row.keys))
    except RejectionError as rejection:
        return (rejection.status, rejection.data) == (400, {"Field": key})
    return False
