"""``GET /api/messages/{id}/explanation``: what was sent to the model for an answer, for owners and admins."""

from uuid import UUID

import msgspec
from fastapi import APIRouter

from tertulia.orchestrator.api.person import In
from tertulia.orchestrator.schemas.explanations import (
    ExplainedAttempt,
    ExplainedChoice,
    ExplainedCost,
    ExplainedPart,
    ExplainedPassage,
    ExplainedStep,
    ExplainedUsage,
    ExplanationView,
)
from tertulia.orchestrator.service.explanations import Explanation, Explanations, Part


def router(explanations: Explanations) -> APIRouter:
    made = APIRouter(prefix="/api/messages", tags=["messages"])

    @made.get("/{message_id}/explanation")
    async def get_explanation(of: In, message_id: UUID) -> ExplanationView:
        """What was sent to the model for this answer, personal data as placeholders; each look goes to the audit."""
        return _view(message_id, await explanations.look(of.workspace_id, of.person_id, message_id))

    return made


def _view(message_id: UUID, found: Explanation) -> ExplanationView:
    sent, generation = found.sent, found.generation
    before = len(sent.parts)
    return ExplanationView(
        message_id=message_id,
        conversation_id=generation.conversation_id,
        status=generation.status,
        model=generation.model,
        provider=generation.provider,
        parts=_parts(sent.parts, found.sizes[:before]),
        conversation=_parts(sent.conversation, found.sizes[before:]),
        left_out=sent.left_out,
        replaced=sent.replaced,
        passages=[
            ExplainedPassage(score=passage.score, **_fields(passage.source, ExplainedPassage))
            for passage in sent.passages
        ],
        steps=[ExplainedStep(**msgspec.structs.asdict(step)) for step in found.steps],
        attempts=[ExplainedAttempt(**msgspec.structs.asdict(attempt)) for attempt in found.attempts],
        warnings=generation.warnings,
        searched_for=sent.searched_for,
        chosen=None if sent.chosen is None else ExplainedChoice(**msgspec.structs.asdict(sent.chosen)),
        usage=ExplainedUsage(
            prompt_tokens=generation.prompt_tokens,
            completion_tokens=generation.completion_tokens,
            cached_prompt_tokens=generation.cached_prompt_tokens,
            estimated=generation.usage_estimated,
        ),
        cost=ExplainedCost(amount=generation.cost, currency=generation.currency),
        first_token_milliseconds=generation.first_token_ms,
        started_at=generation.started_at,
        finished_at=generation.finished_at,
    )


def _parts(parts: list[Part], sizes: list[int]) -> list[ExplainedPart]:
    return [ExplainedPart(name=part.name, text=part.text, tokens=size) for part, size in zip(parts, sizes, strict=True)]


def _fields(value: msgspec.Struct, view: type[ExplainedPassage]) -> dict[str, object]:
    return {name: field for name, field in msgspec.structs.asdict(value).items() if name in view.model_fields}
