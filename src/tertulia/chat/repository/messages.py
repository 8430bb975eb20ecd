"""One person's messages: a tree in each conversation, with answers that are running and answers that have ended."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, and_, bindparam, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from tertulia.chat.models import Message, MessageStatus
from tertulia.chat.owner import Owner
from tertulia.chat.repository.conversations import Position
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.errors import Conflict
from tertulia.platform.pagination import Slice

LOST = "generation_lost"
"""The error code of an answer that the sweep gave up; its real end may still come."""


class MessageIdTaken(Conflict):
    code: ClassVar[str] = "message_id_taken"
    title: ClassVar[str] = "This message id is in use"


_OWN = and_(Message.workspace_id == bindparam("workspace_id"), Message.user_id == bindparam("user_id"))


def _newest(*conditions: ColumnElement[bool]) -> Select[Message]:
    query = select(Message).where(_OWN, Message.role == "assistant", *conditions)
    return query.order_by(Message.created_at.desc(), Message.id.desc()).limit(1)


def _running(place: Callable[[type[Message]], ColumnElement[bool]]) -> Select[UUID | None]:
    question = aliased(Message)
    return (
        select(Message.generation_id)
        .join(question, and_(question.workspace_id == Message.workspace_id, question.id == Message.parent_id))
        .where(
            _OWN,
            Message.conversation_id == bindparam("conversation_id"),
            Message.status == "generating",
            place(question),
        )
        .limit(1)
    )


# Each chat turn asks these: they are built once.
_GET = select(Message).where(_OWN, Message.id == bindparam("id"))
_NEWEST_ANSWER = _newest(Message.conversation_id == bindparam("conversation_id"))
_NEWEST_ANSWER_TO = _newest(Message.parent_id == bindparam("question_id"))
_RUNNING_FIRST = _running(lambda question: question.parent_id.is_(None))
_RUNNING_AFTER = _running(lambda question: question.parent_id == bindparam("parent_id"))


class Messages:
    def __init__(self, session: ReadSession | WriteSession, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    async def get(self, message_id: UUID) -> Message | None:
        return await self._one(_GET, id=message_id)

    async def page(
        self, conversation_id: UUID, limit: int, after: Position | None, order: Literal["asc", "desc"]
    ) -> Slice[Message]:
        query = select(Message).where(self._own, Message.conversation_id == conversation_id).limit(limit + 1)
        place = tuple_(Message.created_at, Message.id)
        if order == "asc":
            query = query.order_by(Message.created_at, Message.id)
        else:
            query = query.order_by(Message.created_at.desc(), Message.id.desc())
        if after is not None:
            query = query.where(place > tuple_(*after) if order == "asc" else place < tuple_(*after))
        return Slice.of((await self._session.scalars(query)).all(), limit)

    async def newest_answer(self, conversation_id: UUID) -> Message | None:
        """The end of the branch that was spoken on last."""
        return await self._one(_NEWEST_ANSWER, conversation_id=conversation_id)

    async def newest_answer_to(self, question_id: UUID) -> Message | None:
        return await self._one(_NEWEST_ANSWER_TO, question_id=question_id)

    async def running(self, conversation_id: UUID) -> Sequence[Message]:
        """The answers that have not ended, newest first."""
        query = (
            select(Message)
            .where(self._own, Message.conversation_id == conversation_id, Message.status == "generating")
            .order_by(Message.created_at.desc(), Message.id.desc())
        )
        return (await self._session.scalars(query)).all()

    async def running_after(self, conversation_id: UUID, parent_id: UUID | None) -> UUID | None:
        """The generation that answers a question at this place of the tree, while it runs."""
        place = {} if parent_id is None else {"parent_id": parent_id}
        running: UUID | None = await self._session.scalar(
            _RUNNING_AFTER if place else _RUNNING_FIRST, self._as_owner(conversation_id=conversation_id, **place)
        )
        return running

    async def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Raises: MessageIdTaken when one of the ids exists, whosever it is."""
        own = {"workspace_id": self._owner.workspace_id, "user_id": self._owner.user_id}
        try:
            await self._session.execute(insert(Message), [own | row for row in rows])
        except IntegrityError as error:
            raise MessageIdTaken(
                "Another message has this id. Give the message a new one.", param="message.id"
            ) from error

    async def request_stop(self, answer_ids: Sequence[UUID], now: datetime) -> None:
        statement = (
            update(Message)
            .where(self._own, Message.id.in_(answer_ids), Message.stop_requested_at.is_(None))
            .values(stop_requested_at=now)
        )
        await self._session.execute(statement, execution_options=_UNSEEN)

    async def end(self, answer_id: UUID, generation_id: UUID, status: MessageStatus, **values: Any) -> bool:
        """Writes how an answer ended, once; False when that was known."""
        open_still = or_(Message.status == "generating", Message.error_code == LOST)
        statement = (
            update(Message)
            .where(self._own, Message.id == answer_id, Message.generation_id == generation_id, open_still)
            .values(status=status, **values)
        )
        result = cast("CursorResult[Any]", await self._session.execute(statement, execution_options=_UNSEEN))
        return result.rowcount == 1

    async def _one(self, query: Select[Message], **values: UUID) -> Message | None:
        found: Message | None = await self._session.scalar(query, self._as_owner(**values))
        return found

    def _as_owner(self, **values: UUID) -> dict[str, UUID]:
        return {"workspace_id": self._owner.workspace_id, "user_id": self._owner.user_id, **values}

    @property
    def _own(self) -> ColumnElement[bool]:
        return and_(Message.workspace_id == self._owner.workspace_id, Message.user_id == self._owner.user_id)


_UNSEEN = {"synchronize_session": False}
