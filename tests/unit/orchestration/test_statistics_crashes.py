"""After runs that died at any request, statistics are a recount of what was accepted and of OrderCloud's journal."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fakes.profiles import profile_of
from fakes.runs import Step, let_pass
from fakes.sandbox import House
from fakes.storage import MemoryContainer

from models.record import Json
from orchestration.adapters.blob_roll_ups import BlobRollUps
from orchestration.driving import drive
from orchestration.endings import Ending
from orchestration.envelope import Envelope
from orchestration.paths import RecordPath
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
BUYER: Json = {"ID": "B", "Name": "Buyer"}
USER: Json = {"BuyerID": "B", "ID": "U", "Username": "u", "FirstName": "f", "LastName": "l", "Email": "u@v.example"}
SECRET: Json = {**USER, "Active": True, "Password": "Secret-1234"}
SIZE: Json = {"ID": "SIZE", "Name": "Size", "DefinesVariant": True, "Required": True}
JOINED: Json = {"SpecID": "SIZE", "ProductID": "P1"}
OPTION: Json = {"SpecID": "SIZE", "ID": "S", "Value": "small"}
SMALL: Json = {"ProductID": "P1", "ID": "small", "Specs": [{"SpecID": "SIZE", "OptionID": "S"}], "Name": "Small"}
WHOLE: Json = {
    "ID": "P1",
    "Product": {"Name": "Mug"},
    "Specs": [{"ID": "SIZE", "Name": "Size", "Options": [{"ID": "S", "Value": "s"}]}],
}
SOLD: Json = {"ID": "P1", "Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Retail"}}
MOMENTS = 250

type Posted = tuple[str, Json | None]


def product(posted: Json | None) -> Posted:
    return "product", posted


def theirs(house: House) -> None:
    """Have somebody else make the product."""
    house.sandbox.edit("products", "P1", ID="P1", Name="Theirs")


def gone(house: House) -> None:
    """Have somebody else delete the product."""
    house.sandbox.drop("products", "P1")


def gone_unsaid(house: House) -> None:
    """Have the product deleted, and OrderCloud say once that something is missing, and not what."""
    gone(house)
    answer_once(house, "PATCH", 404, "NotFound")


def refused(house: House) -> None:
    """Have OrderCloud refuse the product once."""
    answer_once(house, "POST", 400, "Invalid")


def answer_once(house: House, method: str, status: int, code: str, times: int = 1) -> None:
    errors = {"Errors": [{"ErrorCode": code, "Message": "m", "Data": None}]}
    value = {"status": status, "body": errors}
    fault = {"method": method, "path": "^/v1/products", "kind": "status", "value": value, "times": times}
    house.sandbox.faults.add([fault])


def busy(method: str) -> Callable[[House], None]:
    """Return what has OrderCloud answer twice that it is busy."""
    return lambda house: answer_once(house, method, 429, "Busy", times=2)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is applied before, what is posted then, and how many calls a claim notes when it is taken.

    `unclaimed`: how many calls no claim tells of when a run dies, so that statistics do not show them as uncertain.
    `fails`: it is set aside first, and a run may die after that and before it logs it.
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
    Scenario(id="adopt", prepare=theirs, posted=(product(MUG),)),
    Scenario(id="gone", before=(product(MUG),), prepare=gone, posted=(product(CUP),)),
    Scenario(id="gone, and not said what", before=(product(MUG),), prepare=gone_unsaid, posted=(product(CUP),)),
    Scenario(id="password", before=(("buyer", BUYER), ("user", USER)), posted=(("user", SECRET),)),
    Scenario(
        id="variant",
        before=(product(MUG), ("spec", SIZE), ("specoption", OPTION), ("specproductassignment", JOINED)),
        posted=(("variant", SMALL),),
        most=5,
    ),
    Scenario(id="create, repeated twice", prepare=busy("POST"), posted=(product(MUG),), unclaimed=2),
    Scenario(
        id="update, its look repeated twice",
        before=(product(MUG),),
        prepare=busy("GET"),
        posted=(product(CUT),),
        most=2,
        unclaimed=1,  # of three looks, two were meant: a look and a write
    ),
    Scenario(id="refused, repeated twice", prepare=busy("POST"), posted=(product(REFUSED),), fails=True, unclaimed=2),
    Scenario(id="whole, its product adopted", prepare=theirs, posted=(("hydratedproduct", WHOLE),)),
    Scenario(id="whole, its product refused", prepare=refused, posted=(("hydratedproduct", SOLD),), fails=True),
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
        versions = {each.version.text for each in self.accepted}  # a part's is that of its composite
        assert {version for _, version in last} <= versions
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


def statistics_of(house: House) -> Statistics:
    return Statistics(house.ports, BlobRollUps(MemoryContainer(house.world.clock)), house.registry)


async def counted(house: House, statistics: Statistics) -> Counted:
    now = hour_of(house.world.clock.now())
    [hour] = await statistics.hours(now, now)
    assert hour.whole
    outcomes: Counter[str] = sum((Counter(row.outcomes) for row in hour.rows), Counter())
    return Counted(outcomes, sum(row.made for row in hour.rows), sum(row.uncertain for row in hour.rows))


async def struck(house: House, scenario: Scenario, *deaths: int) -> bool:
    """Play a scenario in which one run after the other dies at a moment of its own, let it settle, and compare.

    Return whether the last of them came to its moment.
    """
    recount = Recount(house)
    statistics = statistics_of(house)
    for posting in scenario.before:
        await house.run((await recount.post(posting)).path)
    scenario.prepare(house)
    paths = [(await recount.post(posting)).path for posting in scenario.posted]

    async def act() -> None:
        for path in dict.fromkeys(paths):
            await drive(house.pipeline, path)

    died = in_hand = False
    for at in deaths:
        moments = itertools.count()
        died = await house.dies(act, lambda _moment, _step, at=at, moments=moments: next(moments) == at)
        records = [house.cached(RecordPath.parse(name)) for name in house.blobs("cache")]
        in_hand = any(record and record.claim for record in records) or (died and scenario.fails)
    await house.settle()
    told = await counted(house, statistics)
    unlogged = recount.asked() - told.made
    assert told.outcomes == recount.outcomes()
    assert 0 <= unlogged <= told.uncertain + (scenario.unclaimed if died else 0)
    if len(deaths) == 1:
        most = max(scenario.most, unlogged + 1) if in_hand else 0
        assert told.uncertain <= most, "no more than the run meant to make, or one more than it made"

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


async def test_what_a_run_left_uncertain_is_told_though_the_next_one_dies_as_well(build: Callable[..., House]) -> None:
    refused = next(each for each in SCENARIOS if each.id == "refused")
    first = pairs = 0
    while await struck(build(), refused, first):
        second = 0
        while await struck(build(), refused, first, second):
            second += 1
        first, pairs = first + 1, pairs + second
    assert pairs >= 8 * 8


@pytest.mark.parametrize(
    ("fault", "status", "attempts"),
    [
        pytest.param({"kind": "status", "value": {"status": 502}, "times": 2}, [502, 502, 200], 3, id="repeated"),
        pytest.param({"kind": "revoke_tokens", "times": 1}, [401, 200], 2, id="token renewed"),
    ],
)
async def test_statistics_count_what_the_client_sends_again_as_the_journal_does(
    build: Callable[..., House], fault: Json, status: list[int], attempts: int
) -> None:
    house = build()
    recount = Recount(house)
    await house.run((await recount.post(product(MUG))).path)
    house.sandbox.faults.add([{"method": "PATCH", **fault}])
    await house.run((await recount.post(product(CUP))).path)
    assert [call["status"] for call in house.sandbox.store.calls(0) if call["method"] == "PATCH"] == status
    called = [{"Method": "PATCH", "Path": "/v1/products/P1", "Attempts": attempts}]
    assert house.events()[-1]["Calls"] == called
    told = await counted(house, statistics_of(house))
    assert (told.made, recount.asked()) == (1 + attempts, 1 + attempts)


def without_secret(house: House) -> None:
    house.sandbox.secrets.secrets.clear()


def with_another_secret(house: House) -> None:
    house.sandbox.change_client("erp", {"client_secret": "another"})


@pytest.mark.parametrize("prepare", [without_secret, with_another_secret])
async def test_a_call_for_which_nothing_could_be_sent_was_not_made(
    build: Callable[..., House], prepare: Callable[[House], None]
) -> None:
    house = build()
    recount = Recount(house)
    prepare(house)
    await house.run((await recount.post(product(MUG))).path)
    event = house.events()[-1]
    assert (event["ErrorType"], event["Calls"], recount.asked()) == ("AccountFault", [], 0)
    assert await counted(house, statistics_of(house)) == Counted(Counter(AccountFault=1), made=0, uncertain=0)


async def test_what_was_sent_again_is_told_though_the_run_dies_before_its_event(build: Callable[..., House]) -> None:
    house = build()
    busy("POST")(house)
    path = (await house.post(REFUSED)).path

    def logging(moment: str, step: Step) -> bool:
        return moment == "before" and step.place == "log"

    assert await house.dies(lambda: house.run(path), logging)
    await house.settle()
    [event] = house.events()
    assert (event["Calls"], event["UncertainCalls"]) == ([{"Method": "POST", "Path": "/v1/products"}], 3)


async def test_a_posting_that_waits_and_fails_again_leaves_nothing_uncertain(build: Callable[..., House]) -> None:
    house = build(profile_of("erp", Policies={"Parking": {"Delays": [5], "Limit": 3}}))
    await house.apply(PRICED)
    await house.settle()
    told = [(event["Attempt"], len(event["Calls"]), event["UncertainCalls"]) for event in house.events()]
    assert told == [(1, 1, 0), (2, 1, 0), (3, 1, 0)]


async def test_a_call_that_the_claim_does_not_note_is_not_made_when_the_claim_is_another_s_by_now(
    build: Callable[..., House],
) -> None:
    house, cache = build(), "acme/product/p1"
    theirs(house)
    path = (await house.post(MUG)).path

    async def lose(step: Step) -> None:
        if (step.place, step.method) == ("ordercloud", "POST"):
            house.before = let_pass
            await house.containers["cache"].overwrite(cache, house.containers["cache"].blobs[cache].content)

    house.before = lose
    assert await house.run(path) is Ending.LEFT
    assert house.made() == [("POST", "/v1/products")]
    assert house.events() == []
    known = house.cached(path.record)
    assert known is not None
    assert known.unlogged == 1
