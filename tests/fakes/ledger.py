"""What sources have posted, and whether the house ends as they said last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from fakes.dead import keys, resolver
from fakes.invariants import Invariants, trace_of
from fakes.runs import Runs
from models.record import Json, lay_over
from orchestration.driving import drive
from orchestration.envelope import Envelope
from orchestration.paths import QueuePath
from orchestration.receipt import Receipt
from orchestration.resolving import Outcome, Resolver
from orchestration.sweep import Sweep, SweepLimits, Swept

COLLECTIONS = {"product": "/v1/products", "priceschedule": "/v1/priceschedules"}
SWEEPS = 15
"""How many sweeps a house takes at most to come to rest when nothing goes wrong any more."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last that a source has said of a record: what it manages, or none for a delete.

    `dropped`: an operator has dropped it, so that what is there is what was applied before.
    """

    rank: int
    envelope: Envelope
    managed: Json | None
    dropped: bool = False


class OwnSweeps(Sweep):
    """Sweeps of several instances: each its own, with places of its own."""

    async def run(self) -> Swept:
        """Sweep once."""
        return await Sweep(self._ports, self._pipeline, self._drive, self._limits).run()


class Ledger:
    """Posts for sources, keeps what they have said, watches the invariants, and judges the end.

    A source's own version is the rank of a posting; without one the later is the higher.
    """

    def __init__(self, runs: Runs, *, kind: type[Resolver] = Resolver) -> None:
        self.runs = runs
        self.invariants = Invariants(runs)
        self.said: dict[QueuePath, Said] = {}
        self._resolver = resolver(runs, kind=kind)
        self._posted = 0
        # One record after the other, so that the requests of a sweep are those of one actor.
        limits = SweepLimits(age=60, concurrency=1)
        runs.sweeper = OwnSweeps(runs.ports, runs.pipeline, partial(drive, runs.pipeline), limits)

    async def post(
        self, item: Json, *, client: str = "erp", record_type: str = "product", version: int | None = None
    ) -> None:
        """Post a record; a version that is older than one which waits may be refused."""
        rank = self._rank(version)
        given = None if version is None else str(version)
        receipt = await self.runs.receive(
            item, client=client, record_type=record_type, version=given, traceparent=trace_of(rank)
        )
        self._note(receipt, rank, item)

    async def delete(self, key: str, *, record_type: str = "product", version: int | None = None) -> None:
        """Post a deletion."""
        rank = self._rank(version)
        given = None if version is None else str(version)
        receipt = await self.runs.receive_deletion(
            key, record_type=record_type, version=given, traceparent=trace_of(rank)
        )
        self._note(receipt, rank, None)

    def _rank(self, version: int | None) -> int:
        self._posted += 1
        return self._posted if version is None else version

    def _note(self, receipt: Receipt, rank: int, item: Json | None) -> None:
        if receipt.refused:
            assert [each.rejection.code for each in receipt.refused] == ["Superseded"], receipt
            return
        [accepted] = receipt.accepted
        path, last = accepted.envelope.path, self.said.get(accepted.envelope.path)
        self.invariants.accept(accepted.envelope, rank)
        if last and rank < last.rank:
            return
        managed = None if item is None else lay_over(item, (last and last.managed) or {})
        self.said[path] = Said(rank, accepted.envelope, managed)

    async def resolve(self, act: str, path: QueuePath) -> Outcome:
        """Replay or drop the dead letter of a source's record, as an operator does."""
        [resolved] = await getattr(self._resolver, act)([str(path)])
        said = self.said.get(path)
        dropped = resolved.posting if (act, resolved.outcome) == ("drop", Outcome.DROPPED) else None
        if said and dropped and dropped.version == said.envelope.version:
            self.said[path] = Said(said.rank, said.envelope, said.managed, dropped=True)
        return resolved.outcome

    async def verdict(self) -> str | None:
        """Let nothing go wrong any more, have all settle and every dead letter replayed; return what is wrong then."""
        self.runs.world.ordercloud.mend()
        try:
            await self._rest()
            replayed = [(key, await self._replay(key)) for key in await keys(self.runs)]
            await self._rest()
        except AssertionError as restless:
            return f"no progress: {restless}"
        wrong = [f"a dead letter that is replayed is {outcome}: {key}" for key, outcome in replayed if outcome]
        wrong += [f"still dead after its replay: {key}" for key in await keys(self.runs)]
        wrong += [each for path, said in self.said.items() for each in self._wrongs(path, said)]
        return "; ".join(wrong) or None

    async def _rest(self) -> None:
        await self.runs.settle(SWEEPS)
        self.runs.world.clock.advance(self.runs.limits.claim + 1)

    async def _replay(self, key: str) -> Outcome | None:
        """Return what became of a replay, where it did not do."""
        outcome = await self.resolve("replay", QueuePath.parse(key))
        return None if outcome is Outcome.REPLAYED else outcome

    def _wrongs(self, path: QueuePath, said: Said) -> Iterator[str]:
        there, cached = self._there(said.envelope), self.runs.cached(path.record)
        if cached is None:
            yield f"nothing is cached of {path}"
            return
        if not said.dropped:
            yield from _differences(path, said.managed, there)
        if cached.current != there:
            yield f"the cache says {cached.current} of {path}, OrderCloud {there}"
        later = self.runs.world.clock.now() + timedelta(seconds=self.runs.limits.claim + 1)
        if not cached.certain or cached.waiting or (cached.claim and cached.claim.live(later)):
            yield f"{path} is certain {cached.certain}, waiting {cached.waiting}, claim {cached.claim}"
        told: list[Any] = [event for event in self.runs.events() if event["Version"] == said.envelope.version.text]
        if not [event for event in told if event["Action"] or event["ErrorType"] == "Dropped"]:
            yield f"no event of the last version {said.envelope.version} of {path}"

    def _there(self, envelope: Envelope) -> Json | None:
        return self.runs.world.ordercloud.get(f"{COLLECTIONS[envelope.record_type]}/{envelope.keys[-1]}")


def _differences(path: QueuePath, managed: Json | None, there: Json | None) -> Iterator[str]:
    """Yield what OrderCloud has other than a source has said; of xp the source's own keys count."""
    if managed is None:
        if there is not None:
            yield f"OrderCloud has {there}, {path} was deleted"
        return
    plain = {name: value for name, value in managed.items() if name != "xp"}
    found = {name: (there or {}).get(name) for name in plain}
    xp: Json = (there or {}).get("xp") or {}
    if found != plain or any(xp.get(name) != value for name, value in (managed.get("xp") or {}).items()):
        yield f"OrderCloud has {found} and xp {xp}, the last posting of {path} says {managed}"
