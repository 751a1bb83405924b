"""Houses on OrderCloud's sandbox in this process, closed when a test is over."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fakes.sandbox import House

from orchestration.limits import Limits
from orchestration.profile import Profile

type Build = Callable[..., House]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Return what builds a house with other profiles or limits, any number of them."""
    houses: list[House] = []

    def built(*profiles: Profile, limits: Limits | None = None) -> House:
        houses.append(House(tmp_path / str(len(houses)), *profiles, limits=limits))
        return houses[-1]

    yield built
    for house in houses:
        await house.sandbox.close()


@pytest.fixture
def house(build: Build) -> House:
    """Return a house of two sellers' clients, erp and pim."""
    return build()
