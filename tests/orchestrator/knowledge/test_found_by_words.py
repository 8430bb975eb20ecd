"""Passages found by their words: through the index, and never those of somebody else."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.knowledge.letters import pieces
from tertulia.orchestrator.repository.chunks import Chunks, Prepared
from tertulia.orchestrator.repository.documents import Documents
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.orchestrator.repository.retrieval import Passages
from tertulia.platform.db import Database, Scope, tenant
from tests.databases import ServiceDatabase

COMMON = "The gable was painted twice, and the floor was laid after the flood. " * 8
PASSAGES = 1000


def opened(own_database: ServiceDatabase) -> Database:
    return Database(own_database.app_url, service="orchestrator", pool_size=1)


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with opened(own_database) as made:
        yield made


async def filled(database: Database, texts: list[str], workspace: UUID | None = None) -> tuple[UUID, UUID]:
    """A workspace and a base of it with these passages."""
    workspace, base, document = workspace or uuid4(), uuid4(), uuid4()
    async with database.write(tenant(workspace)) as session:
        await KnowledgeBases(session, workspace, uuid4()).add(base, "base", "", "workspace")
        empty = {"size": 0, "file_id": None, "source_url": None, "created_by": None}
        await Documents(session, workspace).put(base, document, "made up", **empty)
        passages = [(Passage(one, None, None), Prepared()) for one in texts]
        await Chunks(session, workspace).replace(base, document, passages)
    return workspace, base


def looks(database: ServiceDatabase, index: str) -> int:
    """How often an index was looked into; a session that has ended has told all, an idle one may wait ten seconds."""
    ((count,),) = database.rows("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = %s", index)
    return int(count)


async def until_more_than(before: int, database: ServiceDatabase, index: str) -> None:
    async with asyncio.timeout(10):
        while looks(database, index) <= before:
            await asyncio.sleep(0.1)


async def test_a_match_of_words_is_looked_up_in_the_index(database: Database, own_database: ServiceDatabase) -> None:
    """Row-level security alone would have the whole base read: a match of words may not go before its policy."""
    workspace, base = await filled(database, [f"Part X{number} is of larch. {COMMON}" for number in range(PASSAGES)])
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE chunk")
    before = looks(own_database, "chunk_words")
    async with opened(own_database) as searched:
        (found,) = await Passages(searched, workspace, [base]).candidates(None, "'X17'", 40)
    assert found.text.startswith("Part X17 ")
    await until_more_than(before, own_database, "chunk_words")


async def test_words_of_another_workspace_are_never_found(database: Database) -> None:
    """Whoever names a foreign base gets nothing of it, nor does who says for nobody."""
    told = ["The password of the safe is X9-SECRET."]
    (mine, base), (_, foreign) = await filled(database, told), await filled(database, told)
    query = "'X9-SECRET'"
    (found,) = await Passages(database, mine, [base, foreign]).candidates(None, query, 40)
    (passage,) = await Passages(database, mine, [base, foreign]).get([found.id], None)
    assert passage.knowledge_base_id == base
    for scope in (tenant(mine), Scope()):
        async with database.read(scope) as session:
            asked = text("SELECT id FROM chunk_with_words(CAST(:bases AS uuid[]), :query, NULL, 10, 10)")
            assert (await session.execute(asked, {"bases": [foreign], "query": query})).all() == []


async def test_pieces_of_words_are_looked_up_and_nobody_elses_are_found(
    database: Database, own_database: ServiceDatabase
) -> None:
    """In the index, as words are, in scripts that the embedding model does not know."""
    told = [f"Деталь номер {number} из лиственницы." for number in range(PASSAGES)]
    workspace, base = await filled(database, [*told, "Жёлтый чемодан стоит под лестницей."])
    _, foreign = await filled(database, told[:3])
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE chunk")
    before = looks(own_database, "chunk_pieces")
    async with opened(own_database) as searched:
        (found,) = await Passages(searched, workspace, [base]).candidates(None, "", 40, foreign="Где жёлтый чемодан?")
        assert await Passages(searched, workspace, [foreign]).candidates(None, "", 40, foreign="Деталь номер 2?") == []
    assert found.text == "Жёлтый чемодан стоит под лестницей."
    await until_more_than(before, own_database, "chunk_pieces")


async def test_a_long_question_is_looked_up_in_each_base(database: Database) -> None:
    """Each has its own numbers for the pieces: the last base gets its share of them too."""
    told, workspace = "Жёлтый чемодан стоит под лестницей.", uuid4()
    bases = [(await filled(database, [told], workspace))[1] for _ in range(5)]
    question = f"{told} " + " ".join(f"{first}{second}ква" for first in "бвгджзклмн" for second in "аеиоуыэюя")
    assert len(pieces(question)) > 100
    found = await Passages(database, workspace, bases).candidates(None, "", 40, foreign=question)
    assert len(found) == len(bases)
