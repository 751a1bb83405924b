"""Secrets by reference."""

import asyncio

import pytest
from fakes.clock import FakeClock

from orchestration.adapters.secrets import ReferencedSecrets
from orchestration.failures import AccountFault, Unavailable


class Vaults:
    """Vaults in memory, which keep what was asked."""

    def __init__(self) -> None:
        self.secrets = {("vault-1", "erp-secret"): "from the vault"}
        self.asked: list[tuple[str, str]] = []
        self.down = False

    async def read(self, vault: str, name: str) -> str:
        await asyncio.sleep(0)
        self.asked.append((vault, name))
        if self.down:
            raise Unavailable("down")
        if (vault, name) not in self.secrets:
            raise AccountFault("no such secret")
        return self.secrets[vault, name]


ENVIRONMENT = {"ERP_SECRET": "from the environment", "EMPTY": ""}


def secrets_of(vaults: Vaults, clock: FakeClock | None = None, *, development: bool = False) -> ReferencedSecrets:
    return ReferencedSecrets(ENVIRONMENT, vaults, clock or FakeClock(), development=development)


@pytest.mark.parametrize(
    ("reference", "secret"),
    [("env:ERP_SECRET", "from the environment"), ("keyvault:vault-1/erp-secret", "from the vault")],
)
async def test_a_reference_names_a_secret(reference: str, secret: str) -> None:
    assert await secrets_of(Vaults()).resolve(reference) == secret


@pytest.mark.parametrize("development", [True, False], ids=["development", "production"])
@pytest.mark.parametrize(
    "reference",
    [
        "env:NONE",
        "env:EMPTY",
        "env:",
        "env:hush-hush",
        "env:ERP_SECRET\n",
        "keyvault:vault-1/none",
        "keyvault:hush",
        "keyvault:vault-1/hush/hush",
        "keyvault:evil.example/hush",
        "keyvault:hush.example#/erp-secret",
    ],
)
async def test_a_reference_that_names_nothing_is_a_fault_of_the_account(reference: str, development: bool) -> None:  # noqa: FBT001 - a parameter of the table
    with pytest.raises(AccountFault) as fault:
        await secrets_of(Vaults(), development=development).resolve(reference)
    assert "hush" not in fault.value.cause


async def test_a_secret_given_as_it_is_passes_in_development_only() -> None:
    assert await secrets_of(Vaults(), development=True).resolve("hush-hush") == "hush-hush"
    with pytest.raises(AccountFault) as fault:
        await secrets_of(Vaults()).resolve("hush-hush")
    assert "hush" not in fault.value.cause


async def test_what_a_vault_gave_is_remembered_for_five_minutes() -> None:
    clock, vaults = FakeClock(), Vaults()
    secrets = secrets_of(vaults, clock)
    await asyncio.gather(*(secrets.resolve("keyvault:vault-1/erp-secret") for _ in range(5)))
    vaults.secrets["vault-1", "erp-secret"] = "rotated"
    clock.advance(299)
    assert await secrets.resolve("keyvault:vault-1/erp-secret") == "from the vault"
    assert vaults.asked == [("vault-1", "erp-secret")]
    clock.advance(2)
    assert await secrets.resolve("keyvault:vault-1/erp-secret") == "rotated"


async def test_that_a_vault_did_not_give_a_secret_is_not_remembered() -> None:
    vaults = Vaults()
    secrets = secrets_of(vaults)
    vaults.down = True
    with pytest.raises(Unavailable):
        await secrets.resolve("keyvault:vault-1/erp-secret")
    vaults.down = False
    assert await secrets.resolve("keyvault:vault-1/erp-secret") == "from the vault"
