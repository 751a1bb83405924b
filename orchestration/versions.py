"""The versions of postings: a source's own numbers or times, or else the time of acceptance.

A version is one string; its spelling says of which kind it is. Two versions order only when they are of one kind and
were given by the source: acceptance times come from the clocks of several instances, and there the order of the
queue's conditional writes decides.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from models.fields import parse_instant

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_TIME = re.compile(r"[^ ]{10}[Tt ][^ ]{8,}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")
_ACCEPTED = re.compile(r"(?P<time>[^~]+Z)~[0-9a-f]+")


class VersionError(ValueError):
    """The text is neither an integer of at most 18 digits nor an RFC 3339 time."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the string that the source gets and gives."""

    text: str

    @property
    def kind(self) -> Literal["integer", "time", "accepted"]:
        """Tell who gave the version: a source as an integer or a time, or our intake."""
        if "~" in self.text:
            return "accepted"
        return "integer" if _INTEGER.fullmatch(self.text) else "time"

    @property
    def from_source(self) -> bool:
        """Tell whether the source gave it, so that it orders postings whatever way they came."""
        return self.kind != "accepted"

    def older_than(self, other: "Version") -> bool:
        """Tell whether both were given by the source, are of one kind, and this one comes first."""
        match self.kind, other.kind:
            case "integer", "integer":
                return int(self.text) < int(other.text)
            case "time", "time":
                return parse_instant(self.text) < parse_instant(other.text)
            case _:
                return False

    def before(self, other: "Version") -> bool:
        """Tell whether this one comes first, as far as it can be told: of acceptance, where the clocks agree."""
        mine, theirs = _ACCEPTED.fullmatch(self.text), _ACCEPTED.fullmatch(other.text)
        if mine is None or theirs is None:
            return self.older_than(other)
        return parse_instant(mine["time"]) < parse_instant(theirs["time"])

    def __str__(self) -> str:
        return self.text


def accepted_version(moment: datetime, tail: str) -> Version:
    """Return the version of a posting whose source gave none: the time of acceptance and a random tail."""
    return Version(f"{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}~{tail}")


def source_version(value: object) -> Version:
    """Return the version that a source gave as a header or a JSON value.

    Raises:
        VersionError: it is no version.
    """
    if isinstance(value, int) and not isinstance(value, bool) and _INTEGER.fullmatch(str(value)):
        return Version(str(value))
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return Version(str(int(text)))
        if _TIME.fullmatch(text) and (moment := _instant(text)) is not None:
            return Version(moment.isoformat())
    raise VersionError("A version is an integer of at most 18 digits or an RFC 3339 time.")


def stored_version(text: object) -> Version:
    """Return the version that a stored text is.

    Raises:
        VersionError: it is none that we would have stored.
    """
    if isinstance(text, str):
        accepted = _ACCEPTED.fullmatch(text)
        if accepted is not None and _instant(accepted["time"]) is not None:
            return Version(text)
        if source_version(text).text == text:
            return Version(text)
    raise VersionError(f"{text!r} is no version")


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None
