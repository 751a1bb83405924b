"""The app's Azure credential: its managed identity, or on a laptop whoever is signed in to Azure."""

from azure.identity.aio import DefaultAzureCredential


class AzureIdentity:
    """One credential for the whole process, made when it is first needed."""

    def __init__(self) -> None:
        self._credential: DefaultAzureCredential | None = None

    def credential(self) -> DefaultAzureCredential:
        """Return the credential; no token is asked for yet. `AZURE_CLIENT_ID` names a user-assigned identity."""
        if self._credential is None:
            self._credential = DefaultAzureCredential()
        return self._credential

    async def close(self) -> None:
        """Close its connections, if there are any."""
        if self._credential is not None:
            await self._credential.close()
            self._credential = None
