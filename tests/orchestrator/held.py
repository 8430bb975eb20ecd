"""Tables that are locked, so that whoever reads them hangs, and can be killed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import PATIENCE


class Held:
    """A table that whoever reads it waits for, as long as the lock is held."""

    def __init__(self, database: ServiceDatabase, table: str) -> None:
        self.database = database
        self.table = table

    async def waiting(self) -> list[int]:
        """The server's process ids of the queries that hang, once there are any."""
        query = "SELECT pid FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
        async with asyncio.timeout(PATIENCE):
            while not (found := await asyncio.to_thread(self.database.rows, query, self.table)):
                await asyncio.sleep(0.02)
        return [pid for (pid,) in found]

    async def kill(self) -> None:
        """The hanging queries' server processes, as an operator or a crash would; until they are gone."""
        for pid in await self.waiting():
            await asyncio.to_thread(self.database.rows, "SELECT pg_terminate_backend(%s, 10000)", pid)


@contextmanager
def held(database: ServiceDatabase, *tables: str) -> Iterator[list[Held]]:
    with psycopg.connect(database.superuser_url) as connection:
        for table in tables:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield [Held(database, table) for table in tables]
        connection.rollback()
