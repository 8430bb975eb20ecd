"""Every secret's form and what is stored of it.

Random secrets (session, refresh token, API key) are stored as HMAC(pepper, SHA-256(secret)): the gateway sends the
SHA-256 only, and a stolen table is useless without the pepper. What must be read again is sealed with AES-256-GCM
under the master key, bound to its place. Passwords are ``passwords``' matter.
"""

import hmac
import os
import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Kind = Literal["session", "refresh", "api_key", "email"]
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NONCE_BYTES = 12
_DEVICE_BYTES = 16
_SEAL_VERSION = b"\x01"


class SealBroken(Exception):
    """Sealed with another master key, for another place, or changed since."""


def new_token() -> str:
    """256 bits, base64url."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def digest(secret: str) -> str:
    """What may leave the process that was shown the secret."""
    return sha256(secret.encode()).hexdigest()


class Secrets:
    def __init__(self, *, pepper: str, master_key: str) -> None:
        self._stored = _derive(pepper, "stored digest")
        self._successor = _derive(pepper, "refresh successor")
        self._device = _derive(pepper, "known device")
        self.cursor_key = _derive(pepper, "cursor")
        self._aead = AESGCM(_derive(master_key, "seal"))

    def stored(self, kind: Kind, digest: str) -> str:
        """What the tables hold of a secret with this SHA-256."""
        return hmac.new(self._stored, f"{kind}:{digest}".encode(), sha256).hexdigest()

    def of_email(self, email: str) -> str:
        """A stand-in for an address, for look-ups and for the names of buckets."""
        return self.stored("email", digest(email))

    def successor(self, predecessor: str, successor_id: UUID) -> str:
        """The refresh token that follows: known only to who holds the one before, so it need not be stored."""
        derived = hmac.digest(self._successor, predecessor.encode() + successor_id.bytes, sha256)
        return urlsafe_b64encode(derived).decode().rstrip("=")

    def device_token(self, email_digest: str) -> str:
        """Given to a device that has signed in to this account; nothing of it is stored."""
        return self._signed_device(secrets.token_hex(_DEVICE_BYTES), email_digest)

    def known_device(self, token: str | None, email_digest: str) -> str | None:
        """The device's name when we gave it this token for this account."""
        name = (token or "").partition(".")[0]
        genuine = hmac.compare_digest((token or "").encode(), self._signed_device(name, email_digest).encode())
        return name if genuine else None

    def _signed_device(self, name: str, email_digest: str) -> str:
        return f"{name}.{hmac.new(self._device, f'{name}:{email_digest}'.encode(), sha256).hexdigest()}"

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypted so that it opens only for the same ``place`` (table, row)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _SEAL_VERSION + nonce + self._aead.encrypt(nonce, plain, _SEAL_VERSION + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises: SealBroken."""
        nonce, encrypted = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, encrypted, sealed[:1] + place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(place) from error


def _derive(secret: str, use: str) -> bytes:
    """One key a use, so that none can stand in for another."""
    return HKDF(SHA256(), 32, salt=None, info=f"tertulia auth {use}".encode()).derive(secret.encode())
