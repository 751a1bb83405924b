"""`orchestrate pauses`: pause and resume what sources post, by the HTTP API.

The exit codes stand in `localdev.operator_console`.
"""

import re
from typing import Annotated
from urllib.parse import quote

import typer

from localdev.operator_console import (
    LAPTOP,
    Api,
    AsJson,
    Json,
    OfType,
    State,
    Token,
    asking,
    client_id,
    console,
    print_json,
    reached,
    say,
)
from localdev.operator_tables import pauses_table
from localdev.operators import OperatorApi

pauses = typer.Typer(no_args_is_help=True, help="See what is paused, pause and resume.")

Client = Annotated[str | None, typer.Option(help="This client: its id, or its name on a laptop.")]
_RESOURCE = re.compile(r"seller$|[^:]*:", re.IGNORECASE)

Resource = Annotated[str | None, typer.Option(help="All clients of this resource: seller, supplier:ID or buyer:ID.")]


@pauses.command("list")
def list_pauses(*, state: State = LAPTOP, api: Api = None, token: Token = None, as_json: AsJson = False) -> None:
    """List what is paused, by whom, since when and why, and how much waits."""
    with asking():
        items = reached(state, api, token).get("pauses")["Items"]
    if as_json:
        print_json({"Items": items})
    elif items:
        console().print(pauses_table(items))
    else:
        say("nothing is paused")


@pauses.command()
def pause(  # noqa: PLR0913 - one for each option
    *,
    client: Client = None,
    resource: Resource = None,
    record_type: OfType = None,
    reason: Annotated[str | None, typer.Option(help="Why, for those who read the list.")] = None,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Pause a client, or all clients of a resource: what they post is accepted and waits."""
    with asking():
        operator = reached(state, api, token)
        body = {} if reason is None else {"Reason": reason}
        paused = operator.put(_path(operator, client, resource), body, recordType=record_type)
    _tell(paused, _nobody(paused), as_json=as_json)


@pauses.command()
def resume(  # noqa: PLR0913 - one for each option
    *,
    client: Client = None,
    resource: Resource = None,
    record_type: OfType = None,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """End a pause: the next sweeps take up what waits."""
    with asking():
        operator = reached(state, api, token)
        resumed = operator.delete(_path(operator, client, resource), recordType=record_type)
    _tell(resumed, "resumed: the next sweeps take up what waits", as_json=as_json)


def _path(operator: OperatorApi, client: str | None, resource: str | None) -> str:
    """Return the path of a pause; it is either a client's or a resource's, and the API tells them by their form."""
    if (client is None) == (resource is None):
        raise typer.BadParameter("say whose records, by one of these: --client or --resource")
    whose = client_id(operator, client) or resource or ""
    if _RESOURCE.match(whose) is None and resource is not None:
        raise typer.BadParameter("a resource is seller, supplier:ID or buyer:ID; --client pauses one client")
    if _RESOURCE.match(whose) and client is not None:
        raise typer.BadParameter(f"{client} is a resource, with all its clients: --resource {client}")
    return f"pauses/{quote(whose, safe=':')}"


def _nobody(paused: Json) -> str:
    """Return a warning where a pause holds nobody, as one of a misspelled resource."""
    if paused["Clients"] or paused["More"]:
        return ""
    whose = paused["Resource"] or paused["Client"]
    return f"warning: no client writes for {whose}, so it holds nothing; `orchestrate profiles list` shows who writes"


def _tell(pause: Json, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(pause)
    else:
        console().print(pauses_table([pause]))
    say(done)
