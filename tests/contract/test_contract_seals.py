"""The port Seals, in memory and by data keys."""

import base64
import os
from collections.abc import Callable

import pytest
from fakes.profiles import MemorySecrets
from fakes.seals import MemorySeals

from models.record import Json
from orchestration.adapters.data_key_seals import DataKeySeals
from orchestration.failures import AccountFault
from orchestration.paths import RecordPath
from orchestration.ports import Seals
from orchestration.sealing import Sealed, digested, same_sealed, sealed_in

ANN = RecordPath("shop", "user", ("fabrikam", "ann"))
BOB = RecordPath("shop", "user", ("fabrikam", "bob"))
TEXTS = ["Correct-Horse-9", "", 'q"\\\n\u2028', "pässwörd 🗝", "half \ud83d", "a:b=c,d", "x" * 4000]

type KeyRing = Callable[..., Seals]
"""Makes seals whose data keys are those of the names given; all that one ring makes knows the same keys."""


@pytest.fixture(params=["fake", "data keys"])
def ring(request: pytest.FixtureRequest) -> KeyRing:
    if request.param == "fake":
        memory = MemorySeals()

        def fake(*keys: str) -> Seals:
            memory.keys = list(keys)
            return memory

        return fake
    names = ("first", "second", "third")
    secrets = MemorySecrets(**{name: base64.b64encode(os.urandom(32)).decode() for name in names})
    return lambda *keys: DataKeySeals(secrets, [f"env:{key}" for key in keys])


def found(value: Json) -> Sealed:
    sealed = sealed_in(value)
    assert sealed
    return sealed


@pytest.mark.parametrize("text", TEXTS, ids=["plain", "empty", "controls", "unicode", "half a pair", "marks", "long"])
async def test_what_was_sealed_opens_where_it_was_sealed(ring: KeyRing, text: str) -> None:
    seals = ring("first")
    sealed = await seals.seal(text, ANN, "Password")
    assert await seals.open(found(sealed), ANN, "Password") == text
    if text:
        assert text not in str(sealed)


async def test_the_record_compares_without_case(ring: KeyRing) -> None:
    seals = ring("first")
    sealed = await seals.seal("secret", ANN, "Password")
    assert await seals.open(found(sealed), RecordPath("Shop", "User", ("Fabrikam", "ANN")), "Password") == "secret"


@pytest.mark.parametrize(
    ("record", "field"),
    [
        pytest.param(BOB, "Password", id="another record"),
        pytest.param(ANN, "Token", id="another field"),
        pytest.param(RecordPath("shop-2", "user", ANN.keys), "Password", id="another marketplace"),
        pytest.param(RecordPath("shop", "supplieruser", ANN.keys), "Password", id="another type"),
    ],
)
async def test_a_value_cannot_be_moved(ring: KeyRing, record: RecordPath, field: str) -> None:
    seals = ring("first")
    sealed = await seals.seal("secret", ANN, "Password")
    with pytest.raises(AccountFault, match="not what was sealed"):
        await seals.open(found(sealed), record, field)
    assert not same_sealed(sealed, await seals.seal("secret", record, field)), "nobody sees who shares a password"


async def test_two_seals_of_one_value_differ_and_are_the_same_value(ring: KeyRing) -> None:
    seals = ring("first")
    one, another = [await seals.seal("secret", ANN, "Password") for _ in range(2)]
    assert one != another
    assert same_sealed(one, another)
    assert same_sealed(digested({"Password": one})["Password"], another)
    assert not same_sealed(one, await seals.seal("Secret", ANN, "Password"))


async def test_the_first_key_seals_and_all_keys_open(ring: KeyRing) -> None:
    before = found(await ring("first").seal("secret", ANN, "Password"))
    rotated = ring("second", "first")
    after = found(await rotated.seal("secret", ANN, "Password"))
    assert (after.key == before.key, len(before.digests), len(after.digests)) == (False, 1, 2)
    assert [await rotated.open(each, ANN, "Password") for each in (before, after)] == ["secret", "secret"]


async def test_a_rotation_does_not_look_like_a_change(ring: KeyRing) -> None:
    before = await ring("first").seal("secret", ANN, "Password")
    during = await ring("second", "first").seal("secret", ANN, "Password")
    after = await ring("second").seal("secret", ANN, "Password")
    assert same_sealed(before, during)
    assert same_sealed(during, after)
    assert not same_sealed(before, after), "without a shared key nothing is known"
    assert not same_sealed(before, await ring("second", "first").seal("other", ANN, "Password"))


async def test_what_an_unknown_key_sealed_is_a_fault_of_the_account(ring: KeyRing) -> None:
    sealed = found(await ring("first").seal("secret", ANN, "Password"))
    with pytest.raises(AccountFault, match="key that DATA_KEYS does not name"):
        await ring("second", "third").open(sealed, ANN, "Password")


async def test_without_a_data_key_nothing_is_sealed_and_the_fault_says_what_to_set(ring: KeyRing) -> None:
    with pytest.raises(AccountFault, match="set DATA_KEYS"):
        await ring().seal("secret", ANN, "Password")


async def test_a_digest_does_not_open(ring: KeyRing) -> None:
    seals = ring("first")
    kept = digested({"Password": await seals.seal("secret", ANN, "Password")})["Password"]
    with pytest.raises(AccountFault):
        await seals.open(found(kept), ANN, "Password")
