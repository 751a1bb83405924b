"""What the operators' commands have in common: their options, whom they ask, and how they print and end.

Exit codes: 0 done; 1 nothing matched, or not all that did could be done; 2 it was asked wrongly; 3 nobody to ask;
130 it was interrupted. Those that ask storage and OrderCloud themselves have 2 also for what could not be looked at.
"""

import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from localdev.operators import NotReachedError, OperatorApi, RefusedError, laptop_operator

NOT_ALL, WRONGLY, NOBODY = 1, 2, 3
COULD_NOT_LOOK = WRONGLY
LAPTOP = Path(".orchestrate")
STDIN = "-"
WIDE = 240
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]+")

type Json = dict[str, Any]

State = Annotated[Path, typer.Option(help="The state directory of the running stack.", envvar="ORCHESTRATE_STATE")]
Api = Annotated[str | None, typer.Option(help="Another API than the laptop's: its URL, with /api at the end.")]
Token = Annotated[str | None, typer.Option(help="An operator's token for that API.", envvar="ORCHESTRATE_TOKEN")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on one line.")]
Client = Annotated[str | None, typer.Option(help="Only of this client: its id, or its name on a laptop.")]
OfType = Annotated[str | None, typer.Option("--type", help="Only of this record type.")]
ErrorType = Annotated[str | None, typer.Option(help="Only of this class of failure.")]
ErrorCode = Annotated[str | None, typer.Option(help="Only with this code of OrderCloud's.")]
SettingsFile = Annotated[
    str | None,
    typer.Option("--settings", help="An account's settings: a file as local.settings.json, or `env` for this shell's."),
]


def reached(state: Path, api: str | None, token: str | None) -> OperatorApi:
    """Return the API that the options name: a laptop's, or another one."""
    if api is None:
        return laptop_operator(state)
    if token is None:
        raise typer.BadParameter("an API needs a token of an operator's: --token, or ORCHESTRATE_TOKEN")
    if not _TOKEN.fullmatch(token := token.strip()):
        raise typer.BadParameter("the token has something else than letters, digits and _ . = -")
    return OperatorApi(api, token)


def client_id(operator: OperatorApi, client: str | None) -> str | None:
    """Return a client's id by its id or its name, with a warning where a laptop has none of that name."""
    if client is not None and (names := operator.unknown(client)):
        say(f"warning: no client of this laptop is called {client}; there are {', '.join(names)}")
    return operator.client_id(client)


def text_of(file: str) -> str:
    """Return what a file holds, or standard input where it is `-`.

    Raises:
        typer.BadParameter: it cannot be read.
    """
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{named(file)} is no text in UTF-8") from error


def named(file: str) -> str:
    """Return a file as people call it."""
    return "standard input" if file == STDIN else file


def console() -> Console:
    """Return where a person reads; what goes into a file or a pipe is not wrapped to the width of a screen."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=WIDE)


def print_json(value: Json) -> None:
    """Print what machines read."""
    print(json.dumps(value), flush=True)


def say(text: str) -> None:
    """Tell a person something; machines read standard output."""
    if text:
        Console(stderr=True, highlight=False).print(text, style="dim", markup=False, soft_wrap=True)


def heed_signals() -> None:
    """Have SIGTERM end what stays as Ctrl-C does, and Ctrl-C also where a shell started us in the background.

    A shell without job control has what it starts by `&` ignore SIGINT, and a child inherits that.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def asking() -> Iterator[None]:
    """Turn what the API refuses, and one that cannot be reached, into exit codes."""
    try:
        yield
    except RefusedError as refused:
        say(str(refused))
        raise typer.Exit(WRONGLY) from refused
    except NotReachedError as nobody:
        say(str(nobody))
        raise typer.Exit(NOBODY) from nobody
