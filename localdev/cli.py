"""The `orchestrate` command: what developers and operators run. Results go to standard output, all else to error."""

import json
import os
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from localdev.demo.narration import DemoError
from localdev.demo.screen import run_demo, show_report
from localdev.environment import ProvisionError, provision_environment
from localdev.event_logs import EventLogError, event_log_of
from localdev.host.faults import TriggerFaults
from localdev.operator_cli import deadletters
from localdev.operator_logs import logs, stats
from localdev.operator_pauses import pauses
from localdev.plan_cli import explain, plan
from localdev.processes import ChildError
from localdev.profiles_cli import profiles
from localdev.stack import StackOptions, ready_line, running_stack
from localdev.verify_cli import cache, verify
from orchestration.ports import StorageUnavailableError
from orchestration.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(deadletters, name="deadletters")
app.add_typer(pauses, name="pauses")
app.command()(plan)
app.command()(explain)
app.add_typer(cache, name="cache")
app.add_typer(profiles, name="profiles")
app.command()(verify)
app.command()(logs)
app.command()(stats)
errors = Console(stderr=True, highlight=False)

State = Annotated[Path, typer.Option(help="The directory that keeps everything.", envvar="ORCHESTRATE_STATE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")]


def _faults(text: str | None) -> str | None:
    """Check the trigger's faults before anything is started."""
    try:
        if text is not None:
            TriggerFaults.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return text


@app.callback()
def orchestrate() -> None:
    """Run Product Orchestration on this machine."""


@app.command()
def up(
    state: State = Path(".orchestrate"),
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port of the HTTP API; 0 for a free one.")] = 0,
    claim_seconds: Annotated[float, typer.Option(min=1, help="How long a claim on a record holds.")] = 60,
    sweep_seconds: Annotated[int, typer.Option(min=1, max=59, help="How often the sweep runs.")] = 10,
    trigger_faults: Annotated[
        str | None,
        typer.Option(help="Let the blob trigger misbehave: duplicate=0.2,drop=0.1,delay=2,seed=7.", callback=_faults),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine and stay until Ctrl-C."""
    _heed_signals()
    try:
        options = StackOptions(
            state=state,
            port=port,
            trigger_faults=trigger_faults,
            claim_seconds=claim_seconds,
            sweep_seconds=sweep_seconds,
            event_log=event_log_of(os.environ),
        )
        with running_stack(options, _say) as stack:
            if as_json:
                print(ready_line(stack), flush=True)
            else:
                _show(stack.ready)
            stack.watch()
    except KeyboardInterrupt:
        _say("everything has ended")
    except (ChildError, EventLogError, StorageUnavailableError, OSError) as error:
        raise _failed(error) from error


@app.command()
def demo(
    state: Annotated[Path | None, typer.Option(help="A directory to keep; by default one that is removed.")] = None,
    records: Annotated[int | None, typer.Option(min=80, help="How many rows of the catalogue; all by default.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run the whole story on a real catalogue: create, unchanged, patch, update, drift, delete, refused, parked."""
    _heed_signals()
    try:
        with ExitStack() as stack:
            place = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orchestrate-demo-")))
            report = run_demo(place, records, errors)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (ChildError, DemoError, OSError) as error:
        raise _failed(error) from error
    if as_json:
        print(json.dumps(report.to_json()), flush=True)
    else:
        show_report(report, Console(highlight=False))
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def provision(
    max_throughput: Annotated[
        int | None,
        typer.Option(min=1_000, help="Let a new Cosmos DB container scale up to so many RU/s; not on serverless."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make the containers and the database that the app's settings name; what is there already stays as it is."""
    try:
        made = provision_environment(Settings(), max_throughput=max_throughput)
    except (ProvisionError, StorageUnavailableError, ValueError) as error:
        raise _failed(error) from error
    if as_json:
        print(json.dumps({"Items": [{"Name": name, "Made": new} for name, new in made.items()]}), flush=True)
    else:
        for name, new in made.items():
            print(f"{name}: {'made' if new else 'there already'}")


def _show(ready: dict[str, Any]) -> None:
    """Say to a person where everything is, and who may use it."""
    console = Console(highlight=False)
    places = Table.grid(padding=(0, 2))
    places.add_row("HTTP API", ready["api"])
    places.add_row("OrderCloud sandbox", ready["sandbox"]["api"])
    places.add_row("its control API", ready["sandbox"]["control"])
    places.add_row("event log", ready["event_log"]["address"])
    places.add_row("host's log", ready["logs"]["host"])
    places.add_row("state", ready["state"])
    clients = Table("client", "writes for", "client id", "client secret", box=SIMPLE)
    for client in ready["clients"]:
        clients.add_row(client["name"], client["resource"], client["client_id"], client["client_secret"])
    console.print(places, clients, "Ready. Ctrl-C ends it.", soft_wrap=True)


def _heed_signals() -> None:
    """End in good order on SIGTERM, and on Ctrl-C also where a shell started us in the background."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)


def _say(text: str) -> None:
    """Tell a person what goes on; machines read standard output."""
    errors.print(text, style="dim", markup=False)


def _failed(error: Exception) -> typer.Exit:
    """Say what went wrong and return the exit that says so."""
    errors.print(str(error), style="red", markup=False)
    return typer.Exit(1)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    app(prog_name="orchestrate")


if __name__ == "__main__":
    main()
