"""Signing keys, in the scope of the purpose ``signing_keys``."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from tertulia.auth.models import SigningKey
from tertulia.platform.db import WriteSession

_LOCK = 0x7369_676E  # "sign": one process at a time decides on a new key


class SigningKeys:
    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def lock(self) -> None:
        """Until the end of the transaction."""
        await self._session.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    async def all(self) -> Sequence[SigningKey]:
        """In the order in which they sign."""
        return (await self._session.execute(select(SigningKey).order_by(SigningKey.active_from))).scalars().all()

    async def add(self, key: SigningKey) -> None:
        self._session.add(key)
        await self._session.flush()

    async def drop(self, kids: Sequence[str]) -> None:
        await self._session.execute(delete(SigningKey).where(SigningKey.kid.in_(kids)))

    async def now(self) -> datetime:
        moment: datetime = (await self._session.execute(select(func.clock_timestamp()))).scalar_one()
        return moment
