"""Run the demo's scenarios against a running stack, one after the other, and measure each."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from localdev.api_client import ApiClient, SandboxControl
from localdev.demo.catalogue import Item
from localdev.demo.checking import differences
from localdev.demo.counting import event_writes, outcomes, requests_by_record
from localdev.demo.story import Posting, Scenario, Story
from localdev.provisioning import MARKETPLACE, queue_is_empty

BATCH = 100
PATIENCE_SECONDS = 120.0
SETTLE_SECONDS = 20.0
POLL_SECONDS = 0.1

type Progress = Callable[[str, int, int], None]


class DemoError(RuntimeError):
    """The stack did not do what the demo needs to go on."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one scenario."""

    name: str
    records: int
    expected: dict[str, int]
    actual: dict[str, int]
    ordercloud_calls: int
    ok: bool
    seconds: float
    cost: dict[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the demo."""

    ok: bool
    seconds: float
    told: list[Told]
    differences: list[str]
    made: int
    saved: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as `demo --json` prints it."""
        shown = ("name", "records", "expected", "actual", "ordercloud_calls", "ok")
        return {
            "ok": self.ok,
            "seconds": round(self.seconds, 1),
            "scenarios": [{name: asdict(each)[name] for name in shown} for each in self.told],
            "ordercloud_calls": {"made": self.made, "saved": self.saved},
            "requests_per_record": self.requests_per_record,
            "differences": self.differences,
        }

    @property
    def requests_per_record(self) -> dict[str, float]:
        """Storage requests and event-log writes for one record, intake included, by what became of it."""
        return {name: value for each in self.told for name, value in each.cost.items()}


class Narrator:
    """Posts what the scenarios say, waits until it is through, and counts what it took."""

    def __init__(self, ready: dict[str, Any], progress: Progress) -> None:
        self._ready = ready
        self._progress = progress
        self._event_log = Path(ready["event_log"]["address"])
        self._azurite_log = Path(ready["logs"]["azurite"])
        self._connection_string = ready["storage"]["connection_string"]
        self._exit = ExitStack()
        self._clients: dict[str, ApiClient] = {}
        self._sandbox = SandboxControl(ready["sandbox"]["control"])

    def tell(self, items: list[Item]) -> Report:
        """Tell the whole story and compare OrderCloud with it in the end."""
        started = time.monotonic()
        story = Story(items)
        with self._exit:
            self._exit.enter_context(self._sandbox)
            told = [self._scenario(scenario) for scenario in story.scenarios()]
            wrong = differences(story.expected, self._sandbox.state(), story.removed_xp)
        made = sum(each.ordercloud_calls for each in told)
        saved = sum(each.actual.get("Ignore", 0) for each in told)
        ok = not wrong and all(each.ok for each in told)
        return Report(ok, time.monotonic() - started, told, wrong, made, saved)

    def _scenario(self, scenario: Scenario) -> Told:
        started, journal, log = time.monotonic(), self._sandbox.last(), self._azurite_log.stat().st_size
        for resource, identifier, fields in scenario.before:
            self._sandbox.change(resource, identifier, fields)
        versions: dict[str, Posting] = {}
        total = sum(len(wave) for wave in scenario.waves)

        def through() -> bool:
            return self._done(scenario, versions, total) == len(versions)

        for wave in scenario.waves:
            versions.update(self._post(wave))
            self._wait_until(through, scenario.name)
        with suppress(DemoError):  # what did not become as expected is told, not raised
            self._wait_until(lambda: self._as_expected(scenario, versions), scenario.name, SETTLE_SECONDS)
        actual = Counter(self._outcomes(versions).values())
        calls = len(self._sandbox.journal(journal))
        ok = dict(actual) == scenario.expected and calls == scenario.calls
        seconds = time.monotonic() - started
        cost = self._cost(scenario, versions, log)
        return Told(scenario.name, total, scenario.expected, dict(actual), calls, ok, seconds, cost)

    def _post(self, wave: list[Posting]) -> dict[str, Posting]:
        """Post a wave, in arrays, and return the postings by the versions that they were given."""
        versions: dict[str, Posting] = {}
        for start in range(0, len(wave), BATCH):
            batch = wave[start : start + BATCH]
            client = self._client(batch[0].client)
            if batch[0].delete:
                answers = [client.delete(each.record_type, each.body["ID"]) for each in batch]
            else:
                answers = [client.post(batch[0].record_type, [each.body for each in batch])]
            for answer in answers:
                if answer.status_code != 202:  # noqa: PLR2004 - HTTP's own number
                    raise DemoError(f"{answer.request.method} answered {answer.status_code}: {answer.text[:500]}")
            items = [item for answer in answers for item in answer.json()["Items"]]
            versions |= {item["Version"]: posting for item, posting in zip(items, batch, strict=True)}
        return versions

    def _done(self, scenario: Scenario, versions: dict[str, Posting], total: int) -> int:
        """Return how many postings have an outcome by now, and show it."""
        done = len(self._outcomes(versions))
        self._progress(scenario.name, done, total)
        return done

    def _as_expected(self, scenario: Scenario, versions: dict[str, Posting]) -> bool:
        """Tell whether every posting became what it should and none is left in the queue."""
        became = Counter(self._outcomes(versions).values())
        return became == scenario.expected and queue_is_empty(self._connection_string)

    def _outcomes(self, versions: dict[str, Posting]) -> dict[str, str]:
        types = {version: posting.record_type for version, posting in versions.items()}
        return outcomes(self._event_log, types)

    def _wait_until(self, done: Callable[[], bool], name: str, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise DemoError(f"{name}: not through after {seconds:g} s; see {self._ready['logs']['host']}")
            time.sleep(POLL_SECONDS)

    def _cost(self, scenario: Scenario, versions: dict[str, Posting], log: int) -> dict[str, float]:
        """Return storage requests and event-log writes for one record of the scenario."""
        if scenario.cost is None:
            return {}
        wanted = {f"{MARKETPLACE}/{each.record_type}/{each.body['ID'].lower()}" for each in versions.values()}
        requests = requests_by_record(self._azurite_log, log)
        writes = event_writes(self._event_log, versions)
        count = sum(requests[path] for path in wanted) + sum(writes.values())
        return {scenario.cost: round(count / len(wanted), 2)}

    def _client(self, name: str) -> ApiClient:
        if name not in self._clients:
            self._clients[name] = self._exit.enter_context(ApiClient(self._ready, name))
        return self._clients[name]
