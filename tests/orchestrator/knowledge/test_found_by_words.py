"""Passages found by their words: through the index, and never those of somebody else."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.repository.chunks import Chunks, Prepared
from tertulia.orchestrator.repository.documents import Documents
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.platform.db import Database, Scope, tenant
from tests.databases import ServiceDatabase

COMMON = "The gable was painted twice, and the floor was laid after the flood. " * 8
PASSAGES = 1000


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with Database(own_database.app_url, service="orchestrator", pool_size=1) as made:
        yield made


async def filled(database: Database, texts: list[str]) -> tuple[UUID, UUID]:
    """A workspace and its base with these passages."""
    workspace, base, document = uuid4(), uuid4(), uuid4()
    async with database.write(tenant(workspace)) as session:
        await KnowledgeBases(session, workspace, uuid4()).add(base, "base", "", "workspace")
        empty = {"size": 0, "file_id": None, "source_url": None, "created_by": None}
        await Documents(session, workspace).put(base, document, "made up", **empty)
        passages = [(Passage(one, None, None), Prepared()) for one in texts]
        await Chunks(session, workspace).replace(base, document, passages)
    return workspace, base


async def test_a_match_of_words_is_looked_up_in_the_index(database: Database, own_database: ServiceDatabase) -> None:
    """Row-level security alone would have the whole base read: a match of words may not go before its policy."""
    workspace, base = await filled(database, [f"Part X{number} is of larch. {COMMON}" for number in range(PASSAGES)])
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE chunk")
    async with database.read(tenant(workspace)) as session:
        (found,) = await Chunks(session, workspace).by_words([base], "'X17'", None, 40)
        looked_up = await session.scalar(text("SELECT pg_stat_get_xact_numscans('chunk_words'::regclass)"))
    assert found.text.startswith("Part X17 ")
    assert looked_up == 1


async def test_words_of_another_workspace_are_never_found(database: Database) -> None:
    """Whoever names a foreign base gets nothing of it, nor does who says for nobody."""
    told = ["The password of the safe is X9-SECRET."]
    (mine, base), (others, foreign) = await filled(database, told), await filled(database, told)
    query = "'X9-SECRET'"
    async with database.read(tenant(mine)) as session:
        (found,) = await Chunks(session, mine).by_words([base, foreign], query, None, 40)
        assert [
            one.knowledge_base_id for one in await Chunks(session, mine).get([base, foreign], [found.id], None)
        ] == [base]
        assert await Chunks(session, others).by_words([foreign], query, None, 40) == []
        ids = await session.execute(
            text("SELECT id FROM chunk_with_words(CAST(:bases AS uuid[]), :query, NULL, 10, 10)"),
            {"bases": [foreign], "query": query},
        )
        assert ids.all() == []
    async with database.read(Scope()) as session:
        assert await Chunks(session, others).by_words([foreign], query, None, 40) == []


async def test_pieces_of_words_are_looked_up_and_nobody_elses_are_found(
    database: Database, own_database: ServiceDatabase
) -> None:
    """In the index, as words are, in scripts that the embedding model does not know."""
    told = [f"Деталь номер {number} из лиственницы." for number in range(PASSAGES)]
    workspace, base = await filled(database, [*told, "Жёлтый чемодан стоит под лестницей."])
    _, foreign = await filled(database, told[:3])
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE chunk")
    async with database.read(tenant(workspace)) as session:
        (found,) = await Chunks(session, workspace).by_pieces([base], "Где жёлтый чемодан?", None, 40)
        looked_up = await session.scalar(text("SELECT pg_stat_get_xact_numscans('chunk_pieces'::regclass)"))
        assert await Chunks(session, workspace).by_pieces([foreign], "Деталь номер 2?", None, 40) == []
    assert found.text == "Жёлтый чемодан стоит под лестницей."
    assert looked_up
