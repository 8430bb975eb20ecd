"""All that a workspace has here, erased when it is deleted."""

from uuid import UUID

from tertulia.orchestrator.models import WorkspaceKey
from tertulia.orchestrator.models.table import Table
from tertulia.platform.db import Database, erase_tenant


async def erase_workspace(database: Database, workspace_id: UUID) -> int:
    """How many rows. Its key goes first: from then on nothing that was sealed opens, whatever becomes of the rest."""
    tables = reversed(Table.metadata.sorted_tables)
    return await erase_tenant(database, workspace_id, (WorkspaceKey.__table__, *tables))
