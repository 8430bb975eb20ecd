"""Takes away what the platform's tables need no longer, a little at a time.

Outbox rows are kept a week after they were sent, so that a lost stream can be filled again. A message may then be met
twice for as long as both the outbox and the stream keep it; so long is remembered who consumed it.
"""

import time
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, delete, func, select

from tertulia.platform.db.database import Database
from tertulia.platform.db.scope import purpose
from tertulia.platform.db.tables import consumed_message, idempotency_key, outbox

OUTBOX_KEPT = timedelta(days=7)
CONSUMED_KEPT = timedelta(days=15)
IDEMPOTENCY_KEPT = timedelta(hours=24)
_BATCH = 1000


async def sweep(database: Database) -> int:
    """How many rows it took."""
    swept = 0
    for table, condition in (
        (outbox, (outbox.c.id < _born_before(OUTBOX_KEPT)) & outbox.c.sent_at.is_not(None)),
        (consumed_message, consumed_message.c.consumed_at < func.now() - CONSUMED_KEPT),
        (idempotency_key, idempotency_key.c.id < _born_before(IDEMPOTENCY_KEPT)),
    ):
        while (taken := await _take(database, table, condition)) == _BATCH:
            swept += taken
        swept += taken
    return swept


async def _take(database: Database, table: Table, condition: ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    some = select(*keys).where(condition).limit(_BATCH).with_for_update(skip_locked=True).cte("some")
    async with database.write(purpose("sweep")) as session:
        matches = [key == some.c[key.name] for key in keys]
        result = await session.execute(delete(table).where(*matches))
        return cast("CursorResult[Any]", result).rowcount


def _born_before(age: timedelta) -> UUID:
    """The lowest UUIDv7 of that moment: ids are in order of birth, so no other index is needed."""
    return UUID(int=round((time.time() - age.total_seconds()) * 1000) << 80)
