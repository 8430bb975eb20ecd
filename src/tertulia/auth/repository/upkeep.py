"""What is done across tenants, by purposes that see only what they need: noting use, sweeping what has expired."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tertulia.auth.models import CredentialUse, Session, Workspace
from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.platform.db import WriteSession

USE_KEPT = timedelta(days=400)
_BATCH = 500


async def record_use(session: WriteSession, uses: Mapping[UUID, datetime]) -> None:
    """Purpose ``record_use``. A later use that another process noted stays."""
    rows = [{"credential_id": credential, "used_at": at} for credential, at in sorted(uses.items())]
    statement = insert(CredentialUse).values(rows)
    latest = func.greatest(CredentialUse.used_at, statement.excluded.used_at)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[CredentialUse.credential_id], set_={"used_at": latest})
    )


async def sweep(session: WriteSession) -> int:
    """Purpose ``sweep``: some rows whose time has passed, with all that belongs to them; how many it took.

    That a workspace was deleted is told a second time, for what was still under way the first time.
    """
    swept = 0
    for table in (Session, Workspace):
        some = select(table.id).where(table.expires_at < func.now()).limit(_BATCH).with_for_update(skip_locked=True)
        gone = await session.execute(delete(table).where(table.id.in_(some.scalar_subquery())).returning(table.id))
        for one in gone.scalars():
            swept += 1
            if table is Workspace:
                session.publish(WorkspaceDeleted(workspace_id=one, occurred_at=datetime.now(UTC)))
    old = select(CredentialUse.credential_id).where(CredentialUse.used_at < func.now() - USE_KEPT).limit(_BATCH)
    swept += _count(
        await session.execute(delete(CredentialUse).where(CredentialUse.credential_id.in_(old.scalar_subquery())))
    )
    return swept


def _count(result: object) -> int:
    return cast("CursorResult[Any]", result).rowcount
