"""Accounts and their passwords."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia.auth.models import Membership, Password, User
from tertulia.platform.db import ReadSession, WriteSession


@dataclass(frozen=True)
class Account:
    """A person with the hash of their password; no hash when they have none."""

    id: UUID
    email: str
    email_digest: str
    name: str
    password_hash: str | None


class People:
    """One person's account, in a session whose scope is that person (or knows the digest of the address)."""

    def __init__(self, session: WriteSession | ReadSession) -> None:
        self._session = session

    async def add(self, account: Account) -> bool:
        """False when the address is taken; nothing was added then."""
        added = await self._session.execute(
            insert(User)
            .values(id=account.id, email=account.email, email_digest=account.email_digest, name=account.name)
            .on_conflict_do_nothing()
            .returning(User.id)
        )
        if added.scalar() is None:
            return False
        await self._session.execute(insert(Password).values(user_id=account.id, hash=account.password_hash))
        return True

    async def by_email(self, email_digest: str) -> Account | None:
        return await self._one(User.email_digest == email_digest)

    async def get(self, user_id: UUID) -> Account | None:
        return await self._one(User.id == user_id)

    async def rename(self, user_id: UUID, name: str) -> None:
        await self._session.execute(update(User).where(User.id == user_id).values(name=name))

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        await self._session.execute(
            update(Password).where(Password.user_id == user_id).values(hash=password_hash, changed_at=func.now())
        )

    async def names(self, workspace_id: UUID, user_ids: list[UUID]) -> list[User]:
        """Those of the people asked for who are members of the workspace."""
        members = select(Membership.user_id).where(Membership.workspace_id == workspace_id)
        found = await self._session.execute(select(User).where(User.id.in_(user_ids), User.id.in_(members)))
        return list(found.scalars())

    async def _one(self, condition: ColumnElement[bool]) -> Account | None:
        statement = (
            select(User.id, User.email, User.email_digest, User.name, Password.hash)
            .outerjoin(Password, Password.user_id == User.id)
            .where(condition)
        )
        row = (await self._session.execute(statement)).one_or_none()
        return Account(*row) if row else None
