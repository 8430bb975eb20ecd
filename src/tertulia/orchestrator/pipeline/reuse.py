"""Steps ``reuse`` and ``keep``: a turn that was answered before is given that answer, and a new answer is kept.

Both are for workspaces that ask for temperature 0 and have opted in; without them the model is asked as ever.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.pipeline.respond import settle_usage
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.redaction import restore
from tertulia.orchestrator.reuse import KeptAnswer, LookedUp

LookUp = Callable[[UUID, Model, bytes], Awaitable[LookedUp | None]]
"""None where no answer may be given again. Never fails."""


def may_reuse(turn: Turn) -> bool:
    """Not an answer that somebody has begun to read, nor one that lacks something, nor where another one is wanted."""
    return (
        turn.temperature == 0
        and not turn.job.anew
        and not turn.earlier
        and not turn.lacking
        and not turn.documents_do_not_tell
    )


class Reuse:
    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up

    async def __call__(self, turn: Turn) -> None:
        assert turn.model is not None  # noqa: S101 - it needs ``compose``
        turn.kept = await self._look_up(turn.job.workspace_id, turn.model, turn.body)
        if turn.kept is not None and turn.kept.found is not None:
            turn.say(restore(turn.kept.found.text, turn.values))
            turn.finish_reason, turn.usage = "stop", Usage()


def to_be_kept(turn: Turn) -> bool:
    """A whole answer in words, by the model that was asked."""
    as_asked = turn.call is not None and turn.call.is_answered_as_asked
    return turn.kept is not None and not turn.reused and turn.finish_reason == "stop" and as_asked


async def keep(turn: Turn) -> None:
    assert turn.kept is not None  # noqa: S101 - ``to_be_kept``
    assert turn.model is not None  # noqa: S101 - it needs ``respond``
    usage = turn.usage = await settle_usage(turn)
    text = "".join(turn.heard)
    await turn.kept.keep(KeptAnswer(text, turn.model.name, usage.prompt_tokens, usage.completion_tokens))
