"""What is paused in a marketplace: whose records, of which type, by whom, since when and why. Values in and out.

What is paused is accepted and waits; nothing of it reaches OrderCloud until it is resumed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.record import Json
from orchestration.profile import Profile

FORMAT = 1


class PausesFormatError(ValueError):
    """The bytes are no list of pauses of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose records, and of which type, by its name in the registry; all types when there is none.

    It is one client's, by its id in lower case, or those of all clients that write for a resource, as profiles name it.
    """

    client: str | None = None
    resource: str | None = None
    record_type: str | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """What two spellings of one scope have in common."""
        return (self.client or self.resource or "").casefold(), (self.record_type or "").casefold()

    def holds(self, profile: Profile, record_type: str | None) -> bool:
        """Tell whether a client's records of a type are in it; without a type, whether all of the client's are."""
        of_client = self.client == profile.client
        of_resource = self.resource is not None and self.resource.casefold() == profile.resource.casefold()
        of_type = self.record_type is None or self.record_type.casefold() == (record_type or "").casefold()
        return (of_client or of_resource) and of_type

    def touches(self, client: str | None, profile: Profile | None, record_type: str | None) -> bool:
        """Tell whether a client's records of a type may be in it, each where it is given.

        `profile` is the client's: without one no resource is known to be its.
        """
        of_resource = profile is not None and (self.resource or "").casefold() == profile.resource.casefold()
        of_client = client is None or self.client == client or of_resource
        given = None in (record_type, self.record_type)
        return of_client and (given or (self.record_type or "").casefold() == (record_type or "").casefold())

    def __str__(self) -> str:
        whose = f"the resource {self.resource}" if self.resource else f"the client {self.client}"
        return f"{whose}, {self.record_type or 'all types'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """One pause: what it holds, the operator's user name, since when, and why if that was said."""

    scope: Scope
    by: str
    since: datetime
    reason: str | None = None

    def to_json(self) -> Json:
        """Return the pause as it is stored, and as the HTTP API shows it."""
        return {
            "Client": self.scope.client,
            "Resource": self.scope.resource,
            "RecordType": self.scope.record_type,
            "By": self.by,
            "Since": self.since.isoformat(),
            "Reason": self.reason,
        }

    @staticmethod
    def from_json(stored: Any) -> "Pause":
        """Return the pause that was stored."""
        scope = Scope(client=stored["Client"], resource=stored["Resource"], record_type=stored["RecordType"])
        since = datetime.fromisoformat(stored["Since"])
        return Pause(scope=scope, by=stored["By"], since=since, reason=stored["Reason"])


def paused_by(pauses: Iterable[Pause], profile: Profile, record_type: str | None) -> Pause | None:
    """Return a pause that holds a client's records of a type, or, without a type, all of the client's."""
    return next((pause for pause in pauses if pause.scope.holds(profile, record_type)), None)


def pauses_to_json(pauses: Iterable[Pause]) -> Json:
    """Return pauses as they are stored."""
    return {"Format": FORMAT, "Pauses": [pause.to_json() for pause in pauses]}


def pauses_from_json(stored: Any) -> tuple[Pause, ...]:
    """Return the pauses that were stored.

    Raises:
        PausesFormatError: these are no pauses, or of a format that this version does not know.
    """
    try:
        if stored["Format"] != FORMAT:
            raise PausesFormatError(f"format {stored['Format']!r} is not known")
        return tuple(map(Pause.from_json, stored["Pauses"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PausesFormatError(f"no list of pauses: {error}") from error
