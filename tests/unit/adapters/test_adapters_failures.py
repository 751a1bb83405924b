"""What the errors of the OrderCloud client mean for a posting."""

from collections.abc import Iterator

import pytest

from orchestration.adapters.ordercloud_marketplaces import failure_of
from orchestration.failures import AccountFault, Failure, IdExists, NotFound, RefusedByOrderCloud, Unavailable
from ordercloud import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    DeadlineExceededError,
    IdExistsError,
    InsufficientRolesError,
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

MEANINGS: dict[type[OrderCloudError], type[Failure]] = {
    TransportError: Unavailable,
    ConnectionFailedError: Unavailable,
    DeadlineExceededError: Unavailable,
    ProtocolError: Unavailable,
    ResponseTooLargeError: Unavailable,
    ResponseNotJsonError: Unavailable,
    ThrottledError: Unavailable,
    UnavailableError: Unavailable,
    AuthenticationError: AccountFault,
    InsufficientRolesError: AccountFault,
    NotFoundError: NotFound,
    IdExistsError: IdExists,
    ConflictError: RefusedByOrderCloud,
    RefusedError: RefusedByOrderCloud,
}


def below(kind: type[OrderCloudError]) -> Iterator[type[OrderCloudError]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


@pytest.mark.parametrize("kind", [*below(OrderCloudError)], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("unknown", [True, False], ids=["may have happened", "did not happen"])
def test_every_error_of_the_client_means_one_failure(kind: type[OrderCloudError], unknown: bool) -> None:  # noqa: FBT001 - a parameter of the table
    errors = (ApiError("Code", "Message.", {"ObjectType": "Product", "ObjectID": "BIKE"}),)
    error = kind(
        "answered", method="PATCH", path="/v1/x", status=404, errors=errors, outcome_unknown=unknown, requests=3
    )
    failure = failure_of(error)
    assert type(failure) is MEANINGS[kind]
    told = (failure.cause, failure.status, failure.outcome_unknown, failure.requests)
    assert told == ("PATCH /v1/x: answered", 404, unknown, 3)
    assert failure.errors == (
        {"ErrorCode": "Code", "Message": "Message.", "Data": {"ObjectType": "Product", "ObjectID": "BIKE"}},
    )


def test_the_wait_that_ordercloud_asks_for_is_kept() -> None:
    failure = failure_of(ThrottledError("answered 429", method="GET", path="/v1/x", status=429, retry_after=7.5))
    assert isinstance(failure, Unavailable)
    assert failure.retry_after == 7.5


@pytest.mark.parametrize(
    ("errors", "named"),
    [
        ((ApiError("NotFound", "m", {"ObjectType": "Spec", "ObjectID": "Size"}),), ("Spec", "Size")),
        ((ApiError("NotFound", "m", None),), (None, None)),
        ((), (None, None)),
    ],
    ids=["named", "not named", "no errors"],
)
def test_what_is_missing_is_named_where_ordercloud_names_it(
    errors: tuple[ApiError, ...], named: tuple[str | None, str | None]
) -> None:
    failure = failure_of(NotFoundError("answered 404", method="GET", path="/v1/x", status=404, errors=errors))
    assert isinstance(failure, NotFound)
    assert (failure.object_type, failure.object_id) == named


def test_an_error_of_no_known_class_is_a_bug() -> None:
    with pytest.raises(TypeError, match="OrderCloudError"):
        failure_of(OrderCloudError("new", method="GET", path="/v1/x"))
