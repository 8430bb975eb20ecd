"""The connection to NATS: made in the background, kept for ever, and never in the way of a service's start.

A client that its library has given up is replaced. After each (re)connection the streams are made sure of before
anyone may use it, so that a server that lost its store is filled again.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from prometheus_client import Counter, Gauge

from tertulia.platform import jitter
from tertulia.platform.bus import streams
from tertulia.platform.bus.consumer import Broadcast, Consumer
from tertulia.platform.bus.envelope import Envelope, Subscription
from tertulia.platform.errors import Unavailable

log = structlog.get_logger()

_CONNECTED = Gauge("tertulia_bus_connected", "1 while the bus can be used", ("client",))
_PUBLISHED = Counter("tertulia_bus_published_total", "Messages published, by outcome", ("client", "outcome"))
_SHORTLY = timedelta(seconds=1)
_RETRY_SECONDS = (0.2, 1.0)


class Bus:
    """``grace`` is how long running handlers may take to finish when the worker is stopped."""

    def __init__(
        self, url: str, name: str, *, grace: timedelta = timedelta(seconds=10), stream_replicas: int = 1
    ) -> None:
        self._url = url
        self._name = name
        self.grace = grace
        self._replicas = stream_replicas
        self._client: Client | None = None
        self._ready = asyncio.Event()
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._supervisor: asyncio.Task[None] | None = None
        self.born: dict[str, datetime] = {}
        _CONNECTED.labels(name).set_function(lambda: float(self.is_ready))

    async def __aenter__(self) -> Self:
        self._supervisor = asyncio.create_task(self._supervise(), name=f"bus connection of {self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._supervisor is not None:
            while not self._supervisor.done():
                # Again and again: wait_for, on which the library stands, can lose a cancellation (bpo-37658).
                self._supervisor.cancel()
                await asyncio.wait([self._supervisor], timeout=0.2)
        self._ready.clear()
        if self._client is not None and not self._client.is_closed:
            with suppress(nats.errors.Error, OSError, TimeoutError):
                await self._client.flush(timeout=1)
            await self._client.close()

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set() and self._client is not None and self._client.is_connected

    async def ready(self) -> Client:
        """Waits until the bus can be used."""
        while not self.is_ready:
            self._ready.clear()
            self._changed.set()
            await self._ready.wait()
        assert self._client is not None  # noqa: S101 - is_ready says so
        return self._client

    def when_ready(self, listener: Callable[[], None]) -> None:
        """Calls back after each (re)connection."""
        self._listeners.append(listener)

    async def check(self) -> None:
        if not self.is_ready:
            raise Unavailable("The message bus is not connected.", retry_after=_SHORTLY)

    async def publish(self, envelope: Envelope, *, timeout: timedelta = timedelta(seconds=2)) -> None:  # noqa: ASYNC109 - the deadline of the acknowledgement
        """Returns once the server has stored it. Raises ``Unavailable`` when that is not known within the deadline."""
        await self.put(envelope.subject, envelope.headers(), envelope.body, timeout=timeout)

    async def put(
        self,
        subject: str,
        headers: dict[str, str],
        body: bytes,
        *,
        timeout: timedelta = timedelta(seconds=2),  # noqa: ASYNC109 - the deadline of the acknowledgement
    ) -> None:
        await self.check()
        try:
            await self.jetstream().publish(subject, body, timeout.total_seconds(), streams.of(subject), headers)
        except (nats.errors.Error, JetStreamError, TimeoutError, OSError) as error:
            _PUBLISHED.labels(self._name, "failed").inc()
            raise Unavailable("The message bus did not take the message.", retry_after=_SHORTLY) from error
        _PUBLISHED.labels(self._name, "stored").inc()

    def jetstream(self) -> JetStreamContext:
        if self._client is None:
            raise Unavailable("The message bus is not connected.", retry_after=_SHORTLY)
        return self._client.jetstream(timeout=2)

    async def run(self, subscriptions: Sequence[Subscription[Any]]) -> None:
        """Handles messages until cancelled; then takes no more and gives running handlers their grace."""
        async with asyncio.TaskGroup() as group:
            for subscription in subscriptions:
                consumer = (Broadcast if subscription.broadcast else Consumer)(self, subscription)
                group.create_task(consumer.run(), name=f"consumer {subscription.durable}")

    async def _supervise(self) -> None:
        while True:
            self._changed.clear()
            try:
                if self._client is None or self._client.is_closed:
                    self._client = await self._connect()
                if self._client.is_connected and not self._ready.is_set():
                    self.born = await streams.ensure(self._client.jetstream(timeout=2), self._replicas)
                    self._announce()
            except Exception as error:  # noqa: BLE001 - whatever the library raises, the next try may do better
                log.warning("bus_not_ready", client=self._name, reason=repr(error))
                await asyncio.sleep(jitter.between(*_RETRY_SECONDS))
                continue
            await self._changed.wait()

    async def _connect(self) -> Client:
        client = Client()

        async def lost() -> None:
            self._ready.clear()
            self._changed.set()

        async def found() -> None:
            self._changed.set()

        async def failed(error: Exception) -> None:
            log.info("bus_connection_error", client=self._name, reason=type(error).__name__)

        await client.connect(
            self._url,
            name=self._name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RETRY_SECONDS[0],  # type: ignore[arg-type] # it is only slept for
            connect_timeout=2,
            ping_interval=2,
            max_outstanding_pings=2,
            disconnected_cb=lost,
            closed_cb=lost,
            reconnected_cb=found,
            error_cb=failed,
        )
        return client

    def _announce(self) -> None:
        log.info("bus_ready", client=self._name)
        self._ready.set()
        for listener in self._listeners:
            listener()
