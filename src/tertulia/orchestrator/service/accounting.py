"""The end of every generation in the books: its row, its event, its tokens off the workspace's rate, its place free.

Row and event are one transaction, which all ends that come together share (group commit). A database that is away is
waited for: a chat turn holds its job meanwhile, an API call is answered, and its record goes on trying.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec
import structlog

from tertulia.contracts.limits import lease, token_bucket
from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import GenerationFinished, GenerationsServed, Usage
from tertulia.orchestrator import metrics
from tertulia.orchestrator.providers.registry import OWN, Model
from tertulia.orchestrator.repository import RECORD_NEW, Ended, Ending, Fenced, Generations, recorded_rows
from tertulia.platform.db import AtOnce, Database, GroupCommit, Publisher, WriteSession, insist, tenant
from tertulia.platform.errors import DeadlineExceeded, Unavailable
from tertulia.platform.limits import Limits

log = structlog.get_logger()

_MOST_WAITING = 1000
_LAST_CHANCE = 5.0


class Plan(msgspec.Struct, frozen=True):
    """On whose account: the workspace's plan, and the place among its running generations that the gateway took."""

    name: str
    lease: str | None = None


def cost(model: Model | None, usage: Usage, started_at: datetime) -> Money:
    """By the price of the time when it began; nothing where no price is known."""
    price = model.price_at(started_at) if model is not None else None
    return Money(0) if price is None else price.cost(usage)


class Accounts:
    def __init__(self, database: Database, limits: Limits) -> None:
        self._limits = limits
        self._records = GroupCommit(
            "api calls",
            database,
            _record,
            _announce_served,
            at_once=AtOnce(RECORD_NEW, recorded_rows, became=True),
            most_at_once=256,
        )
        self._ends = GroupCommit("chat answers", database, _end, _announce_ends, most_at_once=64)
        self._waiting: set[asyncio.Task[bool]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is still unrecorded gets a last chance."""
        if self._waiting:
            await asyncio.wait(self._waiting, timeout=_LAST_CHANCE)
            late = [task for task in self._waiting if not task.done()]
            for task in late:
                task.cancel()
            if late:
                log.error("generations_lost", count=len(late))
        await self._records.__aexit__(None, None, None)
        await self._ends.__aexit__(None, None, None)

    async def end(
        self,
        end: GenerationFinished,
        plan: Plan,
        *,
        epoch: int,
        said: bytes | None = None,
        error_detail: str | None = None,
        explanation: bytes | None = None,
    ) -> None:
        """End a claimed generation, once; waits for the database as long as it takes. What was ``said`` is sealed.

        Raises: Fenced.
        """
        ending = Ending(end, epoch, said, error_detail, explanation)
        became = await insist(lambda: self._ends.add(tenant(end.workspace_id), ending))
        if became == "fenced":
            raise Fenced
        await self._settle(end, plan)

    async def record(self, end: GenerationFinished, plan: Plan | None) -> None:
        """Record a generation that was served in process; never fails."""

        def write() -> asyncio.Future[bool]:
            return self._records.put(tenant(end.workspace_id), end)

        try:
            try:
                writing = write()
            finally:
                await self._settle(end, plan)
            await writing
        except (Unavailable, DeadlineExceeded):
            self._record_later(write)
        except Exception:
            log.exception("generation_not_recorded", generation_id=str(end.generation_id))

    async def release(self, workspace_id: UUID, plan: Plan) -> None:
        """Give back a place whose generation never began."""
        if plan.lease is not None:
            with suppress(Unavailable):
                await self._limits.release(lease(workspace_id, plan.name, plan.lease))

    async def _give_back(self, workspace_id: UUID, plan: Plan, used: int) -> None:
        """The place, and of the tokens what was used."""
        with suppress(Unavailable):
            tokens = token_bucket(workspace_id, plan.name)
            if plan.lease is not None:
                await self._limits.settle(tokens, used, lease(workspace_id, plan.name, plan.lease))
            elif used:
                await self._limits.debit(tokens, used)

    def _record_later(self, write: Callable[[], Awaitable[bool]]) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            log.error("generation_not_recorded", reason="too many are waiting for the database")
            return
        task = asyncio.create_task(insist(write), name="record a generation")
        self._waiting.add(task)
        metrics.UNRECORDED.set(len(self._waiting))
        task.add_done_callback(self._recorded)

    def _recorded(self, task: asyncio.Task[bool]) -> None:
        self._waiting.discard(task)
        metrics.UNRECORDED.set(len(self._waiting))
        if not task.cancelled() and (error := task.exception()):
            log.error("generation_not_recorded", exc_info=error)

    async def _settle(self, end: GenerationFinished, plan: Plan | None) -> None:
        usage = end.usage
        metrics.ENDS.labels(end.source, end.kind, end.status, end.error_code or "").inc()
        model = "own" if end.model and end.model.startswith(OWN) else end.model or ""
        metrics.TOKENS.labels(model, "in").inc(usage.prompt_tokens)
        metrics.TOKENS.labels(model, "out").inc(usage.completion_tokens)
        if plan is not None:
            await self._give_back(end.workspace_id, plan, usage.prompt_tokens + usage.completion_tokens)
        log.info(
            "generation_ended",
            generation_id=str(end.generation_id),
            source=end.source,
            kind=end.kind,
            outcome=end.status,
            code=end.error_code,
            model=end.model,
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
            first_token_ms=end.first_token_milliseconds,
            ms=round((end.finished_at - end.started_at).total_seconds() * 1000),
        )


async def _record(session: WriteSession, ends: Sequence[GenerationFinished]) -> list[bool]:
    return await Generations(session, ends[0].workspace_id).record_all(ends)


def _announce_served(publisher: Publisher, recorded: Sequence[tuple[GenerationFinished, bool]]) -> None:
    if new := tuple(end for end, is_new in recorded if is_new):
        publisher.publish(GenerationsServed(ends=new))


async def _end(session: WriteSession, endings: Sequence[Ending]) -> list[Ended]:
    return await Generations(session, endings[0].end.workspace_id).end_all(endings)


def _announce_ends(publisher: Publisher, ended: Sequence[tuple[Ending, Ended]]) -> None:
    for ending, became in ended:
        if became == "now":
            publisher.publish(ending.end)
