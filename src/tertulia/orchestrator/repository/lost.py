"""What was asked for and nobody will finish: its workers are gone, and so is its time."""

from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select

from tertulia.orchestrator.models import Batch, StoredResponse
from tertulia.orchestrator.repository.rows import all_of, columns_of
from tertulia.platform.db import Database, purpose

_AT_ONCE = 20


class Lost(msgspec.Struct, frozen=True):
    workspace_id: UUID
    user_id: UUID
    id: UUID


async def lost_of(
    database: Database, table: type[Batch] | type[StoredResponse], *wanted: ColumnElement[bool]
) -> list[Lost]:
    """Some of those, of whatever workspaces, for which this is so."""
    async with database.write(purpose("lease")) as session:
        found = await session.execute(select(*columns_of(table, Lost)).where(*wanted).limit(_AT_ONCE))
        return all_of(found, Lost)
