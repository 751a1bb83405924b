import pytest

from localdev.host.faults import FaultDice, TriggerFaults


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TriggerFaults()),
        ("duplicate=0.2,drop=0.1,delay=2,seed=7", TriggerFaults(0.2, 0.1, 2.0, 7)),
        (" drop=1 , seed=0 ", TriggerFaults(drop=1.0, seed=0)),
    ],
)
def test_faults_are_read(text: str, expected: TriggerFaults) -> None:
    assert TriggerFaults.parse(text) == expected


@pytest.mark.parametrize("text", ["drop", "drop=x", "lose=0.1", "drop=1.1", "duplicate=-1", "delay=-1", "seed=x"])
def test_wrong_faults_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault|between|convert|invalid"):
        TriggerFaults.parse(text)


def test_without_faults_each_event_is_delivered_once_and_at_once() -> None:
    dice = FaultDice(TriggerFaults())
    assert [dice.delays() for _ in range(100)] == [[0.0]] * 100


def test_shares_of_one_mean_every_event() -> None:
    assert FaultDice(TriggerFaults(drop=1.0)).delays() == []
    assert FaultDice(TriggerFaults(duplicate=1.0)).delays() == [0.0, 0.0]


def test_a_seed_makes_faults_repeatable_and_near_their_shares() -> None:
    faults = TriggerFaults(duplicate=0.2, drop=0.1, delay=2.0, seed=7)
    dice, again = FaultDice(faults), FaultDice(faults)
    rolled = [dice.delays() for _ in range(2000)]
    assert rolled == [again.delays() for _ in range(2000)]
    assert sum(not delays for delays in rolled) == pytest.approx(200, abs=40)
    assert sum(len(delays) == 2 for delays in rolled) == pytest.approx(360, abs=50)
    assert max(max(delays, default=0) for delays in rolled) == pytest.approx(2.0, abs=0.05)
