"""The Valkey client: replies never cross, calls end in time, and it comes back by itself."""

import asyncio
import random
import select
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ResponseError

from tertulia.platform.valkey import Valkey, ValkeyUnavailable

pytestmark = pytest.mark.integration


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=2)) as opened:
        yield opened


async def test_calls_cancelled_at_any_point_never_give_another_call_their_reply(valkey: Valkey) -> None:
    """2,000 calls on one connection, a third of them cancelled at random: every reply is the caller's own."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(50):
        await valkey.call("SET", f"own:{number}", f"value-{number}")

    async def read(number: int) -> None:
        assert await valkey.call("GET", f"own:{number}") == b"value-%d" % number, f"seed {seed}"

    for _ in range(40):
        tasks = [asyncio.create_task(read(chance.randrange(50))) for _ in range(50)]
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        for task in chance.sample(tasks, 17):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [r for r in results if isinstance(r, Exception)]
    await read(0)
    assert valkey._link is not None
    assert valkey._link.in_line == 0, "nobody's reply is left behind"


async def test_a_refused_command_keeps_its_connection(valkey: Valkey) -> None:
    """An error reply is a reply: it is raised, and the connection goes on."""
    await valkey.call("SET", "plain", "x")
    with pytest.raises(ResponseError):
        await valkey.call("INCR", "plain")
    assert await valkey.call("GET", "plain") == b"x"


async def test_a_key_of_another_kind_is_as_good_as_away(valkey: Valkey) -> None:
    """Whoever can do without Valkey can do without what somebody else has put under its key."""
    await valkey.call("SET", "plain", "x")
    with pytest.raises(ValkeyUnavailable):
        await valkey.call("LPUSH", "plain", "y")
    assert await valkey.call("GET", "plain") == b"x"


async def test_a_script_unknown_to_the_server_is_sent_whole(valkey: Valkey) -> None:
    """After a restart the server knows no script: the caller does not notice."""
    script = "return {KEYS[1], ARGV[1]}"
    assert await valkey.eval(script, ["k"], ["v"]) == [b"k", b"v"]
    await valkey.call("SCRIPT", "FLUSH")
    assert await valkey.eval(script, ["k"], [1]) == [b"k", b"1"]


async def test_a_silent_server_costs_a_call_its_deadline_and_then_nothing(servers: Any) -> None:
    """A server that hangs: each call ends at 50 ms, soon they end at once, and all is well when it goes on."""
    async with Valkey(servers.valkey.url, name="silent") as valkey:
        await valkey.check()
        servers.valkey.pause()
        try:
            durations = []
            for _ in range(8):
                started = time.perf_counter()
                with pytest.raises(ValkeyUnavailable):
                    await valkey.call("GET", "x")
                durations.append(time.perf_counter() - started)
            assert max(durations) < 2
            assert min(durations) < 0.02, "the breaker is open"
        finally:
            servers.valkey.resume()
        async with asyncio.timeout(10):
            while True:
                with suppress(ValkeyUnavailable):
                    await valkey.call("SET", "back", "1")
                    break
                await asyncio.sleep(0.01)


async def test_it_comes_back_after_a_kill(servers: Any) -> None:
    """Calls fail while the server is gone, typed and at once; a new server is found without help."""
    async with Valkey(servers.valkey.url, name="killed", deadline=timedelta(milliseconds=500)) as valkey:
        await asyncio.gather(*(valkey.call("SET", f"k{i}", "v") for i in range(20)))
        servers.valkey.kill()
        with pytest.raises(ValkeyUnavailable) as refused:
            await valkey.call("GET", "k1")
        assert refused.value.status == 503
        assert refused.value.retry_after is not None
        servers.valkey.start()
        async with asyncio.timeout(10):
            while True:
                with suppress(ValkeyUnavailable):
                    await valkey.call("GET", "k1")
                    break
                await asyncio.sleep(0.01)


async def test_a_call_that_gives_up_while_it_connects_leaves_the_connection_to_others(servers: Any) -> None:
    """The deadline of a call may be shorter than a handshake: the connection is made all the same, once."""
    async with Valkey(servers.valkey.url, name="slow") as valkey:
        assert valkey._link is not None, "who enters it is connected"
        valkey._link.close()
        valkey._link = None
        with pytest.raises(ValkeyUnavailable):
            await valkey.call("GET", "x", deadline=timedelta(microseconds=1))
        async with asyncio.timeout(5):
            while valkey._link is None:
                await asyncio.sleep(0)
        made = valkey._link
        assert await valkey.call("GET", "x", deadline=timedelta(seconds=1)) is None
        assert valkey._link is made


async def test_many_calls_at_once_share_one_connection(valkey: Valkey) -> None:
    """300 calls in flight together: each has its own reply, and no further connection is opened."""
    await valkey.check()
    link = valkey._link
    replies = await asyncio.gather(*(valkey.call("ECHO", str(i)) for i in range(300)))
    assert replies == [b"%d" % i for i in range(300)]
    assert valkey._link is link


async def test_a_late_call_leaves_a_silent_connection_to_those_who_wait_on_it(servers: Any) -> None:
    """A call is late on a server that hangs: the next one gets a new connection, and whoever has more time on the
    old one is still answered there when the server goes on.
    """
    async with Valkey(servers.valkey.url, name="patient") as valkey:
        await valkey.call("SET", "mine", "1", deadline=timedelta(seconds=1))
        silent = valkey._link
        assert silent is not None
        servers.valkey.pause()
        try:
            patient = asyncio.create_task(valkey.call("GET", "mine", deadline=timedelta(seconds=10)))
            with pytest.raises(ValkeyUnavailable):
                await valkey.call("GET", "mine")
            assert not silent.usable
        finally:
            servers.valkey.resume()
        assert await patient == b"1"
        assert await valkey.call("GET", "mine", deadline=timedelta(seconds=1)) == b"1"
        assert valkey._link is not silent
        assert silent.in_line == 0


async def test_a_loop_that_was_held_up_does_not_make_its_calls_late(valkey: Valkey) -> None:
    """The reply came in time, and only this process was too busy to look: it is taken."""
    await valkey.call("SET", "there", "1")
    assert valkey._link is not None
    socket = valkey._link._transport.get_extra_info("socket")
    deadline = timedelta(milliseconds=50)
    asking = asyncio.create_task(valkey.call("GET", "there", deadline=deadline))
    for _ in range(3):
        await asyncio.sleep(0)  # it asks, and the loop sends
    late = time.monotonic() + 2 * deadline.total_seconds()
    assert asking.done() or select.select([socket], [], [], 10)[0]
    while time.monotonic() < late:
        pass
    assert await asking == b"1"


async def test_too_many_calls_in_line_are_refused(servers: Any) -> None:
    """The line has a bound: who comes after it is refused at once, and those in it are answered."""
    async with Valkey(servers.valkey.url, name="crowd", deadline=timedelta(seconds=20)) as valkey:
        await valkey.check()
        servers.valkey.pause()
        try:
            asking = [asyncio.create_task(valkey.call("ECHO", "x")) for _ in range(4096)]
            await asyncio.sleep(0)
            with pytest.raises(ValkeyUnavailable):
                await valkey.call("ECHO", "x")
        finally:
            servers.valkey.resume()
        assert set(await asyncio.gather(*asking)) == {b"x"}


async def test_a_server_that_talks_nonsense_is_left(servers: Any) -> None:
    """Bytes that are no reply, or a reply too many, end the connection; nobody is given them."""
    for nonsense in (b"nonsense\r\n", b"+OK\r\n+OK\r\n"):
        async with Valkey(servers.valkey.url, name="nonsense", deadline=timedelta(seconds=1)) as valkey:
            await valkey.check()
            link = valkey._link
            assert link is not None
            link.data_received(nonsense)
            assert not link.usable
            await valkey.check()
            assert valkey._link is not link
