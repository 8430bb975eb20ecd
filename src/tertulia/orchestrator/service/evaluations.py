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
from tertulia.orchestrator.repository.chunks import Chunks, Found
from tertulia.orchestrator.repository.evaluations import (
    Asked,
    NameTaken,
    ResultRecord,
    RunRecord,
    SetRecord,
    SetSummary,
)
from tertulia.orchestrator.repository.evaluations import Evaluations as Stored
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

log = structlog.get_logger()

Search = Callable[[UUID, UUID, Sequence[UUID], str, int], Awaitable[list[Found]]]
MOST_SETS = 100
MOST_RUNS = 100
"""Of one set; a new one takes the place of the oldest."""

_PASSAGES = 10
_LESS_IS_BETTER = "wrongly refused"
_BROKE_OFF = "evaluation_broke_off"
_NO_SET = "There is no such evaluation set."
_NO_RUN = "There is no such run of this evaluation set."
_NAME_TAKEN = "The workspace has an evaluation set of this name. Choose another."


class EvaluationSetNotFound(NotFound):
    code, title = "evaluation_set_not_found", "No such evaluation set"


class EvaluationRunNotFound(NotFound):
    code, title = "evaluation_run_not_found", "No such evaluation run"


class EvaluationSetExists(Conflict):
    code, title = "evaluation_set_exists", "There is an evaluation set of this name"


class TooManyEvaluationSets(Conflict):
    code, title = "too_many_evaluation_sets", "There are too many evaluation sets"


class Before(msgspec.Struct, frozen=True):
    """The last finished run before one; ``same``: it asked the same of the same knowledge bases."""

    record: RunRecord
    same: bool

    @property
    def figures(self) -> dict[str, float]:
        return {one.name: one.value for one in msgspec.convert(self.record.figures, list[Figure])}


class Run(msgspec.Struct, frozen=True):
    """``cases`` are those that it asked: a result's ``position`` is its case's."""

    record: RunRecord
    cases: list[Case]
    results: list[ResultRecord]
    before: Before | None


class FoundThen(msgspec.Struct, frozen=True):
    """``passages``, the best first, as far as they are there still and the asker may read them; ``gone`` counts the
    others.
    """

    passages: list[Found]
    gone: int


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
        made = await stored.add_set(uuid7(), name, knowledge_base_ids, msgspec.to_builtins(cases), person_id)
        if made is None:
            raise EvaluationSetExists(_NAME_TAKEN)
        return made

    async def change(
        self, workspace_id: UUID, set_id: UUID, *, name: str, knowledge_base_ids: Sequence[UUID], cases: Sequence[Case]
    ) -> SetRecord:
        """Runs keep what they asked. Raises: EvaluationSetNotFound, EvaluationSetExists."""
        try:
            async with self._database.write(tenant(workspace_id)) as session:
                stored = Stored(session, workspace_id)
                changed = await stored.change_set(set_id, name, knowledge_base_ids, msgspec.to_builtins(cases))
        except NameTaken:
            raise EvaluationSetExists(_NAME_TAKEN) from None
        if changed is None:
            raise EvaluationSetNotFound(_NO_SET)
        return changed

    async def sets(self, workspace_id: UUID, limit: int, after: UUID | None) -> Slice[SetSummary]:
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
                raise EvaluationSetNotFound(_NO_SET)

    async def start(self, session: WriteSession, workspace_id: UUID, person_id: UUID, set_id: UUID) -> RunRecord:
        """Raises: EvaluationSetNotFound."""
        stored = Stored(session, workspace_id)
        run = await stored.add_run(uuid7(), set_id, person_id)
        if run is None:
            raise EvaluationSetNotFound(_NO_SET)
        await stored.delete_runs(set_id, but=MOST_RUNS)
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
            record = await _run(stored, set_id, run_id)
            asked = await stored.asked(run_id)
            earlier = await stored.finished_before(record)
            before = None if earlier is None else Before(earlier, await stored.asked(earlier.id) == asked)
            return Run(record, _cases(asked), await stored.results(run_id), before)

    async def found(self, workspace_id: UUID, person_id: UUID, set_id: UUID, run_id: UUID, position: int) -> FoundThen:
        """What a run found for one of its questions. Raises: EvaluationRunNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            stored = Stored(session, workspace_id)
            await _run(stored, set_id, run_id)
            found = await stored.passages(run_id, position)
            if found is None:
                raise EvaluationRunNotFound("The run has no result for such a question.")
            asked = await stored.asked(run_id)
            usable = await KnowledgeBases(session, workspace_id, person_id).revisions(asked.knowledge_base_ids)
            there = await Chunks(session, workspace_id).get(list(usable), found, None)
            return FoundThen(there, len(found) - len(there))

    async def evaluate(self, delivery: Delivery[RunEvaluation]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            stored = Stored(session, job.workspace_id)
            run = await stored.run(job.run_id)
            if run is None or run.status != "queued":
                return
            asked = await stored.asked(run.id)
        try:
            judged = await self._judged(job.workspace_id, run.started_by, asked)
        except NotFound as gone:
            async with self._database.write(tenant(job.workspace_id)) as session:
                await Stored(session, job.workspace_id).end_run(run.id, error_code=gone.code)
            return
        shares = measures([one for one, _ in judged])
        figures = [Figure(name, value, None, name == _LESS_IS_BETTER) for name, value in shares.items()]
        results = [
            {"position": at, "correct": one.right, "judged": msgspec.to_builtins(one), "passages": found}
            for at, (one, found) in enumerate(judged)
        ]
        async with self._database.write(tenant(job.workspace_id)) as session:
            told = [msgspec.to_builtins(figure) for figure in figures]
            await Stored(session, job.workspace_id).end_run(run.id, figures=told, results=results)
        log.info("evaluation_finished", run_id=str(run.id), cases=len(judged))

    async def give_up(self, delivery: Delivery[RunEvaluation]) -> None:
        """The end of a run whose job failed every time. Raises: Unavailable."""
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            await Stored(session, job.workspace_id).end_run(job.run_id, error_code=_BROKE_OFF)

    async def _judged(self, workspace_id: UUID, person_id: UUID, asked: Asked) -> list[tuple[Judged, list[UUID]]]:
        """Each case as the person who started the run would be answered, with the ids of the passages found."""
        judged = []
        for case in _cases(asked):
            found = await self._search(workspace_id, person_id, asked.knowledge_base_ids, case.question, _PASSAGES)
            judged.append((judge(case, found), [one.id for one in found]))
        return judged


def _cases(asked: Asked) -> list[Case]:
    return msgspec.convert(asked.cases, list[Case])


async def _set(stored: Stored, set_id: UUID) -> SetRecord:
    found = await stored.set(set_id)
    if found is None:
        raise EvaluationSetNotFound(_NO_SET)
    return found


async def _run(stored: Stored, set_id: UUID, run_id: UUID) -> RunRecord:
    found = await stored.run(run_id)
    if found is None or found.set_id != set_id:
        raise EvaluationRunNotFound(_NO_RUN)
    return found
