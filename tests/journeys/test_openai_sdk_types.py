"""Everything that OpenAI's SDK can ask of us, and each answer held against the SDK's own types."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import openai
import pydantic
import pytest
from openai import OpenAI

from tests.journeys.person import Person
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey
ASKED: Any = {"model": "sim-fast", "messages": [{"role": "user", "content": "hi"}]}
TOOL: Any = {
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
FUNCTION: Any = {"type": "function", **TOOL}
CALLS = '[[sim: tool=weather calls=2 arguments="{\\"city\\": \\"Lugo\\"}"]]'
SAYS_YES = '[[sim: text="{\\"answer\\": \\"yes\\"}"]]'


T = TypeVar("T")


class Said(pydantic.BaseModel):
    answer: str


@pytest.fixture(scope="module")
def client(stack: Any) -> Iterator[OpenAI]:
    key = Person.signs_up(stack.url).makes_a_key()
    with OpenAI(base_url=f"{stack.url}/v1", api_key=key, max_retries=0) as opened:
        yield opened


def strict(told: T) -> T:
    """An answer of which each field has the SDK's type. (What its helpers have parsed has types of their own.)"""
    for one in told if isinstance(told, list) else [told]:
        assert isinstance(one, pydantic.BaseModel)
        one.model_dump(warnings="error")
    return told


def test_chat(client: OpenAI) -> None:
    """Whole and streamed, with what a request may wish for; by the SDK's helpers too."""
    wishes: list[dict[str, Any]] = [
        {"n": 3},
        {"logprobs": True, "top_logprobs": 2},
        {"stop": ["x"], "seed": 1, "max_completion_tokens": 5, "reasoning_effort": "low", "service_tier": "flex"},
        {"prediction": {"type": "content", "content": "hi"}},
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
        {"store": True, "metadata": {"a": "b"}},
    ]
    for wish in wishes:
        strict(client.chat.completions.create(**ASKED | wish))
        strict(list(client.chat.completions.create(**ASKED | wish, stream=True)))
    with client.chat.completions.stream(**ASKED) as stream:
        strict(list(stream))
        strict(stream.get_final_completion())


def test_chat_with_tools_and_schemas(client: OpenAI) -> None:
    """Calls come whole out of the SDK's helper, and are answered; a parsed answer is one of the given class."""
    asked: Any = {"model": "sim-fast", "tools": [{"type": "function", "function": TOOL}]}
    question: Any = [{"role": "user", "content": CALLS}]
    with client.chat.completions.stream(**asked, messages=question) as stream:
        strict(list(stream))
        message = strict(stream.get_final_completion()).choices[0].message
    calls = message.tool_calls or []
    assert [call.function.parsed_arguments or json.loads(call.function.arguments) for call in calls] == [
        {"city": "Lugo"}
    ] * 2
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls]
    history: Any = [ASKED["messages"][0], message.to_dict(), *results]
    strict(client.chat.completions.create(**asked, messages=history))
    parsed = client.chat.completions.parse(
        model="sim-fast", messages=[{"role": "user", "content": SAYS_YES}], response_format=Said
    )
    assert parsed.choices[0].message.parsed == Said(answer="yes")


def test_responses(client: OpenAI) -> None:
    """With everything that is taken, and each way that one may end."""
    every: Any = {
        "instructions": "x", "temperature": 0.5, "top_p": 1, "max_output_tokens": 20, "metadata": {"a": "b"},
        "reasoning": {"effort": "low", "summary": "auto"}, "service_tier": "flex", "store": True, "truncation": "auto",
        "safety_identifier": "s", "prompt_cache_key": "k", "prompt_cache_options": {"ttl": "30m"}, "top_logprobs": 1,
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}},
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"], "parallel_tool_calls": False,
    }  # fmt: skip
    made = strict(client.responses.create(model="sim-fast", input="hi", **every))
    assert strict(client.responses.retrieve(made.id)).id == made.id
    strict(client.responses.input_items.list(made.id, limit=1, order="asc").data)
    for said in ("hi", CALLS, "[[sim: refuses text=no]]", "[[sim: tokens=9 error_at=3]]"):
        strict(list(client.responses.create(model="sim-fast", input=said, stream=True, tools=[FUNCTION])))
    strict(client.responses.create(model="sim-fast", input="[[sim: tokens=20]]", max_output_tokens=2))
    strict(client.responses.input_tokens.count(model="sim-fast", input="hi"))
    client.responses.delete(made.id)
    with client.responses.stream(model="sim-fast", input=SAYS_YES, text_format=Said) as stream:
        assert [event.type for event in stream][-1] == "response.completed"
        assert stream.get_final_response().output_parsed == Said(answer="yes")
    parsed = client.responses.parse(model="sim-fast", input=SAYS_YES, text_format=Said)
    assert parsed.output_parsed == Said(answer="yes")


def test_responses_in_the_background(client: OpenAI) -> None:
    """Cancelled and failed; a failure has one of the codes that the SDK knows, and ours beside it."""
    long = strict(client.responses.create(model="sim-fast", input="[[sim: tokens=2000 gap=10]]", background=True))
    assert strict(client.responses.cancel(long.id)).status == "cancelled"
    strict(list(client.responses.retrieve(long.id, stream=True)))
    failing = client.responses.create(model="sim-fast", input="[[sim: fail=500]]", background=True)
    eventually(lambda: client.responses.retrieve(failing.id).status == "failed")
    error = strict(client.responses.retrieve(failing.id)).error
    assert error is not None
    assert (error.code, error.type) == ("server_error", "provider_failed")
    strict(list(client.responses.retrieve(failing.id, stream=True)))


def test_conversations(client: OpenAI) -> None:
    """Made, described anew, gone on with, and taken apart."""
    words: Any = {"type": "message", "role": "user", "content": "My name is Q"}
    thread = strict(client.conversations.create(metadata={"a": "b"}, items=[words])).id
    strict(client.conversations.update(thread, metadata={"x": "y"}))
    strict(client.conversations.items.create(thread, items=[words | {"role": "assistant"}]))
    made = strict(client.responses.create(model="sim-fast", input="hi", conversation=thread))
    assert made.conversation is not None
    (first, *_) = items = strict(client.conversations.items.list(thread, order="asc").data)
    assert len(items) == 4
    strict(client.conversations.items.retrieve(first.id or "", conversation_id=thread))
    strict(client.conversations.items.delete(first.id or "", conversation_id=thread))
    strict(client.conversations.delete(thread))


def test_models_files_and_batches(client: OpenAI) -> None:
    """From a file of calls to the batch that has answered them."""
    strict(list(client.models.list()))
    strict(client.models.retrieve("sim-fast"))
    kept: Any = {"anchor": "created_at", "seconds": 3600}
    file = strict(client.files.create(file=("a.txt", b"hello"), purpose="user_data", expires_after=kept))
    strict(list(client.files.list(purpose="user_data", limit=1, order="asc")))
    strict(client.files.wait_for_processing(file.id))
    assert client.files.content(file.id).read() == b"hello"
    strict(client.files.delete(file.id))
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": ASKED}
    calls = client.files.create(file=("b.jsonl", json.dumps(line).encode()), purpose="batch")
    batch = client.batches.create(
        input_file_id=calls.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    eventually(lambda: strict(client.batches.retrieve(batch.id)).status == "completed")
    strict(client.batches.list(limit=2).data)


@pytest.mark.parametrize(
    "given", ["hi", ["a", "b"], [1, 2, 3], [[1, 2], [3]]], ids=["text", "texts", "tokens", "lists of tokens"]
)
def test_embeddings(client: OpenAI, given: Any) -> None:
    """In every form that the SDK has for what is embedded, and as numbers of either writing."""
    model = next(one.id for one in client.models.list() if one.owned_by == "local")
    made = [strict(client.embeddings.create(model=model, input=given, dimensions=64)) for _ in range(2)]
    made.append(strict(client.embeddings.create(model=model, input=given, dimensions=64, encoding_format="float")))
    assert {len(one.embedding) for answer in made for one in answer.data} == {64}
    assert made[0].data[0].embedding == pytest.approx(made[2].data[0].embedding)


NOT_HERE: dict[str, Callable[[OpenAI], Any]] = {
    "moderations": lambda sdk: sdk.moderations.create(input="x"),
    "images": lambda sdk: sdk.images.generate(prompt="x"),
    "edited images": lambda sdk: sdk.images.edit(image=b"x", prompt="x"),
    "speech": lambda sdk: sdk.audio.speech.create(input="x", model="tts-1", voice="alloy"),
    "transcriptions": lambda sdk: sdk.audio.transcriptions.create(file=("a.wav", b"x"), model="whisper-1"),
    "old completions": lambda sdk: sdk.completions.create(model="sim-fast", prompt="x"),
    "vector stores": lambda sdk: sdk.vector_stores.list(),
    "uploads": lambda sdk: sdk.uploads.create(bytes=1, filename="a", mime_type="text/plain", purpose="batch"),
    "a stored completion": lambda sdk: sdk.chat.completions.retrieve("chatcmpl-1"),
}


@pytest.mark.parametrize("name", NOT_HERE)
def test_what_is_not_here_is_not_found(client: OpenAI, name: str) -> None:
    """As the SDK tells of what is not there."""
    with pytest.raises(openai.NotFoundError) as refused:
        NOT_HERE[name](client)
    assert (refused.value.code, refused.value.type) == ("not_found", "invalid_request_error")


@pytest.mark.parametrize(
    "act",
    [
        lambda sdk: sdk.chat.completions.list(),
        lambda sdk: sdk.responses.compact(model="sim-fast"),
        lambda sdk: sdk.models.delete("sim-fast"),
    ],
    ids=["stored completions", "compact", "deleting a model"],
)
def test_what_a_path_is_not_for_is_said(client: OpenAI, act: Callable[[OpenAI], Any]) -> None:
    """With the methods that it takes."""
    with pytest.raises(openai.APIStatusError) as refused:
        act(client)
    assert (refused.value.status_code, refused.value.code) == (405, "method_not_allowed")
    assert refused.value.response.headers["allow"]
