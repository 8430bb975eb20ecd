"""How answers end: all ends of one person that come together are one statement."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tertulia.chat.models import MessageStatus, TitleSource
from tertulia.chat.owner import Owner
from tertulia.chat.repository.messages import LOST
from tertulia.platform.db import WriteSession


class AlreadyStored(Exception):
    """One of the deliveries has had its effect."""


class Ending(msgspec.Struct, frozen=True):
    """What becomes of an answer's row, by which delivery."""

    delivery_id: UUID
    id: UUID
    generation_id: UUID
    status: MessageStatus
    parts: list[dict[str, Any]]
    model: str | None
    usage: dict[str, Any]
    cost_amount: int
    cost_currency: str
    error_code: str | None
    error_detail: str | None
    warnings: Sequence[str]


class Stored(NamedTuple):
    """Of an answer: where its conversation's title comes from, and whether its end was wished for."""

    title_source: TitleSource
    stop_requested: bool


_WRITTEN = (
    "status",
    "parts",
    "model",
    "usage",
    "cost_amount",
    "cost_currency",
    "error_code",
    "error_detail",
    "warnings",
)
# The delivery's id and its effect are one statement: an id that is there makes all of it fail.
_STORE = text(
    f"""
    WITH told AS MATERIALIZED (SELECT CAST(:rows AS jsonb) AS rows), consumed AS (
        INSERT INTO consumed_message (consumer, delivery_id)
        SELECT :consumer, CAST(one ->> 'delivery_id' AS uuid) FROM told, jsonb_array_elements(told.rows) one
    )
    UPDATE message SET {", ".join(f"{name} = ended.{name}" for name in _WRITTEN)}, ended_at = now()
    FROM told, jsonb_populate_recordset(CAST(NULL AS message), told.rows) ended, conversation
    WHERE message.workspace_id = :workspace_id AND message.user_id = :user_id
        AND message.id = ended.id AND message.generation_id = ended.generation_id
        AND (message.status = 'generating' OR message.error_code = '{LOST}')
        AND conversation.workspace_id = message.workspace_id AND conversation.id = message.conversation_id
    RETURNING message.id, conversation.title_source, message.stop_requested_at IS NOT NULL AS stop_requested
    """  # noqa: S608 - column names, no values
)


async def store_all(
    session: WriteSession, owner: Owner, endings: Sequence[Ending], *, consumer: str
) -> dict[UUID, Stored]:
    """Writes each end once; gives the answers that ended now.

    Raises: AlreadyStored; nothing is written then.
    """
    written = {
        "rows": msgspec.json.encode(endings).decode(),
        "consumer": consumer,
        "workspace_id": owner.workspace_id,
        "user_id": owner.user_id,
    }
    try:
        stored = await session.execute(_STORE, written)
    except IntegrityError as error:
        raise AlreadyStored from error
    return {row.id: Stored(row.title_source, row.stop_requested) for row in stored}
