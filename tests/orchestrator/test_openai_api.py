"""The OpenAI-compatible API, with OpenAI's own client against the running service."""

import asyncio
import json
import random
from typing import Any
from uuid import UUID, uuid4

import httpx2
import openai
import pytest

from bench.provider.text import text
from tertulia.contracts.orchestrator import GenerationFinished
from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import Running


def user(content: str) -> Any:
    return [{"role": "user", "content": content}]


async def end_of(running: Running, workspace: UUID) -> GenerationFinished:
    return await running.chat.end_of(lambda end: end.workspace_id == workspace)


async def test_a_whole_answer_is_the_providers(running: Running) -> None:
    """Text, usage and finish reason are the provider's; the usage is in the books."""
    workspace = uuid4()
    answer = await running.sdk(workspace).chat.completions.create(
        model="sim-fast", messages=user("[[sim: seed=5 tokens=20 cached=2]]")
    )
    assert answer.choices[0].message.content == text(5, 20)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    end = await end_of(running, workspace)
    assert (end.source, end.status, end.model, end.provider) == ("api", "finished", "sim-fast", "openai")
    assert end.usage.completion_tokens == answer.usage.completion_tokens == 20
    assert end.usage.cached_prompt_tokens == 2
    assert not end.usage.estimated


async def test_a_streamed_answer_with_usage(running: Running) -> None:
    """id, created and model are the same throughout; usage is null until the last chunk, which has no choices."""
    stream = await running.sdk().chat.completions.create(
        model="sim-fast",
        messages=user("[[sim: seed=6 tokens=30 gap=1 slice=5]]"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == text(6, 30)
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in chunks[:-1])
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 30


async def test_usage_is_not_shown_to_who_did_not_ask(running: Running) -> None:
    """We always ask the provider for it; the client sees the stream that it asked for, to the byte."""
    asked = {"model": "sim-fast", "messages": user("[[sim: seed=6 tokens=9]]"), "stream": True}
    lines = (await raw(running, asked)).text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    assert all("usage" not in chunk for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_what_need_not_change_is_not_touched(running: Running) -> None:
    """Unknown fields, odd numbers, tools and formats reach the provider with the values that were sent."""
    marker = uuid4().hex
    body = (
        b'{ "messages" : [{"role":"user","content":"caf\\u00e9 %b"}],\n "model":"sim-fast", "temperature": 0.70,'
        b' "x_unknown": {"deep": [1.50, 1e2, null]}, "logit_bias": {"50256": -100}, "top_p": 1.0 }'
    ) % marker.encode()
    answer = await raw(running, body)
    assert answer.status_code == 200
    (seen,) = running.simulated.of(marker)
    assert seen["request"] == json.loads(body)


async def test_a_name_that_stands_twice_hides_nothing(running: Running) -> None:
    """Some readers take the first of two and some the last: the provider is sent what we have looked through."""
    marker, secret = uuid4().hex, f"{uuid4().hex}@example.org"

    def asking(content: str) -> str:
        return f'"messages": [{{"role": "user", "content": "{content}"}}]'

    twice = [
        f'"model": "gpt-none", {asking(f"one {marker}")}',
        f"{asking(secret)}, {asking(f'two {marker}')}",
        asking(f'{secret}", "c\\u006fntent": "three {marker}'),
    ]
    for fields in twice:
        assert (await raw(running, f'{{{fields}, "model": "sim-fast"}}'.encode())).status_code == 200
    log = httpx2.get(f"{running.simulated.base_url.removesuffix('/v1')}/_sim/log").text
    assert log.count(marker) == len(twice)
    assert secret not in log
    assert "gpt-none" not in log


async def test_tools_and_formats_are_carried_through(running: Running) -> None:
    """A tool call comes back whole, streamed or not."""
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    client = running.sdk()
    whole = await client.chat.completions.create(model="sim-fast", messages=user("[[sim: tool=weather]]"), tools=tools)
    assert whole.choices[0].message.tool_calls is not None
    assert whole.choices[0].finish_reason == "tool_calls"
    stream = await client.chat.completions.create(
        model="sim-fast", messages=user("[[sim: tool=weather]]"), tools=tools, stream=True
    )
    calls = [call async for chunk in stream for call in (chunk.choices[0].delta.tool_calls or [])]
    assert "".join(call.function.arguments or "" for call in calls if call.function) == "{}"
    formatted = await client.chat.completions.create(
        model="sim-fast", messages=user("hi"), response_format={"type": "json_object"}
    )
    assert json.loads(formatted.choices[0].message.content or "") == {"answer": "forty-two"}


async def test_personal_data_is_redacted_and_restored(running: Running) -> None:
    """In parts, several choices, tool arguments and JSON answers; the provider sees none of it."""
    secret = f"{uuid4().hex}@example.org"
    client = running.sdk()
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": f"say {secret} [[sim: echo pieces=char]]"}]}]
    stream = await client.chat.completions.create(model="sim-fast", messages=parts, stream=True, n=2)
    said = {0: "", 1: ""}
    async for chunk in stream:
        for choice in chunk.choices:
            said[choice.index] += choice.delta.content or ""
    assert said == {0: f"say {secret}", 1: f"say {secret}"}
    whole = await client.chat.completions.create(model="sim-echo", messages=user(f"say {secret}"))
    assert whole.choices[0].message.content == f"say {secret}"
    assert not running.simulated.of(secret)


async def test_tools_and_schemas_are_redacted_and_their_answers_restored(running: Running) -> None:
    """What describes a tool reaches the provider too, and arguments come back as JSON, streamed in pieces or not."""
    secret = f"{uuid4().hex}@example.org"
    described = {"description": f"Mails {secret}", "parameters": {"type": "object", "default": secret}}
    tools: Any = [{"type": "function", "function": {"name": "mail", **described}}]
    called: Any = {"tool": "mail", "arguments": '{"to": "[Email 1]"}'}
    asked: Any = {"model": "sim-fast", "messages": user(f"I am {secret}"), "tools": tools}
    client = running.sdk()
    running.simulated.script(**called)
    stream = await client.chat.completions.create(**asked, stream=True)
    calls = [call async for chunk in stream for call in (chunk.choices[0].delta.tool_calls or [])]
    assert json.loads("".join(call.function.arguments or "" for call in calls if call.function)) == {"to": secret}
    running.simulated.script(**called)
    whole = await client.chat.completions.create(**asked)
    assert json.loads(whole.choices[0].message.tool_calls[0].function.arguments) == {"to": secret}
    assert not running.simulated.of(secret)


async def test_a_request_may_choose_not_to_be_redacted(running: Running) -> None:
    """``metadata.tertulia`` is ours: it decides, and is not passed on."""
    secret = f"{uuid4().hex}@example.org"
    for ours in ({"redact": False}, '{"redact": false}'):
        metadata: Any = {"tertulia": ours, "mine": "x"}
        await running.sdk().chat.completions.create(model="sim-echo", messages=user(secret), metadata=metadata)
    seen = running.simulated.of(secret)
    assert len(seen) == 2
    assert all(entry["request"]["metadata"] == {"mine": "x"} for entry in seen)


async def test_the_client_classes_of_errors(running: Running) -> None:
    """What OpenAI's client raises for what we refuse, and for what the provider does."""
    client = running.sdk()

    async def error(behaviour: str = "", **changes: Any) -> openai.APIStatusError:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(**{"model": "sim-fast", "messages": user(behaviour)} | changes)
        return caught.value

    unknown = await error(model="no-such-model")
    assert isinstance(unknown, openai.NotFoundError)
    assert (unknown.code, unknown.param) == ("model_not_found", "model")
    empty = await error(messages=[])
    assert isinstance(empty, openai.UnprocessableEntityError)
    assert empty.param == "messages"
    assert (await error(messages=[{"content": "x"}])).param == "messages.0.role"
    assert (await error(messages=[{"role": "user", "content": 5}])).param == "messages.0.content"
    assert isinstance(await error(messages="x"), openai.UnprocessableEntityError)
    busy = await error("[[sim: fail=429 retry_after=7]]", model="sim-echo")
    assert isinstance(busy, openai.RateLimitError)
    assert busy.code == "rate_limit_exceeded"
    assert busy.response.headers["retry-after"] == "7"
    assert isinstance(await error("[[sim: fail=500]]"), openai.InternalServerError)
    ours = await error("[[sim: fail=401]]")
    assert (ours.status_code, ours.code) == (502, "provider_misconfigured")
    assert isinstance(await error("[[sim: fail=400]]"), openai.BadRequestError)
    async with openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key="x", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            await stranger.models.list()
    assert refused.value.code == "invalid_api_key"
    assert all(e.response.headers["x-request-id"] for e in (unknown, empty, busy, ours, refused.value))


async def test_malformed_requests(running: Running) -> None:
    """Each is a typed error in OpenAI's shape, never a 500."""
    for body, status in (
        (b"{", 400),
        (b'{"messages": "\xff"}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"[" * 100_000, 400),
        (b'{"messages": [{"role": "user", "content": "x"}], "seed": 1' + b"0" * 5000 + b"}", 400),
        (b'{"messages": [{"role": "user", "content": [1]}]}', 422),
        (b'{"messages": [{"role": "user", "content": "x"}], "metadata": {"tertulia": {"no": 1}}}', 422),
        (b'{"messages": [{"role": "user", "content": "x"}], "stream": "yes"}', 422),
    ):
        answer = await raw(running, body)
        assert answer.status_code == status, body[:60]
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    wrong = (await raw(running, b'{"messages": [{"role": "user", "content": "x"}], "n": 0}')).json()["error"]
    assert (wrong["message"], wrong["param"]) == ("`n`: Expected `int` >= 1.", "n"), "said once"
    headers = {HEADER: running.identity()}
    async with httpx2.AsyncClient(base_url=running.url, headers=headers) as client:
        assert (await client.get("/v1/chat/completions")).status_code == 405
        assert (await client.post("/v1/nothing")).json()["error"]["code"] == "not_found"
        large = await client.post("/v1/chat/completions", content=b"x" * (8 * 1024 * 1024 + 1))
        assert large.status_code == 413


BEFORE_THE_FIRST_BYTE = {
    "reset=-1": 502,
    "fail=503": 502,
    "ttft=60000": 504,
    "silent=0": 504,
    "empty": 502,
    "content_type=text/html": 502,
}


async def test_a_stream_that_fails_says_so(running: Running) -> None:
    """Before the first byte with its status; later with an error line and no [DONE]; in the books either way."""

    async def fail(behaviour: str) -> None:
        workspace = uuid4()
        asked = {"model": "sim-fast", "messages": user(f"[[sim: {behaviour}]]"), "stream": True}
        answer = await raw(running, asked, workspace)
        assert answer.status_code == BEFORE_THE_FIRST_BYTE.get(behaviour, 200), behaviour
        last = answer.text.strip().split("\n\n")[-1].removeprefix("data: ")
        assert json.loads(last)["error"]["code"].startswith("provider_"), behaviour
        assert "[DONE]" not in answer.text
        end = await end_of(running, workspace)
        assert end.status == "failed", behaviour
        heard = '"content":"' in answer.text.replace('"content":""', "")
        assert (end.usage.completion_tokens > 0) == heard, behaviour

    later = ("reset=5 gap=1", "cut=5 gap=1", "malformed=4 gap=1", "silent=5", "error_at=3")
    await asyncio.gather(*map(fail, (*BEFORE_THE_FIRST_BYTE, *later)))


async def test_a_whole_answer_that_fails(running: Running) -> None:
    """Each misbehaviour has its typed error within the deadline."""
    client = running.sdk()
    for behaviour in ("reset=-1", "cut=1", "malformed=1", "silent=0", "empty", "fail=500"):
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="sim-fast", messages=user(f"[[sim: {behaviour}]]"))


async def test_usage_is_counted_where_the_provider_tells_none(running: Running) -> None:
    """The client that asked for it gets our count, as the books do."""
    workspace = uuid4()
    stream = await running.sdk(workspace).chat.completions.create(
        model="sim-fast",
        messages=user("[[sim: tokens=30 usage=negative]]"),
        stream=True,
        stream_options={"include_usage": True},
    )
    last = [chunk async for chunk in stream][-1]
    end = await end_of(running, workspace)
    assert end.usage.estimated
    assert last.usage is not None
    assert last.usage.completion_tokens == end.usage.completion_tokens > 0


async def test_a_client_that_leaves_at_any_byte_is_in_the_books(running: Running) -> None:
    """The provider is cancelled, and what was said until then is counted."""
    choose = random.Random(4)

    async def leave(seed: int) -> tuple[UUID, str]:
        workspace, marker = uuid4(), uuid4().hex
        asked = {
            "model": "sim-fast",
            "messages": user(f"{marker} [[sim: tokens=4000 gap=2 seed={seed}]]"),
            "stream": True,
        }
        some = choose.randint(0, 4000)
        headers = {HEADER: running.identity(workspace)}
        async with (
            httpx2.AsyncClient(base_url=running.url, headers=headers) as client,
            client.stream("POST", "/v1/chat/completions", json=asked) as answer,
        ):
            taken = 0
            async for piece in answer.aiter_raw():
                taken += len(piece)
                if taken > some:
                    break
        return workspace, marker

    for workspace, marker in await asyncio.gather(*(leave(seed) for seed in range(8))):
        end = await end_of(running, workspace)
        assert end.status == "stopped"
        assert end.usage.estimated
        assert end.usage.prompt_tokens > 0
        (seen,) = running.simulated.of(marker)
        assert seen["pieces"] < 4000


async def test_models(running: Running) -> None:
    """The list, one of it, one that is not there, and what the chat's page is shown."""
    client = running.sdk()
    models = [model.id async for model in await client.models.list()]
    assert "sim-fast" in models
    told = (await client.models.retrieve("sim-fast")).to_dict()
    assert (told["owned_by"], told["context_window"], told["capabilities"]) == ("openai", 128_000, None)
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("nothing")
    shown = (await get(running, "/api/models"))["data"]
    assert [model["id"] for model in shown if model["default"]] == ["sim-fast"]
    assert set(shown[0]) == {
        "id", "name", "provider", "context", "default", "input_price", "output_price", "currency", "free",
        "capabilities", "chooses_from",
    }  # fmt: skip


async def test_the_document_describes_the_paths(running: Running) -> None:
    """What bare ASGI answers is in the OpenAPI document too."""
    paths = (await get(running, "/openapi.json"))["paths"]
    assert {"/api/models", "/v1/chat/completions", "/v1/embeddings", "/v1/models", "/v1/models/{model}"} <= set(paths)


async def get(running: Running, path: str) -> Any:
    async with httpx2.AsyncClient(base_url=running.url, headers={HEADER: running.identity()}) as client:
        return (await client.get(path)).json()


async def raw(running: Running, body: Any, workspace: UUID | None = None) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {HEADER: running.identity(workspace), "content-type": "application/json"}
    async with httpx2.AsyncClient(base_url=running.url, timeout=20) as client:
        return await client.post("/v1/chat/completions", content=content, headers=headers)
