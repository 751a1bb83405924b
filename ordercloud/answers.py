"""Reads answers: the JSON of the good ones, the error class and error list of the others."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from typing import Any, Never

from ordercloud.errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    IdExistsError,
    InsufficientRolesError,
    NotFoundError,
    OrderCloudError,
    ProtocolError,
    RefusedError,
    ResponseNotJsonError,
    ResponseTooLargeError,
    ThrottledError,
    UnavailableError,
)
from ordercloud.transport import Answer

MAX_ERRORS = 50
MAX_CODE = 100
MAX_MESSAGE = 500
OK = range(200, 300)

_CLASSES: Mapping[int, type[OrderCloudError]] = {
    HTTPStatus.UNAUTHORIZED: AuthenticationError,
    HTTPStatus.FORBIDDEN: InsufficientRolesError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.REQUEST_TIMEOUT: UnavailableError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.TOO_MANY_REQUESTS: ThrottledError,
}


def body(answer: Answer) -> Any:
    """Return the JSON of a 2xx answer; None when there is no content.

    Raises:
        ResponseTooLargeError, ResponseNotJsonError: the call was carried out, but what came of it cannot be read.
    """
    request = answer.request
    if answer.content is None:
        raise request.error(ResponseTooLargeError, "the answer is longer than the limit", outcome_unknown=True)
    if answer.status == HTTPStatus.NO_CONTENT or not answer.content:
        return None
    try:
        return parsed(answer.content)
    except (ValueError, RecursionError) as error:
        what = f"answered {answer.status} with something else than JSON"
        raise request.error(ResponseNotJsonError, what, outcome_unknown=True) from error


def refusal(answer: Answer, now: datetime, *, definite: type[OrderCloudError] | None = None) -> OrderCloudError:
    """Return the error that an answer other than 2xx means; `definite` takes the place of those not transient."""
    request, errors = answer.request, api_errors(answer)
    kind = error_class(answer.status, errors)
    if definite is not None and not kind.transient:
        kind = definite
    said = f"{answer.status} {errors[0].code}: {errors[0].message}" if errors else str(answer.status)
    # A 5xx or 408 may follow upon a write that was carried out, a 3xx or an odd status tells nothing about it.
    unknown = issubclass(kind, UnavailableError | ProtocolError)
    return kind(
        f"answered {said}",
        method=request.method,
        path=request.path,
        status=answer.status,
        errors=errors,
        retry_after=seconds_to_wait(answer.retry_after, now),
        outcome_unknown=unknown and request.writes,
    )


def error_class(status: int, errors: tuple[ApiError, ...]) -> type[OrderCloudError]:
    """Return the class of errors that a status other than 2xx belongs to."""
    if status == HTTPStatus.CONFLICT and any(error.code == "IdExists" for error in errors):
        return IdExistsError
    if status in _CLASSES:
        return _CLASSES[status]
    if status in range(400, 500):
        return RefusedError
    return UnavailableError if status in range(500, 600) else ProtocolError


def api_errors(answer: Answer) -> tuple[ApiError, ...]:
    """Return OrderCloud's error list, bounded and without the request's hidden texts; empty if there is none.

    The token endpoint's `error` and `error_description` count as one entry when it gives no list.
    """
    try:
        content = redacted(parsed(answer.content or b""), answer.request.hidden)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(content, dict):
        return ()
    entries = content.get("Errors")
    if not isinstance(entries, list) or not entries:
        told = {"ErrorCode": content.get("error"), "Message": content.get("error_description")}
        entries = [told] if any(told.values()) else []
    return tuple(_api_error(entry) for entry in entries[:MAX_ERRORS] if isinstance(entry, dict))


def _api_error(entry: dict[str, Any]) -> ApiError:
    code, message = (str(entry.get(name) or "") for name in ("ErrorCode", "Message"))
    return ApiError(code[:MAX_CODE], message[:MAX_MESSAGE], entry.get("Data"))


def redacted(value: Any, hidden: tuple[str, ...]) -> Any:
    """Return JSON with each of the hidden texts blotted out, wherever a server repeats it."""
    match value:
        case str():
            for text in hidden:
                value = value.replace(text, "***")
            return value
        case list():
            return [redacted(each, hidden) for each in value]
        case dict():
            return {redacted(name, hidden): redacted(each, hidden) for name, each in value.items()}
        case _:
            return value


def parsed(content: bytes) -> Any:
    """Return what UTF-8 JSON, with or without a byte order mark, holds; NaN and infinities are no JSON."""
    return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def seconds_to_wait(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, be it a number or a date; None if it cannot be read."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else None
