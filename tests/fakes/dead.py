"""A house with dead letters: postings that OrderCloud's fake refuses, and what operators ask of them."""

from typing import Any

from fakes.profiles import profile_of
from fakes.runs import Runs, path_of
from models.record import Json
from orchestration.deadletter_listing import DeadLetterListing, Page
from orchestration.deadletters import Wanted
from orchestration.envelope import Envelope
from orchestration.failures import Failure, RefusedByOrderCloud
from orchestration.paths import QueuePath
from orchestration.resolving import Outcome, Resolver

OPERATOR = profile_of("Ops")


def refusal(*errors: tuple[str, str | None], status: int = 400) -> RefusedByOrderCloud:
    """Return a refusal with errors, each a code and a field, which OrderCloud may leave out."""
    told = tuple(
        {"ErrorCode": code, "Message": "No.", "Data": None if field is None else {"Field": field}}
        for code, field in errors
    )
    return RefusedByOrderCloud("refused", errors=told, status=status)


async def die(runs: Runs, item: Json | None = None, failure: Failure | None = None, **where: Any) -> Envelope:
    """Post a record that is new to OrderCloud, have it refused, and return its envelope."""
    runs.world.ordercloud.fail(failure or refusal(("ValidationFailure", "Name")), method="POST")
    return await runs.apply(item or {"ID": "P1", "Name": "Mug"}, **where)


def dead_of(runs: Runs, path: QueuePath | None = None) -> Envelope | None:
    """Return the posting that is dead, of P1 where no path is given."""
    path = path or path_of()
    cached = runs.cached(path.record)
    dead = cached.dead(path.client) if cached else None
    return dead.envelope if dead else None


def name_of(runs: Runs) -> str | None:
    """Return the name that OrderCloud has of P1, or none where it has no such product."""
    found = runs.world.ordercloud.get("/v1/products/P1")
    return found["Name"] if found else None


async def page(runs: Runs, *, after: str = "", size: int = 100, looks: int = 1_000, **wanted: Any) -> Page:
    """List dead letters of the marketplace acme."""
    return await DeadLetterListing(runs.ports, "acme", looks).page(Wanted(**wanted), after=after, size=size)


async def keys(runs: Runs, **wanted: Any) -> list[str]:
    """Return the keys of the dead letters that are meant."""
    return [letter.key for letter in (await page(runs, **wanted)).letters]


def resolver(runs: Runs, *, dry_run: bool = False, kind: type[Resolver] = Resolver) -> Resolver:
    """Return what replays and drops for an operator."""
    return kind(runs.ports, runs.registry, OPERATOR, runs.limits.claim, dry_run=dry_run)


async def replay(runs: Runs, *paths: QueuePath | str, dry_run: bool = False) -> list[Outcome]:
    """Replay dead letters and return what became of each."""
    return [each.outcome for each in await resolver(runs, dry_run=dry_run).replay(map(str, paths))]


async def drop(runs: Runs, *paths: QueuePath | str, dry_run: bool = False) -> list[Outcome]:
    """Drop dead letters and return what became of each."""
    return [each.outcome for each in await resolver(runs, dry_run=dry_run).drop(map(str, paths))]
