"""Requests of ``/v1/responses``. What would change an answer and is not among these fields is refused by its name."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

_MOST_ITEMS = 1000
_Included = Literal[
    "message.output_text.logprobs",
    "message.input_image.image_url",
    "reasoning.encrypted_content",
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
]
"""The first is ours to give, and the second always there; the others are of what no answer here has."""


class InputPart(msgspec.Struct):
    type: Literal["input_text", "output_text", "input_image", "input_file", "input_audio", "refusal"]
    text: str | None = None
    image_url: str | None = None
    detail: str | None = None
    refusal: str | None = None
    filename: str | None = None
    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
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


class FunctionTool(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class TextFormat(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextOptions(msgspec.Struct, forbid_unknown_fields=True):
    format: TextFormat | None = None
    verbosity: str | None = None


class Reasoning(msgspec.Struct, forbid_unknown_fields=True):
    """The summary is told back only: no chat answer has one, and none has reasoning that could be given back."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None
    context: Literal["auto", "current_turn"] | None = None


class ConversationName(msgspec.Struct):
    id: str


class ResponseRequest(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """As OpenAI's. Tools are functions; a conversation is gone on with by ``previous_response_id`` or by its own id."""

    input: str | Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=_MOST_ITEMS)]
    model: Annotated[str, Meta(max_length=200)] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    background: bool | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
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
    include: list[_Included] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    max_tool_calls: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None
    user: str | None = None
    conversation: str | ConversationName | None = None
    prompt: Any = None

    @property
    def conversation_id(self) -> str | None:
        named = self.conversation
        return named.id if isinstance(named, ConversationName) else named


_Added = Annotated[list[dict[str, Any]], Meta(max_length=20)]


class NewMetadata(msgspec.Struct, forbid_unknown_fields=True):
    metadata: dict[str, Any] | None


class NewItems(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=20)]


class NewConversation(msgspec.Struct, forbid_unknown_fields=True):
    items: _Added | None = None
    metadata: dict[str, Any] | None = None
