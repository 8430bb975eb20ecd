"""Passages as a model is told of them, in a chat's turn and in a call of the API: redacted and fenced.

What is in a passage was mostly found when it came in, and is not looked for again (``chunk.findings``).
"""

from collections.abc import Awaitable, Callable, Sequence

from tertulia.orchestrator.pipeline.budget import Budget, characters
from tertulia.orchestrator.pipeline.prompts import passage_fenced, passages_told, without_placeholders
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.redaction import Findings
from tertulia.orchestrator.redaction.findings import read
from tertulia.orchestrator.repository.chunks import Found

Redact = Callable[[Sequence[str], Sequence[Findings | None]], Awaitable[list[str | None]]]
"""Texts, and what was found in the first of them before; None for what must not leave."""


async def redacted(passages: Sequence[Found], redact: Redact) -> list[str]:
    """Numbered from 1 as they were found; one that must not leave is left out. Raises: as ``redact``."""
    contents = [without_placeholders(one.content) for one in passages]
    names = [without_placeholders(one.document_name) for one in passages]
    told = await redact([*contents, *names], [read(one.findings) for one in passages])
    return [
        passage_fenced(number, name, one.page, content)
        for number, (one, content, name) in enumerate(
            zip(passages, told[: len(passages)], told[len(passages) :], strict=True), 1
        )
        if name is not None and content is not None
    ]


def within(budget: Budget, texts: Sequence[str], model: Model, question: str = "") -> str:
    """How the model is told of them: of as many of the first as their part of the budget holds, of one at least."""
    while len(told := passages_told(texts, model, question)) > characters(budget.passages) and len(texts) > 1:
        texts = texts[:-1]
    return told
