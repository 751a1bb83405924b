"""One minute in which OrderCloud answers 503 to everything, under a steady feed."""

import time
from dataclasses import dataclass

from faults.feed import Feed, figures, problems_of, summed_up
from faults.outcomes import Outcome, Tell
from faults.pace import last
from faults.stage import Stage

PER_SECOND = 5
RECORDS = 200
MOST_CALLS = 100
"""Those that are under way when the circuit opens, with their retries, and its probes; without a circuit 1,700."""
RECOVERY_SECONDS = 120.0
UNAVAILABLE = {"Errors": [{"ErrorCode": "Unavailable", "Message": "Try again later.", "Data": None}]}


@dataclass(frozen=True, slots=True)
class Minute:
    """The lengths of its parts in seconds, and the most calls that OrderCloud may get while it is down."""

    before: float = 45.0
    outage: float = 60.0
    after: float = 20.0
    most_calls: int = MOST_CALLS


def outage_minute(stage: Stage, tell: Tell, minute: Minute) -> list[Outcome]:
    """Run it; the feed ends soon after the outage, so that most of what waited is not posted again."""
    with Feed(stage, RECORDS, PER_SECOND) as feed:
        tell(f"{PER_SECOND} postings a second, all is well")
        last(minute.before)
        with stage.sandbox.faults({"kind": "status", "value": {"status": 503, "body": UNAVAILABLE}}):
            began = stage.sandbox.last()
            tell(f"OrderCloud is down for {minute.outage:g} s")
            last(minute.outage)
            calls = len(stage.sandbox.journal(began))
        recovered = time.monotonic()
        tell("OrderCloud is well again")
        last(minute.after)
    tell("waiting for what waits")
    after = feed.aftermath(RECOVERY_SECONDS + 60 - minute.after)
    seconds = time.monotonic() - recovered
    problems = problems_of(feed.postings, after)
    if seconds > RECOVERY_SECONDS:
        problems.append(f"all was applied only {seconds:.0f} s after the recovery")
    if calls > minute.most_calls:
        problems.append(f"{calls} calls of OrderCloud during the outage; {minute.most_calls} are allowed")
    became = f"{summed_up(feed.postings, after)}; {calls} calls while down; all applied after {seconds:.0f} s"
    numbers = {"CallsWhileDown": calls, "RecoverySeconds": round(seconds, 1)}
    fault = f"OrderCloud answers 503 for {minute.outage:g} s"
    action = f"{PER_SECOND} postings a second, {RECORDS} records"
    return [Outcome("outage-minute", fault, action, became, tuple(problems), figures(feed.postings, after) | numbers)]
