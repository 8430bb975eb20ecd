"""``/v1/conversations``: what responses go on with, made, looked at and changed. They are added to by ``responses``."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tertulia.orchestrator.api.item_pages import page_of
from tertulia.orchestrator.api.person import In
from tertulia.orchestrator.repository.conversations import ConversationRecord
from tertulia.orchestrator.schemas.responses import NewConversation, NewItems, NewMetadata
from tertulia.orchestrator.service.request import convert, parse
from tertulia.orchestrator.service.responses.conversations import (
    Conversation,
    Conversations,
    find_item,
    shown_conversation,
)
from tertulia.orchestrator.service.responses.metadata import require_metadata
from tertulia.platform.http import read_body
from tertulia.platform.pagination import DEFAULT_LIMIT, Limit

_MOST_BODY = 8 * 1024 * 1024
_BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}}}


def router(conversations: Conversations) -> APIRouter:
    made = APIRouter(prefix="/v1/conversations", tags=["openai"], default_response_class=Response)

    @made.post("", openapi_extra=_BODY)
    async def create_openai_conversation(of: In, request: Request) -> Response:
        """What responses go on with. ``items`` (20 at most) and ``metadata`` are as OpenAI has them."""
        new = convert(parse(await _body(request) or b"{}"), NewConversation)
        require_metadata(new.metadata)
        return _json(_view(*await conversations.create(of.place, new.metadata or {}, new.items or [])))

    @made.get("/{conversation_id}")
    async def get_openai_conversation(of: In, conversation_id: str) -> Response:
        """A conversation, without its items."""
        return _json(_view(*await conversations.get(of.place, conversation_id)))

    @made.post("/{conversation_id}", openapi_extra=_BODY)
    async def update_openai_conversation(of: In, conversation_id: str, request: Request) -> Response:
        """``metadata`` takes the place of the old."""
        new = convert(parse(await _body(request)), NewMetadata)
        require_metadata(new.metadata)
        return _json(_view(*await conversations.describe(of.place, conversation_id, new.metadata or {})))

    @made.delete("/{conversation_id}")
    async def delete_openai_conversation(of: In, conversation_id: str) -> Response:
        """For good; responses that were made in it stay."""
        await conversations.delete(of.place, conversation_id)
        return _json({"id": conversation_id, "object": "conversation.deleted", "deleted": True})

    @made.post("/{conversation_id}/items", openapi_extra=_BODY)
    async def create_conversation_items(of: In, conversation_id: str, request: Request) -> Response:
        """Adds ``items``, 20 at most."""
        new = convert(parse(await _body(request)), NewItems)
        return _json(page_of(await conversations.add(of.place, conversation_id, new.items), len(new.items)))

    @made.get("/{conversation_id}/items")
    async def list_conversation_items(
        of: In,
        conversation_id: str,
        limit: Limit = DEFAULT_LIMIT,
        after: Annotated[str | None, Query(max_length=200, description="the last item of the page before")] = None,
        order: Literal["asc", "desc"] = "desc",
    ) -> Response:
        """Everything that was put in and came out, newest first when ``order`` is left out."""
        items = (await conversations.get(of.place, conversation_id))[1].items
        return _json(page_of(items, limit, after, newest_first=order == "desc"))

    @made.get("/{conversation_id}/items/{item_id}")
    async def get_conversation_item(of: In, conversation_id: str, item_id: str) -> Response:
        """One of them."""
        return _json(find_item((await conversations.get(of.place, conversation_id))[1], item_id))

    @made.delete("/{conversation_id}/items/{item_id}")
    async def delete_conversation_item(of: In, conversation_id: str, item_id: str) -> Response:
        """The conversation without it; responses go on without it from then on."""
        return _json(_view(*await conversations.remove(of.place, conversation_id, item_id)))

    return made


async def _body(request: Request) -> bytes:
    return await read_body(request.scope, request.receive, _MOST_BODY)


def _view(record: ConversationRecord, conversation: Conversation) -> dict[str, Any]:
    return {
        "id": shown_conversation(record.id),
        "object": "conversation",
        "created_at": int(record.created_at.timestamp()),
        "metadata": conversation.metadata,
    }


def _json(body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
