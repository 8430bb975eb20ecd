"""What leads to an answer: kept for its first reader, and read from the database for everybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from tertulia.chat.repository import Branch
from tertulia.chat.service.windows import Windows
from tertulia.contracts.chat import WindowMessage
from tests.chat.conftest import Running
from tests.chat.stand_in import UNBEGUN
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration

STORED, KEPT = "As it is stored.", "As it was kept."


def saying(text: str) -> Branch:
    return Branch([WindowMessage(uuid4(), "user", text)], stop_requested=False)


async def asked(chat: Running) -> tuple[Windows, UUID, Callable[[], Awaitable[str]]]:
    """An answer, and what its question is when its window is asked for now."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, STORED)
    (job,) = chat.orchestrator.jobs
    windows = Windows(chat.database)

    async def question() -> str:
        return (await windows.of(job.conversation_id, job.answer_id)).messages[0].text

    return windows, job.answer_id, question


async def test_what_is_kept_is_read_once(chat: Running) -> None:
    """Whoever asks again may be a worker that takes over, and is told what the database says by then."""
    windows, answer, question = await asked(chat)
    windows.keep(answer, saying(KEPT))
    assert [await question(), await question()] == [KEPT, STORED]


async def test_a_stop_is_seen_at_once(chat: Running) -> None:
    """What was kept does not know of it."""
    windows, answer, question = await asked(chat)
    windows.keep(answer, saying(KEPT))
    windows.forget([answer])
    assert await question() == STORED


async def test_what_is_kept_is_bounded(chat: Running) -> None:
    """Long branches are not kept, and of many only the newest."""
    windows, answer, question = await asked(chat)
    windows.keep(answer, saying("x" * 32_001))
    assert await question() == STORED
    windows.keep(answer, saying(KEPT))
    for _ in range(500):
        windows.keep(uuid4(), saying(KEPT))
    assert await question() == STORED


async def test_a_turn_leaves_its_window_for_the_worker(chat: Running, chat_database: ServiceDatabase) -> None:
    """It is read within the question's own transaction: what the table says later is not asked."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = UNBEGUN
    asking = asyncio.create_task(reader.ask(conversation, KEPT))
    await chat.orchestrator.arrived[conversation].wait()
    (job,) = chat.orchestrator.jobs
    chat_database.rows("UPDATE message SET stop_requested_at = now() WHERE id = %s", job.answer_id)
    chat.orchestrator.go.set()
    await asking
    window = chat.orchestrator.windows[job.answer_id]
    assert (window.messages[0].text, window.stop_requested) == (KEPT, False)
