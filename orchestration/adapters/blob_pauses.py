"""What is paused, in a container of blobs: one blob per marketplace, beside the integration profiles.

A client id has no slash in it, so no profile lies at such a name.
"""

from orchestration.adapters.blob_container import BlobContainer
from orchestration.failures import AccountFault
from orchestration.paths import encode as segment
from orchestration.pauses import Pause, pauses_from_json, pauses_to_json
from orchestration.ports import Clock, PausesRead
from orchestration.stored_json import decode, encode
from ordercloud.cache import SingleFlightCache

REMEMBERED_SECONDS = 10.0
CAPACITY = 10_000


class BlobPauses:
    """The port Pauses on a container of blobs; what `get` has found is remembered for ten seconds."""

    def __init__(self, container: BlobContainer, clock: Clock) -> None:
        self._container = container
        self._remembered: SingleFlightCache[str, tuple[Pause, ...] | AccountFault] = SingleFlightCache(clock, CAPACITY)

    async def get(self, marketplace: str) -> tuple[Pause, ...]:
        """Return what is paused in a marketplace; raise AccountFault when what is kept of it cannot be read."""
        name = _name(marketplace)
        found = await self._remembered.get(name, lambda: self._load(marketplace))
        if isinstance(found, AccountFault):
            raise AccountFault(found.cause)
        return found

    async def read(self, marketplace: str) -> PausesRead:
        """Return what is paused now, with the ETag of its blob; raise AccountFault when it cannot be read."""
        blob = await self._container.read(_name(marketplace))
        if blob is None:
            return PausesRead((), None)
        try:
            return PausesRead(pauses_from_json(decode(blob.content)), blob.etag)
        except ValueError as error:
            raise AccountFault(f"what is paused cannot be read: {_name(marketplace)}: {error}") from error

    async def put(self, marketplace: str, pauses: tuple[Pause, ...], etag: str | None) -> None:
        """Store what is paused in the state that an ETag names, or raise LostError."""
        name = _name(marketplace)
        await self._container.put(name, encode(pauses_to_json(pauses)), etag)
        self._remembered.keep(name, pauses, REMEMBERED_SECONDS)

    async def _load(self, marketplace: str) -> tuple[tuple[Pause, ...] | AccountFault, float]:
        try:
            return (await self.read(marketplace)).pauses, REMEMBERED_SECONDS
        except AccountFault as fault:
            return fault, REMEMBERED_SECONDS


def _name(marketplace: str) -> str:
    return f"pauses/{segment(marketplace)}.json"
