"""``/v1/conversations`` with OpenAI's own client: responses go on with their items and are added to them."""

import asyncio
import base64
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import AsyncOpenAI

from tertulia.orchestrator.models import StoredConversation
from tertulia.orchestrator.repository.expiry import forget_expired
from tertulia.orchestrator.service.responses import conversations, kept
from tertulia.platform.db import Database
from tests.orchestrator.conftest import PATIENCE, Running

pytestmark = pytest.mark.integration
TOOLS: Any = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]


def words(said: str, role: str = "user") -> Any:
    return {"type": "message", "role": role, "content": said}


def uuid_of(conversation_id: str) -> UUID:
    return UUID(hex=conversation_id.removeprefix("conv_"))


async def said_in(client: AsyncOpenAI, conversation_id: str) -> list[tuple[str, str]]:
    """The messages, from the first to the last."""
    listed = await client.conversations.items.list(conversation_id, order="asc", limit=100)
    return [(item.role, item.content[0].text) for item in listed.data if item.type == "message"]  # type: ignore[union-attr] # all are texts


async def ended(client: AsyncOpenAI, response_id: str) -> Any:
    async with asyncio.timeout(PATIENCE):
        while (found := await client.responses.retrieve(response_id)).status in ("queued", "in_progress"):
            await asyncio.sleep(0.05)
    return found


async def test_a_conversation_is_made_looked_at_and_deleted(running: Running) -> None:
    """With its metadata and its items; each is seen, listed by pages and taken away by itself."""
    client = running.sdk()
    made = await client.conversations.create(metadata={"topic": "tea"}, items=[words("one")])
    assert await client.conversations.retrieve(made.id) == made
    assert (made.object, made.metadata) == ("conversation", {"topic": "tea"})
    assert (await client.conversations.update(made.id, metadata={"topic": "mate"})).metadata == {"topic": "mate"}
    added = await client.conversations.items.create(made.id, items=[words("two", "assistant"), words("three")])
    assert [item.type for item in added.data] == ["message", "message"]
    assert [said for _, said in await said_in(client, made.id)] == ["one", "two", "three"]
    pages = [item.id async for item in client.conversations.items.list(made.id, limit=1)]
    assert pages[:2] == [item.id for item in reversed(added.data)]
    first = pages[-1] or ""
    assert (await client.conversations.items.retrieve(first, conversation_id=made.id)).id == first
    assert (await client.conversations.items.delete(first, conversation_id=made.id)).id == made.id
    with pytest.raises(openai.NotFoundError):
        await client.conversations.items.retrieve(first, conversation_id=made.id)
    assert (await client.conversations.delete(made.id)).deleted
    with pytest.raises(openai.NotFoundError) as refused:
        await client.conversations.retrieve(made.id)
    assert refused.value.code == "conversation_not_found"


@pytest.mark.parametrize("way", ["whole", "streamed", "in the background", "not stored"])
async def test_a_response_goes_on_with_a_conversation_and_is_added_to_it(running: Running, way: str) -> None:
    """The model is sent what was said before, and the next request knows what was said now."""
    client, marker = running.sdk(), uuid4().hex
    made = await client.conversations.create(items=[words(f"first {marker}"), words("yes", "assistant")])
    asked: Any = {"model": "sim-fast", "input": "and?", "conversation": made.id}
    if way == "streamed":
        asked["conversation"] = {"id": made.id}
        last = [event async for event in await client.responses.create(**asked, stream=True)][-1]
        answer = last.response
    elif way == "in the background":
        answer = await ended(client, (await client.responses.create(**asked, background=True)).id)
    else:
        answer = await client.responses.create(**asked, store=way == "whole")
    assert answer.conversation.id == made.id
    (entry,) = running.simulated.of(marker)
    assert [message["content"] for message in entry["request"]["messages"]] == [f"first {marker}", "yes", "and?"]
    assert (await said_in(client, made.id))[2:] == [("user", "and?"), ("assistant", answer.output_text)]


async def test_calls_are_answered_within_a_conversation(running: Running) -> None:
    """The output finds the call that the response before made."""
    client = running.sdk()
    thread = (await client.conversations.create()).id
    asked: Any = {"model": "sim-fast", "conversation": thread, "tools": TOOLS}
    made = await client.responses.create(**asked, input="[[sim: tool=weather]]")
    (call,) = (item for item in made.output if item.type == "function_call")
    with pytest.raises(openai.UnprocessableEntityError, match="no output"):
        await client.responses.create(**asked, input="well?")
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    assert (await client.responses.create(**asked, input=[output])).status == "completed"
    assert len((await client.conversations.items.list(thread)).data) == 4


async def test_what_fails_or_is_cancelled_is_not_added(running: Running) -> None:
    """So it can be asked again as it was."""
    client = running.sdk()
    thread = (await client.conversations.create(items=[words("one")])).id
    asked: Any = {"model": "sim-fast", "conversation": thread}
    failed = await client.responses.create(**asked, input="[[sim: tokens=9 error_at=3]]", stream=True)
    assert [event async for event in failed][-1].type == "response.failed"
    long = await client.responses.create(**asked, input="[[sim: tokens=3000 gap=10]]", background=True)
    await client.responses.cancel(long.id)
    assert await said_in(client, thread) == [("user", "one")]


async def test_responses_at_the_same_time_are_all_added(running: Running) -> None:
    """None takes the place of another's words."""
    client = running.sdk()
    thread = (await client.conversations.create()).id
    asked: Any = {"model": "sim-fast", "conversation": thread}
    await asyncio.gather(*(client.responses.create(**asked, input=f"n{number}") for number in range(5)))
    said = [text for role, text in await said_in(client, thread) if role == "user"]
    assert sorted(said) == [f"n{number}" for number in range(5)]


async def test_a_response_whose_conversation_is_gone_says_so(running: Running) -> None:
    """It was deleted, or filled, while the answer was written: the answer is given all the same."""
    client = running.sdk()
    thread = (await client.conversations.create()).id
    made = await client.responses.create(
        model="sim-fast", input="[[sim: tokens=20 gap=20]]", conversation=thread, background=True
    )
    await client.conversations.delete(thread)
    answer = await ended(client, made.id)
    assert (answer.status, answer.conversation) == ("completed", None)


async def test_a_conversation_is_its_makers_and_sealed(running: Running) -> None:
    """Nobody else of the workspace reads, changes or goes on with it; its words do not stand in the table."""
    workspace, secret = uuid4(), uuid4().hex
    client = running.sdk(workspace)
    thread = (await client.conversations.create(items=[words(secret)], metadata={"a": secret})).id
    (item,) = (await client.conversations.items.list(thread)).data
    for other in (running.sdk(), running.sdk(workspace)):
        threads, items = other.conversations, other.conversations.items
        for act in (
            threads.retrieve(thread),
            threads.update(thread, metadata={}),
            threads.delete(thread),
            items.create(thread, items=[words("mine")]),
            items.retrieve(item.id or "", conversation_id=thread),
            items.delete(item.id or "", conversation_id=thread),
            other.responses.create(model="sim-fast", input="and?", conversation=thread),
        ):
            with pytest.raises(openai.NotFoundError):
                await act
        with pytest.raises(openai.NotFoundError):
            await items.list(thread)
    assert await said_in(client, thread) == [("user", secret)]
    ((sealed,),) = running.database.rows("SELECT sealed FROM stored_conversation WHERE id = %s", uuid_of(thread))
    assert secret.encode() not in bytes(sealed)


async def test_personal_data_of_a_conversation_stays_here(running: Running) -> None:
    """And a file in it is read when it is put there."""
    client, marker, secret = running.sdk(), uuid4().hex, f"{uuid4().hex}@example.org"
    data = base64.b64encode(f"write to {secret}".encode()).decode()
    file: Any = {"type": "input_file", "filename": "a.txt", "file_data": data}
    thread = await client.conversations.create(items=[{"role": "user", "content": [file]}])
    assert await said_in(client, thread.id) == [("user", f"a.txt:\n\nwrite to {secret}")]
    await client.responses.create(model="sim-fast", input=marker, conversation=thread.id)
    assert running.simulated.of(marker)
    assert running.simulated.of(secret) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": [{"role": "user"}]}, "items.0.content"),
        ({"items": [words("x")] * 21}, "items"),
        ({"items": [{"type": "item_reference", "id": "msg_1"}]}, "items.0.type"),
        ({"items": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-0"}]}]}, "items.0.content.0"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"tertulia": {}}}, "metadata.tertulia"),
        ({"name": "mine"}, "name"),
    ],
)
async def test_what_cannot_be_kept_is_named(running: Running, body: dict[str, Any], field: str) -> None:
    """By the request's own fields."""
    with pytest.raises(openai.APIStatusError) as refused:
        await running.sdk().conversations.create(extra_body=body)
    assert refused.value.param == field


async def test_a_conversation_has_bounds(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of items by hand, by a request, and by what several responses say at the same time; an item is in it once."""
    client = running.sdk()
    thread = (await client.conversations.create(items=[words("one")])).id
    (item,) = (await client.conversations.items.list(thread)).data
    with pytest.raises(openai.UnprocessableEntityError, match="already"):
        await client.conversations.items.create(thread, items=[words("again") | {"id": item.id}])
    monkeypatch.setattr(kept, "_MOST_ITEMS", 2)
    await client.responses.create(model="sim-fast", input="two", conversation=thread)
    for act in (
        client.conversations.items.create(thread, items=[words("four")]),
        client.responses.create(model="sim-fast", input="four", conversation=thread),
    ):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await act
        assert refused.value.code == "conversation_too_long"
    monkeypatch.setattr(conversations, "_AT_THE_SAME_TIME", 0)
    other = (await client.conversations.create()).id
    answer = await client.responses.create(model="sim-fast", input="one", conversation=other)
    assert (answer.status, answer.conversation) == ("completed", None)


async def test_old_conversations_are_forgotten(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month after the last change; before they are swept nobody finds them any more."""
    client = running.sdk()
    young = (await client.conversations.create()).id
    monkeypatch.setattr(conversations, "_KEPT", timedelta(0))
    old = (await client.conversations.create()).id
    with pytest.raises(openai.NotFoundError):
        await client.conversations.retrieve(old)
    async with Database(running.database.app_url, service="orchestrator", pool_size=1) as database:
        assert await forget_expired(database, StoredConversation) >= 1
    assert running.database.rows("SELECT 1 FROM stored_conversation WHERE id = %s", uuid_of(old)) == []
    assert (await client.conversations.retrieve(young)).id == young
