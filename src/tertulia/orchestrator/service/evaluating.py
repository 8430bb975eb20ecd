"""The job of a run: finds the passages for each question, has it answered where a model was chosen, and judges both.

A job asks some of the questions and asks for the next, so that runs take turns. What came of a question is written
before the next are asked: a worker that dies leaves it to the next, which goes on. Only its end is written once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.evals import answers, cases
from tertulia.orchestrator.evals.answers import AnswerJudged, answer_measures
from tertulia.orchestrator.evals.cases import DEEP, Case, Judged, judge, measures
from tertulia.orchestrator.evals.evaluation import Figure
from tertulia.orchestrator.evals.jobs import EvaluationCancelled, RunEvaluation
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.repository.evaluations import Evaluations, ResultRecord, RunRecord
from tertulia.orchestrator.service.evaluated_answers import Answered
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.running import Run
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, tenant
from tertulia.platform.errors import NotFound

log = structlog.get_logger()

Search = Callable[[UUID, UUID, Sequence[UUID], str, int], Awaitable[list[Found]]]
Answer = Callable[[UUID, RunRecord, Case, Sequence[Found]], Awaitable[Answered]]
_AT_ONCE = 4
_SLICE = 20
"""Questions of one job."""

_BROKE_OFF = "evaluation_broke_off"


class _Result(msgspec.Struct, frozen=True):
    position: int
    judged: Judged
    passages: list[UUID]
    answered: Answered | None

    @property
    def correct(self) -> bool:
        """Where there is an answer it is what counts."""
        return self.judged.right if self.answered is None else self.answered.judged.right


class EvaluationRuns:
    def __init__(self, database: Database, keys: Keys, search: Search, answer: Answer) -> None:
        self._database = database
        self._keys = keys
        self._search = search
        self._answer = answer
        self._runs: dict[UUID, Run] = {}

    async def evaluate(self, delivery: Delivery[RunEvaluation]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        job = delivery.message
        run = self._runs[job.run_id] = Run(job.workspace_id)
        asking = asyncio.create_task(self._slice(job), name="evaluate")
        run.attach(asking)
        try:
            await asking
        except asyncio.CancelledError:
            if run.cut is None:
                raise
        except NotFound as gone:
            async with self._database.write(tenant(job.workspace_id)) as session:
                await Evaluations(session, job.workspace_id).end_run(job.run_id, "failed", error_code=gone.code)
        finally:
            asking.cancel()
            del self._runs[job.run_id]

    async def stop(self, delivery: Delivery[EvaluationCancelled]) -> None:
        """Nothing where another process asks its questions."""
        if (run := self._runs.get(delivery.message.run_id)) is not None:
            run.stop()

    async def give_up(self, delivery: Delivery[RunEvaluation]) -> None:
        """The end of a run whose job failed every time; what it has stays. Raises: Unavailable."""
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            await Evaluations(session, job.workspace_id).end_run(job.run_id, "failed", error_code=_BROKE_OFF)

    async def _slice(self, job: RunEvaluation) -> None:
        """Some of the questions that have no result yet; then the end, or a job for the others. Raises: NotFound."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            stored = Evaluations(session, job.workspace_id)
            run = await stored.run(job.run_id)
            if run is None or run.status != "queued":
                return
            asked = await stored.asked(run.id)
            done = {one.position for one in await stored.results(run.id)}
        told = msgspec.convert(asked.cases, list[Case])
        left = [(at, case) for at, case in enumerate(told) if at not in done]
        for start in range(0, min(len(left), _SLICE), _AT_ONCE):
            together = left[start : start + _AT_ONCE]
            tried = await asyncio.gather(
                *(self._asked(job, run, asked.knowledge_base_ids, at, case) for at, case in together),
                return_exceptions=True,
            )
            if not await self._keep(job, [one for one in tried if isinstance(one, _Result)]):
                return
            for one in tried:
                if isinstance(one, BaseException):
                    raise one
        async with self._database.write(tenant(job.workspace_id)) as session:
            if len(left) > _SLICE:
                session.publish(job)
                return
            stored = Evaluations(session, job.workspace_id)
            await stored.end_run(run.id, figures=figures(await stored.results(run.id)))
        log.info("evaluation_finished", run_id=str(run.id), cases=len(told))

    async def _asked(self, job: RunEvaluation, run: RunRecord, bases: list[UUID], at: int, case: Case) -> _Result:
        """As the person who started the run would be answered."""
        found = await self._search(job.workspace_id, run.started_by, bases, case.question, DEEP)
        answered = None if run.model is None else await self._answer(job.workspace_id, run, case, found)
        return _Result(at, judge(case, found), [one.id for one in found], answered)

    async def _keep(self, job: RunEvaluation, results: Sequence[_Result]) -> bool:
        """What people or models said is sealed. False when the run has ended."""
        if not results:
            return True
        key = await self._keys.of(job.workspace_id)
        rows: list[dict[str, Any]] = [
            {
                "position": one.position,
                "correct": one.correct,
                "judged": msgspec.to_builtins(one.judged),
                "passages": one.passages,
                "answered": one.answered and msgspec.to_builtins(one.answered.judged),
                "answer": one.answered and key.seal(msgspec.json.encode(one.answered), place(job.run_id, one.position)),
            }
            for one in results
        ]
        costs = {one.position: one.answered.cost for one in results if one.answered is not None}
        async with self._database.write(tenant(job.workspace_id)) as session:
            return await Evaluations(session, job.workspace_id).add_results(job.run_id, rows, costs)


def figures(results: Sequence[ResultRecord]) -> list[dict[str, Any]]:
    found = measures([msgspec.convert(one.judged, Judged) for one in results])
    answered = [one.answered for one in results if one.answered is not None]
    found |= answer_measures([msgspec.convert(one, AnswerJudged) for one in answered])
    less = {cases.LESS_IS_BETTER, *answers.LESS_IS_BETTER}
    return [msgspec.to_builtins(Figure(name, value, None, name in less)) for name, value in found.items()]


def place(run_id: UUID, position: int) -> str:
    """What an answer is sealed for."""
    return f"evaluation/{run_id}/{position}"
