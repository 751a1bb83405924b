"""Concurrent runs and postings on one record: exhaustive over a small case, capped or drawn at random over larger ones.

In the end every posting is durable, the last one is in OrderCloud, the cache tells the truth, and nothing is left over.
"""

import asyncio
from collections.abc import Callable

import pytest
from fakes.judging import Story
from fakes.schedules import perform, search
from hypothesis import given, settings
from hypothesis import strategies as st

from models.record import Json
from orchestration.failures import AccountFault, Failure, Unavailable

A, B, C = ({"ID": "P1", "Name": name} for name in "ABC")


async def test_a_record_posted_a_b_a_ends_as_a_in_every_order_of_two_runs() -> None:
    found = await search(lambda: Story(A, B, A).scene(), limit=8_000)
    assert found.violation is None, found.violation
    assert found.whole


@pytest.mark.parametrize(
    ("story", "limit"),
    [
        pytest.param(lambda: Story(A, B, A, crashes=1), 300, id="one of them dies"),
        pytest.param(lambda: Story(A, B, A, refuse=1), 300, id="OrderCloud throttles one of them"),
        pytest.param(lambda: Story(A, B, A, lost=1), 300, id="an answer is lost"),
        pytest.param(lambda: Story(A, B, A, faults=1), 300, id="the profile of one of them cannot be read"),
        pytest.param(lambda: Story(A, B, A, died=True), 300, id="one died before"),
        pytest.param(lambda: Story(A, B, C, runs=3), 250, id="three runs"),
        pytest.param(lambda: Story(A, B, None), 250, id="a delete"),
        pytest.param(lambda: Story(A, None, B), 250, id="a delete and a posting over it"),
        pytest.param(lambda: Story(None, A, B), 250, id="nothing there yet"),
        pytest.param(lambda: Story(A, B, A, crashes=1, refuse=1), 250, id="a death and a refusal"),
    ],
)
async def test_no_order_of_requests_that_is_tried_loses_a_posting(story: Callable[[], Story], limit: int) -> None:
    found = await search(lambda: story().scene(), limit=limit)
    assert found.violation is None, found.violation


FAILURES: dict[str, tuple[Failure, bool]] = {
    "throttled": (Unavailable("throttled", retry_after=3), False),
    "lost": (Unavailable("lost", outcome_unknown=True), True),
    "lost and not carried out": (Unavailable("lost", outcome_unknown=True), False),
    "account": (AccountFault("no role", status=403), False),
}
ORDERS = st.lists(st.integers(0, 30), max_size=60)


async def played(story: Story, failures: list[str], choices: list[int]) -> str | None:
    """Play one order of requests, with failures of OrderCloud's first answers, and return what is wrong at its end."""
    scene = await story.scene()
    for name in failures:
        failure, committed = FAILURES[name]
        story.runs_on.world.ordercloud.fail(failure, committed=committed)
    return await perform(scene, choices)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    postings=st.lists(st.sampled_from([A, B, C, None]), min_size=1, max_size=4),
    failures=st.lists(st.sampled_from(sorted(FAILURES)), max_size=2),
    crashes=st.integers(0, 2),
    choices=ORDERS,
)
def test_postings_and_deletes_end_as_the_last_said_in_any_order_through_any_failures(
    postings: list[Json | None], failures: list[str], crashes: int, choices: list[int]
) -> None:
    wrong = asyncio.run(played(Story(A, *postings, crashes=crashes), failures, choices))
    assert wrong is None, wrong


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    postings=st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3),
    others=st.lists(st.sampled_from(["x", "y", None]), min_size=1, max_size=3),
    failures=st.lists(st.sampled_from(sorted(FAILURES)), max_size=2),
    crashes=st.integers(0, 2),
    choices=ORDERS,
)
def test_two_sources_of_one_record_end_as_both_said_last_in_any_order_through_any_failures(
    postings: list[Json | None], others: list[str | None], failures: list[str], crashes: int, choices: list[int]
) -> None:
    wrong = asyncio.run(played(Story(A, *postings, crashes=crashes, others=others), failures, choices))
    assert wrong is None, wrong
