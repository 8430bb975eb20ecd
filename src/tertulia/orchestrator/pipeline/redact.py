"""Step ``redact``: personal data in the window becomes placeholders; nothing later sees the values but the restorer."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from tertulia.orchestrator.pipeline.prompts import passage_told
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.redaction import Redactor
from tertulia.orchestrator.redaction.policy import REDACT_ALL, PersonalDataBlocked, PrivacyPolicy
from tertulia.platform.errors import DeadlineExceeded, Unavailable

log = structlog.get_logger()

_PAUSE = (0.1, 1.0)
_LONG = 20_000
"""Characters that take longer than the loop should be held up."""


Policies = Callable[[UUID], Awaitable[PrivacyPolicy]]
"""What a workspace has chosen. Raises: Unavailable when that cannot be known."""


class Redact:
    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def __call__(self, turn: Turn) -> None:
        """Raises: PersonalDataBlocked."""
        assert turn.window is not None  # noqa: S101 - it needs ``window``
        turn.redactor = Redactor(await self._insist(turn.job.workspace_id))
        texts = [message.text for message in turn.window.messages]
        *turn.texts, turn.earlier_redacted = await _redacted(turn.redactor, [*texts, turn.earlier])
        turn.values = turn.redactor.values

    async def _insist(self, workspace_id: UUID) -> PrivacyPolicy:
        """Nothing goes out under a policy that is only guessed: a database that is away is waited for."""
        while True:
            try:
                return await self._policies(workspace_id)
            except (Unavailable, DeadlineExceeded):
                await asyncio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - jitter


async def redact_passages(turn: Turn) -> list[str]:
    """What was found, as a model is told it, with the window's placeholders; what must not leave is left out."""
    told: list[str] = []
    for number, passage in enumerate(turn.passages or (), 1):
        try:
            told += await _redacted(turn.redactor, [passage_told(number, passage)])
        except PersonalDataBlocked as blocked:
            log.info("passage_left_out", code=blocked.code)
    turn.values = turn.redactor.values
    return told


async def redact_texts(texts: Sequence[str], policy: PrivacyPolicy = REDACT_ALL) -> tuple[list[str], dict[str, str]]:
    """The texts with placeholders, and what each stands for. Raises: PersonalDataBlocked."""
    redactor = Redactor(policy)
    return await _redacted(redactor, texts), redactor.values


async def _redacted(redactor: Redactor, texts: Sequence[str]) -> list[str]:
    """Long texts are read in a thread."""
    if sum(map(len, texts)) > _LONG:
        return await asyncio.to_thread(redactor.redact_all, texts)
    return redactor.redact_all(texts)
