"""Step ``rewrite``: makes of a question that leans on what was said before ("and for children?") one to search with.

Only where the workspace asks for it, since a model is asked; and only a short question that points back. What the model
writes is searched with and nothing else: the conversation goes on with the person's own words.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

from tertulia.contracts.chat import GenerateAnswer, WindowMessage
from tertulia.orchestrator.pipeline.assistant import Chosen
from tertulia.orchestrator.pipeline.turn import Turn

Rewritten = Callable[[GenerateAnswer, str | None, Sequence[WindowMessage]], Awaitable[str]]
"""The last question of these messages in words that stand by themselves, by this model. Raises: as a model that is
asked.
"""

_SHORT, _VERY_SHORT = 14, 4
"""Words."""

_POINTS_BACK = re.compile(
    r"^(and|or|but|so|also|what about|how about|why|why not|how so|which one|who else|what else|where else)\b|"
    r"\b(it|its|they|them|this|that|these|those|he|him|his|she|her|hers|there|one|ones|same|other|others|else|"
    r"former|latter|above|previous|instead)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def leans_on_the_conversation(turn: Turn) -> bool:
    """Whether there is something to rewrite: documents are asked, something was said before, the question is vague."""
    if not turn.job.knowledge_base_ids or len(turn.conversation) < 2:  # noqa: PLR2004 - a question alone
        return False
    return is_vague(turn.question)


def is_vague(question: str) -> bool:
    words = len(_WORD.findall(question))
    return words <= _VERY_SHORT or (words <= _SHORT and _POINTS_BACK.search(question.strip()) is not None)


class Rewrite:
    def __init__(self, chosen: Chosen, rewritten: Rewritten) -> None:
        self._chosen = chosen
        self._rewritten = rewritten

    async def __call__(self, turn: Turn) -> None:
        """Raises: ProviderFailure, QueueFull and the like; PersonalDataBlocked; Unavailable."""
        if (await self._chosen(turn.job.workspace_id)).rewrite_questions:
            turn.searched_for = await self._rewritten(turn.job, turn.asked_model, turn.conversation)
