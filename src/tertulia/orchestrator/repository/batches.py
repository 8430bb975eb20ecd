"""Batches of one person, the claims of the workers that run them, and what their lines gave."""

import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import Batch, BatchLine
from tertulia.orchestrator.repository.lost import Lost, lost_of
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import Database, ReadSession, WriteSession

ENDED = ("completed", "failed", "expired", "cancelled")


class BatchRecord(msgspec.Struct, frozen=True):
    id: UUID
    api_key_id: UUID | None
    plan: str
    endpoint: str
    input_file_id: UUID
    output_file_id: UUID | None
    error_file_id: UUID | None
    status: str
    epoch: int
    total: int
    completed: int
    failed: int
    error_code: str | None
    error_detail: str | None
    error_line: int | None
    output_seconds: int | None
    batch_metadata: dict[str, Any]
    times: dict[str, int]
    created_at: datetime
    expires_at: datetime


class LineResult(msgspec.Struct, frozen=True):
    number: int
    failed: bool
    result: bytes


class Batches:
    """The batches of one person in one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID, user_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id
        self._user = user_id

    async def add(self, batch_id: UUID, **values: Any) -> None:
        row = {"workspace_id": self._workspace, "id": batch_id, "user_id": self._user, "status": "validating"}
        await self._session.execute(insert(Batch).values(**row, **values))

    async def unfinished(self) -> int:
        """How many of the workspace's batches have not ended."""
        counted = await self._session.execute(
            select(func.count())
            .select_from(Batch)
            .where(Batch.workspace_id == self._workspace, Batch.status.not_in(ENDED))
        )
        return counted.scalar_one()

    async def find(self, batch_id: UUID) -> BatchRecord | None:
        found = await self._session.execute(select(*_COLUMNS).where(*self._is(batch_id)))
        return one_of(found, BatchRecord)

    async def status(self, batch_id: UUID, epoch: int) -> str | None:
        """None when another worker has it."""
        found = await self._session.execute(select(Batch.status).where(*self._is(batch_id), Batch.epoch == epoch))
        return found.scalar_one_or_none()

    async def page(self, limit: int, after: UUID | None) -> list[BatchRecord]:
        """Newest first; ``after`` is the last id of the page before."""
        wanted = [Batch.workspace_id == self._workspace, Batch.user_id == self._user]
        if after is not None:
            wanted.append(Batch.id < after)
        found = await self._session.execute(select(*_COLUMNS).where(*wanted).order_by(Batch.id.desc()).limit(limit))
        return all_of(found, BatchRecord)

    async def claim(self, batch_id: UUID) -> BatchRecord | None:
        """Take one that has not ended: whoever had it before records nothing more."""
        taken = await self._session.execute(
            update(Batch)
            .where(*self._is(batch_id), Batch.status.not_in(ENDED))
            .values(epoch=Batch.epoch + 1)
            .returning(*_COLUMNS)
        )
        return one_of(taken, BatchRecord)

    async def become(self, batch_id: UUID, status: str, epoch: int | None = None, **values: Any) -> bool:
        """False when it has ended, another worker has it, or it is cancelled and this would be no end."""
        whose = [] if epoch is None else [Batch.epoch == epoch]
        if status not in ENDED:
            whose.append(Batch.status != "cancelling")
        times = Batch.times.concat(func.jsonb_build_object(f"{status}_at", int(time.time())))
        changed = await self._session.execute(
            update(Batch)
            .where(*self._is(batch_id), Batch.status.not_in(ENDED), *whose)
            .values(status=status, times=times, **values)
            .returning(Batch.id)
        )
        return changed.scalar_one_or_none() is not None

    async def record(self, batch_id: UUID, epoch: int, done: LineResult) -> str | None:
        """A line that is done, once; the batch's status now, None when another worker has it."""
        held = await self._session.execute(
            select(Batch.status).where(*self._is(batch_id), Batch.epoch == epoch).with_for_update()
        )
        status = held.scalar_one_or_none()
        if status is None:
            return None
        row = {"workspace_id": self._workspace, "batch_id": batch_id, **msgspec.structs.asdict(done)}
        new = await self._session.execute(
            postgres_insert(BatchLine).values(row).on_conflict_do_nothing().returning(BatchLine.number)
        )
        if new.scalar_one_or_none() is not None:
            counted = {"failed": Batch.failed + 1} if done.failed else {"completed": Batch.completed + 1}
            await self._session.execute(update(Batch).where(*self._is(batch_id)).values(counted))
        return status

    async def done(self, batch_id: UUID) -> set[int]:
        """The numbers of lines that have a result."""
        found = await self._session.execute(select(BatchLine.number).where(*self._of(batch_id)))
        return set(found.scalars())

    async def results(self, batch_id: UUID, *, failed: bool, after: int, limit: int) -> list[LineResult]:
        """In the order of the lines, after this number."""
        found = await self._session.execute(
            select(BatchLine.number, BatchLine.failed, BatchLine.result)
            .where(*self._of(batch_id), BatchLine.failed == failed, BatchLine.number > after)
            .order_by(BatchLine.number)
            .limit(limit)
        )
        return all_of(found, LineResult)

    async def forget_lines(self, batch_id: UUID) -> None:
        await self._session.execute(delete(BatchLine).where(*self._of(batch_id)))

    def _is(self, batch_id: UUID) -> tuple[Any, ...]:
        return Batch.workspace_id == self._workspace, Batch.id == batch_id, Batch.user_id == self._user

    def _of(self, batch_id: UUID) -> tuple[Any, ...]:
        return BatchLine.workspace_id == self._workspace, BatchLine.batch_id == batch_id


_COLUMNS = columns_of(Batch, BatchRecord)


async def lost_batches(database: Database, after: timedelta) -> list[Lost]:
    """Some of those whose time was over so long ago that no worker will come for them."""
    return await lost_of(database, Batch, Batch.status.not_in(ENDED), Batch.expires_at < func.now() - after)
