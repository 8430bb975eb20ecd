"""A provider's limits over several replicas, each a process of its own, by what the provider itself has seen."""

import asyncio
import itertools
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from bench.processes import running_beside
from tertulia.orchestrator.admission import ProviderLimits
from tests.orchestrator.admission.client import Load, Plan
from tests.simulated import KEY, Simulated

WINDOW = 5.0
SECONDS = 12.5
ON_THE_WAY = 0.25
"""Seconds by which one call may take longer to arrive than the next: the provider sees arrivals, not permits."""


async def replicas(plan: Plan, count: int) -> list[dict[str, int]]:
    """What each of them counted."""
    given = msgspec.json.encode(plan).decode()
    command = [sys.executable, "-m", "tests.orchestrator.admission.client", given]
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(running_beside(command, stdout=PIPE)) for _ in range(count)]
        ended = await asyncio.gather(*(process.communicate() for process in started))
    assert all(process.returncode == 0 for process in started)
    return [json.loads(out.splitlines()[-1]) for out, _ in ended]


def seen(simulated: Simulated, model: str) -> list[dict[str, Any]]:
    return [entry for entry in simulated.log() if entry["model"] == model]


def most_in_a_window(times: Sequence[float], seconds: float) -> int:
    """The most that any window, wherever it begins, has seen."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def most_tokens_in_a_window(calls: Sequence[tuple[float, int]], seconds: float) -> int:
    """The same of calls by their times and tokens."""
    return max(sum(tokens for later, tokens in calls if 0 <= later - at < seconds) for at, _ in calls)


def most_at_once(entries: Sequence[dict[str, Any]]) -> int:
    changes = sorted([(entry["at"], 1) for entry in entries] + [(entry["ended_at"], -1) for entry in entries])
    return max(itertools.accumulate(change for _, change in changes))


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_limits_are_reached_and_never_passed(servers: Any, simulated: Simulated, count: int) -> None:
    """Calls at once, requests and tokens in any window, within 5 % and never above, however many replicas there are;
    also where calls take so long that no burst is spent at once.
    """
    per = timedelta(seconds=WINDOW)
    mark = uuid4().hex[:6]
    models = {kind: f"sim-{mark}-{kind}" for kind in ("requests", "tokens")}
    models["concurrency"] = f"sim-ttft1000-{mark}"
    models["long"] = f"sim-ttft300-{mark}-long"
    plan = Plan(
        valkey=servers.valkey.url,
        base_url=simulated.base_url,
        key=KEY,
        limits={
            f"c-{mark}": ProviderLimits(concurrency=8),
            f"r-{mark}": ProviderLimits(requests=100, per=per),
            f"l-{mark}": ProviderLimits(requests=100, concurrency=10, per=per),
            f"t-{mark}": ProviderLimits(tokens=40_000, concurrency=50, per=per),
        },
        loads=[
            Load(f"c-{mark}", models["concurrency"], uuid4(), loops=16 // count),
            Load(f"r-{mark}", models["requests"], uuid4(), loops=12 // count),
            Load(f"l-{mark}", models["long"], uuid4(), loops=24 // count),
            Load(f"t-{mark}", models["tokens"], uuid4(), loops=12 // count, tokens=400),
        ],
        seconds=SECONDS,
    )
    await replicas(plan, count)

    calls = seen(simulated, models["concurrency"])
    assert most_at_once(calls) == 8
    first, last = min(call["at"] for call in calls), max(call["at"] for call in calls)
    used = sum(min(call["ended_at"], last) - call["at"] for call in calls)
    assert used >= 0.95 * 8 * (last - first)

    for kind, limit in (("requests", 100), ("long", 100), ("tokens", 100)):
        times = [call["at"] for call in seen(simulated, models[kind])]
        assert most_in_a_window(times, WINDOW - ON_THE_WAY) <= limit, kind
        assert len(times) >= 0.95 * limit * (times[-1] - times[0]) / WINDOW, kind


@pytest.mark.parametrize(("count", "sizes"), [(1, [45]), (2, [15]), (4, [1, 7, 35])])
async def test_large_calls_pass_no_limit(servers: Any, simulated: Simulated, count: int, sizes: list[int]) -> None:
    """A call that takes a good part of the limit by itself, alone or among small ones, in hundredths of it."""
    mark = uuid4().hex[:6]
    tokens = {f"sim-{mark}-{size}": 400 * size for size in sizes}
    plan = Plan(
        valkey=servers.valkey.url,
        base_url=simulated.base_url,
        key=KEY,
        limits={mark: ProviderLimits(tokens=40_000, per=timedelta(seconds=WINDOW))},
        loads=[Load(mark, model, uuid4(), loops=8 // count, tokens=size) for model, size in tokens.items()],
        seconds=SECONDS,
    )
    await replicas(plan, count)

    calls = sorted((call["at"], tokens[model]) for model in tokens for call in seen(simulated, model))
    whole = max(tokens.values())
    assert most_tokens_in_a_window(calls, WINDOW - ON_THE_WAY) <= 40_000
    assert sum(size for _, size in calls) >= (40_000 - whole) * (calls[-1][0] - calls[0][0]) / WINDOW


@pytest.mark.parametrize("count", [1, 4])
async def test_who_leaves_makes_room_when_the_provider_knows(servers: Any, simulated: Simulated, count: int) -> None:
    """A stream that is left in the middle holds its place a moment longer: the provider never sees one more than it
    allows.
    """
    mark = uuid4().hex[:6]
    gate, model = f"left-{mark}", f"sim-gap50-tokens100-{mark}"
    plan = Plan(
        valkey=servers.valkey.url,
        base_url=simulated.base_url,
        key=KEY,
        limits={gate: ProviderLimits(concurrency=4)},
        loads=[Load(gate, model, uuid4(), loops=16 // count, leaves=True)],
        seconds=4,
    )
    await replicas(plan, count)

    calls = seen(simulated, model)
    assert len(calls) > 50
    assert most_at_once(calls) <= 4
