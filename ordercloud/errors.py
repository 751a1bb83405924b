"""What can go wrong between us and OrderCloud, and nothing that acts on it.

OrderCloudError
├── TransportError                no usable answer arrived
│   ├── ConnectionFailedError     no connection was made, or it was lost
│   ├── DeadlineExceededError     a timeout passed, or the budget of the call did
│   ├── ProtocolError             what arrived is not what HTTP or OrderCloud promises
│   ├── ResponseTooLargeError     the answer is longer than we take
│   └── ResponseNotJsonError      the answer was to be JSON and is not
├── ThrottledError                429
├── UnavailableError              408 and 5xx
├── AuthenticationError           the token endpoint refused, or 401 with a new token
├── InsufficientRolesError        403
├── NotFoundError                 404
├── IdExistsError                 409 with the code IdExists
├── ConflictError                 any other 409
└── RefusedError                  400 and any other 4xx
InvalidTokenError                 a caller's token must not be trusted
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

TEXT_LIMIT = 500
PATH_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of OrderCloud's error list."""

    code: str
    message: str
    data: Any = None


class OrderCloudError(Exception):
    """A call to OrderCloud did not end well.

    `retry_after` is what OrderCloud asked for, in seconds and without a cap. `outcome_unknown` tells that a write may
    have been carried out nevertheless, by this attempt or an earlier one of the same call. `requests` is how many were
    sent for the call, those for tokens aside; one that was begun and cut counts.
    """

    transient: ClassVar[bool] = False
    """Whether the same call may pass in a moment."""

    def __init__(  # noqa: PLR0913 - keyword-only, each a thing that a caller asks of an error
        self,
        what: str,
        *,
        method: str,
        path: str,
        status: int | None = None,
        errors: tuple[ApiError, ...] = (),
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        requests: int = 0,
    ) -> None:
        super().__init__(f"{method} {path[:PATH_LIMIT]}: {what}"[:TEXT_LIMIT])
        self.what = what
        self.method = method
        self.path = path
        self.status = status
        self.errors = errors
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.requests = requests

    def of_call(self, requests: int, *, outcome_unknown: bool) -> Self:
        """Return a copy that tells of all attempts of a call; the error itself may be shared by several callers."""
        return type(self)(
            self.what,
            method=self.method,
            path=self.path,
            status=self.status,
            errors=self.errors,
            retry_after=self.retry_after,
            outcome_unknown=outcome_unknown,
            requests=requests,
        )


class TransportError(OrderCloudError):
    """No usable answer arrived."""

    transient = True


class ConnectionFailedError(TransportError):
    """No connection was made, or it was lost before the answer was complete."""


class DeadlineExceededError(TransportError):
    """A timeout passed, or there was not enough left of the call's budget to go on."""


class ProtocolError(TransportError):
    """What arrived is not what HTTP or OrderCloud promises."""


class ResponseTooLargeError(TransportError):
    """The answer is longer than we take; asking again would not shorten it."""

    transient = False


class ResponseNotJsonError(TransportError):
    """The answer was to be JSON and is not."""


class ThrottledError(OrderCloudError):
    """OrderCloud, or a limit of our own, wants fewer calls."""

    transient = True


class UnavailableError(OrderCloudError):
    """OrderCloud answered that it could not do its work."""

    transient = True


class AuthenticationError(OrderCloudError):
    """The token endpoint refused the credentials, or the API refused a new token."""


class InsufficientRolesError(OrderCloudError):
    """The credentials lack a role that the call needs."""


class NotFoundError(OrderCloudError):
    """The object, or one that the call refers to, is not there."""

    @property
    def object_type(self) -> str | None:
        """The kind of object that is missing, if OrderCloud said so."""
        return self._named("ObjectType")

    @property
    def object_id(self) -> str | None:
        """The ID that is missing, if OrderCloud said so."""
        return self._named("ObjectID")

    def _named(self, name: str) -> str | None:
        values = (error.data.get(name) for error in self.errors if isinstance(error.data, dict))
        return next((value for value in values if isinstance(value, str)), None)


class IdExistsError(OrderCloudError):
    """An object with this ID is there already."""


class ConflictError(OrderCloudError):
    """The call conflicts with what is there."""


class RefusedError(OrderCloudError):
    """OrderCloud will not do what was asked; its errors say why."""


class InvalidTokenError(Exception):
    """A caller's token must not be trusted; `reason` is a code word of verification.Reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
