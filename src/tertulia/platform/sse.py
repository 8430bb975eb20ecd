"""Server-sent events, both ways: a stream of them as an answer, and a parser for those that others send.

Bytes are passed on as bytes: neither side decodes text. What the events say is the caller's.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import timedelta

import structlog
from starlette.types import Receive, Scope, Send

from tertulia.platform.errors import TertuliaError, unforeseen
from tertulia.platform.http.probes import DRAINING

log = structlog.get_logger()

PING = timedelta(seconds=14)
BOUND = 1024 * 1024
"""Bytes of one line, and of one event's data, that the parser takes."""

_RETRY_MS = (1000, 3000)
_PING_EVENT = b": ping\n\n"
_BOM = b"\xef\xbb\xbf"
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)
_JITTER = random.SystemRandom()


def encode(data: bytes, id: int | None = None) -> bytes:  # noqa: A002 - the field is called so
    """One event; ``data`` may have several lines."""
    head = b"" if id is None else b"id: %d\n" % id
    if b"\n" in data or b"\r" in data:
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        return head + b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
    return head + b"data: " + data + b"\n\n"


class EventStream:
    """An ASGI answer that sends what an iterator gives: whole, encoded events.

    It pings when nothing was sent for a while, and closes the iterator as soon as the client leaves. A client that
    reads slowly holds the iterator back: no more is taken than the socket's buffer holds. ``resumable`` streams end
    when the process is about to stop, for the client to come back elsewhere. ``on_error`` makes a last event of a
    failure. ``retry`` tells the client how long to wait before it comes back; not all parsers take that line.
    """

    def __init__(
        self,
        events: AsyncIterator[bytes],
        *,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        ping: timedelta = PING,
        resumable: bool = True,
        retry: bool = True,
        on_error: Callable[[TertuliaError], bytes] | None = None,
    ) -> None:
        self._events = events
        extra = ((name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items())
        self._headers = [*_HEADERS, *extra]
        self._status = status
        self._ping = ping.total_seconds()
        self._resumable = resumable
        self._retry = retry
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        draining = scope.get(DRAINING) if self._resumable else None
        # Not the sending's: a drain that has begun cancels that before its first step.
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        sender = _Sender(send, self._ping)
        sending = asyncio.create_task(self._send_all(sender))
        leaving = asyncio.create_task(_left(receive))
        stop = sending.cancel
        leaving.add_done_callback(lambda _: stop())
        if draining is not None:
            draining.add(stop)
        try:
            await asyncio.wait((sending,))
            if not sending.cancelled() or not leaving.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if draining is not None:
                draining.discard(stop)
            sender.stop()
            for task in (leaving, sending):
                task.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _send_all(self, sender: "_Sender") -> None:
        if self._retry:
            await sender.event(b"retry: %d\n\n" % _JITTER.randint(*_RETRY_MS))
        try:
            async for event in self._events:
                await sender.event(event)
        except TertuliaError as error:
            log.warning("stream_failed", code=error.code, detail=error.detail)
            await self._tell(sender, error)
        except Exception:
            log.exception("stream_failed_unforeseen")
            await self._tell(sender, unforeseen())
        finally:
            if (close := getattr(self._events, "aclose", None)) is not None:
                await close()

    async def _tell(self, sender: "_Sender", error: TertuliaError) -> None:
        if self._on_error is not None:
            await sender.event(self._on_error(error))


class _Sender:
    """Sends, and pings in the pauses: one timer for a stream, and no task of its own."""

    def __init__(self, send: Send, ping: float) -> None:
        self.send = send
        self._ping = ping
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._busy = True
        self._pinging: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(ping, self._tick)

    async def event(self, event: bytes) -> None:
        self._busy = True
        await self.send({"type": "http.response.body", "body": event, "more_body": True})
        self._last = self._loop.time()
        self._busy = False

    def stop(self) -> None:
        self._timer.cancel()
        if self._pinging is not None:
            self._pinging.cancel()

    def _tick(self) -> None:
        due = self._last + self._ping
        now = self._loop.time()
        if now >= due and not self._busy:
            self._pinging = self._loop.create_task(self.event(_PING_EVENT))
            due = now + self._ping
        # An event that takes so long to be sent has no pause yet: it is looked at again soon.
        self._timer = self._loop.call_at(due if due > now else now + self._ping / 10, self._tick)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class LineTooLong(ValueError):
    """A line, or an event, is longer than the parser takes."""


class Parser:
    """Reads the data of events from bytes that come in any pieces (WHATWG, "Parsing an event stream").

    Lines end with LF, CRLF or CR; a byte order mark at the start is passed over; comments and other fields are too.
    """

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._reset()

    def _reset(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0
        self._data: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._started = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of each event that ends in this chunk. Raises: LineTooLong."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        first, *others = chunk.split(b"\n")
        self._keep(first)
        lines = [b"".join(self._pieces), *others]
        self._pieces, self._length = [], 0
        self._keep(lines.pop())
        return self._read(lines)

    def close(self) -> list[bytes]:
        """What stands in an event that was not ended: some servers leave out the last empty line."""
        found = self.feed(b"\n\n") if self._pieces or self._data else []
        self._reset()
        return found

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)
            if self._length > self._bound:
                raise LineTooLong

    def _read(self, lines: Iterable[bytes]) -> list[bytes]:
        events = []
        for raw in lines:
            line = raw
            if not self._started:
                self._started = True
                line = line.removeprefix(_BOM)
            if not line:
                if self._data:
                    events.append(b"\n".join(self._data) if len(self._data) > 1 else self._data[0])
                    self._data, self._size = [], 0
            elif line.startswith(b"data:"):
                self._add(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                self._add(b"")
        return events

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value) + 1
        if self._size > self._bound + 1:
            raise LineTooLong
