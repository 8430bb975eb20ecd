"""What is done across tenants, by purposes that see only what they need: noting use, sweeping what has expired."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tertulia.auth.models import CredentialUse, Session, Workspace
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
    """Purpose ``sweep``: some rows whose time has passed, with all that belongs to them; how many it took."""
    swept = 0
    for table, condition in (
        (Session, Session.expires_at < func.now()),
        (Workspace, Workspace.expires_at < func.now()),
    ):
        some = select(table.id).where(condition).limit(_BATCH).with_for_update(skip_locked=True).scalar_subquery()
        swept += _count(await session.execute(delete(table).where(table.id.in_(some))))
    old = select(CredentialUse.credential_id).where(CredentialUse.used_at < func.now() - USE_KEPT).limit(_BATCH)
    swept += _count(
        await session.execute(delete(CredentialUse).where(CredentialUse.credential_id.in_(old.scalar_subquery())))
    )
    return swept


def _count(result: object) -> int:
    return cast("CursorResult[Any]", result).rowcount
