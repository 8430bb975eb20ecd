"""Full-text search over one person's conversations.

What is searched for is told to the database as a part of the scope, since the policy of ``search_document`` holds the
condition (see the migration). Each conversation is found once, by its newest words that match.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tertulia.chat.owner import Owner
from tertulia.chat.repository.conversations import Position
from tertulia.platform.db import ReadSession
from tertulia.platform.pagination import Slice

_SEARCHED = text("SELECT set_config('tertulia.searched', search_terms(:typed)::text, true)")
_FIND = text("""
    WITH hit AS (
        SELECT DISTINCT ON (conversation_id) conversation_id, message_id
        FROM search_document
        ORDER BY conversation_id, message_id IS NULL, created_at DESC
    )
    SELECT c.id, c.title, c.updated_at, hit.message_id, m.parts
    FROM hit
    JOIN conversation c ON c.workspace_id = :workspace_id AND c.id = hit.conversation_id AND c.deleted_at IS NULL
    LEFT JOIN message m ON m.workspace_id = :workspace_id AND m.id = hit.message_id
    WHERE CAST(:updated_at AS timestamptz) IS NULL OR (c.updated_at, c.id) < (:updated_at, CAST(:id AS uuid))
    ORDER BY c.updated_at DESC, c.id DESC
    LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Found:
    """``text`` is the message that matched; None when it was the title."""

    conversation_id: UUID
    title: str
    updated_at: datetime
    message_id: UUID | None
    text: str | None


class Search:
    def __init__(self, session: ReadSession, owner: Owner) -> None:
        self._session = session
        self._owner = owner

    async def find(self, typed: str, limit: int, after: Position | None) -> Slice[Found]:
        """``typed`` is in websearch syntax; its last word may be the beginning of one."""
        await self._session.execute(_SEARCHED, {"typed": typed})
        updated_at, last_id = after or (None, None)
        rows = await self._session.execute(
            _FIND,
            {
                "workspace_id": self._owner.workspace_id,
                "updated_at": updated_at,
                "id": last_id,
                "limit": limit + 1,
            },
        )
        return Slice.of([_found(row) for row in rows], limit)


def _found(row: Any) -> Found:
    text = None if row.parts is None else "".join(part.get("text", "") for part in row.parts)
    return Found(row.id, row.title, row.updated_at, row.message_id, text)
