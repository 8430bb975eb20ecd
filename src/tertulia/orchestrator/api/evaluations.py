"""``/api/workspaces/{id}/evals``: a workspace's own questions, and how well its documents answer them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from tertulia.orchestrator.api.person import IdempotencyKey, There
from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.repository.evaluations import RunRecord, SetRecord, SetSummary
from tertulia.orchestrator.schemas.evaluations import (
    EvaluationAnswer,
    EvaluationAnswerJudgement,
    EvaluationCost,
    EvaluationEstimate,
    EvaluationFigure,
    EvaluationJudgement,
    EvaluationPassage,
    EvaluationPassages,
    EvaluationResultView,
    EvaluationRunBefore,
    EvaluationRunDetails,
    EvaluationRunView,
    EvaluationSetChange,
    EvaluationSetContent,
    EvaluationSetSummary,
    EvaluationSetView,
    NewEvaluationRun,
)
from tertulia.orchestrator.service.evaluations import Evaluations, FoundThen, Run
from tertulia.platform import idempotency
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.idempotency import StoredResponse
from tertulia.platform.identity import Identity, caller
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Cursors, Limit, Page

AskedModel = Annotated[str, Query(min_length=1, max_length=200, description="a model's id, or `auto`")]
Position = Annotated[int, Path(ge=0, lt=500, description="of a question in its run, from 0")]


def router(database: Database, evaluations: Evaluations, cursors: Cursors) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/evals", tags=["evals"])
    _add_sets(made, database, evaluations, cursors)
    _add_runs(made, database, evaluations, cursors)
    return made


def _add_sets(made: APIRouter, database: Database, evaluations: Evaluations, cursors: Cursors) -> None:

    @made.get("")
    async def list_evaluation_sets(
        of: There, limit: Limit = DEFAULT_LIMIT, after: After = None
    ) -> Page[EvaluationSetSummary]:
        """Newest first, without their questions."""
        position = cursors.read_id("evals", of.place, after)
        found = await evaluations.sets(of.workspace_id, limit, position)
        return cursors.page("evals", of.place, found, show=_summary)

    @made.post("", status_code=201, response_model=EvaluationSetView)
    async def create_evaluation_set(
        of: There, new: EvaluationSetContent, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Questions, with the documents that answer them or the facts that an answer needs."""

        async def run(session: WriteSession) -> StoredResponse:
            added = await evaluations.add(session, *of.place, **_content(new))
            return StoredResponse(201, _set_view(added).model_dump_json().encode())

        body = new.model_dump_json().encode()
        return await _once(database, of, idempotency_key, body, run=run, operation="POST /api/workspaces/{id}/evals")

    @made.get("/{set_id}")
    async def get_evaluation_set(of: There, set_id: UUID) -> EvaluationSetView:
        """A set with its questions."""
        return _set_view(await evaluations.set(of.workspace_id, set_id))

    @made.put("/{set_id}")
    async def change_evaluation_set(of: There, set_id: UUID, change: EvaluationSetChange) -> EvaluationSetView:
        """Of the version that was read: 409 ``evaluation_set_changed`` where somebody else has changed it since. Runs
        that were started before keep what they asked.
        """
        changed = await evaluations.change(of.workspace_id, set_id, version=change.version, **_content(change))
        return _set_view(changed)

    @made.delete("/{set_id}", status_code=204)
    async def delete_evaluation_set(of: There, set_id: UUID) -> None:
        """With its runs, for good."""
        await evaluations.delete(of.workspace_id, set_id)


def _add_runs(made: APIRouter, database: Database, evaluations: Evaluations, cursors: Cursors) -> None:
    @made.get("/{set_id}/runs")
    async def list_evaluation_runs(
        of: There, set_id: UUID, limit: Limit = DEFAULT_LIMIT, after: After = None
    ) -> Page[EvaluationRunView]:
        """Newest first."""
        name = f"eval_runs {set_id}"
        position = cursors.read_id(name, of.place, after)
        found = await evaluations.runs(of.workspace_id, set_id, limit, position)
        return cursors.page(name, of.place, found, show=_run_view)

    @made.get("/{set_id}/estimate")
    async def estimate_evaluation_run(of: There, set_id: UUID, model: AskedModel) -> EvaluationEstimate:
        """What a run costs whose questions this model answers."""
        found = await evaluations.estimate(of.workspace_id, set_id, model)
        cost = found.most_cost and EvaluationCost(amount=found.most_cost.amount, currency=found.most_cost.currency)
        return EvaluationEstimate(model=found.model, questions=found.questions, most_cost=cost)

    @made.post("/{set_id}/runs", status_code=202, response_model=EvaluationRunView)
    async def start_evaluation_run(
        of: There,
        set_id: UUID,
        identity: Annotated[Identity, Depends(caller)],
        new: NewEvaluationRun | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Its figures are there when its status is ``finished``. With a model its questions are answered too, behind
        everything that somebody waits for, and at the workspace's cost.
        """
        model = new.model if new else None

        async def run(session: WriteSession) -> StoredResponse:
            started = await evaluations.start(session, *of.place, set_id, model=model, plan=identity.plan)
            return StoredResponse(202, _run_view(started).model_dump_json().encode())

        return await _once(
            database,
            of,
            idempotency_key,
            set_id.bytes + (model or "").encode(),
            run=run,
            operation="POST /api/workspaces/{id}/evals/{set_id}/runs",
        )

    @made.get("/{set_id}/runs/{run_id}")
    async def get_evaluation_run(of: There, set_id: UUID, run_id: UUID) -> EvaluationRunDetails:
        """With how each question was judged, beside the figures of the run before."""
        return _details(await evaluations.run(of.workspace_id, set_id, run_id))

    @made.post("/{set_id}/runs/{run_id}/cancel")
    async def cancel_evaluation_run(of: There, set_id: UUID, run_id: UUID) -> EvaluationRunView:
        """At once; what was asked of a model by then is paid for. 409 where it has ended otherwise."""
        return _run_view(await evaluations.cancel(of.workspace_id, set_id, run_id))

    @made.get("/{set_id}/runs/{run_id}/results/{position}/passages")
    async def list_evaluation_passages(of: There, set_id: UUID, run_id: UUID, position: Position) -> EvaluationPassages:
        """What the run found for the question at this position, as it reads today, and what was answered."""
        then = await evaluations.found(*of.place, set_id, run_id, position)
        passages = [EvaluationPassage(chunk_id=one.id, **_shown(one)) for one in then.passages]
        return EvaluationPassages(data=passages, gone=then.gone, answer=_answer(then))


async def _once(
    database: Database,
    of: There,
    key: str | None,
    body: bytes,
    *,
    run: Callable[[WriteSession], Awaitable[StoredResponse]],
    operation: str,
) -> Response:
    stored = await idempotency.once(database, tenant(*of.place), key, body, run, operation=operation)
    return Response(stored.body, stored.status, media_type="application/json")


def _content(content: EvaluationSetContent) -> dict[str, Any]:
    cases = [Case(case.question, tuple(case.documents), tuple(case.facts)) for case in content.cases]
    return {"name": content.name, "knowledge_base_ids": content.knowledge_base_ids, "cases": cases}


def _set_view(found: SetRecord) -> EvaluationSetView:
    return EvaluationSetView.model_validate(msgspec.structs.asdict(found))


def _summary(found: SetSummary) -> EvaluationSetSummary:
    last_run = None if found.last_run is None else _run_view(found.last_run)
    return EvaluationSetSummary.model_validate({**msgspec.structs.asdict(found), "last_run": last_run})


def _run_view(found: RunRecord) -> EvaluationRunView:
    return EvaluationRunView(**_run_fields(found, {}))


def _details(run: Run) -> EvaluationRunDetails:
    before = run.before
    shown = before and EvaluationRunBefore(
        id=before.record.id, started_at=before.record.started_at, same=before.same, model=before.record.model
    )
    results = [
        EvaluationResultView(
            **msgspec.to_builtins(run.cases[one.position]),
            position=one.position,
            correct=one.correct,
            judged=EvaluationJudgement(**one.judged),
            answered=one.answered and EvaluationAnswerJudgement(**one.answered),
        )
        for one in run.results
    ]
    fields = _run_fields(run.record, before.figures if before else {})
    return EvaluationRunDetails(**fields, before=shown, results=results)


def _shown(found: Found) -> dict[str, Any]:
    told = msgspec.structs.asdict(found)
    return {name: told[name] for name in EvaluationPassage.model_fields if name in told}


def _answer(then: FoundThen) -> EvaluationAnswer | None:
    if then.answered is None or then.answered.said is None:
        return None
    return EvaluationAnswer(text=then.answered.said, claims=msgspec.to_builtins(then.answered.claims))


def _run_fields(found: RunRecord, before: Mapping[str, float]) -> dict[str, Any]:
    figures = [
        EvaluationFigure(
            name=one["name"],
            value=one["value"],
            less_is_better=one["less_is_better"],
            before=before.get(one["name"]),
        )
        for one in found.figures
    ]
    told = msgspec.structs.asdict(found)
    cost = None if found.model is None else EvaluationCost(amount=found.cost, currency=found.currency)
    return {**told, "figures": figures, "error": told.pop("error_code"), "cost": cost}
