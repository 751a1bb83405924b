"""The stack that end-to-end tests share, one for each test process, and names that no other test uses."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_world import ORDERED_ANSWERS, World, secrets_at_rest
from openapi.journals import expect_valid_at_rest

from localdev.stack import StackOptions, running_stack


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack for all tests of this process; when they are through, no secret of theirs lies in its directory.

    By then every call of OrderCloud was as its API description wants it.
    """
    state = tmp_path_factory.mktemp("e2e") / "state"
    with (
        running_stack(StackOptions(state=state, sweep_seconds=5, log_format="json")) as stack,
        World(stack.ready) as shared,
    ):
        yield shared
    assert secrets_at_rest(state, shared.secrets) == []
    expect_valid_at_rest(state / "sandbox", ORDERED_ANSWERS)


@pytest.fixture
def state(state: Path) -> Iterator[Path]:
    """Give an empty state directory; whatever a test ran there, no secret lies in it and no call was wrong."""
    yield state
    assert secrets_at_rest(state) == []
    expect_valid_at_rest(state / "sandbox", ORDERED_ANSWERS)


@pytest.fixture
def key() -> str:
    """Give a record ID that no other test uses; its case is mixed, as sources' IDs are."""
    return f"Test-{uuid.uuid4().hex[:12]}"
