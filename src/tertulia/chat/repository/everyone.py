"""Work that is for all tenants at once: an answer's window, the state of streamed answers, the sweep.

Its transactions name their purpose, and see only what the policy of that purpose opens.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, Uuid, and_, bindparam, delete, literal, select, tuple_, update
from sqlalchemy.orm import aliased

from tertulia.chat.models import Conversation, Message
from tertulia.chat.repository.messages import LOST
from tertulia.platform.db import ReadSession, WriteSession


def _find() -> Select[Message]:
    return (
        select(Message)
        .join(
            Conversation,
            and_(
                Conversation.workspace_id == Message.workspace_id,
                Conversation.id == Message.conversation_id,
                Conversation.deleted_at.is_(None),
            ),
        )
        .where(
            Message.id == bindparam("answer_id"),
            Message.generation_id.is_not(None),
            Message.conversation_id == bindparam("conversation_id"),
        )
    )


def _branch() -> Select[Message]:
    workspace_id, last_id = bindparam("workspace_id", type_=Uuid), bindparam("last_id", type_=Uuid)
    above = aliased(Message)
    branch = (
        select(Message.id, Message.parent_id, literal(0).label("distance"))
        .where(Message.workspace_id == workspace_id, Message.id == last_id)
        .cte("branch", recursive=True)
    )
    branch = branch.union_all(
        select(above.id, above.parent_id, branch.c.distance + 1).where(
            above.workspace_id == workspace_id, above.id == branch.c.parent_id
        )
    )
    return (
        select(Message)
        .join(branch, and_(Message.workspace_id == workspace_id, Message.id == branch.c.id))
        .order_by(branch.c.distance)
    )


# Each chat turn asks these: they are built once.
_FIND = _find()
_BRANCH = _branch()


class Answers:
    """By purposes ``window`` and ``watch``: answers found by their id alone, which only the server makes."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    async def find(self, conversation_id: UUID, answer_id: UUID) -> Message | None:
        """Unless its conversation is deleted."""
        found: Message | None = await self._session.scalar(
            _FIND, {"answer_id": answer_id, "conversation_id": conversation_id}
        )
        return found

    async def branch_before(self, answer: Message) -> Sequence[Message]:
        """What leads to the answer, newest first, without the answer."""
        begin = {"workspace_id": answer.workspace_id, "last_id": answer.parent_id}
        return (await self._session.scalars(_BRANCH, begin)).all()

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
