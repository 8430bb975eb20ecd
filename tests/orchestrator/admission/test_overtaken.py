"""News of a permit that overtakes the answer that it must be waited for."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tertulia.orchestrator.admission import Admission, Ask, Gate, ProviderLimits
from tertulia.orchestrator.admission.scripts import ENTER, LEAVE
from tertulia.platform.valkey import Argument, Valkey

SECOND = timedelta(seconds=1)


class SlowValkey(Valkey):
    """Answers to ENTER come, and LEAVE is sent, only once they may."""

    def __init__(self, url: str) -> None:
        super().__init__(url, name="slow", deadline=SECOND)
        self.done: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.may: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def eval(
        self, script: str, keys: Sequence[Argument], args: Sequence[Argument], *, deadline: timedelta | None = None
    ) -> Any:
        if script == LEAVE:
            await self.may[LEAVE].wait()
        answer = await super().eval(script, keys, args, deadline=deadline)
        self.done[script].set()
        if script == ENTER:
            await self.may[ENTER].wait()
        return answer


def ask() -> Ask:
    return Ask(uuid4(), "free", 1, 20 * SECOND)


async def test_a_permit_that_is_heard_of_too_early_is_kept(servers: Any) -> None:
    """It was taken for one that nobody wants any more and given back, while its call was made all the same: the
    provider saw one more than it allows.
    """
    name, limits = uuid4().hex, ProviderLimits(concurrency=1)
    valkey, slow = Valkey(servers.valkey.url, name="test", deadline=SECOND), SlowValkey(servers.valkey.url)

    def gate(admission: Admission) -> Gate:
        found = admission.gate(name)
        assert found is not None
        return found

    async with (
        valkey,
        slow,
        Admission(valkey, Valkey(servers.valkey.url, name="wakes"), {name: limits}) as quick,
        Admission(slow, Valkey(servers.valkey.url, name="wakes"), {name: limits}) as late,
    ):
        permit = await gate(quick).enter(ask())
        entering = asyncio.create_task(gate(late).enter(ask()))
        await slow.done[ENTER].wait()
        permit.leave()
        key = f"admission:{{{name}}}"
        async with asyncio.timeout(20):
            while not (news := await valkey.call("LPOP", gate(late).wake_key)):
                await asyncio.sleep(0.01)
        gate(late).wake(news.decode())
        slow.may[ENTER].set()
        held = await entering
        slow.may[LEAVE].set()
        await asyncio.sleep(0)
        await gate(late).close()
        assert await valkey.call("ZCARD", f"{key}:permits") == 1
        held.leave()
