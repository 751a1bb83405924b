"""Sealing by data keys: what keys may look like, what a sealed value says, and what no fault repeats."""

import base64
import hashlib
import traceback
from dataclasses import replace

import pytest
from fakes.clock import FakeClock
from fakes.profiles import MemorySecrets
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestration.adapters.data_key_seals import DataKeySeals
from orchestration.adapters.secrets import ReferencedSecrets
from orchestration.failures import AccountFault, Unavailable
from orchestration.paths import RecordPath
from orchestration.sealing import Sealed, sealed_in
from orchestration.settings import Settings

ANN = RecordPath("shop", "user", ("fabrikam", "ann"))
KEY = bytes(range(32))
MATERIAL = base64.b64encode(KEY).decode()


def seals_of(**materials: str) -> DataKeySeals:
    return DataKeySeals(MemorySecrets(**materials), [f"env:{name}" for name in materials])


async def sealed_by(seals: DataKeySeals, text: str = "hush-hush") -> Sealed:
    sealed = sealed_in(await seals.seal(text, ANN, "Password"))
    assert sealed
    return sealed


async def test_a_sealed_value_names_the_key_by_its_hash_and_not_by_its_reference() -> None:
    sealed = await sealed_by(seals_of(ONE=MATERIAL))
    assert sealed.key == hashlib.sha256(KEY).hexdigest()[:8]
    assert [key for key, _ in sealed.digests] == [sealed.key]
    again = await seals_of(RENAMED=f"{MATERIAL}\n").open(sealed, ANN, "Password")
    assert again == "hush-hush"


async def test_a_sealed_value_is_as_long_as_nonce_value_and_tag_and_its_digest_as_sha_256() -> None:
    sealed = await sealed_by(seals_of(ONE=MATERIAL))
    assert len(base64.urlsafe_b64decode(sealed.content)) == 12 + len("hush-hush") + 16
    assert [len(bytes.fromhex(digest)) for _, digest in sealed.digests] == [32]


async def test_what_one_version_of_the_app_sealed_the_next_one_opens() -> None:
    """Values wait in storage, and digests stay for years: neither may change with the code."""
    kept = Sealed(
        "630dcd29",
        "mJogWdhTVtzBWL3tXLIdthtMT_GEa8UZN-KNK1LgZfPxkg7__A==",
        (("630dcd29", "8637a99af7d4ecce080edb9cbec4d82718e4b83c872e0095e1ce3095dce9e86e"),),
    )
    assert await seals_of(ONE=MATERIAL).open(kept, ANN, "Password") == "hush-hush"
    assert kept.same_as(await sealed_by(seals_of(ONE=MATERIAL)))


@given(st.data())
async def test_no_bit_of_a_sealed_value_can_be_changed(data: st.DataObject) -> None:
    seals = seals_of(ONE=MATERIAL)
    sealed = await sealed_by(seals)
    content = bytearray(base64.urlsafe_b64decode(sealed.content))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AccountFault, match="not what was sealed"):
        await seals.open(replace(sealed, content=base64.urlsafe_b64encode(content).decode()), ANN, "Password")


@pytest.mark.parametrize("content", ["", "AAAA", "A" * 36, "no base64", "ä", "A"], ids=repr)
async def test_what_is_no_sealed_value_is_a_fault_of_the_account(content: str) -> None:
    seals = seals_of(ONE=MATERIAL)
    with pytest.raises(AccountFault, match="not what was sealed"):
        await seals.open(replace(await sealed_by(seals), content=content), ANN, "Password")


@pytest.mark.parametrize(
    "material",
    [
        pytest.param("hush-hush", id="no base64"),
        pytest.param("hush" * 4, id="too short"),
        pytest.param(base64.b64encode(b"hush" * 9).decode(), id="too long"),
        pytest.param(b"hush".hex() * 8, id="hexadecimal"),
        pytest.param("hüsh", id="no ASCII"),
    ],
)
async def test_a_key_that_is_none_is_a_fault_that_names_the_setting_and_repeats_nothing(material: str) -> None:
    with pytest.raises(AccountFault, match="a data key that DATA_KEYS names is not the base64 of 32 bytes") as fault:
        await sealed_by(seals_of(ONE=MATERIAL, TWO=material))
    assert material not in "".join(traceback.format_exception(fault.value))


class DownVaults:
    """Vaults that do not answer."""

    async def read(self, vault: str, name: str) -> str:
        raise Unavailable(f"key vault {vault} answered 503")


@pytest.mark.parametrize(
    ("reference", "cause"),
    [
        pytest.param("env:NONE", "DATA_KEYS: the environment variable NONE", id="not set"),
        pytest.param(MATERIAL, "DATA_KEYS: a secret is given by a reference", id="as it is"),
        pytest.param(f"env:{MATERIAL}", "DATA_KEYS: a secret's reference is written", id="no reference"),
    ],
)
async def test_a_reference_that_names_no_key_is_a_fault_that_names_the_setting(reference: str, cause: str) -> None:
    secrets = ReferencedSecrets({}, DownVaults(), FakeClock(), development=False)
    with pytest.raises(AccountFault, match=cause) as fault:
        await DataKeySeals(secrets, [reference]).seal("hush-hush", ANN, "Password")
    assert MATERIAL not in fault.value.cause


async def test_a_vault_that_does_not_answer_is_not_a_fault_of_the_account() -> None:
    secrets = ReferencedSecrets({}, DownVaults(), FakeClock(), development=False)
    with pytest.raises(Unavailable):
        await DataKeySeals(secrets, ["keyvault:vault-1/key"]).seal("hush-hush", ANN, "Password")


@pytest.mark.parametrize(
    "written",
    ["env:A,keyvault:vault-1/b", " env:A , keyvault:vault-1/b ,", '["env:A", "keyvault:vault-1/b"]'],
    ids=["commas", "blanks", "JSON"],
)
def test_the_setting_is_a_list_with_commas_or_in_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("DATA_KEYS", written)
    settings = Settings(ordercloud_api_url="https://x", storage_connection="x")
    assert settings.data_keys == ("env:A", "keyvault:vault-1/b")
    assert "env:A" not in repr(settings)


def test_there_is_no_data_key_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_KEYS", raising=False)
    assert Settings(ordercloud_api_url="https://x", storage_connection="x").data_keys == ()


@pytest.mark.parametrize("written", [f'["{MATERIAL}"', f'[{{"key": "{MATERIAL}"}}]'], ids=["no JSON", "no texts"])
def test_a_setting_that_is_no_list_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("DATA_KEYS", written)
    with pytest.raises(ValidationError, match="data_keys") as refused:
        Settings(ordercloud_api_url="https://x", storage_connection="x")
    assert MATERIAL not in str(refused.value)
