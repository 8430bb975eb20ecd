"""Lends connections to one server, each with a transaction open and its scope set, and takes them back only if sound.

A dead connection shows at the latest when BEGIN fails. Nothing was sent before it, so the call goes on with a new one.
"""

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple, cast

import msgspec
import psycopg
from prometheus_client import Histogram
from psycopg import sql
from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tertulia.platform.bus.envelope import Envelope
from tertulia.platform.db.connection import Connection, ServerAway
from tertulia.platform.db.errors import is_outdated
from tertulia.platform.db.slots import Slots

_TRANSACTION = Histogram(
    "tertulia_db_transaction_seconds",
    "How long a unit of work held its connection",
    ("service", "server"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2, 10, 30),
)
_IDLE_IN_TRANSACTION = timedelta(seconds=15)
_ORPHAN_CHECK = timedelta(seconds=1)


# What each value is, is the table's to say.
_PUBLISH = (
    "INSERT INTO outbox (id, subject, workspace_id, body, request_id, traceparent, occurred_at) "
    "SELECT id, subject, workspace_id, body, request_id, traceparent, occurred_at "
    "FROM jsonb_populate_recordset(CAST(NULL AS outbox), $1)"
)
_names = itertools.count()
Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """SQL with one parameter, JSON (``$1``), that gives rows: its plan is kept, and it can share a round trip."""

    sql: str
    value: object


class Pool:
    def __init__(
        self,
        url: str,
        *,
        service: str,
        server: str,
        size: int,
        wait: timedelta,
        statement_timeout: timedelta,
        patience: timedelta | None,
    ) -> None:
        self._url = url
        self._name = f"tertulia {service}"
        self._patience = patience
        self._settings = {
            "statement_timeout": _milliseconds(statement_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(_IDLE_IN_TRANSACTION),
            "client_connection_check_interval": _milliseconds(_ORPHAN_CHECK),
        }
        self.slots = Slots(size, wait, service=service, server=server)
        self._seconds = _TRANSACTION.labels(service, server)
        self.engine: AsyncEngine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._open,
            isolation_level="AUTOCOMMIT",  # BEGIN is ours, so that it carries the scope
            pool_size=size,
            max_overflow=0,
            pool_use_lifo=True,  # few connections stay warm, with their prepared statements
            use_native_hstore=False,  # it would ask the catalogue on each connect
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_dead)

    async def _open(self) -> Connection:
        return await Connection.open(self._url, name=self._name, settings=self._settings, patience=self._patience)

    async def dispose(self) -> None:
        await self.engine.dispose()

    def transaction(self, begin: str, opening: Sequence[Statement] = ()) -> AbstractAsyncContextManager["Lent"]:
        """An open transaction; whoever uses it commits, what is not committed is rolled back.

        ``opening`` goes with its BEGIN; what they gave is in ``opened``.
        """
        return self._lent(lambda: self._begin(begin, opening))

    async def look(self, begin: str, statements: Sequence[Statement]) -> list[Rows]:
        """What these give, which only read, in a transaction that is ended with them."""
        async with self._lent(lambda: self._begin(begin, statements, "COMMIT")) as lent:
            return lent.opened

    def connection(self) -> AbstractAsyncContextManager["Lent"]:
        """For who begins and commits in one round trip."""
        return self._lent(self._lend)

    @asynccontextmanager
    async def _lent(self, lend: Callable[[], Awaitable["Lent"]]) -> AsyncIterator["Lent"]:
        async with self.slots.hold():
            lent = await lend()
            started = time.monotonic()
            doubtful = True
            try:
                yield lent
                doubtful = False
            except Exception as error:
                doubtful = is_outdated(error)  # else only a cancelled call leaves a reply that nobody waits for
                raise
            finally:
                self._seconds.observe(time.monotonic() - started)
                await lent.take_back(doubtful=doubtful)

    async def _begin(self, begin: str, opening: Sequence[Statement], *after: str) -> "Lent":
        lent = await self._lend()
        try:
            await lent.begin(begin, opening, *after)
        except ServerAway:
            raise
        except psycopg.OperationalError:  # nothing of the caller's was committed, so a new connection may do it
            lent = await self._lend()
            await lent.begin(begin, opening, *after)
        return lent

    async def _lend(self) -> "Lent":
        connection = await self.engine.connect()
        fairy = await connection.get_raw_connection()
        return Lent(connection, cast("Connection", fairy.driver_connection))


@dataclass(frozen=True, slots=True)
class Lent:
    """A connection while it is out: SQLAlchemy's face of it and the driver's."""

    connection: AsyncConnection
    driver: Connection
    opened: list[Rows] = field(default_factory=list)

    async def begin(self, statement: str, opening: Sequence[Statement] = (), *after: str) -> None:
        """One round trip. On any failure the connection is gone."""
        try:
            if opening:
                self.opened[:] = await self.ask([statement], opening, *after)
            else:
                await self.driver.execute(statement)
        except BaseException:
            await self.take_back(doubtful=True)
            raise

    async def commit(self) -> None:
        """Also ends what only read: a rollback would make psycopg forget its prepared statements."""
        if self.driver.is_open_transaction and not self.driver.is_failed_transaction:
            await self.driver.commit()

    async def ask(self, before: Sequence[str], statements: Sequence[Statement], *after: str) -> list[Rows]:
        """What each of the statements gives, in one round trip with what goes before and after them."""
        words = [self.prepared(statement.sql, statement.value) for statement in statements]
        return (await self._given([*before, *words, *after]))[-len(statements) :]

    async def run(self, script: Sequence[str], published: Sequence[Envelope]) -> list[Rows]:
        """Statements, the transaction's messages and its COMMIT in one round trip; the first that fails ends it.

        What those gave that give rows.
        """
        rows = [envelope.row() for envelope in published]
        telling = [self.prepared(_PUBLISH, rows)] if rows else []
        return await self._given([*script, *telling, "COMMIT"])

    async def _given(self, script: Sequence[str]) -> list[Rows]:
        cursor = await self.driver.execute("; ".join(script), prepare=False)
        given: list[Rows] = []
        more: bool | None = True
        while more:
            if cursor.description is not None:
                given.append(await cursor.fetchall())
            more = cursor.nextset()
        return given

    def prepared(self, statement: str, rows: object) -> str:
        """Words that run ``statement`` with its one parameter, JSON; planned once for the connection's life."""
        written = sql.Literal(msgspec.json.encode(rows).decode()).as_string(self.driver)
        name = self.driver.prepared.get(statement)
        if name is not None:
            return f"EXECUTE {name} ({written})"
        name = self.driver.prepared[statement] = f"at_once_{next(_names)}"
        return f"PREPARE {name} (jsonb) AS {statement}; EXECUTE {name} ({written})"

    async def take_back(self, *, doubtful: bool) -> None:
        try:
            if doubtful:
                self.driver.discard()
            elif self.driver.is_open_transaction:
                await self.driver.rollback()
                self.driver.prepared.clear()
        except psycopg.Error:
            self.driver.discard()
        finally:
            if self.driver.closed and not self.connection.invalidated:
                await self.connection.invalidate()
            await self.connection.close()


def _refuse_dead(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    if not dbapi_connection.driver_connection.is_idle:
        raise exc.DisconnectionError("found closed when it was to be lent")


def _milliseconds(duration: timedelta) -> str:
    return str(round(duration.total_seconds() * 1000))
