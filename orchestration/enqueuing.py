"""Put an envelope into the queue, laid over what still waits there of the same record and source."""

from models.registry import RecordType
from orchestration.endings import keep_unreadable
from orchestration.envelope import Envelope
from orchestration.ports import LostError, Ports, UnreadableError
from orchestration.versions import Version

ATTEMPTS = 20


class SupersededError(Exception):
    """A newer version of the same record and source waits in the queue."""

    def __init__(self, newest: Version) -> None:
        super().__init__(newest.text)
        self.newest = newest


class BusyError(Exception):
    """Too many others write the same record of the same source at once."""


async def enqueue(ports: Ports, record_type: RecordType, envelope: Envelope, *, row: bool = False) -> None:
    """Make one envelope durable: one storage request where nothing of its record and source waits.

    A row was accepted with its batch, so what waits may have been accepted after it, and is laid over it then.

    Raises:
        SupersededError: a newer version waits; nothing is stored.
        BusyError: nothing is stored.
        StorageUnavailableError: whether it is stored is not known.
    """
    queue = ports.queue
    for _ in range(ATTEMPTS):
        try:
            await queue.add(envelope)
        except LostError:
            if await _laid_over(ports, record_type, envelope, row=row):
                return
        else:
            return
    raise BusyError


async def _laid_over(ports: Ports, record_type: RecordType, envelope: Envelope, *, row: bool) -> bool:
    """Lay an envelope over what waits, or under it; return false where that is gone or another by now."""
    queue = ports.queue
    try:
        waiting = await queue.get(envelope.path)
        if waiting is None:
            return False
        older, newer = waiting.envelope, envelope
        if envelope.version.older_than(older.version):
            raise SupersededError(older.version)
        if row and envelope.version.before(older.version):
            older, newer = newer, older
        laid = newer.laid_over(older, record_type.lay_over)
        if waiting.envelope.again and not await _waits_still(ports, waiting.envelope):
            laid = envelope
        await queue.replace(laid, waiting.etag)
    except LostError:
        return False
    except UnreadableError as unreadable:
        # What waits is nothing of ours, so the posting takes its place; the bytes are kept for a person.
        await keep_unreadable(ports, str(envelope.path), unreadable)
        await queue.discard(str(envelope.path), unreadable.etag)
        return False
    return True


async def _waits_still(ports: Ports, again: Envelope) -> bool:
    """Tell whether what was queued again still waits; if not, its source's newer postings have been applied."""
    try:
        return (await ports.cache.get(again.path.record)).record.awaits(again)
    except UnreadableError:
        return True
