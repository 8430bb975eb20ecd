"""Stored responses of one person, and the claims of workers that write one in the background."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update

from tertulia.orchestrator.models import StoredResponse
from tertulia.orchestrator.repository.lost import Lost, lost_of
from tertulia.orchestrator.repository.rows import columns_of, one_of
from tertulia.platform.db import Database, ReadSession, WriteSession

UNFINISHED = ("queued", "in_progress")


class ResponseRecord(msgspec.Struct, frozen=True):
    id: UUID
    status: str
    background: bool
    epoch: int
    last_sequence: int | None
    sealed: bytes

    @property
    def ended(self) -> bool:
        return self.status not in UNFINISHED


class Responses:
    """The responses of one person in one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID, user_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id
        self._user = user_id

    async def add(
        self, response_id: UUID, *, status: str, background: bool, sealed: bytes, expires_at: datetime
    ) -> None:
        await self._session.execute(
            insert(StoredResponse).values(
                workspace_id=self._workspace,
                id=response_id,
                user_id=self._user,
                status=status,
                background=background,
                sealed=sealed,
                expires_at=expires_at,
            )
        )

    async def unfinished(self) -> int:
        """How many of the workspace's responses are waited for in the background."""
        counted = await self._session.execute(
            select(func.count())
            .select_from(StoredResponse)
            .where(StoredResponse.workspace_id == self._workspace, StoredResponse.status.in_(UNFINISHED))
        )
        return counted.scalar_one()

    async def find(self, response_id: UUID) -> ResponseRecord | None:
        found = await self._session.execute(
            select(*_COLUMNS).where(*self._is(response_id), StoredResponse.expires_at > func.now())
        )
        return one_of(found, ResponseRecord)

    async def claim(self, response_id: UUID) -> ResponseRecord | None:
        """Take an unfinished one, under an epoch of its own: whoever had it before writes no more. None otherwise."""
        taken = await self._session.execute(
            update(StoredResponse)
            .where(*self._is(response_id), StoredResponse.status.in_(UNFINISHED))
            .values(status="in_progress", epoch=StoredResponse.epoch + 1)
            .returning(*_COLUMNS)
        )
        return one_of(taken, ResponseRecord)

    async def end(self, response_id: UUID, epoch: int, *, status: str, sealed: bytes, last_sequence: int) -> bool:
        """False when somebody else has it, or has ended it."""
        ended = await self._session.execute(
            update(StoredResponse)
            .where(*self._is(response_id), StoredResponse.epoch == epoch, StoredResponse.status.in_(UNFINISHED))
            .values(status=status, sealed=sealed, last_sequence=last_sequence)
            .returning(StoredResponse.id)
        )
        return ended.scalar_one_or_none() is not None

    async def delete(self, response_id: UUID) -> bool:
        gone = await self._session.execute(
            delete(StoredResponse).where(*self._is(response_id)).returning(StoredResponse.id)
        )
        return gone.scalar_one_or_none() is not None

    def _is(self, response_id: UUID) -> tuple[Any, ...]:
        return (
            StoredResponse.workspace_id == self._workspace,
            StoredResponse.id == response_id,
            StoredResponse.user_id == self._user,
        )


_COLUMNS = columns_of(StoredResponse, ResponseRecord)


async def lost_responses(database: Database, after: timedelta) -> list[Lost]:
    """Some of those that were asked for so long ago that no worker will come for them."""
    asked_long_ago = StoredResponse.created_at < func.now() - after
    return await lost_of(database, StoredResponse, StoredResponse.status.in_(UNFINISHED), asked_long_ago)
