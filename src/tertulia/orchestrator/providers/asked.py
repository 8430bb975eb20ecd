"""A chat request as an adapter for another protocol reads it: what it does not know is refused, never dropped."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

import msgspec

from tertulia.orchestrator.providers.failures import ProviderRejected
from tertulia.platform.errors import FieldError


class ImageUrl(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    detail: str | None = None


class Part(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    text: str = ""
    image_url: ImageUrl | None = None


class Called(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: str = "{}"


class ToolCall(msgspec.Struct, forbid_unknown_fields=True):
    """``extra_content`` is what a provider wants to see again with the call."""

    id: str
    function: Called
    type: str = "function"
    extra_content: dict[str, Any] | None = None


class Message(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    annotations: list[Any] | None = None
    reasoning_content: str | None = None
    """What an answer told beside its text and a client sends back: no such protocol wants it again."""

    def parts(self) -> list[Part]:
        """The content, or the refusal in its place; text that is empty is none."""
        content = self.content or self.refusal or []
        given = [Part("text", content)] if isinstance(content, str) else content
        return [part for part in given if part.type != "text" or part.text]


class Function(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    function: Function


class JsonSchema(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    description: str | None = None
    schema: dict[str, Any] = {}
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    json_schema: JsonSchema | None = None


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What every such protocol can carry; each adds its own fields."""

    model: str
    messages: list[Message]
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[Tool] = []
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None

    @property
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    def chosen_tool(self) -> str | None:
        """The function that the answer must call, when one is named. Raises: ProviderRejected."""
        match self.tool_choice:
            case {"type": "function", "function": {"name": str(name)}}:
                return name
            case None | "auto" | "required" | "none":
                return None
        raise cannot("tool_choice")

    def schema(self) -> dict[str, Any] | None:
        """What the answer must look like, when it must be JSON of a certain shape. Raises: ProviderRejected."""
        wanted = self.response_format
        if wanted is None or wanted.type in {"text", "json_object"}:
            return None
        if wanted.type != "json_schema" or wanted.json_schema is None:
            raise cannot("response_format")
        told = wanted.json_schema
        return {**({"description": told.description} if told.description else {}), **told.schema}


A = TypeVar("A", bound=Asked)
_ASKS_NOTHING: dict[str, Any] = {
    "n": 1, "presence_penalty": 0, "frequency_penalty": 0, "logprobs": False, "store": False, "logit_bias": {},
    "service_tier": "auto",
}  # fmt: skip
_INSTRUCTS = {"system", "developer"}
_BESIDE_THE_ANSWER = {
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "user",
}  # fmt: skip
"""Who asks, and which prompts begin alike: left out where a protocol has no place for it; no answer depends on it."""


def read(body: bytes, into: type[A]) -> A:
    """Raises: ProviderRejected, which names the first field that the protocol has no place for."""
    given = _without_nulls(msgspec.json.decode(body))
    given["messages"] = [_without_nulls(message) for message in given["messages"]]
    for name in _BESIDE_THE_ANSWER - set(into.__struct_fields__):
        given.pop(name, None)
    for name, nothing in _ASKS_NOTHING.items():
        if name not in into.__struct_fields__ and given.get(name) == nothing:
            del given[name]
    try:
        asked = msgspec.convert(given, into)
    except msgspec.ValidationError as error:
        raise cannot(FieldError.of(error).field) from None
    if not asked.tools and asked.tool_choice not in (None, "auto", "none"):
        raise cannot("tool_choice", "give the tools too")
    return asked


def _without_nulls(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def cannot(field: str, instead: str = "leave it out, or choose another model") -> ProviderRejected:
    return ProviderRejected(f"This model's provider cannot take `{field}` as it is: {instead}.", param=field)


def instructions(messages: Sequence[Message]) -> Iterator[tuple[Part, str]]:
    """What such protocols take apart from the conversation: each part, and the field that it is in."""
    for number, message in enumerate(messages):
        if message.role in _INSTRUCTS:
            for place, part in enumerate(message.parts()):
                yield part, f"messages.{number}.content.{place}"


def turns(messages: Sequence[Message]) -> Iterator[tuple[bool, list[tuple[Message, str]]]]:
    """All that one side says without the other between, results of tools being the user's: whether it is the model's,
    and each message with its field.
    """
    said = [(message, f"messages.{number}") for number, message in enumerate(messages)]
    talk = ((message, field) for message, field in said if message.role not in _INSTRUCTS)
    for answered, some in groupby(talk, lambda one: one[0].role == "assistant"):
        yield answered, list(some)


def image(part: Part, field: str) -> tuple[str, str]:
    """A part's image: its media type and base64 data, or nothing and its address. Raises: ProviderRejected."""
    if part.type != "image_url" or part.image_url is None:
        raise cannot(field)
    if part.image_url.detail not in {None, "auto"}:
        raise cannot(f"{field}.image_url.detail")
    head, _, data = part.image_url.url.partition(",")
    if head.startswith("data:"):
        media, _, encoding = head.removeprefix("data:").partition(";")
        if encoding != "base64":
            raise cannot(f"{field}.image_url.url", "encode it as base64")
        return media, data
    return "", part.image_url.url


def arguments(call: ToolCall, field: str) -> dict[str, Any]:
    """Raises: ProviderRejected."""
    try:
        given = msgspec.json.decode(call.function.arguments or "{}")
    except msgspec.DecodeError:
        given = None
    if not isinstance(given, dict):
        raise cannot(f"{field}.function.arguments", "it must be a JSON object")
    return given
