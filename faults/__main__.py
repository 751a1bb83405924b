"""Do to the stack what may happen to it, and tell what came of it: `make faults`."""

import json
import signal
import tempfile
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from faults.outage_minute import MOST_CALLS
from faults.outcomes import Outcome
from faults.scenarios import SCENARIOS, SHORT, Run, Wanted
from faults.stage import StageError
from localdev.processes import ChildError

LINES = 20
"""How many problems of one outcome a person is shown; `--json` has all of them."""
errors = Console(stderr=True, highlight=False)


def faults(
    only: Annotated[list[str] | None, typer.Option(help=f"A scenario: {', '.join(SCENARIOS)}.")] = None,
    seed: Annotated[int, typer.Option(help="Decides what is left to chance.")] = 7,
    most_calls: Annotated[
        int, typer.Option(help="The most calls that OrderCloud may get in the outage of a minute.")
    ] = MOST_CALLS,
    *,
    short: Annotated[bool, typer.Option(help="A minute's choice of each kind of fault.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")] = False,
) -> None:
    """Run fault scenarios on the full stack; exit with 1 on any loss, double or mismatch."""
    if unknown := set(only or ()) - SCENARIOS.keys():
        raise typer.BadParameter(f"there is no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, _interrupt)
    begun = time.monotonic()
    chosen = only or list(SHORT if short else SCENARIOS)
    outcomes = [outcome for name in chosen for outcome in run_scenario(name, Wanted(seed, short, most_calls))]
    ok, seconds = all(outcome.ok for outcome in outcomes), time.monotonic() - begun
    if as_json:
        report = {
            "Ok": ok,
            "Seconds": round(seconds, 1),
            "Seed": seed,
            "Outcomes": [each.to_json() for each in outcomes],
        }
        print(json.dumps(report), flush=True)
    else:
        show(outcomes, Console(highlight=False))
        print(f"{'All as it should be.' if ok else 'Not as it should be.'} {seconds:.0f} s, seed {seed}")
    raise typer.Exit(0 if ok else 1)


def run_scenario(name: str, wanted: Wanted) -> list[Outcome]:
    """Run one scenario on a stack of its own; one that cannot go on is an outcome with that problem."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix=f"faults-{name}-") as directory,
        Progress(*columns, console=errors, transient=not errors.is_terminal) as progress,
    ):
        task = progress.add_task(f"{name}: starting")

        def tell(text: str) -> None:
            progress.update(task, description=f"{name}: {text}")
            if not errors.is_terminal:
                errors.print(f"{name}: {text}", style="dim", markup=False)

        try:
            return SCENARIOS[name](Run(Path(directory) / "state", wanted, tell))
        except (StageError, ChildError) as error:
            return [Outcome(name, "", "", "it could not go on", (str(error),))]


def show(outcomes: list[Outcome], console: Console) -> None:
    """Print the table, and below it every problem."""
    table = Table("scenario", "fault", "action", "outcome", "", title="Faults", title_justify="left")
    for each in outcomes:
        verdict = "[green]ok[/green]" if each.ok else f"[red]{len(each.problems)} problems[/red]"
        table.add_row(each.scenario, each.fault, each.action, each.became, verdict)
    console.print(table)
    for each in outcomes:
        for problem in each.problems[:LINES]:
            console.print(f"{each.scenario}, {each.fault}, {each.action}: {problem}", style="red", markup=False)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(faults)
