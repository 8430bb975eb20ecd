"""Step ``compose``: chooses the model and writes the request: system prompt, passages, and what fits of the window.

When the documents do not tell, that is the answer, and no model is asked: it would rather invent one. Otherwise the
model's window less a reserve for the answer is the bound; older messages are left out whole, from the oldest on,
and the newest question is cut at its front when it is too long by itself. What surely fits is not counted.
"""

from collections.abc import Sequence

import msgspec

from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.prompts import MISSING, UNTOLD, passages_told
from tertulia.orchestrator.pipeline.redact import redact_passages
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.registry import Catalogues, Model

_BEGUN = 2
"""A begun answer is gone on with behind the instructions and at least its question."""

_PASSAGES_SHARE = 0.4
"""Of the model's window: the rest is for the conversation and the answer."""

_CHARACTERS_A_TOKEN = 3
_ROOM = 16
"""Tokens kept for what a chat format adds at its ends."""


class Compose:
    def __init__(self, catalogues: Catalogues, system_prompt: str, output_reserve: int) -> None:
        self._catalogues = catalogues
        self._system_prompt = system_prompt
        self._reserve = output_reserve

    async def __call__(self, turn: Turn) -> None:
        assert turn.window is not None  # noqa: S101 - it needs ``window``
        if turn.documents_do_not_tell:
            turn.say(UNTOLD)
            return
        catalogue = await self._catalogues(turn.job.workspace_id)
        model = await catalogue.find(turn.job.model)
        roles = [message.role for message in turn.window.messages]
        system = await self._system(model, turn)
        messages = await self._messages(model, system, roles, turn.texts)
        turn.model = model
        turn.prompt = [message["content"] for message in messages]
        turn.body = chat_request(model, messages)
        if turn.earlier and catalogue.spec(model).continues:
            texts = [*turn.texts, turn.earlier_redacted]
            messages = await self._messages(model, system, [*roles, "assistant"], texts)
            begun = messages[-1] == {"role": "assistant", "content": turn.earlier_redacted}
            turn.continuation = chat_request(model, messages) if begun and len(messages) > _BEGUN else None

    async def _system(self, model: Model, turn: Turn) -> str:
        """What stays the same comes first, so that a provider's prompt cache knows it."""
        if not turn.job.knowledge_base_ids:
            return self._system_prompt
        if turn.passages is None:
            return f"{self._system_prompt}\n\n{MISSING}"
        texts = await redact_passages(turn)
        room = int(model.context * _PASSAGES_SHARE * _CHARACTERS_A_TOKEN)
        while len(told := passages_told(texts)) > room and len(texts) > 1:
            texts.pop()
        return f"{self._system_prompt}\n\n{told}"

    async def _messages(
        self, model: Model, system: str, roles: Sequence[str], texts: Sequence[str]
    ) -> list[dict[str, str]]:
        kept = await fit(model, system, texts, self._reserve)
        told = zip(roles[len(texts) - len(kept) :], kept, strict=True)
        first = {"role": "system", "content": system}
        return [first, *({"role": role, "content": text} for role, text in told if text)]


def chat_request(model: Model, messages: Sequence[dict[str, str]]) -> bytes:
    """A streamed request that asks for its usage."""
    asked = {"model": model.name, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    return msgspec.json.encode(asked)


async def fit(model: Model, system_prompt: str, texts: Sequence[str], reserve: int) -> list[str]:
    """The newest texts that fit the model's window beside the system prompt and a reserve for the answer."""
    everything = [system_prompt, *texts]
    budget = model.context - min(reserve, model.context // 2) - _ROOM - tokens.FOR_MESSAGE * len(everything)
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
