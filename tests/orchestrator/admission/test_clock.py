"""Valkey's clock is set while permits are held: what is stored then lies in the past, or in the future."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tertulia.orchestrator.admission import Admission, Ask, Bounds, Gate, NotAdmittedInTime, ProviderLimits
from tertulia.platform.valkey import Valkey

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=6)
MICROS = 1_000_000


@asynccontextmanager
async def gate(valkey: Valkey, url: str, name: str) -> AsyncIterator[Gate]:
    waking = Valkey(url, name="wakes")
    limits = {name: ProviderLimits(concurrency=1)}
    async with Admission(valkey, waking, limits, Bounds(lease=LEASE)) as admission:
        found = admission.gate(name)
        assert found is not None
        yield found


async def set_clock(valkey: Valkey, name: str, seconds: int) -> None:
    """As if Valkey's clock had gone so far: all that is stored is so much older."""
    back = -seconds * MICROS
    for key in ("permits", "replicas"):
        for member in await valkey.call("ZRANGE", f"admission:{{{name}}}:{key}", 0, -1):
            await valkey.call("ZINCRBY", f"admission:{{{name}}}:{key}", back, member)
    await valkey.call("HINCRBYFLOAT", f"admission:{{{name}}}:state", "c", back)


def ask(patience: timedelta) -> Ask:
    return Ask(uuid4(), "free", 1, patience)


@pytest.mark.parametrize("seconds", [-3600, 12])
async def test_a_held_permit_is_given_to_nobody_else(servers: Any, seconds: int) -> None:
    """The provider never sees one more than it allows, and what is given back is given at once."""
    name = uuid4().hex
    async with (
        Valkey(servers.valkey.url, name="test", deadline=SECOND) as valkey,
        gate(valkey, servers.valkey.url, name) as one,
        gate(valkey, servers.valkey.url, name) as other,
    ):
        permit = await one.enter(ask(SECOND))
        await set_clock(valkey, name, seconds)
        with pytest.raises(NotAdmittedInTime):
            await other.enter(ask(SECOND / 4))
        waiting = asyncio.create_task(other.enter(ask(20 * SECOND)))
        permit.leave()
        (await waiting).leave()


async def test_who_waits_keeps_its_place(servers: Any) -> None:
    """A clock that is set forward makes no living process count as dead, whose calls would be served after others."""
    name = uuid4().hex
    async with (
        Valkey(servers.valkey.url, name="test", deadline=SECOND) as valkey,
        gate(valkey, servers.valkey.url, name) as one,
        gate(valkey, servers.valkey.url, name) as other,
    ):
        permit = await one.enter(ask(SECOND))
        served: list[str] = []

        async def wait(at: Gate, who: str) -> None:
            held = await at.enter(ask(20 * SECOND))
            served.append(who)
            held.leave()

        waiting: list[asyncio.Task[None]] = []
        for at, who in ((other, "first"), (one, "second")):
            waiting.append(asyncio.create_task(wait(at, who)))
            async with asyncio.timeout(20):
                while await valkey.call("ZCARD", f"admission:{{{name}}}:queue") < len(waiting):
                    await asyncio.sleep(0.01)
        await set_clock(valkey, name, 12)
        permit.leave()
        await asyncio.gather(*waiting)
        assert served == ["first", "second"]


async def test_what_the_dead_held_is_free_after_its_lease(servers: Any) -> None:
    """Also where the clock was set back by an hour meanwhile."""
    name = uuid4().hex
    async with (
        Valkey(servers.valkey.url, name="test", deadline=SECOND) as valkey,
        gate(valkey, servers.valkey.url, name) as living,
    ):
        dead = f"1-1|dead|{uuid4()}|1|1"
        (await living.enter(ask(SECOND))).leave()
        last = float(await valkey.call("HGET", f"admission:{{{name}}}:state", "c"))
        await valkey.call("ZADD", f"admission:{{{name}}}:permits", last + LEASE.total_seconds() * MICROS, dead)
        await set_clock(valkey, name, -3600)
        async with asyncio.timeout(2 * LEASE.total_seconds()):
            (await living.enter(ask(20 * SECOND))).leave()
