"""OpenAI's conversations: a list of items that responses go on with and are added to. Sealed, for a month after the
last change.

What responses in the same conversation say at the same time is all added, in the order of their ends.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.repository.conversations import ConversationRecord
from tertulia.orchestrator.repository.conversations import Conversations as Rows
from tertulia.orchestrator.service.attached_files import RequestFiles
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.request import wrong
from tertulia.orchestrator.service.responses.attached import attach
from tertulia.orchestrator.service.responses.items import Item, items_of
from tertulia.orchestrator.service.responses.kept import ConversationTooLong, Kept, has_room, require_room
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.envelopes import DataKey
from tertulia.platform.errors import NotFound
from tertulia.platform.ids import uuid7

log = structlog.get_logger()

_KEPT = timedelta(days=30)
_AT_THE_SAME_TIME = 2
"""So many times a conversation's bound may be held, where several responses end at once."""

_Place = tuple[UUID, UUID]
"""A workspace, and a person in it."""


class ConversationNotFound(NotFound):
    code, title = "conversation_not_found", "No such conversation"


class ConversationItemNotFound(NotFound):
    code, title = "item_not_found", "No such item"


class Conversation(msgspec.Struct):
    """What is sealed."""

    metadata: dict[str, str]
    items: list[Item]


class Conversations:
    """For one person in one workspace at a time."""

    def __init__(self, database: Database, keys: Keys, files: Callable[[UUID, UUID], RequestFiles]) -> None:
        """``files``: what reads those of a request."""
        self._database = database
        self._keys = keys
        self._files = files

    async def create(
        self, place: _Place, metadata: dict[str, str], given: list[dict[str, Any]]
    ) -> tuple[ConversationRecord, Conversation]:
        """Raises: Unprocessable; what ``attach`` raises."""
        made = Conversation(metadata, await self._read(place, given) if given else [])
        conversation_id, key = uuid7(), await self._keys.of(place[0])
        async with self._database.write(tenant(place[0])) as session:
            sealed = _sealed(key, place, conversation_id, made)
            return await Rows(session, *place).add(conversation_id, sealed=sealed, expires_at=_end()), made

    async def get(
        self, place: _Place, shown_id: str, *, param: str | None = None
    ) -> tuple[ConversationRecord, Conversation]:
        """``param``: the field that names it, where it is one. Raises: ConversationNotFound."""
        conversation_id, key = _uuid(shown_id), await self._keys.of(place[0])
        async with self._database.write(tenant(place[0])) as session:  # a replica may not have it yet
            record = None if conversation_id is None else await Rows(session, *place).find(conversation_id)
        if record is None:
            raise _none(shown_id, param)
        return record, _opened(key, place, record)

    async def describe(
        self, place: _Place, shown_id: str, metadata: dict[str, str]
    ) -> tuple[ConversationRecord, Conversation]:
        """Raises: ConversationNotFound."""

        def change(conversation: Conversation) -> None:
            conversation.metadata = metadata

        return await self._change(place, shown_id, change)

    async def add(self, place: _Place, shown_id: str, given: list[dict[str, Any]]) -> list[Item]:
        """The new items. Raises: ConversationNotFound, ConversationTooLong, Unprocessable; what ``attach`` raises."""
        await self.get(place, shown_id)
        new = await self._read(place, given)

        def change(conversation: Conversation) -> None:
            there = {item["id"] for item in conversation.items}
            for item in new:
                if item["id"] in there:
                    raise wrong("items", f"the conversation has an item `{item['id']}` already")
                there.add(item["id"])
            conversation.items += new
            require_room(conversation.items, "items")

        await self._change(place, shown_id, change)
        return new

    async def remove(self, place: _Place, shown_id: str, item_id: str) -> tuple[ConversationRecord, Conversation]:
        """Raises: ConversationNotFound, ConversationItemNotFound."""

        def change(conversation: Conversation) -> None:
            find_item(conversation, item_id)
            conversation.items = [item for item in conversation.items if item["id"] != item_id]

        return await self._change(place, shown_id, change)

    async def delete(self, place: _Place, shown_id: str) -> None:
        """Raises: ConversationNotFound."""
        conversation_id = _uuid(shown_id)
        async with self._database.write(tenant(place[0])) as session:
            if conversation_id is None or not await Rows(session, *place).delete(conversation_id):
                raise _none(shown_id)

    async def extend(self, session: WriteSession, key: DataKey, place: _Place, kept: Kept) -> None:
        """What a response was told and said, in the transaction that ends it; where there is none any more, or no room,
        the response says so: its ``conversation`` is null.

        The bound may be passed by what is said at the same time: the next request is told of it.
        """
        shown_id, added = kept.asked.conversation_id, kept.added
        if shown_id is None or not added:
            return

        def change(conversation: Conversation) -> None:
            conversation.items += added
            if not has_room(conversation.items, _AT_THE_SAME_TIME):
                raise ConversationTooLong("The conversation is too long.")

        try:
            await _changed(session, key, place, shown_id, change)
        except (ConversationNotFound, ConversationTooLong) as refusal:
            log.info("conversation_not_extended", conversation_id=shown_id, code=refusal.code)
            kept.response["conversation"] = None

    async def _read(self, place: _Place, given: list[dict[str, Any]]) -> list[Item]:
        items = items_of(given, uuid7(), "items")
        await attach(self._files(*place), given, items, "items")
        require_room(items, "items")
        return items

    async def _change(
        self, place: _Place, shown_id: str, change: Callable[[Conversation], None]
    ) -> tuple[ConversationRecord, Conversation]:
        key = await self._keys.of(place[0])
        async with self._database.write(tenant(place[0])) as session:
            return await _changed(session, key, place, shown_id, change)


def find_item(conversation: Conversation, item_id: str) -> Item:
    """Raises: ConversationItemNotFound."""
    for item in conversation.items:
        if item["id"] == item_id:
            return item
    raise ConversationItemNotFound(f"The conversation has no item `{item_id}`.")


def shown_conversation(conversation_id: UUID) -> str:
    return f"conv_{conversation_id.hex}"


async def _changed(
    session: WriteSession, key: DataKey, place: _Place, shown_id: str, change: Callable[[Conversation], None]
) -> tuple[ConversationRecord, Conversation]:
    rows, conversation_id = Rows(session, *place), _uuid(shown_id)
    record = None if conversation_id is None else await rows.find(conversation_id, to_change=True)
    if record is None:
        raise _none(shown_id)
    conversation = _opened(key, place, record)
    change(conversation)
    await rows.change(record.id, sealed=_sealed(key, place, record.id, conversation), expires_at=_end())
    return record, conversation


def _sealed(key: DataKey, place: _Place, conversation_id: UUID, conversation: Conversation) -> bytes:
    return key.seal(msgspec.json.encode(conversation), _bound_to(place, conversation_id))


def _opened(key: DataKey, place: _Place, record: ConversationRecord) -> Conversation:
    return msgspec.json.decode(key.open(record.sealed, _bound_to(place, record.id)), type=Conversation)


def _bound_to(place: _Place, conversation_id: UUID) -> str:
    return f"{place[0]}/conversation/{conversation_id}"


def _end() -> datetime:
    return datetime.now(UTC) + _KEPT


def _none(shown_id: str, param: str | None = None) -> ConversationNotFound:
    return ConversationNotFound(
        f"There is no conversation `{shown_id}`; it may have been deleted or be too old.", param=param
    )


def _uuid(shown_id: str) -> UUID | None:
    try:
        return UUID(hex=shown_id.removeprefix("conv_")) if shown_id.startswith("conv_") else None
    except ValueError:
        return None
