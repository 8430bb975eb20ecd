"""The right to hold a connection: as many as the pool has, given in order of arrival, for a bounded wait.

It stands in front of SQLAlchemy's pool, which then never waits itself: its wait cannot be measured, and on Python 3.11
it may swallow a cancellation (``asyncio.wait_for``).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import Gauge, Histogram

from tertulia.platform.db.errors import exhausted, overrun

_LABELS = ("service", "server")
_IN_USE = Gauge("tertulia_db_connections_in_use", "Connections inside a unit of work", _LABELS)
_WAITING = Gauge("tertulia_db_connections_waiting", "Units of work that wait for a connection", _LABELS)
_WAIT = Histogram(
    "tertulia_db_connection_wait_seconds",
    "How long a unit of work waited for a connection",
    _LABELS,
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 5, 10),
)
# Who comes after so many others would only wait in vain.
_WAITING_PER_CONNECTION = 50


class Slots:
    def __init__(self, size: int, wait: timedelta, *, service: str, server: str) -> None:
        self._free = asyncio.Semaphore(size)
        self._wait = wait
        self._bound = size * _WAITING_PER_CONNECTION
        self.in_use = 0
        self.waiting = 0
        labels = {"service": service, "server": server}
        self._wait_seconds = _WAIT.labels(**labels)
        _IN_USE.labels(**labels).set_function(lambda: self.in_use)
        _WAITING.labels(**labels).set_function(lambda: self.waiting)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Raises ``Unavailable`` when none comes free in time, or when too many wait already."""
        if self._free.locked():
            await self._queue()
        else:
            await self._free.acquire()
            self._wait_seconds.observe(0)
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
            self._free.release()

    async def _queue(self) -> None:
        if self.waiting >= self._bound:
            raise overrun(self.waiting)
        self.waiting += 1
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._wait.total_seconds()):
                await self._free.acquire()
        except TimeoutError:
            raise exhausted(self._wait) from None
        finally:
            self.waiting -= 1
            self._wait_seconds.observe(time.monotonic() - started)
