"""Step ``compose``: chooses the model and writes the request, each part within its budget.

What changes least comes first, so that a provider's prompt cache knows the beginning: system prompt, the workspace's
instructions, the summary, passages, then the conversation. When the documents do not tell, that is the answer, and no
model is asked: it would rather invent one. Older messages that do not fit are left out whole, from the oldest on, and
the newest question is cut at its front when it is too long by itself. What surely fits is not counted.
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline import passages
from tertulia.orchestrator.pipeline.assistant import Chosen
from tertulia.orchestrator.pipeline.budget import Budget, characters
from tertulia.orchestrator.pipeline.prompts import (
    FORGOTTEN,
    MISSING,
    RECALLED,
    UNTOLD,
    fenced,
    instructed,
    kept_back,
    without_placeholders,
)
from tertulia.orchestrator.pipeline.redact import redact_beside
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.registry import Catalogues, Model

_BEGUN = 2
"""A begun answer is gone on with behind the instructions and at least its question."""


class Compose:
    def __init__(self, catalogues: Catalogues, system_prompt: str, output_reserve: int, chosen: Chosen) -> None:
        self._catalogues = catalogues
        self._system_prompt = system_prompt
        self._reserve = output_reserve
        self._chosen = chosen

    async def __call__(self, turn: Turn) -> None:
        if turn.documents_do_not_tell:
            turn.say(UNTOLD)
            return
        catalogue = await self._catalogues(turn.job.workspace_id)
        model = await catalogue.find(turn.asked_model)
        turn.parts = await self._parts(model, turn)
        system = "\n\n".join(text for _, text in turn.parts)
        covered = turn.recalled.count if turn.recalled else 0
        roles: list[str] = [message.role for message in turn.conversation[covered:]]
        texts = turn.texts[covered:]
        if model.is_small and turn.passages:
            roles, texts = without_untold(roles, texts)
        turn.messages = await self._messages(model, system, roles, texts)
        turn.model = model
        turn.temperature = (await self._chosen(turn.job.workspace_id)).temperature
        turn.body = chat_request(model, turn.messages, turn.temperature)
        if turn.earlier and catalogue.spec(model).continues:
            assert turn.redaction is not None  # noqa: S101 - it needs ``redact``
            earlier = turn.redaction.unrestored(turn.earlier)
            messages = await self._messages(model, system, [*roles, "assistant"], [*texts, earlier])
            begun = messages[-1] == {"role": "assistant", "content": earlier}
            gone_on_with = begun and len(messages) > _BEGUN
            turn.continuation = chat_request(model, messages, turn.temperature) if gone_on_with else None

    async def _parts(self, model: Model, turn: Turn) -> list[tuple[str, str]]:
        """What the model is told before the conversation, redacted; a part with nothing to say is not there."""
        budget = Budget.of(model, self._reserve)
        parts = (
            ("system", self._system_prompt),
            ("instructions", await self._instructions(budget, turn)),
            ("summary", await _summary(budget, turn)),
            ("passages", await _passages(model, budget, turn)),
        )
        told = [(name, text) for name, text in parts if text]
        return [*told, ("placeholders", kept_back(turn.values))] if turn.values else told

    async def _instructions(self, budget: Budget, turn: Turn) -> str:
        asked = (await self._chosen(turn.job.workspace_id)).instructions[: characters(budget.instructions)]
        (told,) = await redact_beside(turn, [without_placeholders(asked)]) if asked else [None]
        return instructed(told) if told is not None else ""

    async def _messages(
        self, model: Model, system: str, roles: Sequence[str], texts: Sequence[str]
    ) -> list[dict[str, str]]:
        kept = await fit(model, system, texts, self._reserve)
        told = zip(roles[len(texts) - len(kept) :], kept, strict=True)
        first = {"role": "system", "content": system}
        return [first, *({"role": role, "content": text} for role, text in told if text)]


async def _summary(budget: Budget, turn: Turn) -> str:
    if "summarise" in turn.lacking and turn.recalled is None:
        return FORGOTTEN
    if turn.recalled is None or not turn.recalled.summary:
        return ""
    notes = turn.recalled.summary.cut_to(characters(budget.summary)).told()
    (told,) = await redact_beside(turn, [without_placeholders(notes)])
    return f"{RECALLED}\n{fenced('notes', told)}" if told is not None else ""


async def _passages(model: Model, budget: Budget, turn: Turn) -> str:
    if not turn.job.knowledge_base_ids:
        return ""
    if turn.passages is None:
        return MISSING
    texts = await passages.redacted(turn.passages, partial(redact_beside, turn))
    question = turn.searched_for or turn.question
    return passages.within(budget, texts, model, question)


def chat_request(model: Model, messages: Sequence[dict[str, str]], temperature: float | None) -> bytes:
    """A streamed request that asks for its usage."""
    sent = {"stream": True, "stream_options": {"include_usage": True}}
    chosen = {} if temperature is None else {"temperature": temperature}
    return msgspec.json.encode({"model": model.name, "messages": messages, **chosen, **sent})


def without_untold(roles: Sequence[str], texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Without the questions that the documents did not tell of: what we said there a small model says again, whatever
    its passages tell (docs/pipeline.md).
    """
    untold = {place for place, told in enumerate(zip(roles, texts, strict=True)) if told == ("assistant", UNTOLD)}
    kept = [place for place in range(len(texts)) if untold.isdisjoint((place, place + 1))]
    return [roles[place] for place in kept], [texts[place] for place in kept]


async def fit(model: Model, system_prompt: str, texts: Sequence[str], reserve: int) -> list[str]:
    """The newest texts that fit the model's window beside the system prompt and a reserve for the answer."""
    everything = [system_prompt, *texts]
    budget = Budget.of(model, reserve).prompt - tokens.FOR_MESSAGE * len(everything)
    if sum(map(tokens.upper_bound, everything)) <= budget:
        return list(texts)
    system, *sizes = await tokens.count(model.name, everything)
    left = budget + tokens.FOR_MESSAGE * len(texts) - system
    kept: list[str] = []
    for text, size in zip(reversed(texts), reversed(sizes), strict=True):
        left -= size + tokens.FOR_MESSAGE
        if left < 0:
            break
        kept.insert(0, text)
    if kept or not texts:
        return kept
    return [await _end_of(model, texts[-1], max(1, budget - system))]


async def _end_of(model: Model, text: str, budget: int) -> str:
    """The end of a text, of at most ``budget`` tokens: what was asked last is most often the question."""
    keep = len(text)
    while keep > 1:
        (size,) = await tokens.count(model.name, [text[-keep:]])
        if size <= budget:
            break
        keep = max(1, min(keep - 1, keep * budget // size))
    return text[-keep:]
