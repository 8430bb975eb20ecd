"""Tools and JSON answers through OpenAI's own client, whichever protocol the model's provider speaks."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import openai
import pytest

from tests.orchestrator.conftest import Running
from tests.simulated import KEY, Simulated

TOOLS: Any = [{"type": "function", "function": {"name": "send", "parameters": {"type": "object", "properties": {}}}}]
SCHEMA: Any = {"type": "json_schema", "json_schema": {"name": "letter", "schema": {"type": "object"}}}
pytestmark = pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini"])


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    """The same provider by its other faces."""
    host = simulated.base_url.removesuffix("/v1")
    entries = [
        f'[[provider]]\nname = "{kind}"\nkind = "{kind}"\nbase_url = "{host}/{version}"\napi_keys = ["{KEY}"]\n'
        '[[provider.model]]\nname = "sim-fast"\ninput_price = "1"\noutput_price = "2"\n'
        for kind, version in (("anthropic", "v1"), ("gemini", "v1beta"))
    ]
    file = tmp_path / "providers.toml"
    file.write_text("\n".join(entries))
    return {"TERTULIA_PROVIDERS": str(file)}


async def test_tools_are_called_with_the_readers_own_data(running: Running, kind: str) -> None:
    """The model writes a placeholder into its arguments; the client gets the value, in arguments that are JSON."""
    secret = f"{uuid4().hex}@example.org"
    asked: Any = {
        "model": f"{kind}/sim-fast",
        "messages": [{"role": "user", "content": f"write to {secret}"}],
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "send"}},
    }
    behaviour = {"tool": "send", "arguments": json.dumps({"to": "[EMAIL_1]", "é": '"'}), "calls": 2}
    wanted = [{"to": secret, "é": '"'}] * 2
    running.simulated.script(**behaviour, slice=5)
    arguments: dict[int, str] = {}
    reasons = []
    async for chunk in await running.sdk().chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            reasons += [choice.finish_reason] if choice.finish_reason else []
            for call in choice.delta.tool_calls or ():
                arguments[call.index] = arguments.get(call.index, "") + (
                    (call.function and call.function.arguments) or ""
                )
    assert [json.loads(given) for given in arguments.values()] == wanted
    assert reasons == ["tool_calls"]
    running.simulated.script(**behaviour)
    whole = await running.sdk().chat.completions.create(**asked)
    calls = whole.choices[0].message.tool_calls or []
    assert [json.loads(call.function.arguments) for call in calls if call.type == "function"] == wanted
    assert not running.simulated.of(secret)


async def test_json_answers_hold_the_readers_own_data(running: Running, kind: str) -> None:
    """By a schema, streamed and whole, and the books say who answered."""
    workspace, secret = uuid4(), f"{uuid4().hex}@example.org"
    asked: Any = {
        "model": f"{kind}/sim-fast",
        "messages": [{"role": "user", "content": f"write to {secret}"}],
        "response_format": SCHEMA,
    }
    running.simulated.script(text='{"to": "[EMAIL_1]"}', pieces="char")
    said = ""
    async for chunk in await running.sdk(workspace).chat.completions.create(**asked, stream=True):
        said += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert json.loads(said) == {"to": secret}
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert (end.provider, end.status, end.usage.estimated) == (kind, "finished", False)
    running.simulated.script(text='{"to": "[EMAIL_1]"}')
    whole = await running.sdk().chat.completions.create(**asked)
    assert json.loads(whole.choices[0].message.content or "") == {"to": secret}


async def test_what_a_provider_cannot_take_is_a_bad_request_that_names_it(running: Running, kind: str) -> None:
    """OpenAI's own protocol takes all; another says which field it has no place for."""
    asked: Any = {"model": f"{kind}/sim-fast", "messages": [{"role": "user", "content": "x"}], "logit_bias": {"1": 5}}
    if kind == "openai":
        assert (await running.sdk().chat.completions.create(**asked)).choices
        return
    with pytest.raises(openai.BadRequestError) as caught:
        await running.sdk().chat.completions.create(**asked)
    assert caught.value.param == "logit_bias"


async def test_who_asks_is_left_out_where_there_is_no_place_for_it(running: Running, kind: str) -> None:
    """No answer depends on it, and clients send it always; in chat and in responses."""
    client = running.sdk()
    asked: Any = {"user": "u", "prompt_cache_key": "books", "safety_identifier": "reader-7"}
    messages: Any = [{"role": "user", "content": "x"}]
    chat = await client.chat.completions.create(model=f"{kind}/sim-fast", messages=messages, **asked)
    assert chat.choices[0].message.content
    made = await client.responses.create(model=f"{kind}/sim-fast", input="x", **asked)
    assert (made.status, made.prompt_cache_key) == ("completed", "books")
