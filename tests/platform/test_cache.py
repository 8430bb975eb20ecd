"""The cache: one load for many askers, a tenant's values for that tenant, and loading when Valkey is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tertulia.platform.cache import Cache
from tertulia.platform.valkey import Valkey

pytestmark = pytest.mark.integration
MINUTE = timedelta(minutes=1)


class Summary(msgspec.Struct, frozen=True):
    words: str


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=1)) as opened:
        yield opened


class Loads:
    """A load that counts."""

    def __init__(self, words: str = "x") -> None:
        self.count = 0
        self.words = words
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Summary:
        self.count += 1
        await self.gate.wait()
        return Summary(f"{self.words}{self.count}")


async def test_a_value_is_loaded_once_and_kept(valkey: Valkey) -> None:
    """Two hundred askers at once cost one load, and later ones none."""
    cache, load = Cache(valkey, uuid4(), "summary"), Loads()
    values = await asyncio.gather(*(cache.get_or_load("k", MINUTE, load, Summary) for _ in range(200)))
    assert set(values) == {Summary("x1")}
    assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x1")
    assert load.count == 1


async def test_tenants_and_components_do_not_share(valkey: Valkey) -> None:
    """The same key of another workspace or component is another value."""
    one, other = uuid4(), uuid4()
    for cache in (
        Cache(valkey, one, "a"),
        Cache(valkey, other, "a"),
        Cache(valkey, one, "b"),
        Cache(valkey, None, "a"),
    ):
        load = Loads()
        await cache.get_or_load("k", MINUTE, load, Summary)
        assert load.count == 1


async def test_a_value_of_another_tenant_is_not_believed(valkey: Valkey) -> None:
    """Even where Valkey holds a foreign value under our key, it is loaded anew."""
    mine, foreign = Cache(valkey, uuid4(), "a"), Cache(valkey, uuid4(), "a")
    await foreign.put("k", MINUTE, Summary("foreign"))
    await valkey.call("SET", mine._place("k"), await valkey.call("GET", foreign._place("k")))
    assert await mine.get_or_load("k", MINUTE, Loads("mine"), Summary) == Summary("mine1")


async def test_a_value_of_another_shape_is_loaded_anew(valkey: Valkey) -> None:
    """What an older version of the program wrote is no error."""
    cache = Cache(valkey, uuid4(), "a")
    await cache.put("k", MINUTE, [1, 2])
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")
    await valkey.call("SET", cache._place("k"), b"\xc1")
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")


async def test_one_who_leaves_does_not_end_the_load_of_the_others(valkey: Valkey) -> None:
    """A cancelled asker goes alone."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads()
    load.gate.clear()
    leaving = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    staying = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    async with asyncio.timeout(5):
        while not load.count:
            await asyncio.sleep(0)
    leaving.cancel()
    load.gate.set()
    assert await staying == Summary("x1")


async def test_a_load_that_fails_is_raised_and_not_kept(valkey: Valkey) -> None:
    """The next asker tries again."""
    cache = Cache(valkey, uuid4(), "a")

    async def fail() -> Summary:
        raise LookupError

    with pytest.raises(LookupError):
        await cache.get_or_load("k", MINUTE, fail, Summary)
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")


async def test_two_processes_load_once_between_them(valkey: Valkey) -> None:
    """Who finds another process loading waits for its value."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads()
    assert await cache._lock(cache._place("k")), "the other process"
    asking = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    await cache.put("k", MINUTE, Summary("other's"))
    assert await asking == Summary("other's")
    assert load.count == 0


async def test_before_its_end_a_value_is_served_and_loaded_behind(valkey: Valkey) -> None:
    """Nobody waits for a value that is about to end."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads("new")
    await cache.put("k", MINUTE, Summary("old"))
    place = cache._place("k")
    stored = msgspec.msgpack.decode(await valkey.call("GET", place))
    await valkey.call("SET", place, msgspec.msgpack.encode([stored[0], 0.0, stored[2]]))
    assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("old")
    async with asyncio.timeout(5):
        while await cache.get_or_load("k", MINUTE, load, Summary) != Summary("new1"):
            await asyncio.sleep(0)
    assert load.count == 1


async def test_dropped_means_loaded_anew(valkey: Valkey) -> None:
    """What is dropped is gone for every process."""
    cache = Cache(valkey, uuid4(), "a")
    await cache.put("k", MINUTE, Summary("old"))
    await cache.drop("k")
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")


async def test_without_valkey_it_loads() -> None:
    """The cache is never needed."""
    async with Valkey("redis://127.0.0.1:1/0", name="away") as away:
        cache, load = Cache(away, UUID(int=1), "a"), Loads()
        assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x1")
        assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x2")
