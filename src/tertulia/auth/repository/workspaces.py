"""Workspaces and who is in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.auth.models import Membership, User, Workspace
from tertulia.contracts.access import Role
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice


@dataclass(frozen=True)
class MyWorkspace:
    """A workspace as one of its members has it."""

    id: UUID
    name: str
    plan: str
    created_at: datetime
    role: Role
    joined_at: datetime


@dataclass(frozen=True)
class MemberRow:
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime


@asynccontextmanager
async def entered(session: WriteSession, workspace_id: UUID) -> AsyncIterator[None]:
    """Within the block the transaction is also of this tenant: for the workspace that it is making."""
    await session.execute(select(func.set_config("tertulia.workspace_id", str(workspace_id), True)))
    yield
    await session.execute(select(func.set_config("tertulia.workspace_id", "", True)))


class MyWorkspaces:
    """The workspaces that a person is in; deleted ones are not among them."""

    def __init__(self, session: WriteSession | ReadSession, user_id: UUID) -> None:
        self._session = session
        self._user_id = user_id

    async def get(self, workspace_id: UUID) -> MyWorkspace | None:
        row = (await self._session.execute(self._all().where(Workspace.id == workspace_id))).one_or_none()
        return _mine(row) if row else None

    async def page(
        self, *, after: tuple[datetime, UUID] | None = None, limit: int, only: UUID | None = None
    ) -> Slice[MyWorkspace]:
        """In the order in which they were joined; ``only`` is the one that an API key reaches."""
        key = (Membership.created_at, Membership.workspace_id)
        statement = self._all().order_by(*key).limit(limit + 1)
        if after is not None:
            statement = statement.where(tuple_(*key) > after)
        if only is not None:
            statement = statement.where(Workspace.id == only)
        return Slice.of([_mine(row) for row in await self._session.execute(statement)], limit)

    def _all(self) -> Select[*tuple[Any, ...]]:
        columns = (Workspace.id, Workspace.name, Workspace.plan, Workspace.created_at)
        return (
            select(*columns, Membership.role, Membership.created_at)
            .join(Membership, Membership.workspace_id == Workspace.id)
            .where(Membership.user_id == self._user_id, Workspace.expires_at.is_(None))
        )


class OneWorkspace:
    """A workspace, in its tenant's scope."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._id = workspace_id

    async def add(self, name: str, plan: str) -> None:
        await self._session.execute(insert(Workspace).values(id=self._id, name=name, plan=plan))

    async def lock(self) -> None:
        """Who changes members or keys does so one after the other, so that counts hold."""
        await self._session.execute(select(Workspace.id).where(Workspace.id == self._id).with_for_update())

    async def rename(self, name: str) -> None:
        await self._session.execute(update(Workspace).where(Workspace.id == self._id).values(name=name))

    async def expire(self, at: datetime) -> None:
        await self._session.execute(update(Workspace).where(Workspace.id == self._id).values(expires_at=at))


class Members:
    """The members of one workspace, in its tenant's scope."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace_id = workspace_id

    async def add(self, user_id: UUID, role: Role) -> bool:
        """False when the person is a member already."""
        added = await self._session.execute(
            postgres_insert(Membership)
            .values(workspace_id=self._workspace_id, user_id=user_id, role=role)
            .on_conflict_do_nothing()
            .returning(Membership.user_id)
        )
        return added.scalar() is not None

    async def get(self, user_id: UUID) -> MemberRow | None:
        row = (await self._session.execute(self._all().where(Membership.user_id == user_id))).one_or_none()
        return _member(row) if row else None

    async def page(self, *, after: tuple[datetime, UUID] | None, limit: int) -> Slice[MemberRow]:
        """Who came first, first."""
        key = (Membership.created_at, Membership.user_id)
        statement = self._all().order_by(*key).limit(limit + 1)
        if after is not None:
            statement = statement.where(tuple_(*key) > after)
        return Slice.of([_member(row) for row in await self._session.execute(statement)], limit)

    async def count_owners(self) -> int:
        statement = select(func.count()).where(
            Membership.workspace_id == self._workspace_id, Membership.role == Role.OWNER
        )
        return (await self._session.execute(statement)).scalar_one()

    async def set_role(self, user_id: UUID, role: Role) -> None:
        await self._session.execute(update(Membership).where(*self._one(user_id)).values(role=role))

    async def remove(self, user_id: UUID) -> None:
        await self._session.execute(delete(Membership).where(*self._one(user_id)))

    def _one(self, user_id: UUID) -> tuple[Any, Any]:
        return (Membership.workspace_id == self._workspace_id, Membership.user_id == user_id)

    def _all(self) -> Select[*tuple[Any, ...]]:
        return (
            select(User.id, User.email, User.name, Membership.role, Membership.created_at)
            .join(User, User.id == Membership.user_id)
            .where(Membership.workspace_id == self._workspace_id)
        )


def _mine(row: Any) -> MyWorkspace:
    return MyWorkspace(row[0], row[1], row[2], row[3], Role(row[4]), row[5])


def _member(row: Any) -> MemberRow:
    return MemberRow(row[0], row[1], row[2], Role(row[3]), row[4])
