"""A chat completion request is checked before anything is spent on it, and the refusal names what is wrong."""

from typing import Any

import msgspec
import pytest

from tertulia.orchestrator.schemas.openai import EmbeddingRequest
from tertulia.orchestrator.service.request import convert, read
from tertulia.orchestrator.service.texts import texts_of
from tertulia.platform.errors import Unprocessable

HELLO = {"role": "user", "content": "hello"}
PARAMETERS: list[tuple[str, Any]] = [
    ("temperature", "warm"),
    ("temperature", True),
    ("temperature", 2.1),
    ("top_p", -0.1),
    ("n", 0),
    ("n", "2"),
    ("max_tokens", -1),
    ("max_tokens", 1.5),
    ("max_completion_tokens", 0),
    ("presence_penalty", 3),
    ("frequency_penalty", "a"),
    ("seed", "a"),
    ("seed", 10**30),
    ("stop", 5),
    ("stop", ["x"] * 10_000),
    ("stream", "yes"),
    ("stream_options", "x"),
    ("logprobs", "yes"),
    ("top_logprobs", 21),
    ("logit_bias", [1]),
    ("logit_bias", {"1": "a"}),
    ("tools", "x"),
    ("tool_choice", 5),
    ("response_format", "json"),
    ("user", 5),
    ("metadata", [1]),
    ("model", "m" * 201),
]
MESSAGES: list[tuple[str, Any]] = [
    ("messages", []),
    ("messages", "hello"),
    ("messages", None),
    ("messages.0", ["hello"]),
    ("messages.0.role", [{"content": "hello"}]),
    ("messages.1.role", [HELLO, {"role": "wizard", "content": "hello"}]),
    ("messages.0.content", [{"role": "user"}]),
    ("messages.0.content", [{"role": "user", "content": None}]),
    ("messages.0.content", [{"role": "user", "content": 5}]),
    ("messages.0.content", [{"role": "user", "content": []}]),
    ("messages.0.content.0", [{"role": "user", "content": ["hello"]}]),
    ("messages.0.content.0.type", [{"role": "user", "content": [{"text": "hello"}]}]),
    ("messages.0.content.0.type", [{"role": "user", "content": [{"type": "smell"}]}]),
    ("messages.0.content.0.text", [{"role": "user", "content": [{"type": "text"}]}]),
    ("messages.0.content.0.text", [{"role": "user", "content": [{"type": "text", "text": 5}]}]),
    ("messages.0.content.0.file", [{"role": "user", "content": [{"type": "file"}]}]),
    (
        "messages.0.content.0.file.file_data",
        [{"role": "user", "content": [{"type": "file", "file": {"file_data": 5}}]}],
    ),
    *(
        ("messages.0.content.0.image_url.url", [{"role": "user", "content": [picture]}])
        for data in ("application/pdf;base64,JVBERi0=", "text/plain,Ada", "image/png;base64,JVBERi0=", "x")
        for picture in ({"type": "image_url", "image_url": {"url": f"Data:{data}"}},)
    ),
    ("messages.0.tool_calls", [{"role": "assistant", "tool_calls": 5}]),
]


@pytest.mark.parametrize(("name", "value"), PARAMETERS)
def test_a_parameter_of_a_wrong_type_or_range_is_named(name: str, value: Any) -> None:
    """Whatever the provider would have made of it: some take nonsense for an answer, others fail without a word."""
    with pytest.raises(Unprocessable) as refused:
        read(msgspec.json.encode({"messages": [HELLO], name: value}))
    assert refused.value.param == name


@pytest.mark.parametrize(("where", "messages"), MESSAGES)
def test_the_place_of_a_wrong_message_is_named(where: str, messages: Any) -> None:
    """Down to the part."""
    with pytest.raises(Unprocessable) as refused:
        read(msgspec.json.encode({"messages": messages}))
    assert refused.value.param == where


def test_what_is_unknown_or_null_is_the_providers() -> None:
    """New parameters work before we know them, and a null is as good as nothing."""
    asked = {name: None for name, _ in PARAMETERS} | {"messages": [HELLO], "brand_new": {"a": 1}}
    tools = [{"role": "assistant", "content": None, "tool_calls": [{"id": "a", "function": {"arguments": "{}"}}]}]
    picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]}]
    for body in (asked, asked | {"messages": [HELLO, *tools]}, asked | {"messages": picture}):
        assert read(msgspec.json.encode(body))[0] == body


@pytest.mark.parametrize("levels", [150, 250, 900])
def test_what_cannot_be_looked_through_is_refused(levels: int) -> None:
    """A request that is nested more deeply than any schema is the asker's mistake and not an error of ours."""
    body = msgspec.json.decode(b'{"messages": [], "x": ' + b'[{"y": "z"}, ' * levels + b"1" + b"]" * levels + b"}")
    if levels < 200:
        assert texts_of(body) == ["z"] * levels
    else:
        with pytest.raises(Unprocessable):
            texts_of(body)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("input", 5),
        ("input.0", [-1]),
        ("input.0.0", [[10**30]]),
        ("model", 5),
        ("encoding_format", "hex"),
        ("dimensions", 0),
        ("dimensions", "x"),
    ],
)
def test_an_embedding_request_is_held_to_the_same(where: str, value: Any) -> None:
    """The field that is wrong is named."""
    with pytest.raises(Unprocessable) as refused:
        convert({"model": "m", "input": "hello"} | {where.partition(".")[0]: value}, EmbeddingRequest)
    assert refused.value.param == where
