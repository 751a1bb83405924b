"""Whole values that tests expect: OrderCloud's records, events, the cache, and the requests of each kind of run."""

from dataclasses import dataclass

from fakes.clock import START
from fakes.ordercloud_shapes import SHAPES
from fakes.runs import TRACEPARENT, Runs, path_of
from models.record import Json
from orchestration.cached_record import Applied, CachedRecord
from orchestration.envelope import Envelope

NOT_STORED = ("Posted", "Result")


def there(collection: str, **fields: object) -> Json:
    """Return a whole record of OrderCloud's: what is not given has OrderCloud's default."""
    made = {"DateCreated": START.isoformat()} if collection == "products" else {}
    return SHAPES[f"/v1/{collection}"].completed({"OwnerID": "acme", **made, **fields})


def product(**fields: object) -> Json:
    """Return the product P1 as OrderCloud has it."""
    return there("products", ID="P1", **fields)


def schedule(**fields: object) -> Json:
    """Return the price schedule P1 as OrderCloud has it."""
    return there("priceschedules", ID="P1", **fields)


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests that are made for one posting of P1, intake included, in order; `log` stands for the event."""

    record_type: str

    def of(self, *steps: str) -> list[str]:
        """Return the requests; each is written as its place and method, OrderCloud's with its path."""
        record = f"acme/{self.record_type}/p1"
        names = {"queue": f"{record}/erp", "cache": record, "parked": f"waits/{record}/", "log": "event"}
        return [step if step.startswith("ordercloud") else f"{step} {names[step.split()[0]]}" for step in steps]


BEGUN = ("queue PUT", "queue GET", "cache GET")
CLAIMED = (*BEGUN, "cache PUT", "queue HEAD")
ENDED = ("log PUT", "queue DELETE")


def storage(runs: Runs, since: int = 0) -> list[str]:
    """Return the requests that were made, in order, the event's without its id."""
    steps = runs.steps[since:]
    return ["log PUT event" if step.place == "log" else str(step) for step in steps]


def event_of(posting: Envelope, **fields: object) -> Json:
    """Return the whole event of a posting of P1 that went through at the start of time; steps took no time."""
    path = path_of(record_type=posting.record_type, client=posting.client)
    return {
        "Id": f"{str(path).replace('/', ':')}:{posting.version}:1",
        "Time": START.isoformat(),
        "Level": "Success",
        "RecordType": posting.record_type,
        "Resource": "seller",
        "Client": posting.client,
        "RecordID": str(path.record),
        "Keys": {"ID": "P1"},
        "Action": None,
        "Reason": "",
        "ErrorType": None,
        "Message": None,
        "Errors": [],
        "Posted": posting.posted,
        "Before": None,
        "Diff": None,
        "Result": None,
        "Calls": [],
        "UncertainCalls": 0,
        "Attempt": 1,
        "Durations": {},
        "Version": posting.version.text,
        "AcceptedAt": posting.accepted_at,
        "TraceID": TRACEPARENT.split("-")[1],
        "JobID": None,
        **fields,
    }


def without_durations(event: Json) -> Json:
    """Return an event with its durations checked to be none on a clock that stands still, and left out."""
    assert set(event["Durations"].values()) <= {0.0}
    return {**event, "Durations": {}}


def stored(event: Json) -> Json:
    """Return an event as the cache keeps it."""
    return {name: value for name, value in event.items() if name not in NOT_STORED}


def settled(posting: Envelope, managed: Json, event: Json, current: Json | None) -> CachedRecord:
    """Return what the cache says once a posting is through and nothing else is known."""
    return CachedRecord(
        current=current,
        fetched_at=START,
        deleted=current is None,
        applied={posting.client: Applied(managed, posting.version, stored(event))},
    )
