"""A tenant's cache in Valkey: made with a workspace, so that a key without a tenant cannot be written.

A value carries its tenant and is checked when read. Loading happens once in a process and, by a short lock, once across
processes unless it takes long; a value is loaded anew shortly before it ends, while the old one is served. Valkey being
away only means loading. What is cached, and for how long, is the caller's (docs/caching.md lists it all).
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from tertulia.platform import context
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

log = structlog.get_logger()
T = TypeVar("T")

_EARLY_SHARE = 0.1
_LOCK_MS = 5000
_LOOKS, _LOOK_SECONDS = 25, 0.02
_ASKED = Counter(
    "tertulia_cache_total",
    "Values asked for: hit, miss (loaded), wait (another's load was joined); refresh: loaded early; unwritten: lost",
    ["component", "tenant_class", "outcome"],
)
Outcome = Literal["hit", "miss", "wait", "refresh", "unwritten"]
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How decoding fails at what we have not written: another version's value, another's key, bytes that are none."""

_JITTER = random.SystemRandom()
_flights: dict[tuple[Valkey, str], "asyncio.Task[Any]"] = {}


class _Stored(msgspec.Struct, array_like=True):
    workspace: UUID | None
    refresh_at: float
    value: msgspec.Raw


class Cache:
    """The cache of one component for one workspace (None: what belongs to no tenant). Cheap to make."""

    def __init__(self, valkey: Valkey, workspace_id: UUID | None, component: str) -> None:
        self._valkey = valkey
        self._workspace = workspace_id
        self._component = component

    async def get_or_load(self, key: str, ttl: timedelta, load: Callable[[], Awaitable[T]], type_: type[T]) -> T:
        """The cached value, else what ``load`` gives, which is kept for ``ttl``. What ``load`` raises is raised."""
        place = self._place(key)
        found = await self._read(place, type_)
        flight = _flights.get((self._valkey, place))
        if found is None:
            if flight is None:
                flight = self._flight(place, ttl, load, type_)
            else:
                self.count("wait")
            result: T = await asyncio.shield(flight)  # it goes on for the others when one of those who wait leaves
            return result
        value, early = found
        self.count("hit")
        if early and flight is None and await self._lock(place):
            self._flight(place, ttl, load, type_, early=True).add_done_callback(_forgive)
        return value

    async def get(self, key: str, type_: type[T]) -> T | None:
        """The cached value, for who cannot load it alone."""
        found = await self.peek(key, type_)
        self.count("miss" if found is None else "hit")
        return found

    async def peek(self, key: str, type_: type[T]) -> T | None:
        """The cached value; it is not counted, for who tells by more than its being there whether that was a hit."""
        found = await self._read(self._place(key), type_)
        return None if found is None else found[0]

    async def put(self, key: str, ttl: timedelta, value: object) -> None:
        """Keep a value that is at hand; Valkey being away is no error."""
        await self._write(self._place(key), ttl, value)

    async def drop(self, key: str) -> None:
        """Forget a value. Raises: ValkeyUnavailable, since who drops relies on it."""
        await self._valkey.call("DEL", self._place(key))

    def _place(self, key: str) -> str:
        digest = hashlib.sha256(key.encode()).hexdigest()[:40]
        return f"cache:{{{self._workspace or 'none'}}}:{self._component}:{digest}"

    async def _read(self, place: str, type_: type[T]) -> tuple[T, bool] | None:
        try:
            raw = await self._valkey.call("GET", place)
        except ValkeyUnavailable:
            return None
        if raw is None:
            return None
        try:
            stored = msgspec.msgpack.decode(raw, type=_Stored)
            if stored.workspace != self._workspace:
                log.error("cache_of_another_tenant", component=self._component)
                return None
            return msgspec.msgpack.decode(stored.value, type=type_), time.time() > stored.refresh_at
        except UNREADABLE:
            return None

    def _flight(
        self, place: str, ttl: timedelta, load: Callable[[], Awaitable[T]], type_: type[T], *, early: bool = False
    ) -> "asyncio.Task[T]":
        """A load that others in this process join."""
        loading = (self._load_early if early else self._load_once)(place, ttl, load, type_)
        flight = _flights[self._valkey, place] = asyncio.create_task(loading)
        flight.add_done_callback(lambda _: _flights.pop((self._valkey, place), None))
        flight.add_done_callback(_heed)
        return flight

    async def _load_once(self, place: str, ttl: timedelta, load: Callable[[], Awaitable[T]], type_: type[T]) -> T:
        """Who does not get the lock waits for the one who did; half a second only, for that one may be dead."""
        locked = await self._lock(place)
        for _ in range(0 if locked else _LOOKS):
            await asyncio.sleep(_LOOK_SECONDS)
            locked = await self._lock(place)  # first the lock, then the look: the value is written before it is free
            if found := await self._read(place, type_):
                if locked:
                    await self._unlock(place)
                self.count("wait")
                return found[0]
            if locked:
                break
        self.count("miss")
        return await self._load(place, ttl, load, locked=locked)

    async def _load_early(self, place: str, ttl: timedelta, load: Callable[[], Awaitable[T]], type_: type[T]) -> T:
        """Behind the lock it is looked again: another process may just have done it."""
        found = await self._read(place, type_)
        if found is not None and not found[1]:
            await self._unlock(place)
            return found[0]
        self.count("refresh")
        return await self._load(place, ttl, load, locked=True)

    async def _load(self, place: str, ttl: timedelta, load: Callable[[], Awaitable[T]], *, locked: bool) -> T:
        try:
            value = await load()
            await self._write(place, ttl, value)
        finally:
            if locked:
                await self._unlock(place)
        return value

    async def _lock(self, place: str) -> bool:
        """The lock ends by itself, soon: a second load does no harm."""
        try:
            return bool(await self._valkey.call("SET", f"{place}:lock", "1", "NX", "PX", _LOCK_MS))
        except ValkeyUnavailable:
            return True

    async def _unlock(self, place: str) -> None:
        with suppress(ValkeyUnavailable):
            await self._valkey.call("DEL", f"{place}:lock")

    async def _write(self, place: str, ttl: timedelta, value: object) -> None:
        seconds = ttl.total_seconds()
        early = seconds * _EARLY_SHARE * (0.5 + _JITTER.random())
        stored = _Stored(self._workspace, time.time() + seconds - early, msgspec.Raw(msgspec.msgpack.encode(value)))
        try:
            await self._valkey.call("SET", place, msgspec.msgpack.encode(stored), "PX", int(seconds * 1000))
        except ValkeyUnavailable:
            self.count("unwritten")

    def count(self, outcome: Outcome) -> None:
        """By what the tenant pays for; work that no call is behind has no class."""
        _ASKED.labels(self._component, context.current().plan, outcome).inc()


async def settled() -> None:
    """Until the loads that are under way have ended: for who leaves when its work is done."""
    if _flights:
        await asyncio.wait(_flights.values())


def _heed(flight: "asyncio.Task[Any]") -> None:
    """A failure is raised to each who waits; where all have left meanwhile it is nobody's."""
    if not flight.cancelled():
        flight.exception()


def _forgive(refreshing: "asyncio.Task[Any]") -> None:
    """An early load that fails is no fault yet: the value is still good, and the next asker tries again."""
    if not refreshing.cancelled() and (error := refreshing.exception()):
        log.warning("cache_refresh_failed", reason=type(error).__name__)
