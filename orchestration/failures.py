"""What can go wrong with a posting, classed by how it recovers.

Failure
├── Retryable            parked: the same posting may pass later
│   ├── Unavailable      OrderCloud throttles, is down or does not answer in time
│   ├── MissingReference a record that it refers to is not there yet
│   ├── AccountFault     the profile, its secret or its rights are wrong, which is no fault of the posting
│   └── Postponed        nothing was tried: its turn comes later
│       └── Paused       an operator has paused it: its turn comes when it is resumed
├── Refused              dead-lettered: the posting itself will not pass
│   ├── RefusedByOrderCloud
│   ├── NotOwner         what is there belongs to somebody else
│   ├── CrashLoop        runs keep dying with this posting in hand
│   └── Defect           a bug of ours
├── NotFound             no such record, or not one that it refers to: the executor tells which
└── IdExists             a record with this ID is there already: the executor adopts it
"""

from collections.abc import Collection, Mapping
from typing import Any

from models.record import Json


class Failure(Exception):  # noqa: N818 - the tree's names say what happened; "Error" would repeat the root
    """A posting could not be applied.

    Attributes:
        cause: why, in words.
        errors: OrderCloud's errors, as its body gave them.
        status: OrderCloud's HTTP status.
        outcome_unknown: OrderCloud may have carried out a write nevertheless.
        requests: how many were sent for a call that failed so, those for tokens aside, as OrderCloud's port tells.
        retry_after: the seconds that OrderCloud asked for, where it is busy.
        object_type, object_id: what is missing, in OrderCloud's words, where it said so.
        awaits: the record that has to come first, by its type and its keys by name, where that is known.
    """

    def __init__(  # noqa: PLR0913 - what may be known of a failure, all but the cause by keyword and with a default
        self,
        cause: str,
        *,
        errors: tuple[Json, ...] = (),
        status: int | None = None,
        outcome_unknown: bool = False,
        requests: int = 0,
        retry_after: float | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
        awaits: tuple[str, Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.errors = errors
        self.status = status
        self.outcome_unknown = outcome_unknown
        self.requests = requests
        self.retry_after = retry_after
        self.object_type = object_type
        self.object_id = object_id
        self.awaits = awaits

    def hide(self, secrets: Collection[str], instead: str) -> None:
        """Take secrets out of all texts that OrderCloud said, in case it repeats what it was sent."""
        self.cause = _without(self.cause, secrets, instead)
        self.errors = tuple(_without(error, secrets, instead) for error in self.errors)
        self.args = (self.cause,)


class Retryable(Failure):
    """The same posting may pass later: it is parked."""


class Unavailable(Retryable):
    """OrderCloud throttled the call, is down, or did not answer in time."""


class MissingReference(Retryable):
    """A record that the posting refers to is not in OrderCloud yet."""


class AccountFault(Retryable):
    """The profile is missing or wrong, its secret does not resolve, or OrderCloud refuses its credentials or roles.

    However long that lasts, it counts against no limit: a rotated secret makes no dead letters of a catalogue.
    """


class Postponed(Retryable):
    """Nothing was tried: OrderCloud is known not to serve the client, or time is up. It counts against no limit."""


class Paused(Postponed):
    """An operator has paused the client, its resource or the record type; no time is known when it goes on."""


class Refused(Failure):
    """The posting itself will not pass: it becomes a dead letter."""


class RefusedByOrderCloud(Refused):
    """OrderCloud refuses what was sent; `errors` says why."""


class NotOwner(Refused):
    """What OrderCloud has at these keys belongs to another owner than the profile's resource."""


class CrashLoop(Refused):
    """Too many runs in a row died with the record's claim in hand."""


class Defect(Refused):
    """A bug of ours; `cause` has the traceback."""


class NotFound(Failure):
    """OrderCloud has no such record, or not one that it refers to; the executor tells which."""


class IdExists(Failure):
    """A record with this ID is there already; the executor adopts it."""


def _without(value: Any, secrets: Collection[str], instead: str) -> Any:
    """Return JSON whose texts hold none of the secrets; the names of fields stay."""
    match value:
        case str():
            for secret in sorted(secrets, key=len, reverse=True):  # one may be part of another
                value = value.replace(secret, instead)
            return value
        case dict():
            return {name: _without(inner, secrets, instead) for name, inner in value.items()}
        case list():
            return [_without(inner, secrets, instead) for inner in value]
        case _:
            return value
