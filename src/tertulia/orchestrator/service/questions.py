"""Has a model write a question anew, so that it can be searched with: what it points back to is named in it."""

from collections.abc import Sequence

from tertulia.contracts.chat import GenerateAnswer, WindowMessage
from tertulia.orchestrator.pipeline.prompts import REWRITE, fenced
from tertulia.orchestrator.service.asides import Aside, Asides
from tertulia.platform.errors import TertuliaError

MOST_CHARACTERS = 400
_LOOKED_BACK = 6
_READ = 800
"""Characters of each of those messages."""

_MOST_TOKENS = 80


class QuestionNotRewritten(TertuliaError):
    status, code, title = 502, "question_not_rewritten", "The model wrote no question"


class Questions:
    def __init__(self, asides: Asides) -> None:
        self._asides = asides

    async def rewritten(self, job: GenerateAnswer, model: str | None, messages: Sequence[WindowMessage]) -> str:
        """Raises: QuestionNotRewritten; as ``Asides.ask``."""
        told = [fenced("message", one.text[:_READ], role=one.role) for one in messages[-1 - _LOOKED_BACK :]]
        aside = Aside("rewrite", job.workspace_id, job.user_id, model, _MOST_TOKENS)
        written = (await self._asides.ask(aside, REWRITE, "\n".join(told))).strip()
        first, *_ = written.splitlines() or [""]
        if not 0 < len(first) <= MOST_CHARACTERS:
            raise QuestionNotRewritten("The model wrote no question that can be searched with.")
        return first
