"""Step ``window``: fetches the branch of the conversation that leads to the answer.

A worker has it fetched while it claims the turn. Chat, its database or the way to it being away is no reason to fail an
answer that was promised: it is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
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
        ahead = turn.fetched
        window = await (self._insist(turn.job) if ahead is None or ahead.cancelled() else ahead)
        if window.stop_requested:
            raise Stopped
        if not any(message.role == "user" for message in window.messages):
            raise NothingToAnswer("This conversation has no question to answer. Ask one.")
        turn.window = window

    @contextmanager
    def ahead(self, job: GenerateAnswer) -> Iterator["asyncio.Task[Window]"]:
        """Fetches it while something else is done. Reading has no effect, so nobody need have the turn yet."""
        task = asyncio.create_task(self._insist(job), name="window")
        task.add_done_callback(_noted)
        try:
            yield task
        finally:
            task.cancel()

    async def _insist(self, job: GenerateAnswer) -> Window:
        """Reading again has no effect, so it may be tried until the step's time is over."""
        while True:
            try:
                return await self._fetch(job.conversation_id, job.answer_id)
            except (Unavailable, DeadlineExceeded, HttpFailure) as away:
                log.info("window_waited_for", generation_id=str(job.generation_id), reason=away.code)
                await asyncio.sleep(jitter.between(*_PAUSE))


def _noted(task: "asyncio.Task[Window]") -> None:
    """The step raises what it raised; a turn that never comes to the step has no use for it."""
    if not task.cancelled():
        task.exception()
