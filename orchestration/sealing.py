"""Write-only values, as a user's password: sealed while they wait, a keyed digest once applied, hidden in events.

A sealed value stands in a posting as `{"$sealed": text}`. The text says by which key the value was encrypted, the
encrypted value, and the value's keyed digests, one for each key there is, so that keys can be replaced.
"""

from dataclasses import dataclass
from typing import Any

from models.record import Json

_MARK = "$sealed"

HIDDEN = "(write-only)"
"""What events show in the place of a sealed value."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value.

    Attributes:
        key: the id of the key that encrypted it.
        content: the encrypted value, base64url; empty where only the digests are kept.
        digests: key ids with the value's digest by that key, hexadecimal, in the order of the ids.
    """

    key: str
    content: str
    digests: tuple[tuple[str, str], ...]

    def to_json(self) -> Json:
        """Return the value as it stands in a posting."""
        digests = ",".join(f"{key}={digest}" for key, digest in sorted(self.digests))
        return {_MARK: f"{self.key}:{self.content}:{digests}"}

    def same_as(self, other: "Sealed") -> bool:
        """Tell whether both are the same value, by a key that both have a digest of."""
        known = dict(other.digests)
        shared = [(digest, known[key]) for key, digest in self.digests if key in known]
        return bool(shared) and all(one == another for one, another in shared)


def sealed_in(value: Any) -> Sealed | None:
    """Return the sealed value that stands at a field of a posting, or none. Not for what is under xp."""
    if not isinstance(value, dict) or value.keys() != {_MARK}:
        return None
    key, content, digests = value[_MARK].split(":")
    pairs = (each.partition("=") for each in digests.split(",") if each)
    return Sealed(key, content, tuple((name, digest) for name, _, digest in pairs))


def same_sealed(one: Any, other: Any) -> bool:
    """Tell whether two fields hold the same sealed value."""
    mine, theirs = sealed_in(one), sealed_in(other)
    return mine is not None and theirs is not None and mine.same_as(theirs)


def digested(posted: Json) -> Json:
    """Return a posting as it is kept once applied: of sealed values only the digests."""
    return {
        name: Sealed("", "", sealed.digests).to_json() if (sealed := _sealed_at(name, value)) else value
        for name, value in posted.items()
    }


def redacted(posted: Json) -> Json:
    """Return a posting as events show it: sealed values hidden."""
    return {name: HIDDEN if _sealed_at(name, value) else value for name, value in posted.items()}


def _sealed_at(name: str, value: Any) -> Sealed | None:
    return None if name == "xp" else sealed_in(value)
