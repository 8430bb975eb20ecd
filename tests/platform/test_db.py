"""Units of work: one transaction, one scope, and every failure of the database as a typed error."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from tertulia.platform.db import Database, Scope, actor, credential, purpose, tenant
from tertulia.platform.errors import DeadlineExceeded, Unavailable
from tertulia.platform.ids import uuid7
from tertulia.platform.message import Event

pytestmark = pytest.mark.integration

WRITE = text("INSERT INTO note (workspace_id, id, words) VALUES (:workspace, :id, :words)")
COUNT = text("SELECT count(*) FROM note")


async def note(database: Database, workspace: UUID, words: str = "hello") -> None:
    async with database.write(tenant(workspace)) as session:
        await session.execute(WRITE, {"workspace": workspace, "id": uuid7(), "words": words})


async def count(database: Database, scope: Scope) -> int:
    async with database.read(scope) as session:
        return int((await session.execute(COUNT)).scalar_one())


async def test_a_tenant_sees_its_own_rows_and_nobody_elses(database: Database) -> None:
    """The same query gives each tenant its own, and a transaction without a scope gives nothing."""
    mine, yours = uuid7(), uuid7()
    await note(database, mine)
    await note(database, yours)
    await note(database, yours)
    counts = [await count(database, scope) for scope in (tenant(mine), tenant(yours), Scope(), actor(mine))]
    assert counts == [1, 2, 0, 0]


async def test_a_row_cannot_be_written_for_another_tenant(database: Database) -> None:
    """The policy checks what is written as it checks what is read; nor can anyone write without a scope."""
    for scope in (tenant(uuid7()), Scope()):
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with database.write(scope) as session:
                await session.execute(WRITE, {"workspace": uuid7(), "id": uuid7(), "words": "x"})


async def test_a_scope_ends_with_its_transaction(database: Database) -> None:
    """The connection that served a tenant serves the next caller without a trace of it."""
    await note(database, uuid7())
    settings = text("SELECT tertulia.tenant(), tertulia.actor(), tertulia.purpose(), tertulia.credential()")
    workspace, user = uuid7(), uuid7()
    for scope, expected in (
        (tenant(workspace, user), (workspace, user, None, None)),
        (Scope(), (None, None, None, None)),
        (purpose("sweep"), (None, None, "sweep", None)),
        (credential("0a" * 32), (None, None, None, "0a" * 32)),
    ):
        async with database.read(scope) as session:
            assert tuple((await session.execute(settings)).one()) == expected


@pytest.mark.parametrize("bad", ["o'clock", "", "A", "x" * 65, "a\nb"])
def test_a_purpose_is_a_plain_name(bad: str) -> None:
    """It is written into a statement, so nothing that could end a literal gets as far."""
    with pytest.raises(ValueError, match="purpose"):
        purpose(bad)


async def test_an_error_leaves_no_trace(database: Database) -> None:
    """What the block wrote before it failed is rolled back, and its own error comes out."""
    workspace = uuid7()

    async def write_and_fail() -> None:
        async with database.write(tenant(workspace)) as session:
            await session.execute(WRITE, {"workspace": workspace, "id": uuid7(), "words": "x"})
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    assert await count(database, tenant(workspace)) == 0


async def test_a_swallowed_error_is_not_taken_for_a_commit(database: Database) -> None:
    """Postgres answers COMMIT with ROLLBACK after a failed statement; the caller must not believe it was stored."""
    workspace, row = uuid7(), uuid7()

    async def write_twice() -> None:
        async with database.write(tenant(workspace)) as session:
            await session.execute(WRITE, {"workspace": workspace, "id": row, "words": "x"})
            with pytest.raises(IntegrityError):
                await session.execute(WRITE, {"workspace": workspace, "id": row, "words": "x"})

    with pytest.raises(RuntimeError, match="failed"):
        await write_twice()
    assert await count(database, tenant(workspace)) == 0


async def test_a_read_session_cannot_write(database: Database) -> None:
    """A signature that asks for a ReadSession keeps its word."""
    with pytest.raises(InternalError, match="read-only transaction"):
        async with database.read(tenant(uuid7())) as session:
            await session.execute(WRITE, {"workspace": uuid7(), "id": uuid7(), "words": "x"})


async def test_nobody_commits_by_hand(database: Database) -> None:
    """The rest of the block would run without a scope and outside of any transaction."""
    with pytest.raises(RuntimeError, match="unit of work"):
        async with database.write(tenant(uuid7())) as session:
            await session.commit()


async def test_a_savepoint_takes_back_only_its_own_part(database: Database) -> None:
    """A rule may try an insert, see the conflict and go on."""
    workspace, row = uuid7(), uuid7()
    values = {"workspace": workspace, "id": row, "words": "x"}
    async with database.write(tenant(workspace)) as session:
        await session.execute(WRITE, values)
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(WRITE, values)
    assert await count(database, tenant(workspace)) == 1


async def test_a_full_pool_refuses_in_time_and_recovers(probe: Any) -> None:
    """The one who waits past the bound is told when to come back; those who hold a connection are not disturbed."""
    wait = timedelta(milliseconds=200)
    async with Database(probe.app_url, service="probe", pool_size=2, pool_wait=wait) as database:
        async with database.write(tenant(uuid7())), database.write(tenant(uuid7())):
            started = asyncio.get_running_loop().time()
            with pytest.raises(Unavailable) as refusal:
                await note(database, uuid7())
            assert 0.2 <= asyncio.get_running_loop().time() - started < 5
            assert refusal.value.retry_after
        await note(database, uuid7())


async def test_a_statement_past_its_time_is_a_deadline(probe: Any) -> None:
    """The server ends it, the caller gets a typed error, and the connection goes on."""
    limit = timedelta(milliseconds=100)
    async with Database(probe.app_url, service="probe", pool_size=1, statement_timeout=limit) as database:
        with pytest.raises(DeadlineExceeded):
            async with database.read(tenant(uuid7())) as session:
                await session.execute(text("SELECT pg_sleep(5)"))
        await note(database, uuid7())


async def test_a_lock_that_is_held_does_not_cost_the_connection(probe: Any) -> None:
    """A statement that waits for longer than our patience is known to the server, so it is waited for."""
    patience = timedelta(milliseconds=100)
    async with Database(probe.app_url, service="probe", pool_size=1, patience=patience) as database:
        with psycopg.connect(probe.superuser_url) as holder:
            holder.execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
            waiting = asyncio.create_task(note(database, uuid7()))
            done, _ = await asyncio.wait([waiting], timeout=0.6)
            assert not done
            holder.rollback()
        await waiting


async def test_no_connection_is_held_between_units_of_work(database: Database) -> None:
    """After a hundred units at once, four at a time, the pool is whole."""
    await asyncio.gather(*(note(database, uuid7()) for _ in range(100)))
    slots = database._primary.slots
    pool: Any = database._primary.engine.pool
    assert (slots.in_use, slots.waiting, pool.checkedout()) == (0, 0, 0)
    assert pool.checkedin() <= 4


async def test_a_migration_under_a_prepared_statement_costs_one_refusal(probe: Any) -> None:
    """Postgres does not run a plan whose columns have changed: that connection goes, the next call is served."""
    async with Database(probe.app_url, service="probe", pool_size=1) as database:

        async def look() -> None:
            async with database.read(tenant(uuid7())) as session:
                await session.execute(text("SELECT * FROM note"))

        for _ in range(10):  # psycopg prepares what it has seen five times
            await look()
        with psycopg.connect(probe.owner_url, autocommit=True) as owner:
            owner.execute("ALTER TABLE note ADD COLUMN colour text")
            try:
                with pytest.raises(Unavailable):
                    await look()
                await look()
            finally:
                owner.execute("ALTER TABLE note DROP COLUMN colour")


async def test_metrics_show_who_holds_and_who_waits(probe: Any) -> None:
    """In use and waiting are what they are at this moment, and go back to nothing."""
    labels = {"service": "measured", "server": "primary"}

    def gauge(name: str) -> float | None:
        return REGISTRY.get_sample_value(f"tertulia_db_connections_{name}", labels)

    async with Database(probe.app_url, service="measured", pool_size=1) as database:
        async with database.read(Scope()):
            waiting = asyncio.create_task(note(database, uuid7()))
            await asyncio.sleep(0)
            assert (gauge("in_use"), gauge("waiting")) == (1, 1)
        await waiting
        assert (gauge("in_use"), gauge("waiting")) == (0, 0)
    count = REGISTRY.get_sample_value("tertulia_db_connection_wait_seconds_count", labels)
    assert count == 2


async def test_check_says_whether_the_database_answers(database: Database) -> None:
    """A server that answers is well; nothing on the port is Unavailable at once."""
    await database.check()
    async with Database("postgresql://nobody@127.0.0.1:1/none", service="probe") as none:
        with pytest.raises(Unavailable):
            await none.check()


async def test_a_reader_goes_to_the_replica(servers: Any, probe: Any) -> None:
    """Reads take the replica's address, writes the primary's."""
    elsewhere = servers.postgres.url("postgres")
    async with Database(probe.app_url, service="probe", replica_url=elsewhere) as database:
        where = text("SELECT current_database()")
        async with database.read(Scope()) as reader, database.write(Scope()) as writer:
            assert (await reader.execute(where)).scalar_one() == "postgres"
            assert (await writer.execute(where)).scalar_one() != "postgres"


class Said(Event, frozen=True, kw_only=True):
    subject = "event.probe.said.v1"
    words: str


async def test_what_is_published_is_stored_letter_for_letter(database: Database, probe: Any) -> None:
    """Quotes, backslashes, percent signs, braces and statements in a message are its letters and nothing more."""
    nasty = ["it's", "a\\b", "\\'; DROP TABLE note; --", '"', "100 %s {} {0} :rows $1", "京\n\t\u2028\x00", "E'\\x41'"]
    workspace = uuid7()
    async with database.write(tenant(workspace)) as session:
        for words in nasty:
            session.publish(Said(workspace_id=workspace, words=words))
    rows = probe.rows("SELECT body, workspace_id, sent_at FROM outbox ORDER BY id")
    assert [msgspec.json.decode(body, type=Said).words for body, _, _ in rows] == nasty
    assert {(owner, sent) for _, owner, sent in rows} == {(workspace, None)}
