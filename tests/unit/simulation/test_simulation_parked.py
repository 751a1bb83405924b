"""Postings that fail first, and deletes, with deaths and slow runs: every schedule keeps the invariants."""

from collections.abc import Callable

from fakes.simulations import Case, cases


@cases("one source, parked")
async def test_every_schedule_keeps_the_invariants(case: Case, record_property: Callable[[str, object], None]) -> None:
    await case.play()
    record_property("schedules", case.schedules)
