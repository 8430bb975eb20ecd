"""Who is calling: turns a credential into a person with workspaces, by asking auth as rarely as can be.

Sessions and API keys are asked about by their digest; access tokens are verified here, and only what their person may
reach is asked. An ``AccessChanged`` makes forgotten what it is about; the revocation marker in Valkey, checked with the
limits, ends a credential at once.
"""

import time
from collections import OrderedDict
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from tertulia.contracts.access import SCOPES, Permission
from tertulia.contracts.auth import (
    Access,
    AccessChanged,
    CredentialKind,
    ResolveCredential,
    ResolvedCredential,
    WorkspaceAccess,
)
from tertulia.contracts.credentials import digest
from tertulia.contracts.tokens import LEEWAY, AccessClaims
from tertulia.gateway.credential import Credential
from tertulia.gateway.jwks import Jwks
from tertulia.gateway.remembered import Remembered
from tertulia.platform.errors import NotFound, Unauthenticated, Unavailable
from tertulia.platform.http import InternalClient

ASK_WITHIN = timedelta(seconds=3)
_TOKENS = 20_000
_REFUSED = {
    "session": "The session has ended. Sign in again.",
    "token": "The access token is not valid or has expired. Refresh it or sign in again.",
    "api_key": "The API key is not valid, was revoked or has expired.",
}


class Principal(msgspec.Struct, frozen=True):
    """``permitted`` bounds an API key whatever its maker's role; None is no bound."""

    kind: Literal["session", "token", "api_key"]
    credential_id: UUID
    user_id: UUID
    workspaces: tuple[WorkspaceAccess, ...]
    scopes: tuple[str, ...] = ()
    permitted: frozenset[Permission] | None = None
    expires: float | None = None


class Principals:
    def __init__(self, client: InternalClient, jwks: Jwks, *, fresh: timedelta, while_away: timedelta) -> None:
        self._client = client
        self._jwks = jwks
        self._resolved: Remembered[tuple[CredentialKind, str], Principal] = Remembered(
            "credential", self._ask_credential, fresh=fresh, while_away=while_away
        )
        self._access: Remembered[UUID, Access] = Remembered(
            "access", self._ask_access, fresh=fresh, while_away=while_away
        )
        self._claims: OrderedDict[str, AccessClaims] = OrderedDict()

    async def identify(self, credential: Credential, *, not_older_than: timedelta | None = None) -> Principal:
        """Raises: Unauthenticated; Unavailable when auth is away and nothing is known."""
        if credential.kind == "token":
            return await self._by_token(credential.secret, not_older_than)
        key = (credential.kind, digest(credential.secret))
        principal = await self._resolved.get(key, not_older_than=not_older_than)
        if principal is None or (principal.expires is not None and principal.expires <= time.time()):
            raise Unauthenticated(_REFUSED[credential.kind])
        return principal

    def is_known(self, credential: Credential) -> bool:
        """Whether nobody need be asked and nothing verified."""
        if credential.kind == "token":
            return credential.secret in self._claims
        return self._resolved.peek((credential.kind, digest(credential.secret))) is not None

    def forget(self, change: AccessChanged) -> None:
        user, credential = change.user_id, change.credential_id

        def concerns(_: object, principal: Principal | None) -> bool:
            return principal is None or principal.user_id == user or principal.credential_id == credential

        self._resolved.forget(concerns)
        self._access.forget(lambda user_id, _: user_id == user)

    def forget_everything(self) -> None:
        """To be asked anew, each when it comes; while auth is away the old still serves."""
        self._resolved.expire()
        self._access.expire()

    async def _by_token(self, token: str, not_older_than: timedelta | None) -> Principal:
        claims = self._claims.get(token)
        if claims is None or time.time() >= claims.exp + LEEWAY.total_seconds():
            claims = await self._jwks.verify(token)
            self._claims[token] = claims
            if len(self._claims) > _TOKENS:
                self._claims.popitem(last=False)
        try:
            access = await self._access.get(claims.sub, not_older_than=not_older_than)
        except Unavailable:
            if not claims.ws:
                raise
            access = Access(claims.sub, tuple(WorkspaceAccess(one.id, one.role, one.plan) for one in claims.ws))
        if access is None:
            raise Unauthenticated(_REFUSED["token"])
        return Principal("token", claims.sid, claims.sub, access.workspaces)

    async def _ask_credential(self, key: tuple[CredentialKind, str]) -> Principal | None:
        kind, secret_digest = key
        question = ResolveCredential(kind, secret_digest)
        try:
            found = await self._client.call(
                "POST", "auth", "/credentials", question, ResolvedCredential, timeout=ASK_WITHIN
            )
        except NotFound:
            return None
        return Principal(
            kind,
            found.credential_id,
            found.access.user_id,
            found.access.workspaces,
            found.scopes,
            _permitted(found.scopes) if kind == "api_key" else None,
            found.expires_at.timestamp() if found.expires_at else None,
        )

    async def _ask_access(self, user_id: UUID) -> Access | None:
        try:
            return await self._client.call("GET", "auth", f"/users/{user_id}/access", None, Access, timeout=ASK_WITHIN)
        except NotFound:
            return None


def _permitted(scopes: tuple[str, ...]) -> frozenset[Permission]:
    """A scope that this version does not know permits nothing."""
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
