"""Conversations of the API, one person's."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update

from tertulia.orchestrator.models import StoredConversation
from tertulia.orchestrator.repository.rows import columns_of, one_of
from tertulia.platform.db import ReadSession, WriteSession


class ConversationRecord(msgspec.Struct, frozen=True):
    id: UUID
    sealed: bytes
    created_at: datetime


class Conversations:
    """The conversations of one person in one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID, user_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id
        self._user = user_id

    async def add(self, conversation_id: UUID, *, sealed: bytes, expires_at: datetime) -> ConversationRecord:
        made = await self._session.execute(
            insert(StoredConversation)
            .values(
                workspace_id=self._workspace,
                id=conversation_id,
                user_id=self._user,
                sealed=sealed,
                expires_at=expires_at,
            )
            .returning(*_COLUMNS)
        )
        return ConversationRecord(**made.mappings().one())

    async def find(self, conversation_id: UUID, *, to_change: bool = False) -> ConversationRecord | None:
        """``to_change``: nobody else changes it until the transaction ends."""
        wanted = select(*_COLUMNS).where(*self._is(conversation_id), StoredConversation.expires_at > func.now())
        found = await self._session.execute(wanted.with_for_update() if to_change else wanted)
        return one_of(found, ConversationRecord)

    async def change(self, conversation_id: UUID, *, sealed: bytes, expires_at: datetime) -> None:
        await self._session.execute(
            update(StoredConversation).where(*self._is(conversation_id)).values(sealed=sealed, expires_at=expires_at)
        )

    async def delete(self, conversation_id: UUID) -> bool:
        gone = await self._session.execute(
            delete(StoredConversation).where(*self._is(conversation_id)).returning(StoredConversation.id)
        )
        return gone.scalar_one_or_none() is not None

    def _is(self, conversation_id: UUID) -> tuple[Any, ...]:
        return (
            StoredConversation.workspace_id == self._workspace,
            StoredConversation.id == conversation_id,
            StoredConversation.user_id == self._user,
        )


_COLUMNS = columns_of(StoredConversation, ConversationRecord)
