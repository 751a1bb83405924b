"""Roll-ups in a container of blobs: one JSON blob for each hour, named by its beginning."""

from datetime import UTC, datetime

from orchestration.adapters.blob_container import BlobContainer
from orchestration.roll_ups import RollUp
from orchestration.stored_json import decode, encode


class BlobRollUps:
    """The port RollUps on a container of blobs."""

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

    async def get(self, hour: datetime) -> RollUp | None:
        """Return what is kept of an hour; what cannot be read counts as nothing, since it is made anew."""
        blob = await self._container.read(_name(hour))
        if blob is None:
            return None
        try:
            return RollUp.from_json(decode(blob.content))
        except ValueError:
            return None

    async def put(self, roll_up: RollUp) -> None:
        """Keep a roll-up in the place of what was there for its hour."""
        await self._container.overwrite(_name(roll_up.hour), encode(roll_up.to_json()))


def _name(hour: datetime) -> str:
    return f"{hour.astimezone(UTC):%Y-%m-%d/%H}.json"
