"""What is paused, in a container of blobs: what is remembered, and for how long."""

import asyncio

import pytest
from fakes.clock import FakeClock
from fakes.pauses import pause_of
from fakes.storage import MemoryContainer

from orchestration.adapters.blob_pauses import BlobPauses
from orchestration.failures import AccountFault

BLOB = "pauses/acme.json"


class Setting:
    """A container, a clock, and two instances of the app that use them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.container = MemoryContainer(self.clock)
        self.here, self.there = (BlobPauses(self.container, self.clock) for _ in range(2))


@pytest.fixture
def setting() -> Setting:
    return Setting()


async def test_runs_ask_once_in_ten_seconds_however_many_they_are(setting: Setting) -> None:
    for seconds in (0, 9.9):
        setting.clock.advance(seconds)
        assert await asyncio.gather(*(setting.here.get("acme") for _ in range(50))) == [()] * 50
    assert setting.container.requests == [("GET", BLOB)]
    setting.clock.advance(0.2)
    await setting.here.get("acme")
    assert setting.container.requests == [("GET", BLOB)] * 2


async def test_an_instance_knows_of_its_own_change_at_once_and_of_another_s_in_ten_seconds(setting: Setting) -> None:
    assert (await setting.here.get("acme"), await setting.there.get("acme")) == ((), ())
    await setting.here.put("acme", (pause_of(),), None)
    assert (await setting.here.get("acme"), await setting.there.get("acme")) == ((pause_of(),), ())
    setting.clock.advance(10)
    assert await setting.there.get("acme") == (pause_of(),)


async def test_a_blob_that_cannot_be_read_is_remembered_as_such(setting: Setting) -> None:
    await setting.container.overwrite(BLOB, b"garbage")
    setting.container.requests.clear()
    for _ in range(3):
        with pytest.raises(AccountFault):
            await setting.here.get("acme")
    assert setting.container.requests == [("GET", BLOB)]
