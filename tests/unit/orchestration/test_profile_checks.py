"""Checks of integration profiles: each fault is told with its cure, and no secret is."""

from collections.abc import Callable
from typing import Any

import pytest
from fakes.profiles import MemorySecrets, profile_of
from fakes.sandbox import House

from orchestration.profile_checks import Finding, check_profile

SECRETS = MemorySecrets(SECRET="hush-hush")


async def checked(house: House, client: str = "erp", *types: str, secrets: MemorySecrets = SECRETS) -> list[Finding]:
    return [found async for found in check_profile(house.ports, secrets, house.registry, client, types)]


def told(findings: list[Finding]) -> list[tuple[str, bool]]:
    assert all(bool(finding.cure) is not finding.ok for finding in findings)
    assert "hush-hush" not in repr(findings)
    return [(finding.about, finding.ok) for finding in findings]


async def test_all_is_well(house: House) -> None:
    found = await checked(house)
    assert told(found) == [(about, True) for about in ("Profile", "Secret", "Token", "Marketplace", "Roles")]
    assert found[-1].message.startswith("it may write product, productfacet, ")


async def test_a_client_without_a_profile(house: House) -> None:
    [found] = await checked(house, "nobody")
    assert (found.about, found.ok) == ("Profile", False)
    assert found.message == "there is no integration profile of the client nobody"


async def test_a_secret_that_does_not_resolve(house: House) -> None:
    found = await checked(house, secrets=MemorySecrets())
    assert told(found) == [("Profile", True), ("Secret", False)]


async def test_credentials_that_ordercloud_refuses(build: Callable[..., House]) -> None:
    house = build()
    house.world.profiles.put(profile_of("stranger"))
    assert told(await checked(house, "stranger"))[-1] == ("Token", False)


async def test_a_marketplace_that_does_not_answer(house: House) -> None:
    house.sandbox.faults.add([{"kind": "status", "value": {"status": 503}}])
    found = await checked(house)
    assert told(found)[-1] == ("Marketplace", False)
    assert "https://api.test" in found[-1].cure


TOKEN = "POST /oauth/token: answered 401"
CLIENTS: list[Any] = [
    pytest.param({"Active": False}, "Token", f"{TOKEN} Auth.UserNotActive: User is not active.", id="inactive"),
    pytest.param({"roles": ["ProductReader"]}, "Roles", "it has ProductReader", id="no role to write with"),
]


@pytest.mark.parametrize(("change", "about", "message"), CLIENTS)
async def test_what_ordercloud_says_of_the_client(house: House, change: Any, about: str, message: str) -> None:
    house.sandbox.change_client("erp", change)
    faults = [finding for finding in await checked(house) if not finding.ok]
    assert [(finding.about, finding.message) for finding in faults] == [(about, message)]
    assert faults[0].cure


async def test_a_profile_that_writes_for_another_side_than_its_user_s(build: Callable[..., House]) -> None:
    house = build(profile_of("erp", Resource="supplier:Acme"))
    assert all(finding.ok for finding in await checked(house))
    house.world.profiles.put(profile_of("erp"))
    [fault] = [finding for finding in await checked(house) if not finding.ok]
    assert (fault.about, fault.message) == ("Marketplace", "the client's user is of supplier:Acme")
    assert fault.cure.startswith("Set Resource to supplier:Acme, or ")


async def test_the_types_that_a_client_has_to_write_need_their_roles(house: House) -> None:
    house.sandbox.change_client("erp", {"roles": ["ProductAdmin"]})
    assert told(await checked(house, "erp", "Product"))[-1] == ("Roles", True)
    found = (await checked(house, "erp", "product", "category", "catalog"))[-1]
    assert (found.ok, found.cure) == (
        False,
        "Give the API client's user a security profile with CatalogAdmin, CategoryAdmin.",
    )


async def test_the_types_of_another_side_are_told(build: Callable[..., House]) -> None:
    house = build(profile_of("erp", Resource="buyer:B"))
    found = (await checked(house, "erp", "user", "product"))[-1]
    assert (found.ok, found.message) == (False, "a client of buyer:B may not write ['product']")


async def test_a_user_who_is_active_no_more_while_its_token_still_counts(house: House) -> None:
    assert all(finding.ok for finding in await checked(house))
    house.sandbox.change_client("erp", {"Active": False})
    [fault] = [finding for finding in await checked(house) if not finding.ok]
    assert (fault.about, fault.message) == ("Marketplace", "the user erp-user is not active")
