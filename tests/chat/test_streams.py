"""Streams when something is wrong: the log lost or silent, positions from nowhere, readers who leave."""

import asyncio
import contextlib
import random
from typing import Any
from uuid import uuid4

import pytest

from tertulia.platform.errors import TertuliaError
from tests.chat.conftest import Running
from tests.chat.reader import end_of, question, text_of
from tests.chat.stand_in import ANSWER, ENTRIES
from tests.chat.test_tree import held, settled
from tests.chat.waiting import eventually
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration


async def test_a_lost_log_is_told_from_the_stored_answer(chat: Running) -> None:
    """Who has heard a part is told to forget it, and hears the whole; the ids go on rising."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "Count.")
    (_, answer) = await settled(reader, conversation)
    await chat.orchestrator.forget_logs()
    for after in (1, 6, ENTRIES):
        heard = await reader.resume(conversation, after)
        assert heard[0].part["type"] == "reset-step"
        assert text_of(heard) == ANSWER
        assert end_of(heard) == "finish"
        ids = [event.id or 0 for event in heard]
        assert ids == sorted(ids)
        assert ids[0] > ENTRIES
        assert text_of(await reader.resume(conversation, ids[2])) == ANSWER
    fresh = await reader.resume(conversation, query=f"?answer_id={answer['id']}")
    assert [event.part["type"] for event in fresh][:2] == ["start", "start-step"]
    assert text_of(fresh) == ANSWER


async def test_a_position_from_the_future_starts_again(chat: Running) -> None:
    """While it runs and after: a reset, and everything from the start."""
    reader, conversation = chat.reader(), uuid4()
    asking = await held(chat, reader, conversation)
    resuming = asyncio.create_task(reader.resume(conversation, 10**9))
    await eventually(lambda: _streams(chat, 2))
    chat.orchestrator.go.set()
    whole = await asking
    for heard in (await resuming, await reader.resume(conversation, ENTRIES + 1)):
        assert heard[0].part["type"] == "reset-step"
        assert heard[1:] == whole


async def _streams(chat: Running, count: int) -> bool:
    metrics = (await chat.reader().call("GET", "/metrics")).body.decode()
    return f"tertulia_chat_streams_open {count}.0" in metrics


async def test_an_answer_that_ends_without_a_word_in_the_log_ends_its_stream(chat: Running) -> None:
    """The worker failed for good: the reader hears why from the database."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.fate = "silent"
    heard = await reader.ask(conversation, "Count.")
    assert heard[-1].part == {"type": "error", "errorText": "The provider is gone.", "code": "provider_failed"}


async def test_an_answer_that_never_ends_is_ended_for_its_reader(chat: Running, chat_database: ServiceDatabase) -> None:
    """Past the generation's deadline, with nothing heard, the stream says so."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.fate = "mute"
    async with reader.stream("POST", "/api/chat", question(conversation, "Count.")) as answer:
        assert answer.status == 200
    chat_database.rows(
        "UPDATE message SET created_at = created_at - interval '11 min' WHERE workspace_id = %s", reader.workspace
    )
    heard = await reader.resume(conversation)
    assert [event.part["code"] for event in heard] == ["answer_overdue"]


async def test_valkey_killed_in_mid_answer_costs_the_reader_nothing(chat: Running, servers: Any) -> None:
    """The log comes back empty, is put back by its writer, and the reader has every part once."""
    reader, conversation = chat.reader(), uuid4()
    asking = await held(chat, reader, conversation)
    await eventually(lambda: _streams(chat, 1))
    servers.valkey.kill()
    late = asyncio.create_task(reader.resume(conversation))
    servers.valkey.start()
    chat.orchestrator.go.set()
    whole = await asking
    assert [event.id for event in whole] == list(range(1, ENTRIES + 1))
    assert text_of(whole) == text_of(await late) == ANSWER


async def test_without_valkey_a_stored_answer_is_still_told(chat: Running, servers: Any) -> None:
    """Resumed while Valkey is away: the whole from the database."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "Count.")
    await settled(reader, conversation)
    servers.valkey.kill()
    try:
        heard = await reader.resume(conversation, 6)
    finally:
        servers.valkey.start()
    assert text_of(heard) == ANSWER
    assert end_of(heard) == "finish"


async def test_readers_who_leave_at_any_moment_leave_nothing_behind(chat: Running) -> None:
    """200 calls cut off at random: no stream, no connection stays open, and each question has one answer at most."""
    rng = random.Random(7)
    reader = chat.reader()
    conversations = [uuid4() for _ in range(40)]

    async def leaves(number: int) -> None:
        conversation = conversations[number % len(conversations)]
        with contextlib.suppress(TimeoutError, TertuliaError, AssertionError):
            async with asyncio.timeout(rng.uniform(0.001, 0.4)):
                await reader.ask(conversation, "Count.", message_id=conversation)

    await asyncio.gather(*(leaves(number) for number in range(200)))
    await eventually(lambda: _streams(chat, 0))

    async def free() -> bool:
        metrics = (await reader.call("GET", "/metrics")).body.decode()
        return 'connections_in_use{server="primary",service="chat"} 0.0' in metrics

    await eventually(free)
    listed = (await reader.call("GET", "/api/conversations?limit=100")).body["data"]
    for conversation in listed:
        messages = await settled(reader, conversation["id"])
        assert [m["role"] for m in messages] == ["user", "assistant"]
        assert messages[1]["parts"] == [{"type": "text", "text": ANSWER}]
