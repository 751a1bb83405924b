"""Show how far something has come, once it has taken so long that a person wonders."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PATIENCE_SECONDS = 2.0


class SlowProgress:
    """A bar on standard error that comes up after two seconds and is gone at the end."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console or Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=None)
        self._clock = clock
        self._began = clock()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Say what comes now, and how much it is."""
        self._progress.update(self._task, description=what, total=total, completed=0)
        self.advance(0)

    def advance(self, more: int) -> None:
        """Say that so many more are done."""
        self._progress.advance(self._task, more)
        if not self._shown and self._clock() - self._began > PATIENCE_SECONDS:
            self._shown = True
            self._progress.start()
