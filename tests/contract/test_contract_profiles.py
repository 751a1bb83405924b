"""The port Profiles, in memory and on a container of either kind."""

import json

import pytest
from contract_storage import Storage
from fakes.clock import FakeClock
from fakes.profiles import MemoryProfiles, profile_of

from orchestration.adapters.blob_profiles import BlobProfiles
from orchestration.failures import AccountFault
from orchestration.ports import LostError, Profiles

STORED = {
    "Marketplace": "acme",
    "ApiUrl": "https://api.test",
    "AuthUrl": "https://auth.test",
    "ClientID": "Shop-ERP",
    "ClientSecret": "env:SECRET",
    "Resource": "supplier:Acme",
    "Policies": {"Refresh": "never"},
}
PROFILE = profile_of("Shop-ERP", Resource="supplier:Acme", Policies={"Refresh": "never"})


@pytest.fixture(params=["fake", "blobs"])
async def profiles(request: pytest.FixtureRequest, storage: Storage) -> Profiles:
    if request.param == "fake":
        return MemoryProfiles(PROFILE)
    await storage.container.overwrite("shop-erp.json", json.dumps(STORED).encode())
    return BlobProfiles(storage.container, FakeClock())


@pytest.mark.parametrize("client", ["Shop-ERP", "shop-erp"])
async def test_a_profile_is_found_by_the_client_id_in_any_case(profiles: Profiles, client: str) -> None:
    assert await profiles.get(client) == PROFILE


async def test_a_client_without_a_profile_is_a_fault_of_the_account(profiles: Profiles) -> None:
    with pytest.raises(AccountFault, match="no integration profile of the client somebody"):
        await profiles.get("somebody")


NEW = {**STORED, "ClientID": "Shop-PIM"}


async def test_all_clients_that_have_a_profile_are_known(profiles: Profiles) -> None:
    assert await profiles.clients() == ["shop-erp"]
    await profiles.keep(NEW)
    assert await profiles.clients() == ["shop-erp", "shop-pim"]


async def test_a_profile_that_was_kept_is_found(profiles: Profiles) -> None:
    kept = await profiles.keep(NEW)
    assert kept == profile_of("Shop-PIM", Resource="supplier:Acme", Policies={"Refresh": "never"})
    assert await profiles.get("shop-pim") == kept


async def test_a_profile_that_is_there_is_replaced_only_when_asked(profiles: Profiles) -> None:
    changed = {**STORED, "Resource": "seller"}
    with pytest.raises(LostError):
        await profiles.keep(changed)
    await profiles.keep(changed, replace=True)
    assert (await profiles.get("shop-erp")).resource == "seller"


async def test_a_wrong_profile_is_not_kept_and_the_field_is_named(profiles: Profiles) -> None:
    with pytest.raises(AccountFault, match="Resource"):
        await profiles.keep({**NEW, "Resource": "everybody"})
    assert await profiles.clients() == ["shop-erp"]
