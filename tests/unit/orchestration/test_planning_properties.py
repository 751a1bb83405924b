"""Whatever became of a record before, a plan of one more posting tells what its run then does, to the letter."""

import asyncio
import json
from dataclasses import dataclass, field

from fakes.foretold import expect, planned, planned_deletion
from fakes.profiles import profile_of
from fakes.runs import Runs, path_of
from hypothesis import event, given, settings
from hypothesis import strategies as st

from models.record import Json
from orchestration.failures import RefusedByOrderCloud, Unavailable
from orchestration.planning import Plan
from orchestration.profile import Profile
from orchestration.receipt import Receipt, RefusedItem

DAY = 25 * 3_600
VERSIONS = [None, None, "4", "5", "5", "5", "6", "2026-01-01T12:00:00+00:00"]
PRICES = [[{"Quantity": 1, "Price": 2}], [{"Price": 3, "Quantity": 1}, {"Quantity": 5, "Price": 2}], []]


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says, or that it deletes the record where nothing is posted; `does` is what is done with it.

    `foretold`: it is planned, posted and run. `queued`: it stays in the queue. `down`, `refused`: OrderCloud fails its
    run. `theirs`: somebody else writes it to OrderCloud, who says nothing of it. `later`: a day goes by before.
    """

    posted: Json | None
    version: str | None
    client: str
    does: str
    later: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its type, where OrderCloud has it, and what is posted of it."""

    record_type: str
    collection: str
    fields: dict[str, st.SearchStrategy[object]] = field(default_factory=dict)

    def bodies(self) -> st.SearchStrategy[Json]:
        """Draw a posting, its fields in any order. Its name is always given, since OrderCloud creates none without."""
        always = {"ID": st.just("P1"), "Name": st.sampled_from(["Mug", "Cup"])}
        drawn = st.fixed_dictionaries(always, optional=self.fields)
        return drawn.flatmap(lambda body: st.permutations(list(body.items())).map(dict))


XP = st.sampled_from([None, {}, {"b": 1}, {"b": 1, "a": {"d": 1, "c": 2}}, {"a": {"c": 3}}, {"c": [2, 1]}])
KINDS = [
    Kind(
        "product",
        "/v1/products",
        {
            "ShipWeight": st.sampled_from([None, 1, 2.5]),
            "Description": st.sampled_from([None, "tall", "small"]),
            "Active": st.booleans(),
            "Inventory": st.sampled_from([{"QuantityAvailable": 5, "Enabled": True}, {"Enabled": False}]),
            "xp": XP,
        },
    ),
    Kind(
        "priceschedule",
        "/v1/priceschedules",
        {"PriceBreaks": st.sampled_from(PRICES), "MinQuantity": st.sampled_from([1, 2]), "xp": XP},
    ),
]
DOES = ["foretold", "foretold", "foretold", "queued", "down", "refused", "theirs"]


def stories(kind: Kind) -> st.SearchStrategy[tuple[Kind, list[Said]]]:
    """Draw what comes one after the other, first all that a source may say, and last what is foretold."""
    posted = st.one_of(*[kind.bodies()] * 4, st.none())
    version, client = st.sampled_from(VERSIONS), st.sampled_from(["erp", "erp", "erp", "pim"])
    whole = st.fixed_dictionaries({"ID": st.just("P1"), "Name": st.just("Mug"), **kind.fields})
    first = st.builds(Said, whole, st.sampled_from([None, "4", "5"]), st.just("erp"), st.sampled_from(DOES))
    said = st.builds(Said, posted, version, client, st.sampled_from(DOES), st.sampled_from([False, False, True]))
    last = st.builds(Said, posted, version, client, st.just("foretold"), st.booleans())
    steps = st.tuples(first, st.lists(said, max_size=4), last)
    return st.tuples(st.just(kind), steps.map(lambda drawn: [drawn[0], *drawn[1], drawn[2]]))


PROFILES: list[dict[str, str]] = [{}, {"Refresh": "always"}, {"Refresh": "always", "Drift": "report"}]


async def say(runs: Runs, kind: Kind, each: Said) -> Receipt:
    """Post or delete as a source does."""
    where = {"client": each.client, "record_type": kind.record_type, "version": each.version}
    if each.posted is None:
        return await runs.receive_deletion("P1", **where)
    return await runs.receive(each.posted, **where)


async def plan(runs: Runs, kind: Kind, each: Said) -> Plan:
    """Plan the same."""
    where = {"client": each.client, "record_type": kind.record_type, "version": each.version}
    if each.posted is None:
        return await planned_deletion(runs, "P1", **where)
    return await planned(runs, each.posted, **where)


def refusals(refused: tuple[RefusedItem, ...]) -> list[tuple[int, int, str, str, str]]:
    """Return errors as they are answered."""
    told = [(each.index, each.rejection) for each in refused]
    return [(index, why.status, why.code, str(why), json.dumps(why.data)) for index, why in told]


async def foretell(runs: Runs, kind: Kind, each: Said) -> None:
    """Plan, post and run, and compare."""
    told = await plan(runs, kind, each)
    made, logged = len(runs.calls()), len(runs.events())
    receipt = await say(runs, kind, each)
    assert refusals(told.refused) == refusals(receipt.refused)
    assert len(told.items) == len(receipt.accepted)
    if receipt.accepted:
        await runs.run(path_of(record_type=kind.record_type, client=each.client))
        happened = runs.events()[logged:]
        assert len(happened) == 1
        expect(runs, told.items[0], made)
        event(f"{happened[0]['Action']} {happened[0]['ErrorType']}")


async def play(profiles: list[Profile], kind: Kind, story: list[Said]) -> None:
    """Have a record, and foretell what is to be foretold of it."""
    runs = Runs(*profiles)
    ordercloud, path = runs.world.ordercloud, f"{kind.collection}/P1"
    for each in story:
        runs.world.clock.advance(DAY if each.later else 1)  # no two postings are accepted at once
        match each.does:
            case "foretold":
                await foretell(runs, kind, each)
            case "theirs":
                there = ordercloud.get(path)
                ordercloud.keep(kind.collection, {**(there or {}), **(each.posted or {"ID": "P1", "Name": "theirs"})})
            case _:
                await say(runs, kind, each)
        if each.does in ("down", "refused"):
            failure = Unavailable("down", status=503) if each.does == "down" else RefusedByOrderCloud("no", status=400)
            ordercloud.fail(failure, times=None)
            await runs.run(path_of(record_type=kind.record_type, client=each.client))
            ordercloud.mend()
    ids = [(each["Id"], each["Reason"]) for each in runs.events()]
    assert len({name for name, _ in ids}) == len(ids), "an event wrote over another"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(PROFILES), st.one_of(*(stories(kind) for kind in KINDS)))
def test_a_plan_tells_what_posting_then_does(policies: Json, story: tuple[Kind, list[Said]]) -> None:
    kind, said = story
    profiles = [profile_of(client, Policies=policies) for client in ("erp", "pim")]
    asyncio.run(play(profiles, kind, said))
