"""Sets of cases, their runs and results, of one workspace."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, Text, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.exc import IntegrityError

from tertulia.orchestrator.models import EvalResult, EvalRun, EvalSet
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice


class NameTaken(Exception):
    """Another set of the workspace has the name; the transaction is lost."""


class SetRecord(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    cases: list[dict[str, Any]]
    version: int
    created_by: UUID
    created_at: datetime


class Asked(msgspec.Struct, frozen=True):
    """What a run asks, and of which knowledge bases."""

    knowledge_base_ids: list[UUID]
    cases: list[dict[str, Any]]


class RunRecord(msgspec.Struct, frozen=True):
    """``questions`` counts what it asks, ``done`` what of it has a result; ``cost`` is in micro-units."""

    id: UUID
    set_id: UUID
    status: str
    model: str | None
    plan: str | None
    questions: int
    done: int
    cost: int
    currency: str
    figures: list[dict[str, Any]]
    error_code: str | None
    started_by: UUID
    started_at: datetime
    finished_at: datetime | None


class ResultRecord(msgspec.Struct, frozen=True):
    position: int
    correct: bool
    judged: dict[str, Any]
    passages: list[UUID]
    answered: dict[str, Any] | None


class Given(msgspec.Struct, frozen=True):
    """Ids of the passages that were found for a question, and the answer to it, sealed."""

    passages: list[UUID]
    answer: bytes | None


class SetSummary(msgspec.Struct, frozen=True):
    """A set without its cases, and its newest run."""

    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    questions: int
    created_at: datetime
    last_run: RunRecord | None


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
        return one_of(made, SetRecord)

    async def set(self, set_id: UUID) -> SetRecord | None:
        return await self._one_set(self._sets().where(EvalSet.id == set_id))

    async def set_named(self, name: str) -> SetRecord | None:
        return await self._one_set(self._sets().where(EvalSet.name == name))

    async def sets(self, limit: int, after: UUID | None) -> Slice[SetSummary]:
        """Newest first."""
        query = select(*_SUMMARY).where(EvalSet.workspace_id == self._workspace).order_by(EvalSet.id.desc())
        if after is not None:
            query = query.where(EvalSet.id < after)
        rows = (await self._session.execute(query.limit(limit + 1))).mappings().all()
        newest = self._runs().where(EvalRun.set_id.in_([row["id"] for row in rows])).ext(distinct_on(EvalRun.set_id))
        runs = await self._session.execute(newest.order_by(EvalRun.set_id, EvalRun.id.desc()))
        last = {run.set_id: run for run in all_of(runs, RunRecord)}
        return Slice.of([SetSummary(**row, last_run=last.get(row["id"])) for row in rows], limit)

    async def change_set(
        self, set_id: UUID, version: int, name: str, base_ids: Sequence[UUID], cases: Sequence[dict[str, Any]]
    ) -> SetRecord | None:
        """None when it is not there in this version. Raises: NameTaken."""
        change = (
            update(EvalSet)
            .where(EvalSet.workspace_id == self._workspace, EvalSet.id == set_id, EvalSet.version == version)
            .values(name=name, knowledge_base_ids=list(base_ids), cases=list(cases), version=EvalSet.version + 1)
        )
        try:
            return one_of(await self._session.execute(change.returning(*_SET)), SetRecord)
        except IntegrityError as error:
            raise NameTaken from error

    async def count_sets(self) -> int:
        query = select(func.count()).where(EvalSet.workspace_id == self._workspace)
        return (await self._session.execute(query)).scalar_one()

    async def delete_set(self, set_id: UUID) -> bool:
        """With its runs and results; False when it is not there."""
        gone = await self._session.execute(
            delete(EvalSet).where(EvalSet.workspace_id == self._workspace, EvalSet.id == set_id).returning(EvalSet.id)
        )
        return gone.scalar_one_or_none() is not None

    async def add_run(
        self,
        run_id: UUID,
        set_id: UUID,
        started_by: UUID,
        *,
        model: str | None = None,
        plan: str | None = None,
        currency: str = "USD",
    ) -> RunRecord | None:
        """With what the set asks now; None when the set is not there."""
        now = select(
            EvalSet.workspace_id,
            literal(run_id),
            EvalSet.id,
            EvalSet.knowledge_base_ids,
            EvalSet.cases,
            literal(started_by),
            literal("queued"),
            literal(model, Text),
            literal(plan, Text),
            literal(currency),
        ).where(EvalSet.workspace_id == self._workspace, EvalSet.id == set_id)
        columns = ["workspace_id", "id", "set_id", "knowledge_base_ids", "cases", "started_by", "status"]
        columns += ["model", "plan", "currency"]
        made = await self._session.execute(insert(EvalRun).from_select(columns, now).returning(*_RUN))
        return one_of(made, RunRecord)

    async def delete_runs(self, set_id: UUID, but: int) -> None:
        """All of a set but its newest."""
        of_set = (EvalRun.workspace_id == self._workspace, EvalRun.set_id == set_id)
        newest_gone = select(EvalRun.id).where(*of_set).order_by(EvalRun.id.desc()).offset(but).limit(1)
        await self._session.execute(delete(EvalRun).where(*of_set, EvalRun.id <= newest_gone.scalar_subquery()))

    async def run(self, run_id: UUID) -> RunRecord | None:
        return await self._one_run(self._runs().where(EvalRun.id == run_id))

    async def asked(self, run_id: UUID) -> Asked:
        """Of a run that is there."""
        found = await self._session.execute(
            select(*_ASKED).where(EvalRun.workspace_id == self._workspace, EvalRun.id == run_id)
        )
        return Asked(**found.mappings().one())

    async def runs(self, set_id: UUID, limit: int, after: UUID | None) -> Slice[RunRecord]:
        """Newest first."""
        query = self._runs().where(EvalRun.set_id == set_id).order_by(EvalRun.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(EvalRun.id < after)
        found = await self._session.execute(query)
        return Slice.of(all_of(found, RunRecord), limit)

    async def finished_before(self, run: RunRecord) -> RunRecord | None:
        """The last run of the same set that has figures; of answers too, where the run has answers."""
        query = self._runs().where(EvalRun.set_id == run.set_id, EvalRun.id < run.id, EvalRun.status == "finished")
        if run.model is not None:
            query = query.where(EvalRun.model.is_not(None))
        return await self._one_run(query.order_by(EvalRun.id.desc()).limit(1))

    async def add_results(self, run_id: UUID, results: Sequence[dict[str, Any]], costs: Mapping[int, int]) -> bool:
        """Once each, however often it comes; ``costs`` are by position. False when the run has ended: nothing is
        written then.
        """
        if not await self._waited_for(run_id):
            return False
        rows = [{"workspace_id": self._workspace, "run_id": run_id, **result} for result in results]
        added = await self._session.execute(
            postgres_insert(EvalResult).values(rows).on_conflict_do_nothing().returning(EvalResult.position)
        )
        new = added.scalars().all()
        cost = sum(costs.get(position, 0) for position in new)
        await self._session.execute(
            update(EvalRun)
            .where(EvalRun.workspace_id == self._workspace, EvalRun.id == run_id)
            .values(done=EvalRun.done + len(new), cost=EvalRun.cost + cost)
        )
        return True

    async def end_run(
        self,
        run_id: UUID,
        status: Literal["finished", "failed", "cancelled"] = "finished",
        *,
        figures: Sequence[dict[str, Any]] = (),
        error_code: str | None = None,
    ) -> bool:
        """False when it has ended before; nothing is written then."""
        if not await self._waited_for(run_id):
            return False
        await self._session.execute(
            update(EvalRun)
            .where(EvalRun.workspace_id == self._workspace, EvalRun.id == run_id)
            .values(status=status, figures=list(figures), error_code=error_code, finished_at=func.now())
        )
        return True

    async def _waited_for(self, run_id: UUID) -> bool:
        """Whether it has not ended; it will not within this transaction, unless by it."""
        found = await self._session.scalar(
            select(EvalRun.status)
            .where(EvalRun.workspace_id == self._workspace, EvalRun.id == run_id)
            .with_for_update()
        )
        return found == "queued"

    async def results(self, run_id: UUID) -> list[ResultRecord]:
        """In the order of the set."""
        found = await self._session.execute(
            select(*_RESULT)
            .where(EvalResult.workspace_id == self._workspace, EvalResult.run_id == run_id)
            .order_by(EvalResult.position)
        )
        return all_of(found, ResultRecord)

    async def given(self, run_id: UUID, position: int) -> Given | None:
        """None when the run has no such result."""
        found = await self._session.execute(
            select(EvalResult.passages, EvalResult.answer).where(
                EvalResult.workspace_id == self._workspace,
                EvalResult.run_id == run_id,
                EvalResult.position == position,
            )
        )
        return one_of(found, Given)

    def _sets(self) -> Select[Any]:
        return select(*_SET).where(EvalSet.workspace_id == self._workspace)

    def _runs(self) -> Select[Any]:
        return select(*_RUN).where(EvalRun.workspace_id == self._workspace)

    async def _one_set(self, query: Select[Any]) -> SetRecord | None:
        return one_of(await self._session.execute(query), SetRecord)

    async def _one_run(self, query: Select[Any]) -> RunRecord | None:
        return one_of(await self._session.execute(query), RunRecord)


_SET = columns_of(EvalSet, SetRecord)
_COUNTED = func.jsonb_array_length(EvalRun.cases).label("questions")
_RUN = tuple(getattr(EvalRun, name) if name != "questions" else _COUNTED for name in RunRecord.__struct_fields__)
_RESULT = columns_of(EvalResult, ResultRecord)
_ASKED = columns_of(EvalRun, Asked)
_SUMMARY = (
    EvalSet.id,
    EvalSet.name,
    EvalSet.knowledge_base_ids,
    func.jsonb_array_length(EvalSet.cases).label("questions"),
    EvalSet.created_at,
)
