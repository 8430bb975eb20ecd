"""What a workspace has chosen, read all at once and written one concern at a time."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import WorkspaceSetting
from tertulia.platform.db import ReadSession, WriteSession


class StoredSettings:
    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def all(self) -> dict[str, dict[str, Any]]:
        """By the concern's name."""
        found = await self._session.execute(
            select(WorkspaceSetting.name, WorkspaceSetting.value).where(
                WorkspaceSetting.workspace_id == self._workspace
            )
        )
        return {row.name: row.value for row in found}

    async def locked(self, name: str) -> dict[str, Any]:
        """One concern, which nobody else changes until this transaction ends."""
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"{self._workspace} {name}", 0))
        await self._session.execute(select(lock))
        return (await self.all()).get(name, {})

    async def put(self, name: str, value: dict[str, Any], updated_by: UUID | None) -> None:
        row = {"workspace_id": self._workspace, "name": name, "value": value, "updated_by": updated_by}
        statement = postgres_insert(WorkspaceSetting).values(row)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "name"],
                set_={"value": value, "updated_by": updated_by, "updated_at": func.now()},
            )
        )
