"""The access token: signed by auth, verified by the gateway and by anybody who trusts our JWKS (RFC 9068, RFC 8725).

``sid`` is the session that it belongs to and the credential that is revoked. ``ws`` is what the person could reach when
it was made: the answer of last resort while auth is away, never asked while it is there.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc._rfc7515.model import JWSAlgModel  # the public name is not exported for type checkers
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from tertulia.platform.errors import Unauthenticated

ALGORITHM = "EdDSA"
AUDIENCE = "tertulia"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the `typ` of RFC 9068, not a secret
LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
MAX_WORKSPACES = 20
"""A token stays within a header's size; the rest of a person's workspaces is asked from auth."""

JWKS_MAX_AGE = timedelta(minutes=5)
"""How long a copy of the JWKS may be used; a new key is published for longer than this before it signs."""

_MAX_LENGTH = 8192


class WorkspaceClaim(msgspec.Struct, frozen=True):
    id: UUID
    role: str
    plan: str


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Times are seconds since 1970."""

    iss: str
    aud: str
    sub: UUID
    sid: UUID
    jti: UUID
    iat: int
    exp: int
    ws: tuple[WorkspaceClaim, ...] = ()


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly these: no ``jwk``, ``jku``, ``x5u`` or ``crit`` can name another key or another meaning."""

    alg: str
    typ: str
    kid: str


class _Registry(JWSRegistry):
    """One algorithm. The old name is kept (not RFC 9864's ``Ed25519``) because most verifiers know only that."""

    def get_alg(self, name: str) -> JWSAlgModel:
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"{name} is not {ALGORITHM}")
        return self.algorithms[ALGORITHM]


_registry = _Registry()


def sign(claims: AccessClaims, key: OKPKey) -> str:
    """``key`` is private and has a ``kid``. About 0.1 ms."""
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
    return jws.serialize_compact(header, msgspec.json.encode(claims), key, registry=_registry)


def verify(token: str, keys: Mapping[str, OKPKey], *, issuer: str, now: float | None = None) -> AccessClaims:
    """The claims of a token that one of these keys (by ``kid``) signed and that is in its time.

    Raises: Unauthenticated, which says no more than that.
    """
    try:
        if len(token) > _MAX_LENGTH:
            raise Unauthenticated(_REFUSED)
        unverified = jws.extract_compact(token.encode("ascii"), registry=_registry)
        header = msgspec.convert(unverified.headers(), _Header)
        if header.typ != TOKEN_TYPE or header.kid not in keys:
            raise Unauthenticated(_REFUSED)
        verified = jws.deserialize_compact(token, keys[header.kid], registry=_registry)
        claims = msgspec.json.decode(verified.payload, type=AccessClaims)
    except (JoseError, msgspec.DecodeError, ValueError, TypeError) as error:
        raise Unauthenticated(_REFUSED) from error
    moment = time.time() if now is None else now
    leeway = LEEWAY.total_seconds()
    in_time = (
        claims.iat - leeway <= moment < claims.exp + leeway and claims.exp - claims.iat <= LIFETIME.total_seconds()
    )
    if not in_time or claims.aud != AUDIENCE or claims.iss != issuer:
        raise Unauthenticated(_REFUSED)
    return claims


_REFUSED = "The access token is not valid or has expired. Refresh it or sign in again."
