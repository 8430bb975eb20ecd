"""Speaks to any OpenAI-compatible server, and believes nothing that it says without reading it.

A stream may come in any pieces and with any line ends; it may stop, lie, fall silent or end twice. Each of those is a
typed failure within its deadline. Nothing is tried again here.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

import msgspec
from prometheus_client import Counter

from tertulia.orchestrator.providers.failures import (
    ProviderBrokeOff,
    ProviderFailed,
    ProviderFailure,
    ProviderLied,
    ProviderSilent,
    ProviderUnreachable,
    refusal,
)
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.port import Chunk, Deadlines, StreamEvent, Whole, WholeAnswer, says_something
from tertulia.platform import sse
from tertulia.platform.http import Broken, ConnectFailed, HttpClient, HttpStream, TimedOut

_ATTEMPTS = Counter("tertulia_provider_attempts_total", "Calls to providers, by outcome", ("provider", "outcome"))
_OK = 200
_DONE = b"[DONE]"
_ERROR_BOUND = 64 * 1024
_LONG_ANSWER = 64 * 1024 * 1024
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
        self._http = http
        self._deadlines = deadlines
        self._headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if key := key or next(iter(spec.keys), None):
            self._headers["authorization"] = f"Bearer {key}"

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[list[StreamEvent]]]:
        deadlines = self._deadlines
        began = time.monotonic()
        async with self._attempt("/chat/completions", body, streamed=True) as answer:
            if "event-stream" not in answer.headers.get("content-type", ""):
                raise ProviderLied(_UNREADABLE)
            events = _events(answer, began + deadlines.first_token.total_seconds())
            async with aclosing(events):
                yield events

    async def complete(self, body: bytes) -> WholeAnswer:
        async with self._attempt("/chat/completions", body) as answer:
            raw = await answer.read(_LONG_ANSWER)
            try:
                return WholeAnswer(raw, _whole(raw))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ProviderLied(_UNREADABLE) from error

    async def embed(self, body: bytes) -> bytes:
        async with self._attempt("/embeddings", body) as answer:
            return await answer.read(_LONG_ANSWER)

    async def models(self) -> list[str]:
        with _typed():
            answer = await self._http.request("GET", f"{self.spec.base_url}/models", headers=self._headers)
        if answer.status != _OK:
            raise refusal(answer.status, answer.headers, answer.body)
        try:
            return [listed.id for listed in msgspec.json.decode(answer.body, type=_List).data]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProviderLied(_UNREADABLE) from error

    @asynccontextmanager
    async def _attempt(self, path: str, body: bytes, *, streamed: bool = False) -> AsyncIterator[HttpStream]:
        deadlines = self._deadlines
        outcome = "cancelled"
        try:
            with _typed():
                async with self._http.stream(
                    "POST",
                    f"{self.spec.base_url}{path}",
                    headers=self._headers,
                    body=body,
                    total=deadlines.longest_answer if streamed else deadlines.whole_answer,
                    first_byte=deadlines.first_token if streamed else deadlines.whole_answer,
                    between_bytes=deadlines.between_tokens,
                ) as answer:
                    if answer.status != _OK:
                        raise refusal(answer.status, answer.headers, await answer.read(_ERROR_BOUND))
                    yield answer
            outcome = "ok"
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        finally:
            _ATTEMPTS.labels(self.spec.name, outcome).inc()


async def _events(answer: HttpStream, first_deadline: float) -> AsyncGenerator[list[StreamEvent]]:
    """Raises ProviderBrokeOff when the bytes end before the answer does."""
    stream = _Stream()
    pieces = aiter(answer)
    while not stream.done:
        try:
            if stream.begun:
                piece = await anext(pieces)
            else:
                async with asyncio.timeout(first_deadline - time.monotonic()):
                    piece = await anext(pieces)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise ProviderSilent(_SILENT) from error
        events = stream.feed(piece)
        if events:
            yield events
        if stream.failure is not None:
            raise stream.failure
    if not (stream.ended or stream.done):
        raise ProviderBrokeOff(_BROKE_OFF)


class _Stream:
    """What has been read of one answer: whether it has begun, its choices have ended, and its last line has come."""

    def __init__(self) -> None:
        self._parser = sse.Parser()
        self.begun = False
        self.ended = False
        self.done = False
        self.failure: ProviderFailure | None = None

    def feed(self, piece: bytes) -> list[StreamEvent]:
        """The events in these bytes, up to the first that cannot be read; that one is the ``failure``."""
        events: list[StreamEvent] = []
        try:
            for raw in _fed(self._parser, piece):
                if raw == _DONE:
                    self.done = True
                    break
                chunk = _read(raw)
                self.ended = self.ended or any(choice.finish_reason for choice in chunk.choices)
                self.begun = self.begun or says_something(chunk)
                events.append(StreamEvent(raw, chunk))
        except ProviderFailure as failure:
            self.failure = failure
        return events


def _fed(parser: sse.Parser, piece: bytes) -> list[bytes]:
    try:
        return parser.feed(piece)
    except sse.LineTooLong as error:
        raise ProviderLied(_UNREADABLE) from error


def _read(raw: bytes) -> Chunk:
    try:
        chunk = _chunk(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProviderLied(_UNREADABLE) from error
    if chunk.error is not None:
        raise ProviderFailed("The model's provider failed in the middle of the answer. Ask again.")
    return chunk


_UNREADABLE = "The model's provider sent something that cannot be read. Ask again, or choose another model."
_SILENT = "The model's provider took too long. Ask again, or choose another model."
_BROKE_OFF = "The model's provider broke off in the middle of the answer. Ask again."


@contextmanager
def _typed() -> Iterator[None]:
    """Transport's failures as the provider's."""
    try:
        yield
    except ConnectFailed as error:
        raise ProviderUnreachable(
            "The model's provider cannot be reached. Try again shortly.", retry_after=error.retry_after
        ) from error
    except TimedOut as error:
        raise ProviderSilent(_SILENT) from error
    except Broken as error:
        raise ProviderBrokeOff(_BROKE_OFF) from error
