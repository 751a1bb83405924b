"""Access tokens: the token endpoint, the signing keys with their public side, and who a caller is."""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from localdev.sandbox.clients import COMPANIES, digest
from localdev.sandbox.errors import Answer, Problem, Refusal, not_found
from localdev.sandbox.request import Asked
from localdev.sandbox.store import Store

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the client, its user, and the roles of this token. `company` is a supplier's or a buyer's ID."""

    client_id: str
    user: Mapping[str, Any]
    roles: frozenset[str]
    assigned: tuple[str, ...]
    client_active: bool

    @property
    def user_type(self) -> str:
        """Return admin, supplier or buyer."""
        return str(self.user["UserType"])

    @property
    def company(self) -> str | None:
        """Return the ID of the user's supplier or buyer; None for the seller."""
        return self.user[COMPANIES[self.user_type]] if self.user_type in COMPANIES else None


class Tokens:
    """Issues and verifies tokens over the state's clients and keys. `url` is both the auth and the API address."""

    def __init__(self, store: Store, *, url: str, seconds: int) -> None:
        self._store = store
        self._url = url
        self._seconds = seconds
        if not store.signing_keys():
            self.rotate()
        self._keys = self._read_keys()

    def rotate(self) -> str:
        """Make a new signing key and return its kid; tokens signed by the old one stay good."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        kid = uuid.uuid4().hex
        self._store.add_key(kid, pem.decode())
        self._keys = self._read_keys()
        return kid

    def _read_keys(self) -> dict[str, rsa.RSAPrivateKey]:
        keys = {}
        for kid, pem in self._store.signing_keys():
            key = serialization.load_pem_private_key(pem.encode(), password=None)
            if isinstance(key, rsa.RSAPrivateKey):
                keys[kid] = key
        return keys

    def certificate(self, kid: str) -> Answer:
        """Return the public key as a JWK."""
        if kid not in self._keys:
            raise not_found("Certificate", kid)
        jwk = json.loads(RSAAlgorithm.to_jwk(self._keys[kid].public_key()))
        return Answer(200, {key: jwk[key] for key in ("kty", "n", "e")} | {"alg": "RS256", "use": "sig", "kid": kid})

    def issue(self, asked: Asked) -> Answer:
        """Answer a token request; each refusal has the token endpoint's own shape."""
        form = asked.form
        if asked.content_type != FORM:
            raise _refused(400, "invalid_request", "Request.InvalidContentType", f"Content-Type must be {FORM}.")
        if form.get("grant_type") != "client_credentials":
            raise _refused(400, "unsupported_grant_type", "Auth.InvalidGrant", "Only client_credentials is known here.")
        client = self._store.client(form.get("client_id", ""))
        given, kept = digest(form.get("client_secret", "")), client["secret"] if client else digest(uuid.uuid4().hex)
        if not hmac.compare_digest(given, kept) or client is None:
            message = "Invalid client credentials."
            raise _refused(401, "invalid_grant", "Auth.InvalidUsernameOrPassword", message)
        if not client["active"]:
            raise _refused(401, "invalid_grant", "Auth.ClientNotActive", "API client is not active.")
        if not client["user"]["Active"]:
            raise _refused(401, "invalid_grant", "Auth.UserNotActive", "User is not active.")
        wanted = form.get("scope", "").split() or client["roles"]
        token = self._signed(client, [role for role in client["roles"] if role in wanted])
        self._store.add_token(digest(token))
        body = {"access_token": token, "token_type": "bearer", "expires_in": self._seconds, "refresh_token": ""}
        return Answer(200, body, {"Cache-Control": "no-store"})

    def _signed(self, client: Mapping[str, Any], roles: list[str]) -> str:
        now = int(time.time())
        kid, key = list(self._keys.items())[-1]
        user = client["user"]
        claims = {
            "usr": user["Username"],
            "cid": client["client_id"],
            "u": base64.urlsafe_b64encode(digest(user["ID"]).encode()[:12]).decode(),
            "usrtype": user["UserType"],
            "role": roles[0] if len(roles) == 1 else roles,
            "iss": self._url,
            "aud": self._url,
            "exp": now + self._seconds,
            "nbf": now,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})

    def caller(self, authorization: str | None) -> Caller:
        """Return who an Authorization header speaks for; refuse with 401 when it does not say so credibly."""
        token = _bearer(authorization)
        claims = self._claims(token, verify_exp=True)
        revoked = self._store.token_revoked(digest(token))
        client = self._store.client(claims["cid"]) if claims else None
        if claims is None or client is None or revoked is None:
            raise unauthorised("InvalidToken", "Access token is invalid or expired.")
        if revoked:
            raise unauthorised("Auth.TokenRevoked", "Access token has been revoked.")
        role = claims["role"]
        roles = frozenset([role] if isinstance(role, str) else role)
        return Caller(client["client_id"], client["user"], roles, tuple(client["roles"]), client["active"])

    def client_id(self, authorization: str | None) -> str | None:
        """Return the client that a token was made for, though it may be expired or revoked by now."""
        claims = self._claims(_bearer(authorization), verify_exp=False)
        return str(claims["cid"]) if claims else None

    def _claims(self, token: str, *, verify_exp: bool) -> dict[str, Any] | None:
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]].public_key()
            options: Options = {"verify_aud": False, "verify_exp": verify_exp}
            return jwt.decode(token, key, algorithms=["RS256"], options=options)
        except (jwt.InvalidTokenError, KeyError, TypeError, UnicodeError):
            return None


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unauthorised(code: str, message: str) -> Refusal:
    """Return the refusal of a token."""
    return Refusal(401, Problem(code, message), headers={"WWW-Authenticate": "Bearer"})


class TokenRefusal(Refusal):
    """A refusal in the token endpoint's own shape."""

    def __init__(self, status: int, error: str, problem: Problem) -> None:
        super().__init__(status, problem)
        self.error = error

    def answer(self) -> Answer:
        """Return the HTTP answer, OAuth's two fields beside OrderCloud's list."""
        problem = self.problems[0]
        body = {"error": self.error, "error_description": problem.message, "Errors": [problem.body()]}
        return Answer(self.status, body)


def _refused(status: int, error: str, code: str, message: str) -> Refusal:
    return TokenRefusal(status, error, Problem(code, message))
