"""Statements that share a round trip with a transaction's beginning or end: the same rules as for all others."""

from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest

from tertulia.platform.db import Database, Rows, Statement, purpose, tenant
from tertulia.platform.errors import Conflict

pytestmark = pytest.mark.integration

WRITE = (
    "INSERT INTO note (workspace_id, id, words) "
    "SELECT workspace_id, id, words FROM jsonb_populate_recordset(CAST(NULL AS note), $1) RETURNING id"
)
READ = "SELECT words FROM note WHERE id = ($1 ->> 'id')::uuid"


def written(workspace: UUID, note: UUID, words: str = "hello") -> Statement:
    return Statement(WRITE, [{"workspace_id": workspace, "id": note, "words": words}])


def read(note: UUID) -> Statement:
    return Statement(READ, {"id": note})


async def told(database: Database, workspace: UUID, note: UUID) -> Rows:
    return await database.at_once(tenant(workspace), read(note))


async def test_a_transaction_of_one_statement(database: Database) -> None:
    """It is committed, gives its rows, and sees what its scope may: again and again, planned once."""
    mine, yours = uuid4(), uuid4()
    for words in ("it's 100%", '"quoted" \\ $1 {}', "\N{SNOWMAN}"):
        note = uuid4()
        assert await database.at_once(tenant(mine), written(mine, note, words)) == [(note,)]
        assert await told(database, mine, note) == [(words,)]
        assert await told(database, yours, note) == []
        assert await database.at_once(purpose("elsewhere"), read(note)) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await database.at_once(tenant(mine), written(yours, uuid4()))


async def test_what_goes_with_begin_is_of_the_transaction(database: Database) -> None:
    """Each gives its rows, a later one sees what an earlier one did, and all of it is undone with the rest."""
    workspace, note = uuid4(), uuid4()
    with suppress(ZeroDivisionError):
        async with database.write(tenant(workspace), [read(note), written(workspace, note), read(note)]) as session:
            assert session.opened == [[], [(note,)], [("hello",)]]
            assert await session.ask(read(note)) == [("hello",)]
            raise ZeroDivisionError
    assert await told(database, workspace, note) == []


async def test_what_goes_with_commit_is_refused_in_its_own_words(database: Database) -> None:
    """A row that is there already undoes the transaction, and its caller hears the rule that it broke."""
    workspace, first, second = uuid4(), uuid4(), uuid4()
    refused = Conflict("There is such a note.")
    async with database.write(tenant(workspace)) as session:
        session.at_end(written(workspace, first), refused)
    with pytest.raises(Conflict) as raised:
        async with database.write(tenant(workspace), [written(workspace, second)]) as session:
            session.at_end(written(workspace, first), refused)
    assert raised.value is refused
    assert await told(database, workspace, first) == [("hello",)]
    assert await told(database, workspace, second) == []
