"""`orchestrate profiles`: add integration profiles, list them, and check them from end to end.

Exit codes: 0 done, or all is well; 1 it was refused, or something is amiss; 2 it could not be looked at.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from localdev.account import client_ids, opened, profiles_of
from localdev.operator_console import LAPTOP, AsJson, State, console, print_json, say
from localdev.profile_tables import findings_table, profiles_table
from localdev.verify_cli import SettingsFile, run
from orchestration.adapters.secrets import is_reference
from orchestration.failures import AccountFault
from orchestration.ports import LostError
from orchestration.profile import Profile
from orchestration.profile_checks import check_profile

AMISS = 1
STDIN = "-"

if TYPE_CHECKING:
    from orchestration.bootstrap import App

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

    async def keep() -> Json:
        async with opened(state, settings) as app:
            return _shown(await app.ports.profiles.keep(content, replace=replace))

    try:
        kept = run(keep())
    except AccountFault as fault:
        say(fault.cause)
        raise typer.Exit(AMISS) from fault
    except LostError as there:
        say("the client has a profile already: --replace replaces it")
        raise typer.Exit(AMISS) from there
    if as_json:
        print_json(kept)
    else:
        console().print(profiles_table([kept], []))
        say("Instances that have read an earlier one heed this one within a minute.")


@profiles.command("list")
def list_profiles(*, state: State = LAPTOP, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """List the profiles, without secrets."""

    async def listed() -> tuple[list[Json], list[str]]:
        async with opened(state, settings) as app:
            good, wrong = await profiles_of(app)
            return [_shown(profile) for profile in good], wrong

    items, wrong = run(listed())
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
    client_id = client_ids(state, settings).get(client or "", client)

    async def checked() -> list[Json]:
        async with _app_for_types(state, settings, types or []) as app:
            clients = [client_id] if client_id else await app.ports.profiles.clients()
            return [
                {"Client": each, "Findings": [found.to_json() async for found in _findings(app, each, types or [])]}
                for each in clients
            ]

    items = run(checked())
    if as_json:
        print_json({"Items": items})
    else:
        console().print(findings_table(items))
    well = all(finding["Ok"] for item in items for finding in item["Findings"])
    raise typer.Exit(0 if items and well else AMISS)


def _findings(app: "App", client: str, types: list[str]) -> AsyncIterator[Any]:
    return check_profile(app.ports, app.secrets, app.registry, client, types)


@asynccontextmanager
async def _app_for_types(state: Path, settings: str | None, types: list[str]) -> "AsyncIterator[App]":
    async with opened(state, settings) as app:
        if unknown := [name for name in types if app.registry.find(name) is None]:
            raise typer.BadParameter(f"there is no record type {', '.join(unknown)}")
        yield app


def _read(file: str) -> Json:
    try:
        text = sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{file} holds no JSON that can be read") from error
    if not isinstance(content, dict):
        raise typer.BadParameter(f"{file} holds no profile: a JSON object")
    return content


def _shown(profile: Profile) -> Json:
    """Return a profile as people may see it: where its secret is kept, and never a secret itself."""
    shown = profile.model_dump(mode="json", by_alias=True, exclude={"policies"})
    policies = profile.model_dump(mode="json", by_alias=True, include={"policies"}, exclude_unset=True)
    kept = profile.client_secret if is_reference(profile.client_secret) else "(given as it is)"
    return {**shown, "ClientSecret": kept, "Policies": policies.get("Policies", {})}
