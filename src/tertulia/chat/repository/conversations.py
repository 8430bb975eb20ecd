"""One person's conversations. Row-level security says the same once more; the conditions here find the index."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Update, and_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from tertulia.chat.models import Conversation, Message, TitleSource
from tertulia.chat.owner import Owner
from tertulia.platform.db import ReadSession, Statement, WriteSession
from tertulia.platform.pagination import Slice


class Position(NamedTuple):
    """Where a page begins: after the row with this time and id."""

    at: datetime
    id: UUID


_TOUCH = """
UPDATE conversation SET updated_at = ($1 ->> 'now')::timestamptz
WHERE workspace_id = ($1 ->> 'workspace_id')::uuid AND id = ($1 ->> 'id')::uuid AND user_id = ($1 ->> 'user_id')::uuid
RETURNING title, deleted_at, knowledge_base_ids
"""


class Touched(NamedTuple):
    """What a turn needs to know of its conversation."""

    title: str
    deleted_at: datetime | None
    knowledge_base_ids: list[UUID]


def touching(owner: Owner, conversation_id: UUID, now: datetime) -> Statement:
    """Moves it to the top of the list, and keeps every other turn of it waiting until this transaction's end. Gives a
    ``Touched``, or nothing where there is none.
    """
    own = {"workspace_id": owner.workspace_id, "user_id": owner.user_id}
    return Statement(_TOUCH, own | {"id": conversation_id, "now": now})


class Conversations:
    def __init__(self, session: ReadSession | WriteSession, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    async def get(self, conversation_id: UUID) -> Conversation | None:
        """Also a deleted one, as long as it can be brought back."""
        found: Conversation | None = await self._session.scalar(select(Conversation).where(self._is(conversation_id)))
        return found

    async def newest(self, limit: int, after: Position | None, *, deleted: bool) -> Slice[Conversation]:
        """By the time of the last question."""
        place = tuple_(Conversation.updated_at, Conversation.id)
        query = (
            select(Conversation)
            .where(
                Conversation.workspace_id == self._owner.workspace_id,
                Conversation.user_id == self._owner.user_id,
                Conversation.deleted_at.is_not(None) if deleted else Conversation.deleted_at.is_(None),
            )
            .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(place < tuple_(*after))
        return Slice.of((await self._session.scalars(query)).all(), limit)

    async def create(
        self, conversation_id: UUID, title: str, source: TitleSource, now: datetime
    ) -> Conversation | None:
        """None when the id is taken: by this person in the same moment, or by somebody else."""
        statement = (
            insert(Conversation)
            .values(
                workspace_id=self._owner.workspace_id,
                id=conversation_id,
                user_id=self._owner.user_id,
                title=title,
                title_source=source,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing()
            .returning(Conversation)
        )
        made: Conversation | None = await self._session.scalar(statement)
        return made

    async def rename(self, conversation_id: UUID, title: str) -> Conversation | None:
        return await self._change(conversation_id, title=title, title_source="person")

    async def name_by_machine(self, conversation_id: UUID, title: str) -> bool:
        """Only in place of a provisional title: never over a person's own."""
        statement = (
            update(Conversation)
            .where(self._is(conversation_id), Conversation.title_source == "provisional")
            .values(title=title, title_source="generated")
        )
        return await self._changed_one(statement)

    async def provide_title(self, conversation_id: UUID, title: str) -> None:
        """For a conversation that was made without one."""
        statement = update(Conversation).where(self._is(conversation_id), Conversation.title == "").values(title=title)
        await self._session.execute(statement, execution_options=_UNSEEN)

    async def choose(self, conversation_id: UUID, base_ids: list[UUID]) -> Conversation | None:
        return await self._change(conversation_id, knowledge_base_ids=base_ids)

    async def delete(self, conversation_id: UUID, now: datetime, kept: timedelta) -> bool:
        """False when it was deleted before."""
        statement = (
            update(Conversation)
            .where(self._is(conversation_id), Conversation.deleted_at.is_(None))
            .values(deleted_at=now, expires_at=now + kept)
        )
        return await self._changed_one(statement)

    async def deleted_and_silent(self, conversation_ids: Collection[UUID]) -> list[UUID]:
        """Those of them that are deleted and have no answer running any more. Who asks at once comes one after the
        other, so that the last of a conversation's answers finds the others ended.
        """
        deleted = select(Conversation.id).where(
            Conversation.workspace_id == self._owner.workspace_id,
            Conversation.user_id == self._owner.user_id,
            Conversation.id.in_(conversation_ids),
            Conversation.deleted_at.is_not(None),
        )
        held = (await self._session.scalars(deleted.order_by(Conversation.id).with_for_update())).all()
        running = select(Message.conversation_id).where(
            Message.workspace_id == self._owner.workspace_id,
            Message.conversation_id.in_(held),
            Message.status == "generating",
        )
        spoken_in = set((await self._session.scalars(running)).all()) if held else set()
        return [one for one in held if one not in spoken_in]

    async def undelete(self, conversation_id: UUID) -> Conversation | None:
        return await self._change(conversation_id, deleted_at=None, expires_at=None)

    async def _change(self, conversation_id: UUID, **values: Any) -> Conversation | None:
        statement = update(Conversation).where(self._is(conversation_id)).values(values).returning(Conversation)
        changed: Conversation | None = await self._session.scalar(statement, execution_options=_FRESH)
        return changed

    async def _changed_one(self, statement: Update) -> bool:
        result = await self._session.execute(statement, execution_options=_UNSEEN)
        return cast("CursorResult[Any]", result).rowcount == 1

    def _is(self, conversation_id: UUID) -> ColumnElement[bool]:
        return and_(
            Conversation.workspace_id == self._owner.workspace_id,
            Conversation.id == conversation_id,
            Conversation.user_id == self._owner.user_id,
        )


_UNSEEN = {"synchronize_session": False}
# What the statement returns is the truth, whatever the session has read before.
_FRESH = {"populate_existing": True, "synchronize_session": False}
