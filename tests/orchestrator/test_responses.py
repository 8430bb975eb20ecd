"""``/v1/responses`` with OpenAI's own client against the running service: kept, chained, in the background, resumed."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from bench.provider.text import text
from tertulia.contracts.orchestrator import log_name
from tertulia.platform.identity import HEADER
from tertulia.platform.sequence_log.keys import epoch_key, stream_key
from tests.orchestrator.conftest import PATIENCE, Running, process_of

TOOLS: Any = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]


def uuid_of(response_id: str) -> UUID:
    return UUID(hex=response_id.removeprefix("resp_"))


async def ended(client: AsyncOpenAI, response_id: str) -> Any:
    async with asyncio.timeout(PATIENCE):
        while (found := await client.responses.retrieve(response_id)).status in ("queued", "in_progress"):
            await asyncio.sleep(0.05)
    return found


async def test_a_response_is_the_providers_answer_and_is_kept(running: Running) -> None:
    """Text and usage are the provider's; it is in the books, can be read again, listed, and deleted for good."""
    client, workspace = running.sdk(mine := uuid4()), mine
    made = await client.responses.create(
        model="sim-fast",
        input="[[sim: seed=5 tokens=20 cached=2]]",
        instructions="Be brief.",
        metadata={"case": "7"},
    )
    assert (made.status, made.output_text, made.metadata) == ("completed", text(5, 20), {"case": "7"})
    assert made.usage is not None
    assert (made.usage.output_tokens, made.usage.input_tokens_details.cached_tokens) == (20, 2)
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert (end.source, end.status, end.usage.completion_tokens) == ("api", "finished", 20)
    assert await client.responses.retrieve(made.id) == made
    (item,) = (await client.responses.input_items.list(made.id)).data
    assert "seed=5" in json.dumps(item.to_dict())
    await client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(made.id)


async def test_what_is_kept_is_sealed(running: Running) -> None:
    """Neither the question nor the answer stands in the table."""
    secret = uuid4().hex
    made = await running.sdk().responses.create(model="sim-echo", input=f"say {secret}")
    assert secret in made.output_text
    ((sealed,),) = running.database.rows("SELECT sealed FROM response WHERE id = %s", uuid_of(made.id))
    assert secret.encode() not in bytes(sealed)


async def test_a_streamed_response(running: Running) -> None:
    """OpenAI's own accumulator takes every event, and its end is the stored response."""
    client = running.sdk()
    numbers, said = [], ""
    async with client.responses.stream(model="sim-fast", input="[[sim: seed=6 tokens=30 gap=1 slice=5]]") as stream:
        async for event in stream:
            numbers.append(event.sequence_number)
            said += event.delta if event.type == "response.output_text.delta" else ""
        final = await stream.get_final_response()
    assert numbers == list(range(len(numbers)))
    assert said == final.output_text == text(6, 30)
    assert (await client.responses.retrieve(final.id)).output_text == said


async def test_a_conversation_goes_on(running: Running) -> None:
    """The next response knows the earlier ones' items, not their instructions; deleting one leaves the next whole."""
    client, marker = running.sdk(), uuid4().hex
    first = await client.responses.create(model="sim-fast", input=f"first {marker}", instructions="Only once.")
    second = await client.responses.create(model="sim-fast", input="second", previous_response_id=first.id)
    await client.responses.delete(first.id)
    await client.responses.create(model="sim-fast", input="third", previous_response_id=second.id)
    seen = [entry["request"]["messages"] for entry in running.simulated.of(marker)]
    assert [[message["role"] for message in messages] for messages in seen] == [
        ["system", "user"],
        ["user", "assistant", "user"],
        ["user", "assistant", "user", "assistant", "user"],
    ]
    assert seen[2][1]["content"] == first.output_text


async def test_tools_are_called_and_told_what_they_gave(running: Running) -> None:
    """Streamed or not; the call and its output go back to the provider as chat has them."""
    client, marker = running.sdk(), uuid4().hex
    asked = f'{marker} [[sim: tool=weather calls=2 arguments="{{\\"city\\": \\"Lugo\\"}}"]]'
    made = await client.responses.create(model="sim-fast", input=asked, tools=TOOLS, tool_choice="required")
    calls = [item for item in made.output if item.type == "function_call"]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("weather", {"city": "Lugo"})] * 2
    given: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls]
    await client.responses.create(model="sim-fast", input=given, previous_response_id=made.id, tools=TOOLS)
    first, second = (entry["request"] for entry in running.simulated.of(marker))
    assert first["tools"][0]["function"]["name"] == "weather"
    assert first["tool_choice"] == "required"
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool", "tool"]
    assert len(second["messages"][1]["tool_calls"]) == 2


async def test_an_answer_in_a_schema(running: Running) -> None:
    """``text.format`` is chat's ``response_format``."""
    marker = uuid4().hex
    schema: Any = {"type": "object", "properties": {"answer": {"type": "string"}}}
    await running.sdk().responses.create(
        model="sim-fast",
        input=marker,
        text={"format": {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}},
        max_output_tokens=50,
    )
    ((seen),) = (entry["request"] for entry in running.simulated.of(marker))
    assert seen["response_format"]["json_schema"] == {"name": "answer", "schema": schema, "strict": True}
    assert seen["max_completion_tokens"] == 50


async def test_personal_data_stays_here(running: Running) -> None:
    """Also that of earlier responses, and streamed; the reader has it back."""
    secret, client = f"{uuid4().hex}@example.org", running.sdk()
    first = await client.responses.create(model="sim-echo", input=f"say {secret}")
    assert first.output_text == f"say {secret}"
    await client.responses.create(model="sim-echo", input="again", previous_response_id=first.id)
    assert not running.simulated.of(secret)


async def test_nothing_is_kept_of_who_does_not_want_it(running: Running) -> None:
    client = running.sdk()
    made = await client.responses.create(model="sim-fast", input="hello", store=False)
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.create(model="sim-fast", input="and?", previous_response_id=made.id)
    assert caught.value.code == "response_not_found"


async def test_a_response_is_its_makers(running: Running) -> None:
    """Neither another workspace nor another person of the same one sees, continues, cancels or deletes it."""
    workspace = uuid4()
    made = await running.sdk(workspace).responses.create(model="sim-fast", input="hello")
    for other in (running.sdk(), running.sdk(workspace)):
        for act in (other.responses.retrieve, other.responses.delete, other.responses.cancel):
            with pytest.raises(openai.NotFoundError):
                await act(made.id)
        with pytest.raises(openai.NotFoundError):
            await other.responses.create(model="sim-fast", input="and?", previous_response_id=made.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"input": []}, "input"),
        ({"input": [{"role": "user"}]}, "input.0.content"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input.0.content.0.text"),
        ({"input": [{"type": "computer_call"}]}, "input.0.type"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input.0.call_id"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"tools": TOOLS, "tool_choice": {"type": "mcp"}}, "tool_choice"),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format"),
        ({"temperature": 3}, "temperature"),
        ({"background": True, "store": False}, "store"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"conversation": {}}, "conversation.id"),
        ({"model": "no-such-model"}, "model"),
    ],
)
async def test_what_cannot_be_answered_is_named(running: Running, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await running.sdk().responses.create(**{"model": "sim-fast", "input": "hi"} | changes)
    assert caught.value.param == field


async def test_a_provider_that_fails_is_an_error_before_the_first_word_and_an_event_after_it(running: Running) -> None:
    client = running.sdk()
    stream = await client.responses.create(model="sim-fast", input="[[sim: tokens=9 error_at=3]]", stream=True)
    last = [event async for event in stream][-1]
    assert last.type == "response.failed"
    assert last.response.error is not None
    with pytest.raises(openai.RateLimitError):
        await client.responses.create(model="sim-fast", input="[[sim: fail=429]]", stream=True)


async def test_a_response_in_the_background(running: Running) -> None:
    """Queued at once, written by a worker, recorded once; its events can be followed from any number, also later."""
    client, workspace = running.sdk(mine := uuid4()), mine
    made = await client.responses.create(model="sim-fast", input="[[sim: seed=8 tokens=40 gap=5]]", background=True)
    assert made.status in ("queued", "in_progress")  # a worker may be as quick as the reply
    following = await client.responses.retrieve(made.id, stream=True)
    events = [event async for event in following]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    later = [event async for event in await client.responses.retrieve(made.id, stream=True, starting_after=4)]
    assert later == events[5:]
    assert (await client.responses.retrieve(made.id)).output_text == text(8, 40)
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert (end.generation_id, end.status, end.usage.completion_tokens) == (uuid_of(made.id), "finished", 40)


@pytest.mark.parametrize("number", ["-1", "1.5", "all", "1" + "0" * 15, "1" + "0" * 20])
async def test_a_number_that_no_event_has_is_refused(running: Running, number: str) -> None:
    """Before a stream begins, which could only end without a word."""
    client = running.sdk()
    made = await client.responses.create(model="sim-fast", input="hello", background=True)
    with pytest.raises(openai.UnprocessableEntityError, match="starting_after"):
        await client.responses.retrieve(made.id, stream=True, extra_query={"starting_after": number})


async def test_a_log_that_is_gone_leaves_the_last_event(running: Running) -> None:
    client = running.sdk()
    made = await client.responses.create(model="sim-fast", input="[[sim: seed=8 tokens=9]]", background=True)
    await ended(client, made.id)
    last = [event async for event in await client.responses.retrieve(made.id, stream=True)][-1]
    name = log_name(uuid_of(made.id))
    await running.valkey.call("DEL", stream_key(name), epoch_key(name))
    (told,) = [event async for event in await client.responses.retrieve(made.id, stream=True, starting_after=2)]
    assert told == last


async def test_cancelling_keeps_what_was_said_and_stops_the_provider(running: Running) -> None:
    """The response ends as cancelled, its reader hears the end, what was used is in the books, once."""
    client, workspace = running.sdk(mine := uuid4()), mine
    stream = await client.responses.create(
        model="sim-fast", input="[[sim: seed=3 tokens=3000 gap=10]]", background=True, stream=True
    )
    events: list[Any] = []
    cancelled, said = None, ""
    async for event in stream:
        events.append(event)
        said += event.delta if event.type == "response.output_text.delta" else ""
        if said and cancelled is None:
            cancelled = await client.responses.cancel(events[0].response.id)
    assert cancelled is not None
    assert cancelled.status == "cancelled"
    assert text(3, 3000).startswith(cancelled.output_text)
    assert cancelled.output_text == said
    assert events[-1].response.status == "cancelled"
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert end.status == "stopped"
    assert await client.responses.cancel(cancelled.id) == cancelled


async def test_only_the_background_can_be_cancelled(running: Running) -> None:
    client = running.sdk()
    made = await client.responses.create(model="sim-fast", input="hello")
    with pytest.raises(openai.BadRequestError):
        await client.responses.cancel(made.id)
    with pytest.raises(openai.BadRequestError):
        await client.responses.retrieve(made.id, stream=True)


async def test_a_repeated_request_begins_one_response(running: Running) -> None:
    """The same key and body give the same response; another body is refused; no content is kept with the key."""
    secret, headers = uuid4().hex, {HEADER: running.identity(), "Idempotency-Key": uuid4().hex}
    body = {"model": "sim-fast", "input": f"hello {secret}", "background": True}
    async with httpx2.AsyncClient(timeout=PATIENCE) as http:
        first, second = [
            (await http.post(f"{running.url}/v1/responses", json=body, headers=headers)).json() for _ in range(2)
        ]
        other = await http.post(f"{running.url}/v1/responses", json=body | {"input": "bye"}, headers=headers)
    assert first["id"] == second["id"]
    assert other.status_code == 422
    rows = running.database.rows("SELECT body FROM idempotency_key WHERE key = %s", headers["Idempotency-Key"])
    assert [bytes(row[0]).decode() for row in rows] == [first["id"]]


async def test_a_worker_that_is_killed_is_followed_by_another(running: Running, tmp_path: Path) -> None:
    """Kill -9 in the middle: the reader of the next process goes on after the last event it had, and misses nothing."""
    async with process_of(running, tmp_path / "log") as (process, url):
        headers = {HEADER: running.identity()}
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="-", default_headers=headers, max_retries=0) as client:
            asked = "[[sim: seed=21 tokens=300 gap=10]]"
            stream = await client.responses.create(model="sim-fast", input=asked, background=True, stream=True)
            events: list[Any] = []
            async for event in stream:
                events.append(event)
                if len(events) > 10:
                    break
        process.kill()
    after = await running.start()
    async with AsyncOpenAI(base_url=f"{after.url}/v1", api_key="-", default_headers=headers, max_retries=0) as client:
        made = events[0].response.id
        number = events[-1].sequence_number
        async with asyncio.timeout(PATIENCE):
            events += [e async for e in await client.responses.retrieve(made, stream=True, starting_after=number)]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert said == text(21, 300) == (await client.responses.retrieve(made)).output_text
    recorded = running.database.rows("SELECT count(*) FROM generation WHERE id = %s", uuid_of(made))
    assert recorded == [(1,)]
