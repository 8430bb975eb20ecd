"""A whole turn: asked, streamed from the log, stored, and followed by several readers from anywhere."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tertulia.contracts.orchestrator import WARNINGS
from tests.chat.conftest import Running
from tests.chat.reader import Reader, end_of, events, question, text_of
from tests.chat.stand_in import ANSWER, ENTRIES, PRELUDE, UNBEGUN, WORDS
from tests.chat.waiting import eventually

pytestmark = pytest.mark.integration


async def stored(reader: Reader, conversation: object, status: str = "finished") -> dict[str, Any]:
    """The newest message, once it has this status."""

    async def look() -> dict[str, Any] | None:
        newest = (await reader.messages(conversation))[-1]
        return newest if newest["status"] == status else None

    return await eventually(look)


async def test_a_turn_is_streamed_and_stored(chat: Running) -> None:
    """Parts come untouched under the log's numbers; then the stored answer is the same text, with use and cost."""
    reader, conversation = chat.reader(), uuid4()
    async with reader.stream("POST", "/api/chat", question(conversation, "Count.", model="m-1")) as answer:
        assert answer.headers["x-vercel-ai-ui-message-stream"] == "v1"
        assert answer.headers["cache-control"] == "no-cache, no-transform"
        assert answer.headers["x-accel-buffering"] == "no"
        heard = [event async for event in events(answer)]
    assert [event.id for event in heard] == list(range(1, ENTRIES + 1))
    assert [event.part["type"] for event in heard][:PRELUDE] == ["start", "start-step", "data-step", "text-start"]
    assert text_of(heard) == ANSWER
    assert end_of(heard) == "finish"
    kept = await stored(reader, conversation)
    asked = (await reader.messages(conversation))[0]
    assert heard[0].part["messageId"] == kept["id"]
    assert kept | {"created_at": ""} == {
        "id": kept["id"],
        "conversation_id": str(conversation),
        "parent_id": asked["id"],
        "role": "assistant",
        "status": "finished",
        "parts": [{"type": "text", "text": ANSWER}],
        "model": "m-1",
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "cached_prompt_tokens": 0, "estimated": False},
        "cost": {"amount": 1234, "currency": "USD"},
        "error": None,
        "warnings": [{"code": "documents_not_searched", "detail": WARNINGS["documents_not_searched"]}],
        "created_at": "",
    }
    (job,) = chat.orchestrator.jobs
    assert (job.plan, job.user_id, job.workspace_id) == ("pro", reader.user, reader.workspace)
    window = chat.orchestrator.windows[job.answer_id]
    assert [(m.role, m.text) for m in window.messages] == [("user", "Count.")]


async def test_the_next_question_may_follow_at_once(chat: Running) -> None:
    """Who has read the end asks on before it is stored, and the window holds the answer all the same."""
    reader, conversation = chat.reader(), uuid4()
    for text in ("First.", "Second.", "Third."):
        assert text_of(await reader.ask(conversation, text)) == ANSWER
    last = chat.orchestrator.windows[chat.orchestrator.jobs[-1].answer_id]
    assert [m.text for m in last.messages] == ["First.", ANSWER, "Second.", ANSWER, "Third."]


async def test_resuming_from_every_position_gives_the_rest_once(chat: Running) -> None:
    """While it runs and after it has ended; at the very end there is nothing but the mark of the end."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = 2
    asking = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    held = PRELUDE + 2
    resuming = [asyncio.create_task(reader.resume(conversation, after)) for after in range(1, held + 1)]
    await eventually(lambda: _open_streams(chat, len(resuming) + 1))
    chat.orchestrator.go.set()
    whole = await asking
    for after, resumed in enumerate(await asyncio.gather(*resuming), 1):
        assert resumed == whole[after:]
    await stored(reader, conversation)
    for after in range(1, ENTRIES + 1):
        assert await reader.resume(conversation, after) == whole[after:]


async def _open_streams(chat: Running, count: int) -> bool:
    metrics = (await chat.reader().call("GET", "/metrics")).body.decode()
    return f"tertulia_chat_streams_open {count}.0" in metrics


async def test_tabs_and_late_comers_see_the_whole_answer(chat: Running) -> None:
    """A second tab in the middle, the same question sent again, and one who names the answer after its end."""
    reader, conversation, message_id = chat.reader(), uuid4(), uuid4()
    chat.orchestrator.hold_after = 3
    asking = asyncio.create_task(reader.ask(conversation, "Count.", message_id=message_id))
    await chat.orchestrator.arrived[conversation].wait()
    second = asyncio.create_task(reader.resume(conversation))
    again = asyncio.create_task(reader.ask(conversation, "Count.", message_id=message_id))
    await eventually(lambda: _open_streams(chat, 3))
    chat.orchestrator.go.set()
    whole = await asking
    assert text_of(whole) == ANSWER
    assert await second == await again == whole
    assert len(chat.orchestrator.jobs) == 1
    assert len(await reader.messages(conversation)) == 2
    kept = await stored(reader, conversation)
    assert await reader.resume(conversation, query=f"?answer_id={kept['id']}") == whole
    async with reader.stream("GET", f"/api/chat/{conversation}/stream") as nothing:
        assert nothing.status == 204


async def test_no_database_connection_is_held_while_streams_are_open(chat: Running) -> None:
    """With a pool of four, fifty readers wait for an answer and every connection is free."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = 1
    asking = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    resuming = [asyncio.create_task(reader.resume(conversation)) for _ in range(50)]
    await eventually(lambda: _open_streams(chat, 51))

    async def none_in_use() -> bool:
        metrics = (await reader.call("GET", "/metrics")).body.decode()
        return 'tertulia_db_connections_in_use{server="primary",service="chat"} 0.0' in metrics

    assert await eventually(none_in_use)
    chat.orchestrator.go.set()
    assert {text_of(heard) for heard in await asyncio.gather(asking, *resuming)} == {ANSWER}


async def test_stop_keeps_what_was_said(chat: Running) -> None:
    """The stream ends with abort, the answer is stored as stopped; stopping again, or nothing, changes nothing."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = 2
    asking = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    first = await reader.call("POST", f"/api/chat/{conversation}/stop")
    assert first.status == 200
    assert first.body["stopping"] == [str(chat.orchestrator.jobs[0].answer_id)]
    heard = await asking
    assert end_of(heard) == "abort"
    assert text_of(heard) == "".join(WORDS[:2])
    kept = await stored(reader, conversation, "stopped")
    assert kept["parts"] == [{"type": "text", "text": "".join(WORDS[:2])}]
    again = await reader.call("POST", f"/api/chat/{conversation}/stop")
    assert (again.status, again.body) == (200, {"stopping": []})


async def test_an_answer_can_be_stopped_before_it_has_begun(chat: Running) -> None:
    """The window tells the worker, which then says nothing; the reader hears of the end from the database."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = UNBEGUN
    asking = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    await reader.call("POST", f"/api/chat/{conversation}/stop")
    heard = await asking
    assert chat.orchestrator.windows[chat.orchestrator.jobs[0].answer_id].stop_requested
    assert [event.part["type"] for event in heard] == ["start", "start-step", "finish-step", "data-usage", "abort"]
    assert (await stored(reader, conversation, "stopped"))["parts"] == []
