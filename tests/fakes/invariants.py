"""What holds at every step of the protocol, watched on the storage, OrderCloud and event log that the runs use.

It looks at blobs, calls and answers alone, never into the pipeline: a broken protocol is seen by what it does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fakes.runs import Runs, Step
from fakes.schedules import ACTOR
from models.record import Json
from orchestration.envelope import Envelope
from orchestration.event import DROPPED
from orchestration.failures import Failure, NotFound
from orchestration.paths import RecordPath
from orchestration.ports import Answer
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.stored_json import decode

_TYPES = {"products": "product", "priceschedules": "priceschedule"}


class Rule(StrEnum):
    """The invariants, by the names that violations go by."""

    KEPT = "an accepted posting is nowhere"
    ORDERED = "an older posting was written after a newer one"
    CLAIMED = "OrderCloud is written to without a claim"
    BOUNDED = "a write may outlive its claim"
    NOT_BLIND = "a write follows one of unknown outcome, and nobody has looked"
    NOT_FORGOTTEN = "a write of unknown outcome is forgotten"
    TRUE = "the cache says what OrderCloud did not answer"
    POINTED_AT = "what waits has lost a hint"


@dataclass(frozen=True, slots=True)
class Write:
    """A write to OrderCloud that the cache does not know of yet; `known`: its writer has what came of it."""

    actor: str
    known: bool


def trace_of(rank: int) -> str:
    """Return the trace of a posting, which says its rank: of two postings of one source the higher one counts."""
    return f"00-{rank:032x}-{1:016x}-01"


def rank_of(traceparent: str) -> int:
    """Return the rank that a trace says."""
    return _rank(traceparent.split("-")[1])


class Invariants:
    """Looks on while a house is at work; `wrongs` has every violation, by its rule's name."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._ordercloud = runs.world.ordercloud
        self._send = self._ordercloud.send
        self._etags: dict[tuple[str, str], str] = {}
        self._cached: dict[str, Json] = {}
        self._queued: dict[str, int] = {}
        self._holders: dict[str, str] = {}
        self._writes: dict[str, Write] = {}
        self._answers: dict[str, list[Json | None]] = {}
        self._accepted: dict[str, tuple[str, str, int]] = {}
        self._finished: dict[str, int] = {}
        self._ranks: dict[tuple[str, str], int] = {}
        self._counted = self._logged = 0
        self.wrongs: list[str] = []
        runs.eyes.append(self)
        self._ordercloud.send = self._watched

    def accept(self, envelope: Envelope, rank: int) -> None:
        """Have a posting accepted: from here on it is somewhere, it or a newer one."""
        path = envelope.path
        record, name = str(path.record), str(path)
        self._accepted[name] = (record, path.client, max(rank, self._accepted.get(name, ("", "", 0))[2]))

    def begins(self, step: Step) -> None:
        """Look at nothing: what a request is about to change is known from the step before."""

    def done(self, step: Step) -> None:
        """Look at what a request has changed."""
        match step.place, step.method:
            case "cache", "PUT" if changed := self._changed(step):
                self._cache_written(step.name, decode(changed))
            case "queue", "PUT" | "DELETE":
                self._queue_changed(step.name)
            case "log", _:
                self._note_events()
            case "parked" | "deadletters", "DELETE":
                self._look_at_hints()
        if step.method != "GET":
            self._look_at_accepted()

    def _say(self, rule: Rule, detail: str) -> None:
        self.wrongs.append(f"{rule}: {detail}")

    # Storage

    def _changed(self, step: Step) -> bytes | None:
        """Return a blob that this request has written; none where its condition was not met."""
        blob = self._runs.containers[step.place].blobs.get(step.name)
        if blob is None or self._etags.get((step.place, step.name)) == blob.etag:
            return None
        self._etags[step.place, step.name] = blob.etag
        return blob.content

    def _cache_written(self, record: str, now: Json) -> None:
        before = self._cached.get(record, {"Current": None, "Claim": None})
        self._cached[record] = now
        actor, write, claim = _actor(), self._writes.get(record), now["Claim"]
        if claim is not None and claim["Run"] not in self._holders:
            self._holders[claim["Run"]] = actor
            if write:  # whoever claims starts from what the cache says
                self._writes[record] = replace(write, known=False)
        elif claim is None and now["Certain"] and write:
            if write != Write(actor, known=True):
                self._say(Rule.NOT_FORGOTTEN, f"{actor} calls {record} certain, {write.actor} wrote")
            del self._writes[record]
        if now["Current"] != before["Current"] and now["Current"] not in self._answers.get(record, []):
            self._say(Rule.TRUE, f"{record} as {now['Current']}")
        self._look_at_writes(record)
        self._look_at_truth(record)
        self._look_at_hints()

    def _queue_changed(self, name: str) -> None:
        blob = self._runs.containers["queue"].blobs.get(name)
        if blob is None:
            self._queued.pop(name, None)
        elif self._etags.get(("queue", name)) != blob.etag:
            self._etags["queue", name] = blob.etag
            self._queued[name] = rank_of(decode(blob.content)["Traceparent"])

    def _note_events(self) -> None:
        for event in self._runs.log.written[self._logged :]:
            if event.action is not None or event.error_type == DROPPED:
                path = str(event.path)
                self._finished[path] = max(_rank(event.trace_id), self._finished.get(path, 0))
        self._logged = len(self._runs.log.written)

    # What is looked at

    def _look_at_accepted(self) -> None:
        for name, (record, client, rank) in self._accepted.items():
            if self._queued.get(name, 0) < rank and max(self._ranks_kept(name, record, client)) < rank:
                self._say(Rule.KEPT, f"number {rank} of {name}")

    def _ranks_kept(self, name: str, record: str, client: str) -> Iterator[int]:
        """Yield the ranks of a source's postings of a record that wait, are applied, or have ended otherwise."""
        yield self._finished.get(name, 0)
        cached = self._cached.get(record)
        if cached and (waiting := cached["Waiting"].get(client)):
            yield rank_of(waiting["Envelope"]["Traceparent"])
        if cached and (applied := cached["Applied"].get(client)):
            yield _rank(applied["Event"]["TraceID"])

    def _look_at_writes(self, record: str) -> None:
        cached = self._cached.get(record)
        if record in self._writes and (cached is None or (cached["Claim"] is None and cached["Certain"])):
            self._say(Rule.NOT_FORGOTTEN, record)

    def _look_at_truth(self, record: str) -> None:
        cached = self._cached[record]
        settled = cached["Claim"] is None and cached["Certain"] and record not in self._writes
        if settled and cached["Current"] != (there := self._ordercloud.get(_ordercloud_path(record))):
            self._say(Rule.TRUE, f"{record} as {cached['Current']}, OrderCloud has {there}")

    def _look_at_hints(self) -> None:
        hints = self._runs.containers["parked"].blobs.keys() | self._runs.containers["deadletters"].blobs.keys()
        for record, cached in self._cached.items():
            for client, waiting in cached["Waiting"].items():
                if lost := waiting["Hints"].keys() - hints:
                    self._say(Rule.POINTED_AT, f"{sorted(lost)} of {record}/{client}")

    # OrderCloud

    async def _watched(self, profile: Profile, request: Request, budget: float, traceparent: str | None) -> Answer:
        """Carry out one request under the eyes of the rules."""
        record, before = _record_of(request), None
        writes = request.method != "GET"
        if writes:
            before = self._begin_write(record, request, budget)
        try:
            answer = await self._send(profile, request, budget, traceparent)
        except Failure as failure:
            self._note_committed()
            if isinstance(failure, NotFound) and RecordPath.parse(record).keys[-1] == (failure.object_id or "").lower():
                self._answered(record, None, writes=writes)
            if writes and not failure.outcome_unknown:
                self._put_back(record, before)
            raise
        self._note_committed()
        self._answered(record, answer.body, writes=writes)
        return answer

    def _begin_write(self, record: str, request: Request, budget: float) -> Write | None:
        actor, clock, limits = _actor(), self._runs.world.clock, self._runs.limits
        cached, before = self._cached.get(record), self._writes.get(record)
        claim: Any = cached["Claim"] if cached else None
        told = f"{actor}: {request.method} {request.path}"
        if claim is None or self._holders.get(claim["Run"]) != actor:
            self._say(Rule.CLAIMED, f"{told}, claim {claim}")
        else:
            left = datetime.fromisoformat(claim["Expires"]) - clock.now()
            if left <= timedelta(0):
                self._say(Rule.CLAIMED, f"{told}, claim {claim} has expired")
            elif budget > left.total_seconds() - limits.claim * limits.margin + 0.001:
                self._say(Rule.BOUNDED, f"{told} within {budget} s, the claim has {left.total_seconds()} s")
        if before and before != Write(actor, known=True):
            self._say(Rule.NOT_BLIND, told)
        self._writes[record] = Write(actor, known=False)
        return before

    def _put_back(self, record: str, before: Write | None) -> None:
        """Have a write that was not carried out undone: what was known before is known now."""
        if before:
            self._writes[record] = before
        else:
            self._writes.pop(record, None)

    def _answered(self, record: str, body: Json | None, *, writes: bool) -> None:
        self._answers.setdefault(record, []).append(body)
        claim = self._cached.get(record, {"Claim": None})["Claim"]
        holds = claim is not None and self._holders.get(claim["Run"]) == _actor()
        if record in self._writes and (writes or holds):
            self._writes[record] = Write(_actor(), known=True)

    def _note_committed(self) -> None:
        for call in self._ordercloud.committed[self._counted :]:
            record = _record_of(Request(call.method, call.path, call.body))
            rank = rank_of(call.traceparent or trace_of(0))
            newest = self._ranks.get((record, call.client), 0)
            if rank < newest:
                self._say(Rule.ORDERED, f"{call.client}: {call.method} {call.path} of {rank} after {newest}")
            self._ranks[record, call.client] = max(rank, newest)
        self._counted = len(self._ordercloud.committed)


def _rank(trace_id: str | None) -> int:
    return int(trace_id or "0", 16)


def _actor() -> str:
    return ACTOR.get() or "the house"


def _record_of(request: Request) -> str:
    """Return the path of the record that a request is about."""
    _, _, collection, *keys = request.path.split("/")
    key = keys[0] if keys else (request.body or {})["ID"]
    return str(RecordPath("acme", _TYPES[collection], (key,)))


def _ordercloud_path(record: str) -> str:
    path = RecordPath.parse(record)
    collection = next(name for name, record_type in _TYPES.items() if record_type == path.record_type)
    return f"/v1/{collection}/{path.keys[-1]}"
