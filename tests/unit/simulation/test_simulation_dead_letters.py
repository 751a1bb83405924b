"""Dead letters that operators resolve while others post and run: every schedule keeps the invariants."""

from collections.abc import Callable

from fakes.simulations import Case, cases


@cases("dead letters")
async def test_every_schedule_keeps_the_invariants(case: Case, record_property: Callable[[str, object], None]) -> None:
    await case.play()
    record_property("schedules", case.schedules)
