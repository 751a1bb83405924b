"""A source that posts products at a steady pace, over and over, each posting with a number of its own.

What was accepted, and what got no 202, is kept: by it `judged` tells what was lost or doubled.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from faults.judging import about, applied, blind_posts, carried_out, uncached
from faults.stage import ACCEPTED, Logged, Seen, Stage, new_key

type Json = dict[str, Any]

SOURCES = 24
"""How many postings are under way at once, so that the pace is kept while some get no answer for seconds."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting; `version` is none where it was not accepted, and `sent` is the time of day in seconds."""

    key: str
    number: int
    sent: float
    version: str | None


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is there when all is quiet again; of the journal, what came after the feed had begun."""

    seen: Seen
    everything: Mapping[str, Mapping[str, Any]]
    journal: list[Json]
    events: list[Logged]


class Feed:
    """Posts for the length of a `with` block."""

    def __init__(self, stage: Stage, records: int, per_second: float) -> None:
        self.stem = new_key("feed")
        self.postings: list[Posting] = []
        self._stage = stage
        self._keys = [f"{self.stem}-{number}" for number in range(records)]
        self._pause = 1 / per_second
        self._under_way: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed")

    def __enter__(self) -> Self:
        self._after = self._stage.sandbox.last()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due, number = time.monotonic(), 0
        with ThreadPoolExecutor(SOURCES) as sources:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += self._pause
                number += 1
                # A record whose last posting is still under way is left out: its order would not be certain.
                key = self._keys[number % len(self._keys)]
                if key not in self._under_way and len(self._under_way) < SOURCES:
                    self._under_way.add(key)
                    sources.submit(self._post, key, number)

    def _post(self, key: str, number: int) -> None:
        sent, version = time.time(), None
        try:
            answer = self._stage.post("product", product(key, number))
            if answer is not None and answer.status_code == ACCEPTED:
                version = answer.json()["Items"][0]["Version"]
        finally:
            self.postings.append(Posting(key, number, sent, version))
            self._under_way.discard(key)

    def aftermath(self, seconds: float) -> Aftermath:
        """Wait until nothing of the feed is under way or waits, or the time is up, and return what is there."""
        return aftermath(self._stage, self.stem, self._after, seconds)


def aftermath(stage: Stage, stem: str, after: int, seconds: float) -> Aftermath:
    """Wait until all is quiet around the records whose keys begin with `stem`; `after` is an entry of the journal."""
    seen = stage.settled(stem, seconds=seconds)
    return Aftermath(seen, stage.sandbox.state(), about(stage.sandbox.journal(after), stem), stage.events(stem))


def product(key: str, number: int) -> Json:
    """Return a posting with a number by which it is found again."""
    return {"ID": key, "Name": f"Product {number}", "xp": {"Number": number}}


def problems_of(postings: Sequence[Posting], after: Aftermath) -> list[str]:
    """Return each loss, double and mismatch."""
    return [
        *after.seen.unsettled,
        *lost(postings, after),
        *doubled(after),
        *uncached(after.seen.cached, after.everything),
    ]


def lost(postings: Iterable[Posting], after: Aftermath) -> list[str]:
    """Tell which records are not as last accepted; a posting after that, which got no 202, may count or not."""
    found = []
    by_key: defaultdict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        by_key[posting.key].append(posting)
    logged = Counter(each.event["Version"] for each in after.events if applied(each.event))
    for key, all_of_it in by_key.items():
        in_order = sorted(all_of_it, key=lambda posting: posting.number)
        accepted = [index for index, posting in enumerate(in_order) if posting.version]
        if not accepted:
            continue
        last, later = in_order[accepted[-1]], in_order[accepted[-1] + 1 :]
        there = after.everything["products"].get(key)
        number = there and there["xp"]["Number"]
        if number not in {last.number, *(posting.number for posting in later)}:
            found.append(f"{key} is at {number}; {last.number} was accepted last")
        times = logged[last.version or ""]
        if times != 1 and not (later and times == 0):
            found.append(f"{key}: version {last.version}, accepted last, was logged as applied {times} times")
    return found


def doubled(after: Aftermath) -> list[str]:
    """Tell which postings were written more than once, or logged so.

    A write whose answer was lost on the way may be made again where that does no harm: PUT, PATCH and DELETE.
    """
    made: Counter[str] = Counter()
    unanswered: Counter[str] = Counter()
    for entry in after.journal:
        if entry["method"] not in ("POST", "PATCH", "PUT") or not isinstance(entry["request"], dict):
            continue
        what = f"{entry['method']} {entry['path']} {entry['request'].get('ID', '')} {entry['request'].get('Name')}"
        if carried_out(entry):
            made[what] += 1
            unanswered[what] += bool(entry.get("dropped"))
    found = [
        f"{count} times: {what}"
        for what, count in made.items()
        if count > 1 + (unanswered[what] if not what.startswith("POST ") else 0)
    ]
    successes = Counter((each.event["RecordID"], each.event["Version"]) for each in after.events if applied(each.event))
    found += [f"{count} events of having been applied: {which}" for which, count in successes.items() if count > 1]
    return found + blind_posts(after.journal)


def lead_seconds(postings: Iterable[Posting], events: Iterable[Logged]) -> list[float]:
    """Return the seconds from the sending of each posting that was applied by itself to its event, in order."""
    logged = {
        each.event["Version"]: datetime.fromisoformat(each.event["Time"]).timestamp()
        for each in events
        if applied(each.event)
    }
    return sorted(logged[each.version] - each.sent for each in postings if each.version in logged)


def figures(postings: Sequence[Posting], after: Aftermath) -> dict[str, Any]:
    """Return the numbers of a feed: postings, what was accepted, and lead times in seconds."""
    lead = lead_seconds(postings, after.events)
    return {
        "Postings": len(postings),
        "Accepted": sum(posting.version is not None for posting in postings),
        "Records": len({posting.key for posting in postings}),
        "LeadSeconds": {
            name: round(_share(lead, share), 2) for name, share in (("P50", 0.5), ("P99", 0.99), ("Max", 1.0))
        },
        "OrderCloudCalls": len(after.journal),
    }


def _share(in_order: Sequence[float], share: float) -> float:
    return in_order[min(len(in_order) - 1, int(share * len(in_order)))] if in_order else float("nan")


def summed_up(postings: Sequence[Posting], after: Aftermath) -> str:
    """Say in words what became of a feed."""
    accepted = sum(posting.version is not None for posting in postings)
    missing, twice = len(lost(postings, after)), len(doubled(after))
    return f"{accepted} of {len(postings)} accepted, {missing} lost, {twice} doubled"
