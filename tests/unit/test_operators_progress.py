"""The progress of operators' commands: nothing is shown of what is quick."""

import io

import pytest
from fakes.clock import FakeClock
from rich.console import Console

from localdev.progress import PATIENCE_SECONDS, SlowProgress


@pytest.mark.parametrize(
    ("seconds", "shown"), [(PATIENCE_SECONDS, False), (PATIENCE_SECONDS + 1, True)], ids=["quick", "slow"]
)
def test_progress_is_shown_of_what_takes_longer_than_two_seconds(seconds: float, shown: bool) -> None:  # noqa: FBT001 - a column of the table
    clock, screen = FakeClock(), io.StringIO()
    with SlowProgress(Console(file=screen, force_terminal=True, width=80), clock.elapsed) as progress:
        progress.begin("product", 10)
        clock.advance(seconds)
        progress.advance(4)
    assert ("product" in screen.getvalue(), "4/10" in screen.getvalue()) == (shown, shown)
