"""The step that fetches a conversation's window: what is away is waited for, what is refused is not."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from tertulia.contracts.chat import GenerateAnswer, Window, WindowMessage
from tertulia.orchestrator.pipeline.runner import Progress
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.pipeline.window import FetchWindow
from tertulia.platform.errors import NotFound, TertuliaError, Unavailable
from tertulia.platform.http import Broken, ConnectFailed, TimedOut

WINDOW = Window((WindowMessage(uuid4(), "user", "hello"),))


class Silence:
    """Nobody listens."""

    def progress(self, progress: Progress, warning: str | None) -> None: ...

    def say(self, text: str) -> None: ...

    def queued(self, position: int) -> None: ...

    def cite(self, sources: object) -> None: ...

    def begin_again(self) -> None: ...


class Chat:
    """Fails in these ways, one after the other, and then answers."""

    def __init__(self, *failures: TertuliaError) -> None:
        self.failures = list(failures)

    async def window(self, _conversation: UUID, _answer: UUID) -> Window:
        if self.failures:
            raise self.failures.pop(0)
        return WINDOW


def turn() -> Turn:
    job = GenerateAnswer(
        workspace_id=uuid4(),
        user_id=uuid4(),
        generation_id=uuid4(),
        conversation_id=uuid4(),
        question_id=uuid4(),
        answer_id=uuid4(),
        plan="free",
        requested_at=datetime.now(UTC),
    )
    return Turn(job, Silence())


async def test_chat_being_away_is_waited_for() -> None:
    """Envoy, chat or its database may be starting again: the answer that was promised does not fail for it."""
    chat = Chat(ConnectFailed("no"), Unavailable("no"), TimedOut("no"), Broken("no"))
    work = turn()
    await FetchWindow(chat.window)(work)
    assert work.window == WINDOW
    assert chat.failures == []


async def test_a_refusal_is_final() -> None:
    """A conversation that is gone does not come back by asking again."""
    with pytest.raises(NotFound):
        await FetchWindow(Chat(NotFound("gone"), Unavailable("no")).window)(turn())


async def test_a_window_is_fetched_ahead_once() -> None:
    """The step takes what is on its way; when that was given up, it fetches anew."""
    chat = Chat()
    fetch = FetchWindow(chat.window)
    work = turn()
    with fetch.ahead(work.job) as fetched:
        work.fetched = fetched
        await fetch(work)
    assert work.window is fetched.result()
    with fetch.ahead(work.job) as fetched:
        fetched.cancel()
        await asyncio.wait((fetched,))
        work.fetched, work.window = fetched, None
        await fetch(work)
    assert work.window is WINDOW


async def test_what_is_fetched_ahead_fails_in_the_step() -> None:
    """A refusal is the step's to raise; without a step nobody hears of it."""
    fetch = FetchWindow(Chat(NotFound("gone"), NotFound("gone")).window)
    work = turn()
    with fetch.ahead(work.job) as fetched:
        work.fetched = fetched
        with pytest.raises(NotFound):
            await fetch(work)
    with fetch.ahead(work.job) as fetched:
        await asyncio.wait((fetched,))
