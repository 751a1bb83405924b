"""Postings of one source, with deaths, slow runs and lost answers: every schedule keeps the invariants."""

from collections.abc import Callable

from fakes.simulations import Case, cases


@cases("one source")
async def test_every_schedule_keeps_the_invariants(case: Case, record_property: Callable[[str, object], None]) -> None:
    await case.play()
    record_property("schedules", case.schedules)
