"""Where a record stands for one source: queued, applied, parked, dead, dropped or deleted, and its last events."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from models.record import Json
from models.registry import Keys, RecordType
from orchestration.cached_record import CachedRecord
from orchestration.composites import Part, remembered
from orchestration.event import DROPPED, SUPERSEDED, UNREADABLE
from orchestration.event_text import for_source
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import Ports, Queued, UnreadableError
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.waiting import Waiting, WaitingState

EVENTS = 20
CONCURRENCY = 16
PAUSED = "paused"
"""What waits for an operator to resume it; a record's path has slashes."""
NEVER = datetime.max.replace(tzinfo=UTC)


async def standing(
    ports: Ports, record_type: RecordType, keys: Keys, profile: Profile, *, operator: bool = False
) -> Json | None:
    """Return where a record stands, by the names of the HTTP API; none when the source never posted it.

    Only operators are told which of them has replayed or dropped it.
    """
    path = QueuePath(RecordPath(profile.marketplace, record_type.name, keys), profile.client)
    try:
        queued = await ports.queue.get(path)
    except UnreadableError:
        queued = None
    try:
        record = (await ports.cache.get(path.record)).record
    except UnreadableError as unreadable:
        message = "What is kept of this record cannot be read. An operator has to look at it."
        raise RejectionError(503, "RecordUnreadable", message) from unreadable
    logged = await ports.log.events(path, limit=EVENTS)
    events = logged if operator else [for_source(event) for event in logged]
    waiting, applied = record.waiting.get(path.client), record.applied.get(path.client)
    told = [event for event in events if event["ErrorType"] not in (SUPERSEDED, UNREADABLE)]
    if queued is None and waiting is None and applied is None and not told:
        return None
    through = applied is not None and queued is None and record_type.expand is not None
    parts = await _waiting_parts(ports, path, remembered(record.applied_by(path.client))) if through else None
    held_up = waiting  # a composite is held up by any of its parts, by one that needs a person first
    if held_up is None and parts:
        held_up = min(parts, key=lambda each: (each.state is not WaitingState.DEAD, each.due or NEVER))
    found = {
        "RecordType": record_type.name,
        "Keys": _spelled(record_type, keys, queued, waiting, told),
        "Resource": profile.resource,
        "State": _state(queued, held_up, record, told),
        "Version": _version(queued, waiting, record, path.client, told),
        "WaitingFor": _waits_for(held_up) if held_up and not queued else None,
        "NextAttempt": _text(held_up.due) if held_up and not queued else None,
        "LastEvent": events[0] if events else None,
        "Events": events,
    }
    return found if parts is None else {**found, "WaitingParts": [_part(each) for each in parts]}


async def _waiting_parts(ports: Ports, path: QueuePath, parts: Mapping[str, tuple[Part, ...]]) -> list[Waiting]:
    """Return what waits of the parts of a composite, for the source that posted it."""
    places = asyncio.Semaphore(CONCURRENCY)

    async def waiting_of(part: Part) -> Waiting | None:
        async with places:
            found = await ports.cache.get(RecordPath(path.record.marketplace, *part))
        return found.record.waiting.get(path.client)

    of_all = await asyncio.gather(*(waiting_of(part) for group in parts.values() for part in group))
    return [waiting for waiting in of_all if waiting is not None]


def _part(waiting: Waiting) -> Json:
    """Return a part that waits, as the composite's standing shows it."""
    return {
        "RecordType": waiting.envelope.record_type,
        "RecordID": str(waiting.envelope.path.record),
        "State": waiting.state.value,
        "Cause": waiting.told,
    }


def _state(queued: Queued | None, waiting: Waiting | None, record: CachedRecord, events: list[Json]) -> str:
    if queued is not None:
        return "queued"
    if waiting is not None:
        return "dead" if waiting.state is WaitingState.DEAD else "parked"
    if events and events[0]["ErrorType"] == DROPPED:
        return "dropped"
    return "deleted" if record.deleted else "applied"


def _waits_for(waiting: Waiting) -> str | None:
    """Return what a posting waits for: the path of a record, an operator who has paused it, or only for time."""
    paused = waiting.state is WaitingState.PARKED and waiting.due is None
    return PAUSED if paused else waiting.waits_for


def _version(
    queued: Queued | None, waiting: Waiting | None, record: CachedRecord, client: str, events: list[Json]
) -> str | None:
    """Return the version that the state is about: of what is queued, else of what waits, else the last one through."""
    if queued is not None:
        return queued.envelope.version.text
    if waiting is not None:
        return waiting.envelope.version.text
    if events:
        return str(events[0]["Version"])
    return record.applied[client].version.text if client in record.applied else None


def _spelled(
    record_type: RecordType, keys: Keys, queued: Queued | None, waiting: Waiting | None, events: list[Json]
) -> Json:
    """Return the keys as the source spelled them last; paths compare without case."""
    if queued is not None:
        return record_type.named(queued.envelope.keys)
    if waiting is not None:
        return record_type.named(waiting.envelope.keys)
    return dict(events[0]["Keys"]) if events else record_type.named(keys)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
