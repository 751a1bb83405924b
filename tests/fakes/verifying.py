"""Verification and rebuilding on a house with the sandbox, and what the sandbox and the cache are made to say."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fakes.profiles import profile_of
from fakes.sandbox import House
from models.record import Json
from models.registry import RecordType
from orchestration.cached_record import CachedRecord
from orchestration.correcting import Corrector, correct_all
from orchestration.differences import Difference
from orchestration.learning import Learner
from orchestration.paths import RecordPath
from orchestration.profile import Profile
from orchestration.rebuilding import Rebuilder, Rebuilt
from orchestration.renewing import Renewal
from orchestration.verifying import Verified, Verifier

READER = profile_of("erp")


def ignore(_more: int) -> None:
    """Take no notice of progress."""


def verifier(house: House, client: str | None = None, readers: Iterable[Profile] = (READER,)) -> Verifier:
    """Return a verifier that reads as the client erp."""
    return Verifier(house.ports, "acme", list(readers), client)


async def verified(house: House, *types: str, **how: Any) -> list[Verified]:
    """Verify some types."""
    verifying = verifier(house, **how)
    rows: list[RecordType] = [house.registry[name] for name in types or ("product",)]
    return [await verifying.verify(row, await verifying.cached(row), ignore) for row in rows]


async def told(house: House, *types: str, **how: Any) -> list[tuple[str, str, list[Json]]]:
    """Verify some types and return what is different: the record, the kind, and its fields."""
    found = await verified(house, *types, **how)
    assert [each.unread for each in found] == [[]] * len(found)
    return [shown(difference) for each in found for difference in each.differences]


def shown(difference: Difference) -> tuple[str, str, list[Json]]:
    """Return what is different about a record."""
    fields = [field.to_json() for field in difference.fields]
    return str(difference.path), difference.kind.value, fields


async def corrected(house: House, record_type: str = "product", *profiles: Profile) -> dict[str, str]:
    """Verify and correct a type, and return what became of each record."""
    [found] = await verified(house, record_type)
    corrector = Corrector(house.ports, house.pipeline, house.limits.claim)
    by_client = {profile.client: profile for profile in profiles or (READER, profile_of("pim"))}
    learner = Learner(house.ports, house.registry, by_client.values())
    outcomes = await correct_all(verifier(house), corrector, learner, found, by_client)
    return {str(difference.path): outcome.value for difference, outcome in outcomes}


async def cache_wrongly(house: House, path: RecordPath, **fields: Any) -> CachedRecord:
    """Have the cache say of a record what OrderCloud never said."""
    cached = await house.ports.cache.get(path)
    stored = {**cached.record.to_json(), **fields}
    wrong = CachedRecord.from_json(stored)
    await house.ports.cache.put(path, wrong, cached.etag)
    return wrong


def lose_cache(house: House) -> None:
    """Lose the cache's container with all that is in it."""
    house.containers["cache"].blobs.clear()


def rebuilder(house: House, began: datetime | None = None, readers: Iterable[Profile] = (READER,)) -> Rebuilder:
    """Return what rebuilds, for a rebuild that began now or earlier."""
    return Rebuilder(
        ports=house.ports,
        registry=house.registry,
        marketplace="acme",
        profiles=list(readers),
        began=began or house.world.clock.now(),
    )


async def rebuilt(house: House, *types: str, **how: Any) -> list[Rebuilt]:
    """Rebuild some types."""
    rebuilding, verifying = rebuilder(house, **how), verifier(house)
    rows = [house.registry[name] for name in types or ("product",)]
    return [await rebuilding.rebuild(row, await verifying.cached(row), ignore) for row in rows]


def counts(rebuilt: Rebuilt) -> dict[str, int]:
    """Return how many records have each outcome, where there are any."""
    assert rebuilt.unread == []
    return {Renewal(each).value: count for each, count in rebuilt.counts.items() if count}
