"""A workspace's wrapped key: made once, whoever comes first."""

from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import WorkspaceKey
from tertulia.platform.db import WriteSession


class Wrapped(msgspec.Struct, frozen=True):
    master_key_id: str
    wrapped: bytes


class WorkspaceKeys:
    def __init__(self, session: WriteSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def find(self) -> Wrapped | None:
        found = await self._session.execute(
            select(WorkspaceKey.master_key_id, WorkspaceKey.wrapped).where(WorkspaceKey.workspace_id == self._workspace)
        )
        row = found.one_or_none()
        return None if row is None else Wrapped(row.master_key_id, row.wrapped)

    async def add(self, new: Wrapped) -> bool:
        """False when the workspace has a key already: that one is to be used."""
        made = await self._session.execute(
            postgres_insert(WorkspaceKey)
            .values(workspace_id=self._workspace, master_key_id=new.master_key_id, wrapped=new.wrapped)
            .on_conflict_do_nothing()
            .returning(WorkspaceKey.workspace_id)
        )
        return made.scalar_one_or_none() is not None

    async def rewrap(self, new: Wrapped) -> None:
        """The same key under another master key."""
        await self._session.execute(
            update(WorkspaceKey)
            .where(WorkspaceKey.workspace_id == self._workspace)
            .values(master_key_id=new.master_key_id, wrapped=new.wrapped)
        )
