"""Finds passages by meaning and by words: a round trip for what may answer a question, and one for what is told.

Which way the nearest are found is chosen for what the knowledge bases hold (docs/retrieval.md). A vector is given as
Postgres reads it (``chunks.written``), None where there is none: then words alone are looked for.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from tertulia.orchestrator.knowledge.letters import codes
from tertulia.orchestrator.repository.chunks import Candidate, Found
from tertulia.platform.db import Database, Statement, tenant

_LOOKED_AT, _MOST_LOOKED_AT = 6, 1000
"""Neighbours that the index looks at for each that is wanted, and the most that it can."""

_MOST_MATCHING = 1000
"""Passages that a match by words looks at: a question of common words alone has any number of them."""

_COMMON = 200
"""So many passages hold a piece of a word that is common."""

_RAREST, _MOST_RAREST = 24, 60
"""Pieces of a question's words to go by, of each base; and the most of all of them."""

_MOST_PIECES = 400
"""Those that are counted for that: each base has its own, and so its share."""

_MOST_SPREAD = 20_000
"""Passages that some from all over the documents are taken from, the oldest documents' first."""

_SETTINGS = """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('hnsw.iterative_scan', 'relaxed_order', true),
        set_config('hnsw.ef_search', $1->>'looked_at', true)
"""
"""A plan made once for all tenants reads a large one whole; the index is asked until enough of its own are found."""

_BY_MEANING = """
    SELECT chunk.id, chunk.text, chunk.heading, nearest.score
    FROM (
        SELECT workspace_id, id, -(embedding <#> ($1->>'near')::vector) AS score FROM chunk
        WHERE workspace_id = ($1->>'workspace')::uuid AND knowledge_base_id = ANY(($1->>'bases')::uuid[])
            AND embedding IS NOT NULL
        ORDER BY embedding <#> ($1->>'near')::vector LIMIT ($1->>'limit')::integer
    ) AS nearest JOIN chunk USING (workspace_id, id)
    ORDER BY nearest.score DESC
"""
_BY_WORDS = """
    SELECT chunk.id, chunk.text, chunk.heading, matching.score
    FROM chunk_with_words(
        ($1->>'bases')::uuid[], $1->>'query', ($1->>'near')::vector, ($1->>'looked_at')::integer,
        ($1->>'limit')::integer
    ) AS matching
    JOIN chunk ON chunk.workspace_id = ($1->>'workspace')::uuid AND chunk.id = matching.id
"""
"""The function looks into the index of words, which a policy bars (migration 0021)."""

_BY_PIECES = """
    SELECT chunk.id, chunk.text, chunk.heading, matching.score
    FROM chunk_with_pieces(
        ($1->>'bases')::uuid[], ($1->>'pieces')::integer[], ($1->>'near')::vector, ($1->>'common')::integer,
        ($1->>'rarest')::integer, ($1->>'looked_at')::integer, ($1->>'limit')::integer
    ) AS matching
    JOIN chunk ON chunk.workspace_id = ($1->>'workspace')::uuid AND chunk.id = matching.id
"""
"""By the pieces of words that the fewest passages hold, in the same way (migration 0022)."""

_ALL_OVER = """
    WITH told AS (
        SELECT id, document_id, position FROM chunk
        WHERE workspace_id = ($1->>'workspace')::uuid AND knowledge_base_id = ANY(($1->>'bases')::uuid[])
        ORDER BY document_id, position LIMIT ($1->>'most')::integer
    ), share AS (
        SELECT ceil(($1->>'limit')::numeric / greatest(1, count(DISTINCT document_id)))::integer AS size FROM told
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY document_id ORDER BY position) - 1 AS number,
            count(*) OVER (PARTITION BY document_id) AS count
        FROM told, share
    ), taken AS (
        SELECT id, document_id, position FROM numbered
        WHERE number = 0 OR number * size / count > (number - 1) * size / count
        ORDER BY number * size / count, document_id LIMIT ($1->>'limit')::integer
    )
    SELECT id FROM taken ORDER BY document_id, position
"""
"""Of each document the first passage and then some at equal distances: of the integers that a passage's number is
scaled to, each one's first. Where they are too many, each document's first ones go before any second.
"""

_BY_ID = """
    SELECT chunk.id, chunk.knowledge_base_id, chunk.document_id, document.name, document.media_type, chunk.text,
        chunk.heading, chunk.page, chunk.position, coalesce(-(chunk.embedding <#> ($1->>'near')::vector), 0),
        chunk.findings::text
    FROM chunk JOIN document ON document.workspace_id = chunk.workspace_id AND document.id = chunk.document_id
    WHERE chunk.workspace_id = ($1->>'workspace')::uuid AND chunk.knowledge_base_id = ANY(($1->>'bases')::uuid[])
        AND chunk.id = ANY(($1->>'ids')::uuid[])
"""


class Passages:
    """Those of some knowledge bases of a workspace."""

    def __init__(self, database: Database, workspace_id: UUID, base_ids: Sequence[UUID]) -> None:
        self._database = database
        self._workspace = workspace_id
        self._bases = base_ids

    async def candidates(self, near: str | None, query: str, limit: int, *, foreign: str = "") -> list[Candidate]:
        """The nearest, nearest first; behind them those that match ``query`` best, which is in the words of
        ``to_tsquery`` or empty; and those that hold the most of a ``foreign`` question's rarest pieces of words, in a
        script that has them stored. ``limit`` of each, each once.
        """
        looked_at = {"looked_at": min(_MOST_LOOKED_AT, _LOOKED_AT * limit)}
        statements = [Statement(_SETTINGS, looked_at)]
        if near is not None:
            statements.append(self._about(_BY_MEANING, near=near, limit=limit))
        matching = {"near": near, "looked_at": _MOST_MATCHING, "limit": limit}
        if query:
            statements.append(self._about(_BY_WORDS, query=query, **matching))
        if foreign:
            of_each = _MOST_PIECES // max(1, len(self._bases))
            pieces = [code for base_id in self._bases for code in codes(base_id, foreign)[:of_each]]
            rarest = min(_MOST_RAREST, _RAREST * len(self._bases))
            rare = {"pieces": _array(pieces), "common": _COMMON, "rarest": rarest}
            statements.append(self._about(_BY_PIECES, **rare, **matching))
        _, *found = await self._database.look(tenant(self._workspace), *statements)
        return list({row[0]: Candidate(*row) for row in chain.from_iterable(found)}.values())

    async def all_over(self, limit: int) -> list[UUID]:
        """``limit`` from beginning to end, in their order; all of them where there are no more."""
        spread = self._about(_ALL_OVER, limit=limit, most=_MOST_SPREAD)
        (rows,) = await self._database.look(tenant(self._workspace), spread)
        return [row[0] for row in rows]

    async def get(self, ids: Sequence[UUID], near: str | None) -> list[Found]:
        """These, in this order, as far as they are still there."""
        if not ids:
            return []
        (rows,) = await self._database.look(tenant(self._workspace), self._about(_BY_ID, ids=_array(ids), near=near))
        found = {one.id: one for one in (Found(*row) for row in rows)}
        return [found[one] for one in ids if one in found]

    def _about(self, sql: str, **asked: Any) -> Statement:
        return Statement(sql, {"workspace": self._workspace, "bases": _array(self._bases), **asked})


def _array(items: Sequence[object]) -> str:
    """As Postgres writes it, so that the planner knows how many they are."""
    return f"{{{','.join(map(str, items))}}}"
