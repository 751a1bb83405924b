"""A record of any type, taken through all stages of its row of the table in one stack, and what each stage came to."""

import copy
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from e2e_world import Json, World, accepted, lacking, wait_for
from type_table import STAGES, Row, named

from localdev.demo.counting import event_writes, requests_by_record
from localdev.provisioning import MARKETPLACE
from models.record_types import REGISTRY

UNCHANGED, CHANGED, CREATED = 5, 8, 9
"""Storage and log requests for one record; a created one that others may wait for costs one more than a changed one."""


@dataclass(frozen=True, slots=True)
class Day:
    """What came of one posting, with `#` and `$` for the IDs, as the table has them.

    Attributes:
        state: where the record stands.
        action: what was decided.
        calls: what OrderCloud was asked.
        told: what the event says of that.
        lacking: what was posted and is not held, and what is held and should not be.
        held: whether OrderCloud holds it in the end.
    """

    state: str
    action: str
    calls: tuple[str, ...]
    told: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    held: bool = True


class Life:
    """One row of the table in one stack, with IDs of its own."""

    def __init__(self, world: World, row: Row) -> None:
        self.tag = f"t{uuid.uuid4().hex[:10]}"
        self._world = world
        self._row = row
        self._own = f"{self.tag}-own"
        self._asked = 0

    @property
    def keys(self) -> Json:
        """The record's keys."""
        return named(dict(self._row.keys), self._own, self.tag)

    @property
    def body(self) -> Json:
        """The row's posting beside the keys."""
        return named(self._row.body, self._own, self.tag)

    @property
    def changed(self) -> Json:
        """The row's changed posting."""
        return {**self.body, **named(self._row.change, self._own, self.tag)}

    @property
    def held(self) -> Json | None:
        """What OrderCloud holds of the record."""
        return self._world.ordercloud(self._row.name, self._place)

    @property
    def _place(self) -> str:
        return named(self._row.held[1], self._own, self.tag)

    def live(self) -> Mapping[str, Day]:
        """Go through all stages of the row."""
        self.prepare()
        return {stage: self._day(stage) for stage in STAGES if stage not in self._row.skipped}

    def pay(self) -> Mapping[str, int]:
        """Create, repost and change a record; return what each took of storage and log requests."""
        self.prepare()
        created = CREATED if self._row.referred else CHANGED
        costs = {"create": self._cost(self.body, created), "unchanged": self._cost(self.body, UNCHANGED)}
        return {**costs, "patch": self._cost(self.changed, CHANGED)} if self._row.change else costs

    def prepare(self) -> None:
        """Post what the row needs."""
        for record_type, template in self._row.before:
            body = named(template, self._own, self.tag)
            keys = {name: body.get(name) for name in REGISTRY[record_type].keys}
            answer = self._world.api().post(f"/orchestration/{record_type}", json=body)
            stands = self._world.outcome(record_type, path_of(keys), accepted(answer, keys))
            assert stands["State"] == "applied", stands
        self._calls()

    def post(self, body: Json, client: str = "seller", *, below_buyer: bool = False) -> httpx.Response:
        """Post the record, below its buyer's path or not."""
        given = {name: key for name, key in self.keys.items() if key is not None}
        below = f"/{given.pop('BuyerID')}" if below_buyer else ""
        return self._world.api(client).post(f"/orchestration{below}/{self._row.name}", json={**given, **body})

    def delete(self, client: str = "seller") -> httpx.Response:
        """Delete the record."""
        return self._world.api(client).delete(f"/orchestration/{self._row.name}/{path_of(self.keys)}")

    def through(self, answer: httpx.Response, client: str = "seller") -> Json:
        """Return where the record stands when what was accepted is through."""
        return self._world.outcome(self._row.name, path_of(self.keys), accepted(answer, self.keys), client)

    def _day(self, stage: str) -> Day:
        row, world = self._row, self._world
        self._own = f"{self.tag}-{'there' if stage == 'adopt' else 'own'}"
        posting = {"patch": self.changed, "removal": without(self.changed, row.removed)}.get(stage, self.body)
        if stage == "adopt":
            given = {name: key for name, key in self.keys.items() if key is not None}
            world.put_in_ordercloud(row.name, self._place, {**given, **without(posting, row.removed)})
        elif stage == "gone":
            world.take_from_ordercloud(row.name, self._place)
        below_buyer = row.buyer_owned and stage != "unchanged"
        stands = self.through(self.delete() if stage == "delete" else self.post(posting, below_buyer=below_buyer))
        held, event = self.held, stands["LastEvent"]
        wrong = lacking(row.shows(posting), held) if held else []
        wrong += [f"{row.lost} is there"] if stage == "removal" and _at(held, row.lost) is not None else []
        told = self._as_in_the_table(f"{call['Method']} {call['Path']}" for call in event["Calls"])
        calls = self._as_in_the_table(self._calls())
        return Day(stands["State"], event["Action"], calls, told, tuple(wrong), held is not None)

    def _calls(self) -> list[str]:
        """Return what OrderCloud was asked about this life since the last look."""
        entries = self._world.mentions(self.tag, after=self._asked)
        self._asked = entries[-1]["n"] if entries else self._asked
        return [f"{each['method']} {each['path']}?{each['query']}".rstrip("?") for each in entries]

    def _cost(self, body: Json, least: int) -> int:
        """Post and count; nobody asks where the record stands, since that takes requests that name it too."""
        ready = self._world.ready
        log, events = Path(ready["logs"]["azurite"]), Path(ready["event_log"]["address"])
        record = f"{MARKETPLACE}/{self._row.name}/{next(iter(self.keys.values()))}"
        before = requests_by_record(log)[record]
        version = accepted(self.post(body), self.keys)

        def count() -> int:
            return requests_by_record(log)[record] - before + event_writes(events, [version]).get(version, 0)

        wait_for(lambda: count() >= least, what=f"the {least} requests of {record}")
        return count()

    def _as_in_the_table(self, calls: Iterable[str]) -> tuple[str, ...]:
        return tuple(call.replace(self._own, "#").replace(self.tag, "$") for call in calls)


def path_of(keys: Mapping[str, str | None]) -> str:
    """Return keys as the routes have them."""
    return "/".join("~" if key is None else quote(key) for key in keys.values())


def without(posting: Json, path: str) -> Json:
    """Return a posting with the property at a path left out; where it has none, the posting."""
    above, _, name = path.rpartition(".")
    left = copy.deepcopy(posting)
    inner = _at(left, above) if above else left
    if isinstance(inner, dict):
        inner.pop(name, None)
    return left


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
