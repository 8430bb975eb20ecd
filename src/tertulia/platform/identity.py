"""Who a call is for: a short-lived token that the edge signs and every service behind it verifies.

The edge decides who it is and what they may do; here is only the form in which that travels. Signing and verifying cost
about 0.1 ms, so both are remembered: a token is reused for half its life, and a verified one is known until it ends.
Which service may call is another matter (``signatures``).
"""

import time
from collections import OrderedDict
from typing import Literal, TypeVar, cast
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from starlette.requests import HTTPConnection
from starlette.types import Scope

from tertulia.platform import context
from tertulia.platform.errors import Unauthenticated

HEADER = "x-tertulia-identity"
LEASE_HEADER = "x-tertulia-lease"
AUDIENCE = "tertulia-internal"
LIFETIME = 60
"""Seconds that a token holds; the same one is given out for the first half."""

_LEEWAY = 5
_REMEMBERED = 10_000
_RAW_HEADER = HEADER.encode()
_ALGORITHM = "Ed25519"
_K = TypeVar("_K")
_V = TypeVar("_V")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The person, workspace and credential of a call. A call about no workspace has none; ``scopes`` bound API keys."""

    kind: Literal["session", "token", "api_key"]
    credential_id: UUID
    plan: str
    user_id: UUID | None = None
    workspace_id: UUID | None = None
    role: str | None = None
    scopes: tuple[str, ...] = ()


class _Claims(msgspec.Struct, frozen=True):
    aud: str
    iat: int
    exp: int
    who: Identity


class IdentityIssuer:
    """Signs identities; held by the edge alone."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = OKPKey.import_key(pem)
        self._issued: OrderedDict[Identity, tuple[str, float]] = OrderedDict()

    def issue(self, identity: Identity) -> str:
        """A token that is good for at least half of ``LIFETIME``."""
        now = time.time()
        known = self._issued.get(identity)
        if known and 0 <= now - known[1] < LIFETIME / 2:
            return known[0]
        claims = _Claims(aud=AUDIENCE, iat=int(now), exp=int(now) + LIFETIME, who=identity)
        token = jwt.encode({"alg": _ALGORITHM}, msgspec.to_builtins(claims), self._key, algorithms=[_ALGORITHM])
        _remember(self._issued, identity, (token, now))
        return token


class IdentityVerifier:
    """Verifies tokens against the edge's public key."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._key = OKPKey.import_key(pem)
        self._verified: OrderedDict[str, tuple[Identity, int]] = OrderedDict()

    def verify(self, token: str) -> Identity:
        """The identity that the token carries.

        Raises: Unauthenticated when it is forged, for somebody else, or past its end (5 s of leeway).
        """
        now = time.time()
        known = self._verified.get(token)
        if known is None:
            known = self._read(token, now)
            _remember(self._verified, token, known)
        identity, expires = known
        if now > expires + _LEEWAY:
            raise Unauthenticated("The call's identity has expired.")
        return identity

    def _read(self, token: str, now: float) -> tuple[Identity, int]:
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            claims = msgspec.convert(decoded.claims, _Claims)
        except (JoseError, msgspec.ValidationError, ValueError, TypeError) as error:
            raise Unauthenticated("The call's identity is not valid.") from error
        if claims.aud != AUDIENCE or claims.iat > now + LIFETIME or claims.exp - claims.iat > LIFETIME:
            raise Unauthenticated("The call's identity is not valid.")
        return claims.who, claims.exp


def identify(scope: Scope, verifier: IdentityVerifier) -> Identity:
    """The caller of a bare ASGI request; also notes it in the call's context, for logs and calls that go on from here.

    Raises: Unauthenticated when the header is absent, repeated or not valid.
    """
    tokens = [value for name, value in scope["headers"] if name == _RAW_HEADER]
    if len(tokens) != 1:
        raise Unauthenticated("Sign in first.")
    token = tokens[0].decode("latin-1")
    identity = verifier.verify(token)
    call = context.current()
    if call.request_id:
        call.identity = token
        call.workspace_id = identity.workspace_id
        call.plan = identity.plan
    return identity


async def caller(connection: HTTPConnection) -> Identity:
    """FastAPI dependency: the caller; the application was made with ``lifecycle.fastapi_app(…, verifier=…)``."""
    verifier = cast("IdentityVerifier", connection.app.state.verifier)
    return identify(connection.scope, verifier)


def _remember(known: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    known[key] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
