"""Resolves references to secrets. No message of an error holds a secret, nor a text that may be one."""

import re
from collections.abc import Mapping
from typing import Protocol

from orchestration.failures import AccountFault
from orchestration.ports import Clock
from ordercloud.cache import SingleFlightCache

REMEMBERED_SECONDS = 300.0
CAPACITY = 1_000
REFERENCES_ONLY = "a secret is given by a reference, env:NAME or keyvault:VAULT/NAME, never as it is"

_ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]{0,200})")
_KEY_VAULT = re.compile(r"keyvault:([A-Za-z0-9-]{3,24})/([A-Za-z0-9-]{1,127})")


class Vaults(Protocol):
    """What is needed of key vaults."""

    async def read(self, vault: str, name: str) -> str:
        """Return a secret's value; raise AccountFault or Unavailable."""
        ...


class ReferencedSecrets:
    """The port Secrets: `env:NAME`, `keyvault:VAULT/NAME`, and in development the secret itself.

    What a vault gave is remembered for five minutes; the environment is read each time.
    """

    def __init__(self, environment: Mapping[str, str], vaults: Vaults, clock: Clock, *, development: bool) -> None:
        self._environment = environment
        self._vaults = vaults
        self._development = development
        self._remembered: SingleFlightCache[str, str] = SingleFlightCache(clock, CAPACITY)

    async def resolve(self, reference: str) -> str:
        """Return the secret that a reference names; raise AccountFault or Unavailable."""
        if variable := _ENVIRONMENT.fullmatch(reference):
            return self._of_environment(variable[1])
        if secret := _KEY_VAULT.fullmatch(reference):
            vault, name = secret.groups()
            return await self._remembered.get(reference, lambda: self._of_vault(vault, name))
        if reference.startswith(("env:", "keyvault:")):
            raise AccountFault("a secret's reference is written env:NAME or keyvault:VAULT/NAME")
        if not self._development:
            raise AccountFault(REFERENCES_ONLY)
        return reference

    def _of_environment(self, name: str) -> str:
        value = self._environment.get(name)
        if not value:
            raise AccountFault(f"the environment variable {name}, which a secret's reference names, is not set")
        return value

    async def _of_vault(self, vault: str, name: str) -> tuple[str, float]:
        return await self._vaults.read(vault, name), REMEMBERED_SECONDS


def is_reference(text: str) -> bool:
    """Tell whether a text is written as a reference to a secret, so that it is none itself."""
    return bool(_ENVIRONMENT.fullmatch(text) or _KEY_VAULT.fullmatch(text))
