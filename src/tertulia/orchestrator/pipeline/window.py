"""Step ``window``: fetches the branch of the conversation that leads to the answer.

Chat, its database or the way to it being away is no reason to fail an answer that was promised: it is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from tertulia.contracts.chat import GenerateAnswer, Window
from tertulia.orchestrator.pipeline.turn import Stopped, Turn
from tertulia.platform import jitter
from tertulia.platform.errors import DeadlineExceeded, Unavailable, Unprocessable
from tertulia.platform.http import HttpFailure

log = structlog.get_logger()

Fetch = Callable[[UUID, UUID], Awaitable[Window]]
PATIENCE = timedelta(minutes=2)
"""The step's own time: longer than any restart takes."""

_PAUSE = (0.1, 1.0)


class NothingToAnswer(Unprocessable):
    code, title = "nothing_to_answer", "There is nothing to answer"


class FetchWindow:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def __call__(self, turn: Turn) -> None:
        """Raises: Stopped when the reader has stopped the answer before it began."""
        window = await self._insist(turn.job)
        if window.stop_requested:
            raise Stopped
        if not any(message.role == "user" for message in window.messages):
            raise NothingToAnswer("This conversation has no question to answer. Ask one.")
        turn.window = window

    async def _insist(self, job: GenerateAnswer) -> Window:
        """Reading again has no effect, so it may be tried until the step's time is over."""
        while True:
            try:
                return await self._fetch(job.conversation_id, job.answer_id)
            except (Unavailable, DeadlineExceeded, HttpFailure) as away:
                log.info("window_waited_for", generation_id=str(job.generation_id), reason=away.code)
                await asyncio.sleep(jitter.between(*_PAUSE))
