"""Step ``redact``: personal data in the window becomes placeholders; nothing later sees the values but the restorer."""

from collections.abc import Sequence

import structlog

from tertulia.contracts.orchestrator import StepRecord
from tertulia.orchestrator.pipeline.runner import Progress
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.redaction import Findings, NamesAway, Redaction
from tertulia.platform.db import insist

log = structlog.get_logger()


class Redact:
    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction

    async def __call__(self, turn: Turn) -> None:
        """Raises: PersonalDataBlocked, NamesAway."""
        # Nothing goes out under a policy that is only guessed.
        turn.redaction = await insist(lambda: self._redaction.window(turn.job.workspace_id))
        turn.texts = await turn.redaction.redact([message.text for message in turn.conversation])
        turn.values = turn.redaction.values
        if turn.redaction.without_names:
            turn.watch(Progress("names", "failed", StepRecord("names", "failed", 0, NamesAway.code)))


async def redact_beside(turn: Turn, texts: Sequence[str], known: Sequence[Findings | None] = ()) -> list[str | None]:
    """What goes with the window, with its placeholders; None for what must not leave. ``known``: what was found in the
    first of them before.
    """
    assert turn.redaction is not None  # noqa: S101 - it comes after ``redact``
    try:
        told = await turn.redaction.redact_each(texts, known)
    except NamesAway as away:
        log.info("texts_left_out", code=away.code)
        return [None] * len(texts)
    turn.values = turn.redaction.values
    return told
