"""Items of ``/v1/responses`` that hold more than words: what functions give, and references to what is stored."""

import base64
import json
from typing import Any
from uuid import uuid4

import openai
import pytest
from openai import AsyncOpenAI

from tertulia.orchestrator.service.responses import references
from tests.orchestrator.conftest import Running

pytestmark = pytest.mark.integration
PICTURE = "data:image/png;base64,iVBORw0KGgo="
CARD = "4111 1111 1111 1111"
TOOLS: Any = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]


async def called(client: AsyncOpenAI, marker: str, calls: int = 1) -> tuple[str, list[str]]:
    """A response that calls a function, and the ids of its calls."""
    asked = f"{marker} [[sim: tool=weather calls={calls}]]"
    made = await client.responses.create(model="sim-fast", input=asked, tools=TOOLS)
    return made.id, [item.call_id for item in made.output if item.type == "function_call"]


def given(call_id: str, *parts: dict[str, Any]) -> Any:
    return {"type": "function_call_output", "call_id": call_id, "output": list(parts)}


def text(said: str) -> dict[str, Any]:
    return {"type": "input_text", "text": said}


def file(content: str) -> dict[str, Any]:
    return {"type": "input_file", "filename": "a.txt", "file_data": base64.b64encode(content.encode()).decode()}


async def test_a_function_may_give_pictures_and_files(running: Running) -> None:
    """Files are read and redacted as elsewhere; pictures come behind all outputs, since a tool's message holds text.

    They are listed, and gone on with.
    """
    client, marker = running.sdk(), uuid4().hex
    first, (one, other) = await called(client, marker, calls=2)
    picture = {"type": "input_image", "image_url": PICTURE, "detail": "auto"}
    outputs: Any = [given(one, text("rain"), picture, file(f"card {CARD}")), given(other, picture)]
    second = await client.responses.create(model="sim-fast", input=outputs, previous_response_id=first)
    await client.responses.create(model="sim-fast", input="so?", previous_response_id=second.id)
    _, entry, last = (entry["request"]["messages"] for entry in running.simulated.of(marker))
    assert [message["role"] for message in entry] == ["user", "assistant", "tool", "tool", "user"]
    words, read = entry[2]["content"]
    assert words == {"type": "text", "text": "rain"}
    assert read["text"].startswith("a.txt:\n\ncard [CARD_")
    assert entry[3]["content"] == "What it gave is a picture, shown below."
    shown = {"type": "image_url", "image_url": {"url": PICTURE, "detail": "auto"}}
    assert [part for part in entry[4]["content"] if part["type"] == "image_url"] == [shown, shown]
    assert one in json.dumps(entry[4])
    assert [message["role"] for message in last[-3:]] == ["user", "assistant", "user"]
    listed = (await client.responses.input_items.list(second.id)).data
    kinds = [[part.type for part in item.output] for item in listed if item.type == "function_call_output"]  # type: ignore[union-attr]  # all are lists
    assert kinds == [["input_image"], ["input_text", "input_image", "input_text"]]


async def test_one_text_from_a_function_is_its_output(running: Running) -> None:
    """However it is put."""
    client, marker = running.sdk(), uuid4().hex
    first, (one,) = await called(client, marker)
    await client.responses.create(model="sim-fast", input=[given(one, text("rain"))], previous_response_id=first)
    assert running.simulated.of(marker)[1]["request"]["messages"][2]["content"] == "rain"


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"type": "input_audio", "input_audio": {}}, "input.0.output.0.type"),
        ({"type": "refusal", "refusal": "no"}, "input.0.output.0.type"),
        ({"type": "input_image", "file_id": "file-1"}, "input.0.output.0.file_id"),
        ({"type": "input_image"}, "input.0.output.0.image_url"),
        ({"type": "input_file"}, "input.0.output.0.file_data"),
        ({"type": "input_file", "file_data": "!"}, "input.0.output.0.file_data"),
    ],
)
async def test_what_a_function_cannot_give_is_named(running: Running, part: dict[str, Any], field: str) -> None:
    """Nothing of an output is left out without a word."""
    client = running.sdk()
    first, (one,) = await called(client, uuid4().hex)
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await client.responses.create(model="sim-fast", input=[given(one, part)], previous_response_id=first)
    assert refused.value.param == field


def reference(item_id: str) -> Any:
    return {"type": "item_reference", "id": item_id}


async def test_items_are_named_by_their_ids(running: Running) -> None:
    """What was put in and what came out, of several responses, with or without their type; files stay read."""
    client, marker = running.sdk(), uuid4().hex
    said: Any = {"role": "user", "content": [text(marker), file("the lease")]}
    first = await client.responses.create(model="sim-fast", input=[said])
    (put,) = (await client.responses.input_items.list(first.id)).data
    second, calls = await called(client, uuid4().hex)
    (call,) = (await client.responses.retrieve(second)).output
    again: Any = [reference(put.id), {"id": first.output[0].id}, reference(call.id or "")]
    output: Any = {"type": "function_call_output", "call_id": calls[0], "output": "rain"}
    made = await client.responses.create(model="sim-fast", input=[*again, output])
    seen = running.simulated.of(marker)[-1]["request"]["messages"]
    assert [message["role"] for message in seen] == ["user", "assistant", "tool"]
    assert seen[0]["content"][1]["text"] == "a.txt:\n\nthe lease"
    assert seen[1]["content"] == first.output_text
    assert seen[1]["tool_calls"][0]["id"] == calls[0]
    listed = [item.id for item in (await client.responses.input_items.list(made.id, order="asc")).data]
    assert listed[:3] == [put.id, first.output[0].id, call.id]


async def test_what_is_not_there_cannot_be_named(running: Running) -> None:
    """Deleted, somebody else's, of no response, or in the conversation already."""
    client = running.sdk()
    kept = await client.responses.create(model="sim-fast", input="hi")
    named = kept.output[0].id
    for other, item_id in ((running.sdk(), named), (client, "msg_none"), (client, f"msg_{'0' * 32}00")):
        with pytest.raises(openai.NotFoundError) as refused:
            await other.responses.create(model="sim-fast", input=[reference(item_id or "")])
        assert (refused.value.code, refused.value.param) == ("item_not_found", "input.0.id")
    with pytest.raises(openai.UnprocessableEntityError, match="already"):
        await client.responses.create(model="sim-fast", input=[reference(named or "")], previous_response_id=kept.id)
    await client.responses.delete(kept.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.create(model="sim-fast", input=[reference(named or "")])


async def test_references_lead_to_so_many_responses_at_most(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked for and opened; one is enough for all that led to it."""
    monkeypatch.setattr(references, "_MOST_LOOKED_INTO", 1)
    client = running.sdk()
    one = await client.responses.create(model="sim-fast", input="hi")
    then = await client.responses.create(model="sim-fast", input="and?", previous_response_id=one.id)
    other = await client.responses.create(model="sim-fast", input="hi")
    named = [reference(made.output[0].id or "") for made in (one, then, other)]
    await client.responses.create(model="sim-fast", input=named[:2])
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await client.responses.create(model="sim-fast", input=named)
    assert refused.value.param == "input.1.id"
