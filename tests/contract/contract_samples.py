"""The values that the contract suites store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.record import Json
from orchestration.cached_record import Applied, CachedRecord, Claim
from orchestration.envelope import Envelope, Operation
from orchestration.event import Event, Level
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version
from orchestration.waiting import Waiting, WaitingState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ODD = "Été/100%.~ \u2028🚲"


def envelope(version: str = "1", *, key: str = "BIKE", client: str = "ERP", **posted: Any) -> Envelope:
    return Envelope(
        record_type="product",
        operation=Operation.UPSERT,
        marketplace="acme",
        resource="seller",
        client=client,
        keys=(key,),
        posted={"ID": key, "Name": "Bike", **posted},
        version=Version(version),
        accepted_at=NOON.isoformat(),
        traceparent="00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    )


def path(key: str = "BIKE") -> RecordPath:
    return RecordPath("acme", "product", (key,))


def cached(run: str = "run-1", current: Json | None = None) -> CachedRecord:
    posting = envelope("7", xp={"Colour": ODD})
    waiting = Waiting(
        envelope=posting,
        state=WaitingState.PARKED,
        cause="not yet",
        error_type="Unavailable",
        attempts=2,
        due=NOON + timedelta(seconds=1.5),
        hints={"due/1": '"0x1"'},
    )
    return CachedRecord(
        current=current or {"ID": "BIKE", "Name": ODD, "Price": 1.5, "Inventory": None},
        fetched_at=NOON,
        certain=False,
        attempted={"erp": {"Name": "Bike"}},
        applied={"erp": Applied({"Name": "Bike"}, Version("3"), {"Action": "Create"})},
        claim=Claim(run, "erp", NOON, takeovers=1),
        waiting={"pim": waiting},
    )


def event(
    version: str = "1", *, key: str = "BIKE", client: str = "erp", seconds: float = 0, reason: str = "changed"
) -> Event:
    return Event(
        path=QueuePath(path(key), client),
        version=Version(version),
        attempt=1,
        time=NOON + timedelta(seconds=seconds),
        level=Level.SUCCESS,
        record_type="product",
        resource="seller",
        keys={"ID": key},
        action="Patch",
        reason=reason,
        posted={"ID": key, "xp": {"Colour": ODD}},
        durations={"Log": 0.25},
    )
