"""What is kept until a time of its own, and taken away after it."""

from sqlalchemy import delete, func, select

from tertulia.orchestrator.models import ConversationSummary, StoredConversation, StoredFile, StoredResponse
from tertulia.platform.db import Database, purpose

Expiring = type[ConversationSummary | StoredConversation | StoredFile | StoredResponse]

EXPIRING: dict[Expiring, int] = {
    StoredFile: 20,
    StoredResponse: 200,
    StoredConversation: 200,
    ConversationSummary: 1000,
}
"""How many of each go at once: a file has parts."""


async def forget_expired(database: Database, table: Expiring) -> int:
    """Take away some of a table's rows past their end, among files uploads that were broken off; how many."""
    keys = table.__table__.primary_key
    old = select(*keys).where(table.expires_at < func.now()).limit(EXPIRING[table]).subquery()
    async with database.write(purpose("sweep")) as session:
        gone = await session.execute(
            delete(table).where(*(key == old.c[key.name] for key in keys)).returning(table.workspace_id)
        )
        return len(gone.scalars().all())
