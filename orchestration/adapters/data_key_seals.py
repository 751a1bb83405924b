"""The port Seals by data keys: AES-256-GCM to wait, HMAC-SHA256 to tell whether a value changed.

A data key is 32 random bytes, of which each use has a subkey of its own. No message of an error holds a key or a value.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.record import Json
from orchestration.failures import AccountFault
from orchestration.paths import RecordPath
from orchestration.ports import Secrets
from orchestration.sealing import Sealed

KEY_BYTES = 32
NONCE_BYTES = 12
ID_DIGITS = 8

_WRONG_KEY = f"a data key that DATA_KEYS names is not the base64 of {KEY_BYTES} bytes"
_NOT_SEALED_HERE = "a write-only value is not what was sealed for this field of this record"


class DataKeySeals:
    """Seals by the first of the keys that `references` name and opens by each of them.

    Keys are resolved each time, so that a replaced one is seen as soon as `secrets` sees it.
    """

    def __init__(self, secrets: Secrets, references: Sequence[str]) -> None:
        self._secrets = secrets
        self._references = references

    async def seal(self, text: str, record: RecordPath, field: str) -> Json:
        """Return a value as it may rest in a posting; raise AccountFault or Unavailable."""
        keys = await self._keys()
        if not keys:
            raise AccountFault("there is no data key to seal write-only values with: set DATA_KEYS")
        value, context = text.encode(errors="surrogatepass"), _context(record, field)
        digests = tuple((key.id, key.digest(value, context)) for key in keys)
        return Sealed(keys[0].id, keys[0].encrypt(value, context), digests).to_json()

    async def open(self, sealed: Sealed, record: RecordPath, field: str) -> str:
        """Return the value that was sealed for this field of this record; raise AccountFault or Unavailable."""
        key = next((key for key in await self._keys() if key.id == sealed.key), None)
        if key is None:
            raise AccountFault("a write-only value was sealed by a data key that DATA_KEYS does not name")
        return key.decrypt(sealed.content, _context(record, field)).decode(errors="surrogatepass")

    async def _keys(self) -> list["_DataKey"]:
        """Return the keys in their order."""
        try:
            materials = [await self._secrets.resolve(reference) for reference in self._references]
        except AccountFault as fault:
            raise AccountFault(f"DATA_KEYS: {fault.cause}") from fault
        return [_DataKey(_decoded(material)) for material in materials]


class _DataKey:
    """One data key: its id, which says nothing of it, and what is done with its subkeys."""

    def __init__(self, key: bytes) -> None:
        self.id = hashlib.sha256(key).hexdigest()[:ID_DIGITS]
        self._cipher = AESGCM(_subkey(key, b"encryption"))
        self._digest_key = _subkey(key, b"digest")

    def encrypt(self, value: bytes, context: bytes) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, value, context)).decode()

    def decrypt(self, content: str, context: bytes) -> bytes:
        try:
            sealed = base64.b64decode(content, altchars=b"-_", validate=True)
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):  # no base64, and too short a nonce, are ValueErrors
            raise AccountFault(_NOT_SEALED_HERE) from None

    def digest(self, value: bytes, context: bytes) -> str:
        return hmac.digest(self._digest_key, context + value, "sha256").hex()


def _subkey(key: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"product-orchestration write-only values, " + use).derive(key)


def _context(record: RecordPath, field: str) -> bytes:
    """Return what a value is bound to. Paths are percent-encoded, so no part of it can reach into the next."""
    return f"{record}\n{field}\n".encode()


def _decoded(material: str) -> bytes:
    """Return a key's bytes; nothing of a wrong one is said, nor kept with the error."""
    try:
        key = base64.b64decode(material.strip(), validate=True)
    except ValueError:
        raise AccountFault(_WRONG_KEY) from None
    if len(key) != KEY_BYTES:
        raise AccountFault(_WRONG_KEY)
    return key
