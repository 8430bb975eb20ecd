"""Step ``redact``: personal data in the window becomes placeholders; nothing later sees the values but the restorer."""

import asyncio
from collections.abc import Sequence

from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.redaction import Redactor

_LONG = 20_000
"""Characters that take longer than the loop should be held up."""


async def redact(turn: Turn) -> None:
    """A new workspace redacts all kinds."""
    assert turn.window is not None  # noqa: S101 - it needs ``window``
    texts = [message.text for message in turn.window.messages]
    redacted, turn.values = await redact_texts([*texts, turn.earlier])
    *turn.texts, turn.earlier_redacted = redacted


async def redact_texts(texts: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The texts with placeholders, and what each stands for. A long window is read in a thread."""
    redactor = Redactor()
    if sum(map(len, texts)) > _LONG:
        return await asyncio.to_thread(redactor.redact_all, texts), redactor.values
    return redactor.redact_all(texts), redactor.values
