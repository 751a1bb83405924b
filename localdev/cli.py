"""The `orchestrate` command: what developers and operators run. Results go to standard output, all else to error."""

from pathlib import Path
from typing import Annotated

import typer

from localdev.host.faults import TriggerFaults
from localdev.operator_cli import deadletters
from localdev.operator_console import AsJson
from localdev.operator_logs import logs, stats
from localdev.operator_pauses import pauses
from localdev.plan_cli import explain, plan
from localdev.profiles_cli import profiles
from localdev.verify_cli import cache, verify

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

State = Annotated[Path, typer.Option(help="The directory that keeps everything.", envvar="ORCHESTRATE_STATE")]


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
    from localdev.laptop import stay  # noqa: PLC0415 - it takes a second or two, which other commands are spared

    stay(
        state=state,
        port=port,
        trigger_faults=trigger_faults,
        claim_seconds=claim_seconds,
        sweep_seconds=sweep_seconds,
        as_json=as_json,
    )


@app.command()
def demo(
    state: Annotated[Path | None, typer.Option(help="A directory to keep; by default one that is removed.")] = None,
    records: Annotated[int | None, typer.Option(min=80, help="How many rows of the catalogue; all by default.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run the whole story on a real catalogue: create, unchanged, patch, update, drift, delete, refused, parked."""
    from localdev.laptop import tell  # noqa: PLC0415 - likewise

    tell(state, records, as_json=as_json)


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
    from localdev.laptop import make  # noqa: PLC0415 - likewise

    make(max_throughput, as_json=as_json)


def main() -> None:
    """Run the command line."""
    app(prog_name="orchestrate")


if __name__ == "__main__":
    main()
