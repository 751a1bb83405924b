"""Secrets of Azure Key Vault, by the names of a vault and of a secret in it."""

import asyncio
from collections.abc import Callable
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.keyvault.secrets.aio import SecretClient

from orchestration.failures import AccountFault, Failure, Unavailable

SECONDS = 8.0
"""The longest that one secret is waited for, with all retries."""


class KeyVaults:
    """The vaults that references name; a client is made for each when it is first needed."""

    def __init__(
        self, credential: Callable[[], AsyncTokenCredential], transport: AsyncHttpTransport[Any, Any] | None = None
    ) -> None:
        self._credential = credential
        self._transport = transport
        self._clients: dict[str, SecretClient] = {}

    async def read(self, vault: str, name: str) -> str:
        """Return the current value of a secret.

        Raises:
            AccountFault: there is none, it is disabled, or we may not read it.
            Unavailable: the vault does not answer.
        """
        try:
            async with asyncio.timeout(SECONDS):
                secret = await self._client(vault).get_secret(name)
        except HttpResponseError as error:
            raise _failure(vault, name, error.status_code) from error
        except (AzureError, TimeoutError) as error:
            raise Unavailable(f"key vault {vault}: {type(error).__name__}") from error
        if not secret.value:
            raise AccountFault(f"key vault {vault}: the secret {name} is empty")
        return secret.value

    async def close(self) -> None:
        """Close the connections."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    def _client(self, vault: str) -> SecretClient:
        if vault not in self._clients:
            options = {"transport": self._transport} if self._transport else {}
            url = f"https://{vault}.vault.azure.net"
            self._clients[vault] = SecretClient(url, self._credential(), retry_total=2, **options)
        return self._clients[vault]


def _failure(vault: str, name: str, status: int | None) -> Failure:
    """Return what an answer means: a secret that cannot be had as it is, or a vault that cannot answer now."""
    if status is None or status in (408, 429) or status >= 500:  # noqa: PLR2004 - HTTP's own numbers
        return Unavailable(f"key vault {vault} answered {status}")
    return AccountFault(f"key vault {vault}: the secret {name} cannot be read ({status})")
