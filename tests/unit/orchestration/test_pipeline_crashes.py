"""Runs that die at any request, and answers that are lost: the sweep brings all to its end, and nothing twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from fakes.profiles import profile_of
from fakes.runs import Crash, Runs, Step, let_pass, path_of

from models.record import Json
from orchestration.driving import drive
from orchestration.failures import RefusedByOrderCloud, Unavailable
from orchestration.parking import DUE
from orchestration.ports import StorageUnavailableError
from orchestration.waiting import WaitingState

PATH = path_of()
ITEM = "/v1/products/P1"
MUG: Json = {"ID": "P1", "Name": "Mug", "xp": {"a": 1, "b": 2}}
CUP: Json = {"ID": "P1", "Name": "Cup", "xp": {"a": 1, "b": 2}}
CUT: Json = {"ID": "P1", "Name": "Cup", "xp": {"a": 1}}
PRICED: Json = {**MUG, "DefaultPriceScheduleID": "PS1"}
WRITES = ("POST", "PUT", "PATCH", "DELETE")

type Act = Callable[[Runs], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is done before; what a run does that dies; and what OrderCloud holds of the record in the end.

    `dead` tells that the posting ends as a dead letter.
    """

    id: str
    prepare: Act
    act: Act
    ends: Json | None
    dead: bool = False


def trigger(runs: Runs) -> Awaitable[None]:
    return drive(runs.pipeline, PATH)


def then(*acts: Act) -> Act:
    """Do one thing after the other."""

    async def doing(runs: Runs) -> None:
        for act in acts:
            await act(runs)

    return doing


def apply(item: Json, **where: str) -> Act:
    return lambda runs: runs.apply(item, **where)


def post(item: Json, **where: str) -> Act:
    return lambda runs: runs.post(item, **where)


async def delete(runs: Runs) -> None:
    await runs.delete("P1")


async def have_theirs(runs: Runs) -> None:
    runs.world.ordercloud.keep("/v1/products", {"ID": "P1", "Name": "Theirs", "OwnerID": "acme"})


async def throttle(runs: Runs) -> None:
    runs.world.ordercloud.fail_before(method="POST")


async def refuse(runs: Runs) -> None:
    runs.world.ordercloud.refuse(method="PATCH", times=None)


async def wait_for_due(runs: Runs) -> None:
    runs.world.clock.advance(30)


async def sweep(runs: Runs) -> None:
    await runs.sweep()


async def a_day(runs: Runs) -> None:
    runs.world.clock.advance(24 * 3600)


async def edit(runs: Runs) -> None:
    found = runs.world.ordercloud.get(ITEM)
    assert found is not None
    runs.world.ordercloud.keep("/v1/products", {**found, "Name": "Theirs"})


async def run_schedule(runs: Runs) -> None:
    await drive(runs.pipeline, path_of("PS1", record_type="priceschedule"))


async def no_profile(runs: Runs) -> None:
    runs.world.profiles.remove("erp")


SCHEDULE: Json = {"ID": "PS1", "Name": "Retail"}
SCENARIOS = [
    Scenario(id="create", prepare=post(MUG), act=trigger, ends=MUG),
    Scenario(id="patch", prepare=then(apply(MUG), post(CUP)), act=trigger, ends=CUP),
    Scenario(id="update", prepare=then(apply(MUG), post(CUT)), act=trigger, ends=CUT),
    Scenario(id="delete", prepare=then(apply(MUG), delete), act=trigger, ends=None),
    Scenario(id="replace", prepare=then(apply(MUG), delete, post(CUT)), act=trigger, ends=CUT),
    Scenario(id="adopt", prepare=then(have_theirs, post(MUG)), act=trigger, ends=MUG),
    Scenario(id="drift", prepare=then(apply(MUG), a_day, edit, post(MUG)), act=trigger, ends=MUG),
    Scenario(id="unchanged", prepare=then(apply(MUG), post(MUG)), act=trigger, ends=MUG),
    Scenario(id="park", prepare=then(throttle, post(MUG)), act=trigger, ends=MUG),
    Scenario(id="dead", prepare=then(apply(MUG), refuse, post(CUP)), act=trigger, ends=MUG, dead=True),
    Scenario(id="release", prepare=then(throttle, apply(MUG), wait_for_due), act=sweep, ends=MUG),
    Scenario(
        id="park a child",
        prepare=then(post(PRICED), post(SCHEDULE, record_type="priceschedule")),
        act=then(trigger, run_schedule),
        ends=PRICED,
    ),
    Scenario(
        id="release a child",
        prepare=then(apply(PRICED), post(SCHEDULE, record_type="priceschedule")),
        act=run_schedule,
        ends=PRICED,
    ),
]
EACH = pytest.mark.parametrize("scenario", [pytest.param(scenario, id=scenario.id) for scenario in SCENARIOS])


class Strike:
    """Does something at one of the moments before and after requests: at which one is a number."""

    def __init__(self, runs: Runs, at: int | None, raised: type[BaseException], where: Callable[[Step], bool]) -> None:
        self._at = at
        self._raised = raised
        self._where = where
        self.moments = 0
        runs.before = runs.after = self._moment

    async def _moment(self, step: Step) -> None:
        if self._where(step):
            self.moments += 1
            if self.moments - 1 == self._at:
                raise self._raised("struck")


def anywhere(_step: Step) -> bool:
    return True


def at_ordercloud_writes(step: Step) -> bool:
    return step.place == "ordercloud" and step.method in WRITES


class LostAnswer(Unavailable):
    """An answer of OrderCloud's that never came, whether the write was carried out or not."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, outcome_unknown=True)


async def struck(scenario: Scenario, at: int | None, raised: type[BaseException], where: Callable[[Step], bool]) -> int:
    """Play a scenario that is struck at one moment, let it settle, judge, and return how many moments there are."""
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [10]}}), profile_of("pim"))
    await scenario.prepare(runs)
    strike = Strike(runs, at, raised, where)
    try:
        await scenario.act(runs)
    except* Crash:
        pass
    except* StorageUnavailableError:
        pass
    runs.before = runs.after = let_pass
    await runs.settle()
    assert_at_rest(runs, scenario)
    return strike.moments


def assert_at_rest(runs: Runs, scenario: Scenario) -> None:
    """Assert promises 1 to 3 on a house where nothing is left to do."""
    there = runs.world.ordercloud.get(ITEM)
    assert there is None if scenario.ends is None else there is not None
    if scenario.ends is not None and there is not None:
        assert {name: there[name] for name in scenario.ends} == scenario.ends
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.current == there
    assert cached.certain
    assert cached.claim is None or not cached.claim.live(runs.world.clock.now())
    assert scenario.dead or cached.attempted == {}
    assert [each.state for each in cached.waiting.values()] == ([WaitingState.DEAD] if scenario.dead else [])
    assert runs.blobs("queue") == []
    assert not [name for name in runs.blobs("parked") if name.startswith(DUE)]  # a wrong `waits` hint is harmless
    assert bool([name for name in runs.blobs("deadletters") if name == str(PATH)]) or not scenario.dead
    newest = cached.waiting["erp"].envelope.version if scenario.dead else cached.applied["erp"].version
    of_version = [event for event in runs.events() if event["Version"] == newest.text]
    assert of_version
    assert of_version[-1]["Level"] == ("Error" if scenario.dead else "Success")
    assert creates_repeated(runs) == []


def creates_repeated(runs: Runs) -> list[str]:
    """Return the creates that were sent again though an earlier one was committed and nothing deleted since."""
    ordercloud, repeated = runs.world.ordercloud, list[str]()
    made = set[str]()
    for call in ordercloud.calls:
        name = call.path if call.method == "DELETE" else f"{call.path}/{(call.body or {}).get('ID')}"
        if call.method == "POST" and name in made:
            repeated.append(name)
        if any(call is each for each in ordercloud.committed):
            (made.add if call.method == "POST" else made.discard if call.method == "DELETE" else void)(name)
    return repeated


def void(_name: str) -> None:
    return None


@EACH
@pytest.mark.parametrize(
    ("raised", "where"),
    [
        pytest.param(Crash, anywhere, id="the process dies"),
        pytest.param(StorageUnavailableError, lambda step: step.place != "ordercloud", id="storage fails"),
        pytest.param(LostAnswer, at_ordercloud_writes, id="OrderCloud's answer is lost"),
    ],
)
async def test_whatever_happens_at_any_request_the_last_posting_is_there_in_the_end(
    scenario: Scenario, raised: type[BaseException], where: Callable[[Step], bool]
) -> None:
    moments = await struck(scenario, None, raised, where)
    assert moments or raised is LostAnswer
    for at in range(moments):
        await struck(scenario, at, raised, where)


@EACH
async def test_a_lost_answer_of_storage_is_made_good_by_repeating_the_request(scenario: Scenario) -> None:
    losses = 1
    at = 0
    while at < losses:
        runs = Runs(profile_of(Policies={"Parking": {"Delays": [10]}}), profile_of("pim"))
        await scenario.prepare(runs)
        losses = 0
        target = at

        async def lose(step: Step, runs: Runs = runs, target: int = target) -> None:
            nonlocal losses
            if step.place in runs.containers and step.method in ("PUT", "DELETE"):
                losses += 1
                if losses - 1 == target:
                    runs.containers[step.place].lose_answer()

        runs.before = lose
        await scenario.act(runs)
        runs.before = let_pass
        await runs.settle()
        assert_at_rest(runs, scenario)
        at += 1


async def test_a_value_posted_again_after_a_crash_replaces_what_the_dead_run_wrote() -> None:
    runs = Runs()
    await runs.apply(MUG)
    await crash_after(runs, CUP, "PATCH")
    await runs.post(MUG)
    await runs.settle()
    assert runs.world.ordercloud.get(ITEM) == runs.cached(PATH.record).current  # type: ignore[union-attr]  # it is there
    assert runs.world.ordercloud.get(ITEM)["Name"] == "Mug"  # type: ignore[index]  # as above


async def test_an_xp_property_that_only_a_dead_run_wrote_is_taken_out_when_it_is_not_posted_any_more() -> None:
    runs = Runs()
    await runs.apply(CUT)
    await crash_after(runs, {**CUT, "xp": {"a": 1, "c": 3}}, "PATCH")
    assert runs.world.ordercloud.get(ITEM)["xp"] == {"a": 1, "c": 3}  # type: ignore[index]  # it is there
    await runs.post(CUT)
    await runs.settle()
    assert runs.world.ordercloud.get(ITEM)["xp"] == {"a": 1}  # type: ignore[index]  # as above
    assert runs.events()[-1]["Action"] == "Update"


async def crash_after(runs: Runs, item: Json, method: str) -> None:
    """Post a record whose run dies when OrderCloud has carried out its write."""

    async def die(step: Step) -> None:
        if step.place == "ordercloud" and step.method == method:
            raise Crash

    runs.after = die
    with pytest.raises(Crash):
        await runs.apply(item)
    runs.after = let_pass
    runs.world.clock.advance(runs.limits.claim + 1)


async def test_a_run_that_is_so_slow_that_its_claim_expired_writes_nothing_more() -> None:
    """Between its GET and its PUT another run takes the record over and applies a newer posting."""
    runs = Runs()
    await runs.apply(MUG)

    async def stall(step: Step) -> None:
        if step.place == "ordercloud" and step.method == "GET":
            runs.after = let_pass
            runs.world.clock.advance(runs.limits.claim + 1)
            await runs.apply({**CUT, "Name": "Newest"})

    runs.after = stall
    await runs.apply(CUT)
    assert [method for method, _path, _body in runs.calls()] == [
        "POST",
        "GET",
        "GET",
        "GET",
        "PUT",
    ]  # one PUT, the newer run's
    assert runs.world.ordercloud.get(ITEM)["Name"] == "Newest"  # type: ignore[index]  # it is there
    await runs.settle()
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert cached.current == runs.world.ordercloud.get(ITEM)
    assert (cached.certain, cached.waiting) == (True, {})


async def test_what_a_refused_attempt_did_not_write_leaves_nothing_uncertain() -> None:
    runs = Runs()
    await runs.apply(MUG)
    runs.world.ordercloud.fail(RefusedByOrderCloud("refused"), method="PATCH")
    await runs.apply(CUP)
    cached = runs.cached(PATH.record)
    assert cached is not None
    assert (cached.certain, cached.attempted) == (True, {})
