"""A message stands or falls with its transaction, reaches the bus whatever dies, and has its effect once."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text

from bench.processes import running_beside
from tertulia.platform.bus import Bus, Delivery, Event, Subscription
from tertulia.platform.db import Database, Scope, actor, tenant
from tertulia.platform.db.housekeeping import sweep
from tertulia.platform.ids import uuid7
from tertulia.platform.outbox import Outbox

pytestmark = pytest.mark.integration

WRITE = text("INSERT INTO note (workspace_id, id, words) VALUES (:workspace, :id, 'x')")
PENDING = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


class Written(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.probe.written.v1"
    note_id: UUID


class Counted(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.probe.counted.v1"
    patient: ClassVar[bool] = True


@asynccontextmanager
async def service(
    probe: Any, servers: Any, *, relay_age: timedelta = timedelta(seconds=5), pool_size: int = 8
) -> AsyncIterator[tuple[Database, Bus]]:
    """A process's data layer: bus, outbox with its worker, database."""
    async with Bus(servers.nats.url, "probe") as bus:
        outbox = Outbox(bus, relay_age=relay_age)
        async with Database(probe.app_url, service="probe", pool_size=pool_size, outbox=outbox) as database:
            await bus.ready()
            worker = asyncio.create_task(outbox.run())
            try:
                yield database, bus
            finally:
                worker.cancel()
                await asyncio.wait([worker])


async def write(database: Database, workspace: UUID) -> UUID:
    row = uuid7()
    async with database.write(tenant(workspace)) as session:
        await session.execute(WRITE, {"workspace": workspace, "id": row})
        session.publish(Written(workspace_id=workspace, note_id=row))
    return row


class Reader:
    """A consumer whose effect is a row in its own transaction, done once."""

    def __init__(self, database: Database, copies: int = 1) -> None:
        self._database = database
        self._copies = copies
        self.effects: list[UUID] = []
        self.deliveries = 0
        self._changed = asyncio.Condition()

    async def __call__(self, delivery: Delivery[Written]) -> None:
        for _ in range(random.randint(1, self._copies)):
            self.deliveries += 1
            async with self._database.write(tenant(delivery.message.workspace_id or uuid7())) as session:
                if await session.first_time(delivery.id, "reader"):
                    async with self._changed:
                        self.effects.append(delivery.message.note_id)
                        self._changed.notify_all()

    async def reached(self, count: int, seconds: float = 10) -> list[UUID]:
        async with self._changed, asyncio.timeout(seconds):
            await self._changed.wait_for(lambda: len(self.effects) >= count)
        return self.effects


@asynccontextmanager
async def reading(bus: Bus, reader: Reader) -> AsyncIterator[None]:
    worker = asyncio.create_task(bus.run([Subscription(Written, "reader", reader)]))
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.wait([worker])


async def until_sent(probe: Any, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(probe.rows, PENDING) != [(0,)]:
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("bus")
async def test_a_message_goes_with_its_transaction_and_at_once(probe: Any, servers: Any) -> None:
    """Committed: there in a moment and marked as sent. Rolled back: never was."""
    async with service(probe, servers) as (database, bus):
        reader = Reader(database)

        async def take_it_back() -> None:
            async with database.write(tenant(uuid7())) as session:
                session.publish(Written(note_id=uuid7()))
                raise LookupError

        async with reading(bus, reader):
            with pytest.raises(LookupError):
                await take_it_back()
            row = await write(database, uuid7())
            assert await reader.reached(1, seconds=2) == [row]
            await until_sent(probe, seconds=2)
    assert probe.rows("SELECT count(*) FROM outbox") == [(1,)]


@pytest.mark.usefixtures("bus")
async def test_patient_messages_go_together_and_a_moment_later(probe: Any, servers: Any) -> None:
    """Those of many transactions are sent and marked, also when the process stops before their moment has come."""
    async with service(probe, servers) as (database, bus):
        for _ in range(30):
            async with database.write(tenant(uuid7())) as session:
                session.publish(Counted())
        await until_sent(probe)
        async with database.write(tenant(uuid7())) as session:
            last = session.publish(Counted())
        assert bus.is_ready
    assert probe.rows("SELECT id FROM outbox WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT 1") == [(last,)]


async def test_an_effect_happens_once_however_often_it_is_delivered(probe: Any, servers: Any) -> None:
    """Each message is delivered up to four times, some at once; each effect is there once."""
    async with service(probe, servers) as (database, bus):
        reader = Reader(database, copies=4)
        async with reading(bus, reader):
            rows = await asyncio.gather(*(write(database, uuid7()) for _ in range(60)))
            assert sorted(await reader.reached(60)) == sorted(rows)
            await until_sent(probe)
    assert reader.deliveries > 60
    assert len(reader.effects) == 60


@pytest.mark.usefixtures("bus")
async def test_users_do_not_feel_a_bus_that_is_down(probe: Any, servers: Any) -> None:
    """Writes go on while NATS is dead, as fast as ever; all their messages arrive once it is back."""
    async with service(probe, servers, relay_age=timedelta(0)) as (database, bus):
        reader = Reader(database)
        async with reading(bus, reader):
            await asyncio.to_thread(servers.nats.kill)
            started = asyncio.get_running_loop().time()
            rows = [await write(database, uuid7()) for _ in range(500)]
            assert asyncio.get_running_loop().time() - started < 10
            await asyncio.to_thread(servers.nats.start)
            assert sorted(await reader.reached(500)) == sorted(rows)
            await until_sent(probe)


@pytest.mark.usefixtures("bus")
async def test_a_slow_transaction_is_not_overtaken_for_good(probe: Any, servers: Any) -> None:
    """A message whose id is older than what was relayed since, committed late, is sent all the same."""
    async with service(probe, servers, relay_age=timedelta(0)) as (database, bus):
        reader = Reader(database)
        slow = uuid7()
        async with reading(bus, reader):
            async with database.write(tenant(slow)) as session:
                session.publish(Written(workspace_id=slow, note_id=slow))
                await session.execute(WRITE, {"workspace": slow, "id": slow})
                rows = [await write(database, uuid7()) for _ in range(50)]
                await reader.reached(50)
            assert sorted(await reader.reached(51)) == sorted([*rows, slow])


async def test_nothing_is_lost_when_the_process_dies_at_any_line(probe: Any, servers: Any, bus: Bus) -> None:
    """Writers are killed -9 at random; what they had committed is relayed by another process, without exception."""
    chance = random.Random(1)

    async def write_until_killed(after: int) -> None:
        words = [sys.executable, "-m", "tests.platform.test_outbox", probe.app_url, servers.nats.url]
        async with running_beside(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(after):
                await process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
            await process.communicate()

    await asyncio.gather(*(write_until_killed(chance.randint(1, 40)) for _ in range(3)))
    committed = {row for (row,) in probe.rows("SELECT id FROM note")}
    assert len(committed) >= 3
    async with service(probe, servers, relay_age=timedelta(0)) as (database, _):
        reader = Reader(database)
        async with reading(bus, reader):
            assert set(await reader.reached(len(committed))) == committed
            await until_sent(probe)
    assert len(reader.effects) == len(committed)


@pytest.mark.usefixtures("bus")
async def test_relays_of_many_processes_share_the_work(probe: Any, servers: Any) -> None:
    """Three processes relay the same backlog at once; it is drained, and no effect is doubled."""
    async with Database(probe.app_url, service="probe") as offline:
        rows = await asyncio.gather(*(write(offline, uuid7()) for _ in range(1000)))
    soon = timedelta(0)
    async with (
        service(probe, servers, relay_age=soon) as (database, bus),
        service(probe, servers, relay_age=soon),
        service(probe, servers, relay_age=soon),
    ):
        reader = Reader(database)
        async with reading(bus, reader):
            assert sorted(await reader.reached(1000)) == sorted(rows)
            await until_sent(probe)


@pytest.mark.usefixtures("bus")
async def test_a_lost_stream_is_filled_again(probe: Any, servers: Any) -> None:
    """NATS comes back with an empty store: what was sent and not consumed arrives, what was consumed has no effect."""
    async with service(probe, servers) as (database, bus):
        reader = Reader(database)
        async with reading(bus, reader):
            first = [await write(database, uuid7()) for _ in range(20)]
            await reader.reached(20)
        second = [await write(database, uuid7()) for _ in range(20)]
        await until_sent(probe)
        await asyncio.to_thread(servers.nats.kill)
        await asyncio.to_thread(shutil.rmtree, servers.nats.server.data)
        await asyncio.to_thread(servers.nats.server.prepare)
        await asyncio.to_thread(servers.nats.start)
        async with reading(bus, reader):
            assert sorted(await reader.reached(40)) == sorted(first + second)
            await until_sent(probe)
        assert reader.deliveries >= 60
        assert len(reader.effects) == 40


async def test_what_is_old_is_swept(database: Database, probe: Any) -> None:
    """Sent rows go after 7 days, consumed ones after 15, keys after 24 hours; what was never sent stays."""
    week_old = UUID("01000000-0000-7000-8000-000000000000")
    for number, sent in enumerate(("now()", "NULL")):
        probe.rows(
            "INSERT INTO outbox (id, subject, body, occurred_at, sent_at) "  # noqa: S608 - two constants
            f"VALUES (%s, 'event.x.y.v1', '{{}}', now(), {sent})",
            UUID(int=week_old.int + number),
        )
    probe.rows("INSERT INTO consumed_message VALUES ('c', %s, now() - interval '16 days')", week_old)
    probe.rows("INSERT INTO consumed_message VALUES ('c', %s, now() - interval '14 days')", uuid7())
    async with database.write(actor(uuid7())) as session:
        session.publish(Written(note_id=uuid7()))
    assert await sweep(database) == 2
    assert probe.rows("SELECT count(*) FROM outbox") == [(2,)]
    assert probe.rows("SELECT count(*) FROM consumed_message") == [(1,)]


async def test_the_outbox_shows_a_tenant_nothing(database: Database, probe: Any) -> None:
    """A tenant may add to it and read nothing, not even its own; nor may it write in another's name."""
    await write(database, uuid7())
    async with database.read(tenant(uuid7())) as session:
        assert (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 0

    async def publish(scope: Scope) -> None:
        async with database.write(scope) as session:
            session.publish(Written(workspace_id=uuid7(), note_id=uuid7()))

    await publish(actor(uuid7()))
    for scope in (tenant(uuid7()), Scope()):
        with pytest.raises(Exception, match="row-level security"):
            await publish(scope)
    assert probe.rows("SELECT count(*) FROM outbox") == [(2,)]


async def main(database_url: str, nats_url: str) -> None:
    """A process that writes and publishes until it is killed, and says so after each commit."""
    async with Bus(nats_url, "doomed") as bus:
        outbox = Outbox(bus)
        async with Database(database_url, service="probe", outbox=outbox) as database:
            await bus.ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(outbox.run())
                for _ in range(4):
                    group.create_task(write_for_ever(database))


async def write_for_ever(database: Database) -> None:
    while True:
        print(await write(database, uuid7()), flush=True)  # noqa: T201 - read by the test that started it


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
