"""Bodies that are made to hurt: each gets its short answer, and the host's memory stays where it was."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psutil
import pytest
from e2e_world import World, errors_of, nothing_is_stored

PRODUCT = "/orchestration/product"
PRICES = "/orchestration/priceschedule"
COMPOSITE = "/orchestration/hydratedproduct"
MEGABYTE = 2**20
ROOM = 200 * MEGABYTE
"""What one request may take: a body of 4 MB as Python objects, and its errors; without limits it is a gigabyte."""
LONGEST_ANSWER = MEGABYTE


@contextmanager
def bounded_memory(world: World) -> Iterator[None]:
    """Check that the host's memory does not grow by more than the room of a request, not even for a moment."""
    host = psutil.Process(world.ready["pids"]["host"])
    sizes = [host.memory_info().rss]
    through = threading.Event()

    def look() -> None:
        while not through.wait(0.02):
            sizes.append(host.memory_info().rss)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        through.set()
        watcher.join()
    assert max(sizes) - sizes[0] < ROOM


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def of_errors(record: str) -> list[Any]:
    """Return a thousand records with a hundred unknown fields each, all of them different and like a known one."""
    return [{"ID": record, **{f"Descriptio{n:03x}{field:02x}": 0 for field in range(100)}} for n in range(1000)]


HURTING: dict[str, tuple[str, Callable[[], bytes], int, str]] = {
    "a key that stands in a hundred errors": (
        *(PRODUCT, lambda: compact({"ID": "a", "xp": {"Facets": {"k" * 4_000_000: [1] * 99}}})),
        *(400, "TooLong"),
    ),
    "a million errors": (
        *(PRODUCT, lambda: compact({"ID": "a", "xp": {"Facets": {f"{n}": [1] * 999 for n in range(999)}}})),
        *(400, "TooManyElements"),
    ),
    "a hundred thousand errors": (PRODUCT, lambda: compact(of_errors("a")), 400, "UnknownField"),
    "a million empty arrays": (
        *(PRODUCT, lambda: compact({"ID": "a", "xp": {"a": [[[]] * 900] * 999}})),
        *(400, "TooManyElements"),
    ),
    "a long value in a thousand errors": (
        *(COMPOSITE, lambda: compact({"ID": "I" * 2_000_000, "Variants": [{"ProductID": "x"}] * 1000})),
        *(400, "TooLong"),
    ),
    "a long key of a list in a thousand errors": (
        *(PRICES, lambda: compact({"ID": "a", "PriceBreaks": [{"Quantity": "k" * 4000, "Price": 1}] * 999})),
        *(400, "InvalidType"),
    ),
    "an array of two million records": (PRODUCT, lambda: b"[" + b"0," * 2_000_000 + b"0]", 413, "TooManyItems"),
    "objects in objects without end": (PRODUCT, lambda: b'{"a":' * 800_000, 400, "TooDeep"),
    "arrays in arrays without end": (PRODUCT, lambda: b"[" * 4_000_000, 400, "TooDeep"),
    "numbers of 4,000 digits": (
        *(PRODUCT, lambda: b'{"ID":"a","xp":{"a":[' + b",".join([b"9" * 4000] * 990) + b"]}}"),
        *(400, "InvalidNumber"),
    ),
    "an exponent of a million digits": (
        *(PRODUCT, lambda: b'{"ID":"a","ShipWeight":1e' + b"9" * 1_000_000 + b"}"),
        *(400, "InvalidNumber"),
    ),
    "half of a surrogate pair as a key twice": (PRODUCT, lambda: b'{"\\ud800":1,"\\ud800":2}', 400, "DuplicateKey"),
    "a time of four million digits": (
        *(PRICES, lambda: compact({"ID": "a", "SaleStart": "2026-01-01T" + "0" * 4_000_000})),
        *(400, "TooLong"),
    ),
    "a version of four million digits": (
        *(PRODUCT, lambda: compact({"ID": "a", "SourceVersion": "2026-01-01T" + "+01:0" * 800_000})),
        *(400, "InvalidVersion"),
    ),
    "twenty megabytes": (PRODUCT, lambda: b" " * 20_000_000, 413, "BodyTooLarge"),
}


@pytest.mark.parametrize(("path", "body", "status", "code"), HURTING.values(), ids=HURTING)
def test_a_body_that_would_grow_is_refused_in_few_words_and_little_memory(
    world: World, path: str, body: Callable[[], bytes], status: int, code: str
) -> None:
    content = body()
    with bounded_memory(world):
        answer = world.api().post(path, content=content)
    assert answer.status_code == status
    assert code in {error["ErrorCode"] for error in answer.json()["Errors"]}
    assert len(answer.content) < LONGEST_ANSWER


@cache
def bomb() -> bytes:
    """Return a record of 300 megabytes in less than two."""
    return gzip.compress(b'{"ID": "a", "Name": "' + b"0" * 300 * MEGABYTE + b'"}', 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity", "gzip, gzip", "x-unknown"])
def test_a_body_with_an_encoding_is_refused_without_being_inflated(world: World, encoding: str) -> None:
    with bounded_memory(world):
        answer = world.api().post(PRODUCT, content=bomb(), headers={"Content-Encoding": encoding})
    assert errors_of(answer) == (415, [("ContentEncoding", None)])


def test_a_compressed_body_that_does_not_say_so_is_no_json(world: World) -> None:
    answer = world.api().post(PRODUCT, content=gzip.compress(b'{"ID": "a"}'))
    assert errors_of(answer) == (400, [("InvalidJson", None)])


def test_a_body_without_a_length_counts_as_none(world: World, key: str) -> None:
    """Azure hands a body that comes in chunks on as an empty one."""
    parts = (part for part in (f'{{"ID": "{key}",'.encode(), b'"Name": "n"}'))
    answer = world.api().post(PRODUCT, content=parts)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert errors_of(answer) == (400, [("InvalidJson", None)])
    nothing_is_stored(world, key)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/json; charset=utf-16",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
    ],
)
def test_a_body_is_read_as_json_in_utf_8_whatever_its_content_type_says(
    world: World, key: str, kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = world.api().post(PRODUCT, content=compact({"ID": key, "Name": "é"}), headers=headers)
    assert answer.status_code == 202
    other = world.api().post(PRODUCT, content='{"ID": "a"}'.encode("utf-16"), headers=headers)
    assert errors_of(other) == (400, [("InvalidJson", None)])
