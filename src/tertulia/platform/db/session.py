"""The two kinds of session: a signature that asks for one says whether it reads or writes.

Nobody commits: leaving the unit of work does. A write session also collects the messages of its transaction, so that
they stand or fall with it.
"""

from collections.abc import Sequence
from typing import Any, Never, cast
from uuid import UUID

from sqlalchemy import CursorResult
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.ext.asyncio import AsyncSession

from tertulia.platform.bus.envelope import Envelope, seal
from tertulia.platform.db.pool import Lent, Rows, Statement
from tertulia.platform.db.tables import consumed_message
from tertulia.platform.errors import TertuliaError
from tertulia.platform.message import Message


class _UnitSession(AsyncSession):
    def __init__(self, lent: Lent) -> None:
        super().__init__(bind=lent.connection, expire_on_commit=False)
        self._lent = lent

    async def ask(self, statement: Statement) -> Rows:
        """Past the mapper: what is only pending in the session is not there yet."""
        (given,) = await self._lent.ask([], [statement])
        return given

    async def commit(self) -> Never:
        """Refused: a unit of work is one transaction, and its end commits."""
        raise RuntimeError("leave the unit of work to commit it")


class ReadSession(_UnitSession):
    """Reads only, on the replica where there is one: Postgres refuses a write."""


class Publisher:
    """Collects the messages of one transaction."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []

    def publish(self, message: Message) -> UUID:
        """Puts the message into this transaction's outbox; it is sent once the transaction is committed."""
        envelope = seal(message)
        self.published.append(envelope)
        return envelope.id


class WriteSession(_UnitSession, Publisher):
    """``opened`` is what the statements gave that went with BEGIN, ``ended`` what those gave that went with COMMIT."""

    def __init__(self, lent: Lent) -> None:
        _UnitSession.__init__(self, lent)
        Publisher.__init__(self)
        self.opened: Sequence[Rows] = lent.opened
        self.last: list[tuple[Statement, TertuliaError]] = []
        self.asked_last: list[Statement] = []
        self.ended: Sequence[Rows] = ()

    def at_end(self, statement: Statement, refused: TertuliaError) -> None:
        """Goes with COMMIT in one round trip; ``refused`` is raised for a row that breaks a constraint."""
        self.last.append((statement, refused))

    def ask_at_end(self, statement: Statement) -> None:
        """The same for one that only reads, after all that is written: what it gave is in ``ended`` then."""
        self.asked_last.append(statement)

    async def first_time(self, delivery_id: UUID, consumer: str) -> bool:
        """Whether this consumer has not had this delivery: at least once becomes exactly once with this transaction."""
        row = {"delivery_id": delivery_id, "consumer": consumer}
        statement = postgres_insert(consumed_message).values(row).on_conflict_do_nothing()
        result = await self.execute(statement, execution_options={"preserve_rowcount": True})
        return cast("CursorResult[Any]", result).rowcount == 1

    async def complete(self) -> None:
        """Called by the unit of work at its end: writes what is left. The commit is the unit of work's."""
        if self.new or self.deleted or self.dirty:
            await self.flush()
