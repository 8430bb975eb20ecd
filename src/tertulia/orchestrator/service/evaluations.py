"""A workspace's own sets of questions and their runs, as people make, change and read them.

Asking the questions is ``evaluating``'s.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tertulia.contracts.money import Money
from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.evals.evaluation import Figure
from tertulia.orchestrator.evals.jobs import EvaluationCancelled, RunEvaluation
from tertulia.orchestrator.repository.chunks import Found
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
from tertulia.orchestrator.repository.retrieval import Passages
from tertulia.orchestrator.service.evaluated_answers import Answered, AnswerPrompts
from tertulia.orchestrator.service.evaluating import place
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

MOST_SETS = 100
MOST_RUNS = 100
"""Of one set; a new one takes the place of the oldest."""

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


class EvaluationSetChanged(Conflict):
    code, title = "evaluation_set_changed", "Somebody else has changed the evaluation set"


class EvaluationRunEnded(Conflict):
    code, title = "evaluation_run_ended", "The evaluation run has ended"


class Estimate(msgspec.Struct, frozen=True):
    """``model`` is its id; ``most_cost`` is about what the answers cost at most, None where no price is known."""

    model: str
    questions: int
    most_cost: Money | None


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
    others. ``answered`` is for those who may use all knowledge bases that were asked.
    """

    passages: list[Found]
    gone: int
    answered: Answered | None = None


class Evaluations:
    def __init__(self, database: Database, keys: Keys, prompts: AnswerPrompts) -> None:
        self._database = database
        self._keys = keys
        self._prompts = prompts

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
        self,
        workspace_id: UUID,
        set_id: UUID,
        *,
        version: int,
        name: str,
        knowledge_base_ids: Sequence[UUID],
        cases: Sequence[Case],
    ) -> SetRecord:
        """``version`` is the one that the change was made to; runs keep what they asked.

        Raises: EvaluationSetNotFound, EvaluationSetChanged, EvaluationSetExists.
        """
        told = msgspec.to_builtins(cases)
        try:
            async with self._database.write(tenant(workspace_id)) as session:
                stored = Stored(session, workspace_id)
                changed = await stored.change_set(set_id, version, name, knowledge_base_ids, told)
                there = changed or await _set(stored, set_id)
        except NameTaken:
            raise EvaluationSetExists(_NAME_TAKEN) from None
        if changed is None:
            raise EvaluationSetChanged(
                f"It is at version {there.version}, and your change was made to version {version}. Read it again, make "
                "your change to what it is now, and send that with its version."
            )
        return changed

    async def set_named(self, workspace_id: UUID, name: str) -> SetRecord:
        """Raises: EvaluationSetNotFound."""
        async with self._database.read(tenant(workspace_id)) as session:
            found = await Stored(session, workspace_id).set_named(name)
        if found is None:
            raise EvaluationSetNotFound(_NO_SET)
        return found

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

    async def estimate(self, workspace_id: UUID, set_id: UUID, model: str) -> Estimate:
        """Raises: EvaluationSetNotFound; ModelNotFound, NoModel, AnswersNotJudged."""
        asked = await self.set(workspace_id, set_id)
        return await self._estimated(workspace_id, asked, model)

    async def start(
        self,
        session: WriteSession,
        workspace_id: UUID,
        person_id: UUID,
        set_id: UUID,
        *,
        model: str | None = None,
        plan: str | None = None,
    ) -> RunRecord:
        """``model`` answers the questions too, on the account of ``plan``. Raises: as ``estimate``."""
        stored = Stored(session, workspace_id)
        estimate = None if model is None else await self._estimated(workspace_id, await _set(stored, set_id), model)
        currency = estimate.most_cost.currency if estimate and estimate.most_cost else Money(0).currency
        answering = None if estimate is None else estimate.model
        run = await stored.add_run(uuid7(), set_id, person_id, model=answering, plan=plan, currency=currency)
        if run is None:
            raise EvaluationSetNotFound(_NO_SET)
        await stored.delete_runs(set_id, but=MOST_RUNS)
        session.publish(RunEvaluation(workspace_id=workspace_id, run_id=run.id))
        return run

    async def cancel(self, workspace_id: UUID, set_id: UUID, run_id: UUID) -> RunRecord:
        """What has a result keeps it; doing it again changes nothing.

        Raises: EvaluationRunNotFound, EvaluationRunEnded.
        """
        async with self._database.write(tenant(workspace_id)) as session:
            stored = Stored(session, workspace_id)
            await _run(stored, set_id, run_id)
            if await stored.end_run(run_id, "cancelled"):
                session.publish(EvaluationCancelled(workspace_id=workspace_id, run_id=run_id))
            run = await _run(stored, set_id, run_id)
        if run.status != "cancelled":
            raise EvaluationRunEnded(f"The run is {run.status}.")
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
            given = await stored.given(run_id, position)
            if given is None:
                raise EvaluationRunNotFound("The run has no result for such a question.")
            asked = await stored.asked(run_id)
            usable = await KnowledgeBases(session, workspace_id, person_id).revisions(asked.knowledge_base_ids)
        there = await Passages(self._database, workspace_id, list(usable)).get(given.passages, None)
        gone = len(given.passages) - len(there)
        if given.answer is None or not usable.keys() >= set(asked.knowledge_base_ids):
            return FoundThen(there, gone)
        opened = (await self._keys.of(workspace_id)).open(given.answer, place(run_id, position))
        return FoundThen(there, gone, msgspec.json.decode(opened, type=Answered))

    async def _estimated(self, workspace_id: UUID, asked: SetRecord, model: str) -> Estimate:
        cases = _cases(asked)
        answering, most_cost = await self._prompts.most_cost(workspace_id, model, cases)
        return Estimate(answering.id, len(cases), most_cost)


def _cases(asked: Asked | SetRecord) -> list[Case]:
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
