"""Answers to a workspace's evaluation questions: by the model that it chose, from what was found, judged without one.

The model is told what a conversation's would be, and personal data is kept from it in the same way. Where nothing was
found nobody is asked: the answer is ours, as it is in a conversation.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.answers import AnswerJudged, judge_answer
from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.groundedness.claims import Claim, claims
from tertulia.orchestrator.knowledge.chunking import TARGET
from tertulia.orchestrator.pipeline import passages
from tertulia.orchestrator.pipeline.assistant import Chosen
from tertulia.orchestrator.pipeline.attribute import evidence_of
from tertulia.orchestrator.pipeline.budget import Budget, characters
from tertulia.orchestrator.pipeline.prompts import UNTOLD, instructed, passage_told, without_placeholders
from tertulia.orchestrator.pipeline.retrieve import MOST_PASSAGES
from tertulia.orchestrator.providers.failures import only_takes_time
from tertulia.orchestrator.providers.registry import Catalogues, Model, ModelNotFound
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.repository.evaluations import RunRecord
from tertulia.orchestrator.routing import Auto
from tertulia.orchestrator.service.accounting import Plan, cost
from tertulia.orchestrator.service.completions import Call, Completions, Customer
from tertulia.orchestrator.service.preparing import Preparing
from tertulia.platform import context
from tertulia.platform.errors import TertuliaError, Unavailable

MOST_TOKENS = 400
"""Of one answer."""

_WITH_ITS_PLACE = 2 * TARGET
"""Characters that a passage seldom passes, with its fence."""

_NOTHING_SAID = "nothing_said"


class AnswersNotJudged(Unavailable):
    code, title = "answers_not_judged", "Answers cannot be judged here"


class Answered(msgspec.Struct, frozen=True):
    """``said`` is None where there is no answer. ``cost`` is in micro-units of the run's currency."""

    judged: AnswerJudged
    said: str | None = None
    claims: list[Claim] = []
    cost: int = 0


class AnswerPrompts:
    """What a model is told for a question, and what that costs. ``judged``: whether there is a judge here."""

    def __init__(
        self, catalogues: Catalogues, chosen: Chosen, *, system_prompt: str, reserve: int, judged: bool
    ) -> None:
        self._catalogues = catalogues
        self._chosen = chosen
        self._system_prompt = system_prompt
        self._reserve = reserve
        self._judged = judged

    async def most_cost(self, workspace_id: UUID, asked: str, cases: Sequence[Case]) -> tuple[Model, Money | None]:
        """The model, and what answers to these questions cost by it at most, about; None where no price is known.

        Raises: ModelNotFound, NoModel, AnswersNotJudged.
        """
        if not self._judged:
            raise AnswersNotJudged("The local embedding model, which the judge reads with, is not installed here.")
        model = await (await self._catalogues(workspace_id)).find(asked)
        model.require_chat()
        answering = model.pair.strong if isinstance(model, Auto) else model
        price = answering.price_at(datetime.now(UTC))
        if price is None:
            return model, None
        common = len(await self.told(workspace_id, answering, [])) + MOST_PASSAGES * _WITH_ITS_PLACE
        sent = sum((common + len(case.question)) // characters(1) for case in cases)
        return model, price.cost(Usage(sent, MOST_TOKENS * len(cases)))

    async def told(self, workspace_id: UUID, model: Model, texts: Sequence[str]) -> str:
        """All that a conversation's model would be told before the question, ``texts`` of passages among it."""
        answering = model.pair.small if isinstance(model, Auto) else model
        budget = Budget.of(answering, self._reserve)
        asked = (await self._chosen(workspace_id)).instructions[: characters(budget.instructions)]
        wishes = instructed(without_placeholders(asked)) if asked else ""
        told = passages.within(budget, texts, answering)
        return "\n\n".join(part for part in (self._system_prompt, wishes, told) if part)


class EvaluatedAnswers:
    def __init__(
        self,
        catalogues: Catalogues,
        completions: Completions,
        preparing: Preparing,
        *,
        embedder: LocalEmbedder | None,
        prompts: AnswerPrompts,
        chosen: Chosen,
    ) -> None:
        self._catalogues = catalogues
        self._completions = completions
        self._preparing = preparing
        self._embedder = embedder
        self._prompts = prompts
        self._chosen = chosen

    async def answer(self, workspace_id: UUID, run: RunRecord, case: Case, found: Sequence[Found]) -> Answered:
        """Raises: ModelNotFound; Unavailable, RateLimited and the like, where only time is missing."""
        if not found:
            return Answered(judge_answer(case, UNTOLD, []), UNTOLD)
        given = found[:MOST_PASSAGES]
        try:
            call = await self._call(workspace_id, run, case, given)
            said = _content(await self._completions.complete(call))
        except TertuliaError as failure:
            if only_takes_time(failure) or isinstance(failure, ModelNotFound):
                raise
            return Answered(AnswerJudged(case.told, failed=failure.code))
        spent = cost(call.asking.answering, await call.settled_usage(), call.started_at)
        paid = spent.amount if spent.currency == run.currency else 0
        if not said.strip():
            return Answered(AnswerJudged(case.told, failed=_NOTHING_SAID), cost=paid)
        judged = await self._claims(case, given, said)
        return Answered(judge_answer(case, said, judged), said, judged, paid)

    async def _call(self, workspace_id: UUID, run: RunRecord, case: Case, found: Sequence[Found]) -> Call:
        plan = run.plan or ""
        context.name_plan(plan)
        customer = Customer(workspace_id, run.started_by, None, Plan(plan) if plan else None, batch=True)
        model = await (await self._catalogues(workspace_id)).find(run.model)
        system = await self._prompts.told(
            workspace_id, model, [passage_told(at, one) for at, one in enumerate(found, 1)]
        )
        messages = [{"role": "system", "content": system}, {"role": "user", "content": case.question}]
        temperature = (await self._chosen(workspace_id)).temperature
        chosen = {} if temperature is None else {"temperature": temperature}
        body = msgspec.json.encode({"model": model.id, "messages": messages, "max_tokens": MOST_TOKENS, **chosen})
        return Call(customer, await self._preparing(customer, body))

    async def _claims(self, case: Case, found: Sequence[Found], said: str) -> list[Claim]:
        assert self._embedder is not None  # noqa: S101 - ``most_cost`` has refused the run without
        return await claims(self._embedder, case.question, [evidence_of(one) for one in found], said)


def _content(raw: bytes) -> str:
    choices: list[dict[str, Any]] = msgspec.json.decode(raw).get("choices") or []
    return (choices[0].get("message") or {}).get("content") or "" if choices else ""
