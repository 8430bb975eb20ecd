"""Reads what a call proves itself with: an ``Authorization`` header or, when there is none, the session cookie."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tertulia.contracts.credentials import API_KEY_PREFIX, SECURE_SESSION_COOKIE, SESSION_COOKIE, is_api_key
from tertulia.platform.errors import Unauthenticated

_SECURE, _PLAIN = SECURE_SESSION_COOKIE.encode(), SESSION_COOKIE.encode()
_LONGEST_SESSION = 256


class Credential(msgspec.Struct, frozen=True):
    kind: Literal["session", "token", "api_key"]
    secret: str

    @property
    def by_cookie(self) -> bool:
        """Sent by the browser without being asked, so that another site's page could have caused the call."""
        return self.kind == "session"


def read_credential(headers: Mapping[bytes, bytes], *, https: bool) -> Credential:
    """Raises: Unauthenticated when there is none or it cannot be one."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        return _bearer(authorization)
    session = _cookie(headers.get(b"cookie", b""), _SECURE if https else _PLAIN)
    if not session:
        raise Unauthenticated("Sign in, or send an API key or access token as `Authorization: Bearer …`.")
    if len(session) > _LONGEST_SESSION:
        raise Unauthenticated("The session is not valid. Sign in again.")
    return Credential("session", session)


def _bearer(authorization: bytes) -> Credential:
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("Send the key or token as `Authorization: Bearer …`.")
    if not secret.startswith(API_KEY_PREFIX):
        return Credential("token", secret)
    if not is_api_key(secret):
        raise Unauthenticated("The API key is not a whole one. Check that it was copied in full.")
    return Credential("api_key", secret)


def _cookie(header: bytes, name: bytes) -> str:
    """The first cookie of that name: browsers send the most specific path first."""
    for pair in header.split(b";"):
        key, _, value = pair.strip().partition(b"=")
        if key == name:
            return value.decode("latin-1")
    return ""
