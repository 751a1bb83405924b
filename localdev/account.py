"""The app as operators' commands use it on this machine: on a laptop's running stack, or on an account's services.

It is wired as the functions are, from the same settings; nothing listens.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from pydantic import ValidationError

from localdev.operator_console import COULD_NOT_LOOK, say
from localdev.stack import laptop_environment
from orchestration.failures import AccountFault
from orchestration.ports import StorageUnavailableError
from orchestration.profile import Profile
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.bootstrap import App

ENVIRONMENT = "env"
"""What is given in place of a file of settings to use this shell's environment."""


class CannotLookError(Exception):
    """There is nothing to look at, or it cannot be reached; the message says what to do."""


@asynccontextmanager
async def opened(state: Path, settings: str | None) -> "AsyncIterator[App]":
    """Wire the app for the length of a block: for the laptop's stack, a file of settings, or the environment.

    Raises:
        CannotLookError: there are no settings, or they are wrong.
    """
    from orchestration.bootstrap import bootstrap  # noqa: PLC0415 - Azure's SDKs take a second, which others are spared

    with _environment(_settings(state, settings)):
        try:
            app = bootstrap(Settings())
        except ValidationError as error:
            raise CannotLookError(f"the settings are wrong: {_rules(error)}") from error
        except ValueError as error:
            raise CannotLookError(f"the settings are wrong: {error}") from error
        try:
            yield app
        finally:
            await app.close()


def run[T](doing: Coroutine[Any, Any, T]) -> T:
    """Do something on the app, and turn what cannot be reached into the exit code for it."""
    try:
        return asyncio.run(doing)
    except (CannotLookError, StorageUnavailableError) as error:
        say(str(error))
        raise typer.Exit(COULD_NOT_LOOK) from error


async def profiles_of(app: "App") -> tuple[list[Profile], list[str]]:
    """Return all good profiles in the order of their clients, and what is wrong with the others."""
    good, wrong = [], []
    for client in await app.ports.profiles.clients():
        try:
            good.append(await app.ports.profiles.get(client))
        except AccountFault as fault:
            wrong.append(fault.cause)
    return good, wrong


def type_names(app: "App") -> str:
    """Return the names of all record types, in words."""
    return ", ".join(row.name for row in app.registry)


def account_of(settings: Settings) -> str:
    """Return which storage account settings name, by its address or its name: nothing of a connection string else."""
    parts = dict(part.split("=", 1) for part in (settings.storage_connection or "").split(";") if "=" in part)
    return parts.get("BlobEndpoint") or parts.get("AccountName") or settings.storage_blob_uri or ""


def client_ids(state: Path, settings: str | None) -> Mapping[str, str]:
    """Return the ids of a laptop's clients by the names that people know them by; none elsewhere."""
    if settings is not None:
        return {}
    try:
        kept = json.loads((state / "keys" / "clients.json").read_text())
    except (OSError, ValueError):
        return {}
    return {each["name"]: each["client_id"] for each in kept}


def _settings(state: Path, settings: str | None) -> Mapping[str, str]:
    if settings == ENVIRONMENT:
        return {}
    try:
        if settings is None:
            return laptop_environment(state)
        values = json.loads(Path(settings).read_text(encoding="utf-8"))["Values"]
        return {str(name): str(value) for name, value in values.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if settings is None:
            message = f"no stack was started on {state}: start one with `orchestrate up --state {state}`"
            raise CannotLookError(f"{message}, or give an account's --settings") from error
        message = f"{settings} is no file of settings as local.settings.json is one"
        raise CannotLookError(f"{message}, with its names and values under Values") from error


def _rules(error: ValidationError) -> str:
    """Return what is wrong with settings in words, by their names in the environment; their values are not told."""
    fields = Settings.model_fields
    return "; ".join(
        ": ".join([*(name.upper() if name in fields else name for name in map(str, each["loc"])), each["msg"]])
        for each in error.errors(include_url=False, include_input=False)
    )


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Have settings, and the secrets that are referred to, in this process's environment, as the app has them."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
