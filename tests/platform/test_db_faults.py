"""What becomes of units of work when the server dies, falls silent, or the caller goes away."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import uvloop
from sqlalchemy import text

from tertulia.platform.db import Database, Scope, tenant
from tertulia.platform.errors import TertuliaError, Unavailable
from tertulia.platform.ids import uuid7

pytestmark = pytest.mark.integration

WRITE = text("INSERT INTO note (workspace_id, id, words) VALUES (:workspace, :id, :words)")
WHO = text("SELECT tertulia.tenant(), pg_sleep(:seconds), :echo")


async def write(database: Database, workspace: UUID, row: UUID) -> None:
    async with database.write(tenant(workspace)) as session:
        await session.execute(WRITE, {"workspace": workspace, "id": row, "words": "x"})


async def test_nothing_acknowledged_is_lost_when_postgres_is_killed(servers: Any, probe: Any) -> None:
    """Writers go on through three kill -9: a write is stored or refused with a typed error, and they recover alone."""
    workspace = uuid7()
    stored: set[UUID] = set()
    over, more = asyncio.Event(), asyncio.Condition()

    async def writer(database: Database) -> None:
        while not over.is_set():
            row = uuid7()
            try:
                await write(database, workspace, row)
            except TertuliaError as error:
                assert error.status in {503, 504}  # noqa: PT017 - both outcomes are right
                await asyncio.sleep(0.01)
            else:
                async with more:
                    stored.add(row)
                    more.notify_all()

    async def stored_more_than(number: int) -> None:
        async with more:
            await more.wait_for(lambda: len(stored) > number)

    async with Database(probe.app_url, service="probe", pool_size=4) as database:
        writers = [asyncio.create_task(writer(database)) for _ in range(6)]
        for _ in range(3):
            await asyncio.wait_for(stored_more_than(len(stored) + 50), 20)
            await asyncio.to_thread(servers.postgres.kill)
            await asyncio.to_thread(servers.postgres.start)
            await asyncio.wait_for(stored_more_than(len(stored)), 5)
        over.set()
        await asyncio.gather(*writers)
    found = {row for (row,) in probe.rows("SELECT id FROM note WHERE workspace_id = %s", workspace)}
    assert stored <= found


async def test_a_restart_between_units_is_not_felt(servers: Any, probe: Any) -> None:
    """Connections that died while idle are found out before anything is sent: no call fails for them."""
    async with Database(probe.app_url, service="probe", pool_size=4) as database:
        await asyncio.gather(*(write(database, uuid7(), uuid7()) for _ in range(8)))
        await asyncio.to_thread(servers.postgres.kill)
        await asyncio.to_thread(servers.postgres.start)
        await asyncio.gather(*(write(database, uuid7(), uuid7()) for _ in range(8)))


class Line:
    """A wire to Postgres that can fall silent while its sockets stay open."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        try:
            yield self._to._replace(netloc=f"{self._to.username}:{self._to.password}@{host}:{port}").geturl()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()

    def fall_silent(self, *, for_all: bool = False) -> None:
        """For the connections that there are; a new one hears and is heard, unless the line is dead ``for_all``."""
        self._speaks.clear()
        self._speaks = asyncio.Event()
        if not for_all:
            self._speaks.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaks = self._speaks
        back, forth = await asyncio.open_connection(self._to.hostname, self._to.port)
        for source, sink in ((reader, forth), (back, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, speaks))
            self._tasks.add(task)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, speaks: asyncio.Event) -> None:
        with contextlib.closing(sink), contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                await speaks.wait()
                sink.write(data)
                await sink.drain()


async def test_a_half_open_socket_costs_seconds_and_one_connection(probe: Any) -> None:
    """The server has never heard of the call: a call that was not begun goes on elsewhere, one that was ends typed."""
    line = Line(probe.app_url)
    async with line.open() as url, Database(url, service="probe", pool_size=2) as database:
        await write(database, uuid7(), uuid7())
        line.fall_silent()
        started = time.monotonic()
        await write(database, uuid7(), uuid7())
        assert time.monotonic() - started < 5

        async def fall_silent_in_the_middle() -> None:
            async with database.write(Scope()) as session:
                line.fall_silent()
                await session.execute(text("SELECT 1"))

        started = time.monotonic()
        with pytest.raises(Unavailable):
            await fall_silent_in_the_middle()
        assert time.monotonic() - started < 5
        await write(database, uuid7(), uuid7())


async def test_a_line_that_went_dead_is_given_up_in_time(probe: Any) -> None:
    """A sound connection falls silent and no new one speaks: nobody waits for a second one after the first."""
    line = Line(probe.app_url)
    async with line.open() as url, Database(url, service="probe", pool_size=2) as database:
        await write(database, uuid7(), uuid7())
        line.fall_silent(for_all=True)
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await write(database, uuid7(), uuid7())
        assert time.monotonic() - started < 5


async def test_a_server_that_hangs_is_given_up_in_time(servers: Any, probe: Any) -> None:
    """It accepts connections and says nothing: the call ends within seconds, and the next one after it wakes works."""
    async with Database(probe.app_url, service="probe", pool_size=2) as database:
        servers.postgres.pause()
        started = time.monotonic()
        try:
            with pytest.raises(Unavailable):
                await write(database, uuid7(), uuid7())
        finally:
            servers.postgres.resume()
        assert time.monotonic() - started < 5
        await write(database, uuid7(), uuid7())


async def cancel_at_random(probe: Any, seed: int, tries: int) -> None:
    chance = random.Random(seed)
    async with Database(probe.app_url, service="probe", pool_size=3) as database:

        async def ask(number: int) -> None:
            workspace = uuid7()
            async with database.read(tenant(workspace)) as session:
                values = {"seconds": chance.uniform(0, 0.004), "echo": str(number)}
                seen, _, echo = (await session.execute(WHO, values)).one()
                assert (seen, echo) == (workspace, str(number)), "somebody else's answer"

        at_once = asyncio.Semaphore(60)

        async def ask_and_leave(number: int) -> bool:
            try:
                async with at_once, asyncio.timeout(chance.uniform(0.0001, 0.02)):
                    await ask(number)
            except TimeoutError:
                return False
            return True

        answered = await asyncio.gather(*(ask_and_leave(number) for number in range(tries)))
        assert not all(answered)
        await asyncio.wait_for(asyncio.gather(*(ask(number) for number in range(12))), 10)
        pool: Any = database._primary.engine.pool
        assert (database._primary.slots.in_use, database._primary.slots.waiting, pool.checkedout()) == (0, 0, 0)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_caller_who_leaves_never_gives_his_answer_to_another(probe: Any, seed: int) -> None:
    """Hundreds of calls are cancelled at random points: every answer is the asker's own, and the pool stays whole."""
    await cancel_at_random(probe, seed, 600)


def test_the_same_holds_on_uvloop(probe: Any) -> None:
    """The loop that the services run on watches sockets in its own way."""
    uvloop.run(cancel_at_random(probe, 3, 600))
