"""`orchestrate verify` and `orchestrate cache rebuild`: prove that OrderCloud equals the cache, correct, rebuild.

Exit codes: 0 equal, or all was read anew; 1 differences, or something was left as it was; 2 it could not be looked at.
"""

import asyncio
import json
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from localdev.account import CannotLookError, client_ids, opened, profiles_of
from localdev.operator_console import LAPTOP, AsJson, State, console, print_json, say
from localdev.progress import SlowProgress
from localdev.verify_tables import differences_table, rebuilt_table
from models.registry import RecordType
from orchestration.collection_reading import readers_of
from orchestration.correcting import Corrector, Outcome, correct_all
from orchestration.differences import Difference
from orchestration.ports import StorageUnavailableError
from orchestration.profile import Profile
from orchestration.rebuilding import Rebuild, Rebuilder, Rebuilt
from orchestration.verifying import Verified, Verifier

DIFFERENT, COULD_NOT_LOOK = 1, 2
CURSOR = "cache-rebuild.json"

if TYPE_CHECKING:
    from orchestration.bootstrap import App

type Json = dict[str, Any]
type Told = tuple[Difference, Outcome | None]

cache = typer.Typer(no_args_is_help=True, help="Rebuild the cache.")

OfType = Annotated[str | None, typer.Argument(metavar="TYPE", help="Only this record type.")]
Client = Annotated[str | None, typer.Option(help="Only what this client has applied: its id, or its name on a laptop.")]
SettingsFile = Annotated[
    str | None,
    typer.Option("--settings", help="An account's settings: a file as local.settings.json, or `env` for this shell's."),
]


def verify(
    record_type: OfType = None,
    *,
    client: Client = None,
    correct: Annotated[bool, typer.Option("--correct", help="Put through again what sources have applied.")] = False,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Prove that OrderCloud equals the cache, or tell every difference."""
    names = client_ids(state, settings)
    client_id = names.get(client or "", client)
    answer = run(_verified(state, settings, record_type, client_id, correct=correct))
    if as_json:
        print_json(answer)
    else:
        console().print(differences_table(answer))
    left = [each for each in answer["Items"] if each["Outcome"] not in (Outcome.MENDED, Outcome.REPORTED)]
    raise typer.Exit(DIFFERENT if left else COULD_NOT_LOOK if answer["Unread"] else 0)


@cache.command()
def rebuild(
    record_type: OfType = None,
    *,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again, where an earlier one was interrupted.")] = False,
    state: State = LAPTOP,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Read anew what OrderCloud has of every record; interrupted, it goes on where it stopped."""
    if anew:
        (state / CURSOR).unlink(missing_ok=True)
    answer = run(_rebuilt(state, settings, record_type))
    if as_json:
        print_json(answer)
    else:
        console().print(rebuilt_table(answer))
    raise typer.Exit(COULD_NOT_LOOK if answer["Unread"] else DIFFERENT if answer["Left"] else 0)


def run[T](doing: Coroutine[Any, Any, T]) -> T:
    """Do something on the app, and turn what cannot be reached into the exit code for it."""
    try:
        return asyncio.run(doing)
    except (CannotLookError, StorageUnavailableError) as error:
        say(str(error))
        raise typer.Exit(COULD_NOT_LOOK) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _verified(
    state: Path, settings: str | None, record_type: str | None, client: str | None, *, correct: bool
) -> Json:
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
                    verified = await verifier.verify(row, names, progress.advance)
                    found.append(verified)
                    told += [
                        (row, each) for each in await _corrected(app, verifier, verified, profiles, correct=correct)
                    ]
    return {
        "Items": [
            {**difference.to_json(row), "Outcome": outcome.value if outcome else None}
            for row, (difference, outcome) in told
        ],
        "Looked": {each.record_type.name: each.looked for each in found if each.looked},
        "Unread": [{"What": what, "Why": why} for each in found for what, why in each.unread],
    }


async def _corrected(
    app: "App", verifier: Verifier, found: Verified, profiles: list[Profile], *, correct: bool
) -> list[Told]:
    if not correct:
        return [(each, None) for each in found.differences]
    corrector = Corrector(app.ports, app.pipeline, app.settings.claim_seconds)
    by_client = {profile.client: profile for profile in profiles}
    return list(await correct_all(verifier, corrector, found, by_client))


async def _rebuilt(state: Path, settings: str | None, record_type: str | None) -> Json:
    results: list[Rebuilt] = []
    async with opened(state, settings) as app:
        profiles, wrong = await profiles_of(app)
        for fault in wrong:
            say(fault)
        types = _types(app, record_type)
        for marketplace, readers in _readers(profiles, None).items():
            with _Cursor(state / CURSOR, f"{marketplace}/{record_type or '*'}", app) as cursor, SlowProgress() as shown:
                rebuilder = Rebuilder(
                    ports=app.ports,
                    registry=app.registry,
                    marketplace=marketplace,
                    profiles=readers,
                    lifetime=app.settings.claim_seconds,
                    began=cursor.began,
                )
                verifier = Verifier(app.ports, marketplace, readers)
                for row in types:
                    names = await verifier.cached(row)
                    shown.begin(row.name, len(names))
                    rebuilt = await rebuilder.rebuild(row, names, shown.advance)
                    if not names and record_type is None and not any(rebuilt.counts.values()):
                        continue  # nothing of this type is here, so nothing is amiss where it cannot be listed
                    results.append(rebuilt)
                cursor.done = True
    return {
        "Items": [
            {"RecordType": each.record_type.name, **{kind.value: each.counts[kind] for kind in Rebuild}}
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
        raise typer.BadParameter(f"there is no record type {name!r}; `GET orchestration` lists them")
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
