"""What `orchestrate up`, `demo` and `provision` do: results go to standard output, all else to standard error."""

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from localdev.demo.narration import DemoError
from localdev.demo.screen import run_demo, show_report
from localdev.environment import ProvisionError, provision_environment
from localdev.event_logs import EventLogError, event_log_of
from localdev.operator_console import heed_signals
from localdev.processes import ChildError
from localdev.stack import StackOptions, ready_line, running_stack
from orchestration.ports import StorageUnavailableError
from orchestration.settings import Settings

errors = Console(stderr=True, highlight=False)


def stay(*, as_json: bool, **options: Any) -> None:
    """Run a stack, by the options of `StackOptions`, until a signal ends it."""
    heed_signals()
    try:
        event_log, log_format = event_log_of(os.environ), os.environ.get("LOG_FORMAT", "text")
        with running_stack(StackOptions(event_log=event_log, log_format=log_format, **options), _say) as stack:
            if as_json:
                print(ready_line(stack), flush=True)
            else:
                _show(stack.ready)
            stack.watch()
    except KeyboardInterrupt:
        _say("everything has ended")
    except (ChildError, EventLogError, StorageUnavailableError, OSError) as error:
        raise _failed(error) from error


def tell(state: Path | None, records: int | None, *, as_json: bool) -> None:
    """Run the demo, and end with the exit code that says whether OrderCloud ended as it should."""
    heed_signals()
    try:
        with ExitStack() as stack:
            place = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orchestrate-demo-")))
            report = run_demo(place, records, errors)
    except (ChildError, DemoError, OSError) as error:
        raise _failed(error) from error
    if as_json:
        print(json.dumps(report.to_json()), flush=True)
    else:
        show_report(report, Console(highlight=False))
    raise typer.Exit(0 if report.ok else 1)


def make(max_throughput: int | None, *, as_json: bool) -> None:
    """Make what the settings of the environment name, and tell what was there already."""
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


def _say(text: str) -> None:
    """Tell a person what goes on; machines read standard output."""
    errors.print(text, style="dim", markup=False)


def _failed(error: Exception) -> typer.Exit:
    """Say what went wrong and return the exit that says so."""
    errors.print(str(error), style="red", markup=False)
    return typer.Exit(1)
