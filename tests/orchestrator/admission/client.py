"""One replica as a process of its own: asks gates for permits and makes the calls, until its time is up.

``python -m tests.orchestrator.admission.client '{...}'``; prints a line when it begins and its counts at the end.
"""

import asyncio
import json
import sys
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import uvloop

from tertulia.orchestrator.admission import Admission, Ask, Bounds, Gate, ProviderLimits
from tertulia.platform.errors import TertuliaError
from tertulia.platform.http import HttpClient
from tertulia.platform.valkey import Valkey


class Load(msgspec.Struct, frozen=True):
    """``loops`` callers of one workspace, each calling again as soon as it is answered, or ``leaves`` its stream at its
    first words.
    """

    gate: str
    model: str
    workspace: UUID
    loops: int
    plan: str = "free"
    tokens: int = 100
    leaves: bool = False


class Plan(msgspec.Struct, frozen=True):
    valkey: str
    base_url: str
    key: str
    limits: dict[str, ProviderLimits]
    loads: list[Load]
    seconds: float
    lease: float = 9.0


async def run(plan: Plan) -> dict[str, Any]:
    counts: dict[str, int] = {}
    async with Valkey(plan.valkey, name="client", deadline=timedelta(seconds=1)) as valkey, HttpClient() as http:
        waking = Valkey(plan.valkey, name="wakes")
        bounds = Bounds(lease=timedelta(seconds=plan.lease))
        async with Admission(valkey, waking, plan.limits, bounds) as admission:
            say({"began": time.time()})
            end = time.monotonic() + plan.seconds
            loops = [
                call_again(admission.gate(load.gate), load, plan, http=http, end=end, counts=counts)
                for load in plan.loads
                for _ in range(load.loops)
            ]
            await asyncio.gather(*loops)
    return counts


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def call_again(
    gate: Gate | None, load: Load, plan: Plan, *, http: HttpClient, end: float, counts: dict[str, int]
) -> None:
    assert gate is not None
    said = {"model": load.model, "messages": [{"role": "user", "content": str(load.workspace)}]}
    headers = {"authorization": f"Bearer {plan.key}", "content-type": "application/json"}
    while (left := end - time.monotonic()) > 0:
        try:
            permit = await gate.enter(Ask(load.workspace, load.plan, load.tokens, timedelta(seconds=left)))
        except TertuliaError as refused:
            counts[refused.code] = counts.get(refused.code, 0) + 1
            continue
        try:
            url = f"{plan.base_url}/chat/completions"
            if load.leaves:
                async with http.stream("POST", url, json={**said, "stream": True}, headers=headers) as answer:
                    await anext(aiter(answer))
            else:
                await http.request("POST", url, json=said, headers=headers)
        finally:
            permit.leave(load.tokens, cut_short=load.leaves)
        counts[str(load.workspace)] = counts.get(str(load.workspace), 0) + 1


if __name__ == "__main__":
    say(uvloop.run(run(msgspec.json.decode(sys.argv[1], type=Plan))))
