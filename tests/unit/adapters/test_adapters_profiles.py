"""Integration profiles in a container of blobs."""

import asyncio
import json
from typing import Any

import pytest
from fakes.clock import FakeClock
from fakes.profiles import profile_of
from fakes.storage import MemoryContainer

from orchestration.adapters.blob_pauses import BlobPauses
from orchestration.adapters.blob_profiles import BlobProfiles
from orchestration.failures import AccountFault
from orchestration.ports import StorageUnavailableError

STORED = {
    "Marketplace": "acme",
    "ApiUrl": "https://api.test",
    "AuthUrl": "https://auth.test",
    "ClientID": "ERP",
    "ClientSecret": "hush-hush",
    "Resource": "seller",
}


class Setting:
    """A container, a clock, and the profiles that use them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.container = MemoryContainer(self.clock)
        self.profiles = BlobProfiles(self.container, self.clock)

    async def store(self, **fields: Any) -> None:
        """Have the profile of the client ERP; this is no request."""
        await self.container.overwrite("erp.json", json.dumps({**STORED, **fields}).encode())
        self.container.requests.clear()


@pytest.fixture
def setting() -> Setting:
    return Setting()


async def test_a_profile_is_remembered_for_a_minute(setting: Setting) -> None:
    await setting.store()
    expected = profile_of("ERP", ClientSecret="hush-hush")
    assert [await setting.profiles.get(client) for client in ("ERP", "erp")] == [expected] * 2
    await setting.store(Marketplace="other")
    setting.clock.advance(59.9)
    assert await setting.profiles.get("ERP") == expected
    assert setting.container.requests == []
    setting.clock.advance(0.2)
    assert (await setting.profiles.get("ERP")).marketplace == "other"
    assert setting.container.requests == [("GET", "erp.json")]


async def test_that_there_is_no_profile_is_remembered_for_a_minute(setting: Setting) -> None:
    for _ in range(2):
        with pytest.raises(AccountFault, match="there is no integration profile of the client erp"):
            await setting.profiles.get("ERP")
    assert setting.container.requests == [("GET", "erp.json")]
    await setting.store()
    setting.clock.advance(60.1)
    assert (await setting.profiles.get("ERP")).client == "erp"


async def test_all_who_ask_at_once_share_one_request(setting: Setting) -> None:
    await setting.store()
    found = await asyncio.gather(*(setting.profiles.get("ERP") for _ in range(20)))
    assert {profile.client for profile in found} == {"erp"}
    assert setting.container.requests == [("GET", "erp.json")]


async def test_that_storage_did_not_answer_is_not_remembered(setting: Setting) -> None:
    await setting.store()
    before = setting.container.before

    async def fail(_method: str, _name: str) -> None:
        raise StorageUnavailableError

    setting.container.before = fail
    with pytest.raises(StorageUnavailableError):
        await setting.profiles.get("ERP")
    setting.container.before = before
    assert (await setting.profiles.get("ERP")).client == "erp"


@pytest.mark.parametrize("client", ["", "../cache/x", "a.b", "a/b", "é", "a" * 101, "erp\n"], ids=repr)
async def test_what_is_no_client_id_never_becomes_a_name(setting: Setting, client: str) -> None:
    with pytest.raises(AccountFault, match="a client id has"):
        await setting.profiles.get(client)
    assert setting.container.requests == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Marketplace": None}, "Marketplace: Input should be a valid string"),
        ({"ApiUrl": "ftp://x"}, "ApiUrl: String should match pattern"),
        ({"ClientSecret": ["hush-hush"]}, "ClientSecret: Input should be a valid string"),
        ({"ClientSecret": ""}, "ClientSecret: String should have at least 1 character"),
        ({"ClientSecret": "hush-hush" * 100}, "ClientSecret: String should have at most 500 characters"),
        ({"ClientID": "PIM"}, "ClientID: it names another client"),
        ({"Resource": "supplier:"}, "Resource: Value error, Resource is `seller`, `supplier:ID` or `buyer:ID`"),
        ({"Policies": {"Drift": "ignore"}}, "Policies.Drift: Input should be 'correct' or 'report'"),
        ({"Policies": {"Parking": {"Limit": 0}}}, "Policies.Parking.Limit: Input should be greater than or equal to 1"),
        ({"Secret": "hush-hush"}, "Secret: Extra inputs are not permitted"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_wrong_profile_names_the_field_and_the_rule_and_never_the_secret(
    setting: Setting, fields: dict[str, Any], said: str
) -> None:
    await setting.store(**fields)
    for _ in range(2):
        with pytest.raises(AccountFault) as fault:
            await setting.profiles.get("ERP")
        assert fault.value.cause.startswith(f"the integration profile of the client erp is wrong: {said}")
        assert "hush" not in fault.value.cause
        assert fault.value.__cause__ is None
    assert setting.container.requests == [("GET", "erp.json")]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 100_000], ids=["empty", "cut off", "no text", "too deep"]
)
async def test_a_profile_that_is_no_json_is_a_fault_of_the_account(setting: Setting, content: bytes) -> None:
    await setting.container.overwrite("erp.json", content)
    with pytest.raises(AccountFault, match="the integration profile of the client erp is not JSON"):
        await setting.profiles.get("ERP")


@pytest.mark.parametrize("secret", ["hush-hush", "env:not a name", "keyvault:no-name"])
async def test_a_secret_given_as_it_is_is_refused_outside_development_and_never_repeated(secret: str) -> None:
    container = MemoryContainer()
    content = {**STORED, "ClientSecret": secret}
    with pytest.raises(AccountFault, match="ClientSecret: a secret is given by a reference") as refused:
        await BlobProfiles(container, FakeClock()).keep(content)
    assert secret not in str(refused.value)
    assert container.blobs == {}
    await BlobProfiles(container, FakeClock(), development=True).keep(content)
    assert list(container.blobs) == ["erp.json"]


@pytest.mark.parametrize("client", [None, 7, "", "a/b", "../erp"])
async def test_a_profile_without_a_good_client_id_is_refused(client: object) -> None:
    container = MemoryContainer()
    with pytest.raises(AccountFault, match="ClientID"):
        await BlobProfiles(container, FakeClock(), development=True).keep({**STORED, "ClientID": client})
    assert container.blobs == {}


async def test_blobs_that_are_no_profiles_are_no_clients(setting: Setting) -> None:
    await setting.store()
    await setting.container.overwrite("notes.txt", b"")
    assert await setting.profiles.clients() == ["erp"]


async def test_what_is_paused_is_no_client_though_it_lies_beside_the_profiles(setting: Setting) -> None:
    await setting.store()
    await BlobPauses(setting.container, setting.clock).put("acme", (), None)
    assert sorted(setting.container.blobs) == ["erp.json", "pauses/acme.json"]
    assert await setting.profiles.clients() == ["erp"]
