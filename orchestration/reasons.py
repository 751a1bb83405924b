"""Why a record stands where it does, in words: as its last event says, or as the cache does where the log has it not.

An event may be missing although what it tells of has happened: it waits in the outbox, or its time to live is over.
"""

from datetime import datetime

from models.record import Json
from orchestration.cached_record import CachedRecord

NOT_TAKEN_UP = "it is queued, and was not taken up yet"
NOT_LOGGED = "the event of that is not in the log: not yet, or not any more"

PARTS_TOLD = 10
"""The most parts that a reason names."""


def why(stands: Json, record: CachedRecord, client: str) -> tuple[str, Json | None]:
    """Return why a record stands where it does for a source, and the change report of its last decision.

    Args:
        stands: where it stands, as `standing` tells it.
        record: what is cached of it.
        client: the source.
    """
    reason, diff = _decided(stands, record, client)
    return "; ".join([reason, *_held_up(stands)]), diff


def _decided(stands: Json, record: CachedRecord, client: str) -> tuple[str, Json | None]:
    """Return the reason and the change report of the last decision, whether its event is there or not."""
    last, waiting, applied = stands["LastEvent"], record.waiting.get(client), record.applied.get(client)
    if waiting is not None:
        version, moment, diff = waiting.envelope.version.text, waiting.failed_at, None
        reason = f"{waiting.state.value}; {waiting.error_type}: {waiting.told}"
    elif applied is not None:
        version, moment, diff = (
            applied.version.text,
            datetime.fromisoformat(applied.event["Time"]),
            applied.event["Diff"],
        )
        reason = _reason(stands, applied.event)
    else:
        version, moment, diff, reason = None, None, None, ""
    of_what_is_queued = stands["State"] != "queued" or version == stands["Version"]
    if version and of_what_is_queued and _is_missing(version, moment, stands["Events"]):
        return f"{reason}; {NOT_LOGGED}", diff
    return (_reason(stands, last), last["Diff"]) if last else (NOT_TAKEN_UP, None)


def _is_missing(version: str, moment: datetime | None, events: list[Json]) -> bool:
    """Tell whether the event of a version that ended at a moment would be among the newest events, and is not."""
    if not events:
        return True
    newest = datetime.fromisoformat(events[0]["Time"])
    return moment is not None and moment > newest and version not in {event["Version"] for event in events}


def _reason(stands: Json, event: Json) -> str:
    """Return what an event says; what went wrong, and of a composite what was kept, says more than what was done."""
    failed, message = event["ErrorType"], event["Message"]
    if failed and message:
        return f"{event['Reason']}; {failed}: {message}"
    composite = "WaitingParts" in stands
    return f"{event['Reason']}; {message}" if composite and message else str(event["Reason"])


def _held_up(stands: Json) -> list[str]:
    """Return which parts keep a composite from being applied, and why; dead ones first."""
    parts = sorted(stands.get("WaitingParts", ()), key=lambda part: part["State"] != "dead")
    told = [f"{part['RecordID']} is {part['State']}: {part['Cause']}" for part in parts[:PARTS_TOLD]]
    more = len(parts) - len(told)
    return [*told, f"and {more} more part{'s' if more > 1 else ''}"] if more else told
