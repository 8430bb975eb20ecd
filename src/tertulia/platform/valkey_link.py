"""One connection to Valkey that many calls share: commands go out as they come, replies are matched to them in order.

A caller that gives up leaves its place in the line behind, and the reply that comes for it is thrown away there: a
reply can only ever reach the call it answers. A connection that has said nothing since a late call was sent is not
trusted with new ones. How connections are opened, and what errors mean to callers, is ``valkey``'s.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis

from tertulia.platform.joined_writes import JoinedWrites

_IN_LINE = 4096
_LAST_LOOK = 0.002
_NOTHING = object()


class LinkLost(Exception):
    """The connection broke, was closed, or takes no more calls."""


class LinkLate(Exception):
    """No reply came in time."""


class Link(asyncio.Protocol):
    """``error`` makes the exception of an error reply; ``release`` lets go of what the transport belongs to."""

    def __init__(
        self, transport: asyncio.WriteTransport, error: Callable[[str], Exception], release: Callable[[], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = JoinedWrites(transport)
        self._release = release
        self._reader = hiredis.Reader(replyError=error, notEnoughData=_NOTHING)
        self._line: deque[asyncio.Future[Any]] = deque()
        self._heard = 0
        self._retired = False
        self._lost = False
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        return not self._retired and not self._transport.is_closing()

    @property
    def in_line(self) -> int:
        """Replies that are still to come, those that nobody waits for included."""
        return len(self._line)

    async def ask(self, command: bytes, seconds: float) -> Any:
        """Send a packed command; its reply.

        Raises: LinkLost, LinkLate; what ``error`` makes of an error reply.
        """
        if len(self._line) >= _IN_LINE:
            raise LinkLost("too many calls wait for a reply")
        place = self._loop.create_future()
        self._line.append(place)
        self._transport.write(command)
        timer = self._loop.call_later(seconds, self._look_again, place, self._heard)
        try:
            return await place
        finally:
            timer.cancel()
            if self._retired:
                self._close_when_done()

    def tell(self, command: bytes) -> None:
        """Send a packed command behind those that were sent before; nobody waits for its reply, or hears that the line
        is full.
        """
        if len(self._line) >= _IN_LINE:
            return
        place = self._loop.create_future()
        place.cancel()
        self._line.append(place)
        self._transport.write(command)

    def close(self) -> None:
        self._retired = True
        self._release()
        self._lose("closed")

    def data_received(self, data: bytes) -> None:
        self._heard += 1
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _NOTHING:
                place = self._line.popleft()
                if place.done():
                    continue
                if isinstance(reply, Exception):
                    place.set_exception(reply)
                else:
                    place.set_result(reply)
        except (hiredis.HiredisError, IndexError):  # no protocol, or a reply that nobody asked for
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._retired = True
        self._release()
        self._lose(type(exc).__name__ if exc else "closed by the server")

    def _lose(self, reason: str) -> None:
        if self._lost:
            return
        self._lost = True
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_exception(LinkLost(reason))

    def _look_again(self, place: "asyncio.Future[Any]", heard: int) -> None:
        """A loop that was held up runs its timers first: what has come meanwhile is read before a call is late."""
        self._loop.call_later(_LAST_LOOK, self._give_up, place, heard)

    def _give_up(self, place: "asyncio.Future[Any]", heard: int) -> None:
        if place.done():
            return
        place.set_exception(LinkLate)
        if self._heard == heard:
            self._retired = True

    def _close_when_done(self) -> None:
        if all(place.done() for place in self._line):
            self.close()
