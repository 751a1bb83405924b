"""Which faults meet a call, and how often."""

from typing import Any

import pytest
from pydantic import ValidationError

from localdev.sandbox.errors import Answer
from localdev.sandbox.faults import Effects, Faults

NOTHING = Effects()


def faults(*ordered: dict[str, Any]) -> Faults:
    result = Faults()
    result.add(list(ordered))
    return result


@pytest.mark.parametrize(
    ("fault", "effects"),
    [
        pytest.param({"kind": "latency", "value": 2}, Effects(latency=2.0), id="latency"),
        pytest.param({"kind": "drop_before"}, Effects(drop_before=True), id="drop_before"),
        pytest.param({"kind": "drop_after"}, Effects(drop_after=True), id="drop_after"),
        pytest.param({"kind": "revoke_tokens"}, Effects(revoke_tokens=True), id="revoke_tokens"),
        pytest.param(
            {"kind": "status", "value": {"status": 429, "headers": {"Retry-After": "3"}, "body": "<p>busy</p>"}},
            Effects(instead=Answer(429, "<p>busy</p>", {"Retry-After": "3"})),
            id="status",
        ),
    ],
)
def test_each_kind_has_its_effect(fault: dict[str, Any], effects: Effects) -> None:
    assert faults(fault).take("GET", "/v1/products") == effects


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        ({}, True),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "^/v1/products$"}, True),
        ({"path": "/v1/products/"}, False),
        ({"method": "POST", "path": "priceschedules|products"}, True),
        ({"method": "PUT", "path": "products"}, False),
    ],
    ids=str,
)
def test_a_fault_meets_calls_of_its_method_and_path(fault: dict[str, Any], *, met: bool) -> None:
    taken = faults({"kind": "drop_before", **fault}).take("POST", "/v1/products")
    assert taken == (Effects(drop_before=True) if met else NOTHING)


def test_times_counts_the_calls_that_were_met_only() -> None:
    two = faults({"kind": "drop_before", "method": "POST", "times": 2})
    calls = [two.take(method, "/") for method in ("POST", "GET", "POST", "POST")]
    hit = Effects(drop_before=True)
    assert calls == [hit, NOTHING, hit, NOTHING]
    assert two.listed() == []


def test_a_call_meets_the_first_fault_of_its_sort_and_all_sorts_together() -> None:
    several = faults(
        {"kind": "drop_after", "times": 1},
        {"kind": "latency", "value": 0.5, "times": 1},
        {"kind": "drop_before", "times": 1},
        {"kind": "revoke_tokens", "times": 1},
    )
    calls = [several.take("GET", "/") for _ in range(3)]
    assert calls == [Effects(latency=0.5, revoke_tokens=True, drop_after=True), Effects(drop_before=True), NOTHING]


def test_without_times_a_fault_stays_until_it_is_cleared() -> None:
    forever = faults({"kind": "drop_before"})
    assert [forever.take("GET", "/") for _ in range(3)] == [Effects(drop_before=True)] * 3
    forever.clear()
    assert forever.take("GET", "/") == NOTHING


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "explode"},
        {"kind": "latency"},
        {"kind": "latency", "value": -1},
        {"kind": "status", "value": {"status": 42}},
        {"kind": "status", "value": 429},
        {"kind": "drop_before", "value": 1},
        {"kind": "drop_before", "times": 0},
        {"kind": "drop_before", "path": "("},
        {"kind": "drop_before", "when": "now"},
    ],
    ids=str,
)
def test_a_fault_that_makes_no_sense_is_refused_and_none_of_its_list_counts(fault: dict[str, Any]) -> None:
    kept = Faults()
    with pytest.raises(ValidationError):
        kept.add([{"kind": "drop_before"}, fault])
    assert kept.listed() == []
