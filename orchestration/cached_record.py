"""The cache blob: the only truth about a record, and how it is read and written.

It says what OrderCloud last answered, what each source last applied, who is writing now, and what waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models.record import Json
from orchestration.envelope import Envelope
from orchestration.sealing import digested
from orchestration.stored_json import time_of, time_text
from orchestration.versions import Version
from orchestration.waiting import Waiting, WaitingState

FORMAT = 1


class CacheFormatError(ValueError):
    """The bytes are not a cached record of ours."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The mark of the one run that may write the record, until it expires.

    `takeovers` counts how often in a row a run died with the claim in hand.
    """

    run: str
    client: str
    expires: datetime
    takeovers: int = 0

    def live(self, now: datetime) -> bool:
        """Tell whether the claim still holds."""
        return now < self.expires


@dataclass(frozen=True, slots=True)
class Applied:
    """What one source last applied: its posting, laid over those before it, the version, and the event it ended in."""

    posted: Json
    version: Version
    event: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedRecord:
    """What we know of one record.

    Attributes:
        current: what OrderCloud last answered; none when it has no such record or never had.
        fetched_at: when OrderCloud last said so; none before the first answer.
        deleted: a tombstone: we deleted the record, or OrderCloud said that it is gone.
        certain: false while a write may have happened whose answer we never saw.
        unlogged: how many calls runs under claims may have made since the last of them was logged.
        attempted: per source, what its writes of unknown outcome may have set, keys as in a posting.
        applied: per source, its last applied posting.
        claim: who is writing.
        waiting: per source, a posting that could not be applied.
    """

    current: Json | None = None
    fetched_at: datetime | None = None
    deleted: bool = False
    certain: bool = True
    unlogged: int = 0
    attempted: Mapping[str, Json] = field(default_factory=dict)
    applied: Mapping[str, Applied] = field(default_factory=dict)
    claim: Claim | None = None
    waiting: Mapping[str, Waiting] = field(default_factory=dict)

    def held(self, now: datetime) -> Claim | None:
        """Return the claim of the run that has the record in hand, if one does."""
        return self.claim if self.claim and self.claim.live(now) else None

    def dead(self, client: str) -> Waiting | None:
        """Return a source's dead letter, if it has one."""
        waiting = self.waiting.get(client)
        return waiting if waiting and waiting.state is WaitingState.DEAD else None

    def awaits(self, posting: Envelope) -> bool:
        """Tell whether this very posting waits."""
        waiting = self.waiting.get(posting.client)
        return waiting is not None and waiting.envelope.is_same(posting)

    def is_stale(self, hint: str, client: str) -> bool:
        """Tell whether a hint to a source's posting may go: nothing waits by it, and no run is about to say otherwise.

        A run puts its hint under a claim and marks what waits after that, so a hint without a mark counts until then.
        """
        waiting = self.waiting.get(client)
        return self.claim is None and (waiting is None or hint not in waiting.hints)

    def without(self, client: str) -> "CachedRecord":
        """Return the record with nothing of a source waiting; what its writes may have done is as unknown as before."""
        unlogged = self.waiting[client].unlogged if client in self.waiting else 0
        return replace(self, waiting=_without(self.waiting, client), unlogged=self.unlogged + unlogged)

    def applied_by(self, client: str) -> Json:
        """Return a source's last applied posting; empty when it never applied one to this record."""
        applied = self.applied.get(client)
        return applied.posted if applied else {}

    def claimed(self, claim: Claim, posted: Json, writes: Json) -> "CachedRecord":
        """Return the record with the claim of a run that is about to apply what was posted.

        What it may write is noted now, so that a crash leaves behind what may have been written: all of the posting
        that is new, and `writes`, in the shape of a posting. A claim that is still there belongs to a run that died:
        what that run did is not known.
        """
        client = claim.client
        new = union(beyond(digested(posted), self.applied_by(client)), digested(writes))
        attempted = union(self.attempted.get(client, {}), new)
        return replace(
            self,
            claim=claim,
            certain=self.certain and self.claim is None,
            attempted={**self.attempted, client: attempted},
        )

    def seen(self, current: Json | None, at: datetime) -> "CachedRecord":
        """Return the record with what OrderCloud says now."""
        return replace(self, current=current, fetched_at=at, deleted=current is None)

    def settled(self, posting: Envelope, managed: Json, event: Json) -> "CachedRecord":
        """Return the record with a posting applied: for its source nothing is uncertain, claimed or waiting any more.

        `managed` is everything that the source has posted by now.
        """
        client = posting.client
        return replace(
            self,
            certain=True,
            unlogged=0,
            claim=None,
            attempted=_without(self.attempted, client),
            applied={**self.applied, client: Applied(digested(managed), posting.version, event)},
            waiting=_without(self.waiting, client),
        )

    def anew(self) -> "CachedRecord":
        """Return the record as after a create or a delete: no source has applied anything to what is there now."""
        return replace(self, applied={client: replace(each, posted={}) for client, each in self.applied.items()})

    def to_json(self) -> Json:
        """Return the record as it is stored."""
        return {
            "Format": FORMAT,
            "Current": self.current,
            "FetchedAt": time_text(self.fetched_at),
            "Deleted": self.deleted,
            "Certain": self.certain,
            "Unlogged": self.unlogged,
            "Attempted": dict(self.attempted),
            "Applied": {client: _applied_json(each) for client, each in self.applied.items()},
            "Claim": _claim_json(self.claim) if self.claim else None,
            "Waiting": {client: each.to_json() for client, each in self.waiting.items()},
        }

    @staticmethod
    def from_json(stored: Any) -> "CachedRecord":
        """Return the record that was stored.

        Raises:
            CacheFormatError: this is no cached record, or one of a format that this version does not know.
        """
        try:
            if stored["Format"] != FORMAT:
                raise CacheFormatError(f"cache format {stored['Format']!r} is not known")
            return CachedRecord(
                current=stored["Current"],
                fetched_at=time_of(stored["FetchedAt"]),
                deleted=stored["Deleted"],
                certain=stored["Certain"],
                unlogged=stored.get("Unlogged", 0),  # what was written earlier has none
                attempted=stored["Attempted"],
                applied={client: _applied(each) for client, each in stored["Applied"].items()},
                claim=_claim(stored["Claim"]) if stored["Claim"] else None,
                waiting={client: Waiting.from_json(each) for client, each in stored["Waiting"].items()},
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CacheFormatError(f"not a cached record: {error}") from error


def beyond(posted: Json, applied: Json) -> Json:
    """Return what of a posting is not what was applied before: a write of it sets nothing else to another value."""
    more: Json = {}
    for name, value in posted.items():
        was = applied.get(name)
        if isinstance(value, dict) and isinstance(was, dict):
            if inner := beyond(value, was):
                more[name] = inner
        elif name not in applied or value != was:
            more[name] = value
    return more


def union(one: Json, other: Json) -> Json:
    """Return the keys of both, at every depth; where both have a value that is no object, the other's."""
    merged = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], dict):
            merged[name] = union(one[name], other[name]) if isinstance(other[name], dict) else one[name]
    return merged


def _without[T](mapping: Mapping[str, T], key: str) -> dict[str, T]:
    return {name: value for name, value in mapping.items() if name != key}


def _claim_json(claim: Claim) -> Json:
    return {
        "Run": claim.run,
        "Client": claim.client,
        "Expires": claim.expires.isoformat(),
        "Takeovers": claim.takeovers,
    }


def _claim(stored: Json) -> Claim:
    return Claim(stored["Run"], stored["Client"], datetime.fromisoformat(stored["Expires"]), stored["Takeovers"])


def _applied_json(applied: Applied) -> Json:
    return {"Posted": applied.posted, "Version": applied.version.text, "Event": applied.event}


def _applied(stored: Json) -> Applied:
    return Applied(stored["Posted"], Version(stored["Version"]), stored["Event"])
