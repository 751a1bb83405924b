"""`orchestrate verify` and `orchestrate cache rebuild`: prove that OrderCloud equals the cache, correct, rebuild.

Exit codes: 0 equal, or all was read anew; 1 differences, or something was left as it was; 2 it could not be looked at.
"""

from typing import Annotated

import typer

from localdev.operator_console import COULD_NOT_LOOK, LAPTOP, AsJson, SettingsFile, State, console, print_json
from localdev.verify_tables import differences_table, rebuilt_table

DIFFERENT = 1

cache = typer.Typer(no_args_is_help=True, help="Rebuild the cache.")

OfType = Annotated[str | None, typer.Argument(metavar="TYPE", help="Only this record type.")]
Client = Annotated[str | None, typer.Option(help="Only what this client has applied: its id, or its name on a laptop.")]


def verify(
    record_type: OfType = None,
    *,
    client: Client = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="Put applied postings through again; learn the rest.")
    ] = False,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Prove that OrderCloud equals the cache, or tell every difference."""
    from localdev.account import run  # noqa: PLC0415 - it takes a second or two, which other commands are spared
    from localdev.verification import remaining, verified  # noqa: PLC0415 - likewise

    answer = run(verified(state, settings, record_type, client, correct=correct))
    if as_json:
        print_json(answer)
    else:
        console().print(differences_table(answer))
    raise typer.Exit(DIFFERENT if remaining(answer) else COULD_NOT_LOOK if answer["Unread"] else 0)


@cache.command()
def rebuild(
    record_type: OfType = None,
    *,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again, where an earlier one was interrupted.")] = False,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Read anew what OrderCloud has of every record; interrupted, it goes on where it stopped.

    What was changed there is taken for true, and is not corrected any more: `orchestrate verify --correct` first.
    """
    from localdev.account import run  # noqa: PLC0415 - it takes a second or two, which other commands are spared
    from localdev.verification import rebuilt  # noqa: PLC0415 - likewise

    answer = run(rebuilt(state, settings, record_type, anew=anew))
    if as_json:
        print_json(answer)
    else:
        console().print(rebuilt_table(answer))
    raise typer.Exit(COULD_NOT_LOOK if answer["Unread"] else DIFFERENT if answer["Left"] else 0)
