"""The unit of work: one transaction with one scope, opened and committed here and nowhere else.

Policies and tables are the services'. What is published inside is handed to the outbox once it is committed.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from tertulia.platform import telemetry
from tertulia.platform.bus.envelope import Envelope
from tertulia.platform.db.errors import typed
from tertulia.platform.db.pool import Lent, Pool, Rows, Statement
from tertulia.platform.db.scope import Scope
from tertulia.platform.db.session import Publisher, ReadSession, WriteSession

# A database that has answered this recently needs no probe to be called reachable.
_FRESH = 1.0


class AfterCommit(Protocol):
    """Who is told of messages that are committed (``tertulia.platform.outbox.Outbox``)."""

    def attach(self, database: "Database") -> None: ...

    def committed(self, envelopes: Sequence[Envelope]) -> None: ...

    async def settle(self) -> None: ...


class Database:
    """One service's database. Errors of the server's state are ``Unavailable`` or ``DeadlineExceeded``.

    ``patience`` is how long an answer may stay out before the server is asked whether it still works on it; None
    behind a pooler, which shows other process ids than the server's.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        replica_url: str | None = None,
        pool_size: int = 20,
        pool_wait: timedelta = timedelta(seconds=10),
        statement_timeout: timedelta = timedelta(seconds=30),
        patience: timedelta | None = timedelta(seconds=2),
        outbox: AfterCommit | None = None,
    ) -> None:
        def pool(address: str, server: str) -> Pool:
            return Pool(
                address,
                service=service,
                server=server,
                size=pool_size,
                wait=pool_wait,
                statement_timeout=statement_timeout,
                patience=patience,
            )

        self.service = service
        self._primary = pool(url, "primary")
        self._replica = pool(replica_url, "replica") if replica_url else self._primary
        self._outbox = outbox
        self._answered = float("-inf")
        if outbox is not None:
            outbox.attach(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outbox is not None:
            await self._outbox.settle()
        await self._primary.dispose()
        if self._replica is not self._primary:
            await self._replica.dispose()

    @asynccontextmanager
    async def write(self, scope: Scope, opening: Sequence[Statement] = ()) -> AsyncIterator[WriteSession]:
        """One transaction on the primary: commits when the block ends well, else leaves no trace.

        ``opening`` is done first, in one round trip with BEGIN; what each gave is in the session's ``opened``.
        """
        async with self._unit(scope, opening) as (session, _):
            yield session

    async def at_once(self, scope: Scope, statement: Statement, *, first: Sequence[Statement] = ()) -> Rows:
        """What a statement gives that is a transaction with what goes ``first``, all in one round trip."""
        with telemetry.span("db write", service=self.service), _typed_errors(writing=True):
            async with self._primary.connection() as lent:
                given = await lent.ask([scope.begin()], [*first, statement], "COMMIT")
        self._answered = time.monotonic()
        return given[-1]

    async def look(self, scope: Scope, *statements: Statement) -> list[Rows]:
        """What each of these gives, in one transaction and one round trip; they only read, where ``read`` does."""
        with telemetry.span("db read", service=self.service), _typed_errors(writing=False):
            given = await self._replica.look(scope.begin(read_only=True), statements)
        self._answered = time.monotonic()
        return given

    @asynccontextmanager
    async def write_in_turn(self, first: Scope) -> AsyncIterator["Turns"]:
        """One transaction for several scopes, one after the other. For ``group_commit``, which keeps them apart."""
        async with self._unit(first) as (session, lent):
            yield Turns(session, lent, first)

    async def write_at_once(self, turns: Sequence[tuple[Scope, str, Sequence[object]]], publisher: Publisher) -> None:
        """One transaction in one round trip: each statement with its rows (JSON, ``$1``) under its scope, then what is
        published. For ``group_commit``.
        """
        with telemetry.span("db write", service=self.service), _typed_errors(writing=True):
            async with self._primary.connection() as lent:
                script = ["BEGIN"]
                for scope, statement, rows in turns:
                    script += scope.replacing(), lent.prepared(statement, rows)
                await lent.run(script, publisher.published)
        self._told(publisher)

    @asynccontextmanager
    async def _unit(self, scope: Scope, opening: Sequence[Statement] = ()) -> AsyncIterator[tuple[WriteSession, Lent]]:
        with telemetry.span("db write", service=self.service), _typed_errors(writing=True):
            async with self._primary.transaction(scope.begin(), opening) as lent:
                session = WriteSession(lent)
                yield session, lent
                if lent.driver.is_failed_transaction:
                    raise RuntimeError("a statement of this unit of work failed: nothing of it can be committed")
                await session.complete()
                if session.published or session.last or session.asked_last:
                    await _end(lent, session)
                else:
                    await lent.commit()
        self._told(session)

    def _told(self, publisher: Publisher) -> None:
        self._answered = time.monotonic()
        if publisher.published and self._outbox is not None:
            self._outbox.committed(publisher.published)

    @asynccontextmanager
    async def read(self, scope: Scope) -> AsyncIterator[ReadSession]:
        """One read-only transaction, on the replica where there is one."""
        with telemetry.span("db read", service=self.service), _typed_errors(writing=False):
            async with self._replica.transaction(scope.begin(read_only=True)) as lent:
                yield ReadSession(lent)
                await lent.commit()
        self._answered = time.monotonic()

    async def check(self) -> None:
        """Raises ``Unavailable`` when the database does not answer; a busy one that has just answered is well."""
        if time.monotonic() - self._answered < _FRESH:
            return
        async with self.write(Scope()):
            pass


async def _end(lent: Lent, session: WriteSession) -> None:
    statements = [*(statement for statement, _ in session.last), *session.asked_last]
    try:
        session.ended = await lent.run([lent.prepared(*statement) for statement in statements], session.published)
    except psycopg.IntegrityError as error:
        if len(session.last) != 1:
            raise
        raise session.last[0][1] from error


class Turns:
    """A transaction that is one scope's after another's."""

    def __init__(self, session: WriteSession, lent: Lent, scope: Scope) -> None:
        self._session = session
        self._lent = lent
        self._scope = scope

    async def turn_to(self, scope: Scope) -> WriteSession:
        """From here on the transaction sees and writes what this scope may; nothing of the last one is left."""
        if scope != self._scope:
            self._session.expunge_all()
            await self._lent.driver.execute(scope.replacing())
            self._scope = scope
        return self._session


@contextmanager
def _typed_errors(*, writing: bool) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        better = typed(error, writing=writing)
        if better is None:
            raise
        raise better from error
