"""Sessions and their refresh tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, func, insert, select, update

from tertulia.auth.models import CredentialUse, RefreshToken, Session
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice


@dataclass(frozen=True)
class SessionRow:
    id: UUID
    user_id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class RefreshRow:
    id: UUID
    session_id: UUID
    user_id: UUID
    used_at: datetime | None
    successor_id: UUID | None


class Sessions:
    """Of one person; or the one that belongs to the digest that the session's scope knows."""

    def __init__(self, session: WriteSession | ReadSession) -> None:
        self._session = session

    async def add(self, row: SessionRow, digest: str) -> None:
        await self._session.execute(
            insert(Session).values(
                id=row.id,
                user_id=row.user_id,
                digest=digest,
                user_agent=row.user_agent,
                address=row.address,
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
        )

    async def by_digest(self, digest: str) -> SessionRow | None:
        return await self._one(Session.digest == digest)

    async def get(self, session_id: UUID) -> SessionRow | None:
        return await self._one(Session.id == session_id)

    async def lock(self, session_id: UUID) -> None:
        """Whoever changes something of this session waits for who came first."""
        await self._session.execute(select(Session.id).where(Session.id == session_id).with_for_update())

    async def live(self, idle_since: datetime, *, after: UUID | None, limit: int) -> Slice[SessionRow]:
        """Newest first: neither revoked nor expired nor unused since ``idle_since``."""
        statement = _sessions().where(*_live(idle_since)).order_by(Session.id.desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(Session.id < after)
        rows = [SessionRow(*row) for row in await self._session.execute(statement)]
        return Slice.of(rows, limit)

    async def revoke(self, user_id: UUID, *, only: UUID | None = None, keep: UUID | None = None) -> list[UUID]:
        """The sessions that this ended: ``only`` this one, or all but ``keep``."""
        statement = update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None))
        if only is not None:
            statement = statement.where(Session.id == only)
        if keep is not None:
            statement = statement.where(Session.id != keep)
        ended = await self._session.execute(statement.values(revoked_at=func.now()).returning(Session.id))
        return list(ended.scalars())

    async def _one(self, condition: ColumnElement[bool]) -> SessionRow | None:
        row = (await self._session.execute(_sessions().where(condition))).one_or_none()
        return SessionRow(*row) if row else None


class RefreshTokens:
    """Of one person; or the one that belongs to the digest that the session's scope knows."""

    def __init__(self, session: WriteSession | ReadSession) -> None:
        self._session = session

    async def add(self, token_id: UUID, session_id: UUID, user_id: UUID, digest: str) -> None:
        values = {"id": token_id, "session_id": session_id, "user_id": user_id, "digest": digest}
        await self._session.execute(insert(RefreshToken).values(values))

    async def by_digest(self, digest: str) -> RefreshRow | None:
        columns = (
            RefreshToken.id,
            RefreshToken.session_id,
            RefreshToken.user_id,
            RefreshToken.used_at,
            RefreshToken.successor_id,
        )
        row = (await self._session.execute(select(*columns).where(RefreshToken.digest == digest))).one_or_none()
        return RefreshRow(*row) if row else None

    async def use(self, token_id: UUID, successor_id: UUID, at: datetime) -> None:
        await self._session.execute(
            update(RefreshToken).where(RefreshToken.id == token_id).values(used_at=at, successor_id=successor_id)
        )


def _last_used() -> ColumnElement[datetime]:
    return func.greatest(CredentialUse.used_at, Session.created_at, type_=DateTime(timezone=True))


def _sessions() -> Select[*tuple[Any, ...]]:
    return select(
        Session.id,
        Session.user_id,
        Session.user_agent,
        Session.address,
        Session.created_at,
        _last_used(),
        Session.expires_at,
        Session.revoked_at,
    ).outerjoin(CredentialUse, CredentialUse.credential_id == Session.id)


def _live(idle_since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Session.revoked_at.is_(None), Session.expires_at > func.now(), _last_used() > idle_since)
