"""Where a record lies: its path in the cache, its path in the queue, and the names of the hints that point at it.

Paths compare without case, so they are written in lower case; each segment is percent-encoded, so that no value can
reach into the next segment.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from models.registry import Keys

ABSENT = "~"
"""The segment of an optional key that is absent; a literal tilde is written `%7e`."""


class PathError(ValueError):
    """The text is not a path that `RecordPath` or `QueuePath` wrote."""


@dataclass(frozen=True, slots=True)
class RecordPath:
    """The identity of a record: `{marketplace}/{recordtype}/{key}[/{key}…]`. It names the cache blob."""

    marketplace: str
    record_type: str
    keys: Keys

    def __post_init__(self) -> None:
        object.__setattr__(self, "marketplace", self.marketplace.lower())
        object.__setattr__(self, "record_type", self.record_type.lower())
        object.__setattr__(self, "keys", tuple(key if key is None else key.lower() for key in self.keys))

    def __str__(self) -> str:
        return "/".join(encode(segment) for segment in (self.marketplace, self.record_type, *self.keys))

    @staticmethod
    def parse(text: str) -> "RecordPath":
        """Return the path that a text names.

        Raises:
            PathError: it names none.
        """
        marketplace, record_type, *keys = decode_all(text, at_least=3)
        if marketplace is None or record_type is None:
            raise PathError(text)
        return RecordPath(marketplace, record_type, tuple(keys))


@dataclass(frozen=True, slots=True)
class QueuePath:
    """One record of one source: the record's path and the source's client id. It names the queue blob."""

    record: RecordPath
    client: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self.client.lower())

    def __str__(self) -> str:
        return f"{self.record}/{encode(self.client)}"

    @staticmethod
    def parse(text: str) -> "QueuePath":
        """Return the path that a text names.

        Raises:
            PathError: it names none.
        """
        *record, client = decode_all(text, at_least=4)
        marketplace, record_type, *keys = record
        if marketplace is None or record_type is None or client is None:
            raise PathError(text)
        return QueuePath(RecordPath(marketplace, record_type, tuple(keys)), client)


def encode(value: str | None) -> str:
    """Return one segment: lower case, everything but letters, digits, hyphen and underscore percent-encoded."""
    if value is None:
        return ABSENT
    return quote(value.lower(), safe="").replace(".", "%2E").replace(ABSENT, "%7E").lower()


def decode_all(text: str, *, at_least: int) -> Keys:
    """Return the values of a path's segments; a text that `encode` would have written otherwise is refused."""
    segments = text.split("/")
    try:
        values = tuple(None if segment == ABSENT else unquote(segment, errors="strict") for segment in segments)
    except UnicodeDecodeError:
        raise PathError(text) from None
    if len(values) < at_least or "" in values or [encode(value) for value in values] != segments:
        raise PathError(text)
    return values
