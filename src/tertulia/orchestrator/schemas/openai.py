"""Requests of the OpenAI-compatible API. What one holds beside these fields is passed on as it is."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta


class StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class TertuliaOptions(msgspec.Struct, forbid_unknown_fields=True):
    """``metadata.tertulia``: what this request wants of the pipeline."""

    redact: bool | None = None
    knowledge_base_ids: Annotated[list[UUID], Meta(max_length=20)] = []


class GivenFile(msgspec.Struct):
    """Base64, by itself or in a ``data:`` URL, the id of one of ``/v1/files``, or an address to fetch it from."""

    filename: Annotated[str, Meta(max_length=255)] | None = None
    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None


class ContentPart(msgspec.Struct):
    """What a kind of part holds beside text and files is the provider's to judge, but for what is no picture."""

    type: Literal["text", "image_url", "input_audio", "file", "refusal"]
    text: str | None = None
    file: GivenFile | None = None
    image_url: Any = None


class CalledFunction(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    function: CalledFunction | None = None


class ChatMessage(msgspec.Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    tool_calls: list[ToolCall] | None = None


_STOPS = 16
_INT64 = 2**63
_Count = Annotated[int, Meta(ge=1, lt=2**31)]
_Token = Annotated[int, Meta(ge=0, lt=2**31)]
_ModelName = Annotated[str, Meta(max_length=200)]
_Penalty = Annotated[float, Meta(ge=-2, le=2)]


class ChatRequest(msgspec.Struct, omit_defaults=True):
    """As OpenAI's; what is not listed here is passed on to the model's provider."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    model: Annotated[
        _ModelName | None, Meta(description="An id of GET /v1/models; the default answers when it is absent.")
    ] = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: Annotated[
        dict[str, Any] | None,
        Meta(
            description="`tertulia` in it is ours: `{redact, knowledge_base_ids}`, as an object or as JSON in a string."
        ),
    ] = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None
    presence_penalty: _Penalty | None = None
    frequency_penalty: _Penalty | None = None
    seed: Annotated[int, Meta(ge=-_INT64, le=_INT64 - 1)] | None = None
    stop: str | Annotated[list[str], Meta(max_length=_STOPS)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    user: str | None = None


class EmbeddingRequest(msgspec.Struct, omit_defaults=True):
    """As OpenAI's. ``input`` is a text, a list of texts, a list of tokens or a list of such lists."""

    input: str | list[str | _Token | list[_Token]]
    model: _ModelName
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    user: str | None = None
