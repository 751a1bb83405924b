"""One source floods, and another goes on as before; and triggers misbehave while the host dies."""

import time
from concurrent.futures import ThreadPoolExecutor

from faults.feed import Feed, Posting, aftermath, figures, problems_of, product, summed_up
from faults.kills import KILLS, host_killed
from faults.outcomes import Outcome, Tell
from faults.stage import ACCEPTED, Stage, StageError, new_key
from faults.under_feed import under_feed
from localdev.api_client import ApiClient

FLOOD = 1_000
ARRAY = 100
_SETTLED_SECONDS = 300.0


def flood(stage: Stage, tell: Tell, records: int = FLOOD) -> list[Outcome]:
    """Let one source post many records as arrays while another posts one a second, until all of them are through."""
    stem = new_key("flood")
    with ApiClient(stage.ready, "pim") as pim, Feed(stage, 10, 1) as feed:
        after = stage.sandbox.last()
        tell(f"{records} records as arrays of {ARRAY}, beside one a second")
        began = time.monotonic()
        with ThreadPoolExecutor(2) as sources:
            numbers = [range(first, min(first + ARRAY, records)) for first in range(0, records, ARRAY)]
            arrays = [sources.submit(_array, pim, stem, each) for each in numbers]
            postings = [posting for array in arrays for posting in array.result()]
        taken = time.monotonic() - began
        tell("waiting until the flood is through")
        flooded = aftermath(stage, stem, after, _SETTLED_SECONDS)
        through = time.monotonic() - began
    quiet = feed.aftermath(_SETTLED_SECONDS)
    beside = figures(feed.postings, quiet)
    numbers_ = figures(postings, flooded) | {"TakenSeconds": round(taken, 1), "ThroughSeconds": round(through, 1)}
    lead = ", ".join(f"{name} {seconds:g} s" for name, seconds in beside["LeadSeconds"].items())
    return [
        Outcome(
            "floods",
            f"{records} records as arrays of {ARRAY}",
            "the flood itself",
            f"{summed_up(postings, flooded)}; through after {through:.0f} s",
            tuple(problems_of(postings, flooded)),
            numbers_,
        ),
        Outcome(
            "floods",
            f"{records} records as arrays of {ARRAY}",
            "another source, one a second",
            f"{summed_up(feed.postings, quiet)}; lead time {lead}",
            tuple(problems_of(feed.postings, quiet)),
            beside,
        ),
    ]


def _array(source: ApiClient, stem: str, numbers: range) -> list[Posting]:
    sent = time.time()
    keys = [f"{stem}-{number}" for number in numbers]
    answer = source.post("product", [product(key, number) for key, number in zip(keys, numbers, strict=True)])
    if answer.status_code != ACCEPTED:
        raise StageError(f"an array of the flood was answered {answer.status_code}: {answer.text[:500]}")
    versions = {item["Index"]: item["Version"] for item in answer.json()["Items"]}
    return [
        Posting(key, number, sent, versions[index])
        for index, (key, number) in enumerate(zip(keys, numbers, strict=True))
    ]


def triggers_and_crashes(stage: Stage, tell: Tell, seed: int) -> list[Outcome]:
    """Kill the host at random on a stack whose triggers come twice, late or never."""
    return under_feed(stage, tell, "triggers", {f"triggers misbehave, host killed {KILLS} times": host_killed(seed)})
