"""A tenant's cache in Valkey: made with a workspace, so that a key without a tenant cannot be written.

A value carries its tenant and is checked when read. Loading happens once in a process and, by a short lock, once across
processes unless it takes long; who waits for it gets it before it is kept. A value is loaded anew shortly before it
ends, while the old one is served. Valkey being away only means loading. What is cached, and for how long, is the
caller's (docs/caching.md lists it all).
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar
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
_READ_OR_LOCK = """
local value = redis.call('GET', KEYS[1])
return value or (redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) and 1 or 0)
"""
_KEEP_AND_UNLOCK = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
"""
Outcome = Literal["hit", "miss", "wait", "refresh", "unwritten"]
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How decoding fails at what we have not written: another version's value, another's key, bytes that are none."""

_JITTER = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Wanted(Generic[T]):
    """A value that is not there; ``loaded`` as soon as it is, for all who wait for it."""

    place: str
    ttl: timedelta
    load: Callable[[], Awaitable[T]]
    type: type[T]
    loaded: "asyncio.Future[T]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Flight(NamedTuple):
    """A load that others in this process join; it ends when its value is kept."""

    task: "asyncio.Task[None]"
    loaded: "asyncio.Future[Any]"


_flights: dict[tuple[Valkey, str], _Flight] = {}


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
        found, locked = await self._read_or_lock(place, type_)
        flight = _flights.get((self._valkey, place))
        if found is None:
            if flight is None:
                wanted = _Wanted(place, ttl, load, type_)
                flight = self._begin(wanted, self._load_once(wanted, locked=locked))
            else:
                self.count("wait")
                if locked:
                    await self._unlock(place)
            result: T = await asyncio.shield(flight.loaded)  # it goes on for the others when one who waits leaves
            return result
        value, early = found
        self.count("hit")
        if early and flight is None and await self._lock(place) and (self._valkey, place) not in _flights:
            wanted = _Wanted(place, ttl, load, type_)
            self._begin(wanted, self._load_early(wanted)).loaded.add_done_callback(_forgive)
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
        await self._write(self._place(key), ttl, self._stored(value, ttl))

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
        return None if raw is None else self._believed(raw, type_)

    async def _read_or_lock(self, place: str, type_: type[T]) -> tuple[tuple[T, bool] | None, bool]:
        """What is kept, or whether who asks is the one to load it."""
        try:
            raw = await self._or_unlock(place, self._valkey.eval(_READ_OR_LOCK, [place, _lock_of(place)], [_LOCK_MS]))
        except ValkeyUnavailable:
            return None, True
        if isinstance(raw, int):
            return None, raw == 1
        found = self._believed(raw, type_)
        return found, found is None and await self._lock(place)

    def _believed(self, raw: bytes, type_: type[T]) -> tuple[T, bool] | None:
        """A stored value, and whether it is to be loaded anew."""
        try:
            stored = msgspec.msgpack.decode(raw, type=_Stored)
            if stored.workspace != self._workspace:
                log.error("cache_of_another_tenant", component=self._component)
                return None
            return msgspec.msgpack.decode(stored.value, type=type_), time.time() > stored.refresh_at
        except UNREADABLE:
            return None

    def _begin(self, wanted: _Wanted[T], loading: Coroutine[Any, Any, None]) -> _Flight:
        loaded, named = wanted.loaded, (self._valkey, wanted.place)
        loaded.add_done_callback(_heed)
        task = asyncio.create_task(loading)

        def end(task: "asyncio.Task[None]") -> None:
            del _flights[named]
            if task.cancelled():
                loaded.cancel()
            elif (failure := task.exception()) is None:
                return
            elif loaded.done():
                log.error("cache_not_kept", component=self._component, reason=type(failure).__name__)
            else:
                loaded.set_exception(failure)

        task.add_done_callback(end)
        flight = _flights[named] = _Flight(task, loaded)
        return flight

    async def _load_once(self, wanted: _Wanted[T], *, locked: bool) -> None:
        """Who does not get the lock waits for the one who did; half a second only, for that one may be dead."""
        for _ in range(0 if locked else _LOOKS):
            await asyncio.sleep(_LOOK_SECONDS)
            found, locked = await self._read_or_lock(wanted.place, wanted.type)
            if found is not None:
                self.count("wait")
                wanted.loaded.set_result(found[0])
                return
            if locked:
                break
        self.count("miss")
        await self._load(wanted, locked=locked)

    async def _load_early(self, wanted: _Wanted[T]) -> None:
        """Behind the lock it is looked again: another process may just have done it."""
        found = await self._read(wanted.place, wanted.type)
        if found is not None and not found[1]:
            await self._unlock(wanted.place)
            wanted.loaded.set_result(found[0])
            return
        self.count("refresh")
        await self._load(wanted, locked=True)

    async def _load(self, wanted: _Wanted[T], *, locked: bool) -> None:
        try:
            value = await wanted.load()
            stored = self._stored(value, wanted.ttl)
        except BaseException:
            if locked:
                await self._unlock(wanted.place)
            raise
        wanted.loaded.set_result(value)
        await self._write(wanted.place, wanted.ttl, stored, locked=locked)

    async def _lock(self, place: str) -> bool:
        """The lock ends by itself, soon: a second load does no harm."""
        asking = self._valkey.call("SET", _lock_of(place), "1", "NX", "PX", _LOCK_MS)
        try:
            return bool(await self._or_unlock(place, asking))
        except ValkeyUnavailable:
            return True

    async def _or_unlock(self, place: str, asking: Awaitable[Any]) -> Any:
        """Who is cancelled before the answer comes may have been given the lock: it is let go at once. So is one that
        another has: then one more loads, which is less than all others waiting.
        """
        try:
            return await asking
        except asyncio.CancelledError:
            self._valkey.tell("DEL", _lock_of(place))
            raise

    async def _unlock(self, place: str) -> None:
        with suppress(ValkeyUnavailable):
            await self._valkey.call("DEL", _lock_of(place))

    def _stored(self, value: object, ttl: timedelta) -> bytes:
        seconds = ttl.total_seconds()
        early = seconds * _EARLY_SHARE * (0.5 + _JITTER.random())
        raw = msgspec.Raw(msgspec.msgpack.encode(value))
        return msgspec.msgpack.encode(_Stored(self._workspace, time.time() + seconds - early, raw))

    async def _write(self, place: str, ttl: timedelta, stored: bytes, *, locked: bool = False) -> None:
        """And free its lock."""
        milliseconds = int(ttl.total_seconds() * 1000)
        try:
            if locked:
                await self._valkey.eval(_KEEP_AND_UNLOCK, [place, _lock_of(place)], [stored, milliseconds])
            else:
                await self._valkey.call("SET", place, stored, "PX", milliseconds)
        except ValkeyUnavailable:
            self.count("unwritten")

    def count(self, outcome: Outcome) -> None:
        """By what the tenant pays for; work that no call is behind has no class."""
        _ASKED.labels(self._component, context.current().plan, outcome).inc()


async def settled() -> None:
    """Until the loads that are under way have ended: for who leaves when its work is done."""
    if _flights:
        await asyncio.wait([flight.task for flight in _flights.values()])


def _lock_of(place: str) -> str:
    return f"{place}:lock"


def _heed(loaded: "asyncio.Future[Any]") -> None:
    """A failure is raised to each who waits; where all have left meanwhile it is nobody's."""
    if not loaded.cancelled():
        loaded.exception()


def _forgive(refreshed: "asyncio.Future[Any]") -> None:
    """An early load that fails is no fault yet: the value is still good, and the next asker tries again."""
    if not refreshed.cancelled() and (error := refreshed.exception()):
        log.warning("cache_refresh_failed", reason=type(error).__name__)
