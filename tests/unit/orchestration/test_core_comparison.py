"""When two values are the same to OrderCloud."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import PRICE_SCHEDULE, PRODUCT, VALUES

from models.registry import Path, RecordType
from orchestration.comparison import covers, ordered, same

START = ("SaleStart",)
BREAKS = ("PriceBreaks",)


@pytest.mark.parametrize(
    ("record_type", "path", "one", "other", "expected"),
    [
        pytest.param(PRODUCT, ("xp", "a"), 1, 1.0, True, id="numbers by value"),
        pytest.param(PRODUCT, ("xp", "a"), 2**53, 2.0**53, True, id="large numbers by value"),
        pytest.param(PRODUCT, ("xp", "a"), 2**53 + 1, 2.0**53, False, id="large numbers that differ"),
        pytest.param(PRODUCT, ("xp", "a"), True, 1, False, id="a truth value is no number"),
        pytest.param(PRODUCT, ("xp", "a"), 0, False, False, id="a number is no truth value"),
        pytest.param(PRODUCT, ("xp", "a"), None, False, False, id="null is not false"),
        pytest.param(PRODUCT, ("xp", "a"), [], {}, False, id="a list is no object"),
        pytest.param(PRODUCT, ("xp", "a"), "A", "a", False, id="texts as they are"),
        pytest.param(PRODUCT, ("xp", "Status"), "DRAFT", "Draft", True, id="enums without case"),
        pytest.param(PRODUCT, ("xp", "a"), {"b": None}, {}, True, id="null and absent"),
        pytest.param(PRODUCT, ("xp", "a"), [{"b": None}], [{}], True, id="null and absent in a list"),
        pytest.param(PRODUCT, ("xp", "a"), [1, 2], [2, 1], False, id="lists in their order"),
        pytest.param(PRODUCT, ("xp", "a"), [1], [1, 1], False, id="lists of their length"),
        pytest.param(PRODUCT, ("xp", "a"), [True], [1], False, id="truth values in lists"),
        pytest.param(PRICE_SCHEDULE, START, "2026-01-31T08:00:00Z", "2026-01-31T09:00:00+01:00", True, id="instants"),
        pytest.param(PRICE_SCHEDULE, START, "soon", "SOON", False, id="texts that are no instants"),
        pytest.param(
            PRICE_SCHEDULE, START, "2026-01-31T08:00:00Z", "0001-01-01T00:00:00+05:00", False, id="before all time"
        ),
        pytest.param(
            PRICE_SCHEDULE,
            BREAKS,
            [{"Quantity": 1}, {"Quantity": 10}],
            [{"Quantity": 10.0}, {"Quantity": 1}],
            True,
            id="keyed lists by key",
        ),
    ],
)
def test_values_are_the_same_as_ordercloud_would_say(
    *,
    record_type: RecordType,
    path: Path,
    one: Any,
    other: Any,
    expected: bool,
) -> None:
    assert same(record_type, path, one, other) is expected
    assert same(record_type, path, other, one) is expected


@settings(max_examples=150, deadline=None)
@given(*[st.sampled_from([*VALUES, [{"Quantity": 1}], [{"Quantity": 1.0}], ["x", 2, None], [{"Quantity": None}]])] * 3)
def test_being_the_same_is_an_equivalence_and_what_is_the_same_is_covered(one: Any, other: Any, third: Any) -> None:
    for path in (("xp", "a"), BREAKS):
        assert same(PRICE_SCHEDULE, path, one, copy.deepcopy(one))
        assert same(PRICE_SCHEDULE, path, one, other) is same(PRICE_SCHEDULE, path, other, one)
        if same(PRICE_SCHEDULE, path, one, other):
            assert covers(PRICE_SCHEDULE, path, one, other)
            assert same(PRICE_SCHEDULE, path, one, third) is same(PRICE_SCHEDULE, path, other, third)


def test_elements_of_any_kind_have_an_order() -> None:
    elements = [
        {"Quantity": 10},
        {"Quantity": 2.0},
        {"Quantity": None},
        {},
        "x",
        None,
        {"Quantity": "3"},
        {"Quantity": True},
    ]
    assert ordered(ordered(elements, "Quantity"), "Quantity") == ordered(elements, "Quantity")
    assert ordered([{"Quantity": 10}, {"Quantity": 2.0}], "Quantity") == [{"Quantity": 2.0}, {"Quantity": 10}]
