"""Passages, stored with a document's new content; ``repository.retrieval`` finds them.

Vectors are little-endian float32, as the embedder gives them; they have length one, so the inner product is the cosine.
"""

import array
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, LargeBinary, bindparam, delete, select, text

from tertulia.orchestrator.knowledge.chunking import Passage, with_heading
from tertulia.orchestrator.knowledge.letters import codes
from tertulia.orchestrator.models import Chunk
from tertulia.orchestrator.repository.rows import all_of, columns_of
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.ids import uuid7

_BATCH = 200


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


class Chunks:
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

    async def around(self, document_id: UUID, chunk_id: UUID, neighbours: int) -> list[PassageRecord]:
        """A passage between those before and after it; empty when the document has it no more."""
        at = await self._session.scalar(
            select(Chunk.position).where(
                Chunk.workspace_id == self._workspace, Chunk.document_id == document_id, Chunk.id == chunk_id
            )
        )
        if at is None:
            return []
        columns = columns_of(Chunk, PassageRecord)
        found = await self._session.execute(
            select(*columns)
            .where(
                Chunk.workspace_id == self._workspace,
                Chunk.document_id == document_id,
                Chunk.position.between(at - neighbours, at + neighbours),
            )
            .order_by(Chunk.position)
        )
        return all_of(found, PassageRecord)


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
