"""Sealed values in memory."""

import asyncio
import hashlib

from models.record import Json
from orchestration.failures import AccountFault
from orchestration.paths import RecordPath
from orchestration.sealing import Sealed


class MemorySeals:
    """The port Seals: `keys` are the ids of the data keys, the first of which seals; a test may change them.

    What is sealed stays here, and a posting holds nothing but its number.
    """

    def __init__(self, *keys: str) -> None:
        self.keys = list(keys or ("key-1",))
        self._sealed: dict[str, tuple[RecordPath, str, str]] = {}

    async def seal(self, text: str, record: RecordPath, field: str) -> Json:
        """Return a value as it may rest in a posting; raise AccountFault when there is no data key."""
        await asyncio.sleep(0)
        if not self.keys:
            raise AccountFault("there is no data key: set DATA_KEYS")
        number = str(len(self._sealed))
        self._sealed[number] = (record, field, text)
        digests = tuple((key, _digest(key, text, record, field)) for key in self.keys)
        return Sealed(self.keys[0], number, digests).to_json()

    async def open(self, sealed: Sealed, record: RecordPath, field: str) -> str:
        """Return the value that was sealed for this field of this record; raise AccountFault when it was not."""
        await asyncio.sleep(0)
        if sealed.key not in self.keys:
            raise AccountFault("a value was sealed by a key that DATA_KEYS does not name")
        *place, text = self._sealed.get(sealed.content, (None, None, ""))
        if place != [record, field]:
            raise AccountFault("a value is not what was sealed here")
        return text


def _digest(key: str, text: str, record: RecordPath, field: str) -> str:
    return hashlib.sha256(repr((key, str(record), field, text)).encode()).hexdigest()
