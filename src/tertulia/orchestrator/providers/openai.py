"""Speaks to any OpenAI-compatible server, and believes nothing that it says without reading it.

A stream may come in any pieces and with any line ends; it may stop, lie, fall silent or end twice. Each of those is a
typed failure within its deadline. Nothing is tried again here.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import msgspec

from tertulia.orchestrator.providers.failures import (
    BROKEN,
    UNREADABLE_JSON,
    ProviderFailed,
    ProviderFailure,
    ProviderLied,
    refusal_within,
    told_in,
)
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.mending import ChunkMender, sound, with_whole_calls
from tertulia.orchestrator.providers.port import Chunk, Deadlines, StreamEvent, Whole, WholeAnswer, says_something
from tertulia.orchestrator.providers.transport import UNREADABLE, Transport, fed
from tertulia.platform import sse
from tertulia.platform.http import HttpClient

T = TypeVar("T")

_DONE = b"[DONE]"
_BROKEN = "error"
"""What some proxies give as the reason to finish, when the provider behind them failed."""

_chunk = msgspec.json.Decoder(Chunk).decode
_whole = msgspec.json.Decoder(Whole).decode


class _Listed(msgspec.Struct):
    id: str


class _List(msgspec.Struct):
    data: list[_Listed]


class OpenAiProvider:
    """The ``Provider`` of one entry of the registry, with one of its keys; ``http`` bounds its connections."""

    def __init__(self, spec: ProviderSpec, http: HttpClient, deadlines: Deadlines, key: str | None = None) -> None:
        self.spec = spec
        key = key or next(iter(spec.keys), None)
        self._transport = Transport(spec, http, deadlines, {"authorization": f"Bearer {key}"} if key else {})

    def stream(self, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[list[StreamEvent]]]:
        return self._transport.stream("/chat/completions", body, ChunkReader(body))

    async def complete(self, body: bytes) -> WholeAnswer:
        raw = sound(await self._transport.post("/chat/completions", body))
        try:
            whole = _read(raw, _whole)
        except ProviderLied:
            if (told := told_in(raw)).message is None:
                raise
            raise refusal_within(told) from None  # a proxy's, under a status that says that all is well
        if any(choice.message.tool_calls for choice in whole.choices):
            raw = _mended(with_whole_calls, raw)
            whole = _read(raw, _whole)
        return WholeAnswer(raw, whole)

    async def embed(self, body: bytes) -> bytes:
        raw = await self._transport.post("/embeddings", body)
        if len(_read(raw, _vectors).data) != len(_read(body, _embedded).input):
            raise ProviderLied(UNREADABLE)
        return raw

    async def models(self) -> list[str]:
        listed = await self._transport.get("/models")
        return [one.id for one in _read(listed, _list).data]


class _Vector(msgspec.Struct):
    embedding: list[float] | str


class _Vectors(msgspec.Struct):
    data: list[_Vector]


class _Embedded(msgspec.Struct):
    input: list[str]


_vectors = msgspec.json.Decoder(_Vectors).decode
_embedded = msgspec.json.Decoder(_Embedded).decode
_list = msgspec.json.Decoder(_List).decode


class ChunkReader:
    """The ``Reader`` of chunks as they are; ``body`` is what was asked."""

    def __init__(self, body: bytes = b"{}") -> None:
        self._parser = sse.Parser()
        self._mender = ChunkMender(body)
        self._open: set[int] = set()
        self._ended: set[int] = set()
        self.alive = False
        self.begun = False
        self.done = False
        self.failure: ProviderFailure | None = None

    @property
    def ended(self) -> bool:
        return bool(self._ended) and self._open <= self._ended

    def feed(self, piece: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        try:
            found = fed(self._parser, piece)
            self.alive = bool(found)
            for raw in found:
                if raw.startswith(_DONE):
                    self.done = True
                    break
                if raw.isspace() or not raw:
                    continue
                event = self._event(raw)
                chunk = event.chunk
                if chunk.error:
                    raise refusal_within(chunk.error)
                for choice in chunk.choices:
                    if choice.finish_reason == _BROKEN:
                        raise ProviderFailed(BROKEN)
                    (self._ended if choice.finish_reason else self._open).add(choice.index)
                self.begun = self.begun or says_something(chunk)
                events.append(event)
        except ProviderFailure as failure:
            self.failure = failure
        return events

    def _event(self, raw: bytes) -> StreamEvent:
        try:
            if self._mender.needed(raw):
                return self._mended(raw)
            chunk = _chunk(raw)
        except UNREADABLE_JSON:
            return self._mended(raw)
        if any(choice.delta.tool_calls and self._mender.calls_need_it(choice) for choice in chunk.choices):
            return self._mended(raw)
        return StreamEvent(_on_one_line(raw), chunk)

    def _mended(self, raw: bytes) -> StreamEvent:
        mended = _mended(self._mender.mended, raw)
        return StreamEvent(mended, _read(mended, _chunk))


def _mended(mend: Callable[[bytes], bytes], raw: bytes) -> bytes:
    try:
        return mend(raw)
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise ProviderLied(UNREADABLE) from error


def _read(raw: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(raw)
    except UNREADABLE_JSON as error:
        raise ProviderLied(UNREADABLE) from error


def _on_one_line(raw: bytes) -> bytes:
    """An event may hold its JSON in several lines, which are no more than white space there."""
    return raw.replace(b"\n", b" ")
