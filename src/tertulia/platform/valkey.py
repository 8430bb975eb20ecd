"""The one door to Valkey: one connection that all calls of a process share, a deadline for each, and a breaker.

A reply only ever reaches the call that it answers, also when callers leave (``valkey_link``). Nothing is tried again
here: what Valkey holds can be rebuilt, and each caller has its own way of doing without.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from hashlib import sha1
from types import TracebackType
from typing import Any, Self

import hiredis
import structlog
from prometheus_client import Counter, Gauge, Histogram
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import (
    BusyLoadingError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from tertulia.platform.errors import Unavailable
from tertulia.platform.valkey_link import Link, LinkLate, LinkLost

log = structlog.get_logger()

Argument = str | bytes | int | float
DEADLINE = timedelta(milliseconds=50)
_CONNECT_SECONDS = 1.0
_FAILURES_TO_OPEN = 5
_OPEN_SECONDS = 1.0

_SECONDS = Histogram(
    "tertulia_valkey_call_seconds",
    "Time of a call to Valkey, the wait for a connection included",
    buckets=(0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 1),
)
_FAILED = Counter("tertulia_valkey_failures_total", "Calls without an answer", ["reason"])
_IN_LINE = Gauge("tertulia_valkey_calls_in_line", "Replies that are still to come", ["client"])
_BREAKER = Gauge("tertulia_valkey_breaker_open", "1 while calls to Valkey are refused", ["client"])


_ANOTHER_KIND = "WRONGTYPE"
"""Something else than we keep stands under our key: nothing can be had from it, as where nothing answers."""


class ValkeyUnavailable(Unavailable):
    """Valkey gave no answer in time, is known to be away, or takes no writes (it is full, or a replica)."""

    def __init__(self, reason: str) -> None:
        super().__init__("A store that this needs is away.", retry_after=timedelta(seconds=1))
        self.reason = reason


class Valkey:
    """One process's connection to Valkey; enter it to use it. ``name`` is how it is called there and in metrics.

    In a cluster each script finds its keys in one slot, because callers tag them with braces.
    """

    def __init__(self, url: str, *, name: str, deadline: timedelta = DEADLINE) -> None:
        self._options: dict[str, Any] = dict(parse_url(url))
        self._class: type[AbstractConnection] = self._options.pop("connection_class", Connection)
        self._name = name
        self._deadline = deadline.total_seconds()
        self._link: Link | None = None
        self._opening: asyncio.Task[Link] | None = None
        self._breaker = _Breaker(name)
        self._scripts: dict[str, bytes] = {}
        _IN_LINE.labels(name).set_function(lambda: self._link.in_line if self._link is not None else 0)

    async def __aenter__(self) -> Self:
        """Connects, so that no first call has to within its own deadline; a server that is away is no error here."""
        with suppress(RedisError, OSError, LinkLost):
            await self._connect(_CONNECT_SECONDS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait((self._opening,))
        if self._link is not None:
            self._link.close()

    async def call(self, *command: Argument, deadline: timedelta | None = None) -> Any:
        """Send one command. Replies are bytes, ints, lists of these, or None.

        Raises: ValkeyUnavailable, also for a key of another kind; ResponseError when Valkey refuses the command itself.
        """
        self._breaker.check()
        seconds = self._deadline if deadline is None else deadline.total_seconds()
        started = time.perf_counter()
        try:
            link = self._link
            if link is None or not link.usable:
                link = await self._connect(seconds)
                seconds -= time.perf_counter() - started
            reply = await link.ask(hiredis.pack_command(command), seconds)
        except (OutOfMemoryError, ReadOnlyError) as error:
            self._breaker.succeeded()
            _FAILED.labels("refused").inc()
            raise ValkeyUnavailable("refused") from error
        except ResponseError as error:
            self._breaker.succeeded()
            if _ANOTHER_KIND in str(error):
                raise ValkeyUnavailable("refused") from error
            raise
        except (LinkLate, LinkLost, TimeoutError, RedisError, OSError) as error:
            raise self._failed(error) from error
        except BaseException:
            self._breaker.undecided()
            raise
        self._breaker.succeeded()
        _SECONDS.observe(time.perf_counter() - started)
        return reply

    def tell(self, *command: Argument) -> None:
        """Send one command behind those that were sent before, for who cannot wait; nothing where no connection is."""
        if self._link is not None and self._link.usable:
            self._link.tell(hiredis.pack_command(command))

    async def eval(
        self, script: str, keys: Sequence[Argument], args: Sequence[Argument], *, deadline: timedelta | None = None
    ) -> Any:
        """Run a Lua script by its hash; a server that does not know it yet is given the text."""
        digest = self._scripts.get(script)
        if digest is None:
            digest = self._scripts[script] = sha1(script.encode(), usedforsecurity=False).hexdigest().encode()
        try:
            return await self.call("EVALSHA", digest, len(keys), *keys, *args, deadline=deadline)
        except NoScriptError:
            return await self.call("EVAL", script, len(keys), *keys, *args, deadline=deadline)

    async def check(self) -> None:
        """For readiness. Raises: ValkeyUnavailable."""
        await self.call("PING", deadline=timedelta(seconds=1))

    async def open_connection(self) -> AbstractConnection:
        """A connection of its own, for who subscribes; who opens it closes it (``disconnect``).

        The log-in has the same bound as the connecting: a server may accept and then say nothing.
        """
        connection = self._class(
            **self._options,
            client_name=f"tertulia-{self._name}",
            protocol=2,
            socket_timeout=None,
            socket_connect_timeout=_CONNECT_SECONDS,
            driver_info=None,
        )
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call] # redis-py leaves it untyped
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return connection

    async def _connect(self, seconds: float) -> Link:
        """The connection, once it is there. Opening goes on when a caller's deadline passes: a slow handshake must not
        be begun again by each call.
        """
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open_link(), name=f"connect to valkey as {self._name}")
            self._opening.add_done_callback(_heed)
        async with asyncio.timeout(seconds):
            return await asyncio.shield(self._opening)

    async def _open_link(self) -> Link:
        connection = await self.open_connection()
        streams = connection._writer  # noqa: SLF001 - redis-py does TLS and log-in; from here its stream is ours
        if not isinstance(streams, asyncio.StreamWriter):
            raise LinkLost("closed at once")
        self._link = Link(streams.transport, _reply_error, connection._close)  # noqa: SLF001 - the same
        return self._link

    def _failed(self, error: Exception) -> ValkeyUnavailable:
        reason = "late" if isinstance(error, TimeoutError | RedisTimeoutError | LinkLate) else type(error).__name__
        _FAILED.labels(reason).inc()
        self._breaker.failed(reason)
        return ValkeyUnavailable(reason)


_ERRORS: dict[str, type[RedisError]] = {
    "LOADING": BusyLoadingError,  # it has started and is not there yet, which is as good as being away
    "NOSCRIPT": NoScriptError,
    "OOM": OutOfMemoryError,
    "READONLY": ReadOnlyError,
}


def _reply_error(text: str) -> RedisError:
    return _ERRORS.get(text.partition(" ")[0], ResponseError)(text)


def _heed(opening: "asyncio.Task[Link]") -> None:
    """A failure is each caller's own to report; one that nobody waited for is nobody's."""
    if not opening.cancelled():
        opening.exception()


class _State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class _Breaker:
    """Opens after five failures in a row; after a second one call goes through as a probe and decides."""

    def __init__(self, name: str) -> None:
        self._state = _State.CLOSED
        self._failures = 0
        self._until = 0.0
        self._gauge = _BREAKER.labels(name)

    def check(self) -> None:
        if self._state is _State.CLOSED:
            return
        if self._state is _State.OPEN and time.monotonic() >= self._until:
            self._state = _State.PROBING
            return
        _FAILED.labels("breaker").inc()
        raise ValkeyUnavailable("breaker")

    def succeeded(self) -> None:
        self._failures = 0
        if self._state is not _State.CLOSED:
            log.info("valkey_back")
            self._state = _State.CLOSED
            self._gauge.set(0)

    def failed(self, reason: str) -> None:
        self._failures += 1
        if self._state is _State.PROBING or (self._state is _State.CLOSED and self._failures >= _FAILURES_TO_OPEN):
            if self._state is _State.CLOSED:
                log.warning("valkey_away", reason=reason)
            self._state = _State.OPEN
            self._until = time.monotonic() + _OPEN_SECONDS
            self._gauge.set(1)

    def undecided(self) -> None:
        """The call was cancelled: a probe that was gives way to the next one."""
        if self._state is _State.PROBING:
            self._state = _State.OPEN
