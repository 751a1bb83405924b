"""The envelope: what is queued for one record of one source, and how a newer posting is laid over a waiting one.

It holds no token and no client secret.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from models.record import Json, LayOver, lay_over
from models.registry import Keys
from orchestration.paths import QueuePath, RecordPath
from orchestration.versions import Version, stored_version

FORMAT = 1


class Operation(StrEnum):
    """What the source wants."""

    UPSERT = "upsert"
    DELETE = "delete"
    REPLACE = "replace"
    """A posting over a delete that still waited: delete, then create."""


class EnvelopeError(ValueError):
    """The bytes are not an envelope of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One posting: the record, who sent it, when, and how to trace it.

    `posted` holds the managed fields only; `left_out` the read-only fields that the source posted and we ignored;
    `replays` says how often operators have queued it again after it was a dead letter.
    """

    record_type: str
    operation: Operation
    marketplace: str
    resource: str
    client: str
    keys: Keys
    posted: Json
    version: Version
    accepted_at: str
    traceparent: str
    left_out: tuple[str, ...] = ()
    job_id: str | None = None
    source_name: str | None = None
    replays: int = 0

    @property
    def path(self) -> QueuePath:
        """Where the envelope waits."""
        return QueuePath(RecordPath(self.marketplace, self.record_type, self.keys), self.client)

    def is_same(self, other: "Envelope") -> bool:
        """Tell whether both are one posting, replayed or not: a source may give a version of its own again."""
        return (self.path, self.version, self.accepted_at) == (other.path, other.version, other.accepted_at)

    @property
    def trace_id(self) -> str:
        """The trace of the posting, from its W3C traceparent."""
        return self.traceparent.split("-")[1]

    def laid_over(self, older: "Envelope", lay: LayOver = lay_over) -> "Envelope":
        """Return the one posting that has the effect of the older one and then this one.

        Fields are laid over as the type says; a delete replaces all; over a delete a posting becomes a replacement.
        """
        if self.operation is not Operation.UPSERT:
            return self
        match older.operation:
            case Operation.UPSERT:
                return replace(self, posted=lay(self.posted, older.posted))
            case Operation.REPLACE:
                return replace(self, operation=Operation.REPLACE, posted=lay(self.posted, older.posted))
            case Operation.DELETE:
                return replace(self, operation=Operation.REPLACE)

    def to_json(self) -> Json:
        """Return the envelope as it is stored."""
        return {
            "Format": FORMAT,
            "RecordType": self.record_type,
            "Operation": self.operation.value,
            "Marketplace": self.marketplace,
            "Resource": self.resource,
            "Client": self.client,
            "Keys": list(self.keys),
            "Posted": self.posted,
            "Version": self.version.text,
            "AcceptedAt": self.accepted_at,
            "Traceparent": self.traceparent,
            "LeftOut": list(self.left_out),
            "JobID": self.job_id,
            "SourceName": self.source_name,
            "Replays": self.replays,
        }

    @staticmethod
    def from_json(stored: Any) -> "Envelope":
        """Return the envelope that was stored.

        Raises:
            EnvelopeError: this is no envelope, or one of a format that this version does not know.
        """
        try:
            if stored["Format"] != FORMAT:
                raise EnvelopeError(f"envelope format {stored['Format']!r} is not known")
            envelope = Envelope(
                record_type=stored["RecordType"],
                operation=Operation(stored["Operation"]),
                marketplace=stored["Marketplace"],
                resource=stored["Resource"],
                client=stored["Client"],
                keys=tuple(stored["Keys"]),
                posted=dict(stored["Posted"]),
                version=stored_version(stored["Version"]),
                accepted_at=stored["AcceptedAt"],
                traceparent=stored["Traceparent"],
                left_out=tuple(stored["LeftOut"]),
                job_id=stored["JobID"],
                source_name=stored["SourceName"],
                replays=int(stored.get("Replays", 0)),
            )
            _ = (envelope.path, envelope.trace_id)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise EnvelopeError(f"not an envelope: {error}") from error
        return envelope
