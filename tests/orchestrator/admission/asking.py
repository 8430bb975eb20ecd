"""How tests ask a gate, and how they wait for what follows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

from tertulia.orchestrator.admission import Ask, Gate

PATIENCE = timedelta(seconds=20)
Replica = Callable[..., Awaitable[Gate]]
"""Makes a gate as another process would have it."""


def ask(
    workspace: UUID | None = None,
    *,
    plan: str = "free",
    tokens: int = 100,
    patience: timedelta = PATIENCE,
    shown: Callable[[int], None] | None = None,
    batch: bool = False,
) -> Ask:
    return Ask(workspace or uuid4(), plan, tokens, patience, shown, batch)


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not fact():
            await asyncio.sleep(0.01)
