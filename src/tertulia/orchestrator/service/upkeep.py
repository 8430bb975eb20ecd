"""What is done now and then: old rows are taken away, and what nobody will finish any more is ended."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from tertulia.orchestrator.repository import Fenced, claim_abandoned, forget_old_texts
from tertulia.orchestrator.repository.expiry import EXPIRING, forget_expired
from tertulia.orchestrator.service.answers import Answers
from tertulia.orchestrator.service.batches.running import BatchRuns
from tertulia.orchestrator.service.responses.background import Background
from tertulia.orchestrator.service.running import Running
from tertulia.platform import jitter
from tertulia.platform.db import Database
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

_SWEPT_EVERY = timedelta(hours=1)
_FORGET: tuple[Callable[[Database], Awaitable[int]], ...] = (
    forget_old_texts,
    *(partial(forget_expired, table=table) for table in EXPIRING),
)


async def keep_sweeping(database: Database) -> None:
    """Takes away old texts, and what is past its end, a little at a time."""
    while True:
        await asyncio.sleep(_SWEPT_EVERY.total_seconds() * jitter.between(0.5, 1))
        try:
            for forget in _FORGET:
                while await forget(database):
                    pass
        except TertuliaError as error:
            log.info("sweep_put_off", reason=error.code)


async def keep_giving_up(
    database: Database, answers: Answers, running: Running, others: tuple[Background, BatchRuns], after: timedelta
) -> None:
    """Ends the turns, responses and batches that nobody will finish: their jobs and their workers are gone."""
    while True:
        await asyncio.sleep(after.total_seconds() * jitter.between(0.1, 0.3))
        try:
            for abandoned in await claim_abandoned(database, running.worker, running.lease, after):
                await answers.give_up(abandoned)
            for other in others:
                await other.give_up_lost()
        except (TertuliaError, Fenced) as error:
            log.info("giving_up_put_off", reason=type(error).__name__)
