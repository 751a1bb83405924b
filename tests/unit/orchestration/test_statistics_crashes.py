"""After runs that died at any request, statistics are a recount of what was accepted and of OrderCloud's journal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fakes.profiles import profile_of
from fakes.sandbox import House
from fakes.storage import MemoryContainer

from models.record import Json
from orchestration.adapters.blob_roll_ups import BlobRollUps
from orchestration.driving import drive
from orchestration.envelope import Envelope
from orchestration.roll_ups import hour_of
from orchestration.statistics import Statistics

MUG: Json = {"ID": "P1", "Name": "Mug", "xp": {"a": 1, "b": 2}}
CUP: Json = {"ID": "P1", "Name": "Cup", "xp": {"a": 1, "b": 2}}
CUT: Json = {"ID": "P1", "Name": "Cup", "xp": {"a": 1}}
REFUSED: Json = {"ID": "P1"}
PRICED: Json = {**MUG, "DefaultPriceScheduleID": "PS1"}
SCHEDULE: Json = {"ID": "PS1", "Name": "Retail"}
LAST: Json = {"ID": "P1", "Name": "Bowl"}
DELETED = None
MOMENTS = 80

type Posted = tuple[str, Json | None]


def product(posted: Json | None) -> Posted:
    return "product", posted


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is applied before, what is posted then, and how many calls no event may tell of when a run dies with it.

    `unclaimed`: how many of them are no claim's, so that statistics do not show them as uncertain. `fails`:
    it is set aside first, and a run may die after that and before it logs it.
    """

    id: str
    before: tuple[Posted, ...] = ()
    posted: tuple[Posted, ...]
    most: int = 1
    unclaimed: int = 0
    fails: bool = False
    prepare: Callable[[House], object] = lambda house: house


SCENARIOS = [
    Scenario(id="create", posted=(product(MUG),)),
    Scenario(id="unchanged", before=(product(MUG),), posted=(product(MUG),), most=0),
    Scenario(id="patch", before=(product(MUG),), posted=(product(CUP),)),
    Scenario(id="update", before=(product(MUG),), posted=(product(CUT),), most=2),
    Scenario(id="delete", before=(product(MUG),), posted=(product(DELETED),)),
    Scenario(id="replace", before=(product(MUG),), posted=(product(DELETED), product(MUG)), most=2),
    Scenario(id="refused", posted=(product(REFUSED),), fails=True),
    Scenario(id="a child waits", posted=(product(PRICED), ("priceschedule", SCHEDULE)), fails=True),
    Scenario(
        id="drift",
        before=(product(MUG),),
        prepare=lambda house: house.sandbox.edit("products", "P1", Name="Theirs"),
        posted=(product(MUG),),
        most=2,
        unclaimed=1,
    ),
    Scenario(
        id="adopt",
        prepare=lambda house: house.sandbox.edit("products", "P1", ID="P1", Name="Theirs"),
        posted=(product(MUG),),
        unclaimed=2,  # a surprise: the run meant to make one call
    ),
]


class Recount:
    """What was accepted, and what OrderCloud was asked."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.accepted: list[Envelope] = []

    async def post(self, posting: Posted) -> Envelope:
        record_type, posted = posting
        envelope = await (
            self.house.delete("P1") if posted is None else self.house.post(posted, record_type=record_type)
        )
        self.accepted.append(envelope)
        return envelope

    def outcomes(self) -> Counter[str]:
        """Count the last outcome of each version that had any: what was laid under another has none of its own."""
        last: dict[tuple[str, str], str] = {}
        for event in self.house.events():
            if outcome := event["ErrorType"] or event["Action"]:
                last[event["RecordID"], event["Version"]] = outcome
        versions = {(str(each.path.record), each.version.text) for each in self.accepted}
        assert last.keys() <= versions
        return Counter(last.values())

    def asked(self) -> int:
        """Count the calls that OrderCloud's own journal has."""
        paths = [call["path"] for call in self.house.sandbox.store.calls(0)]
        return sum(path.startswith("/v1/") and path != "/v1/me" for path in paths)


@dataclass(frozen=True)
class Counted:
    """What statistics say of the hour."""

    outcomes: Counter[str]
    made: int
    uncertain: int


async def counted(house: House, statistics: Statistics) -> Counted:
    now = hour_of(house.world.clock.now())
    [hour] = await statistics.hours(now, now)
    assert hour.whole
    outcomes: Counter[str] = sum((Counter(row.outcomes) for row in hour.rows), Counter())
    return Counted(outcomes, sum(row.made for row in hour.rows), sum(row.uncertain for row in hour.rows))


async def struck(house: House, scenario: Scenario, at: int | None) -> bool:
    """Play a scenario in which a run dies at a moment, let it settle, and compare; return whether it came to it."""
    recount, moments = Recount(house), iter(range(1_000_000))
    statistics = Statistics(house.ports, BlobRollUps(MemoryContainer(house.world.clock)), house.registry)
    for posting in scenario.before:
        await house.run((await recount.post(posting)).path)
    scenario.prepare(house)
    paths = [(await recount.post(posting)).path for posting in scenario.posted]

    async def act() -> None:
        for path in dict.fromkeys(paths):
            await drive(house.pipeline, path)

    died = await house.dies(act, lambda _moment, _step: next(moments) == at)
    claimed = sum(1 for path in dict.fromkeys(paths) if (known := house.cached(path.record)) and known.claim)
    await house.settle()
    told = await counted(house, statistics)
    unlogged = recount.asked() - told.made
    assert told.outcomes == recount.outcomes()
    assert 0 <= unlogged <= told.uncertain + (scenario.unclaimed if died else 0)
    assert told.uncertain <= scenario.most * (claimed or scenario.fails), "no more than the run meant to make"

    await house.run((await recount.post(product(LAST))).path)
    after = await counted(house, statistics)
    assert after.outcomes == recount.outcomes()
    assert (recount.asked() - after.made, after.uncertain) == (unlogged, told.uncertain), "it is told once"
    return died


@pytest.mark.parametrize("scenario", [pytest.param(each, id=each.id) for each in SCENARIOS])
async def test_statistics_are_a_recount_whatever_request_a_run_died_at(
    build: Callable[..., House], scenario: Scenario
) -> None:
    profile = profile_of("erp", Policies={"Refresh": "always" if scenario.id == "drift" else "24h"})
    died = 0
    for at in range(MOMENTS):
        if not await struck(build(profile), scenario, at):
            break
        died += 1
    else:
        raise AssertionError(f"it has more than {MOMENTS} moments")
    assert died >= 8, "a run makes several requests, and may die before and after each"
