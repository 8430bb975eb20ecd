"""Encryption at rest in envelopes: a key a workspace, wrapped by a master key that has an id (AES-256-GCM).

What is sealed opens only for the place (tenant, table, row) it was sealed for, and never again once its workspace's key
is gone. Master keys come from the settings: the first one wraps, the others only unwrap, so that one can follow another
without a stop. Where wrapped keys are kept is the service's.
"""

import hmac
import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from prometheus_client import Counter

from tertulia.platform.errors import TertuliaError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


_KEY_GONE = (
    "This was sealed with a key that is gone, so that nobody can read it, unless the operator restores the workspace's "
    "key from a backup."
)
_UNOPENED = Counter("tertulia_seals_unopened_total", "What could not be opened", ["reason"])


class SealBroken(TertuliaError):
    """Sealed with another key, for another place, or changed since."""

    status, code, title = 410, "sealed_with_lost_key", "Can be read no more"

    def __init__(self, detail: str = _KEY_GONE) -> None:
        super().__init__(detail)
        _UNOPENED.labels(self.code).inc()


class MasterKeyMissing(SealBroken):
    """The workspace's key is there, and what wraps it is not in the settings: it opens once that is put back."""

    status, code, title = 503, "master_key_missing", "A master key is missing"
    openai_type, should_retry = "server_error", False

    def __init__(self, master_key_id: str) -> None:
        super().__init__(
            f"This workspace's key is wrapped with master key {master_key_id}, which is not among those in the "
            "settings. The operator has to put it back there."
        )


class DataKey:
    """One workspace's key."""

    def __init__(self, raw: bytes) -> None:
        self._aead = AESGCM(_derive(raw, "seal"))
        self._digest = _derive(raw, "digest")

    def seal(self, plain: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, plain, _VERSION + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises: SealBroken."""
        try:
            nonce, encrypted = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
            return self._aead.decrypt(nonce, encrypted, sealed[:1] + place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def digest(self, value: str) -> bytes:
        """A stand-in by which an equal value is found; useless without the key."""
        return hmac.digest(self._digest, value.encode(), sha256)


class MasterKeys:
    """``secrets`` are random texts of at least 32 characters; the first is current."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [_derive(secret.encode(), "master") for secret in secrets]
        self._aeads = {sha256(key).hexdigest()[:16]: AESGCM(key) for key in keys}
        self.current = next(iter(self._aeads))

    def new_key(self, tenant: str) -> tuple[str, bytes]:
        """A fresh key for a tenant, wrapped: the master key's id and the bytes to keep."""
        return self._wrap(os.urandom(_KEY_BYTES), tenant)

    def unwrap(self, master_key_id: str, wrapped: bytes, tenant: str) -> DataKey:
        """Raises: MasterKeyMissing, SealBroken."""
        return DataKey(self._unwrap(master_key_id, wrapped, tenant))

    def rewrap(self, master_key_id: str, wrapped: bytes, tenant: str) -> tuple[str, bytes]:
        """The same key under the current master key. Raises: MasterKeyMissing, SealBroken."""
        return self._wrap(self._unwrap(master_key_id, wrapped, tenant), tenant)

    def _wrap(self, raw: bytes, tenant: str) -> tuple[str, bytes]:
        nonce = os.urandom(_NONCE_BYTES)
        return self.current, nonce + self._aeads[self.current].encrypt(nonce, raw, tenant.encode())

    def _unwrap(self, master_key_id: str, wrapped: bytes, tenant: str) -> bytes:
        aead = self._aeads.get(master_key_id)
        if aead is None:
            raise MasterKeyMissing(master_key_id)
        try:
            return aead.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], tenant.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "This workspace's key is damaged: what was sealed with it cannot be read, unless the operator restores "
                "it from a backup."
            ) from error


def _derive(secret: bytes, use: str) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"tertulia {use}".encode()).derive(secret)
