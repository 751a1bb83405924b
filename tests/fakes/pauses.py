"""What operators have paused, in memory."""

from datetime import UTC, datetime

from fakes.clock import FakeClock
from fakes.storage import MemoryContainer
from orchestration.adapters.blob_pauses import BlobPauses
from orchestration.pauses import Pause, Scope, pauses_from_json
from orchestration.ports import Clock
from orchestration.stored_json import decode

SINCE = datetime(2026, 1, 31, 12, tzinfo=UTC)


def pause_of(
    client: str | None = None, record_type: str | None = None, *, resource: str | None = None, reason: str | None = None
) -> Pause:
    """Return a pause of the client erp, where neither client nor resource is given."""
    scope = Scope(client=client if client or resource else "erp", resource=resource, record_type=record_type)
    return Pause(scope=scope, by="olga", since=SINCE, reason=reason)


class MemoryPauses(BlobPauses):
    """The port Pauses on a container in memory: nothing is remembered, so a change is there at once."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.container = MemoryContainer(clock)
        super().__init__(self.container, clock or FakeClock())

    @property
    def kept(self) -> list[Pause]:
        """Every pause of every marketplace, with no request."""
        blobs = self.container.blobs.values()
        return [pause for blob in blobs for pause in pauses_from_json(decode(blob.content))]

    async def get(self, marketplace: str) -> tuple[Pause, ...]:
        """Return what is paused in a marketplace now."""
        return (await self.read(marketplace)).pauses

    async def have(self, *pauses: Pause, marketplace: str = "acme") -> None:
        """Have these pauses and no others."""
        await self.put(marketplace, pauses, (await self.read(marketplace)).etag)
