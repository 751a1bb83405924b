"""Fixtures that more than one area's tests share: an Azurite of their own, a state directory, fresh names."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localdev.azurite import Azurite, running_azurite


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """One Azurite for each test process; tests keep apart by using containers of their own (`fresh_name`)."""
    with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many schedules of the protocol were played to their end and judged."""
    passed = terminalreporter.stats.get("passed", [])
    played = sum(value for report in passed for name, value in report.user_properties if name == "schedules")
    if played:
        terminalreporter.write_line(f"{played:,} schedules of the protocol were played to the end, all well")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Give an empty state directory, as `orchestrate up --state` takes it."""
    directory = tmp_path / "state"
    directory.mkdir()
    return directory


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Make names that no other test uses, fit for containers and queues: `fresh_name("queue")`."""
    return lambda role: f"{role}-{uuid.uuid4().hex[:12]}"
