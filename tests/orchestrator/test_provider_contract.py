"""What every adapter keeps, whatever its provider's protocol: one request, one shape of answer, one kind of failure."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from bench.provider.text import text
from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.failures import (
    ProviderBrokeOff,
    ProviderBusy,
    ProviderFailed,
    ProviderFailure,
    ProviderLied,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderSilent,
    ProviderUnreachable,
)
from tertulia.orchestrator.providers.file import Kind, ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines, Provider, usage_told
from tertulia.platform.http import HttpClient
from tests.simulated import KEY, Simulated

PATIENT = Deadlines(*(timedelta(seconds=seconds) for seconds in (20, 20, 20, 40)))
HURRIED = Deadlines(*(timedelta(seconds=seconds) for seconds in (0.3, 0.3, 0.3, 5)))
KINDS: tuple[Kind, ...] = ("openai", "anthropic", "gemini")
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass
class Said:
    """A streamed answer, put together as a client would."""

    text: str
    reasons: list[str]
    calls: list[dict[str, Any]]
    usage: Any
    heads: set[tuple[str, str]]


@dataclass
class Side:
    kind: Kind
    simulated: Simulated
    http: HttpClient

    def provider(self, key: str = KEY, deadlines: Deadlines = PATIENT, url: str | None = None) -> Provider:
        base = self.simulated.base_url
        if self.kind == "gemini":
            base = base.removesuffix("/v1") + "/v1beta"
        (made,) = adapters(ProviderSpec(self.kind, url or base, (key,), self.kind), self.http, deadlines)
        return made

    def body(self, content: Any = "hello", **more: Any) -> bytes:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": content}]
        options = {"stream_options": {"include_usage": True}} if more.get("stream") else {}
        return msgspec.json.encode({"model": "sim-fast", "messages": messages, **options, **more})

    async def stream(self, provider: Provider | None = None, **more: Any) -> Said:
        said = Said("", [], [], None, set())
        async with (provider or self.provider()).stream(self.body(stream=True, **more)) as batches:
            async for events in batches:
                for event in events:
                    _take(said, json.loads(event.raw))
        return said

    async def whole(self, provider: Provider | None = None, **more: Any) -> dict[str, Any]:
        answer = await (provider or self.provider()).complete(self.body(**more))
        return dict(json.loads(answer.raw))


def _take(said: Said, chunk: dict[str, Any]) -> None:
    said.heads.add((chunk["id"], chunk["model"]))
    assert chunk["object"] == "chat.completion.chunk"
    said.usage = chunk.get("usage") or said.usage
    for choice in chunk["choices"]:
        said.text += choice["delta"].get("content") or ""
        said.reasons += [choice["finish_reason"]] if choice["finish_reason"] else []
        for call in choice["delta"].get("tool_calls") or ():
            if call["index"] == len(said.calls):
                said.calls.append({"id": call["id"], "name": call["function"]["name"], "arguments": ""})
            said.calls[call["index"]]["arguments"] += call["function"].get("arguments", "")


@pytest.fixture(params=KINDS)
async def side(request: pytest.FixtureRequest, simulated: Simulated) -> AsyncIterator[Side]:
    async with HttpClient() as http:
        yield Side(request.param, simulated, http)
    simulated.forget_script()


pytestmark = pytest.mark.integration


@pytest.mark.parametrize("cut", [{}, {"slice": 1}, {"slice": 7, "crlf": True}, {"comments": True}])
async def test_a_stream_says_what_the_provider_said(side: Side, cut: dict[str, Any]) -> None:
    """However its bytes are cut: the text, one end, one id and model, and what was used, cached input within it."""
    side.simulated.script(seed=3, tokens=24, cached=2, **cut)
    said = await side.stream()
    assert (said.text, said.reasons, said.calls) == (text(3, 24), ["stop"], [])
    assert len(said.heads) == 1
    usage = usage_told(said.usage)
    assert usage is not None
    assert (usage.completion_tokens, usage.cached_prompt_tokens) == (24, 2)


async def test_a_whole_answer_says_the_same(side: Side) -> None:
    """With the same numbers."""
    side.simulated.script(seed=3, tokens=24, cached=2)
    answer = await side.whole()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == text(3, 24)
    assert answer["choices"][0]["finish_reason"] == "stop"
    usage = usage_told(answer["usage"])
    assert usage is not None
    assert (usage.completion_tokens, usage.cached_prompt_tokens) == (24, 2)


async def test_a_bound_of_tokens_is_carried_and_its_end_is_told(side: Side) -> None:
    """``length``, streamed and whole."""
    assert (await side.stream(max_tokens=5)).reasons == ["length"]
    assert (await side.whole(max_completion_tokens=5))["choices"][0]["finish_reason"] == "length"


TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Tells it", "parameters": WEATHER}}]
GIVEN = {"city": 'Ærø "東京" \\ 🙂', "days": [1, 2]}


@pytest.mark.parametrize("arguments", [GIVEN, {}])
async def test_tools_are_called_several_at_once(side: Side, arguments: dict[str, Any]) -> None:
    """Each call has an id of its own, and arguments that are the JSON which the model wrote."""
    behaviour = {"tool": "weather", "arguments": json.dumps(arguments), "calls": 2}
    side.simulated.script(**behaviour, slice=3)
    said = await side.stream(tools=TOOLS, tool_choice="required")
    assert said.reasons == ["tool_calls"]
    assert [(call["name"], json.loads(call["arguments"])) for call in said.calls] == [("weather", arguments)] * 2
    assert len({call["id"] for call in said.calls}) == 2
    side.simulated.script(**behaviour)
    (choice,) = (await side.whole(tools=TOOLS))["choices"]
    assert choice["finish_reason"] == "tool_calls"
    calls = [call["function"] for call in choice["message"]["tool_calls"]]
    assert [(call["name"], json.loads(call["arguments"])) for call in calls] == [("weather", arguments)] * 2
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": "mild"} for call in choice["message"]["tool_calls"]
    ]
    asked = {"role": "user", "content": "How is it?"}
    again = await side.whole(tools=TOOLS, messages=[asked, choice["message"], *results])
    assert again["choices"][0]["finish_reason"] == "stop"


async def test_what_tools_gave_is_carried_back(side: Side) -> None:
    """The calls, and their results, in the provider's own shape, which it takes."""
    called = [
        {"id": f"call_{n}", "type": "function", "function": {"name": "weather", "arguments": '{"city":"x"}'}}
        for n in (1, 2)
    ]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": f"marker-{call['id']}"} for call in called]
    asked = {"role": "user", "content": "How is it?"}
    beside: dict[str, Any] = {
        "content": None,
        "refusal": None,
        "audio": None,
        "annotations": [],
        "reasoning_content": "Which city?",
    }
    answer = await side.whole(messages=[asked, {"role": "assistant", "tool_calls": called, **beside}, *results])
    assert answer["choices"][0]["message"]["content"]
    seen = side.simulated.log()[-1]["request"]
    assert all(f"marker-call_{n}" in json.dumps(seen) for n in (1, 2))
    assert len(seen.get("contents") or seen["messages"]) == (4 if side.kind == "openai" else 3)


async def test_an_answer_can_be_asked_for_as_json(side: Side) -> None:
    """By a schema, which the provider sees whole."""
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": WEATHER, "strict": True}}
    assert json.loads((await side.stream(response_format=wanted)).text) == {"answer": "forty-two"}
    assert json.dumps(WEATHER) in json.dumps(side.simulated.log()[-1]["request"])


async def test_images_are_carried(side: Side) -> None:
    """As the bytes that were given."""
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aW1hZ2U="}},
    ]
    await side.whole(content=parts)
    seen = json.dumps(side.simulated.log()[-1]["request"])
    assert "aW1hZ2U=" in seen
    assert "image/png" in seen


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        ({"fail": 400}, ProviderRejected),
        ({"fail": 401}, ProviderMisconfigured),
        ({"fail": 403}, ProviderMisconfigured),
        ({"fail": 429, "retry_after": 3}, ProviderBusy),
        ({"fail": 500}, ProviderFailed),
        ({"fail": 529}, ProviderFailed),
        ({"reset": -1}, ProviderBrokeOff),
    ],
)
async def test_refusals_are_typed(side: Side, behaviour: dict[str, Any], failure: type[ProviderFailure]) -> None:
    """The same failure from each protocol, streamed and whole, with the wait that was asked for."""
    for ask in (side.stream, side.whole):
        side.simulated.script(**behaviour)
        with pytest.raises(failure) as caught:
            await ask()
        if failure is ProviderBusy:
            assert caught.value.retry_after == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        ({"cut": 3}, ProviderBrokeOff),
        ({"truncate": 3}, ProviderBrokeOff),
        ({"reset": 3}, ProviderBrokeOff),
        ({"malformed": 3}, ProviderLied),
        ({"error_at": 3}, ProviderFailed),
        ({"content_type": "text/html"}, ProviderLied),
        ({"empty": True}, ProviderBrokeOff),
        ({"long_line": 2_000_000}, ProviderLied),
    ],
)
async def test_streams_that_go_wrong_are_typed(
    side: Side, behaviour: dict[str, Any], failure: type[ProviderFailure]
) -> None:
    """None of them ends as if it were an answer."""
    side.simulated.script(tokens=8, gap=1, **behaviour)
    with pytest.raises(failure):
        await side.stream()


@pytest.mark.parametrize("silent", [0, 2])
async def test_silence_has_a_deadline(side: Side, silent: int) -> None:
    """Before the first token and between two."""
    side.simulated.script(silent=silent)
    with pytest.raises(ProviderSilent):
        await side.stream(side.provider(deadlines=HURRIED))


async def test_a_whole_answer_that_is_no_json_is_a_lie(side: Side) -> None:
    """Half of one is none."""
    side.simulated.script(malformed=0)
    with pytest.raises(ProviderLied):
        await side.whole()


@pytest.mark.parametrize("told", ["negative", "huge", "text", "none"])
async def test_numbers_that_cannot_be_are_not_believed(side: Side, told: str) -> None:
    """The answer is whole all the same; who counts is told that there is no count."""
    side.simulated.script(seed=4, tokens=6, usage=told)
    said = await side.stream()
    assert said.text == text(4, 6)
    assert usage_told(said.usage) is None
    side.simulated.script(usage=told)
    assert usage_told((await side.whole()).get("usage")) is None


async def test_a_wrong_key_and_a_provider_that_is_away(side: Side) -> None:
    """Both are typed before anything is said."""
    with pytest.raises(ProviderMisconfigured):
        await side.stream(side.provider(key="sk-wrong"))
    with pytest.raises(ProviderUnreachable):
        await side.stream(side.provider(url="http://127.0.0.1:1"))


async def test_an_unknown_model_is_a_misconfiguration(side: Side) -> None:
    """Trying it again elsewhere may help."""
    with pytest.raises(ProviderMisconfigured):
        await side.whole(model="unheard-of")


async def test_models_are_listed(side: Side) -> None:
    """By the names that a request uses."""
    assert (await side.provider().models())[0] == "sim-fast"


async def test_leaving_early_cancels_the_provider(side: Side, simulated: Simulated) -> None:
    """It writes no more for someone who has gone."""
    simulated.script(tokens=5000, gap=5)
    async with side.provider().stream(side.body(stream=True)) as batches:
        await anext(aiter(batches))
    while (end := (await asyncio.to_thread(simulated.log))[-1]["end"]) == "open":
        pass
    assert end == "client_left"


def _refusals() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    http_image = [{"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}]
    audio = [{"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}}]
    broken = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
    said = [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [broken]}]
    for kind in ("anthropic", "gemini"):
        yield kind, "logit_bias", {"logit_bias": {"5": 1}}, "logit_bias"
        yield kind, "audio", {"content": audio}, "messages.1.content.0.input_audio"
        yield kind, "arguments", {"messages": said}, "messages.1.tool_calls.0.function.arguments"
        yield kind, "choice", {"tools": TOOLS, "tool_choice": "maybe"}, "tool_choice"
        yield kind, "no tools", {"tool_choice": "required"}, "tool_choice"
        yield kind, "effort", {"reasoning_effort": "boundless"}, "reasoning_effort"
        yield kind, "format", {"response_format": {"type": "xml"}}, "response_format"
    yield "anthropic", "seed", {"seed": 7}, "seed"
    yield "anthropic", "n", {"n": 2}, "n"
    yield "anthropic", "temperature", {"temperature": 1.5}, "temperature"
    yield "anthropic", "json", {"response_format": {"type": "json_object"}}, "response_format"
    yield "gemini", "one call", {"parallel_tool_calls": False}, "parallel_tool_calls"
    yield "gemini", "address", {"content": http_image}, "messages.1.content.0.image_url.url"
    yield "gemini", "result", {"messages": [{"role": "tool", "content": "x"}]}, "messages.0.tool_call_id"


@pytest.mark.parametrize("case", list(_refusals()), ids=lambda case: f"{case[0]} {case[1]}")
async def test_what_cannot_be_carried_is_refused_by_name(
    simulated: Simulated, case: tuple[Kind, str, dict[str, Any], str]
) -> None:
    """Before the provider is asked; nothing is dropped in silence."""
    kind, _, more, field = case
    async with HttpClient() as http:
        side = Side(kind, simulated, http)
        before = simulated.state()["requests"]
        for ask in (side.whole, side.stream):
            with pytest.raises(ProviderRejected) as caught:
                await ask(**more)
            assert caught.value.param == field
        assert simulated.state()["requests"] == before
