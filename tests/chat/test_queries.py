"""The hot queries find their rows by an index, however many other rows there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from tertulia.chat.owner import Owner
from tertulia.chat.repository import Answers, Conversations, Messages, Position, Search, leading_to, placing, touching
from tertulia.platform.db import Database, purpose
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration

OWNER = Owner(UUID(int=1), UUID(int=2))
SEED = """
WITH people AS (SELECT w, u FROM generate_series(1, 4) w, generate_series(2, 6) u),
made AS (
    INSERT INTO conversation SELECT lpad(to_hex(w), 32, '0')::uuid, gen_random_uuid(), lpad(to_hex(u), 32, '0')::uuid,
        'Title ' || n, 'person', now() - n * interval '1 h', now() - n * interval '1 h'
    FROM people, generate_series(1, 50) n RETURNING *
), asked AS (
    INSERT INTO message (workspace_id, id, conversation_id, user_id, role, status, parts, created_at)
    SELECT workspace_id, gen_random_uuid(), id, user_id, 'user', 'finished',
        jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'word' || n || ' common')), now()
    FROM made, generate_series(1, 10) n RETURNING *
)
INSERT INTO message
    (workspace_id, id, conversation_id, user_id, parent_id, role, status, parts, generation_id, created_at)
SELECT workspace_id, gen_random_uuid(), conversation_id, user_id, id, 'assistant',
    CASE WHEN random() < 0.01 THEN 'generating' ELSE 'finished' END, '[]', gen_random_uuid(), now()
FROM asked
"""
WORDS = """
INSERT INTO search_document (workspace_id, conversation_id, message_id, user_id, created_at, words)
SELECT workspace_id, conversation_id, id, user_id, created_at, to_tsvector('simple', searchable(parts -> 0 ->> 'text'))
FROM message WHERE role = 'user'
"""


@pytest.fixture
def seeded(chat_database: ServiceDatabase) -> Iterator[tuple[UUID, UUID, UUID]]:
    """20 people with 50 conversations of 20 messages; a conversation, a question and its answer of one of them."""
    chat_database.rows("TRUNCATE conversation CASCADE")
    for table in ("conversation", "message"):  # the triggers write for one person at a time
        chat_database.rows(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    chat_database.rows(SEED)
    chat_database.rows(WORDS)
    for table in ("conversation", "message"):
        chat_database.rows(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    chat_database.rows("ANALYZE")
    yield chat_database.rows(
        "SELECT conversation_id, parent_id, id FROM message WHERE workspace_id = %s AND user_id = %s AND parent_id"
        " IS NOT NULL LIMIT 1",
        OWNER.workspace_id,
        OWNER.user_id,
    )[0]
    chat_database.rows("TRUNCATE conversation CASCADE")


@contextmanager
def statements(kept: list[tuple[str, Any]]) -> Iterator[None]:
    """What is sent to the server meanwhile."""

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        kept.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_hot_queries_use_indexes(database: Database, seeded: tuple[UUID, UUID, UUID]) -> None:
    """No plan reads a table from end to end, with row-level security on as always."""
    conversation, asked, answer = seeded
    now = datetime.now(UTC)
    sent: list[tuple[str, Any]] = []
    with statements(sent):
        async with database.write(OWNER.scope) as session:
            conversations, messages = Conversations(session, OWNER), Messages(session, OWNER)
            assert await conversations.get(conversation)
            assert (await conversations.newest(20, None, deleted=False)).has_more
            assert (await conversations.newest(20, Position(now, conversation), deleted=False)).rows
            assert await messages.get(asked)
            assert (await messages.page(conversation, 10, None, "desc")).has_more
            assert await messages.newest_answer(conversation)
            assert await messages.newest_answer_to(asked)
            await messages.running(conversation)
            await messages.running_after(conversation, None)
            assert (await Search(session, OWNER).find("common wor", 20, None)).has_more  # type: ignore[arg-type] # reads
        async with database.write(purpose("watch")) as session:
            assert await Answers(session).ended([answer, asked])
    assert len(sent) >= 10
    for scope, part in ((OWNER.scope, sent[:-1]), (purpose("watch"), sent[-1:])):
        async with database.write(scope) as session:
            connection = await session.connection()
            await session.execute(text("SELECT set_config('tertulia.searched', '''common''', true)"))
            for statement, parameters in part:
                plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                lines = [row[0] for row in plan]
                assert not [line for line in lines if "Seq Scan" in line], (statement, "\n".join(lines))


async def test_a_turns_own_statements_use_indexes(database: Database, seeded: tuple[UUID, UUID, UUID]) -> None:
    """Those that are planned once for any values, too."""
    conversation, asked, answer = seeded
    hot = (
        (OWNER.scope, touching(OWNER, conversation, datetime.now(UTC))),
        (OWNER.scope, placing(OWNER, conversation, asked)),
        (OWNER.scope, leading_to(conversation, answer)),
        (purpose("window"), leading_to(conversation, answer)),
    )
    for scope, statement in hot:
        async with database.write(scope, [statement]) as session:
            (given,) = session.opened
            assert given
            connection = await session.connection()
            shown = statement.sql.replace("$1", "CAST($1 AS jsonb)")
            plan = await connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN) {shown}")
            lines = [row[0] for row in plan]
            assert not [line for line in lines if "Seq Scan" in line], (statement.sql, "\n".join(lines))
