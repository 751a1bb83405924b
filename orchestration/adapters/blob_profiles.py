"""Integration profiles in a container of blobs: one JSON blob per API client, named by its id in lower case."""

import re

from pydantic import ValidationError

from models.record import Json
from orchestration.adapters.blob_container import BlobContainer
from orchestration.adapters.secrets import REFERENCES_ONLY, is_reference
from orchestration.failures import AccountFault
from orchestration.ports import Clock
from orchestration.profile import Profile
from orchestration.stored_json import decode, encode
from ordercloud.cache import SingleFlightCache

REMEMBERED_SECONDS = 60.0
CAPACITY = 10_000
SUFFIX = ".json"

_CLIENT = re.compile(r"[A-Za-z0-9_-]{1,100}")


class BlobProfiles:
    """The port Profiles on a container of blobs; found or not, the answer is remembered for a minute."""

    def __init__(self, container: BlobContainer, clock: Clock, *, development: bool = False) -> None:
        self._container = container
        self._development = development
        self._remembered: SingleFlightCache[str, Profile | AccountFault] = SingleFlightCache(clock, CAPACITY)

    async def get(self, client: str) -> Profile:
        """Return a client's profile; raise AccountFault, which names the field and the rule, when it has no good one.

        Raises StorageUnavailableError, which is not remembered, when the container does not answer.
        """
        if not _CLIENT.fullmatch(client):
            raise AccountFault("a client id has letters, digits, hyphens and underscores only")
        name = client.lower()
        found = await self._remembered.get(name, lambda: self._load(name))
        if isinstance(found, AccountFault):
            raise AccountFault(found.cause)
        return found

    async def clients(self) -> list[str]:
        """Return the ids of all clients that have a profile, in lower case and in their order."""
        names = [blob.name async for blob in self._container.list()]  # what is paused lies beside them
        stems = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
        return [stem for stem in stems if _CLIENT.fullmatch(stem)]

    async def keep(self, content: Json, *, replace: bool = False) -> Profile:
        """Keep a profile and return it; raise AccountFault when it is wrong, LostError when there is one already."""
        client = content.get("ClientID")
        if not isinstance(client, str) or not _CLIENT.fullmatch(client):
            raise AccountFault("ClientID: a client id has letters, digits, hyphens and underscores only")
        name, stored = client.lower(), encode(content)
        profile = _profile(name, stored, development=self._development)
        if not self._development and not is_reference(profile.client_secret):
            raise AccountFault(f"ClientSecret: {REFERENCES_ONLY}")
        if replace:
            await self._container.overwrite(f"{name}{SUFFIX}", stored)
        else:
            await self._container.put(f"{name}{SUFFIX}", stored, None)
        return profile

    async def _load(self, client: str) -> tuple[Profile | AccountFault, float]:
        blob = await self._container.read(f"{client}{SUFFIX}")
        if blob is None:
            return AccountFault(f"there is no integration profile of the client {client}"), REMEMBERED_SECONDS
        try:
            return _profile(client, blob.content, development=self._development), REMEMBERED_SECONDS
        except AccountFault as fault:
            return fault, REMEMBERED_SECONDS


def _profile(client: str, content: bytes, *, development: bool) -> Profile:
    """Return the profile that a blob holds; no message repeats a value of it, which may be the secret.

    Raises:
        AccountFault: it holds none, or another client's.
    """
    where = f"the integration profile of the client {client}"
    try:
        profile = Profile.model_validate(decode(content))
    except ValidationError as error:
        raise AccountFault(f"{where} is wrong: {_rules(error)}") from None
    except ValueError:
        raise AccountFault(f"{where} is not JSON") from None
    if profile.client != client:
        raise AccountFault(f"{where} is wrong: ClientID: it names another client")
    if not development and any(url.startswith("http://") for url in (profile.api_url, profile.auth_url)):
        raise AccountFault(f"{where} is wrong: ApiUrl, AuthUrl: secrets and tokens go over https only")
    return profile


def _rules(error: ValidationError) -> str:
    """Return each wrong field with the rule that it breaks."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'the profile'}: {each['msg']}" for each in details)
