"""What time brings: answers that nobody will end are marked so, what was deleted long enough is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from tertulia.chat.repository import Upkeep
from tertulia.platform.db import Database, purpose
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

LOST_AFTER = timedelta(minutes=15)
_BATCH = 200


async def run(database: Database, *, every: timedelta) -> None:
    """A worker."""
    while True:
        await asyncio.sleep(every.total_seconds())
        try:
            await sweep(database)
        except TertuliaError as error:
            log.warning("sweep_put_off", code=error.code)


async def sweep(database: Database) -> None:
    """Batch by batch, each in a transaction of its own, so that nobody waits long for a row."""
    lost = await _until_done(database, lambda upkeep: upkeep.give_up(LOST_AFTER, datetime.now(UTC), _BATCH))
    deleted = await _until_done(database, lambda upkeep: upkeep.delete_expired(datetime.now(UTC), _BATCH))
    if lost or deleted:
        log.info("swept", answers_lost=lost, conversations_deleted=deleted)


async def _until_done(database: Database, step: Callable[[Upkeep], Awaitable[int]]) -> int:
    total = 0
    while True:
        async with database.write(purpose("sweep")) as session:
            done = await step(Upkeep(session))
        total += done
        if done < _BATCH:
            return total
