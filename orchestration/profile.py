"""The integration profile of one API client: its OrderCloud credentials by reference, its resource and its policies."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

_RESOURCE = re.compile(r"seller|(supplier|buyer):[A-Za-z0-9_-]{1,100}")
LONGEST_AGE = timedelta(days=3_650)
_AGES = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Refresh(StrEnum):
    """The refresh policies that are no age."""

    NEVER = "never"
    ALWAYS = "always"


def _refresh(value: Any) -> Any:
    """Accept a policy's name, seconds, or a number with a unit, as in `24h`."""
    if isinstance(value, str) and (match := re.fullmatch(r"([0-9]{1,6})([smhd])", value)):
        return timedelta(**{_AGES[match[2]]: int(match[1])})
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_AGE.total_seconds():
        return timedelta(seconds=value)
    if isinstance(value, timedelta):
        return value
    return Refresh(value)


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: "".join(word.capitalize() for word in name.split("_"))
    )


class Parking(_Part):
    """How long a posting waits between attempts, in seconds, and after how many it becomes a dead letter."""

    delays: tuple[Annotated[float, Field(gt=0, le=7 * 86_400)], ...] = Field(
        (5, 30, 120, 600, 3_600, 21_600), min_length=1
    )
    limit: Annotated[int, Field(ge=1, le=1_000)] = 40


class Policies(_Part):
    """What the source's owner decided; every policy has a default."""

    refresh: Annotated[Refresh | timedelta, BeforeValidator(_refresh)] = timedelta(hours=24)
    drift: Literal["correct", "report"] = "correct"
    deletes: Literal["allow", "refuse"] = "allow"
    gone_parts: Literal["keep", "delete"] = "keep"
    parking: Parking = Parking()


class Profile(_Part):
    """One API client's profile. `ClientSecret` is a reference, resolved only to ask OrderCloud for a token."""

    marketplace: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+$")]
    auth_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+$")]
    client_id: Annotated[str, Field(alias="ClientID"), StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    client_secret: Annotated[str, Field(repr=False), StringConstraints(min_length=1, max_length=500)]
    resource: str
    policies: Policies = Policies()

    @field_validator("resource")
    @classmethod
    def _known_resource(cls, value: str) -> str:
        if not _RESOURCE.fullmatch(value):
            raise ValueError("Resource is `seller`, `supplier:ID` or `buyer:ID`")
        return value

    @property
    def client(self) -> str:
        """The client id by which records and profiles are kept."""
        return self.client_id.lower()

    @property
    def supplier(self) -> str | None:
        """The supplier on whose behalf the client writes, if it is one's."""
        kind, _, identifier = self.resource.partition(":")
        return identifier if kind == "supplier" else None

    @property
    def buyer(self) -> str | None:
        """The buyer on whose behalf the client writes, if it is one's."""
        kind, _, identifier = self.resource.partition(":")
        return identifier if kind == "buyer" else None
