"""Who is in a workspace. It always has an owner; nobody gives or takes a role above their own."""

from datetime import datetime
from uuid import UUID

from tertulia.auth import schemas
from tertulia.auth.repository import audit
from tertulia.auth.repository.api_keys import ApiKeys
from tertulia.auth.repository.people import People
from tertulia.auth.repository.workspaces import MemberRow, Members, OneWorkspace
from tertulia.auth.service.revocation import Revocations, publish_changed, publish_revoked
from tertulia.auth.service.secrets import Secrets
from tertulia.auth.service.workspaces import RoleTooLow, membership
from tertulia.contracts.access import Permission, Role
from tertulia.platform.db import Database, Scope, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound, Unprocessable
from tertulia.platform.pagination import Slice

_RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


class PersonUnknown(Unprocessable):
    code, title = "person_unknown", "Nobody here has this address"


class AlreadyMember(Conflict):
    code, title = "already_member", "Already a member"


class NoSuchMember(NotFound):
    def __init__(self) -> None:
        super().__init__("This workspace has no such member.")


class LastOwner(Conflict):
    code, title = "last_owner", "A workspace needs an owner"

    def __init__(self) -> None:
        super().__init__("A workspace needs an owner. Make somebody else one first, or delete the workspace.")


class Memberships:
    def __init__(self, database: Database, secrets: Secrets, revocations: Revocations) -> None:
        self._database = database
        self._secrets = secrets
        self._revocations = revocations

    async def listed(
        self, workspace_id: UUID, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Slice[MemberRow]:
        """Raises: NoSuchWorkspace."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await membership(session, workspace_id, user_id, Permission.MEMBERS_READ)
            return await Members(session, workspace_id).page(after=after, limit=limit)

    def scope_of_adding(self, workspace_id: UUID, user_id: UUID, asked: schemas.AddMember) -> Scope:
        """Sees the workspace, and the one person with this address."""
        return Scope(workspace_id=workspace_id, user_id=user_id, credential=self._secrets.of_email(asked.email))

    async def add(
        self, session: WriteSession, workspace_id: UUID, user_id: UUID, asked: schemas.AddMember
    ) -> schemas.Member:
        """Within a transaction of ``scope_of_adding``.

        Raises: NoSuchWorkspace, RoleTooLow, PersonUnknown, AlreadyMember.
        """
        acting = await membership(session, workspace_id, user_id, Permission.MEMBERS_MANAGE)
        _may_give(acting.role, asked.role)
        account = await People(session).by_email(self._secrets.of_email(asked.email))
        if account is None:
            raise PersonUnknown("Nobody here has this address. Ask them to sign up first.", param="email")
        if not await Members(session, workspace_id).add(account.id, asked.role):
            raise AlreadyMember("This person is a member already. Change their role instead.")
        await audit.record(
            session,
            "member.added",
            user_id=user_id,
            workspace_id=workspace_id,
            subject=account.id,
            role=asked.role,
        )
        publish_changed(session, user_id=account.id, workspace_id=workspace_id)
        return shown_member(await _get(session, workspace_id, account.id))

    async def change(self, workspace_id: UUID, user_id: UUID, member_id: UUID, role: Role) -> schemas.Member:
        """Raises: NoSuchWorkspace, NoSuchMember, RoleTooLow, LastOwner."""
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await OneWorkspace(session, workspace_id).lock()
            acting = await membership(session, workspace_id, user_id, Permission.MEMBERS_MANAGE)
            member = await _get(session, workspace_id, member_id)
            _may_give(acting.role, member.role)
            _may_give(acting.role, role)
            if role != Role.OWNER:
                await _keep_an_owner(session, workspace_id, member)
            await Members(session, workspace_id).set_role(member_id, role)
            await audit.record(
                session,
                "member.role_changed",
                user_id=user_id,
                workspace_id=workspace_id,
                subject=member_id,
                role=role,
            )
            publish_changed(session, user_id=member_id, workspace_id=workspace_id)
            return shown_member(await _get(session, workspace_id, member_id))

    async def remove(self, workspace_id: UUID, user_id: UUID, member_id: UUID) -> None:
        """Ends the membership and the member's keys; removing oneself is leaving, which every member may.

        Raises: NoSuchWorkspace, NoSuchMember, RoleTooLow, LastOwner.
        """
        leaving = member_id == user_id
        async with self._database.write(tenant(workspace_id, user_id)) as session:
            await OneWorkspace(session, workspace_id).lock()
            needs = Permission.WORKSPACE_READ if leaving else Permission.MEMBERS_MANAGE
            acting = await membership(session, workspace_id, user_id, needs)
            member = await _get(session, workspace_id, member_id)
            _may_give(acting.role, member.role)
            await _keep_an_owner(session, workspace_id, member)
            ended = [key_id for key_id, _ in await ApiKeys(session, workspace_id).revoke(of=member_id)]
            action = "member.left" if leaving else "member.removed"
            await audit.record(session, action, user_id=user_id, workspace_id=workspace_id, subject=member_id)
            await Members(session, workspace_id).remove(member_id)
            publish_revoked(session, ended, user_id=member_id, workspace_id=workspace_id)
            publish_changed(session, user_id=member_id, workspace_id=workspace_id)
        await self._revocations.mark(ended)


def shown_member(row: MemberRow) -> schemas.Member:
    return schemas.Member(user_id=row.user_id, email=row.email, name=row.name, role=row.role, joined_at=row.joined_at)


async def _get(session: WriteSession, workspace_id: UUID, member_id: UUID) -> MemberRow:
    member = await Members(session, workspace_id).get(member_id)
    if member is None:
        raise NoSuchMember
    return member


def _may_give(own: Role, role: Role) -> None:
    if _RANK[role] > _RANK[own]:
        raise RoleTooLow(f"Your role in this workspace is {own}; only a higher one may give or take {role}.")


async def _keep_an_owner(session: WriteSession, workspace_id: UUID, member: MemberRow) -> None:
    """With the workspace locked: two owners who leave at once do not both succeed."""
    if member.role == Role.OWNER and await Members(session, workspace_id).count_owners() == 1:
        raise LastOwner
