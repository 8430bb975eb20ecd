"""API keys of one workspace; and the one that belongs to a digest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, update

from tertulia.auth.models import ApiKey, CredentialUse
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice


@dataclass(frozen=True)
class ApiKeyRow:
    workspace_id: UUID
    id: UUID
    user_id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ApiKeys:
    """In the tenant's scope."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace_id = workspace_id

    async def add(self, row: ApiKeyRow, digest: str) -> None:
        await self._session.execute(
            insert(ApiKey).values(
                workspace_id=self._workspace_id,
                id=row.id,
                user_id=row.user_id,
                name=row.name,
                prefix=row.prefix,
                digest=digest,
                scopes=row.scopes,
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
        )

    async def count(self) -> int:
        statement = select(func.count()).select_from(ApiKey).where(*self._live())
        return (await self._session.execute(statement)).scalar_one()

    async def page(self, *, after: UUID | None, limit: int) -> Slice[ApiKeyRow]:
        """Newest first; revoked and expired ones are not listed."""
        statement = _keys().where(*self._live()).order_by(ApiKey.id.desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(ApiKey.id < after)
        return Slice.of([ApiKeyRow(*row) for row in await self._session.execute(statement)], limit)

    async def revoke(self, *, only: UUID | None = None, of: UUID | None = None) -> list[tuple[UUID, UUID]]:
        """(key, maker) of the keys that this ended: ``only`` this one, those ``of`` a person, or all."""
        statement = update(ApiKey).where(ApiKey.workspace_id == self._workspace_id, ApiKey.revoked_at.is_(None))
        if only is not None:
            statement = statement.where(ApiKey.id == only)
        if of is not None:
            statement = statement.where(ApiKey.user_id == of)
        ended = await self._session.execute(
            statement.values(revoked_at=func.now()).returning(ApiKey.id, ApiKey.user_id)
        )
        return [(row[0], row[1]) for row in ended]

    def _live(self) -> tuple[ColumnElement[bool], ...]:
        return (
            ApiKey.workspace_id == self._workspace_id,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
        )


async def key_by_digest(session: WriteSession | ReadSession, digest: str) -> ApiKeyRow | None:
    """In the scope that knows the digest."""
    row = (await session.execute(_keys().where(ApiKey.digest == digest))).one_or_none()
    return ApiKeyRow(*row) if row else None


def _keys() -> Select[*tuple[Any, ...]]:
    return select(
        ApiKey.workspace_id,
        ApiKey.id,
        ApiKey.user_id,
        ApiKey.name,
        ApiKey.prefix,
        ApiKey.scopes,
        ApiKey.created_at,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        CredentialUse.used_at,
    ).outerjoin(CredentialUse, CredentialUse.credential_id == ApiKey.id)
