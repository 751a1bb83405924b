"""What `orchestrate verify` and `orchestrate cache rebuild` do: over all marketplaces and types, counted and told."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import typer

from localdev.account import CannotLookError, account_of, client_ids, opened, profiles_of, type_names
from localdev.operator_console import say
from localdev.progress import SlowProgress
from models.registry import RecordType
from orchestration.collection_reading import readers_of
from orchestration.correcting import MENDED, Corrector, Outcome, correct_all
from orchestration.differences import Difference
from orchestration.learning import Learner
from orchestration.profile import Profile
from orchestration.rebuilding import Rebuilder, Rebuilt
from orchestration.renewing import Renewal
from orchestration.verifying import Verified, Verifier

CURSOR = "cache-rebuild.json"

if TYPE_CHECKING:
    from orchestration.bootstrap import App

type Json = dict[str, Any]
type Told = tuple[Difference, Outcome | None]


async def verified(
    state: Path, settings: str | None, record_type: str | None, client: str | None, *, correct: bool
) -> Json:
    """Return every difference between OrderCloud and the cache, with what became of it where it is to be corrected."""
    client = client_ids(state, settings).get(client or "", client)
    found: list[Verified] = []
    told: list[tuple[RecordType, Told]] = []
    async with opened(state, settings) as app:
        profiles, wrong = await profiles_of(app)
        for fault in wrong:
            say(fault)
        with SlowProgress() as progress:
            for marketplace, readers in _readers(profiles, client).items():
                verifier = Verifier(app.ports, marketplace, readers, client.lower() if client else None)
                for row in _types(app, record_type):
                    names = await verifier.cached(row)
                    progress.begin(row.name, len(names))
                    found.append(one := await verifier.verify(row, names, progress.advance))
                    told += [(row, each) for each in await _corrected(app, verifier, one, profiles, correct=correct)]
    return {
        "Items": [
            {**difference.to_json(row), "Outcome": outcome.value if outcome else None}
            for row, (difference, outcome) in told
        ],
        "Looked": {each.record_type.name: each.looked for each in found if each.looked},
        "Unread": [{"What": what, "Why": why} for each in found for what, why in each.unread],
    }


def remaining(answer: Json) -> list[Json]:
    """Return the differences that are still there."""
    return [each for each in answer["Items"] if each["Outcome"] not in MENDED]


async def _corrected(
    app: "App", verifier: Verifier, found: Verified, profiles: list[Profile], *, correct: bool
) -> list[Told]:
    if not correct:
        return [(each, None) for each in found.differences]
    corrector = Corrector(app.ports, app.pipeline, app.settings.claim_seconds)
    by_client = {profile.client: profile for profile in profiles}
    learner = Learner(app.ports, app.registry, profiles)
    return list(await correct_all(verifier, corrector, learner, found, by_client))


async def rebuilt(state: Path, settings: str | None, record_type: str | None, *, anew: bool) -> Json:
    """Read anew what OrderCloud has of every record, and return how many there were of each kind."""
    if anew:
        (state / CURSOR).unlink(missing_ok=True)
    results: list[Rebuilt] = []
    async with opened(state, settings) as app:
        profiles, wrong = await profiles_of(app)
        for fault in wrong:
            say(fault)
        types = _types(app, record_type)
        where = f"{account_of(app.settings)} " if settings else ""  # a laptop's state directory is its own
        for marketplace, readers in _readers(profiles, None).items():
            what = f"{where}{marketplace}/{record_type or '*'}"
            with _Cursor(state / CURSOR, what, app) as cursor, SlowProgress() as shown:
                rebuilder = Rebuilder(
                    ports=app.ports,
                    registry=app.registry,
                    marketplace=marketplace,
                    profiles=readers,
                    began=cursor.began,
                )
                verifier = Verifier(app.ports, marketplace, readers)
                for row in types:
                    names = await verifier.cached(row)
                    shown.begin(row.name, len(names))
                    result = await rebuilder.rebuild(row, names, shown.advance)
                    if not names and record_type is None and not any(result.counts.values()):
                        continue  # nothing of this type is here, so nothing is amiss where it cannot be listed
                    results.append(result)
                cursor.done = True
    return {
        "Items": [
            {"RecordType": each.record_type.name, **{kind.value: each.counts[kind] for kind in Renewal}}
            for each in results
            if any(each.counts.values())
        ],
        "Left": [{"RecordID": path, "Why": why} for each in results for path, why in each.left],
        "Unread": [{"What": what, "Why": why} for each in results for what, why in each.unread],
    }


class _Cursor:
    """When a rebuild began that has not ended yet, kept in a file: what was read since then is not read again."""

    def __init__(self, file: Path, what: str, app: "App") -> None:
        self._file = file
        self._what = what
        earlier = self._kept().get(what)
        self._began = earlier or app.ports.clock.now().isoformat()
        if earlier:
            say(f"going on with the rebuild that began at {earlier} and was interrupted; --anew begins again")
        self.done = False

    @property
    def began(self) -> datetime:
        return datetime.fromisoformat(self._began)

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps({**self._kept(), self._what: self._began}))
        return self

    def __exit__(self, *_: object) -> None:
        if not self.done:
            return
        others = {what: began for what, began in self._kept().items() if what != self._what}
        if others:
            self._file.write_text(json.dumps(others))
        else:
            self._file.unlink(missing_ok=True)

    def _kept(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._file.read_text()))
        except (OSError, ValueError):
            return {}


def _types(app: "App", name: str | None) -> list[RecordType]:
    if name is None:
        return list(app.registry)
    row = app.registry.find(name)
    if row is None:
        raise typer.BadParameter(f"there is no record type {name!r}; there are {type_names(app)}")
    return [row]


def _readers(profiles: list[Profile], client: str | None) -> dict[str, list[Profile]]:
    """Return each marketplace with the profiles to read it by: a client's own, or all that see the whole of it.

    Raises:
        CannotLookError: the client has no good profile, or there is none at all.
    """
    if client is not None:
        own = [profile for profile in profiles if profile.client == client.lower()]
        if not own:
            raise CannotLookError(f"there is no good integration profile of the client {client}")
        return {own[0].marketplace: own}
    marketplaces = dict.fromkeys(profile.marketplace for profile in profiles)
    if not marketplaces:
        raise CannotLookError("there is no good integration profile to read OrderCloud by")
    return {marketplace: readers_of(profiles, marketplace) for marketplace in marketplaces}
