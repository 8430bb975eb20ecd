"""Requests of ``/v1/responses``. What one holds beside these fields has no effect."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

_MOST_ITEMS = 1000


class InputPart(msgspec.Struct):
    type: Literal["input_text", "output_text", "input_image", "input_file", "input_audio", "refusal"]
    text: str | None = None
    image_url: str | None = None
    detail: str | None = None
    refusal: str | None = None
    filename: str | None = None
    file_data: str | None = None
    file_id: str | None = None
    input_audio: dict[str, Any] | None = None


class MessageItem(msgspec.Struct):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[InputPart]


class FunctionCallItem(msgspec.Struct):
    call_id: str
    name: str
    arguments: str


class FunctionOutputItem(msgspec.Struct):
    call_id: str
    output: str | list[InputPart]


class FunctionTool(msgspec.Struct, omit_defaults=True):
    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class TextFormat(msgspec.Struct, omit_defaults=True):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextOptions(msgspec.Struct):
    format: TextFormat | None = None
    verbosity: str | None = None


class Reasoning(msgspec.Struct):
    """``summary`` is told back only: no chat answer has one."""

    effort: str | None = None
    summary: str | None = None


class ResponseRequest(msgspec.Struct, omit_defaults=True):
    """As OpenAI's. Tools are functions; a conversation is gone on with by ``previous_response_id``."""

    input: str | Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=_MOST_ITEMS)]
    model: Annotated[str, Meta(max_length=200)] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    background: bool | None = None
    stream: bool | None = None
    metadata: Annotated[
        dict[str, Any] | None,
        Meta(
            description="`tertulia` in it is ours: `{redact, knowledge_base_ids}`, as an object or as JSON in a string."
        ),
    ] = None
    max_output_tokens: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    text: TextOptions | None = None
    tools: Annotated[list[FunctionTool], Meta(max_length=128)] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    truncation: Literal["auto", "disabled"] | None = None
    include: list[str] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    max_tool_calls: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    user: str | None = None
    conversation: Any = None
    prompt: Any = None
