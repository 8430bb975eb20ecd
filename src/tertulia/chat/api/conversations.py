"""``/api/conversations``: what people see and change of theirs. An id that nobody could have made is simply unknown."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi import Path as InPath

from tertulia.chat.api.views import conversation_view, hit_view, message_view
from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.repository import Conversations, Messages, Position, Search
from tertulia.chat.schemas import (
    ConversationChange,
    ConversationView,
    MessageView,
    NewConversation,
    SearchHit,
    Stopping,
)
from tertulia.chat.service import conversations
from tertulia.chat.service.choice import chosen
from tertulia.chat.service.turn import known_id
from tertulia.chat.service.windows import Windows
from tertulia.chat.text import keepable
from tertulia.platform import idempotency
from tertulia.platform.db import Database, WriteSession
from tertulia.platform.idempotency import StoredResponse
from tertulia.platform.identity import Identity, caller
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Cursors, Limit, Page

MAX_QUERY_CHARACTERS = 500


async def _owner(identity: Annotated[Identity, Depends(caller)]) -> Owner:
    return Owner.of(identity)


Caller = Annotated[Owner, Depends(_owner)]
ConversationId = Annotated[str, InPath(max_length=64, description="its UUID, or the id that the client gave it")]
Deleted = Annotated[bool, Query(description="true lists those that are deleted and can still be brought back")]
IdempotencyKey = Annotated[str | None, Header(description="makes a repeated request safe; kept for 24 hours")]


def router(database: Database, cursors: Cursors, orchestrator: Orchestrator, windows: Windows) -> APIRouter:
    made = APIRouter(prefix="/api", tags=["conversations"])

    @made.get("/conversations")
    async def list_conversations(
        owner: Caller, limit: Limit = DEFAULT_LIMIT, after: After = None, *, deleted: Deleted = False
    ) -> Page[ConversationView]:
        """Newest question first."""
        name = f"conversations/{deleted}"
        position = cursors.read(name, owner, after, Position)
        async with database.read(owner.scope) as session:
            found = await Conversations(session, owner).newest(limit, position, deleted=deleted)
        return cursors.page(name, owner, found, key=lambda row: (row.updated_at, row.id), show=conversation_view)

    @made.post(
        "/conversations", status_code=201, response_model=ConversationView, responses={409: {"description": "Taken"}}
    )
    async def create_conversation(
        owner: Caller, new: NewConversation, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """With an id of the client's, or a new one; without a title it takes one from the first question."""
        conversation_id = known_id(owner, new.id, "id") if new.id is not None else None

        async def run(session: WriteSession) -> StoredResponse:
            row = await conversations.create(session, owner, conversation_id, new.title)
            return StoredResponse(201, conversation_view(row).model_dump_json().encode())

        stored = await idempotency.once(
            database,
            owner.scope,
            idempotency_key,
            new.model_dump_json().encode(),
            run,
            operation="POST /api/conversations",
        )
        return Response(stored.body, stored.status, media_type="application/json")

    @made.get("/conversations/search")
    async def search_conversations(
        owner: Caller,
        q: Annotated[
            str, Query(min_length=1, max_length=MAX_QUERY_CHARACTERS, description='words, "phrases", -without, or')
        ],
        limit: Limit = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SearchHit]:
        """In titles and messages; the last word may be the beginning of one."""
        position = cursors.read("search", owner, after, Position)
        async with database.read(owner.scope) as session:
            found = await Search(session, owner).find(keepable(q, "q"), limit, position)
        return cursors.page(
            "search",
            owner,
            found,
            key=lambda row: (row.updated_at, row.conversation_id),
            show=lambda row: hit_view(row, q),
        )

    @made.get("/conversations/{conversation_id}")
    async def get_conversation(owner: Caller, conversation_id: ConversationId) -> ConversationView:
        """A conversation, without its messages."""
        return conversation_view(await conversations.get(database, owner, owner.resolve(conversation_id)))

    @made.patch("/conversations/{conversation_id}")
    async def change_conversation(
        owner: Caller, conversation_id: ConversationId, change: ConversationChange
    ) -> ConversationView:
        """A new title stays; ``deleted: false`` brings back what was deleted in the last 30 days."""
        bases = change.knowledge_base_ids
        row = await conversations.change(
            database,
            owner,
            owner.resolve(conversation_id),
            title=change.title,
            base_ids=None if bases is None else await chosen(orchestrator, owner, bases),
            undelete=change.deleted is False,
        )
        return conversation_view(row)

    @made.delete("/conversations/{conversation_id}", status_code=204)
    async def delete_conversation(owner: Caller, conversation_id: ConversationId) -> None:
        """It can be brought back for 30 days. Its running answers are stopped."""
        await conversations.delete(database, owner, owner.resolve(conversation_id))

    @made.get("/conversations/{conversation_id}/messages")
    async def list_messages(
        owner: Caller,
        conversation_id: ConversationId,
        limit: Limit = DEFAULT_LIMIT,
        after: After = None,
        order: Literal["asc", "desc"] = "asc",
    ) -> Page[MessageView]:
        """All branches, by time; ``parent_id`` makes the tree."""
        conversation = await conversations.get(database, owner, owner.resolve(conversation_id))
        name = f"messages/{conversation.id}/{order}"
        position = cursors.read(name, owner, after, Position)
        async with database.read(owner.scope) as session:
            found = await Messages(session, owner).page(conversation.id, limit, position, order)
        return cursors.page(name, owner, found, key=lambda row: (row.created_at, row.id), show=message_view)

    @made.post("/chat/{conversation_id}/stop")
    async def stop_answer(owner: Caller, conversation_id: ConversationId, answer_id: UUID | None = None) -> Stopping:
        """Ends the running answers, or the one named; what was said stays. Returns at once, and can be repeated."""
        stopping = await conversations.stop(database, owner, owner.resolve(conversation_id), answer_id)
        windows.forget(stopping)
        return Stopping(stopping=stopping)

    return made
