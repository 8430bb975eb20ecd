"""Responses as they are stored: sealed, for a month, each with the conversation that led to it.

So one that is gone on with needs no other one than itself, and deleting it leaves nothing behind.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tertulia.orchestrator.repository.responses import ResponseRecord, Responses
from tertulia.orchestrator.schemas.responses import ResponseRequest
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.responses.items import CALL, Item
from tertulia.orchestrator.service.responses.jobs import ResponseCancelled
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.envelopes import DataKey
from tertulia.platform.errors import Conflict, NotFound, Unprocessable

KEPT = timedelta(days=30)
_MOST_ITEMS = 1000
_MOST_BYTES = 8 * 1024 * 1024


class ResponseNotFound(NotFound):
    code, title = "response_not_found", "No such response"


class ResponseNotFinished(Conflict):
    code, title = "response_not_finished", "The response is not finished"


class NotInBackground(Unprocessable):
    status = 400
    code, title = "response_not_in_background", "Not a response in the background"


class ConversationTooLong(Unprocessable):
    code, title = "conversation_too_long", "The conversation is too long"


class Kept(msgspec.Struct):
    """``items`` is everything that was put in, from the conversation's start; the last ``new`` are this request's."""

    asked: ResponseRequest
    items: list[Item]
    response: dict[str, Any]
    new: int = 0

    @property
    def conversation(self) -> list[Item]:
        return [*self.items, *self._said]

    @property
    def added(self) -> list[Item]:
        """What a conversation has more of it: nothing of one that failed."""
        if self.response["status"] not in ("completed", "incomplete"):
            return []
        return [*self.items[len(self.items) - self.new :], *self._said]

    @property
    def _said(self) -> list[Item]:
        """A call that was cut short is none: nobody can answer it."""
        return [item for item in self.response["output"] if item["type"] != CALL or item["status"] == "completed"]


class KeptResponses:
    """For one person in one workspace at a time."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def key(self, workspace_id: UUID) -> DataKey:
        """To be asked for before a transaction: it may need one of its own."""
        return await self._keys.of(workspace_id)

    async def seal(self, workspace_id: UUID, response_id: UUID, kept: Kept) -> bytes:
        return sealed(await self.key(workspace_id), workspace_id, response_id, kept)

    async def open(self, workspace_id: UUID, record: ResponseRecord) -> Kept:
        """With the status that the row has: it changes before what is sealed does."""
        key = await self._keys.of(workspace_id)
        kept = msgspec.json.decode(key.open(record.sealed, _place(workspace_id, record.id)), type=Kept)
        kept.response["status"] = record.status
        return kept

    async def add(
        self,
        session: WriteSession,
        place: tuple[UUID, UUID],
        response_id: UUID,
        response: dict[str, Any],
        sealed: bytes,
    ) -> None:
        """``place``: the workspace and the person whose it is."""
        await Responses(session, *place).add(
            response_id,
            status=response["status"],
            background=response["background"],
            sealed=sealed,
            expires_at=datetime.now(UTC) + KEPT,
        )

    async def find(
        self, workspace_id: UUID, person_id: UUID, shown_id: str, *, param: str | None = None
    ) -> ResponseRecord:
        """``param``: the field that names it, where it is one. Raises: ResponseNotFound."""
        response_id = _uuid(shown_id)
        async with self._database.write(tenant(workspace_id)) as session:  # a replica may not have it yet
            record = (
                None if response_id is None else await Responses(session, workspace_id, person_id).find(response_id)
            )
        if record is None:
            raise ResponseNotFound(
                f"There is no response `{shown_id}`; it may have been deleted or be too old.", param=param
            )
        return record

    async def get(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> Kept:
        """Raises: ResponseNotFound."""
        return await self.open(workspace_id, await self.find(workspace_id, person_id, shown_id))

    async def conversation(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> list[Item]:
        """What a response led to. Raises: ResponseNotFound, ResponseNotFinished."""
        record = await self.find(workspace_id, person_id, shown_id, param="previous_response_id")
        earlier = await self.open(workspace_id, record)
        if earlier.response["status"] in ("queued", "in_progress"):
            raise ResponseNotFinished(f"`{shown_id}` is still being written. Wait for its end.")
        return earlier.conversation

    async def delete(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> None:
        """Whoever still writes it stops. Raises: ResponseNotFound."""
        record = await self.find(workspace_id, person_id, shown_id)
        async with self._database.write(tenant(workspace_id)) as session:
            await Responses(session, workspace_id, person_id).delete(record.id)
            if not record.ended:
                session.publish(ResponseCancelled(workspace_id=workspace_id, response_id=record.id))


def require_room(items: Sequence[Item], param: str = "input") -> None:
    """Raises: ConversationTooLong."""
    if not has_room(items):
        raise ConversationTooLong(
            f"A conversation holds {_MOST_ITEMS} items and {_MOST_BYTES // 1024**2} MB at most. Begin a new one "
            "with what of it still matters.",
            param=param,
        )


def has_room(items: Sequence[Item], times: int = 1) -> bool:
    """``times`` the bound."""
    return len(items) <= times * _MOST_ITEMS and len(msgspec.json.encode(items)) <= times * _MOST_BYTES


def sealed(key: DataKey, workspace_id: UUID, response_id: UUID, kept: Kept) -> bytes:
    return key.seal(msgspec.json.encode(kept), _place(workspace_id, response_id))


def shown(response_id: UUID) -> str:
    return f"resp_{response_id.hex}"


def _uuid(shown_id: str) -> UUID | None:
    try:
        return UUID(hex=shown_id.removeprefix("resp_")) if shown_id.startswith("resp_") else None
    except ValueError:
        return None


def _place(workspace_id: UUID, response_id: UUID) -> str:
    return f"{workspace_id}/response/{response_id}"
