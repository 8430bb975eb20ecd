"""The record of what was done by whom. Rows are added; the login may do nothing else with them."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from tertulia.auth.models import AuditEvent
from tertulia.platform.db import WriteSession
from tertulia.platform.ids import uuid7


async def record(
    session: WriteSession,
    action: str,
    *,
    user_id: UUID,
    workspace_id: UUID | None = None,
    subject: object = None,
    **details: Any,
) -> None:
    """``action`` as ``session.started``; ``details`` are codes and ids, never secrets."""
    await session.execute(
        insert(AuditEvent).values(
            id=uuid7(),
            user_id=user_id,
            workspace_id=workspace_id,
            action=action,
            subject=None if subject is None else str(subject),
            details=details,
        )
    )
