"""What the adapters share of HTTP: deadlines, transport's failures as the provider's, and a stream read to its end."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Protocol

from prometheus_client import Counter

from tertulia.orchestrator.providers.failures import (
    ProviderBrokeOff,
    ProviderEndless,
    ProviderFailure,
    ProviderLied,
    ProviderSilent,
    ProviderUnreachable,
    refusal,
)
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines, StreamEvent, length
from tertulia.platform import sse
from tertulia.platform.frames import Frames
from tertulia.platform.http import Broken, ConnectFailed, HttpClient, HttpFailure, HttpStream, TimedOut

_ATTEMPTS = Counter("tertulia_provider_attempts_total", "Calls to providers, by outcome", ("provider", "outcome"))
_OK = 200
_FRAMES = Frames(1 / 60)
"""No screen shows text more often: what a fast provider says within one goes on together."""
_LAST_WORDS_SECONDS = 5.0
"""So long an answer that has ended is listened to for its usage."""

_ERROR_BOUND = 64 * 1024
_LONG_ANSWER = 64 * 1024 * 1024
_LONGEST_SAID = 4_000_000
"""Characters of a streamed answer: several times what any model can say."""

UNREADABLE = "The model's provider sent something that cannot be read. Ask again, or choose another model."
_SILENT = "The model's provider took too long. Ask again, or choose another model."
_ENDLESS = "The model's provider does not come to an end. Ask again, or choose another model."
_BROKE_OFF = "The model's provider broke off in the middle of the answer. Ask again."


class Transport:
    """One provider with one of its keys, which is in ``headers``; ``http`` bounds its connections. ``refused`` makes
    the failure of an answer with an error status.
    """

    def __init__(
        self,
        spec: ProviderSpec,
        http: HttpClient,
        deadlines: Deadlines,
        headers: Mapping[str, str],
        refused: Callable[[int, Mapping[str, str], bytes], ProviderFailure] = refusal,
    ) -> None:
        self._spec = spec
        self._http = http
        self._deadlines = deadlines
        self._headers = {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers}
        self._refused = refused

    async def get(self, path: str) -> bytes:
        """Raises: ProviderFailure."""
        with _typed():
            answer = await self._http.request("GET", f"{self._spec.base_url}{path}", headers=self._headers)
        if answer.status != _OK:
            raise self._refused(answer.status, answer.headers, answer.body)
        return answer.body

    async def post(self, path: str, body: bytes) -> bytes:
        """A whole answer. Raises: ProviderFailure."""
        async with self._answer(path, body, streamed=False) as answer:
            return await answer.read(_LONG_ANSWER)

    @asynccontextmanager
    async def stream(self, path: str, body: bytes, reader: "Reader") -> AsyncIterator[AsyncIterator[list[StreamEvent]]]:
        """An answer's events, as ``reader`` reads them. Raises: ProviderFailure, here and while they are read."""
        until = time.monotonic() + self._deadlines.first_token.total_seconds()
        between = self._deadlines.between_tokens.total_seconds()
        async with (
            self._answer(path, body, streamed=True) as answer,
            aclosing(_events(answer, reader, until, between)) as events,
        ):
            yield events

    @asynccontextmanager
    async def _answer(self, path: str, body: bytes, *, streamed: bool) -> AsyncIterator[HttpStream]:
        """One that began well. Raises: ProviderFailure, here and while it is read."""
        deadlines = self._deadlines
        outcome = "cancelled"
        try:
            with _typed():
                async with self._http.stream(
                    "POST",
                    f"{self._spec.base_url}{path}",
                    headers=self._headers,
                    body=body,
                    total=deadlines.longest_answer if streamed else deadlines.whole_answer,
                    first_byte=deadlines.first_token if streamed else deadlines.whole_answer,
                    between_bytes=deadlines.between_tokens,
                ) as answer:
                    if answer.status != _OK:
                        raise self._refused(answer.status, answer.headers, await answer.read(_ERROR_BOUND))
                    yield answer
            outcome = "ok"
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        finally:
            _ATTEMPTS.labels(self._spec.label, outcome).inc()


class Reader(Protocol):
    """What has been read of one answer: whether it has begun, its choices have ended, and its last line has come.
    ``alive``: the last bytes held an event, and not only comments.
    """

    @property
    def alive(self) -> bool: ...

    @property
    def begun(self) -> bool: ...

    @property
    def ended(self) -> bool: ...

    @property
    def done(self) -> bool: ...

    @property
    def failure(self) -> ProviderFailure | None: ...

    def feed(self, piece: bytes) -> list[StreamEvent]:
        """The events in these bytes, up to the first that cannot be read; that one is the ``failure``."""
        ...


async def _events(
    answer: HttpStream, reader: Reader, first_deadline: float, between: float
) -> AsyncGenerator[list[StreamEvent]]:
    """The first ones as they come, those of a fast provider at most once in each of ``_FRAMES``. Comments keep a
    connection, but nobody waits for them longer than ``between`` seconds.

    Raises: ProviderFailure; ProviderBrokeOff when the bytes end before the answer does; ProviderEndless when it says
    more than anybody keeps.
    """
    if "event-stream" not in answer.headers.get("content-type", "").lower():
        raise ProviderLied(UNREADABLE)
    pieces = answer.paced(_FRAMES)
    alive, said = time.monotonic(), 0
    while not reader.done:
        until = None if reader.begun else first_deadline
        if reader.ended:
            until = alive + min(_LAST_WORDS_SECONDS, between)
        piece = await _next(pieces, until, ended=reader.ended)
        if piece is None:
            break
        events = reader.feed(piece)
        if events:
            yield events
            said += sum(length(event.chunk) for event in events)
        if said > _LONGEST_SAID:
            raise ProviderEndless(_ENDLESS)
        if reader.failure is not None:
            raise reader.failure
        if reader.alive:
            alive = time.monotonic()
        elif reader.begun and not reader.ended and time.monotonic() > alive + between:
            raise ProviderSilent(_SILENT)
    _require_an_answer(reader)


def _require_an_answer(reader: Reader) -> None:
    if not (reader.ended or reader.done):
        raise ProviderBrokeOff(_BROKE_OFF)
    if not reader.begun:
        raise ProviderLied(UNREADABLE)


async def _next(pieces: AsyncIterator[bytes], until: float | None, *, ended: bool) -> bytes | None:
    """None when no more comes, however that is noticed once the answer has ``ended``. ``until`` is on the monotonic
    clock, beside the transport's own deadlines.
    """
    try:
        if until is None:
            return await anext(pieces, None)
        async with asyncio.timeout(until - time.monotonic()):
            return await anext(pieces, None)
    except TimeoutError as error:
        if ended:
            return None
        raise ProviderSilent(_SILENT) from error
    except HttpFailure:
        if ended:
            return None
        raise


def fed(parser: sse.Parser, piece: bytes) -> list[bytes]:
    """The data of the events in these bytes. Raises: ProviderLied."""
    try:
        return parser.feed(piece)
    except sse.LineTooLong as error:
        raise ProviderLied(UNREADABLE) from error


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
