"""What a round works on: the queued posting, the parked one, or one laid over the other."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from strategies import NOON, posting

from models.record import Json
from orchestration.cached_record import Applied, CachedRecord, Claim
from orchestration.envelope import Envelope, Operation
from orchestration.ports import Cached, Queued
from orchestration.versions import Version
from orchestration.waiting import Waiting, WaitingState
from orchestration.workitem import Stopwatch, WorkItem, take_up


class TickingClock:
    """A clock that goes on by a quarter of a second with each look."""

    def __init__(self) -> None:
        self.ticks = 0

    def now(self) -> datetime:
        return NOON

    def elapsed(self) -> float:
        self.ticks += 1
        return self.ticks / 4

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


WATCH = Stopwatch(TickingClock())


def waits(envelope: Envelope, state: WaitingState = WaitingState.PARKED, attempts: int = 3) -> Waiting:
    return Waiting(
        envelope=envelope,
        state=state,
        cause="",
        error_type="Unavailable",
        attempts=attempts,
        due=NOON if state is WaitingState.PARKED else None,
    )


def taken(queued: Envelope | None, record: CachedRecord, due_by: datetime | None = NOON) -> WorkItem | None:
    path = posting({}).path
    return take_up(path, Queued(queued, "q1") if queued else None, Cached(record, "c1"), WATCH, due_by=due_by)


def of(queued: Envelope, record: CachedRecord) -> WorkItem:
    item = taken(queued, record)
    assert item is not None
    return item


CUP, MUG = posting({"Name": "Cup", "Active": True}), posting({"Name": "Mug"})


@pytest.mark.parametrize(
    ("queued", "waiting", "due_by", "posted"),
    [
        pytest.param(None, None, NOON, None, id="nothing"),
        pytest.param(MUG, None, NOON, {"Name": "Mug"}, id="queued"),
        pytest.param(None, waits(CUP), NOON, {"Name": "Cup", "Active": True}, id="parked and due"),
        pytest.param(None, waits(CUP), NOON - timedelta(seconds=1), None, id="parked and not due"),
        pytest.param(None, waits(CUP), None, {"Name": "Cup", "Active": True}, id="parked and released"),
        pytest.param(None, waits(CUP, WaitingState.DEAD), None, None, id="dead"),
        pytest.param(MUG, waits(CUP), NOON, {"Name": "Mug", "Active": True}, id="queued, laid over a parked one"),
        pytest.param(MUG, waits(CUP, WaitingState.DEAD), NOON, {"Name": "Mug"}, id="queued, beside a dead one"),
    ],
)
def test_a_round_takes_up_what_is_queued_laid_over_what_is_parked(
    queued: Envelope | None, waiting: Waiting | None, due_by: datetime | None, posted: Json | None
) -> None:
    record = CachedRecord(waiting={"erp": waiting} if waiting else {})
    item = taken(queued, record, due_by)
    assert (item.posting.posted if item else None) == posted


def test_an_older_version_of_the_source_is_not_laid_over_a_newer_one_that_is_parked() -> None:
    newer = posting({"Name": "Seven"}, version="7")
    item = of(posting({"Name": "Five"}, version="5"), CachedRecord(waiting={"erp": waits(newer)}))
    assert item.posting.posted["Name"] == "Five"
    assert item.superseded_by == newer.version


def test_what_was_laid_over_a_version_of_another_kind_is_newer_than_what_is_parked() -> None:
    time = posting({"Name": "Time", "Active": True}, version="2026-01-31T08:00:00+00:00")
    queued = posting({"Name": "Four"}, version="4").laid_over(time)
    parked = posting({"Name": "Five", "Description": "five"}, version="5")
    item = of(queued, CachedRecord(waiting={"erp": waits(parked)}))
    assert item.posting.posted == {"Name": "Four", "Active": True, "Description": "five"}
    assert item.superseded_by is None


def test_what_waits_for_another_source_is_not_taken_up() -> None:
    assert taken(None, CachedRecord(waiting={"pim": waits(CUP)}), None) is None
    assert of(MUG, CachedRecord(waiting={"pim": waits(CUP)})).posting == MUG


@pytest.mark.parametrize(
    ("waiting", "attempt"),
    [
        pytest.param({}, 1, id="first"),
        pytest.param({"erp": waits(CUP)}, 4, id="after three parked ones"),
        pytest.param({"erp": waits(CUP, WaitingState.DEAD)}, 1, id="beside a dead one"),
        pytest.param({"pim": waits(CUP)}, 1, id="another source's"),
        pytest.param({"erp": waits(replace(CUP, accepted_at="2026-01-31T11:58:00+00:00"))}, 1, id="of another posting"),
    ],
)
def test_attempts_count_on_from_what_is_parked(waiting: dict[str, Waiting], attempt: int) -> None:
    assert of(MUG, CachedRecord(waiting=waiting)).attempt == attempt


@pytest.mark.parametrize(
    ("record", "settled"),
    [
        pytest.param(CachedRecord(), True, id="nothing open"),
        pytest.param(CachedRecord(claim=Claim("r", "pim", NOON)), False, id="claimed"),
        pytest.param(CachedRecord(certain=False), False, id="uncertain"),
        pytest.param(CachedRecord(unlogged=1), False, id="calls that no event may tell of"),
        pytest.param(CachedRecord(waiting={"erp": waits(CUP, WaitingState.DEAD)}), False, id="waiting"),
        pytest.param(CachedRecord(waiting={"pim": waits(CUP)}), True, id="another source's waits"),
    ],
)
def test_a_record_is_settled_when_nothing_is_open_for_the_source(*, record: CachedRecord, settled: bool) -> None:
    assert of(MUG, record).settled is settled


@pytest.mark.parametrize(
    ("version", "applied", "superseded"),
    [
        pytest.param("5", "7", True, id="older"),
        pytest.param("7", "7", False, id="the same"),
        pytest.param("9", "7", False, id="newer"),
        pytest.param("2026-01-31T08:00:00+00:00", "7", False, id="of another kind"),
        pytest.param("5", None, False, id="nothing applied"),
    ],
)
def test_a_posting_older_than_what_was_applied_is_superseded(
    *,
    version: str,
    applied: str | None,
    superseded: bool,
) -> None:
    known = {"erp": Applied({}, Version(applied), {})} if applied else {}
    assert of(posting({}, version=version), CachedRecord(applied=known)).superseded is superseded


APPLIED = {"Name": "Mug", "Active": True}


@pytest.mark.parametrize(
    ("envelope", "applied", "repeated"),
    [
        pytest.param(posting(APPLIED, version="7"), APPLIED, True, id="the very posting"),
        pytest.param(posting({"Name": "Mug"}, version="7"), APPLIED, True, id="a part of what it came to"),
        pytest.param(posting({"Name": "Cup"}, version="7"), APPLIED, False, id="another value"),
        pytest.param(posting({"Name": "Mug", "xp": None}, version="7"), APPLIED, False, id="another field"),
        pytest.param(posting(APPLIED, version="8"), APPLIED, False, id="another version"),
        pytest.param(posting({}, version="7", operation=Operation.DELETE), {}, True, id="the very delete"),
        pytest.param(posting(APPLIED, version="7"), {}, False, id="a posting with the version of a delete"),
        pytest.param(
            posting({}, version="7", operation=Operation.DELETE), APPLIED, False, id="a delete with a posting's version"
        ),
    ],
)
def test_a_posting_is_repeated_when_its_version_and_all_it_says_were_applied(
    *,
    envelope: Envelope,
    applied: Json,
    repeated: bool,
) -> None:
    record = CachedRecord(applied={"erp": Applied(applied, Version("7"), {"AcceptedAt": envelope.accepted_at})})
    assert of(envelope, record).repeated is repeated
    assert not of(envelope, replace(record, applied={})).repeated
    later = replace(envelope, accepted_at="2026-01-31T11:59:00.000001+00:00")
    assert not of(later, record).repeated, "a source may give a version again"


def test_a_posting_whose_version_is_ours_is_repeated_whenever_it_was_accepted() -> None:
    record = CachedRecord(applied={"erp": Applied({"Name": "Cup"}, MUG.version, {})})
    assert of(MUG, record).repeated


@pytest.mark.parametrize(
    ("version", "applied", "kept"),
    [("7", None, True), ("7", "6", True), ("7", "7", False), (MUG.version.text, "6", False)],
    ids=["the first one", "a newer one", "the same again", "one of ours"],
)
def test_a_version_of_the_source_s_is_kept_where_it_is_another(
    version: str, applied: str | None, *, kept: bool
) -> None:
    known = {"erp": Applied({}, Version(applied), {})} if applied else {}
    assert of(posting({}, version=version), CachedRecord(applied=known)).is_new_version is kept


def test_a_stopwatch_adds_up_the_laps_of_a_step() -> None:
    watch = Stopwatch(TickingClock())
    for step in ("Claim", "RefreshCache", "Claim"):
        with watch.lap(step):
            pass
    assert list(watch.laps.items()) == [("Claim", 0.5), ("RefreshCache", 0.25)]


def test_a_stopwatch_counts_a_lap_that_failed() -> None:
    watch = Stopwatch(TickingClock())
    with pytest.raises(KeyError), watch.lap("Claim"):
        raise KeyError
    assert watch.laps == {"Claim": 0.25}
