"""``truncation: "auto"``: what a long conversation's model is sent, and what is kept of it all the same."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tertulia.orchestrator import tokens
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.schemas.responses import ResponseRequest
from tertulia.orchestrator.service.responses.items import Item
from tertulia.orchestrator.service.responses.truncation import fitting
from tests.orchestrator.conftest import Running
from tests.simulated import Simulated

CONTEXT = 2048
LINE = "What about this point, and the river that keeps its own time? "
PROVIDERS = f"""
[[provider]]
name = "simulated"
base_url = "{{url}}"
api_key_env = "OPENAI_API_KEY"
[[provider.model]]
name = "sim-fast"
context = {CONTEXT}
free = true
"""
MODEL = Model("sim-fast", "sim-fast", "simulated", "chat", CONTEXT, None)


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    """The provider's model has a small window."""
    file = tmp_path / "providers.toml"
    file.write_text(PROVIDERS.format(url=simulated.base_url))
    return {"TERTULIA_PROVIDERS": str(file)}


def message(role: str, said: str) -> Item:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": said}]}


def call(call_id: str) -> Item:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": LINE * 20}


def output(call_id: str) -> Item:
    return {"type": "function_call_output", "call_id": call_id, "output": LINE * 20}


async def kept(items: list[Item], **asked: Any) -> list[Item]:
    return await fitting(ResponseRequest(input="", **asked), items, MODEL, 512, documents=False)


async def test_what_fits_stays_as_it_is() -> None:
    """Nothing is left out before there is need."""
    items = [message("user", "a"), message("assistant", "b"), message("user", "c")]
    assert await kept(items) == items


async def test_the_oldest_goes_and_what_says_how_to_answer_stays() -> None:
    """What is left begins with a person's words and fits; instructions and tools count."""
    items = [message("developer", "Be brief.")]
    items += [message(role, f"{n} {LINE * 10}") for n in range(20) for role in ("user", "assistant")]
    items.append(message("user", "last"))
    left = await kept(items)
    assert left[0] == items[0]
    assert left[1:] == items[-len(left) + 1 :]
    assert left[1]["role"] == "user"
    size = sum(await tokens.count("sim-fast", [item["content"][0]["text"] for item in left]))
    assert CONTEXT // 3 < size <= CONTEXT - 512
    assert len(await kept(items, instructions=LINE * 30)) < len(left)
    assert len(await kept(items, max_output_tokens=16)) > len(left)


async def test_a_call_goes_with_its_output() -> None:
    """The newest of them stay: neither stands alone."""
    items = [message("user", "x"), call("a"), output("a"), call("b"), output("b"), call("c"), output("c")]
    left = await kept(items)
    calls = [item["call_id"] for item in left if item["type"] == "function_call"]
    outputs = [item["call_id"] for item in left if item["type"] == "function_call_output"]
    assert calls == outputs
    assert calls[-1] == "c"
    assert len(calls) < 3


async def test_the_newest_turn_is_never_left_out() -> None:
    """One that is too long by itself is the provider's to refuse."""
    items = [message("user", "a"), message("user", LINE * 1000)]
    assert await kept(items) == items[1:]


@pytest.mark.integration
async def test_a_conversation_that_outgrows_its_window_goes_on(running: Running) -> None:
    """The provider is sent what fits; what is stored and listed is whole."""
    client, marker = running.sdk(), uuid4().hex
    items: list[Any] = [{"role": "user", "content": f"{n} {LINE * 10}"} for n in range(30)]
    made = await client.responses.create(
        model="simulated/sim-fast", instructions=marker, input=items, truncation="auto"
    )
    assert made.truncation == "auto"
    (entry,) = running.simulated.of(marker)
    sent = [message["content"] for message in entry["request"]["messages"]]
    assert sent[0] == marker
    assert 1 < len(sent) < 20
    assert sent[-1].strip() == items[-1]["content"].strip()
    assert len([item async for item in client.responses.input_items.list(made.id)]) == 30
    await client.responses.create(
        model="simulated/sim-fast", instructions=marker, input="and?", previous_response_id=made.id, truncation="auto"
    )
    second = running.simulated.of(marker)[1]["request"]["messages"]
    assert (second[-1]["content"], len(second) < 20) == ("and?", True)
