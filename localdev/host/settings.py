"""What configures a Functions app: host.json, local.settings.json, `%NAME%` look-ups and connection settings."""

import json
import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from localdev.host import LoadError

_TIMESPAN = re.compile(r"(?:(?P<days>\d+)\.)?(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]?\d)")
_LOOKUP = re.compile(r"%([^%]+)%")
_DEFAULT_TIMEOUT = timedelta(minutes=30)
_BODY_LIMIT = 104_857_600


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What host.json says, with Azure's defaults; no `function_timeout` means that functions may run for ever."""

    route_prefix: str
    blob_parallelism: int
    poison_threshold: int
    function_timeout: timedelta | None


def read_host_options(app: Path) -> HostOptions:
    """Read host.json of an app directory; raises LoadError."""
    content = _read_json(app / "host.json")
    if content.get("version") != "2.0":
        raise LoadError(f'{app / "host.json"} must say "version": "2.0"')
    extensions = content.get("extensions", {})
    blobs = extensions.get("blobs", {})
    return HostOptions(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        blob_parallelism=int(blobs.get("maxDegreeOfParallelism", 8 * (os.cpu_count() or 1))),
        poison_threshold=int(blobs.get("poisonBlobThreshold", 5)),
        function_timeout=_function_timeout(content.get("functionTimeout")),
    )


def apply_local_settings(path: Path, environment: MutableMapping[str, str]) -> None:
    """Put the `Values` of a local.settings.json into the environment; what stands there already wins."""
    content = _read_json(path)
    if content.get("IsEncrypted"):
        raise LoadError(f"{path} is encrypted; decrypt it with `func settings decrypt`")
    for name, value in content.get("Values", {}).items():
        environment.setdefault(name, value if isinstance(value, str) else json.dumps(value))


def look_up(text: str, settings: Mapping[str, str]) -> str:
    """Replace each `%NAME%` in a binding by that setting; raises LoadError for one that is missing."""

    def value(match: re.Match[str]) -> str:
        try:
            return settings[match[1]]
        except KeyError:
            raise LoadError(f"the setting {match[1]}, named in {text!r}, is missing") from None

    return _LOOKUP.sub(value, text)


def connection_string(name: str, settings: Mapping[str, str]) -> str:
    """Find the connection string that a binding names; raises LoadError when it is missing or based on an identity."""
    found = settings.get(f"AzureWebJobs{name}") or settings.get(name)
    if found:
        return found
    if any(setting.startswith(f"{name}__") for setting in settings):
        raise LoadError(f"the connection {name} uses an identity; the local host needs a connection string")
    raise LoadError(f"the connection setting {name} is missing: put it into local.settings.json or the environment")


def body_limit(settings: Mapping[str, str]) -> int:
    """Give the greatest size of a request body, in bytes."""
    return int(settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", _BODY_LIMIT))


def parse_timespan(text: str) -> timedelta | None:
    """Read .NET's `[d.]hh:mm:ss`; None when the text is something else."""
    if not (match := _TIMESPAN.fullmatch(text.strip())):
        return None
    return timedelta(**{unit: int(number or 0) for unit, number in match.groupdict().items()})


def _function_timeout(text: str | None) -> timedelta | None:
    if text is None:
        return _DEFAULT_TIMEOUT
    if text.strip() == "-1":
        return None
    if (timeout := parse_timespan(text)) is None:
        raise LoadError(f"functionTimeout in host.json is no time span: {text!r}")
    return timeout


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise LoadError(f"{path} is missing") from None
    except ValueError as error:
        raise LoadError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise LoadError(f"{path} must hold a JSON object")
    return content
