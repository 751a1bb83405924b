"""`orchestrate profiles`: add integration profiles, list them, and check them from end to end.

Exit codes: 0 done, or all is well; 1 it was refused, or something is amiss; 2 it could not be looked at.
"""

import json
from typing import Annotated, Any

import typer

from localdev.operator_console import LAPTOP, AsJson, SettingsFile, State, console, named, print_json, say, text_of
from localdev.profile_tables import findings_table, profiles_table

AMISS = 1

type Json = dict[str, Any]

profiles = typer.Typer(no_args_is_help=True, help="Add, check and list integration profiles.")


@profiles.command()
def add(
    file: Annotated[str, typer.Argument(help="The profile as JSON: a file, or - for standard input.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the one that the client has.")] = False,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Keep a profile, once it is checked; its secret is a reference: env:NAME or keyvault:VAULT/NAME."""
    content = _read(file)
    from localdev.account import run  # noqa: PLC0415 - it takes a second or two, which other commands are spared
    from localdev.profile_keeping import NotKeptError, kept  # noqa: PLC0415 - likewise

    try:
        profile = run(kept(state, settings, content, replace=replace))
    except NotKeptError as refused:
        say(str(refused))
        raise typer.Exit(AMISS) from refused
    if as_json:
        print_json(profile)
    else:
        console().print(profiles_table([profile], []))
        say("Instances that have read an earlier one heed this one within a minute.")


@profiles.command("list")
def list_profiles(*, state: State = LAPTOP, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """List the profiles, without secrets."""
    from localdev.account import run  # noqa: PLC0415 - it takes a second or two, which other commands are spared
    from localdev.profile_keeping import listed  # noqa: PLC0415 - likewise

    items, wrong = run(listed(state, settings))
    if as_json:
        print_json({"Items": items, "Wrong": wrong})
    else:
        console().print(profiles_table(items, wrong))
    raise typer.Exit(AMISS if wrong else 0)


@profiles.command()
def check(
    client: Annotated[str | None, typer.Argument(help="Only this client's: its id, or its name on a laptop.")] = None,
    *,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="A type that it has to be able to write; may be repeated.")
    ] = None,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Check that secrets resolve, OrderCloud grants tokens and roles suffice; tell the cure of what does not."""
    from localdev.account import run  # noqa: PLC0415 - it takes a second or two, which other commands are spared
    from localdev.profile_keeping import checked  # noqa: PLC0415 - likewise

    items = run(checked(state, settings, client, types or []))
    if as_json:
        print_json({"Items": items})
    else:
        console().print(findings_table(items))
    well = all(finding["Ok"] for item in items for finding in item["Findings"])
    raise typer.Exit(0 if items and well else AMISS)


def _read(file: str) -> Json:
    text = text_of(file)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{named(file)} holds no JSON that can be read: {error}") from error
    if not isinstance(content, dict):
        raise typer.BadParameter(f"{named(file)} holds no profile: a JSON object")
    return content
