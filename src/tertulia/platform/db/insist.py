"""Waiting for a database that is away: for what must not be lost, and for what nobody may guess."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tertulia.platform import jitter
from tertulia.platform.errors import DeadlineExceeded, Unavailable

T = TypeVar("T")

_PAUSE = (0.1, 1.0)


async def insist(ask: Callable[[], Awaitable[T]]) -> T:
    """What ``ask`` gives, once the database is there for it; it is asked as often as it takes."""
    while True:
        try:
            return await ask()
        except (Unavailable, DeadlineExceeded):
            await asyncio.sleep(jitter.between(*_PAUSE))
