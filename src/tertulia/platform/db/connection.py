"""A Postgres connection that is either sound or gone.

psycopg answers a cancelled call by asking the server to stop and going on with the same connection; a late reply then
may meet the next caller (psycopg #1371; redis-py #2624 is the famous case). Here a call that was cut off closes its
connection at once, and a call that hears nothing asks over a second connection whether the server still works on it.
"""

import select
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

T = TypeVar("T")

CONNECT_SECONDS = 2
# A peer that vanished without a word is noticed by the kernel within three seconds, also while nothing is in flight.
KEEPALIVE: Mapping[str, str | int] = {
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,
    "connect_timeout": CONNECT_SECONDS,
}


class ServerSilent(psycopg.OperationalError):
    """The server does not know of the call that waits for its answer: the socket is open on our side only."""


class ServerAway(ServerSilent):
    """And it does not take a second connection either: trying again at once would only wait as long again."""


class Connection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """``patience`` is how long an answer may take before the server is asked; None where a pooler hides its pids."""

    patience: timedelta | None = None
    address: str = ""
    prepared: dict[str, str]
    """What is prepared on it: text → name. A rollback empties it, because psycopg then drops all that is."""

    @classmethod
    async def open(cls, url: str, *, name: str, settings: Mapping[str, str], patience: timedelta | None) -> Self:
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        address = make_conninfo(url, application_name=name, **KEEPALIVE)
        connection = await cls.connect(address, autocommit=True, options=options)
        connection.patience = patience
        connection.address = address
        connection.prepared = {}
        return connection

    async def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109 - psycopg's signature
        patience = self.patience.total_seconds() if self.patience and timeout is None else timeout
        while True:
            try:
                return await waiting.wait_async(gen, self.pgconn.socket, interval, patience)
            except psycopg.errors._WaitTimeout:  # noqa: SLF001 - raised to whoever gives a timeout, exported nowhere
                if timeout is not None:
                    raise
                await self._make_sure_of_being_heard()
            except BaseException as error:
                if not isinstance(error, Exception):
                    self.discard()
                raise

    async def _make_sure_of_being_heard(self) -> None:
        """Returns when the server works on what this connection waits for; else closes it and raises ServerSilent."""
        try:
            if await self._is_heard():
                return
        except BaseException:
            self.discard()
            raise
        self.discard()
        raise ServerSilent("the database server no longer knows of this call")

    async def _is_heard(self) -> bool:
        """Also when the answer came while the server was asked. Raises: ServerAway."""
        try:
            async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as second:
                found = await second.execute(
                    "SELECT FROM pg_stat_activity WHERE pid = %s AND state LIKE 'active%%'", [self.pgconn.backend_pid]
                )
                return found.rowcount == 1 or self._has_something_to_read()
        except psycopg.OperationalError as error:
            if "FATAL" in str(error):  # it spoke, if only to say that it has no room
                return True
            raise ServerAway("the database server answers nobody") from error

    def discard(self) -> None:
        """Closes without a word to the server: whatever was on its way has no reader any more."""
        self.pgconn.finish()

    @property
    def is_open_transaction(self) -> bool:
        return self.pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    @property
    def is_failed_transaction(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.INERROR

    @property
    def is_idle(self) -> bool:
        """True for a connection that may be lent: no transaction, and nothing (not even an end) waits to be read."""
        if self.closed or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        return not self._has_something_to_read()

    def _has_something_to_read(self) -> bool:
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN)
        return bool(poll.poll(0))
