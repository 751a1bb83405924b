"""What becomes of a posting that failed: delays, limits, what it waits for, and the names of its hints."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import KEYS, NOON, posting, waitings

from models.record import Json
from models.record_types import REGISTRY
from orchestration.failures import (
    AccountFault,
    CrashLoop,
    Defect,
    Failure,
    MissingReference,
    NotOwner,
    Paused,
    Postponed,
    Refused,
    RefusedByOrderCloud,
    Unavailable,
)
from orchestration.parking import Attempt, HintNames, due_time, hint_names, hint_path, waiting_after
from orchestration.paths import PathError, QueuePath, RecordPath
from orchestration.profile import Parking
from orchestration.waiting import Waiting, WaitingState

PARKING = Parking.model_validate({"Delays": [10, 60], "Limit": 4})
POSTING = posting({"ID": "P1"})


DOWN = Unavailable("down")


def after(failure: Failure, number: int = 1, jitter: float = 0, parking: Parking = PARKING) -> Waiting:
    """Return what waits after attempts that all failed alike."""
    before = None
    for attempt in range(1, number + 1):
        before = waiting_after(POSTING, failure, Attempt(attempt, NOON, jitter, before), parking, REGISTRY)
    assert before is not None
    return before


def missing(key: str) -> MissingReference:
    return MissingReference("not there", object_type="PriceSchedule", object_id=key)


@pytest.mark.parametrize(
    ("failure", "number", "jitter", "seconds"),
    [
        pytest.param(DOWN, 1, 0, 10, id="first delay"),
        pytest.param(DOWN, 2, 0, 60, id="second delay"),
        pytest.param(DOWN, 3, 0, 60, id="the last delay goes on"),
        pytest.param(DOWN, 1, 1, 12.5, id="spread by a quarter at most"),
        pytest.param(Unavailable("throttled", retry_after=30), 1, 0, 30, id="OrderCloud asks for longer"),
        pytest.param(Unavailable("throttled", retry_after=3), 1, 0, 10, id="OrderCloud asks for less"),
        pytest.param(AccountFault("secret"), 1, 0, 10, id="account"),
        pytest.param(MissingReference("no price"), 1, 0, 10, id="missing reference"),
    ],
)
def test_what_may_pass_later_is_parked_with_a_growing_delay(
    failure: Failure, number: int, jitter: float, seconds: float
) -> None:
    assert after(failure, number, jitter) == Waiting(
        envelope=POSTING,
        state=WaitingState.PARKED,
        cause=failure.cause,
        error_type=type(failure).__name__,
        attempts=number,
        untried=number if isinstance(failure, AccountFault) else 0,
        repeats=number,
        failed_at=NOON,
        due=NOON + timedelta(seconds=seconds),
    )


def test_what_is_paused_waits_without_a_time_however_often_it_was_met() -> None:
    paused = Waiting(
        envelope=POSTING,
        state=WaitingState.PARKED,
        cause="held",
        error_type="Paused",
        attempts=9,
        untried=9,
        failed_at=NOON,
    )
    assert after(Paused("held"), 9) == paused


@pytest.mark.parametrize(
    "blameless",
    [
        pytest.param(Paused("held"), id="paused"),
        pytest.param(Postponed("later", retry_after=1), id="postponed"),
        pytest.param(AccountFault("secret"), id="a fault of the account"),
    ],
)
def test_attempts_that_say_nothing_of_the_posting_count_against_no_limit(blameless: Failure) -> None:
    """Nine of them, and then the limit of four that do."""
    waiting = after(blameless, 9)
    for number in (10, 11, 12):
        waiting = waiting_after(POSTING, DOWN, Attempt(number, NOON, 0, waiting), PARKING, REGISTRY)
        assert (waiting.state, waiting.untried) == (WaitingState.PARKED, 9)
    waiting = waiting_after(POSTING, DOWN, Attempt(13, NOON, 0, waiting), PARKING, REGISTRY)
    assert (waiting.state, waiting.cause) == (WaitingState.DEAD, "gave up after 4 attempts: down")
    newer = waiting_after(POSTING, DOWN, Attempt(1, NOON, 0, waiting), PARKING, REGISTRY)
    assert (newer.untried, newer.repeats) == (0, 1)


def test_a_fault_of_the_account_is_tried_again_at_the_last_delay_however_long_it_lasts() -> None:
    assert after(AccountFault("secret", status=401), 100) == Waiting(
        envelope=POSTING,
        state=WaitingState.PARKED,
        cause="secret",
        error_type="AccountFault",
        attempts=100,
        untried=100,
        repeats=100,
        status=401,
        failed_at=NOON,
        due=NOON + timedelta(seconds=60),
    )


@pytest.mark.parametrize(
    ("before", "failure", "number", "repeats", "seconds"),
    [
        pytest.param(missing("PS"), missing("PS"), 3, 3, 60, id="the same record is missing"),
        pytest.param(missing("PS"), missing("OTHER"), 3, 1, 10, id="another record is missing"),
        pytest.param(DOWN, missing("PS"), 3, 1, 10, id="another cause"),
        pytest.param(DOWN, Unavailable("slow"), 3, 3, 60, id="the same cause in other words"),
        pytest.param(DOWN, DOWN, 1, 1, 10, id="a newer posting begins anew"),
    ],
)
def test_the_delay_grows_while_it_is_the_same_that_is_waited_for(
    before: Failure, failure: Failure, number: int, repeats: int, seconds: float
) -> None:
    attempt = Attempt(number, NOON, 0, after(before, 2))
    found = waiting_after(POSTING, failure, attempt, PARKING, REGISTRY)
    assert (found.state, found.attempts, found.repeats) == (WaitingState.PARKED, number, repeats)
    assert found.due == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize("kind", [RefusedByOrderCloud, NotOwner, CrashLoop, Defect, Refused])
def test_what_will_not_pass_is_a_dead_letter_with_ordercloud_s_errors(kind: type[Refused]) -> None:
    errors = ({"ErrorCode": "X", "Message": "no", "Data": None},)
    assert after(kind("no", errors=errors, status=400)) == Waiting(
        envelope=POSTING,
        state=WaitingState.DEAD,
        cause="no",
        error_type=kind.__name__,
        attempts=1,
        errors=errors,
        status=400,
        failed_at=NOON,
    )


def test_at_the_limit_a_posting_is_given_up() -> None:
    assert after(DOWN, 3).state is WaitingState.PARKED
    assert after(DOWN, 4) == Waiting(
        envelope=POSTING,
        state=WaitingState.DEAD,
        cause="gave up after 4 attempts: down",
        error_type="Unavailable",
        attempts=4,
        failed_at=NOON,
    )


@pytest.mark.parametrize(
    ("object_type", "object_id", "waits_for"),
    [
        pytest.param("PriceSchedule", "PS-1", "shop/priceschedule/ps-1", id="a type of ours"),
        pytest.param("priceSCHEDULE", "PS-1", "shop/priceschedule/ps-1", id="in another case"),
        pytest.param("Warehouse", "W1", None, id="a type that is not ours"),
        pytest.param("PriceSchedule", None, None, id="no ID"),
        pytest.param(None, "PS-1", None, id="no type"),
        pytest.param("PriceSchedule", "", None, id="an empty ID"),
    ],
)
def test_a_missing_reference_is_awaited_where_ordercloud_names_it(
    object_type: str | None, object_id: str | None, waits_for: str | None
) -> None:
    missing = MissingReference("not there", object_type=object_type, object_id=object_id)
    assert after(missing).waits_for == waits_for


@pytest.mark.parametrize(
    ("record_type", "posted", "missing", "waits_for"),
    [
        pytest.param(
            "spec",
            {"ID": "S", "DefaultOptionID": "L"},
            MissingReference("no", object_id="L"),
            "shop/specoption/s/l",
            id="a deferred one, by the value that was left out",
        ),
        pytest.param(
            "category",
            {"CatalogID": "C", "ID": "K", "ParentID": "J"},
            MissingReference("no", object_type="Category", object_id="j"),
            "shop/category/c/j",
            id="a record of its own type, below the same parent",
        ),
        pytest.param(
            "category",
            {"CatalogID": "C", "ID": "K", "ParentID": "C"},
            MissingReference("no", object_type="Catalog", object_id="C"),
            "shop/catalog/c",
            id="of two with one ID the one that is called so",
        ),
        pytest.param(
            "addressassignment",
            {"BuyerID": "B", "AddressID": "A", "UserID": "U", "IsShipping": True},
            MissingReference("no", object_type="User", object_id="U"),
            "shop/user/b/u",
            id="a user of the buyer's",
        ),
        pytest.param(
            "specproductassignment",
            {"SpecID": "S", "ProductID": "P", "DefaultOptionID": "L"},
            MissingReference("no", object_type="SpecOption", object_id="L"),
            "shop/specoption/s/l",
            id="an option of the spec's",
        ),
        pytest.param(
            "specproductassignment",
            {"SpecID": "S", "ProductID": "P"},
            MissingReference("no", object_type="SpecOption", object_id="L"),
            None,
            id="one that the posting does not name, and that would need another key",
        ),
        pytest.param(
            "variant",
            {"ProductID": "P", "ID": "V"},
            MissingReference("no", awaits=("specproductassignment", {"ProductID": "P", "SpecID": "s"})),
            "shop/specproductassignment/s/p",
            id="one that is known, whatever the posting names",
        ),
        pytest.param(
            "productassignment",
            {"ProductID": "P", "BuyerID": "B"},
            MissingReference("no", awaits=("productassignment", {"ProductID": "P", "BuyerID": "B"})),
            "shop/productassignment/p/b/~",
            id="an optional key that is absent",
        ),
    ],
)
def test_what_is_awaited_has_all_its_keys(
    record_type: str, posted: Json, missing: MissingReference, waits_for: str | None
) -> None:
    keys = REGISTRY[record_type].keys_of(posted)
    envelope = replace(posting(posted), record_type=record_type, keys=keys)
    waiting = waiting_after(envelope, missing, Attempt(1, NOON, 0), PARKING, REGISTRY)
    assert (waiting.waits_for, waiting.state) == (waits_for, WaitingState.PARKED)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0.1, 600_000), min_size=1, max_size=5).map(sorted),
    st.integers(1, 60),
    st.floats(0, 1),
    st.none() | st.floats(0, 100_000),
)
def test_a_parked_posting_is_due_no_sooner_than_its_delay_and_soon_after(
    delays: list[float], number: int, jitter: float, retry_after: float | None
) -> None:
    parking = Parking.model_validate({"Delays": delays, "Limit": 50})
    waiting = after(Unavailable("down", retry_after=retry_after), number, jitter, parking)
    if number >= 50:
        assert (waiting.state, waiting.due) == (WaitingState.DEAD, None)
        return
    assert waiting.due is not None
    delay = (waiting.due - NOON).total_seconds()
    base = delays[min(number, len(delays)) - 1]
    assert max(base, retry_after or 0) - 1e-3 <= delay <= max(base * 1.25, retry_after or 0) + 1e-3


@pytest.mark.parametrize(
    ("waiting", "names"),
    [
        pytest.param(
            replace(after(DOWN), due=datetime.fromisoformat("2026-01-31T13:00:00.25+01:00")),
            HintNames(parked=("due/erp/20260131T120000.250000Z/shop/product/p1/erp",)),
            id="parked",
        ),
        pytest.param(
            after(MissingReference("no", object_type="PriceSchedule", object_id="PS")),
            HintNames(
                parked=(
                    "due/erp/20260131T120010.000000Z/shop/product/p1/erp",
                    "waits/shop/priceschedule/ps/shop/product/p1/erp",
                )
            ),
            id="waits for a record",
        ),
        pytest.param(after(Refused("no")), HintNames(dead=("shop/product/p1/erp",)), id="dead"),
        pytest.param(after(Paused("held")), HintNames(parked=("paused/erp/product/shop/product/p1/erp",)), id="paused"),
    ],
)
def test_hints_say_when_and_what(waiting: Waiting, names: HintNames) -> None:
    assert hint_names(waiting) == names


@settings(max_examples=80, deadline=None)
@given(waitings(), KEYS)
def test_a_hint_to_what_waits_reads_back(drawn: Waiting, keys: tuple[str | None, ...]) -> None:
    waiting = replace(drawn, envelope=replace(drawn.envelope, keys=keys))
    names = hint_names(waiting)
    if waiting.state is WaitingState.DEAD:
        assert names == HintNames(dead=(str(waiting.envelope.path),))
        return
    assert names.parked[0].startswith("paused/" if waiting.due is None else "due/")
    assert waiting.due is None or due_time(names.parked[0]) == waiting.due
    assert hint_path(names.parked[0]) == waiting.envelope.path


@settings(max_examples=60, deadline=None)
@given(waitings(), waitings())
def test_due_hints_of_a_client_sort_by_their_time(one: Waiting, other: Waiting) -> None:
    first, second = sorted(
        (
            replace(each, envelope=one.envelope, due=each.due or NOON, state=WaitingState.PARKED)
            for each in (one, other)
        ),
        key=lambda each: hint_names(each).parked[0],
    )
    assert first.due is not None
    assert second.due is not None
    assert first.due <= second.due


@pytest.mark.parametrize(
    "name", ["due/", "due/erp/soon/shop/product/p1/erp", "waits/x", "due/erp/20260131/shop/product/p1/erp"]
)
def test_a_name_that_says_no_time_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|no name of a hint"):
        due_time(name)


def test_a_due_hint_that_points_nowhere_is_refused() -> None:
    assert hint_path("due/erp/20260131T120000.0Z/shop/product/p1/erp") == QueuePath(
        RecordPath("shop", "product", ("p1",)), "erp"
    )
    with pytest.raises(PathError):
        hint_path("due/erp/20260131T120000.0Z/shop")
    with pytest.raises(ValueError, match="no name of a hint"):
        hint_path("due/erp/20260131T120000.0Z")
