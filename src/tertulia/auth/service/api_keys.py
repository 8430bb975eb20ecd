"""API keys: a person's standing credential for one workspace, shown once.

It is bounded by its scopes and by what its maker may do there now, and ends with the membership.
"""

from datetime import UTC, datetime
from uuid import UUID

from tertulia.auth import schemas
from tertulia.auth.repository import audit
from tertulia.auth.repository.api_keys import ApiKeyRow, ApiKeys
from tertulia.auth.repository.workspaces import OneWorkspace
from tertulia.auth.service.revocation import Revocations, publish_revoked
from tertulia.auth.service.secrets import Secrets
from tertulia.auth.service.workspaces import RoleTooLow, membership
from tertulia.contracts.access import DEFAULT_SCOPES, SCOPES, Permission
from tertulia.contracts.credentials import API_KEY_PREFIX, digest, new_api_key
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Conflict, FieldError, NotFound, Unprocessable
from tertulia.platform.identity import Identity
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

MAX_KEYS = 100
_PREFIX_SHOWN = len(API_KEY_PREFIX) + 4


class TooManyKeys(Conflict):
    code, title = "too_many_keys", "Too many API keys"


class UnknownScope(Unprocessable):
    code, title = "unknown_scope", "Unknown scope"


class AlreadyExpired(Unprocessable):
    code, title = "already_expired", "Expiry in the past"


class Keys:
    def __init__(self, database: Database, secrets: Secrets, revocations: Revocations) -> None:
        self._database = database
        self._secrets = secrets
        self._revocations = revocations

    async def create(
        self, session: WriteSession, workspace_id: UUID, identity: Identity, asked: schemas.CreateApiKey
    ) -> schemas.NewApiKey:
        """Within a transaction of the tenant.

        Raises: NoSuchWorkspace, RoleTooLow, UnknownScope, AlreadyExpired, TooManyKeys.
        """
        user_id = person(identity)
        now = datetime.now(UTC)
        if asked.expires_at is not None and asked.expires_at <= now:
            raise AlreadyExpired("`expires_at` is in the past.", errors=[FieldError("expires_at", "is in the past")])
        scopes = _granted(asked.scopes, identity)
        await OneWorkspace(session, workspace_id).lock()
        await membership(session, workspace_id, user_id, Permission.KEYS_MANAGE)
        keys = ApiKeys(session, workspace_id)
        if await keys.count() >= MAX_KEYS:
            raise TooManyKeys(f"A workspace can have {MAX_KEYS} keys. Revoke one first.")
        key = new_api_key()
        row = ApiKeyRow(
            workspace_id=workspace_id,
            id=uuid7(),
            user_id=user_id,
            name=asked.name,
            prefix=key[:_PREFIX_SHOWN],
            scopes=scopes,
            created_at=now,
            expires_at=asked.expires_at,
            revoked_at=None,
            last_used_at=None,
        )
        await keys.add(row, self._secrets.stored("api_key", digest(key)))
        await audit.record(session, "api_key.created", user_id=user_id, workspace_id=workspace_id, subject=row.id)
        return schemas.NewApiKey(**shown_key(row).model_dump(), key=key)

    async def listed(self, workspace_id: UUID, user_id: UUID, *, after: UUID | None, limit: int) -> Slice[ApiKeyRow]:
        """Raises: NoSuchWorkspace, RoleTooLow."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await membership(session, workspace_id, user_id, Permission.KEYS_READ)
            return await ApiKeys(session, workspace_id).page(after=after, limit=limit)

    async def revoke(self, workspace_id: UUID, user_id: UUID, key_id: UUID) -> None:
        """Raises: NoSuchWorkspace, RoleTooLow; NotFound when there is no such living key."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await membership(session, workspace_id, user_id, Permission.KEYS_MANAGE)
            ended = await ApiKeys(session, workspace_id).revoke(only=key_id)
            if not ended:
                raise NotFound("This workspace has no such API key.")
            await audit.record(session, "api_key.revoked", user_id=user_id, workspace_id=workspace_id, subject=key_id)
            publish_revoked(session, [key_id], user_id=ended[0][1], workspace_id=workspace_id)
        await self._revocations.mark([key_id])

    def seal(self, answer: bytes, workspace_id: UUID) -> bytes:
        """For the day in which the answer can be asked for again by its idempotency key."""
        return self._secrets.seal(answer, f"idempotency_key:{workspace_id}")

    def open(self, sealed: bytes, workspace_id: UUID) -> bytes:
        return self._secrets.open(sealed, f"idempotency_key:{workspace_id}")


def person(identity: Identity) -> UUID:
    """Raises: RoleTooLow for a call that is nobody's."""
    if identity.user_id is None:
        raise RoleTooLow("Only a person may do this.")
    return identity.user_id


def shown_key(row: ApiKeyRow) -> schemas.ApiKey:
    return schemas.ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=row.scopes,
        user_id=row.user_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def _granted(asked: list[str] | None, identity: Identity) -> list[str]:
    """A key cannot make one that reaches further than itself."""
    scopes = sorted(set(asked if asked is not None else DEFAULT_SCOPES))
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        problem = f"is none of {', '.join(SCOPES)}"
        raise UnknownScope("A scope is unknown.", errors=[FieldError("scopes", f"{one} {problem}") for one in unknown])
    if identity.kind == "api_key":
        own = {permission for scope in identity.scopes for permission in SCOPES.get(scope, ())}
        if any(not SCOPES[scope] <= own for scope in scopes):
            raise RoleTooLow("An API key cannot make one that may do more than itself.")
    return scopes
