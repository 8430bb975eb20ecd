"""The forms of session cookies and API keys: auth hands them out, the gateway reads them.

Here is only their shape; whether one is good is in auth's tables. Access tokens are in ``contracts.tokens``.
"""

import hashlib
import secrets
import string
import zlib

SESSION_COOKIE = "tt_session"
SECURE_SESSION_COOKIE = "__Host-tt_session"
"""The session cookie's name on https; browsers refuse the prefix on plain http."""

API_KEY_PREFIX = "tt_live_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 32, 6
_API_KEY_LENGTH = len(API_KEY_PREFIX) + _RANDOM + _CHECK


def new_api_key() -> str:
    """190 random bits and a checksum, so that a mistyped or invented key is known without a look-up."""
    start = API_KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return start + _checksum(start)


def is_api_key(text: str) -> bool:
    """Whether it has the form of a key and its checksum is right."""
    if len(text) != _API_KEY_LENGTH or not text.startswith(API_KEY_PREFIX) or not text.isascii():
        return False
    return text[-_CHECK:] == _checksum(text[:-_CHECK])


def digest(secret: str) -> str:
    """What auth is asked by, in place of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, place = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[place] + digits
    return digits
