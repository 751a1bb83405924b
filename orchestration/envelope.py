"""The envelope: what is queued for one record of one source, and how a newer posting is laid over a waiting one.

It holds no token and no client secret. Intake does not know what a source has applied, so an envelope may have taken up
what is older than that; it remembers what is left without it (decision 18).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from models.record import Json, LayOver, lay_over
from models.registry import Keys
from orchestration.paths import QueuePath, RecordPath
from orchestration.subtraction import difference, lost, subtracted
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


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of an envelope without what it was laid over, up to and with a version of the source's."""

    upto: Version
    operation: Operation
    posted: Json


@dataclass(frozen=True, slots=True)
class Outdated:
    """What was left out of an envelope, and the newer version that the source had given before."""

    by: Version
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One posting: the record, who sent it, when, and how to trace it.

    Attributes:
        posted: the managed fields only.
        left_out: the read-only fields that the source posted and we ignored.
        replays: how often operators have queued it again after it was a dead letter.
        remainders: where it was laid over postings with versions of the source's, what is left without them, oldest
            first; each leaves out more than the one before.
        mixed: it was laid over a posting whose version is of another kind; so whatever was applied before, it is newer.
        outdated: what was left out of it as older than what its source had given.
        again: it was queued from where it waits, so that it counts only as long as it waits there.
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
    again: bool = False
    remainders: tuple[Remainder, ...] = ()
    mixed: bool = False
    outdated: Outdated | None = None

    @property
    def path(self) -> QueuePath:
        """Where the envelope waits."""
        return QueuePath(RecordPath(self.marketplace, self.record_type, self.keys), self.client)

    def is_same(self, other: "Envelope") -> bool:
        """Tell whether both are one posting, replayed or not: a source may give a version of its own again."""
        return (self.path, self.version, self.accepted_at) == (other.path, other.version, other.accepted_at)

    def is_life_of(self, other: "Envelope") -> bool:
        """Tell whether both are one posting, and neither is a replay of the other."""
        return self.is_same(other) and self.replays == other.replays

    @property
    def trace_id(self) -> str:
        """The trace of the posting, from its W3C traceparent."""
        return self.traceparent.split("-")[1]

    def laid_over(self, older: "Envelope", lay: LayOver = lay_over) -> "Envelope":
        """Return the one posting that has the effect of the older one and then this one.

        Fields are laid over as the type says; a delete replaces all; over a delete a posting becomes a replacement.
        What this one has taken up before, and what is older than the version that it is laid over, is left out.
        """
        newer = self.since(older.version)
        under = [Remainder(each.upto, *_laid(newer, each, lay)) for each in older.remainders]
        if older.version.from_source and not older.mixed:
            under.append(Remainder(older.version, newer.operation, newer.posted))
            under += [each for each in newer.remainders if each.upto.kind == older.version.kind]
        operation, posted = _laid(newer, older, lay)
        mixed = newer.mixed or older.mixed or newer.version.kind != older.version.kind
        return replace(newer, operation=operation, posted=posted, mixed=mixed).remembering(under)

    def remembering(self, remainders: Iterable[Remainder]) -> "Envelope":
        """Return the envelope with what is left of it, oldest first; only what differs is kept."""
        kept: list[Remainder] = []
        for each in remainders:
            if kept and kept[-1].upto == each.upto:
                kept.pop()
            before = kept[-1] if kept else self
            if (each.operation, each.posted) != (before.operation, before.posted):
                kept.append(each)
        return replace(self, remainders=tuple(kept))

    def older_than(self, known: Version) -> bool:
        """Tell whether all of the envelope is older than a version that its source gave before."""
        return self.version.older_than(known) and not self.mixed

    def since(self, known: Version) -> "Envelope":
        """Return what is left of the envelope where its source gave a version before: nothing older than that.

        An envelope is laid over none that is newer, so what is older than any version are its oldest layers.
        """
        older = [each for each in self.remainders if each.upto.older_than(known)]
        if not older:
            return self
        rest, before = older[-1], self.outdated.what if self.outdated else ()
        what = [*before, *lost(self.posted, rest.posted)]
        if self.operation is not rest.operation:
            what.append("the deletion")
        return replace(
            self,
            operation=rest.operation,
            posted=rest.posted,
            remainders=self.remainders[len(older) :],
            outdated=Outdated(known, tuple(dict.fromkeys(what))),
        )

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
            **self._history(),
        }

    def _history(self) -> Json:
        """Return what is stored only of an envelope that was queued again, or in which a source's versions have met."""
        remainders = list(_remainders_json(self.posted, self.remainders))
        outdated = self.outdated and {"By": self.outdated.by.text, "What": list(self.outdated.what)}
        history = {"Again": self.again, "Remainders": remainders, "Mixed": self.mixed, "Outdated": outdated}
        return {name: value for name, value in history.items() if value}

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
                again=bool(stored.get("Again", False)),
                remainders=tuple(_remainders(stored["Posted"], stored.get("Remainders", ()))),
                mixed=bool(stored.get("Mixed", False)),
                outdated=_outdated(stored.get("Outdated")),
            )
            _ = (envelope.path, envelope.trace_id)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise EnvelopeError(f"not an envelope: {error}") from error
        return envelope


def _laid(newer: Envelope, older: Envelope | Remainder, lay: LayOver) -> tuple[Operation, Json]:
    """Return what two postings come to, the newer one after the older one."""
    if newer.operation is not Operation.UPSERT:
        return newer.operation, newer.posted
    match older.operation:
        case Operation.UPSERT:
            return Operation.UPSERT, lay(newer.posted, older.posted)
        case Operation.REPLACE:
            return Operation.REPLACE, lay(newer.posted, older.posted)
        case Operation.DELETE:
            return Operation.REPLACE, newer.posted


def _remainders_json(whole: Json, remainders: Iterable[Remainder]) -> Iterator[Json]:
    """Yield what is left as it is stored, each by what it leaves out of the one before, so that all stands once."""
    for each in remainders:
        less = difference(whole, each.posted)
        yield {"Upto": each.upto.text, "Operation": each.operation.value, "Less": less}
        whole = each.posted


def _remainders(whole: Json, stored: Iterable[Json]) -> Iterator[Remainder]:
    for each in stored:
        whole = subtracted(whole, each["Less"])
        yield Remainder(stored_version(each["Upto"]), Operation(each["Operation"]), whole)


def _outdated(stored: Any) -> Outdated | None:
    return Outdated(stored_version(stored["By"]), tuple(stored["What"])) if stored else None
