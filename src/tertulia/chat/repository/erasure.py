"""All that a workspace has in chat, erased when it is deleted."""

from uuid import UUID

from tertulia.chat.models import Conversation
from tertulia.platform.db import Database, erase_tenant


async def erase_workspace(database: Database, workspace_id: UUID) -> int:
    """How many conversations and idempotency keys; messages and what is searched go with their conversation."""
    return await erase_tenant(database, workspace_id, (Conversation.__table__,))
