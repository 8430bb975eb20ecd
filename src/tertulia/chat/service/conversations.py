"""A person's conversations: made, renamed, deleted for a time, listed, read and searched."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from tertulia.chat.models import Conversation, Message
from tertulia.chat.owner import Owner
from tertulia.chat.repository import Conversations, Messages
from tertulia.chat.text import keepable, tidy_title
from tertulia.contracts.chat import ConversationDeleted, StopRequested
from tertulia.platform.db import Database, WriteSession
from tertulia.platform.errors import Conflict, FieldError, NotFound, Unprocessable
from tertulia.platform.ids import uuid7

KEPT_AFTER_DELETION = timedelta(days=30)


class ConversationExists(Conflict):
    code: ClassVar[str] = "conversation_exists"
    title: ClassVar[str] = "A conversation has this id"


class BadTitle(Unprocessable):
    code: ClassVar[str] = "bad_title"
    title: ClassVar[str] = "Not a title"


async def create(session: WriteSession, owner: Owner, conversation_id: UUID | None, title: str | None) -> Conversation:
    """Without a title it takes one from its first question."""
    kept, source = (_titled(title), "person") if title is not None else ("", "provisional")
    made = await Conversations(session, owner).create(
        conversation_id or uuid7(), kept, "person" if source == "person" else "provisional", datetime.now(UTC)
    )
    if made is None:
        raise ConversationExists("A conversation has this id already. Take another, or none.", param="id")
    return made


async def get(database: Database, owner: Owner, conversation_id: UUID | None) -> Conversation:
    async with database.read(owner.scope) as session:
        return _present(conversation_id and await Conversations(session, owner).get(conversation_id))


async def change(
    database: Database,
    owner: Owner,
    conversation_id: UUID | None,
    *,
    title: str | None = None,
    base_ids: list[UUID] | None = None,
    undelete: bool = False,
) -> Conversation:
    async with database.write(owner.scope) as session:
        conversations = Conversations(session, owner)
        found = conversation_id and await conversations.get(conversation_id)
        if found and undelete:
            found = await conversations.undelete(found.id)
        present = _present(found)
        if base_ids is not None:
            present = _present(await conversations.choose(present.id, base_ids))
        if title is not None:
            present = _present(await conversations.rename(present.id, _titled(title)))
        return present


async def delete(database: Database, owner: Owner, conversation_id: UUID | None) -> None:
    """Deleting it again changes nothing. Answers that are running are stopped; then others are told when the last of
    them is stored (``consumers``), since what they forget at once could not be stored any more.
    """
    async with database.write(owner.scope) as session:
        conversations = Conversations(session, owner)
        found = conversation_id and await conversations.get(conversation_id)
        if not found:
            raise _no_such_conversation()
        now = datetime.now(UTC)
        if not await conversations.delete(found.id, now, KEPT_AFTER_DELETION):
            return
        if not await request_stop(session, owner, found.id, None):
            session.publish(
                ConversationDeleted(workspace_id=owner.workspace_id, conversation_id=found.id, occurred_at=now)
            )


async def stop(
    database: Database, owner: Owner, conversation_id: UUID | None, answer_id: UUID | None = None
) -> list[UUID]:
    """Asks for the end of the running answers, or of the one named; again, if need be. Returns at once."""
    async with database.write(owner.scope) as session:
        found = _present(conversation_id and await Conversations(session, owner).get(conversation_id))
        return await request_stop(session, owner, found.id, answer_id)


async def request_stop(
    session: WriteSession, owner: Owner, conversation_id: UUID, answer_id: UUID | None
) -> list[UUID]:
    messages = Messages(session, owner)
    running = [m for m in await messages.running(conversation_id) if answer_id in (None, m.id)]
    if not running:
        return []
    now = datetime.now(UTC)
    still = await messages.request_stop([m.id for m in running], now)
    running = [m for m in running if m.id in still]
    for answer in running:
        if answer.generation_id is not None:
            session.publish(
                StopRequested(workspace_id=owner.workspace_id, generation_id=answer.generation_id, occurred_at=now)
            )
    return [m.id for m in running]


async def answer_to_follow(
    database: Database, owner: Owner, conversation_id: UUID | None, *, answer_id: UUID | None, resuming: bool
) -> Message | None:
    """The answer named; else the newest that is running; else, for a reader who was cut off, the newest. None: nothing
    runs.
    """
    async with database.read(owner.scope) as session:
        found = _present(conversation_id and await Conversations(session, owner).get(conversation_id))
        messages = Messages(session, owner)
        if answer_id is not None:
            named = await messages.get(answer_id)
            if named is None or named.conversation_id != found.id or named.role != "assistant":
                raise NotFound("There is no such answer in this conversation.", param="answer_id")
            return named
        running = await messages.running(found.id)
        if running:
            return running[0]
        return await messages.newest_answer(found.id) if resuming else None


def _titled(title: str) -> str:
    tidy = tidy_title(keepable(title, "title"))
    if not tidy:
        problem = "is empty"
        raise BadTitle("A title has at least one letter.", param="title", errors=[FieldError("title", problem)])
    return tidy


def _present(found: Conversation | UUID | None) -> Conversation:
    if not isinstance(found, Conversation) or found.deleted_at is not None:
        raise _no_such_conversation()
    return found


def _no_such_conversation() -> NotFound:
    return NotFound("There is no such conversation.")
