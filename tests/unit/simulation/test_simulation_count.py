"""How much the simulation plays, and that each of its cases is played."""

from fakes.simulations import CASES, SCHEDULES


def test_the_cases_come_to_as_many_schedules_as_are_promised() -> None:
    assert sum(case.schedules for about in CASES.values() for case in about) >= SCHEDULES
