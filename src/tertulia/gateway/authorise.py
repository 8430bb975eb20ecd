"""Answers Envoy for each public call: who it is, whether it may, how fast. The hot path of the whole system.

In order: the row of the path, the body's announced size, the credential, the workspace, the permission, the limits (one
round trip, together with the revocation marker); then the identity for the service behind. Bare ASGI, and everything
that can be known beforehand is. Any doubt is a refusal.
"""

import random
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
from starlette.types import Receive, Scope, Send

from tertulia.contracts.access import PERMISSIONS, Permission, Role
from tertulia.contracts.auth import WorkspaceAccess
from tertulia.contracts.limits import ADDRESS_HEADER, revoked_key
from tertulia.contracts.routes import PUBLIC, Limit, Matcher, NoSuchPath, Route, Subject, WrongMethod
from tertulia.gateway import quota as quotas
from tertulia.gateway.credential import Credential, read_credential
from tertulia.gateway.envoy.listeners import AUTHORISE_PREFIX
from tertulia.gateway.envoy.security import BODY_HEADER
from tertulia.gateway.origin import refuse_cross_site
from tertulia.gateway.principal import Principal, Principals
from tertulia.gateway.quota import Headers, Quota
from tertulia.platform import context
from tertulia.platform.errors import (
    Forbidden,
    MethodNotAllowed,
    NotFound,
    TertuliaError,
    Unauthenticated,
    error_response,
)
from tertulia.platform.http.inbound import TOLD, too_large
from tertulia.platform.identity import HEADER, LEASE_HEADER, Identity, IdentityIssuer
from tertulia.platform.limits import Limits

_IDENTITY, _LEASE = HEADER.encode(), LEASE_HEADER.encode()
_ADDRESS, _BODY = ADDRESS_HEADER.encode(), BODY_HEADER.encode()
_JUST_NOW = timedelta(milliseconds=100)
_PREFIX = len(AUTHORISE_PREFIX)
_ROLES: dict[str, frozenset[Permission]] = {role.value: held for role, held in PERMISSIONS.items()}


class PermissionMissing(Forbidden):
    code, title = "permission_denied", "Not allowed"


class Policy(msgspec.Struct, frozen=True):
    """What an installation decides about its edge. ``listed``: origins besides our own."""

    https: bool
    listed: frozenset[str] = frozenset()
    flood_per_minute: int = 6000


class Call(msgspec.Struct, frozen=True):
    """One public call as Envoy tells of it."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]

    @property
    def address(self) -> str:
        return self.headers.get(_ADDRESS, b"unknown").decode("latin-1")


class Authoriser:
    """An ASGI application for Envoy's ext_authz: 200 with headers for the service and the caller, or the refusal."""

    def __init__(self, principals: Principals, limits: Limits, issuer: IdentityIssuer, policy: Policy) -> None:
        self._principals = principals
        self._limits = limits
        self._issuer = issuer
        self._policy = policy
        self._match = Matcher().match

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context.name_route(scope, AUTHORISE_PREFIX)
        call = Call(scope["method"], scope["path"][_PREFIX:], dict(scope["headers"]))
        try:
            headers = await self.decide(call)
        except TertuliaError as refused:
            await error_response(refused, {**scope, "path": call.path})(scope, receive, send)
            return
        scope[TOLD] = True  # Envoy's own line has all that is to be said of a call that may pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def decide(self, call: Call) -> Headers:
        """The headers of a granted call.

        Raises: TertuliaError, the refusal.
        """
        route, params = self._find(call)
        announced = call.headers.get(_BODY)
        if announced is not None and announced.isdigit() and int(announced) > route.body:
            raise too_large(route.body)
        if route.permission is PUBLIC:
            refuse_cross_site(call.method, call.headers, self._policy.listed)
            return await self._admit(quotas.of_address(route, call.address, self._policy.flood_per_minute))
        credential = read_credential(call.headers, https=self._policy.https)
        if credential.by_cookie:
            refuse_cross_site(call.method, call.headers, self._policy.listed)
        principal = await self._identify(credential, call.address)
        if route.subject is Subject.PERSON:
            return await self._grant_person(route, principal, call.address)
        wanted = _wanted(call, params)
        seat = _seat_of(principal, wanted)
        if seat is None:
            principal, seat = await self._ask_again(wanted, credential, call.address)
        return await self._grant_in_workspace(route, principal, seat)

    def _find(self, call: Call) -> tuple[Route, Mapping[str, str]]:
        try:
            found = self._match(call.method, call.path)
        except NoSuchPath:
            raise NotFound("There is nothing at this address.") from None
        except WrongMethod as wrong:
            allow = ", ".join(wrong.allow)
            raise MethodNotAllowed(f"This address takes {allow} only.", headers={"allow": allow}) from None
        return found.route, found.params

    async def _identify(self, credential: Credential, address: str) -> Principal:
        """Only what must be asked about or verified costs something, so only that is counted by address."""
        if not self._principals.is_known(credential):
            await self._admit(quotas.flood(address, self._policy.flood_per_minute))
        return await self._principals.identify(credential)

    async def _ask_again(
        self, wanted: UUID | None, credential: Credential, address: str
    ) -> tuple[Principal, WorkspaceAccess]:
        """A workspace that is not known may just have been made. Trying ids out is counted by address."""
        await self._admit(quotas.flood(address, self._policy.flood_per_minute))
        principal = await self._principals.identify(credential, not_older_than=_JUST_NOW)
        seat = _seat_of(principal, wanted)
        if seat is None:
            raise NotFound("There is no such workspace, or you are not in it.")
        return principal, seat

    async def _grant_person(self, route: Route, principal: Principal, address: str) -> Headers:
        _require(route, principal, Role.VIEWER)
        if route.limit is Limit.CREDENTIAL:
            quota = quotas.of_address(route, address, self._policy.flood_per_minute)
        else:
            quota = quotas.of_person(principal.user_id)
        told = await self._admit(quota, principal)
        return [self._identity(principal, None), *told]

    async def _grant_in_workspace(self, route: Route, principal: Principal, seat: WorkspaceAccess) -> Headers:
        _require(route, principal, seat.role)
        if route.limit is Limit.GENERATION:
            lease_id = f"{random.getrandbits(128):032x}"  # to be different, not secret
            told = await self._admit(quotas.of_generation(seat.workspace_id, seat.plan, lease_id), principal)
            return [self._identity(principal, seat), (_LEASE, lease_id.encode()), *told]
        told = await self._admit(quotas.of_workspace(seat.workspace_id, seat.plan), principal)
        return [self._identity(principal, seat), *told]

    async def _admit(self, quota: Quota, principal: Principal | None = None) -> Headers:
        revoked = (revoked_key(principal.credential_id),) if principal is not None else ()
        decision = await self._limits.admit(quota.buckets, quota.leases, revoked)
        if decision.revoked:
            raise Unauthenticated("This session, token or key was revoked. Sign in again or use another key.")
        told = quotas.headers(quota, decision)
        if not decision.allowed:
            raise quotas.refusal(quota, decision, told)
        return told

    def _identity(self, principal: Principal, seat: WorkspaceAccess | None) -> tuple[bytes, bytes]:
        identity = Identity(
            kind=principal.kind,
            credential_id=principal.credential_id,
            user_id=principal.user_id,
            scopes=principal.scopes,
            workspace_id=seat.workspace_id if seat else None,
            role=seat.role if seat else None,
            plan=seat.plan if seat else quotas.PERSON_PLAN,
        )
        return _IDENTITY, self._issuer.issue(identity).encode()


def _wanted(call: Call, params: Mapping[str, str]) -> UUID | None:
    """The workspace that a call names in its path or, failing that, its header; None is the person's first."""
    named = params.get("workspace_id") or call.headers.get(b"x-workspace-id", b"").decode("latin-1")
    if not named:
        return None
    try:
        return UUID(named)
    except ValueError:
        raise NotFound("There is no such workspace, or you are not in it.") from None


def _seat_of(principal: Principal, wanted: UUID | None) -> WorkspaceAccess | None:
    if wanted is None:
        return principal.workspaces[0] if principal.workspaces else None
    return next((seat for seat in principal.workspaces if seat.workspace_id == wanted), None)


def _require(route: Route, principal: Principal, role: str) -> None:
    """A role that this version does not know may do nothing."""
    permission = route.permission
    if permission not in _ROLES.get(role, frozenset()):
        raise PermissionMissing(f"This needs the permission {permission}, which the role {role} does not have.")
    if principal.permitted is not None and permission not in principal.permitted:
        raise PermissionMissing(f"This needs the permission {permission}, which the API key's scopes do not give.")
