"""Workspaces: made by anybody, named by who manages them, deleted by an owner.

What a person may do there is asked from their membership as it is now, in the same transaction: what the gateway
remembered may be a minute old.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tertulia.auth import schemas
from tertulia.auth.repository import audit
from tertulia.auth.repository.api_keys import ApiKeys
from tertulia.auth.repository.workspaces import Members, MyWorkspace, MyWorkspaces, OneWorkspace, entered
from tertulia.auth.service.accounts import shown_workspace
from tertulia.auth.service.revocation import Revocations, publish_changed, publish_revoked
from tertulia.contracts.access import PERMISSIONS, Permission, Role
from tertulia.contracts.auth import WorkspaceCreated, WorkspaceDeleted
from tertulia.platform.db import Database, WriteSession, actor, tenant
from tertulia.platform.errors import Conflict, Forbidden, NotFound
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

TOLD_AGAIN_AFTER = timedelta(days=1)
"""By then everything that was under way in a deleted workspace has ended."""

MAX_OWNED = 100


class NoSuchWorkspace(NotFound):
    """Also for one that others have: who is not in it does not learn that it exists."""

    def __init__(self) -> None:
        super().__init__("You have no such workspace.")


class RoleTooLow(Forbidden):
    code, title = "role_too_low", "Your role does not allow this"


class TooManyWorkspaces(Conflict):
    code, title = "too_many_workspaces", "Too many workspaces"


async def membership(session: WriteSession, workspace_id: UUID, user_id: UUID, needs: Permission) -> MyWorkspace:
    """The person's place in the workspace, in its tenant's scope.

    Raises: NoSuchWorkspace when they have none; RoleTooLow when it does not hold the permission.
    """
    mine = await MyWorkspaces(session, user_id).get(workspace_id)
    if mine is None:
        raise NoSuchWorkspace
    if needs not in PERMISSIONS[mine.role]:
        raise RoleTooLow(f"Your role in this workspace is {mine.role}, which does not allow this.")
    return mine


class Workspaces:
    def __init__(self, database: Database, revocations: Revocations, *, plan: str) -> None:
        self._database = database
        self._revocations = revocations
        self._plan = plan

    async def mine(
        self, user_id: UUID, *, only: UUID | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> Slice[MyWorkspace]:
        async with self._database.write(actor(user_id)) as session:
            return await MyWorkspaces(session, user_id).page(after=after, limit=limit, only=only)

    async def create(self, session: WriteSession, user_id: UUID, name: str) -> schemas.Workspace:
        """Within a transaction of that person, who becomes its owner.

        Raises: TooManyWorkspaces.
        """
        if (await MyWorkspaces(session, user_id).page(limit=MAX_OWNED)).has_more:
            raise TooManyWorkspaces(f"A person can be in {MAX_OWNED} workspaces. Leave or delete one first.")
        workspace_id = uuid7()
        async with entered(session, workspace_id):
            await OneWorkspace(session, workspace_id).add(name, self._plan)
            await Members(session, workspace_id).add(user_id, Role.OWNER)
            await audit.record(session, "workspace.created", user_id=user_id, workspace_id=workspace_id)
            made = await membership(session, workspace_id, user_id, Permission.WORKSPACE_READ)
        now = datetime.now(UTC)
        session.publish(WorkspaceCreated(workspace_id=workspace_id, owner_id=user_id, plan=self._plan, occurred_at=now))
        publish_changed(session, user_id=user_id, workspace_id=workspace_id)
        return shown_workspace(made)

    async def get(self, workspace_id: UUID, user_id: UUID) -> schemas.Workspace:
        """Raises: NoSuchWorkspace."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            return shown_workspace(await membership(session, workspace_id, user_id, Permission.WORKSPACE_READ))

    async def rename(self, workspace_id: UUID, user_id: UUID, name: str) -> schemas.Workspace:
        """Raises: NoSuchWorkspace, RoleTooLow."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await membership(session, workspace_id, user_id, Permission.WORKSPACE_MANAGE)
            await OneWorkspace(session, workspace_id).rename(name)
            await audit.record(session, "workspace.renamed", user_id=user_id, workspace_id=workspace_id)
            return shown_workspace(await membership(session, workspace_id, user_id, Permission.WORKSPACE_READ))

    async def delete(self, workspace_id: UUID, user_id: UUID) -> None:
        """Gone for everybody at once. Its services erase what it had when they are told; its name and members stay here
        for ``TOLD_AGAIN_AFTER``, so that they can be told once more.

        Raises: NoSuchWorkspace, RoleTooLow.
        """
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await OneWorkspace(session, workspace_id).lock()
            await membership(session, workspace_id, user_id, Permission.WORKSPACE_DELETE)
            now = datetime.now(UTC)
            ended = await ApiKeys(session, workspace_id).revoke()
            await OneWorkspace(session, workspace_id).expire(now + TOLD_AGAIN_AFTER)
            await audit.record(session, "workspace.deleted", user_id=user_id, workspace_id=workspace_id)
            for key_id, maker in ended:
                publish_revoked(session, [key_id], user_id=maker, workspace_id=workspace_id)
            publish_changed(session, workspace_id=workspace_id)
            session.publish(WorkspaceDeleted(workspace_id=workspace_id, occurred_at=now))
        await self._revocations.mark(key_id for key_id, _ in ended)
