"""What the steps of one round hand on: the posting that is worked on, what is known of its record, and its case."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.record import LayOver, lay_over
from orchestration.cached_record import CachedRecord
from orchestration.envelope import Envelope, Operation
from orchestration.generation import Lists
from orchestration.paths import QueuePath
from orchestration.ports import Cached, Clock, Queued, Telemetry
from orchestration.sealing import digested
from orchestration.tracing import SILENT, RunSpans
from orchestration.versions import Version
from orchestration.waiting import Waiting, WaitingState


class Stopwatch:
    """Seconds by step, in the order in which the steps first ran; `spans` has the same for telemetry.

    `began` is when the round did.
    """

    def __init__(self, clock: Clock, telemetry: Telemetry = SILENT) -> None:
        self.began = clock.now()
        self._clock = clock
        self._laps: dict[str, float] = {}
        self.spans = RunSpans(telemetry, clock)

    @contextmanager
    def lap(self, step: str) -> Iterator[None]:
        """Add the time that the block takes to a step's."""
        started = self._clock.elapsed()
        try:
            with self.spans.step(step):
                yield
        finally:
            self._laps[step] = self._laps.get(step, 0.0) + self._clock.elapsed() - started

    @property
    def laps(self) -> Mapping[str, float]:
        """Seconds by step, rounded to microseconds."""
        return {step: round(seconds, 6) for step, seconds in self._laps.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """An envelope that travels with others in one blob, so that it has none of its own in the queue.

    `claimed`: under a claim of this run, so that what is queued meanwhile is left to it.
    """

    envelope: Envelope
    claimed: bool = False
    etag: None = None

    @property
    def version(self) -> Version:
        """The posting's version."""
        return self.envelope.version


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One posting of one source in one round.

    Attributes:
        path: the record and the source.
        posting: what is applied: the queued envelope, laid over a parked one, or the parked one alone; without what is
            older than what its source has given us.
        queued: the queued envelope with its ETag, or a row; none when the parked one is the input.
        cached: what is known of the record, with its ETag, as read after the queue.
        watch: where the round's time goes.
        lists: what OrderCloud has listed for those that the posting travels with.
        uncertain: how many calls runs that died with the record in hand may have made, and no event may tell of.
    """

    path: QueuePath
    posting: Envelope
    queued: Queued | Row | None
    cached: Cached
    watch: Stopwatch
    lists: Lists = field(default_factory=dict)
    uncertain: int = 0

    @property
    def record(self) -> CachedRecord:
        """The record as it was read."""
        return self.cached.record

    @property
    def waiting(self) -> Waiting | None:
        """What waits for this source."""
        return self.record.waiting.get(self.path.client)

    @property
    def attempt(self) -> int:
        """The number of this attempt: one more than have failed with the posting. A newer one begins anew."""
        waiting = self.waiting
        if waiting is None or waiting.state is WaitingState.DEAD or not waiting.envelope.is_same(self.posting):
            return 1
        return waiting.attempts + 1

    @property
    def waits_already(self) -> Waiting | None:
        """Return what waits where it is this row: an earlier run of its batch set it aside, and its time is its own."""
        waiting, queued = self.waiting, self.queued
        same = isinstance(queued, Row) and waiting is not None and waiting.envelope.is_same(queued.envelope)
        return waiting if same else None

    @property
    def settled(self) -> bool:
        """Tell whether nothing is claimed, uncertain or waiting for this source, nor distrusted of what it applied.

        Calls that no event may tell of are to be told once, so the record has to be written where there are any.
        """
        record, distrusted = self.record, self.record.attempted.get(self.path.client)
        return record.claim is None and record.certain and not (record.unlogged or self.waiting or distrusted)

    @property
    def superseded_by(self) -> Version | None:
        """Return the version that the source has given us before what is queued and that is newer, if there is one.

        A row travels apart from the queue that keeps the order of its record's postings, so there the times of
        acceptance tell; a parked posting that came after it is laid over it instead.
        """
        if self.queued is None:
            return None
        applied, waiting = self.record.applied.get(self.path.client), self.waiting
        version, row = self.queued.envelope.version, isinstance(self.queued, Row)
        if self.posting.mixed and self.posting.version == version:
            return None
        if applied and (version.before(applied.version) if row else version.older_than(applied.version)):
            return applied.version
        if waiting is None:
            return None
        by_time = row and waiting.state is WaitingState.DEAD
        newest = waiting.envelope.version
        return newest if version.before(newest) and (by_time or version.older_than(newest)) else None

    @property
    def superseded(self) -> bool:
        """Tell whether what is queued is older than what the source has given us before."""
        return self.superseded_by is not None or self.waits_no_more

    @property
    def waits_no_more(self) -> bool:
        """Tell whether what was queued again came too late: it has ceased to wait, and was not applied."""
        if not isinstance(self.queued, Queued) or not self.queued.envelope.again:
            return False
        applied = self._accepted_as_applied or self._says_what_was_applied
        return not applied and not self.record.awaits(self.queued.envelope)

    @property
    def other_kind(self) -> Version | None:
        """Return the version last applied, if it is of another kind than the posting's: this one counts as newer."""
        applied = self.record.applied.get(self.path.client)
        return applied.version if applied and applied.version.kind != self.posting.version.kind else None

    @property
    def is_new_version(self) -> bool:
        """Tell whether the source gave the posting a version that the record does not have yet, so that it is kept."""
        applied, version = self.record.applied.get(self.path.client), self.posting.version
        return version.from_source and (applied is None or applied.version != version)

    @property
    def repeated(self) -> bool:
        """Tell whether this very posting was applied before, by a run that did not get to removing it.

        No two postings share a version that we gave. One of the source's own may come again: that is another posting,
        which is decided and logged by itself, whatever it says.
        """
        return self._accepted_as_applied and self._says_what_was_applied

    @property
    def _accepted_as_applied(self) -> bool:
        """Tell whether the posting has the version, and if the source gave it the time, of what was applied last."""
        applied, posting = self.record.applied.get(self.path.client), self.posting
        if applied is None or applied.version != posting.version:
            return False
        return not posting.version.from_source or applied.event.get("AcceptedAt") == posting.accepted_at

    @property
    def _says_what_was_applied(self) -> bool:
        """Tell whether the posting has the version that was applied last, and says nothing else than was applied."""
        applied = self.record.applied.get(self.path.client)
        if applied is None or applied.version != self.posting.version:
            return False
        if not self.posting.version.from_source:
            return True
        posted = digested(self.posting.posted)
        if self.posting.operation is Operation.UPSERT:
            return lay_over(posted, applied.posted) == applied.posted
        return posted == applied.posted


def take_up(
    path: QueuePath,
    queued: Queued | Row | None,
    cached: Cached,
    watch: Stopwatch,
    *,
    due_by: datetime | None,
    lay: LayOver = lay_over,
) -> WorkItem | None:
    """Return the work that lies at a path, or none.

    Args:
        path: the record and the source.
        queued: what is in the queue.
        cached: what is known of the record.
        watch: the round's.
        due_by: a parked posting is taken up when it is due by then, and not while it is paused, which has no due time;
            none takes it up in any case.
        lay: how the type's postings are laid over each other.
    """
    waiting = cached.record.waiting.get(path.client)
    parked = waiting if waiting and waiting.state is WaitingState.PARKED else None
    if queued is not None:
        posting = _joined(queued, waiting, lay)
    elif parked and (due_by is None or (parked.due is not None and parked.due <= due_by)):
        posting = parked.envelope
    else:
        return None
    item = WorkItem(path, posting, queued, cached, watch, uncertain=_uncertain(queued, cached.record, waiting))
    applied = cached.record.applied.get(path.client)
    if applied is None or item.repeated:  # of what was applied together, nothing is older than itself
        return item
    return replace(item, posting=posting.since(applied.version))


def _uncertain(queued: Queued | Row | None, record: CachedRecord, waiting: Waiting | None) -> int:
    """Count the calls that no event may tell of.

    What waits and is queued still, under no claim, was set aside by a run that may not have logged that.
    """
    if waiting is None:
        return record.unlogged
    unlogged = record.unlogged + waiting.unlogged
    if record.claim is not None or not isinstance(queued, Queued):
        return unlogged
    return unlogged + waiting.calls * waiting.envelope.is_life_of(queued.envelope)


def _joined(queued: Queued | Row, waiting: Waiting | None, lay: LayOver) -> Envelope:
    """Return what is queued and what is parked as one posting: the newer laid over the older, where that counts."""
    posting = queued.envelope
    if waiting is None:
        return posting
    newest = waiting.envelope.version
    if posting.again and posting.is_same(waiting.envelope):  # it was queued from there
        return posting
    if waiting.state is WaitingState.DEAD:
        return posting.since(newest)
    if isinstance(queued, Row) and posting.version.before(newest):
        return waiting.envelope.laid_over(posting, lay)
    return posting if posting.older_than(newest) else posting.laid_over(waiting.envelope, lay)
