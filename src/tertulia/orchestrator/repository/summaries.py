"""Conversation summaries, sealed: what they say is nothing to the database."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import ConversationSummary
from tertulia.platform.db import ReadSession, WriteSession

KEPT = timedelta(days=7)


class Kept(msgspec.Struct, frozen=True):
    """``digest`` is of the last message that it stands for."""

    digest: bytes
    sealed: bytes


class ConversationSummaries:
    """The summaries of one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def latest(self, conversation_id: UUID, digests: Sequence[bytes]) -> list[Kept]:
        """The one that was made last of those with one of these digests, if there is any."""
        found = await self._session.execute(
            select(ConversationSummary.digest, ConversationSummary.sealed)
            .where(
                ConversationSummary.workspace_id == self._workspace,
                ConversationSummary.conversation_id == conversation_id,
                ConversationSummary.digest.in_(digests),
                ConversationSummary.expires_at > func.now(),
            )
            .order_by(ConversationSummary.created_at.desc())
            .limit(1)
        )
        return [Kept(row.digest, row.sealed) for row in found]

    async def put(self, conversation_id: UUID, kept: Kept) -> None:
        """In place of one for the same messages."""
        row = {"workspace_id": self._workspace, "conversation_id": conversation_id, "digest": kept.digest}
        new = {"sealed": kept.sealed, "created_at": func.now(), "expires_at": func.now() + KEPT}
        statement = postgres_insert(ConversationSummary).values(**row, **new)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "conversation_id", "digest"], set_=new)
        )

    async def forget(self, conversation_id: UUID) -> None:
        await self._session.execute(
            delete(ConversationSummary).where(
                ConversationSummary.workspace_id == self._workspace,
                ConversationSummary.conversation_id == conversation_id,
            )
        )
