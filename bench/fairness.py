"""What the others wait beside a greedy workspace: ``python -m bench.fairness [--seconds N] [--replicas N]``.

A provider that takes twenty calls at once; five workspaces. Four ask for a part of their shares, at random times, and
the fifth for its own share or for twenty times that. Both are measured at once, at gates of their own, with the same
calls of the four: so the ratio is of one run. What the provider would do is only waited for, by one process, so that
its times are the gate's own; each replica has its connections to Valkey.

A wait at the 99th percentile is that of the worst moments: below some minutes there are too few of them to tell.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import uvloop

from bench import figures
from tertulia.local.evaluating import stores
from tertulia.local.home import Home
from tertulia.orchestrator.admission import Admission, Ask, Gate, NotAdmittedInTime, ProviderLimits, WorkspaceQueueFull
from tertulia.platform.valkey import Valkey

_PLACES = 20
_SECONDS = 0.5
_TOKENS = 1_000
_OTHERS = 4
_SHARE = _PLACES / _SECONDS / (_OTHERS + 1)
_GREEDY = 20
_WARM_SECONDS = 10
_PATIENCE = timedelta(seconds=60)
_DEADLINE = timedelta(seconds=1)

_LENGTHS = {"equal": 0.0, "varied": 0.6}
"""How long calls are: the deviation of the logarithm. Calls of one length end together when they began together."""


class Asked(NamedTuple):
    told: str
    share: float
    at_once: int = 1


_ROWS = (
    Asked("all of their shares, one call at a time", 1.0),
    Asked("80 %, one call at a time", 0.8),
    Asked("80 %, in bursts of six", 0.8, 6),
)


@dataclass
class Beside:
    """One gate, and what happened there between two times: the others' waits in seconds, and those refused."""

    gates: Sequence[Gate]
    since: float
    until: float
    deviation: float
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    used: float = 0.0

    async def run(self, asked: Asked, times: float) -> None:
        """``times`` its share asks the fifth, for as long as one of the others waits."""
        rate, others = asked.share * _SHARE, range(1, _OTHERS + 1)
        async with asyncio.TaskGroup() as asking:
            fifth = asking.create_task(self._ask(0, times * _SHARE, 1, float("inf"), counted=False))
            await asyncio.gather(*(self._ask(one, rate, asked.at_once, self.until, counted=True) for one in others))
            fifth.cancel()

    async def _ask(self, number: int, rate: float, at_once: int, until: float, *, counted: bool) -> None:
        """Calls as a Poisson process of one seed; ends when all are served."""
        drawn, workspace, at = random.Random(number), uuid4(), time.monotonic()
        async with asyncio.TaskGroup() as calls:
            while (at := at + drawn.expovariate(rate / at_once)) < until:
                await asyncio.sleep(at - time.monotonic())
                for _ in range(at_once):
                    seconds = _SECONDS * drawn.lognormvariate(-(self.deviation**2) / 2, self.deviation)
                    calls.create_task(self._call(drawn.choice(self.gates), workspace, seconds, counted=counted))

    async def _call(self, gate: Gate, workspace: UUID, seconds: float, *, counted: bool) -> None:
        asked = time.monotonic()
        counts = counted and asked >= self.since
        try:
            permit = await gate.enter(Ask(workspace, "free", _TOKENS, _PATIENCE))
        except (WorkspaceQueueFull, NotAdmittedInTime):
            self.refused += counts
            return
        began = time.monotonic()
        try:
            await asyncio.sleep(seconds)
        finally:
            permit.leave(_TOKENS)
            self.used += max(0.0, min(time.monotonic(), self.until) - max(began, self.since))
        if counts:
            self.waits.append(began - asked)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fairness", description="Measure waits beside a greedy one")
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--lengths", nargs="+", choices=_LENGTHS, default=[*_LENGTHS], help="of the calls")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tertulia-fairness-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user when root starts it
        with stores(Home(Path(folder))) as there:
            for lengths in asked.lengths:
                uvloop.run(_measure(there.valkey_url, lengths, asked.seconds, asked.replicas))


async def _measure(url: str, lengths: str, seconds: float, replicas: int) -> None:
    pairs = [(f"{lengths}-{number}-share", f"{lengths}-{number}-greedy") for number in range(len(_ROWS))]
    limits = {name: ProviderLimits(concurrency=_PLACES) for pair in pairs for name in pair}
    async with AsyncExitStack() as stack:
        admissions = [await _replica(stack, url, limits) for _ in range(replicas)]
        since = time.monotonic() + _WARM_SECONDS
        begin = partial(Beside, since=since, until=since + seconds, deviation=_LENGTHS[lengths])
        found = [[begin(_gates(admissions, name)) for name in pair] for pair in pairs]
        before = time.process_time()
        async with asyncio.TaskGroup() as runs:
            for row, (share, greedy) in zip(_ROWS, found, strict=True):
                runs.create_task(share.run(row, 1))
                runs.create_task(greedy.run(row, _GREEDY))
        busy = (time.process_time() - before) / (time.monotonic() - since + _WARM_SECONDS)
    print(f"calls of {lengths} length, {seconds:.0f} s, {replicas} replicas, {busy:.0%} of a core for all of them")
    print("| the four ask for | calls | p50, p99 beside one at its share | beside the greedy one | grows by | served |")
    print("|---|--:|--:|--:|--:|---|")
    for row, (share, greedy) in zip(_ROWS, found, strict=True):
        print(_line(row, share, greedy, seconds))


async def _replica(stack: AsyncExitStack, url: str, limits: dict[str, ProviderLimits]) -> Admission:
    valkey = await stack.enter_async_context(Valkey(url, name="fairness", deadline=_DEADLINE))
    return await stack.enter_async_context(Admission(valkey, Valkey(url, name="fairness-wakes"), limits))


def _gates(admissions: Sequence[Admission], name: str) -> list[Gate]:
    return [gate for one in admissions if (gate := one.gate(name)) is not None]


def _line(row: Asked, share: Beside, greedy: Beside, seconds: float) -> str:
    grows = figures.percentile(greedy.waits, 0.99) / figures.percentile(share.waits, 0.99)
    served = len(greedy.waits) / (len(greedy.waits) + greedy.refused)
    used = greedy.used / (_PLACES * seconds)
    return (
        f"| {row.told} | {len(greedy.waits)} | {_waits(share)} | {_waits(greedy)} | {grows:.2f} | "
        f"{served:.1%}, of the places {used:.1%} in use |"
    )


def _waits(beside: Beside) -> str:
    middle, late = figures.median(beside.waits) * 1e3, figures.percentile(beside.waits, 0.99) * 1e3
    return f"{middle:,.0f}, {late:,.0f} ms"


if __name__ == "__main__":
    main()
