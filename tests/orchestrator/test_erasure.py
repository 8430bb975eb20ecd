"""A deleted workspace leaves nothing here: generated over the catalogue, so that no new table is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import delete

from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.orchestrator.models import Generation
from tertulia.orchestrator.repository import erase_workspace
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.bus.envelope import seal
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import MasterKeys, SealBroken
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import PATIENCE, Running

pytestmark = pytest.mark.integration
MASTER = MasterKeys(["a master key that is only for tests"])
ROWS = {
    "generation": "(workspace_id, id, source, status) VALUES (%(w)s, %(i)s, 'chat', 'running')",
    "step": "VALUES (%(w)s, %(i)s, 'respond', 'ok', 1)",
    "stored_file": "(workspace_id, id, purpose, name) VALUES (%(w)s, %(i)s, 'document', 'a')",
    "stored_file_part": "VALUES (%(w)s, %(i)s, 0, 'x')",
    "knowledge_base": "(workspace_id, id, owner_id, name, visibility) VALUES (%(w)s, %(i)s, %(i)s, 'a', 'private')",
    "document": "(workspace_id, id, knowledge_base_id, name, status, file_id)"
    " VALUES (%(w)s, %(i)s, %(i)s, 'a', 'ready', %(i)s)",
    "chunk": "(workspace_id, id, knowledge_base_id, document_id, position, text, digest)"
    " VALUES (%(w)s, %(i)s, %(i)s, %(i)s, 0, 'a', 'x')",
    "response": "(workspace_id, id, user_id, status, background, sealed, expires_at)"
    " VALUES (%(w)s, %(i)s, %(i)s, 'completed', false, 'x', now())",
    "stored_conversation": "(workspace_id, id, user_id, sealed, expires_at) VALUES (%(w)s, %(i)s, %(i)s, 'x', now())",
    "workspace_setting": "(workspace_id, name, value) VALUES (%(w)s, 'assistant', '{}')",
    "pii_vault": "(workspace_id, id, digest, kind, number, layer, sealed)"
    " VALUES (%(w)s, %(i)s, 'x', 'EMAIL', 1, 'pattern', 'x')",
    "eval_set": "(workspace_id, id, name, knowledge_base_ids, cases, created_by)"
    " VALUES (%(w)s, %(i)s, 'a', '{}', '[]', %(i)s)",
    "eval_run": "(workspace_id, id, set_id, status, started_by) VALUES (%(w)s, %(i)s, %(i)s, 'finished', %(i)s)",
    "eval_result": "VALUES (%(w)s, %(i)s, 0, true, '{}')",
    "conversation_summary": "(workspace_id, conversation_id, digest, sealed, expires_at)"
    " VALUES (%(w)s, %(i)s, 'x', 'x', now())",
    "batch": "(workspace_id, id, user_id, plan, endpoint, input_file_id, status, expires_at)"
    " VALUES (%(w)s, %(i)s, %(i)s, 'free', '/v1/embeddings', %(i)s, 'completed', now())",
    "batch_line": "VALUES (%(w)s, %(i)s, 1, false, 'x')",
    "idempotency_key": "(id, workspace_id, key, fingerprint, claim, claimed_until)"
    " VALUES (%(i)s, %(w)s, 'k', 'x', %(i)s, now())",
}
"""A row of each table beside the workspace's key, in the order of their references."""


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with Database(own_database.app_url, service="orchestrator", pool_size=2) as opened:
        yield opened


async def test_no_row_of_a_deleted_workspace_is_left(own_database: ServiceDatabase, database: Database) -> None:
    """In no table that knows workspaces, whatever their number; what was sealed opens no more; others keep theirs."""
    gone, stays = uuid4(), uuid4()
    key = await Keys(database, MASTER).of(gone)
    await Keys(database, MASTER).of(stays)
    sealed = key.seal(b"a secret", "here")
    for workspace in (gone, stays):
        fill(own_database, workspace)
    more = "INSERT INTO workspace_setting SELECT %s, 'n' || n, '{}' FROM generate_series(1, 450) n"
    own_database.rows(more, gone)
    assert [table for table, rows in own_database.rows_of(stays).items() if rows != 1] == []
    assert await erase_workspace(database, gone) == 450 + len(ROWS) + 1
    assert set(own_database.rows_of(gone).values()) == {0}
    assert [table for table, rows in own_database.rows_of(stays).items() if rows != 1] == []
    assert await erase_workspace(database, gone) == 0
    anew = await Keys(database, MASTER).of(gone)
    with pytest.raises(SealBroken):
        anew.open(sealed, "here")


async def test_a_row_that_is_being_changed_is_erased_too(own_database: ServiceDatabase, database: Database) -> None:
    """Whoever changes it moves it to another place while its deletion waits for them."""
    workspace = uuid4()
    fill(own_database, workspace)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(own_database.superuser_url) as worker:
        worker.execute("UPDATE batch SET completed = completed + 1 WHERE workspace_id = %s", (workspace,))
        erasing = asyncio.create_task(erase_workspace(database, workspace))
        async with asyncio.timeout(PATIENCE):
            while not own_database.rows(waiting):
                await asyncio.sleep(0.02)
    await erasing
    assert not any(own_database.rows_of(workspace).values())


async def test_the_event_erases_and_is_taken_twice(running: Running) -> None:
    """Through the bus, with a turn and its key in the worker's memory; told again, nothing happens."""
    asked = await running.ask("ada@example.com [[sim: tokens=2]]")
    await running.ended(asked)
    workspace = asked.job.workspace_id
    assert workspace is not None
    assert running.database.rows_of(workspace)["pii_vault"] == 1
    for _ in range(2):
        deleted = WorkspaceDeleted(workspace_id=workspace, occurred_at=datetime.now(UTC))
        await running.bus.publish(seal(deleted))
        async with asyncio.timeout(PATIENCE):
            while any(running.database.rows_of(workspace).values()):
                await asyncio.sleep(0.05)


async def test_generations_are_deleted_for_no_other_purpose(own_database: ServiceDatabase, database: Database) -> None:
    """They are the books: a tenant's own scope takes none away."""
    workspace = uuid4()
    fill(own_database, workspace)
    async with database.write(tenant(workspace)) as session:
        await session.execute(delete(Generation).where(Generation.workspace_id == workspace))
    assert own_database.rows_of(workspace)["generation"] == 1


def fill(database: ServiceDatabase, workspace: UUID) -> None:
    """One id serves for all."""
    values = {"w": workspace, "i": workspace}
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for table, row in ROWS.items():
            connection.execute(f"INSERT INTO {table} {row}".encode(), values)
