"""The cache: one load for many askers, a tenant's values for that tenant, and loading when Valkey is away."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tertulia.platform import context
from tertulia.platform.cache import Cache, settled
from tertulia.platform.valkey import Valkey

pytestmark = pytest.mark.integration
MINUTE = timedelta(minutes=1)


class Summary(msgspec.Struct, frozen=True):
    words: str


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=1)) as opened:
        yield opened


@pytest.fixture
async def other(servers: Any) -> AsyncIterator[Valkey]:
    """Another connection shares no load with the first: to the cache it is another process."""
    async with Valkey(servers.valkey.url, name="other", deadline=timedelta(seconds=1)) as opened:
        yield opened


def counted(component: str, plan: str = "") -> dict[str, float]:
    """The outcomes that there were."""
    names = {"component": component, "tenant_class": plan}
    counts = {
        outcome: REGISTRY.get_sample_value("tertulia_cache_total", names | {"outcome": outcome})
        for outcome in ("hit", "miss", "wait", "refresh", "unwritten")
    }
    return {outcome: count for outcome, count in counts.items() if count}


async def until_asked(load: "Loads") -> None:
    async with asyncio.timeout(5):
        while not load.count:
            await asyncio.sleep(0)


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


async def test_who_looked_before_a_value_was_kept_joins_its_load(valkey: Valkey, other: Valkey) -> None:
    """Whenever the answer to the look comes: a load ends when its value is kept, and nothing is loaded twice."""
    cache, loads, late = Cache(valkey, uuid4(), "summary"), Loads(), list[asyncio.Task[Any]]()

    async def load() -> Summary:
        if not late:
            late.append(asyncio.create_task(other.eval("for _ = 1, 2e7 do end", [], [])))
            await asyncio.sleep(0)  # Valkey is busy
            late.append(asyncio.create_task(cache.get_or_load("key", MINUTE, load, Summary)))
            await asyncio.sleep(0)  # and is asked before it is told
        return await loads()

    assert await cache.get_or_load("key", MINUTE, load, Summary) == Summary("x1")
    assert await late[1] == Summary("x1")
    assert loads.count == 1
    await late[0]


async def test_who_waits_has_the_value_before_it_is_kept(valkey: Valkey, other: Valkey) -> None:
    """A Valkey that is busy holds nobody up who has loaded."""
    cache = Cache(valkey, uuid4(), "a")
    busy: list[asyncio.Task[Any]] = []

    async def load() -> Summary:
        busy.append(asyncio.create_task(other.eval("for _ = 1, 2e7 do end", [], [])))
        await asyncio.sleep(0)
        return Summary("loaded")

    assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("loaded")
    assert not busy[0].done()
    await busy[0]
    await settled()
    assert await cache.get("k", Summary) == Summary("loaded")


async def test_a_value_that_cannot_be_kept_is_an_error(valkey: Valkey) -> None:
    """Its asker hears of it, and the next one is not kept waiting for it."""
    cache = Cache(valkey, uuid4(), "a")

    async def unwritable() -> Any:
        return object()

    for _ in range(2):
        with pytest.raises(TypeError):
            await cache.get_or_load("k", MINUTE, unwritable, Summary)


async def test_a_value_that_is_refused_when_it_is_kept_is_given_all_the_same(valkey: Valkey) -> None:
    """The asker has it already; what went wrong stands in the log. Here nothing may be kept for no time."""
    unforeseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unforeseen.append(told))
    with capture_logs() as logs:
        assert await Cache(valkey, uuid4(), "a").get_or_load("k", timedelta(0), Loads(), Summary) == Summary("x1")
        await settled()
    assert [(one["event"], one["reason"]) for one in logs] == [("cache_not_kept", "ResponseError")]
    assert not unforeseen


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


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xc1", b"\xa3\xff\xff\xff", b"\x91" * 10_000, b"\x93\xc0\xcb" + bytes(8) + b"\x91\xa2\xff\xff"],
    ids=["none", "no form", "no text", "deep", "no text within"],
)
async def test_garbage_is_loaded_anew_and_written_over(valkey: Valkey, garbage: bytes) -> None:
    """Whatever bytes stand under our key."""
    cache = Cache(valkey, None, "a")
    await valkey.call("SET", cache._place("k"), garbage)
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")
    assert await cache.peek("k", Summary) == Summary("x1")


async def test_something_else_than_a_value_is_written_over(valkey: Valkey) -> None:
    """A list under our key is as little a failure as nothing."""
    cache = Cache(valkey, uuid4(), "a")
    await valkey.call("RPUSH", cache._place("k"), b"x")
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")
    assert await cache.peek("k", Summary) == Summary("x1")


async def test_one_who_leaves_does_not_end_the_load_of_the_others(valkey: Valkey) -> None:
    """A cancelled asker goes alone."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads()
    load.gate.clear()
    leaving = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    staying = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    await until_asked(load)
    leaving.cancel()
    load.gate.set()
    assert await staying == Summary("x1")


@pytest.mark.parametrize("early", [False, True])
async def test_one_who_leaves_before_the_answer_comes_keeps_no_lock(valkey: Valkey, early: bool) -> None:
    """Valkey may have given it to who is gone: the next asker need not wait until it ends by itself."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads()
    await cache.get_or_load("another", MINUTE, load, Summary)  # Valkey knows the script
    lock = f"{cache._place('k')}:lock"
    asking = cache._lock(cache._place("k")) if early else cache.get_or_load("k", MINUTE, load, Summary)
    leaving = asyncio.create_task(asking)
    await asyncio.sleep(0)  # its question is on its way
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    assert await valkey.call("EXISTS", lock) == 0
    assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x2")


async def test_a_load_that_fails_is_raised_and_not_kept(valkey: Valkey) -> None:
    """The next asker tries again."""
    cache = Cache(valkey, uuid4(), "a")

    async def fail() -> Summary:
        raise LookupError

    with pytest.raises(LookupError):
        await cache.get_or_load("k", MINUTE, fail, Summary)
    assert await cache.get_or_load("k", MINUTE, Loads(), Summary) == Summary("x1")


async def test_a_load_that_fails_when_all_have_left_is_no_unheard_error(valkey: Valkey) -> None:
    """The loop hears of nothing that nobody fetched."""
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    begun, gate = asyncio.Event(), asyncio.Event()

    async def fail() -> Summary:
        begun.set()
        await gate.wait()
        raise LookupError

    leaving = asyncio.create_task(Cache(valkey, uuid4(), "a").get_or_load("k", MINUTE, fail, Summary))
    await begun.wait()
    leaving.cancel()
    await asyncio.wait([leaving])
    gate.set()
    await settled()
    del leaving  # its traceback holds the load
    gc.collect()
    assert unheard == []


async def test_two_processes_load_once_between_them(valkey: Valkey) -> None:
    """Who finds another process loading waits for its value."""
    cache, load = Cache(valkey, uuid4(), "a"), Loads()
    assert await cache._lock(cache._place("k")), "the other process"
    asking = asyncio.create_task(cache.get_or_load("k", MINUTE, load, Summary))
    await cache.put("k", MINUTE, Summary("other's"))
    assert await asking == Summary("other's")
    assert load.count == 0


async def test_fifty_askers_of_two_processes_cost_one_load(valkey: Valkey, other: Valkey) -> None:
    """They all come while it is being loaded; one loads, the others wait for what it finds."""
    workspace, component, load = uuid4(), uuid4().hex, Loads()
    load.gate.clear()
    caches = [Cache(connection, workspace, component) for connection in (valkey, other)]
    asking = [asyncio.create_task(caches[at % 2].get_or_load("k", MINUTE, load, Summary)) for at in range(50)]
    await until_asked(load)
    load.gate.set()
    assert set(await asyncio.gather(*asking)) == {Summary("x1")}
    assert load.count == 1
    assert counted(component) == {"miss": 1, "wait": 49}


async def test_a_process_that_died_while_loading_is_waited_for_half_a_second(valkey: Valkey) -> None:
    """Its lock is still there, and nothing comes of it: then it is loaded all the same."""
    component, load = uuid4().hex, Loads()
    cache = Cache(valkey, uuid4(), component)
    assert await cache._lock(cache._place("k")), "the one who dies"
    assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x1")
    assert counted(component) == {"miss": 1}


async def test_who_waits_for_a_load_that_fails_loads_at_once(valkey: Valkey, other: Valkey) -> None:
    """The failed one frees its lock."""
    workspace, load, failing = uuid4(), Loads(), Loads()
    failing.gate.clear()

    async def fail() -> Summary:
        await failing()
        raise LookupError

    asking = asyncio.create_task(Cache(other, workspace, "a").get_or_load("k", MINUTE, fail, Summary))
    await until_asked(failing)
    waiting = asyncio.create_task(Cache(valkey, workspace, "a").get_or_load("k", MINUTE, load, Summary))
    failing.gate.set()
    with pytest.raises(LookupError):
        await asking
    assert await waiting == Summary("x1")


async def test_before_its_end_a_value_is_served_and_loaded_behind(valkey: Valkey, other: Valkey) -> None:
    """Nobody waits for a value that is about to end, and one process of two loads it anew."""
    workspace, component, load = uuid4(), uuid4().hex, Loads("new")
    cache, elsewhere = (Cache(connection, workspace, component) for connection in (valkey, other))
    await cache.put("k", MINUTE, Summary("old"))
    place = cache._place("k")
    stored = msgspec.msgpack.decode(await valkey.call("GET", place))
    await valkey.call("SET", place, msgspec.msgpack.encode([stored[0], 0.0, stored[2]]))
    load.gate.clear()
    for asked in (cache, elsewhere, cache, elsewhere):
        assert await asked.get_or_load("k", MINUTE, load, Summary) == Summary("old")
    await until_asked(load)
    load.gate.set()
    async with asyncio.timeout(5):
        while await elsewhere.get_or_load("k", MINUTE, load, Summary) != Summary("new1"):
            await asyncio.sleep(0)
    assert load.count == 1
    assert counted(component)["refresh"] == 1
    assert "miss" not in counted(component)


async def test_hits_and_misses_are_counted_by_what_the_tenant_pays_for(valkey: Valkey) -> None:
    """The plan of the call, also where only its message tells it; work without a call has none."""
    component = uuid4().hex
    cache = Cache(valkey, uuid4(), component)
    with context.serving(context.CallContext(plan="team")):
        for _ in range(3):
            await cache.get_or_load("k", MINUTE, Loads(), Summary)
    with context.serving(context.CallContext()):
        context.name_plan("free")
        await cache.get_or_load("k", MINUTE, Loads(), Summary)
    context.name_plan("nobody's")
    await cache.get_or_load("k", MINUTE, Loads(), Summary)
    assert counted(component, "team") == {"miss": 1, "hit": 2}
    assert counted(component, "free") == {"hit": 1}
    assert counted(component) == {"hit": 1}


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
        await settled()
        assert await cache.get_or_load("k", MINUTE, load, Summary) == Summary("x2")
        await settled()
        asking = (cache.get_or_load("k", MINUTE, load, Summary) for _ in range(50))
        assert set(await asyncio.gather(*asking)) == {Summary("x3")}
