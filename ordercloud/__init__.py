"""A standalone async client of Sitecore OrderCloud; it knows nothing of the rest of this repository."""

from ordercloud.access_tokens import Caller, Reason
from ordercloud.client import OrderCloudClient, Response
from ordercloud.clock import Clock
from ordercloud.credentials import Credentials
from ordercloud.errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    DeadlineExceededError,
    IdExistsError,
    InsufficientRolesError,
    InvalidTokenError,
    NotFoundError,
    OrderCloudError,
    ProtocolError,
    RefusedError,
    ResponseNotJsonError,
    ResponseTooLargeError,
    ThrottledError,
    TransportError,
    UnavailableError,
)
from ordercloud.retries import RetryPolicy
from ordercloud.transport import connection_pool
from ordercloud.verification import TokenVerifier

__all__ = [
    "ApiError",
    "AuthenticationError",
    "Caller",
    "Clock",
    "ConflictError",
    "ConnectionFailedError",
    "Credentials",
    "DeadlineExceededError",
    "IdExistsError",
    "InsufficientRolesError",
    "InvalidTokenError",
    "NotFoundError",
    "OrderCloudClient",
    "OrderCloudError",
    "ProtocolError",
    "Reason",
    "RefusedError",
    "Response",
    "ResponseNotJsonError",
    "ResponseTooLargeError",
    "RetryPolicy",
    "ThrottledError",
    "TokenVerifier",
    "TransportError",
    "UnavailableError",
    "connection_pool",
]
