"""The orchestrator's own database: migrations both ways, and rows that only their workspace sees."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, insert, select, update

from tertulia.orchestrator.models import Generation, Step
from tertulia.platform import migrations
from tertulia.platform.db import Database, Scope, purpose, tenant
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import HISTORY


def test_migrations_go_up_down_and_up(servers: Any) -> None:
    """Nothing is left behind, and every table is protected."""
    owner, _ = servers.postgres.create_service_database("orchestrator")
    migrations.upgrade(owner, HISTORY)
    migrations.downgrade(owner, HISTORY)
    migrations.upgrade(owner, HISTORY)
    migrations.check(owner, HISTORY)
    with psycopg.connect(owner) as connection:
        assert migrations.unprotected_tables(connection) == []
    servers.postgres.drop_database(owner)


async def test_rows_are_seen_by_their_workspace_alone(own_database: ServiceDatabase) -> None:
    """With another workspace or none there is nothing, and nothing can be written for somebody else."""
    mine, other = uuid4(), uuid4()
    row = {"workspace_id": mine, "id": uuid4(), "source": "chat", "status": "running"}
    step = {"workspace_id": mine, "generation_id": row["id"], "name": "respond", "status": "ok", "milliseconds": 1}
    async with Database(own_database.app_url, service="orchestrator", pool_size=1) as database:
        async with database.write(tenant(mine)) as session:
            await session.execute(insert(Generation).values(row))
            await session.execute(insert(Step).values(step))
        for scope, count in ((tenant(mine), 1), (tenant(other), 0), (Scope(), 0), (purpose("anything"), 0)):
            async with database.read(scope) as session:
                for table in (Generation, Step):
                    found = await session.execute(
                        select(func.count()).select_from(table).where(table.workspace_id == mine)
                    )
                    assert found.scalar_one() == count
        async with database.write(tenant(other)) as session:
            changed = await session.execute(
                update(Generation).where(Generation.id == row["id"]).values(text="x").returning(Generation.id)
            )
            assert changed.scalars().all() == []
        with pytest.raises(Exception, match="row-level security"):
            async with database.write(tenant(other)) as session:
                await session.execute(insert(Generation).values(row | {"id": uuid4()}))
