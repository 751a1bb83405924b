"""The port Pauses, in memory and on a container of either kind."""

import pytest
from contract_storage import Storage
from fakes.clock import FakeClock
from fakes.pauses import MemoryPauses, pause_of

from orchestration.adapters.blob_pauses import BlobPauses
from orchestration.failures import AccountFault
from orchestration.ports import LostError, Pauses, PausesRead

ONE = (pause_of("erp", "product", reason="Ä reason"), pause_of(resource="supplier:Acme"))


@pytest.fixture(params=["fake", "blobs"])
def pauses(request: pytest.FixtureRequest, storage: Storage) -> Pauses:
    if request.param == "fake":
        return MemoryPauses()
    return BlobPauses(storage.container, FakeClock())


async def test_at_first_nothing_is_paused(pauses: Pauses) -> None:
    assert await pauses.read("acme") == PausesRead((), None)
    assert await pauses.get("acme") == ()


async def test_what_is_stored_is_paused_in_that_marketplace_in_any_case(pauses: Pauses) -> None:
    assert await pauses.get("acme") == ()
    await pauses.put("acme", ONE, None)
    found = await pauses.read("ACME")
    assert (found.pauses, await pauses.get("ACME")) == (ONE, ONE)
    assert await pauses.get("other") == ()
    await pauses.put("acme", (), found.etag)
    assert (await pauses.read("acme")).pauses == await pauses.get("acme") == ()


async def test_a_change_of_another_state_is_lost(pauses: Pauses) -> None:
    await pauses.put("acme", ONE, None)
    first = (await pauses.read("acme")).etag
    await pauses.put("acme", ONE[:1], first)
    for etag in (None, first):
        with pytest.raises(LostError):
            await pauses.put("acme", (), etag)
    assert await pauses.get("acme") == ONE[:1]


async def test_a_change_that_is_repeated_after_a_lost_answer_has_succeeded(pauses: Pauses, storage: Storage) -> None:
    if isinstance(pauses, MemoryPauses):
        pauses.container.lose_answer()
    else:
        storage.faults.lose_answer()
    await pauses.put("acme", ONE, None)
    assert await pauses.get("acme") == ONE


@pytest.mark.parametrize("content", [b"garbage", b"[]", b'{"Format": 2}', b'{"Format": 1, "Pauses": [{}]}'], ids=repr)
async def test_what_cannot_be_read_is_a_fault_and_never_nothing(
    pauses: Pauses, storage: Storage, content: bytes
) -> None:
    container = pauses.container if isinstance(pauses, MemoryPauses) else storage.container
    await container.overwrite("pauses/acme.json", content)
    for read in (pauses.get, pauses.read):
        with pytest.raises(AccountFault, match=r"what is paused cannot be read: pauses/acme\.json"):
            await read("acme")
