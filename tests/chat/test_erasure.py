"""A deleted workspace leaves nothing in chat: generated over the catalogue, so that no new table is forgotten."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tertulia.chat.repository import erase_workspace
from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.platform.bus.envelope import seal
from tertulia.platform.db import Database, tenant
from tests.chat.conftest import Running
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration


async def test_no_row_of_a_deleted_workspace_is_left(chat_database: ServiceDatabase, database: Database) -> None:
    """Of nobody in it, in more conversations than go at once; another workspace keeps its own."""
    gone, stays = uuid4(), uuid4()
    for workspace, many in ((gone, 225), (stays, 1)):
        await fill(database, workspace, many)
    before = chat_database.rows_of(stays)
    assert min(before.values()) >= 1
    assert await erase_workspace(database, gone) == 452
    assert set(chat_database.rows_of(gone).values()) == {0}
    assert chat_database.rows_of(stays) == before
    assert await erase_workspace(database, gone) == 0


async def test_the_event_erases(chat: Running, chat_database: ServiceDatabase) -> None:
    """Through the bus."""
    workspace = uuid4()
    await fill(chat.database, workspace, 1)
    deleted = WorkspaceDeleted(workspace_id=workspace, occurred_at=datetime.now(UTC))
    await chat.orchestrator.bus.publish(seal(deleted))
    async with asyncio.timeout(30):
        while any(chat_database.rows_of(workspace).values()):
            await asyncio.sleep(0.05)


async def fill(database: Database, workspace: UUID, conversations: int) -> None:
    """Of two persons each so many, with a question; triggers write what search looks through."""
    for person in (uuid4(), uuid4()):
        async with database.write(tenant(workspace, person)) as session:
            values = {"workspace": workspace, "person": person, "many": conversations}
            await session.execute(text(_CONVERSATIONS), values)
            await session.execute(text(_KEY), values)


_CONVERSATIONS = """
WITH made AS (
    INSERT INTO conversation (workspace_id, id, user_id, title, title_source, created_at, updated_at)
    SELECT :workspace, gen_random_uuid(), :person, 'a', 'person', now(), now() FROM generate_series(1, :many)
    RETURNING workspace_id, id, user_id
)
INSERT INTO message (workspace_id, id, conversation_id, user_id, role, status, parts, created_at)
SELECT workspace_id, gen_random_uuid(), id, user_id, 'user', 'finished', '[{"type": "text", "text": "jam"}]', now()
FROM made
"""
_KEY = """
INSERT INTO idempotency_key (id, workspace_id, user_id, key, fingerprint, claim, claimed_until)
VALUES (gen_random_uuid(), :workspace, :person, 'k', 'x', gen_random_uuid(), now())
"""
