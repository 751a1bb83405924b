"""Print the figures: `make bench`."""

import asyncio
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.diffing import diff_times
from benchmarks.log_queries import BOUND, EVENTS, log_times
from benchmarks.requests import requests_per_record
from benchmarks.throughput import throughput_ratios


def main() -> None:
    """Measure and print, one table a question."""
    console = Console(highlight=False)
    counted = Table("action", "our requests", "OrderCloud calls", title="One record, intake included")
    for action, (requests, calls) in asyncio.run(requests_per_record()).items():
        counted.add_row(action, str(requests), str(calls))
    console.print(counted)
    timed = Table("case", "ours", "deepdiff", "times faster", title="One diff of a product, microseconds")
    for case, (ours, theirs) in diff_times().items():
        timed.add_row(case, f"{ours:.1f}", f"{theirs:.0f}", f"{theirs / ours:.0f}")
    console.print(timed)
    too_slow = _print_log_times(console)
    with console.status("measuring the pipeline against its own requests"):
        ratios = throughput_ratios()
    rated = Table("records", "with logic", "requests alone", "ratio", title="Records a second on Azurite")
    for case, (with_logic, without, ratio) in ratios.items():
        rated.add_row(case, f"{with_logic:.0f}", f"{without:.0f}", f"{ratio:.2f}")
    console.print(rated)
    if too_slow:
        sys.exit(f"The event log took more than {BOUND} point reads for: {'; '.join(too_slow)}.")


def _print_log_times(console: Console) -> list[str]:
    """Print what questions to the event log take, and return those that take too long."""
    with console.status("asking a log of many events"):
        times = log_times()
    title = f"{EVENTS:,} events in SQLite; one point read takes {times.point_read * 1_000:.3f} ms"
    table = Table("question", "milliseconds", "point reads", title=title)
    for asked in (times.questions, times.unbounded):
        for question, seconds in asked.items():
            table.add_row(question, f"{seconds * 1_000:.2f}", f"{seconds / times.point_read:.1f}")
        table.add_section()
    console.print(table)
    return times.too_slow()


if __name__ == "__main__":
    main()
