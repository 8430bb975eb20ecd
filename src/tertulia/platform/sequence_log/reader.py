"""The reading side of logs: one connection for a process, any number of followers.

A follower gets what the log holds and then what is published, each entry once and in order. Published messages are only
a short cut: whoever misses one, is too slow, or outlives Valkey reads the stream again from where it stands.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from tertulia.platform.sequence_log.keys import Entry, channel, from_message, from_stream, stream_key
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

log = structlog.get_logger()

_PAGE = 200
_READ_DEADLINE = timedelta(seconds=1)
_SUBSCRIBED_SECONDS = 0.05
_QUIET_SECONDS = 5.0
_PONG_SECONDS = 2.0
_CHECK_EACH_SECONDS = 5.0
_CHECKS_A_SECOND = 100.0
_QUEUE_MESSAGES = 256
_QUEUE_BYTES = 128 * 1024
_PAUSE = (0.05, 0.5)
_JITTER = random.SystemRandom()

_FOLLOWERS = Gauge("tertulia_log_followers", "Followers of logs in this process")
_RECONNECTS = Counter("tertulia_log_reconnects_total", "Times that the subscribing connection was opened anew")
_GAPS = Counter("tertulia_log_rereads_total", "Times that a follower went back to the stream", ["reason"])


class _Follower:
    """What has been published and not yet taken. When it grows too much it is dropped: the stream has it."""

    __slots__ = ("_bytes", "_messages", "_waiter", "behind")

    def __init__(self) -> None:
        self._messages: deque[list[Entry]] = deque()
        self._bytes = 0
        self._waiter: asyncio.Future[None] | None = None
        self.behind: str | None = "start"

    def push(self, entries: list[Entry], size: int) -> None:
        if self.behind:
            return
        if len(self._messages) >= _QUEUE_MESSAGES or self._bytes + size > _QUEUE_BYTES:
            self.fall_behind("slow")
            return
        self._messages.append(entries)
        self._bytes += size
        self._wake()

    def fall_behind(self, reason: str) -> None:
        self.behind = reason
        self._messages.clear()
        self._bytes = 0
        self._wake()

    async def take(self) -> list[Entry] | None:
        """The next published entries; None when the stream must be read."""
        while not self._messages and not self.behind:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self.behind:
            return None
        entries = self._messages.popleft()
        self._bytes -= sum(len(entry.data) for entry in entries)
        return entries

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Followed:
    """One log that somebody in this process follows."""

    __slots__ = ("followers", "name", "seen", "subscribed")

    def __init__(self, name: str) -> None:
        self.name = name
        self.followers: set[_Follower] = set()
        self.subscribed = asyncio.Event()
        self.seen = 0

    def fall_behind(self, reason: str) -> None:
        for follower in self.followers:
            follower.fall_behind(reason)


class LogReader:
    """Enter it to use it; one for each process."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._followed: dict[bytes, _Followed] = {}
        self._changes: dict[bytes, bool] = {}
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._check())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def exists(self, name: str) -> bool:
        """Whether Valkey holds anything of the log. Raises: ValkeyUnavailable."""
        return bool(await self._valkey.call("EXISTS", stream_key(name)))

    async def newest(self, name: str) -> Entry | None:
        """The last entry that Valkey holds; None when it holds none. Raises: ValkeyUnavailable."""
        entries = from_stream(await self._valkey.call("XREVRANGE", stream_key(name), "+", "-", "COUNT", 1))
        return entries[0] if entries else None

    async def follow(self, name: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """Each entry after a number, once and in order, until the log's end; waits for a log that is not there yet.

        Valkey being away only makes it wait. Whoever stops early closes the iterator (``contextlib.aclosing``).
        """
        batches = self.follow_batches(name, after)
        try:
            async for batch in batches:
                for entry in batch:
                    yield entry
        finally:
            await batches.aclose()

    async def follow_batches(self, name: str, after: int = 0) -> AsyncGenerator[list[Entry], None]:
        """The same, with all that is there at once in one list: cheaper where entries are sent on together."""
        followed, follower = self._join(name)
        position = max(0, after)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(followed.subscribed.wait(), _SUBSCRIBED_SECONDS)
            while True:
                entries = await follower.take()
                if entries is not None and entries[0].sequence > position + 1:
                    follower.fall_behind("gap")
                    entries = None
                if entries is None:
                    entries = await self._read(name, follower, position)
                ended = bool(entries) and entries[-1].end
                fresh = [entry for entry in entries if entry.sequence > position]
                if fresh:
                    position = fresh[-1].sequence
                    yield fresh
                if ended:
                    return
        finally:
            self._leave(name, followed, follower)

    async def _read(self, name: str, follower: _Follower, position: int) -> list[Entry]:
        """A page of the stream after a position; the last entry at least, so that an end behind us is seen. A log that
        begins after the position is another writer's, who found nothing of what was lost.

        The follower listens again only when a page was not full: then nothing can lie between page and messages.
        """
        reason = follower.behind or ""
        follower.behind = None  # before the read: what is published during it is kept, and sorted out by number
        if reason in ("gap", "slow", "check", "away"):
            _GAPS.labels(reason).inc()
        try:
            rows = await self._valkey.call(
                "XRANGE", stream_key(name), f"{position + 1}-0", "+", "COUNT", _PAGE, deadline=_READ_DEADLINE
            )
            if not rows and position:
                rows = await self._valkey.call(
                    "XREVRANGE", stream_key(name), "+", "-", "COUNT", 1, deadline=_READ_DEADLINE
                )
                rows = rows if rows and int(rows[0][0].partition(b"-")[0]) <= position else []
        except ValkeyUnavailable:
            await asyncio.sleep(_JITTER.uniform(*_PAUSE))
            follower.fall_behind("away")
            return []
        entries = from_stream(rows)
        if len(entries) == _PAGE:
            follower.fall_behind("page")
        return entries

    def _join(self, name: str) -> tuple[_Followed, _Follower]:
        key = channel(name)
        followed = self._followed.get(key)
        if followed is None:
            followed = self._followed[key] = _Followed(name)
            self._change(key, subscribe=True)
        follower = _Follower()
        followed.followers.add(follower)
        _FOLLOWERS.inc()
        return followed, follower

    def _leave(self, name: str, followed: _Followed, follower: _Follower) -> None:
        followed.followers.discard(follower)
        _FOLLOWERS.dec()
        key = channel(name)
        if not followed.followers and self._followed.get(key) is followed:
            del self._followed[key]
            self._change(key, subscribe=False)

    def _change(self, key: bytes, *, subscribe: bool) -> None:
        self._changes[key] = subscribe
        self._changed.set()

    async def _listen(self) -> None:
        """Keep a subscribing connection; after each new one everybody reads what may have been missed."""
        while True:
            try:
                connection = await self._valkey.open_connection()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(_JITTER.uniform(*_PAUSE))
                continue
            self._changes = dict.fromkeys(self._followed, True)
            self._changed.set()
            sending = asyncio.create_task(self._send_changes(connection))
            try:
                await self._receive(connection)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("log_reader_reconnects", reason=type(error).__name__)
                _RECONNECTS.inc()
            finally:
                sending.cancel()
                for followed in self._followed.values():
                    followed.subscribed.clear()
                await connection.disconnect(nowait=True)
            await asyncio.sleep(_JITTER.uniform(0, _PAUSE[0]))

    async def _send_changes(self, connection: AbstractConnection) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            changes, self._changes = self._changes, {}
            joined = [key for key, subscribe in changes.items() if subscribe]
            left = [key for key, subscribe in changes.items() if not subscribe]
            with suppress(RedisError, OSError):  # the receiving side sees the same and opens a new connection
                if joined:
                    await connection.send_command("SUBSCRIBE", *joined)
                if left:
                    await connection.send_command("UNSUBSCRIBE", *left)

    async def _receive(self, connection: AbstractConnection) -> None:
        pinged = False
        while True:
            message: list[Any] | None = await connection.read_response(
                timeout=_PONG_SECONDS if pinged else _QUIET_SECONDS
            )
            if message is None:
                if pinged:
                    raise TimeoutError
                await connection.send_command("PING")
                pinged = True
                continue
            pinged = False
            self._dispatch(message)

    def _dispatch(self, message: list[Any]) -> None:
        kind = message[0]
        followed = self._followed.get(message[1])
        if followed is None:
            return
        if kind == b"message":
            payload: bytes = message[2]
            entries = from_message(payload)
            followed.seen = entries[-1].sequence
            for follower in followed.followers:
                follower.push(entries, len(payload))
        elif kind == b"subscribe":
            followed.subscribed.set()
            followed.fall_behind("subscribed")

    async def _check(self) -> None:
        """Look at each followed log now and then, at a bounded rate, in case a message never came."""
        while True:
            for key, followed in list(self._followed.items()):
                count = max(1, len(self._followed))
                await asyncio.sleep(max(_CHECK_EACH_SECONDS / count, 1 / _CHECKS_A_SECOND))
                if self._followed.get(key) is followed:
                    await self._check_one(followed)
            if not self._followed:
                await asyncio.sleep(_CHECK_EACH_SECONDS)

    async def _check_one(self, followed: _Followed) -> None:
        with suppress(ValkeyUnavailable):
            rows = await self._valkey.call("XREVRANGE", stream_key(followed.name), "+", "-", "COUNT", 1)
            newest = int(rows[0][0].partition(b"-")[0]) if rows else 0
            if newest > followed.seen:
                followed.seen = newest
                followed.fall_behind("check")
