"""Which event log the stack of a laptop uses: a SQLite file in its state directory, or Cosmos DB where one is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import Settings

_COSMOS_SETTINGS = (
    "COSMOS_ENDPOINT",
    "COSMOS_KEY",
    "COSMOS_DATABASE",
    "COSMOS_CONTAINER",
    "COSMOS_TTL_SECONDS",
)


class EventLogError(Exception):
    """The environment names no event log that can be used."""


@dataclass(frozen=True, slots=True)
class EventLogChoice:
    """An event log: its kind and address as the ready line shows them, and the host's settings."""

    kind: str
    address: str
    settings: Mapping[str, str]


def event_log_of(environment: Mapping[str, str]) -> EventLogChoice | None:
    """Return the event log that an environment asks for; none where it does not, or for SQLite.

    Raises:
        EventLogError: it asks for one that there is not, or without an endpoint.
    """
    match environment.get("EVENT_LOG", "sqlite"):
        case "sqlite" | "":
            return None
        case "cosmos":
            found = {name: value for name in _COSMOS_SETTINGS if (value := environment.get(name))}
            if "COSMOS_ENDPOINT" not in found:
                raise EventLogError("EVENT_LOG is cosmos, so COSMOS_ENDPOINT has to be set, and COSMOS_KEY with a key")
            return EventLogChoice("cosmos", found["COSMOS_ENDPOINT"], {"EVENT_LOG": "cosmos", **found})
        case other:
            raise EventLogError(f"EVENT_LOG is sqlite or cosmos, not {other[:20]!r}")


def sqlite_log(state: Path) -> EventLogChoice:
    """Return the log in a state directory."""
    file = str(state / "events.sqlite")
    return EventLogChoice("sqlite", file, {"EVENT_LOG": "sqlite", "EVENT_LOG_PATH": file})


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Return the app's settings in an environment that is not our own."""
    named = {field.alias or name.upper(): name for name, field in Settings.model_fields.items()}
    return Settings(**{named[name]: value for name, value in environment.items() if name in named})  # type: ignore[arg-type]  # texts, which the model reads
