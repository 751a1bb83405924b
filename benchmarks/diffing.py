"""Time our diff against deepdiff's, on the same pair of values, in the same run."""

import statistics
import timeit
from collections.abc import Callable

from deepdiff import DeepDiff

from benchmarks.samples import posted, shown
from models.record_types import REGISTRY
from orchestration.diff import calculate_diff

REPEATS = 7
LOOPS = 200


def diff_times() -> dict[str, tuple[float, float]]:
    """Return microseconds of our diff and of deepdiff's, by case."""
    record_type, was = REGISTRY["product"], posted(1)
    current = shown(was)
    cases = {"unchanged": posted(1), "one field changed": posted(1, 3.0)}
    return {
        name: (
            _microseconds(lambda now=now: calculate_diff(record_type, now, was, current, {})),
            _microseconds(lambda now=now: DeepDiff(current, now)),
        )
        for name, now in cases.items()
    }


def _microseconds(work: Callable[[], object]) -> float:
    """Return the median time of one call."""
    runs = timeit.repeat(work, number=LOOPS, repeat=REPEATS)
    return statistics.median(runs) / LOOPS * 1e6
