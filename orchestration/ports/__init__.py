"""The ports of the pipeline: what it needs of storage, OrderCloud, the event log, secrets, time, chance and telemetry.

Each docstring is the contract that every adapter keeps; tests/contract holds one suite per port.
"""

from dataclasses import dataclass

from orchestration.circuits import Circuits
from orchestration.ports.accounts import (
    Answer,
    Callers,
    Marketplaces,
    OrderCloud,
    Pauses,
    PausesRead,
    Profiles,
    Seals,
    Secrets,
)
from orchestration.ports.event_log import EventLog, EventRefusedError, RollUps
from orchestration.ports.storage import (
    Blobs,
    Cached,
    Depth,
    Hint,
    Hints,
    LostError,
    NamedBlob,
    Queued,
    RecordCache,
    RecordQueue,
    StorageUnavailableError,
    StoredBlob,
    UnreadableError,
)
from orchestration.ports.system import Attributes, Chance, Clock, Measure, Span, Telemetry

__all__ = [
    "Answer",
    "Attributes",
    "Blobs",
    "Cached",
    "Callers",
    "Chance",
    "Clock",
    "Depth",
    "EventLog",
    "EventRefusedError",
    "Hint",
    "Hints",
    "LostError",
    "Marketplaces",
    "Measure",
    "NamedBlob",
    "OrderCloud",
    "Pauses",
    "PausesRead",
    "Ports",
    "Profiles",
    "Queued",
    "RecordCache",
    "RecordQueue",
    "RollUps",
    "Seals",
    "Secrets",
    "Span",
    "StorageUnavailableError",
    "StoredBlob",
    "Telemetry",
    "UnreadableError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside the core that the steps need, and the circuits that all runs of an instance share."""

    queue: RecordQueue
    cache: RecordCache
    parked: Hints
    deadletters: Hints
    log: EventLog
    profiles: Profiles
    pauses: Pauses
    marketplaces: Marketplaces
    circuits: Circuits
    seals: Seals
    clock: Clock
    chance: Chance
    telemetry: Telemetry
