"""What the gateway asks: whose credential is this, and what may that person reach."""

from datetime import UTC, datetime
from uuid import UUID

from tertulia.auth.repository.api_keys import key_by_digest
from tertulia.auth.repository.people import People
from tertulia.auth.repository.sessions import Sessions
from tertulia.auth.repository.workspaces import MyWorkspace, MyWorkspaces
from tertulia.auth.service.secrets import Secrets, is_digest
from tertulia.auth.service.session_life import is_live
from tertulia.auth.service.use import Uses
from tertulia.contracts.auth import Access, PersonName, ResolveCredential, ResolvedCredential, WorkspaceAccess
from tertulia.platform.db import Database, actor, credential, tenant
from tertulia.platform.errors import NotFound
from tertulia.platform.pagination import MAX_LIMIT


class CredentialUnknown(NotFound):
    code, title = "credential_unknown", "Unknown credential"

    def __init__(self) -> None:
        super().__init__("There is no such credential, or it has ended.")


class Credentials:
    """Reads the primary: a replica that lags would know a revoked key."""

    def __init__(self, database: Database, secrets: Secrets, uses: Uses) -> None:
        self._database = database
        self._secrets = secrets
        self._uses = uses

    async def resolve(self, asked: ResolveCredential) -> ResolvedCredential:
        """Raises: CredentialUnknown, also for one that is revoked, expired, or has nothing left to reach."""
        if not is_digest(asked.digest):
            raise CredentialUnknown
        stored = self._secrets.stored(asked.kind, asked.digest)
        resolved = await (self._session(stored) if asked.kind == "session" else self._api_key(stored))
        self._uses.note(resolved.credential_id)
        return resolved

    async def _session(self, stored: str) -> ResolvedCredential:
        async with self._database.write(credential(stored)) as session:
            row = await Sessions(session).by_digest(stored)
        if row is None or not is_live(row, datetime.now(UTC)):
            raise CredentialUnknown
        access = await self.access(row.user_id)
        return ResolvedCredential(kind="session", credential_id=row.id, access=access, expires_at=row.expires_at)

    async def _api_key(self, stored: str) -> ResolvedCredential:
        async with self._database.write(credential(stored)) as session:
            row = await key_by_digest(session, stored)
        now = datetime.now(UTC)
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
            raise CredentialUnknown
        async with self._database.write(actor(row.user_id)) as session:
            mine = await MyWorkspaces(session, row.user_id).get(row.workspace_id)
        if mine is None:
            raise CredentialUnknown
        return ResolvedCredential(
            kind="api_key",
            credential_id=row.id,
            access=Access(row.user_id, (_access(mine),)),
            scopes=tuple(row.scopes),
            expires_at=row.expires_at,
        )

    async def access(self, user_id: UUID) -> Access:
        """Raises: NotFound when there is no such person."""
        async with self._database.write(actor(user_id)) as session:
            if await People(session).get(user_id) is None:
                raise NotFound("There is no such person.")
            mine = await MyWorkspaces(session, user_id).page(limit=MAX_LIMIT)
        return Access(user_id, tuple(_access(one) for one in mine.rows))

    async def names(self, workspace_id: UUID, user_ids: list[UUID]) -> list[PersonName]:
        """Of those who are members of the workspace; of others nothing is told."""
        async with self._database.write(tenant(workspace_id)) as session:
            found = await People(session).names(workspace_id, user_ids)
        return [PersonName(one.id, one.name) for one in found]


def _access(mine: MyWorkspace) -> WorkspaceAccess:
    return WorkspaceAccess(mine.id, mine.role, mine.plan)
