"""Show the demo to a person: a progress line for each scenario while it runs, and a table of what happened."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from localdev.demo.catalogue import read_catalogue
from localdev.demo.narration import Narrator, Report
from localdev.stack import StackOptions, running_stack

QUIET_SWEEP_SECONDS = 59
"""The demo counts requests, so the sweep stays out of what the triggers do."""


def run_demo(state: Path, records: int | None, console: Console) -> Report:
    """Start a stack on a state directory, tell the story and end the stack; progress goes to the console."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
                if not console.is_terminal:
                    console.print(f"{name}: {total} records")
            progress.update(tasks[name], completed=done)

        options = StackOptions(state=state, sweep_seconds=QUIET_SWEEP_SECONDS)
        with running_stack(options, lambda text: console.print(text, style="dim", markup=False)) as stack:
            return Narrator(stack.ready, show).tell(read_catalogue(records))


def show_report(report: Report, console: Console) -> None:
    """Print what happened, what it cost, and every way in which OrderCloud is not as it should be."""
    table = Table(title="What happened", title_justify="left")
    for heading in ("scenario", "records", "became", "calls", "seconds", ""):
        table.add_column(heading, justify="right" if heading in ("records", "calls", "seconds") else "left")
    for each in report.told:
        became = ", ".join(f"{count} {outcome}" for outcome, count in each.actual.items())
        verdict = "[green]ok[/green]" if each.ok else f"[red]expected {each.expected}[/red]"
        row = (each.name, str(each.records), became, str(each.ordercloud_calls), f"{each.seconds:.1f}", verdict)
        table.add_row(*row)
    console.print(table)
    console.print(f"OrderCloud calls: {report.made} made, {report.saved} saved by leaving alone what had not changed.")
    costs = ", ".join(f"{value:g} {name}" for name, value in report.requests_per_record.items())
    console.print(f"Storage requests and event-log writes for one record, intake included: {costs}.")
    for difference in report.differences[:20]:
        console.print(difference, style="red", markup=False)
    verdict = "[green]OrderCloud holds what was posted.[/green]" if report.ok else "[red]Not as it should be.[/red]"
    console.print(f"{verdict} {report.seconds:.0f} s")
