"""One person's messages: a tree in each conversation, with answers that are running and answers that have ended."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, tuple_, update
from sqlalchemy.orm import aliased

from tertulia.chat.models import Message, MessageStatus
from tertulia.chat.owner import Owner
from tertulia.chat.repository.conversations import Position
from tertulia.platform.db import ReadSession, Rows, Statement, WriteSession
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
_COLUMNS = (
    "workspace_id, id, conversation_id, user_id, parent_id, role, status, parts, model, generation_id, "
    "created_at, ended_at"
)
_ADD = f"INSERT INTO message ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(CAST(NULL AS message), $1)"  # noqa: S608 - column names, no values
_PLACE = """
SELECT EXISTS (SELECT FROM message
        WHERE workspace_id = own.workspace_id AND user_id = own.user_id AND id = own.question_id),
    newest.id, newest.status, newest.generation_id, newest.created_at
FROM jsonb_to_record($1) AS own (workspace_id uuid, user_id uuid, conversation_id uuid, question_id uuid)
LEFT JOIN LATERAL (
    SELECT id, status, generation_id, created_at FROM message
    WHERE workspace_id = own.workspace_id AND user_id = own.user_id
        AND conversation_id = own.conversation_id AND role = 'assistant'
    ORDER BY created_at DESC, id DESC LIMIT 1
) newest ON true
"""


class Before(NamedTuple):
    """An answer that a question comes after."""

    id: UUID
    status: MessageStatus
    generation_id: UUID | None
    created_at: datetime


class Place(NamedTuple):
    """Where a new question would stand: whether it is there already, and the conversation's newest answer."""

    known: bool
    newest: Before | None

    @classmethod
    def of(cls, rows: Rows) -> "Place":
        ((known, *newest),) = rows
        return cls(known, Before(*newest) if newest[0] is not None else None)


def placing(owner: Owner, conversation_id: UUID, question_id: UUID) -> Statement:
    """Gives a ``Place``."""
    own = {"workspace_id": owner.workspace_id, "user_id": owner.user_id}
    return Statement(_PLACE, own | {"conversation_id": conversation_id, "question_id": question_id})


def add_messages(session: WriteSession, owner: Owner, rows: Sequence[dict[str, Any]]) -> None:
    """At the transaction's end, which raises MessageIdTaken when one of the ids exists, whosever it is."""
    own = {"workspace_id": owner.workspace_id, "user_id": owner.user_id}
    taken = MessageIdTaken("Another message has this id. Give the message a new one.", param="message.id")
    session.at_end(Statement(_ADD, [own | row for row in rows]), taken)


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

    async def request_stop(self, answer_ids: Sequence[UUID], now: datetime) -> frozenset[UUID]:
        """Which of them were still running: one whose end was just being stored is not."""
        statement = (
            update(Message)
            .where(self._own, Message.id.in_(answer_ids), Message.status == "generating")
            .values(stop_requested_at=func.coalesce(Message.stop_requested_at, now))
            .returning(Message.id)
        )
        return frozenset((await self._session.execute(statement, execution_options=_UNSEEN)).scalars())

    async def _one(self, query: Select[Message], **values: UUID) -> Message | None:
        found: Message | None = await self._session.scalar(query, self._as_owner(**values))
        return found

    def _as_owner(self, **values: UUID) -> dict[str, UUID]:
        return {"workspace_id": self._owner.workspace_id, "user_id": self._owner.user_id, **values}

    @property
    def _own(self) -> ColumnElement[bool]:
        return and_(Message.workspace_id == self._owner.workspace_id, Message.user_id == self._owner.user_id)


_UNSEEN = {"synchronize_session": False}
