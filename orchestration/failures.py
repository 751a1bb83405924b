"""What can go wrong with a posting, classed by how it recovers.

    Failure
    ├── Retryable            parked: the same posting may pass later
    │   ├── Unavailable      OrderCloud throttles, is down or does not answer in time
    │   ├── MissingReference a record that it refers to is not there yet
    │   └── AccountFault     the profile, its secret or its rights are wrong
    ├── Refused              dead-lettered: the posting itself will not pass
    │   ├── RefusedByOrderCloud
    │   ├── NotOwner         what is there belongs to somebody else
    │   ├── CrashLoop        runs keep dying with this posting in hand
    │   └── Defect           a bug of ours
    ├── NotFound             no such record, or not one that it refers to: the executor tells which
    └── IdExists             a record with this ID is there already: the executor adopts it

`outcome_unknown` tells that OrderCloud may have carried out a write nevertheless.
"""

from models.record import Json


class Failure(Exception):  # noqa: N818 - the tree's names say what happened; "Error" would repeat the root
    """A posting could not be applied."""

    def __init__(
        self, cause: str, *, errors: tuple[Json, ...] = (), status: int | None = None, outcome_unknown: bool = False
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.errors = errors
        self.status = status
        self.outcome_unknown = outcome_unknown


class Retryable(Failure):
    """The same posting may pass later: it is parked."""


class Unavailable(Retryable):
    """OrderCloud throttled the call, is down, or did not answer in time."""

    def __init__(
        self,
        cause: str,
        *,
        retry_after: float | None = None,
        errors: tuple[Json, ...] = (),
        status: int | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(cause, errors=errors, status=status, outcome_unknown=outcome_unknown)
        self.retry_after = retry_after


class MissingReference(Retryable):
    """A record that the posting refers to is not in OrderCloud yet; `object_type` and `object_id` are OrderCloud's."""

    def __init__(
        self,
        cause: str,
        *,
        object_type: str | None = None,
        object_id: str | None = None,
        errors: tuple[Json, ...] = (),
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(cause, errors=errors, status=404, outcome_unknown=outcome_unknown)
        self.object_type = object_type
        self.object_id = object_id


class AccountFault(Retryable):
    """The profile is missing or wrong, its secret does not resolve, or OrderCloud refuses its credentials or roles."""


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

    def __init__(
        self,
        cause: str,
        *,
        object_type: str | None = None,
        object_id: str | None = None,
        errors: tuple[Json, ...] = (),
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(cause, errors=errors, status=404, outcome_unknown=outcome_unknown)
        self.object_type = object_type
        self.object_id = object_id


class IdExists(Failure):
    """A record with this ID is there already; the executor adopts it."""
