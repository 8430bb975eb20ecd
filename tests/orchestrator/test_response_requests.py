"""What a request of ``/v1/responses`` may hold, as the provider sees it: tools, choices, parts, metadata."""

from typing import Any
from uuid import uuid4

import openai
import pytest

from tertulia.orchestrator.schemas.responses import ResponseRequest
from tertulia.orchestrator.service.responses.items import in_order
from tertulia.orchestrator.service.responses.kept import Kept
from tests.orchestrator.conftest import Running

TOOLS: Any = [{"type": "function", "name": name, "parameters": {"type": "object"}} for name in ("weather", "tides")]


def call(call_id: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "weather", "arguments": "{}"}


def output(call_id: str, said: str = "rain") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": said}


def words(said: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": said}


def told(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("call_id", item.get("content")) + item.get("output", "") for item in items]


@pytest.mark.parametrize(
    ("items", "order"),
    [
        ([call("a"), call("b"), output("b"), output("a")], ["a", "b", "arain", "brain"]),
        ([call("a"), output("a"), call("b"), output("b")], ["a", "arain", "b", "brain"]),
        ([call("a"), words("wait"), output("a")], ["a", "arain", "wait"]),
        ([call("a"), output("a", "1"), words("x"), call("a"), output("a", "2")], ["a", "a1", "x", "a", "a2"]),
        ([call("a"), call("b"), output("a"), words("x"), output("b")], ["a", "b", "arain", "brain", "x"]),
    ],
)
def test_outputs_stand_behind_their_calls(items: list[dict[str, Any]], order: list[str]) -> None:
    """Calls of one turn stay together, those of one after the other apart, and an id may come again later."""
    assert told(list(in_order(items))) == order


async def seen(running: Running, **request: Any) -> dict[str, Any]:
    marker = uuid4().hex
    request = {"model": "sim-fast", "instructions": marker, "input": "hi"} | request
    await running.sdk().responses.create(**request)
    (entry,) = running.simulated.of(marker)
    return dict(entry["request"])


@pytest.mark.integration
async def test_a_choice_among_some_tools_tells_the_model_of_these_alone(running: Running) -> None:
    """So it holds before every provider, also those that know no such choice."""
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "tides"}]}
    asked = await seen(running, tools=TOOLS, tool_choice=allowed)
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["tides"]
    assert asked["tool_choice"] == "required"


@pytest.mark.integration
async def test_what_chat_knows_by_the_same_name_goes_on(running: Running) -> None:
    """And is told back in the response, with when it was completed."""
    same = {"service_tier": "flex", "prompt_cache_key": "books", "safety_identifier": "reader-7", "user": "u"}
    asked = await seen(
        running, **same, text={"verbosity": "low"}, include=["message.output_text.logprobs"], top_logprobs=2
    )
    assert {name: asked[name] for name in same} == same
    assert (asked["verbosity"], asked["logprobs"], asked["top_logprobs"]) == ("low", True, 2)
    made = await running.sdk().responses.create(
        model="sim-fast", input="hi", top_logprobs=2, max_tool_calls=3, reasoning={"summary": "auto"}
    )
    assert (made.top_logprobs, made.max_tool_calls, made.reasoning and made.reasoning.summary) == (2, 3, "auto")
    assert made.completed_at is not None
    assert made.completed_at >= made.created_at - 1


@pytest.mark.integration
async def test_recordings_go_on_as_chat_has_them(running: Running) -> None:
    """As they are: nobody can look into them."""
    sound = {"data": "AAAA", "format": "wav"}
    parts = [
        {"type": "input_text", "text": "read"},
        {"type": "input_audio", "input_audio": sound},
    ]
    asked = await seen(running, input=[{"role": "user", "content": parts}])
    assert asked["messages"][1]["content"][1:] == [{"type": "input_audio", "input_audio": sound}]


@pytest.mark.integration
async def test_an_output_may_come_after_other_words(running: Running) -> None:
    """Chat takes it only right behind its call, so there it goes."""
    items = [words("weather?"), call("a"), words("and hurry"), output("a")]
    asked = await seen(running, input=items)
    assert [message["role"] for message in asked["messages"]] == ["system", "user", "assistant", "tool", "user"]


def test_a_call_that_was_cut_short_is_not_gone_on_with() -> None:
    """Nobody can answer it, and no provider takes a call without its output."""
    output = [call("a") | {"status": "completed"}, call("b") | {"status": "incomplete"}]
    kept = Kept(ResponseRequest(input=""), [words("hi")], {"output": output})
    assert told(kept.conversation) == ["hi", "a"]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"input": [words("x"), output("nobody")]}, "input.1.call_id"),
        ({"input": [words("x"), call("a")]}, "input"),
        ({"input": [words("x"), call("a"), output("a"), output("a")]}, "input.3.call_id"),
        ({"input": [{"role": "user", "content": []}]}, "input.0.content"),
        ({"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input.0.content.0.file_data"),
        ({"extra_body": {"max_tokens": 5}}, "max_tokens"),
        ({"moderation": {"model": "omni-moderation-latest"}}, "moderation"),
        ({"context_management": [{"type": "compaction"}]}, "context_management"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
        ({"include": ["everything"]}, "include.0"),
        ({"tools": [TOOLS[0] | {"defer_loading": True}]}, "tools.0.defer_loading"),
        ({"conversation": "conv_1", "previous_response_id": "resp_1"}, "conversation"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"a": "x" * 513}}, "metadata.a"),
        ({"metadata": {"x" * 65: "a"}}, "metadata"),
        ({"metadata": {str(n): "a" for n in range(17)}}, "metadata"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "name": "moon"}}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}}, "tool_choice"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"truncation": "middle"}, "truncation"),
        ({"previous_response_id": "resp_none"}, "previous_response_id"),
    ],
)
async def test_what_is_wrong_is_named(running: Running, changes: dict[str, Any], field: str) -> None:
    """By the request's own fields, before a provider is asked."""
    with pytest.raises(openai.APIStatusError) as caught:
        await running.sdk().responses.create(**{"model": "sim-fast", "input": "hi"} | changes)
    assert (caught.value.param, caught.value.type) == (field, "invalid_request_error")


@pytest.mark.integration
async def test_metadata_of_openais_bounds_is_taken(running: Running) -> None:
    """Sixteen pairs; what is ours is not among them and not told back."""
    metadata = {f"{n:064}": "x" * 512 for n in range(16)}
    made = await running.sdk().responses.create(
        model="sim-fast", input="hi", metadata=metadata | {"tertulia": '{"redact": false}'}
    )
    assert made.metadata == metadata


@pytest.mark.integration
async def test_a_requests_tokens_are_counted(running: Running) -> None:
    """Everything that the model would be sent, without asking it; what is wrong is named as elsewhere."""
    client, marker = running.sdk(), uuid4().hex
    short = await client.responses.input_tokens.count(model="sim-fast", input=marker)
    longer = await client.responses.input_tokens.count(
        model="sim-fast", input=[{"role": "user", "content": marker * 20}], instructions="Be brief.", tools=TOOLS
    )
    assert short.object == "response.input_tokens"
    assert 0 < short.input_tokens < longer.input_tokens
    assert running.simulated.of(marker) == []
    with pytest.raises(openai.UnprocessableEntityError):
        await client.responses.input_tokens.count(model="sim-fast", input=[])
