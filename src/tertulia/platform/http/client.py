"""Outgoing HTTP: the one door to aiohttp. Bounded connections, deadlines as arguments, bytes as they come.

Nothing is tried again here: between services Envoy retries, towards providers their adapter does. ``internal`` calls
our own services.
"""

import asyncio
import socket
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Self

import aiohttp
import msgspec
from aiohttp.abc import ResolveResult

from tertulia.platform.errors import TertuliaError, Unavailable
from tertulia.platform.frames import Frames
from tertulia.platform.http.guard import is_public
from tertulia.platform.telemetry import span

_AWAY = "A service that this needs cannot be reached."
_LATE = "A service that this needs took too long."
_BROKEN = "A service that this needs broke off its answer."
_PIECE = 65536
_ANY_ZLIB_HEADER = 47
_SKIPPED = ("User-Agent", "Accept-Encoding")
DEFAULT_TIMEOUT = timedelta(seconds=30)
DEFAULT_BOUND = 16 * 1024 * 1024


class HttpFailure(TertuliaError):
    """The other side gave no whole answer. (An answer with an error status is an answer.)"""

    status, code, title = 502, "upstream_failed", "A service behind this one failed"
    openai_type: ClassVar[str] = "server_error"


class ConnectFailed(HttpFailure, Unavailable):
    """No connection was made: nothing was sent, so it can be tried again or elsewhere."""

    status, code, title = 503, "unavailable", Unavailable.title


class TimedOut(HttpFailure):
    """One of the deadlines passed."""

    status, code = 504, "deadline_exceeded"


class Broken(HttpFailure):
    """The connection broke, or what came was not HTTP, after something had been sent."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpStream:
    """An answer that is being read; iterating gives bytes as they arrive, in pieces of any size."""

    def __init__(self, response: aiohttp.ClientResponse, watch: "_Watch", between: float) -> None:
        self.status = response.status
        self.headers = _lower(response.headers)
        self._response = response
        self._watch = watch
        self._between = between

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces(None)

    def paced(self, frames: Frames) -> AsyncIterator[bytes]:
        """Pieces as they come; once they come faster than the frames, what has come in each.

        Meanwhile they wait in the socket, which is not read: a wake-up and a read cost more than most pieces.
        """
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        return self._pieces(None if transport is None else _Rests(transport, self._response.content, frames))

    async def _pieces(self, rests: "_Rests | None") -> AsyncIterator[bytes]:
        content, watch, between = self._response.content, self._watch, self._between
        inflate = _inflater(self.headers.get("content-encoding", ""))
        with _typed(watch):
            while chunk := await content.readany():
                now = time.monotonic()
                watch.allow(now, between)
                if rests is not None:
                    rests.after_a_piece(now)
                if inflate is None:
                    yield chunk
                else:
                    for piece in inflate(chunk):
                        yield piece

    async def read(self, bound: int = DEFAULT_BOUND) -> bytes:
        """The rest of the body; raises Broken when it is longer than ``bound`` bytes."""
        body = bytearray()
        async for piece in self:
            body += piece
            if len(body) > bound:
                raise Broken("The answer is longer than can be taken.")
        return bytes(body)


class HttpClient:
    """A pool of connections, bounded for each host; enter it to open it.

    ``connect_timeout`` covers the wait for a free connection, the name look-up and the handshake.
    """

    def __init__(
        self,
        *,
        per_host: int = 100,
        total: int = 1000,
        connect_timeout: timedelta = timedelta(seconds=5),
        keep_alive: timedelta = timedelta(seconds=15),
        user_agent: str = "tertulia",
        public_only: bool = False,
    ) -> None:
        """``public_only``: names are connected to only where they lead to the open internet (see ``guard``)."""
        self._per_host = per_host
        self._total = total
        self._connect = connect_timeout.total_seconds()
        self._keep_alive = keep_alive.total_seconds()
        self._user_agent = user_agent
        self._public_only = public_only
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._total,
            limit_per_host=self._per_host,
            keepalive_timeout=self._keep_alive,
            resolver=_PublicResolver() if self._public_only else None,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_SKIPPED,
            headers={"user-agent": self._user_agent, "accept-encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect),
            requote_redirect_url=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: object = None,
        timeout: timedelta = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - it becomes the deadline of all that follows
        bound: int = DEFAULT_BOUND,
    ) -> Response:
        """Send, and read the whole answer within ``timeout``.

        Raises: HttpFailure (ConnectFailed, TimedOut, Broken; Broken too when the answer is longer than ``bound``).
        """
        async with self.stream(
            method, url, headers=headers, body=body, json=json, total=timeout, first_byte=timeout, between_bytes=timeout
        ) as answer:
            return Response(answer.status, answer.headers, await answer.read(bound))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: object = None,
        total: timedelta | None = None,
        first_byte: timedelta = DEFAULT_TIMEOUT,
        between_bytes: timedelta = DEFAULT_TIMEOUT,
    ) -> AsyncIterator[HttpStream]:
        """Send, and give the answer as soon as its headers are there.

        ``first_byte`` lasts until the first byte of the body. Leaving the block early closes the connection.
        Raises: HttpFailure, here and while the answer is read.
        """
        if self._session is None:
            msg = "the client is not open: enter it first"
            raise RuntimeError(msg)
        sent = dict(headers or {})
        if json is not None:
            body = msgspec.json.encode(json)
            sent.setdefault("content-type", "application/json")
        started = time.monotonic()
        end = started + total.total_seconds() if total else float("inf")
        first = min(first_byte.total_seconds(), end - started)
        with span("http.client", method=method), _typed():
            async with asyncio.timeout(first):
                response = await self._session.request(method, url, headers=sent, data=body, allow_redirects=False)
            watch = _Watch(response, end, started + first)
            try:
                with _typed(watch):
                    yield HttpStream(response, watch, between_bytes.total_seconds())
            finally:
                watch.stop()
                if response.content.is_eof():
                    response.release()
                else:
                    response.close()


class _PublicResolver(aiohttp.ThreadedResolver):
    """Gives only addresses of the open internet: what it gives is what is connected to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(None, "no public address")
        return public


class _Rests:
    """Leaves a connection unread from a piece that came fast until the next frame. Whoever waits for more is woken when
    it has come, and not before.
    """

    __slots__ = ("_content", "_frames", "_since", "_transport")

    def __init__(self, transport: asyncio.Transport, content: aiohttp.StreamReader, frames: Frames) -> None:
        self._transport = transport
        self._content = content
        self._frames = frames
        self._since = float("-inf")

    def after_a_piece(self, now: float) -> None:
        """``now`` and all times here are on the monotonic clock; a piece is fast when it came within a frame."""
        is_fast = now - self._since < self._frames.seconds
        self._since = now
        if is_fast and not self._content.is_eof() and not self._transport.is_closing():
            self._transport.pause_reading()
            self._frames.at_next(self._end)

    def _end(self) -> None:
        self._since = time.monotonic()
        if not self._transport.is_closing():
            self._transport.resume_reading()


class _Watch:
    """One timer for all deadlines of an answer: moving the deadline is an assignment, so that a chunk costs nothing.

    It also sees the connection end: where the framing breaks, aiohttp's parser closes it and leaves who reads waiting.
    """

    __slots__ = ("_closed", "_deadline", "_end", "_handle", "_loop", "_response", "expired")

    def __init__(self, response: aiohttp.ClientResponse, end: float, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._response = response
        self._end = end
        self._deadline = min(deadline, end)
        self.expired = False
        connection = response.connection  # None where the whole answer has come
        self._closed = None if connection is None or connection.protocol is None else connection.protocol.closed
        if self._closed is not None:
            self._closed.add_done_callback(self._lost)
        self._handle = self._loop.call_later(max(0.0, self._deadline - time.monotonic()), self._ring)

    def allow(self, now: float, seconds: float) -> None:
        """The next bytes may take so long from ``now``, within the whole call's time."""
        self._deadline = min(now + seconds, self._end)
        if self._handle.when() > self._loop.time() + seconds:
            self._handle.cancel()
            self._handle = self._loop.call_later(seconds, self._ring)

    def stop(self) -> None:
        self._handle.cancel()
        if self._closed is not None:  # of a connection that others will use
            self._closed.remove_done_callback(self._lost)
            self._closed.remove_done_callback(_seen)
            self._closed.add_done_callback(_seen)

    def _lost(self, closed: "asyncio.Future[None]") -> None:
        _seen(closed)
        content = self._response.content
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection ended within the answer"))

    def _ring(self) -> None:
        left = self._deadline - time.monotonic()
        if left > 0:
            self._handle = self._loop.call_later(left, self._ring)
            return
        self.expired = True
        self._response.close()


def _seen(closed: "asyncio.Future[None]") -> None:
    """How a connection ended is told to who reads; nobody else asks, which would be an error in the log."""
    if not closed.cancelled():
        closed.exception()


@contextmanager
def _typed(watch: _Watch | None = None) -> Iterator[None]:
    """Errors of aiohttp as ours. The texts name no address: they may reach a caller; the cause goes to the log."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise ConnectFailed(_AWAY, retry_after=timedelta(seconds=1)) from error
    except TimeoutError as error:
        raise TimedOut(_LATE) from error
    except (aiohttp.ClientError, OSError, zlib.error) as error:
        if watch is not None and watch.expired:
            raise TimedOut(_LATE) from error
        raise Broken(_BROKEN) from error


def _inflater(encoding: str) -> Callable[[bytes], Iterator[bytes]] | None:
    """For a server that compresses although it was asked not to. Pieces are bounded, whatever the ratio."""
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return None
    state = zlib.decompressobj(_ANY_ZLIB_HEADER)

    def inflate(chunk: bytes) -> Iterator[bytes]:
        nonlocal state
        while chunk:
            if state.eof:  # another member follows (RFC 1952, 2.2)
                state = zlib.decompressobj(_ANY_ZLIB_HEADER)
            if piece := state.decompress(chunk, _PIECE):
                yield piece
            chunk = state.unused_data or state.unconsumed_tail

    return inflate


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
