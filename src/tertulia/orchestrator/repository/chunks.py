"""Passages: stored with a document's new content, and found by meaning and by words.

Vectors are little-endian float32, as the embedder gives them; they have length one, so the inner product is the cosine.
"""

import array
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, LargeBinary, Uuid, bindparam, delete, select, text

from tertulia.orchestrator.knowledge.chunking import Passage, with_heading
from tertulia.orchestrator.knowledge.letters import codes
from tertulia.orchestrator.models import Chunk
from tertulia.platform.db import ReadSession, Statement, WriteSession
from tertulia.platform.ids import uuid7

_BATCH = 200
_LOOKED_AT, _MOST_LOOKED_AT = 6, 1000
"""Neighbours that the index looks at for each that is wanted, and the most that it can."""

_MOST_PIECES, _COMMON, _RAREST = 400, 200, 24
"""Pieces of a question's words that are looked up; how many passages hold one that is common; pieces to go by."""

_MOST_MATCHING = 1000
"""Passages that a match by words looks at: a question of common words alone has any number of them."""


class Candidate(msgspec.Struct, frozen=True):
    """What a passage is judged by; ``score`` as in ``Found``."""

    id: UUID
    text: str
    heading: str | None
    score: float


class Found(msgspec.Struct, frozen=True):
    """``score`` is the cosine of its embedding with the question's, or 0 where it was found by words alone."""

    id: UUID
    knowledge_base_id: UUID
    document_id: UUID
    document_name: str
    media_type: str
    text: str
    heading: str | None
    page: int | None
    position: int
    score: float
    findings: str | None = None
    """What personal data is in ``content``, as the redaction wrote it down."""

    @property
    def content(self) -> str:
        """What is told of it."""
        return with_heading(self.heading, self.text)


class Prepared(msgspec.Struct, frozen=True):
    """What was made of a passage when it came in: its vector as Postgres writes it, and its ``findings``."""

    vector: str | None = None
    findings: str | None = None


class PassageRecord(msgspec.Struct, frozen=True):
    id: UUID
    position: int
    text: str
    heading: str | None
    page: int | None


_SHOWN = """
    chunk.id, chunk.knowledge_base_id, chunk.document_id, document.name AS document_name, document.media_type,
    chunk.text, chunk.heading, chunk.page, chunk.position
"""
_FROM = """
    FROM chunk JOIN document ON document.workspace_id = chunk.workspace_id AND document.id = chunk.document_id
    WHERE chunk.workspace_id = :workspace AND chunk.knowledge_base_id = ANY(:bases)
"""
_BASES = bindparam("bases", type_=ARRAY(Uuid))
_BY_MEANING = text("""
    SELECT chunk.id, chunk.text, chunk.heading, nearest.score
    FROM (
        SELECT workspace_id, id, -(embedding <#> CAST(:near AS vector)) AS score FROM chunk
        WHERE workspace_id = :workspace AND knowledge_base_id = ANY(:bases) AND embedding IS NOT NULL
        ORDER BY embedding <#> CAST(:near AS vector) LIMIT :limit
    ) AS nearest JOIN chunk USING (workspace_id, id)
    ORDER BY nearest.score DESC
""").bindparams(_BASES)
_BY_WORDS = text("""
    SELECT chunk.id, chunk.text, chunk.heading, matching.score
    FROM chunk_with_words(:bases, :query, CAST(:near AS vector), :looked_at, :limit) AS matching
    JOIN chunk ON chunk.workspace_id = :workspace AND chunk.id = matching.id
""").bindparams(_BASES)
"""The function looks into the index of words, which a policy bars (migration 0021)."""

_BY_PIECES = text("""
    SELECT chunk.id, chunk.text, chunk.heading, matching.score
    FROM chunk_with_pieces(
        :bases, CAST(:pieces AS integer[]), CAST(:near AS vector), :common, :rarest, :looked_at, :limit
    ) AS matching
    JOIN chunk ON chunk.workspace_id = :workspace AND chunk.id = matching.id
""").bindparams(_BASES)
"""By the pieces of words that the fewest passages hold, in the same way (migration 0022)."""

_SETTINGS = """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('hnsw.iterative_scan', 'relaxed_order', true),
        set_config('hnsw.ef_search', $1->>'looked_at', true)
"""
"""A plan made once for all tenants reads a large one whole; the index is asked until enough of its own are found."""
_BY_ID = text(f"""
    SELECT {_SHOWN}, coalesce(-(chunk.embedding <#> CAST(:near AS vector)), 0) AS score,
        CAST(chunk.findings AS text) AS findings
    {_FROM} AND chunk.id = ANY(:ids)
""").bindparams(_BASES, bindparam("ids", type_=ARRAY(Uuid)))
_PREPARED = text("""
    SELECT digest, CAST(embedding AS text), CAST(findings AS text) FROM chunk
    WHERE workspace_id = :workspace AND document_id = :document AND digest = ANY(:digests)
""").bindparams(bindparam("digests", type_=ARRAY(LargeBinary)))
_INSERT = text("""
    INSERT INTO chunk
        (workspace_id, id, knowledge_base_id, document_id, position, text, heading, page, digest, embedding, findings,
            pieces)
    SELECT :workspace, id, :base, :document, position, text, heading, page, decode(digest, 'hex'),
        CAST(embedding AS vector), CAST(findings AS jsonb), pieces
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS row (
            id uuid, position int, text text, heading text, page int, digest text, embedding text, findings text,
            pieces int[]
        )
""")


def search_settings(limit: int) -> Statement:
    """What a transaction begins with that looks for so many passages."""
    return Statement(_SETTINGS, {"looked_at": min(_MOST_LOOKED_AT, _LOOKED_AT * limit)})


class Chunks:
    """``near`` is the vector of a question as Postgres reads it (``written``)."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def prepared(self, document_id: UUID, digests: Collection[bytes]) -> dict[bytes, Prepared]:
        """Which of these a document's content has already."""
        where = {"workspace": self._workspace, "document": document_id, "digests": list(digests)}
        found = await self._session.execute(_PREPARED, where)
        return {bytes(digest): Prepared(*made) for digest, *made in found}

    async def replace(self, base_id: UUID, document_id: UUID, passages: Iterable[tuple[Passage, Prepared]]) -> None:
        """The document's passages are these and no others; they are taken as they are stored."""
        await self._session.execute(
            delete(Chunk).where(Chunk.workspace_id == self._workspace, Chunk.document_id == document_id)
        )
        where = {"workspace": self._workspace, "base": base_id, "document": document_id}
        numbered = (_row(base_id, position, *one) for position, one in enumerate(passages))
        while rows := list(islice(numbered, _BATCH)):
            await self._session.execute(_INSERT, {**where, "rows": msgspec.json.encode(rows).decode()})

    async def by_meaning(self, base_ids: Sequence[UUID], near: str, limit: int) -> list[Candidate]:
        """Nearest first; which way they are found is chosen for what these bases hold (docs/retrieval.md)."""
        return [Candidate(*row) for row in await self._rows(_BY_MEANING, base_ids, near=near, limit=limit)]

    async def by_words(self, base_ids: Sequence[UUID], query: str, near: str | None, limit: int) -> list[Candidate]:
        """The best matches, in no order that means anything; ``query`` is in the words of ``to_tsquery``."""
        how = {"query": query, "near": near, "limit": limit, "looked_at": _MOST_MATCHING}
        return [Candidate(*row) for row in await self._rows(_BY_WORDS, base_ids, **how)]

    async def by_pieces(self, base_ids: Sequence[UUID], question: str, near: str | None, limit: int) -> list[Candidate]:
        """Those that hold the most of the question's rarest pieces of words, for scripts that have them stored."""
        asked = [code for base_id in base_ids for code in codes(base_id, question)][:_MOST_PIECES]
        bounds = {"common": _COMMON, "rarest": _RAREST, "looked_at": _MOST_MATCHING, "limit": limit}
        return [Candidate(*row) for row in await self._rows(_BY_PIECES, base_ids, pieces=asked, near=near, **bounds)]

    async def get(self, base_ids: Sequence[UUID], chunk_ids: Sequence[UUID], near: str | None) -> list[Found]:
        """These, in this order, as far as they are still there."""
        rows = await self._rows(_BY_ID, base_ids, ids=list(chunk_ids), near=near)
        found = {one.id: one for one in (Found(*row) for row in rows)}
        return [found[one] for one in chunk_ids if one in found]

    async def around(self, document_id: UUID, chunk_id: UUID, neighbours: int) -> list[PassageRecord]:
        """A passage between those before and after it; empty when the document has it no more."""
        at = await self._session.scalar(
            select(Chunk.position).where(
                Chunk.workspace_id == self._workspace, Chunk.document_id == document_id, Chunk.id == chunk_id
            )
        )
        if at is None:
            return []
        columns = [getattr(Chunk, name) for name in PassageRecord.__struct_fields__]
        found = await self._session.execute(
            select(*columns)
            .where(
                Chunk.workspace_id == self._workspace,
                Chunk.document_id == document_id,
                Chunk.position.between(at - neighbours, at + neighbours),
            )
            .order_by(Chunk.position)
        )
        return [PassageRecord(**row) for row in found.mappings()]

    async def _rows(self, statement: Any, base_ids: Sequence[UUID], **values: Any) -> list[tuple[Any, ...]]:
        where = {"workspace": self._workspace, "bases": list(base_ids)}
        return [tuple(row) for row in await self._session.execute(statement, {**where, **values})]


def written(vector: bytes) -> str:
    """A vector as Postgres reads it."""
    return "[" + ",".join(f"{number:.7g}" for number in array.array("f", vector)) + "]"


def _row(base_id: UUID, position: int, passage: Passage, prepared: Prepared) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "position": position,
        "text": passage.text,
        "heading": passage.heading,
        "page": passage.page,
        "digest": passage.digest.hex(),
        "embedding": prepared.vector,
        "findings": prepared.findings,
        "pieces": codes(base_id, passage.embedded) or None,
    }
