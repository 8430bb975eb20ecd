"""Sets of cases, their runs and results, of one workspace."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import EvalResult, EvalRun, EvalSet
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice


class SetRecord(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    cases: list[dict[str, Any]]
    created_by: UUID
    created_at: datetime


class RunRecord(msgspec.Struct, frozen=True):
    id: UUID
    set_id: UUID
    status: str
    figures: list[dict[str, Any]]
    error_code: str | None
    started_by: UUID
    started_at: datetime
    finished_at: datetime | None


class ResultRecord(msgspec.Struct, frozen=True):
    position: int
    correct: bool
    judged: dict[str, Any]


class Evaluations:
    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def add_set(
        self, set_id: UUID, name: str, base_ids: Sequence[UUID], cases: Sequence[dict[str, Any]], created_by: UUID
    ) -> SetRecord | None:
        """None when the workspace has a set of this name."""
        made = await self._session.execute(
            postgres_insert(EvalSet)
            .values(
                workspace_id=self._workspace,
                id=set_id,
                name=name,
                knowledge_base_ids=list(base_ids),
                cases=list(cases),
                created_by=created_by,
            )
            .on_conflict_do_nothing(index_elements=["workspace_id", "name"])
            .returning(*_SET)
        )
        row = made.mappings().one_or_none()
        return None if row is None else SetRecord(**row)

    async def set(self, set_id: UUID) -> SetRecord | None:
        return await self._one_set(self._sets().where(EvalSet.id == set_id))

    async def set_named(self, name: str) -> SetRecord | None:
        return await self._one_set(self._sets().where(EvalSet.name == name))

    async def sets(self, limit: int, after: UUID | None) -> Slice[SetRecord]:
        """Newest first."""
        query = self._sets().order_by(EvalSet.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(EvalSet.id < after)
        found = await self._session.execute(query)
        return Slice.of([SetRecord(**row) for row in found.mappings()], limit)

    async def count_sets(self) -> int:
        query = select(func.count()).where(EvalSet.workspace_id == self._workspace)
        return (await self._session.execute(query)).scalar_one()

    async def delete_set(self, set_id: UUID) -> bool:
        """With its runs and results; False when it is not there."""
        gone = await self._session.execute(
            delete(EvalSet).where(EvalSet.workspace_id == self._workspace, EvalSet.id == set_id).returning(EvalSet.id)
        )
        return gone.scalar_one_or_none() is not None

    async def add_run(self, run_id: UUID, set_id: UUID, started_by: UUID) -> RunRecord:
        values = {"workspace_id": self._workspace, "id": run_id, "set_id": set_id, "started_by": started_by}
        made = await self._session.execute(insert(EvalRun).values(**values, status="queued").returning(*_RUN))
        return RunRecord(**made.mappings().one())

    async def run(self, run_id: UUID) -> RunRecord | None:
        return await self._one_run(self._runs().where(EvalRun.id == run_id))

    async def runs(self, set_id: UUID, limit: int, after: UUID | None) -> Slice[RunRecord]:
        """Newest first."""
        query = self._runs().where(EvalRun.set_id == set_id).order_by(EvalRun.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(EvalRun.id < after)
        found = await self._session.execute(query)
        return Slice.of([RunRecord(**row) for row in found.mappings()], limit)

    async def finished_before(self, run: RunRecord) -> RunRecord | None:
        """The last run of the same set that has figures."""
        query = self._runs().where(EvalRun.set_id == run.set_id, EvalRun.id < run.id, EvalRun.status == "finished")
        return await self._one_run(query.order_by(EvalRun.id.desc()).limit(1))

    async def end_run(
        self,
        run_id: UUID,
        *,
        figures: Sequence[dict[str, Any]] = (),
        results: Sequence[dict[str, Any]] = (),
        error_code: str | None = None,
    ) -> bool:
        """Failed when there is an error's code. False when it has ended before; nothing is written then."""
        ended = await self._session.execute(
            update(EvalRun)
            .where(EvalRun.workspace_id == self._workspace, EvalRun.id == run_id, EvalRun.status == "queued")
            .values(
                status="failed" if error_code else "finished",
                figures=list(figures),
                error_code=error_code,
                finished_at=func.now(),
            )
            .returning(EvalRun.id)
        )
        if ended.scalar_one_or_none() is None:
            return False
        if results:
            rows = [{"workspace_id": self._workspace, "run_id": run_id, **result} for result in results]
            await self._session.execute(insert(EvalResult), rows)
        return True

    async def results(self, run_id: UUID) -> list[ResultRecord]:
        """In the order of the set."""
        found = await self._session.execute(
            select(*_RESULT)
            .where(EvalResult.workspace_id == self._workspace, EvalResult.run_id == run_id)
            .order_by(EvalResult.position)
        )
        return [ResultRecord(**row) for row in found.mappings()]

    def _sets(self) -> Select[Any]:
        return select(*_SET).where(EvalSet.workspace_id == self._workspace)

    def _runs(self) -> Select[Any]:
        return select(*_RUN).where(EvalRun.workspace_id == self._workspace)

    async def _one_set(self, query: Select[Any]) -> SetRecord | None:
        row = (await self._session.execute(query)).mappings().one_or_none()
        return None if row is None else SetRecord(**row)

    async def _one_run(self, query: Select[Any]) -> RunRecord | None:
        row = (await self._session.execute(query)).mappings().one_or_none()
        return None if row is None else RunRecord(**row)


_SET = tuple(getattr(EvalSet, name) for name in SetRecord.__struct_fields__)
_RUN = tuple(getattr(EvalRun, name) for name in RunRecord.__struct_fields__)
_RESULT = tuple(getattr(EvalResult, name) for name in ResultRecord.__struct_fields__)
