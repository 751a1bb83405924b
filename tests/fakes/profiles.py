"""Integration profiles and secrets in memory."""

import asyncio
from typing import Any

from pydantic import ValidationError

from models.record import Json
from orchestration.failures import AccountFault
from orchestration.ports import LostError
from orchestration.profile import Profile


def profile_of(client: str = "erp", **fields: Any) -> Profile:
    """Return a seller's profile; `fields` replace its fields by their names in JSON."""
    return Profile.model_validate(
        {
            "Marketplace": "acme",
            "ApiUrl": "https://api.test",
            "AuthUrl": "https://auth.test",
            "ClientID": client,
            "ClientSecret": "env:SECRET",
            "Resource": "seller",
            **fields,
        }
    )


class MemoryProfiles:
    """The port Profiles: what is put in is there at once; `asked` are the clients asked for, in order."""

    def __init__(self, *profiles: Profile) -> None:
        self._profiles: dict[str, Profile] = {}
        self.asked: list[str] = []
        for profile in profiles:
            self.put(profile)

    def put(self, profile: Profile) -> None:
        """Have a client's profile, in the place of its earlier one."""
        self._profiles[profile.client] = profile

    def remove(self, client: str) -> None:
        """Have no profile of a client any more."""
        del self._profiles[client.lower()]

    async def get(self, client: str) -> Profile:
        """Return a client's profile; raise AccountFault when there is none."""
        await asyncio.sleep(0)
        self.asked.append(client)
        found = self._profiles.get(client.lower())
        if found is None:
            raise AccountFault(f"there is no integration profile of the client {client}")
        return found

    async def clients(self) -> list[str]:
        """Return the ids of all clients that have a profile."""
        await asyncio.sleep(0)
        return sorted(self._profiles)

    async def keep(self, content: Json, *, replace: bool = False) -> Profile:
        """Keep a profile and return it."""
        await asyncio.sleep(0)
        try:
            profile = Profile.model_validate(content)
        except ValidationError as error:
            raise AccountFault("; ".join(str(each["loc"][0]) for each in error.errors())) from None
        if profile.client in self._profiles and not replace:
            raise LostError(profile.client)
        self.put(profile)
        return profile


class MemorySecrets:
    """The port Secrets: secrets by their references; `asked` are the references asked for, in order."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = {f"env:{name}": value for name, value in secrets.items()}
        self.asked: list[str] = []

    async def resolve(self, reference: str) -> str:
        """Return the secret that a reference names; raise AccountFault when there is none."""
        await asyncio.sleep(0)
        self.asked.append(reference)
        if reference not in self.secrets:
            raise AccountFault("the secret is not set")
        return self.secrets[reference]
