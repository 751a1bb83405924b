"""What an OrderCloud access token says, and whether that can be believed: values in, values out, no I/O."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import jwt

from ordercloud.answers import parsed
from ordercloud.errors import InvalidTokenError

ALGORITHM = "RS256"
MAX_TOKEN = 8 * 1024
LEEWAY_SECONDS = 30
LAST_SECOND = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class Reason(StrEnum):
    """Why a token is not trusted."""

    TOO_LONG = "too-long"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    KEY_ID = "key-id"
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    OTHER_ENVIRONMENT = "other-environment"
    NO_CLIENT = "no-client"
    REJECTED = "rejected"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a trusted token speaks for. `user_type` is OrderCloud's: admin, buyer or supplier."""

    client_id: str
    username: str
    user_id: str
    user_type: str
    roles: frozenset[str]
    expires_at: datetime
    supplier_id: str | None = None
    buyer_id: str | None = None


def checked_header(token: str) -> dict[str, Any]:
    """Return the header of a token that may be worth a signature check; nothing else in it is believed before that.

    Raises:
        InvalidTokenError: it is no token, or its header asks for anything but the algorithm that OrderCloud uses.
    """
    if len(token) > MAX_TOKEN:
        raise InvalidTokenError(Reason.TOO_LONG)
    if not token.isascii():
        raise InvalidTokenError(Reason.MALFORMED)
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise InvalidTokenError(Reason.MALFORMED) from error
    if header.get("alg") != ALGORITHM:
        raise InvalidTokenError(Reason.ALGORITHM)
    return header


def signed_claims(token: str, key: jwt.PyJWK) -> dict[str, Any]:
    """Return the claims of a token that this key has signed.

    Raises:
        InvalidTokenError: another key has, or none.
    """
    try:
        claims = parsed(jwt.PyJWS().decode(token, key, algorithms=[ALGORITHM]))
    except jwt.PyJWTError as error:
        raise InvalidTokenError(Reason.SIGNATURE) from error
    except ValueError as error:
        raise InvalidTokenError(Reason.MALFORMED) from error
    if not isinstance(claims, dict):
        raise InvalidTokenError(Reason.MALFORMED)
    return claims


def check_claims(claims: dict[str, Any], now: datetime, api_url: str) -> None:
    """Refuse claims that do not hold now, for this environment, or that name no client.

    An audience that is given must be the API's URL; its absence is no fault, for the key is of the same host.

    Raises:
        InvalidTokenError: with the reason.
    """
    moment = now.timestamp()
    if moment >= _seconds(claims, "exp") + LEEWAY_SECONDS:
        raise InvalidTokenError(Reason.EXPIRED)
    if "nbf" in claims and moment < _seconds(claims, "nbf") - LEEWAY_SECONDS:
        raise InvalidTokenError(Reason.NOT_YET_VALID)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [] if audience is None else [audience]
    if audiences and _place(api_url) not in map(_place, audiences):
        raise InvalidTokenError(Reason.OTHER_ENVIRONMENT)
    if not isinstance(claims.get("cid"), str) or not claims["cid"]:
        raise InvalidTokenError(Reason.NO_CLIENT)


def caller(claims: dict[str, Any], user: dict[str, Any]) -> Caller:
    """Return who checked claims speak for, given what `/v1/me` says about the user."""
    return Caller(
        client_id=claims["cid"],
        username=_text(claims.get("usr")) or "",
        user_id=_text(user.get("ID")) or "",
        user_type=_text(claims.get("usrtype")) or "",
        roles=_names(claims.get("role")),  # not the user's other roles: a token may be asked for with fewer
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        supplier_id=_id(user.get("Supplier")),
        buyer_id=_id(user.get("Buyer")),
    )


def _seconds(claims: dict[str, Any], name: str) -> float:
    """Return a moment in epoch seconds, one that a datetime can hold."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST_SECOND:
        raise InvalidTokenError(Reason.MALFORMED)
    return value


def _place(url: Any) -> tuple[str, str | None, int | None, str] | None:
    """Return what makes two URLs the same place: case of the host, default ports and a last slash do not count."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def _names(roles: Any) -> frozenset[str]:
    """Return role names; OrderCloud gives a bare string where there is one."""
    listed = roles if isinstance(roles, list) else [roles]
    return frozenset(role for role in listed if isinstance(role, str))


def _id(company: Any) -> str | None:
    return _text(company.get("ID")) if isinstance(company, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
