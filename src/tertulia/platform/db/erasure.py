"""Takes away all rows of one tenant, a little at a time, each time in a transaction of its own.

What breaks off is begun again by whoever asks again. A policy of the purpose ``erase`` is needed where a tenant's scope
does not open all of its rows (``migrations.let_erase``).
"""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, FromClause, text

from tertulia.platform.db.database import Database
from tertulia.platform.db.scope import Scope
from tertulia.platform.db.tables import idempotency_key

_BATCH = 200


async def erase_tenant(database: Database, workspace_id: UUID, tables: Iterable[FromClause]) -> int:
    """How many rows it took from these tables, in their order, and from those that every service has; what references
    a row goes with it, where it does so by ``CASCADE``. The outbox stays: it holds ids and figures, for a week.
    """
    scope, erased = Scope(workspace_id=workspace_id, purpose="erase"), 0
    for table in (*tables, idempotency_key):
        some = f"SELECT ctid FROM {table} WHERE workspace_id = :workspace_id LIMIT {_BATCH}"  # noqa: S608 - our own names
        in_batches = f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({some}))"  # noqa: S608 - our own names
        # A row that somebody changes meanwhile moves to another place, and is passed over by the place that it had.
        the_rest = f"DELETE FROM {table} WHERE workspace_id = :workspace_id"  # noqa: S608 - our own names
        for statement in (text(in_batches), text(the_rest)):
            taken = 1
            while taken:
                async with database.write(scope) as session:
                    result = await session.execute(statement, {"workspace_id": workspace_id})
                    taken = cast("CursorResult[Any]", result).rowcount
                erased += taken
    return erased
