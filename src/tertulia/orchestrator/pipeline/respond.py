"""Step ``respond``: calls the provider and passes on what it says, values restored, as it comes.

An answer that another worker had begun is gone on with where the provider can, else begun again. However the step
ends, what was held back is said, and the usage is the provider's or, where it told none, our count.
"""

import time

import structlog

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.failures import ProviderFailure, ProviderLied
from tertulia.orchestrator.providers.port import StreamEvent, usage_told
from tertulia.orchestrator.redaction import Restorer

log = structlog.get_logger()


class Respond:
    def __init__(self, failover: Failover) -> None:
        self._failover = failover

    async def __call__(self, turn: Turn) -> None:
        """Raises: ProviderFailure."""
        assert turn.call is not None  # noqa: S101 - it needs ``admit``
        turn.asked = time.monotonic()
        if turn.continuation is not None:
            if await self._continue(turn, turn.call):
                return
            turn.call = turn.provider_call()
        if turn.earlier:
            turn.begin_again()
        await self._hear(turn, turn.call)
        if not turn.heard and turn.finish_reason != "content_filter":
            raise ProviderLied("The model said nothing. Ask again, or choose another model.")

    async def _continue(self, turn: Turn, call: ProviderCall) -> bool:
        """False when the provider will not go on with an answer that it has not begun."""
        try:
            await self._hear(turn, call)
        except ProviderFailure as failure:
            if turn.heard:
                raise
            log.info("answer_not_continued", generation_id=str(turn.job.generation_id), code=failure.code)
            return False
        return True

    async def _hear(self, turn: Turn, call: ProviderCall) -> None:
        restorer = Restorer(turn.values)
        try:
            async with self._failover.stream(call) as batches:
                async for events in batches:
                    for event in events:
                        _take(turn, event, restorer)
        finally:
            turn.model = call.answering
            turn.say(restorer.finish())


def _take(turn: Turn, event: StreamEvent, restorer: Restorer) -> None:
    for choice in event.chunk.choices:
        if choice.index == 0:
            if text := choice.delta.text:
                turn.hear(text)
                turn.say(restorer.feed(text))
            turn.finish_reason = turn.finish_reason or choice.finish_reason
    turn.usage = usage_told(event.chunk.usage) or turn.usage


async def settle_usage(turn: Turn) -> Usage:
    """The usage at the turn's end, counted by us where the provider has not told it."""
    if turn.usage is not None:
        return turn.usage
    if turn.model is None or not (turn.heard or turn.first_token):
        return Usage()
    return await estimate(turn.model.name, turn.prompt, "".join(turn.heard))


async def estimate(model: str, prompt: list[str], answer: str) -> Usage:
    *asked, said = await tokens.count(model, [*prompt, answer])
    return Usage(sum(asked) + tokens.FOR_MESSAGE * len(prompt), said, estimated=True)
