"""What `orchestrate profiles` does: keeps profiles, lists them without secrets, and checks them."""

from pathlib import Path
from typing import Any

import typer

from localdev.account import client_ids, opened, profiles_of, type_names
from orchestration.adapters.secrets import is_reference
from orchestration.failures import AccountFault
from orchestration.ports import LostError
from orchestration.profile import Profile
from orchestration.profile_checks import check_profile

type Json = dict[str, Any]


class NotKeptError(Exception):
    """The profile is not kept; the message says why."""


async def kept(state: Path, settings: str | None, content: Json, *, replace: bool) -> Json:
    """Keep a profile and return it without a secret.

    Raises:
        NotKeptError: it is wrong, or the client has one already, which is not to be replaced.
    """
    async with opened(state, settings) as app:
        try:
            return _shown(await app.ports.profiles.keep(content, replace=replace))
        except AccountFault as fault:
            raise NotKeptError(fault.cause) from fault
        except LostError as there:
            raise NotKeptError("the client has a profile already: --replace replaces it") from there


async def listed(state: Path, settings: str | None) -> tuple[list[Json], list[str]]:
    """Return the good profiles without secrets, and what is wrong with the others."""
    async with opened(state, settings) as app:
        good, wrong = await profiles_of(app)
        return [_shown(profile) for profile in good], wrong


async def checked(state: Path, settings: str | None, client: str | None, types: list[str]) -> list[Json]:
    """Return what is found of one client's profile, by its id or its name on a laptop, or of all."""
    client_id = client_ids(state, settings).get(client or "", client)
    async with opened(state, settings) as app:
        if unknown := [name for name in types if app.registry.find(name) is None]:
            raise typer.BadParameter(f"there is no record type {', '.join(unknown)}; there are {type_names(app)}")
        return [
            {
                "Client": each,
                "Findings": [
                    found.to_json() async for found in check_profile(app.ports, app.secrets, app.registry, each, types)
                ],
            }
            for each in ([client_id] if client_id else await app.ports.profiles.clients())
        ]


def _shown(profile: Profile) -> Json:
    """Return a profile as people may see it: where its secret is kept, and never a secret itself."""
    shown = profile.model_dump(mode="json", by_alias=True, exclude={"policies"})
    policies = profile.model_dump(mode="json", by_alias=True, include={"policies"}, exclude_unset=True)
    kept = profile.client_secret if is_reference(profile.client_secret) else "(given as it is)"
    return {**shown, "ClientSecret": kept, "Policies": policies.get("Policies", {})}
