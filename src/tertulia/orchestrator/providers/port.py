"""What a provider can be asked, whoever it is, and the shapes in which its answer comes.

A request travels as the bytes of an OpenAI-compatible body; an adapter for another protocol translates there and back.
Events keep the bytes that came, so that what need not change is passed on untouched.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Annotated, Any, Protocol

import msgspec

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.providers.file import ProviderSpec


class Deadlines(msgspec.Struct, frozen=True):
    first_token: timedelta
    between_tokens: timedelta
    whole_answer: timedelta
    longest_answer: timedelta


class CalledPiece(msgspec.Struct, omit_defaults=True):
    name: str | None = None
    arguments: str | None = None


class CallPiece(msgspec.Struct, omit_defaults=True):
    """A part of a tool call: a client puts those of one ``index`` together; the first has the name and an id."""

    index: Annotated[int, msgspec.Meta(ge=0, lt=1000)]
    id: str | None = None
    function: CalledPiece | None = None


class Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[CallPiece] | None = None
    reasoning_content: str | None = None
    audio: Any = None

    @property
    def text(self) -> str | None:
        """What the person is to read: the answer, or why there is none."""
        return self.content or self.refusal


class StreamChoice(msgspec.Struct):
    """What OpenAI's client puts an answer together from: without a number or a delta it loses the answer, or breaks."""

    index: Annotated[int, msgspec.Meta(ge=0, lt=128)]
    """As many as can be asked for: each has a place of its own for what is held back."""

    delta: Delta
    finish_reason: str | None = None


class Chunk(msgspec.Struct):
    """The first four are for clients alone: OpenAI's passes over a chunk that does not say what it is."""

    id: str
    object: str
    created: float
    model: str
    choices: list[StreamChoice] = []
    usage: Any = None
    error: Any = None


def says_something(chunk: Chunk) -> bool:
    """Whether the answer has begun: a first chunk often holds a role alone."""
    return any(
        delta.text or delta.tool_calls or delta.reasoning_content or delta.audio or choice.finish_reason
        for choice in chunk.choices
        for delta in (choice.delta,)
    )


def length(chunk: Chunk) -> int:
    """Characters that it adds to the answer: whoever hears one keeps them all."""
    deltas = [choice.delta for choice in chunk.choices]
    said = sum(len(delta.text or "") + len(delta.reasoning_content or "") for delta in deltas)
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    return said + sum(len(call.function.arguments or "") if call.function else 0 for call in calls) + len(calls)


class StreamEvent(msgspec.Struct, frozen=True):
    """One event of a streamed answer: the JSON as it came, and what we read in it."""

    raw: bytes
    chunk: Chunk


class Message(msgspec.Struct):
    content: str | None = None
    tool_calls: list[dict[str, Any]] | None = None


class WholeChoice(msgspec.Struct):
    message: Message = msgspec.field(default_factory=Message)
    finish_reason: str | None = None


class Whole(msgspec.Struct):
    """At least one choice: an answer without is none."""

    choices: Annotated[list[WholeChoice], msgspec.Meta(min_length=1)]
    usage: Any = None


class WholeAnswer(msgspec.Struct, frozen=True):
    raw: bytes
    whole: Whole


class Provider(Protocol):
    """Everything raised is a ``failures.ProviderFailure``."""

    @property
    def spec(self) -> ProviderSpec: ...

    def stream(self, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[list[StreamEvent]]]:
        """The answer as it comes: all events that are there at once. The iterator ends well only after the provider
        has ended the answer. Leaving the block early cancels it at the provider.
        """
        ...

    async def complete(self, body: bytes) -> WholeAnswer: ...

    async def embed(self, body: bytes) -> bytes: ...

    async def models(self) -> list[str]:
        """The names of what it offers, in its own order."""
        ...


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Told(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


_SENSIBLE = range(100_000_001)
_WINDOWS = 4
"""Several answers at once, or a window that is larger than we know."""


def most_used(window: int) -> int:
    """The most tokens that one call of a model with this window is believed to use."""
    return _WINDOWS * window


def believable(told_as: object, window: int) -> object:
    """The same, or an empty one in place of what a model with this window cannot have used: it would be charged."""
    told = usage_told(told_as)
    if told is not None and max(told.prompt_tokens, told.completion_tokens) > most_used(window):
        return {}
    return told_as


def usage_told(told_as: object) -> Usage | None:
    """What the provider says that it used; None when it says nothing, or nothing that can be."""
    if told_as is None:
        return None
    try:
        told = msgspec.convert(told_as, _Told)
    except msgspec.ValidationError:
        return None
    if told.prompt_tokens not in _SENSIBLE or told.completion_tokens not in _SENSIBLE:
        return None
    cached = (told.prompt_tokens_details.cached_tokens if told.prompt_tokens_details else None) or 0
    return Usage(told.prompt_tokens, told.completion_tokens, min(max(cached, 0), told.prompt_tokens))
