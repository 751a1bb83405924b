"""Circuits: when they open, whom they keep from calling and for how long, and what closes them."""

from contextlib import suppress

import pytest
from fakes.clock import FakeClock

from orchestration.circuits import CircuitLimits, Circuits
from orchestration.failures import AccountFault, Failure, NotFound, Postponed, RefusedByOrderCloud, Unavailable
from orchestration.paths import RecordPath

DOWN = Unavailable("down", status=503)
NO_ACCOUNT = AccountFault("the token was refused", status=401)
NO_ROLE = AccountFault("a role is missing", status=403)


class House:
    """Circuits on a clock, with calls that end as they are told to."""

    def __init__(self, limits: CircuitLimits | None = None) -> None:
        self.clock = FakeClock()
        self.circuits = Circuits(self.clock.elapsed, limits)

    def call(
        self, record: str, ends: Failure | None = None, *, client: str = "erp", record_type: str = "product"
    ) -> bool:
        """Make a call for a record, and tell whether it was let through."""
        passed = False
        with suppress(Failure), self.circuits.call(client, record_type, RecordPath("acme", record_type, (record,))):
            passed = True
            if ends:
                raise ends
        return passed

    def down(self, *records: str) -> None:
        """Have a call fail for each record."""
        for record in records:
            assert self.call(record, DOWN)


def test_calls_that_go_well_are_all_let_through() -> None:
    house = House()
    assert all(house.call(str(number)) for number in range(100))
    assert (house.circuits.is_open("erp"), house.circuits.wait("erp")) == (False, 0)


def test_three_records_without_an_answer_open_the_circuit_of_their_client_alone() -> None:
    house = House()
    house.down("a", "b", "c")
    assert (house.circuits.is_open("erp"), house.circuits.wait("erp")) == (True, 5)
    assert not house.call("d")
    assert not house.call("d", record_type="buyer")
    assert house.call("d", client="pim")


def test_one_record_that_fails_again_and_again_keeps_no_other_from_its_turn() -> None:
    house = House()
    house.down("poison", "poison", "poison", "poison")
    assert house.call("neighbour")


def test_failures_far_apart_or_with_a_success_between_them_open_nothing() -> None:
    house = House()
    house.down("a", "b")
    house.clock.advance(31)
    house.down("c", "d")
    assert house.call("e")
    house.down("a", "b")
    assert not house.circuits.is_open("erp")


@pytest.mark.parametrize(
    "answer", [RefusedByOrderCloud("no", status=400), NotFound("no", status=404)], ids=["refused", "not found"]
)
def test_an_answer_that_refuses_a_record_says_that_ordercloud_is_there(answer: Failure) -> None:
    house = House()
    house.down("a", "b")
    assert house.call("c", answer)
    house.down("d", "e")
    assert not house.circuits.is_open("erp")


def test_an_account_that_is_refused_opens_the_circuit_at_once() -> None:
    house = House()
    house.call("a", NO_ACCOUNT)
    assert not house.call("b", record_type="buyer")


def test_a_missing_role_concerns_one_record_type() -> None:
    house = House()
    house.call("a", NO_ROLE)
    assert not house.call("b")
    assert house.call("b", record_type="buyer")
    assert not house.circuits.is_open("erp")


def test_one_probe_at_a_time_and_longer_waits_while_it_fails() -> None:
    house = House()
    house.down("a", "b", "c")
    waits = []
    for _ in range(6):
        waits.append(house.circuits.wait("erp"))
        house.clock.advance(waits[-1])
        assert house.call("probe", DOWN)
        assert not house.call("other")
    assert waits == [5, 10, 20, 40, 60, 60]


def test_while_a_probe_is_under_way_no_other_call_is_made() -> None:
    house = House()
    house.down("a", "b", "c")
    house.clock.advance(5)
    with house.circuits.call("erp", "product", RecordPath("acme", "product", ("p",))):
        assert not house.call("other")
    assert house.call("other")
    assert not house.circuits.is_open("erp")


def test_a_probe_that_is_lost_is_followed_by_another() -> None:
    house = House()
    house.down("a", "b", "c")
    house.clock.advance(5)
    with pytest.raises(KeyboardInterrupt), house.circuits.call("erp", "product", RecordPath("acme", "product", ("p",))):
        raise KeyboardInterrupt
    assert house.circuits.wait("erp") == 60
    house.clock.advance(60)
    assert house.call("next")
    assert not house.circuits.is_open("erp")


def test_an_outage_that_a_probe_for_a_role_meets_says_nothing_of_the_role() -> None:
    house = House()
    house.call("a", NO_ROLE)
    house.clock.advance(5)
    assert house.call("b", DOWN)
    assert house.call("c", DOWN)
    house.clock.advance(1)
    assert house.call("d")


def test_a_circuit_stays_open_for_as_long_as_ordercloud_asks() -> None:
    house = House()
    for record in "abc":
        house.call(record, Unavailable("throttled", status=429, retry_after=17))
    assert house.circuits.wait("erp") == 17


def test_calls_that_were_under_way_when_it_opened_make_the_wait_no_longer() -> None:
    house = House()
    slow = house.circuits.call("erp", "product", RecordPath("acme", "product", ("slow",)))
    slow.__enter__()
    house.down("a", "b", "c")
    house.clock.advance(3)
    with suppress(Unavailable):
        slow.__exit__(Unavailable, DOWN, None)
    assert house.circuits.wait("erp") == 2


def test_a_closed_circuit_starts_with_the_first_wait_again() -> None:
    house = House()
    house.down("a", "b", "c")
    house.clock.advance(5)
    house.down("probe")
    house.clock.advance(10)
    assert house.call("probe")
    house.down("a", "b", "c")
    assert house.circuits.wait("erp") == 5


def test_who_is_refused_is_told_when_to_come_again() -> None:
    house = House()
    house.down("a", "b", "c")
    house.clock.advance(2)
    with pytest.raises(Postponed) as refused, house.circuits.call("erp", "product", RecordPath("acme", "p", ("d",))):
        raise AssertionError
    assert refused.value.retry_after == 3
