"""Forged tokens for the end-to-end tests, made with the sandbox's own signing key or with a stranger's."""

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from e2e_world import Json, World


class Mint:
    """Makes tokens like OrderCloud's, with its own key: only what a test wants to be wrong with them is wrong."""

    def __init__(self, world: World, directory: Path) -> None:
        genuine = world.new_token("seller")
        self.header: Json = jwt.get_unverified_header(genuine)
        self.claims: Json = jwt.decode(genuine, options={"verify_signature": False})
        self.key = _signing_key(world.state / "sandbox", directory, self.header["kid"])
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self, key: RSAPrivateKey | None = None, header: Json | None = None, **claims: Any) -> str:
        """Sign the claims of a seller's token, some of them replaced, or left out where None."""
        kept = {name: value for name, value in {**self.claims, **claims}.items() if value is not None}
        headers = {"kid": self.header["kid"], **(header or {})}
        return jwt.encode(kept, key or self.key, algorithm="RS256", headers=headers)

    def unsigned(self) -> str:
        """Make a token with the algorithm `none`."""
        return f"{_part({**self.header, 'alg': 'none'})}.{_part(self.claims)}."

    def signed_with_the_public_key(self) -> str:
        """Make a token signed by HMAC with what everybody may know, for verifiers that let the header choose."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self.key.public_key().public_bytes(serialization.Encoding.PEM, form)
        signed = f"{_part({**self.header, 'alg': 'HS256'})}.{_part(self.claims)}"
        signature = jwt.get_algorithm_by_name("HS256").sign(signed.encode(), base64.b64encode(public))
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    def changed_after_signing(self) -> str:
        """Make a token whose claims were replaced under its signature."""
        header, _, signature = self.token().split(".")
        return f"{header}.{_part({**self.claims, 'usr': 'somebody else'})}.{signature}"


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signing_key(sandbox: Path, directory: Path, kid: str) -> RSAPrivateKey:
    """Read the sandbox's signing key from a copy of its file, which the sandbox keeps for itself."""
    copied = shutil.copytree(sandbox, directory / "sandbox", ignore=shutil.ignore_patterns("*-shm"))
    with closing(sqlite3.connect(copied / "sandbox.sqlite")) as database:
        [(pem,)] = database.execute("SELECT pem FROM keys WHERE kid = ?", (kid,)).fetchall()
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
