"""What unit tests are made of: plain samples of envelopes and profiles, and hypothesis strategies for odd JSON."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from models.record import Json
from models.record_types import REGISTRY
from models.registry import RecordType
from orchestration.cached_record import Applied, CachedRecord, Claim
from orchestration.envelope import Envelope, Operation
from orchestration.profile import Policies, Profile
from orchestration.versions import Version, accepted_version
from orchestration.waiting import Waiting, WaitingState

PRODUCT = REGISTRY["product"]
PRICE_SCHEDULE = REGISTRY["priceschedule"]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def posting(
    posted: Json,
    *,
    operation: Operation = Operation.UPSERT,
    version: str = "2026-01-31T11:59:00.000000Z~aa",
    record_type: RecordType = PRODUCT,
    client: str = "erp",
) -> Envelope:
    """Return the envelope of a posting of the record `P1`."""
    return Envelope(
        record_type=record_type.name,
        operation=operation,
        marketplace="Shop",
        resource="seller",
        client=client,
        keys=("P1",),
        posted=posted,
        version=Version(version),
        accepted_at="2026-01-31T11:59:00+00:00",
        traceparent=TRACEPARENT,
    )


def profile_json(**changes: object) -> Json:
    """Return an integration profile as its blob says it, with what differs from the plainest one."""
    return {
        "Marketplace": "Shop",
        "ApiUrl": "https://api.ordercloud.io",
        "AuthUrl": "https://auth.ordercloud.io",
        "ClientID": "ERP",
        "ClientSecret": "env:ERP_SECRET",
        "Resource": "seller",
        **changes,
    }


def profile(*, resource: str = "seller", **policies: Any) -> Profile:
    """Return an integration profile of a resource, with its policies by their names in JSON."""
    return Profile.model_validate(profile_json(Resource=resource, Policies=policies))


def applied_by(client: str, posted: Json, version: str = "1") -> dict[str, Applied]:
    """Return what a cached record says of the one source that has applied a posting to it."""
    return {client: Applied(posted, Version(version), {})}


# Few names and few values, so that documents that are drawn apart still agree and disagree at every depth.
ODD_NAMES = st.sampled_from(["a", "b", "c", "", "a.b", "é", "*"])
LEAVES = st.sampled_from([None, True, False, 0, 1, 1.0, -2.5, "", "x", "1", "é"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def odd_values(leaves: st.SearchStrategy[Any] = LEAVES) -> st.SearchStrategy[Any]:
    """Draw any JSON: nested and empty objects and lists, nulls, truth values beside the numbers they look like."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(ODD_NAMES, inner, max_size=3),
        max_leaves=6,
    )


JSON_OBJECTS: st.SearchStrategy[Json] = st.dictionaries(
    TEXTS,
    odd_values(LEAVES | TEXTS | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)),
    max_size=4,
)
INSTANTS = ["2026-01-31T08:00:00Z", "2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00", "2026-02-01T00:00:00.5Z"]
OBJECTS: list[Any] = [
    {},
    {"a": 1},
    {"b": 1},
    {"a": 2, "b": 1},
    {"a": None, "c": 0},
    {"a": {}},
    {"a": {"b": 1}},
    {"a": {"b": 1, "c": 2}, "b": 1},
    {"a": {"c": 2}, "": {"é": [1]}},
]
VALUES: list[Any] = [
    *OBJECTS,
    None,
    True,
    False,
    0,
    1,
    1.0,
    "",
    "x",
    "1",
    [],
    [1],
    [True],
    [{"a": 1}],
    [{"a": 1, "b": None}],
]
_ABSENT = object()


def _fields(pools: dict[str, list[Any]], **always: Any) -> st.SearchStrategy[Json]:
    """Draw an object whose fields are each absent or one of a pool."""
    draws = st.tuples(*(st.sampled_from([_ABSENT, *pool]) for pool in pools.values()))
    return draws.map(
        lambda drawn: {**always, **{name: each for name, each in zip(pools, drawn, strict=True) if each is not _ABSENT}}
    )


def _xp(record_type: RecordType, *, current: bool) -> st.SearchStrategy[Json | None]:
    """Draw xp: odd properties, and of a product known and ignored ones; OrderCloud may spell an enum as it likes."""
    odd: dict[str, list[Any]] = {"a": VALUES, "b": OBJECTS, "a.b": [1, {"a": 1}], "": VALUES, "*": [None, "x"]}
    known: dict[str, list[Any]] = {
        "Status": ["Draft", "Published", "draft", "PUBLISHED"] if current else ["Draft", "Published"],
        "Accessorials": [[], ["Hazmat"], ["HAZMAT" if current else "Hazmat", "Freezable"]],
        "Note": ["old", "new"],
        "IntegrationData": OBJECTS,
    }
    pools = {**odd, **(known if record_type is PRODUCT else {})}
    return st.one_of(_fields(pools), _fields({"a": OBJECTS, "b": OBJECTS}), st.none())


def _inventories(*, current: bool) -> list[Any]:
    more: Json = {"LastUpdated": INSTANTS[0]} if current else {}
    inventories: list[Json] = [
        {"Enabled": True},
        {"Enabled": False, "QuantityAvailable": 1},
        {"NotificationPoint": None},
    ]
    return [None, {}, *({**each, **more} for each in inventories)]


def _price_breaks(*, current: bool) -> list[Any]:
    one = 1.0 if current else 1
    return [
        [],
        [{"Quantity": one, "Price": 5}],
        [{"Quantity": one, "Price": 5.0, "SalePrice": 3}],
        [{"Quantity": 10, "Price": 4}, {"Quantity": one, "Price": 5}],
        [{"Quantity": one, "Price": 5, "SalePrice": None}, {"Quantity": 2, "Price": 1}],
    ]


def documents(record_type: RecordType, *, current: bool = False) -> st.SearchStrategy[Json]:
    """Draw the managed fields of a record, or what OrderCloud may answer of one: more fields, spelled its own way."""
    if record_type is PRODUCT:
        pools: dict[str, list[Any]] = {
            "Name": ["Mug", "Cup"],
            "Description": [None, "", "tall"],
            "Active": [True, False],
            "ShipWeight": [None, 1, 1.0, 2.5],
            "Inventory": _inventories(current=current),
        }
        computed: Json = {"OwnerID": "Shop", "SpecCount": 0, "DateCreated": INSTANTS[0]}
    else:
        pools = {
            "Name": ["Retail", "Trade"],
            "MinQuantity": [None, 1, 2],
            "SaleStart": [None, *INSTANTS],
            "PriceBreaks": _price_breaks(current=current),
        }
        computed = {"OwnerID": "Shop", "IsOnSale": True}
    fields = _fields(pools, ID="P1", **(computed if current else {}))
    xp = st.just(_ABSENT) | _xp(record_type, current=current)
    return st.builds(lambda found, each: found if each is _ABSENT else {**found, "xp": each}, fields, xp)


DOCUMENTS = {row.name: documents(row) for row in (PRODUCT, PRICE_SCHEDULE)}
CURRENTS = {row.name: documents(row, current=True) for row in (PRODUCT, PRICE_SCHEDULE)}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a diff is calculated from."""

    type_name: str
    posted: Json
    applied: Json
    current: Json
    attempted: Json

    @property
    def record_type(self) -> RecordType:
        """The registry's row; kept by its name, so that a failing case reads well."""
        return REGISTRY[self.type_name]


@st.composite
def situations(draw: st.DrawFn, *, first: bool = False) -> Situation:
    """Draw a posting, what its source applied and attempted before (nothing, where it is the first), and the rest.

    OrderCloud often has what was applied, among other things.
    """
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    posted = draw(DOCUMENTS[name])
    applied, attempted = ({}, {}) if first else draw(st.tuples(*[st.just({}) | DOCUMENTS[name]] * 2))
    current = _over(draw(CURRENTS[name]), draw(st.sampled_from([{}, applied, attempted, posted])))
    return Situation(name, *json.loads(json.dumps([posted, applied, current, attempted])))  # no two share an object


def _over(below: Json, above: Json) -> Json:
    """Return an object laid over another one at every depth."""
    merged = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(below[name], dict) and isinstance(above[name], dict):
            merged[name] = _over(below[name], above[name])
    return merged


KEYS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=3).map(
    tuple
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
VERSIONS = st.one_of(
    st.integers(-(10**18) + 1, 10**18 - 1).map(lambda number: Version(str(number))),
    MOMENTS.map(lambda moment: Version(moment.isoformat())),
    MOMENTS.map(lambda moment: accepted_version(moment, "c0ffee00")),
)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    """Draw the envelope of any posting of any record and source."""
    operation = draw(st.sampled_from(Operation))
    return Envelope(
        record_type=draw(st.sampled_from(["product", "priceschedule"])),
        operation=operation,
        marketplace=draw(st.sampled_from(["Shop", "shop-2"])),
        resource=draw(st.sampled_from(["seller", "supplier:S1"])),
        client=draw(st.sampled_from(["ERP", "pim"])),
        keys=draw(KEYS),
        posted={} if operation is Operation.DELETE else draw(JSON_OBJECTS),
        version=draw(VERSIONS),
        accepted_at=draw(MOMENTS).isoformat(),
        traceparent=TRACEPARENT,
        left_out=draw(st.sampled_from([(), ("OwnerID", "Inventory.LastUpdated")])),
        job_id=draw(st.none() | st.just("job-1")),
        source_name=draw(st.none() | TEXTS),
    )


@st.composite
def waitings(draw: st.DrawFn) -> Waiting:
    """Draw a posting that could not be applied."""
    parked = draw(st.booleans())
    return Waiting(
        envelope=draw(envelopes()),
        state=WaitingState.PARKED if parked else WaitingState.DEAD,
        cause=draw(TEXTS),
        error_type="Unavailable",
        attempts=draw(st.integers(1, 40)),
        untried=draw(st.integers(0, 40)),
        errors=tuple(draw(st.lists(JSON_OBJECTS, max_size=2))),
        due=draw(MOMENTS | st.none()) if parked else None,  # none: it is paused
        waits_for=draw(st.none() | st.just("shop/priceschedule/ps1")) if parked else None,
        hints=draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        calls=draw(st.integers(0, 3)),
        unlogged=draw(st.integers(0, 3)),
    )


def cached_records(
    currents: st.SearchStrategy[Json] = JSON_OBJECTS, posteds: st.SearchStrategy[Json] = JSON_OBJECTS
) -> st.SearchStrategy[CachedRecord]:
    """Draw all that may be known of a record."""
    clients = st.sampled_from(["erp", "pim"])
    return st.builds(
        CachedRecord,
        current=st.none() | currents,
        fetched_at=st.none() | MOMENTS,
        deleted=st.booleans(),
        certain=st.booleans(),
        unlogged=st.integers(0, 3),
        attempted=st.dictionaries(clients, posteds, max_size=2),
        applied=st.dictionaries(clients, st.builds(Applied, posteds, VERSIONS, JSON_OBJECTS), max_size=2),
        claim=st.none() | st.builds(Claim, TEXTS, clients, MOMENTS, st.integers(0, 5)),
        waiting=st.dictionaries(clients, waitings(), max_size=1),
    )


POLICIES = st.builds(
    lambda refresh, drift: Policies.model_validate({"Refresh": refresh, "Drift": drift}),
    st.sampled_from(["never", "always", "24h", 0, "3650d"]),
    st.sampled_from(["correct", "report"]),
)
