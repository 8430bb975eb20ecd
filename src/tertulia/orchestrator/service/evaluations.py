"""A workspace's own sets of questions, run over its own documents: whether what should be found is found.

A run is a job: the worker that dies leaves it to the next, which begins anew. Only its end is written, once.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.evals.cases import Case, Judged, judge, measures
from tertulia.orchestrator.evals.evaluation import Figure
from tertulia.orchestrator.evals.jobs import RunEvaluation
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.repository.evaluations import Evaluations as Stored
from tertulia.orchestrator.repository.evaluations import ResultRecord, RunRecord, SetRecord
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

log = structlog.get_logger()

Search = Callable[[UUID, UUID, Sequence[UUID], str, int], Awaitable[list[Found]]]
MOST_SETS = 100
_PASSAGES = 10
_LESS_IS_BETTER = "wrongly refused"


class EvaluationSetNotFound(NotFound):
    code, title = "evaluation_set_not_found", "No such evaluation set"


class EvaluationRunNotFound(NotFound):
    code, title = "evaluation_run_not_found", "No such evaluation run"


class EvaluationSetExists(Conflict):
    code, title = "evaluation_set_exists", "There is an evaluation set of this name"


class TooManyEvaluationSets(Conflict):
    code, title = "too_many_evaluation_sets", "There are too many evaluation sets"


class Run(msgspec.Struct, frozen=True):
    """A run with its results, and the figures of the one before it by name."""

    record: RunRecord
    results: list[ResultRecord]
    before: dict[str, float]


class Evaluations:
    def __init__(self, database: Database, search: Search) -> None:
        self._database = database
        self._search = search

    async def add(
        self,
        session: WriteSession,
        workspace_id: UUID,
        person_id: UUID,
        *,
        name: str,
        knowledge_base_ids: Sequence[UUID],
        cases: Sequence[Case],
    ) -> SetRecord:
        """Raises: EvaluationSetExists, TooManyEvaluationSets."""
        stored = Stored(session, workspace_id)
        if await stored.count_sets() >= MOST_SETS:
            raise TooManyEvaluationSets(f"A workspace has {MOST_SETS} evaluation sets at most. Delete one first.")
        told = [msgspec.to_builtins(case) for case in cases]
        made = await stored.add_set(uuid7(), name, knowledge_base_ids, told, person_id)
        if made is None:
            raise EvaluationSetExists("The workspace has an evaluation set of this name. Choose another.")
        return made

    async def sets(self, workspace_id: UUID, limit: int, after: UUID | None) -> Slice[SetRecord]:
        async with self._database.read(tenant(workspace_id)) as session:
            return await Stored(session, workspace_id).sets(limit, after)

    async def set(self, workspace_id: UUID, set_id: UUID) -> SetRecord:
        """Raises: EvaluationSetNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            return await _set(Stored(session, workspace_id), set_id)

    async def delete(self, workspace_id: UUID, set_id: UUID) -> None:
        """With its runs. Raises: EvaluationSetNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            if not await Stored(session, workspace_id).delete_set(set_id):
                raise EvaluationSetNotFound("There is no such evaluation set.")

    async def start(self, session: WriteSession, workspace_id: UUID, person_id: UUID, set_id: UUID) -> RunRecord:
        """Raises: EvaluationSetNotFound."""
        stored = Stored(session, workspace_id)
        await _set(stored, set_id)
        run = await stored.add_run(uuid7(), set_id, person_id)
        session.publish(RunEvaluation(workspace_id=workspace_id, run_id=run.id))
        return run

    async def runs(self, workspace_id: UUID, set_id: UUID, limit: int, after: UUID | None) -> Slice[RunRecord]:
        """Raises: EvaluationSetNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            stored = Stored(session, workspace_id)
            await _set(stored, set_id)
            return await stored.runs(set_id, limit, after)

    async def run(self, workspace_id: UUID, set_id: UUID, run_id: UUID) -> Run:
        """Raises: EvaluationRunNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            stored = Stored(session, workspace_id)
            record = await stored.run(run_id)
            if record is None or record.set_id != set_id:
                raise EvaluationRunNotFound("There is no such run of this evaluation set.")
            before = await stored.finished_before(record)
            figures = msgspec.convert(before.figures if before else [], list[Figure])
            return Run(record, await stored.results(run_id), {one.name: one.value for one in figures})

    async def evaluate(self, delivery: Delivery[RunEvaluation]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            stored = Stored(session, job.workspace_id)
            run = await stored.run(job.run_id)
            asked = await stored.set(run.set_id) if run is not None and run.status == "queued" else None
        if run is None or asked is None:
            return
        try:
            judged = await self._judged(job.workspace_id, run.started_by, asked)
        except NotFound as gone:
            async with self._database.write(tenant(job.workspace_id)) as session:
                await Stored(session, job.workspace_id).end_run(run.id, error_code=gone.code)
            return
        figures = [Figure(name, value, None, name == _LESS_IS_BETTER) for name, value in measures(judged).items()]
        results = [
            {"position": at, "correct": one.right, "judged": msgspec.to_builtins(one)} for at, one in enumerate(judged)
        ]
        async with self._database.write(tenant(job.workspace_id)) as session:
            told = [msgspec.to_builtins(figure) for figure in figures]
            await Stored(session, job.workspace_id).end_run(run.id, figures=told, results=results)
        log.info("evaluation_finished", run_id=str(run.id), cases=len(judged))

    async def _judged(self, workspace_id: UUID, person_id: UUID, asked: SetRecord) -> list[Judged]:
        """Each case as the person who started the run would be answered."""
        return [
            judge(
                case,
                await self._search(workspace_id, person_id, asked.knowledge_base_ids, case.question, _PASSAGES),
            )
            for case in msgspec.convert(asked.cases, list[Case])
        ]


async def _set(stored: Stored, set_id: UUID) -> SetRecord:
    found = await stored.set(set_id)
    if found is None:
        raise EvaluationSetNotFound("There is no such evaluation set.")
    return found
