"""Work that is for all tenants at once: an answer's window, the state of streamed answers, the sweep.

Its transactions name their purpose, and see only what the policy of that purpose opens.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, tuple_, update

from tertulia.chat.models import Conversation, Message
from tertulia.chat.repository.messages import LOST
from tertulia.contracts.chat import WindowMessage
from tertulia.platform.db import Database, ReadSession, Rows, Statement, WriteSession, purpose

_WINDOW = """
WITH RECURSIVE asked AS (
    SELECT answer.workspace_id, answer.parent_id, answer.stop_requested_at IS NOT NULL AS stopped
    FROM message answer
    JOIN conversation ON conversation.workspace_id = answer.workspace_id
        AND conversation.id = answer.conversation_id AND conversation.deleted_at IS NULL
    WHERE answer.id = ($1 ->> 'answer_id')::uuid AND answer.generation_id IS NOT NULL
        AND answer.conversation_id = ($1 ->> 'conversation_id')::uuid
), branch AS (
    SELECT message.workspace_id, message.id, message.parent_id, message.role, message.parts, 0 AS distance
    FROM asked JOIN message ON message.workspace_id = asked.workspace_id AND message.id = asked.parent_id
    UNION ALL
    SELECT above.workspace_id, above.id, above.parent_id, above.role, above.parts, branch.distance + 1
    FROM branch JOIN message above ON above.workspace_id = branch.workspace_id AND above.id = branch.parent_id
)
SELECT asked.stopped, branch.id, branch.role,
    (SELECT string_agg(part ->> 'text', '') FROM jsonb_array_elements(branch.parts) part WHERE part ->> 'type' = 'text')
FROM asked LEFT JOIN branch ON true ORDER BY branch.distance
"""


class Branch(NamedTuple):
    """What leads to an answer, newest first, without the answer; messages that say nothing are left out."""

    messages: list[WindowMessage]
    stop_requested: bool

    @classmethod
    def of(cls, rows: Rows) -> "Branch | None":
        """None when the answer is not there, or its conversation is deleted."""
        if not rows:
            return None
        said = [WindowMessage(message_id, role, text) for _, message_id, role, text in rows if text]
        return cls(said, rows[0][0])


def leading_to(conversation_id: UUID, answer_id: UUID) -> Statement:
    """Gives whether the reader wants no answer any more, with each message's id, role and text, newest first."""
    return Statement(_WINDOW, {"answer_id": answer_id, "conversation_id": conversation_id})


async def branch_before(database: Database, conversation_id: UUID, answer_id: UUID) -> Branch | None:
    # On the primary: the answer may be younger than a replica.
    rows = await database.at_once(purpose("window"), leading_to(conversation_id, answer_id))
    return Branch.of(rows)


class Answers:
    """By purpose ``watch``: answers found by their id alone, which only the server makes."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    async def ended(self, answer_ids: Sequence[UUID]) -> Sequence[UUID]:
        """Which of these have ended, or are no more."""
        query = select(Message.id).where(
            Message.id.in_(answer_ids), Message.generation_id.is_not(None), Message.status == "generating"
        )
        still = set((await self._session.scalars(query)).all())
        return [answer_id for answer_id in answer_ids if answer_id not in still]


class Upkeep:
    """By purpose ``sweep``: ends what nobody ends, deletes what has expired; a batch at a time."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def give_up(self, older_than: timedelta, now: datetime, batch: int) -> int:
        lost = (
            select(Message.workspace_id, Message.id)
            .where(Message.status == "generating", Message.created_at < now - older_than)
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(Message)
            .where(tuple_(Message.workspace_id, Message.id).in_(lost))
            .values(status="failed", error_code=LOST, error_detail="The answer was lost. Ask again.", ended_at=now)
        )
        return await self._count(statement)

    async def delete_expired(self, now: datetime, batch: int) -> int:
        expired = (
            select(Conversation.workspace_id, Conversation.id)
            .where(Conversation.expires_at < now)
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        return await self._count(
            delete(Conversation).where(tuple_(Conversation.workspace_id, Conversation.id).in_(expired))
        )

    async def _count(self, statement: Any) -> int:
        result = await self._session.execute(statement, execution_options={"synchronize_session": False})
        return cast("CursorResult[Any]", result).rowcount
