"""Step ``redact``: personal data in the window becomes placeholders; nothing later sees the values but the restorer."""

import asyncio
from collections.abc import Sequence

from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.redaction import Redactor
from tertulia.orchestrator.redaction.redactor import TYPED

_LONG = 20_000
"""Characters that take longer than the loop should be held up."""


async def redact(turn: Turn) -> None:
    """A new workspace redacts all kinds."""
    assert turn.window is not None  # noqa: S101 - it needs ``window``
    texts = [message.text for message in turn.window.messages]
    *turn.texts, turn.earlier_redacted = await _redacted(turn.redactor, [*texts, turn.earlier])
    turn.values = turn.redactor.values


async def redact_passages(turn: Turn) -> list[str]:
    """The texts of what was found, with the window's placeholders; one that a document holds stands for nothing."""
    texts = [TYPED.sub(r"(\1 \2)", passage.text) for passage in turn.passages or ()]
    redacted = await _redacted(turn.redactor, texts)
    turn.values = turn.redactor.values
    return redacted


async def redact_texts(texts: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The texts with placeholders, and what each stands for."""
    redactor = Redactor()
    return await _redacted(redactor, texts), redactor.values


async def _redacted(redactor: Redactor, texts: Sequence[str]) -> list[str]:
    """Long texts are read in a thread."""
    if sum(map(len, texts)) > _LONG:
        return await asyncio.to_thread(redactor.redact_all, texts)
    return redactor.redact_all(texts)
