"""Finds the passages of a workspace's own documents that bear on a question: by meaning and by words, fused by rank.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). A question that no passage is near to gets none: better
to say that the documents do not tell. What was found is cached as ids: texts stay in their table.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.knowledge.words import any_of
from tertulia.orchestrator.repository.chunks import Chunks, Found
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.orchestrator.service.request import Search
from tertulia.platform.cache import Cache
from tertulia.platform.db import Database, tenant
from tertulia.platform.errors import NotFound
from tertulia.platform.valkey import Valkey

FLOOR = 0.25
"""The cosine below which a passage is about something else, with the embedding model of this machine."""

_RANK = 60
_CANDIDATES = 40
_EMBEDDING_KEPT = timedelta(hours=24)
_RESULT_KEPT = timedelta(minutes=30)
_LONGEST_QUESTION = 2000


class KnowledgeBaseNotFound(NotFound):
    code, title = "knowledge_base_not_found", "No such knowledge base"


class Retrieval:
    """Without an embedder words alone are looked for."""

    def __init__(self, database: Database, valkey: Valkey, embedder: LocalEmbedder | None) -> None:
        self._database = database
        self._valkey = valkey
        self._embedder = embedder

    async def search(
        self, workspace_id: UUID, person_id: UUID, base_ids: Sequence[UUID], question: str, limit: int
    ) -> list[Found]:
        """The best first. Raises: KnowledgeBaseNotFound when the person may not use one of them; Unavailable."""
        asked = question[-_LONGEST_QUESTION:]
        async with self._database.read(tenant(workspace_id)) as session:
            revisions = await KnowledgeBases(session, workspace_id, person_id).revisions(base_ids)
        if set(revisions) != set(base_ids):
            raise KnowledgeBaseNotFound("There is no such knowledge base, or it is somebody else's.")
        named = ",".join(f"{base}:{revision}" for base, revision in sorted(revisions.items()))
        cache = Cache(self._valkey, workspace_id, "retrieval")

        async def find() -> list[UUID]:
            return [found.id for found in await self._find(workspace_id, base_ids, asked, limit)]

        found = await cache.get_or_load(f"{limit}/{named}/{asked}", _RESULT_KEPT, find, list[UUID])
        vector = await self._embedding(workspace_id, asked)
        async with self._database.read(tenant(workspace_id)) as session:
            return await Chunks(session, workspace_id).get(base_ids, found, vector)

    def of(self, workspace_id: UUID, person_id: UUID | None) -> Search:
        """The search of a call: in the knowledge bases that the key's maker may use."""

        async def search(base_ids: Sequence[UUID], question: str, limit: int) -> list[Found]:
            if person_id is None:
                raise KnowledgeBaseNotFound("Knowledge bases are asked for a person.")
            return await self.search(workspace_id, person_id, base_ids, question, limit)

        return search

    async def _find(self, workspace_id: UUID, base_ids: Sequence[UUID], question: str, limit: int) -> list[Found]:
        vector = await self._embedding(workspace_id, question)
        query = any_of(question)
        async with self._database.read(tenant(workspace_id)) as session:
            chunks = Chunks(session, workspace_id)
            near = [] if vector is None else await chunks.by_meaning(base_ids, vector, _CANDIDATES)
            matching = await chunks.by_words(base_ids, query, vector, _CANDIDATES) if query else []
        fused = fuse(near, matching)
        return [found for found in fused if vector is None or found.score >= FLOOR][:limit]

    async def _embedding(self, workspace_id: UUID, question: str) -> bytes | None:
        embedder = self._embedder
        if embedder is None:
            return None

        async def load() -> bytes:
            vectors, _ = await embedder.embed([question])
            return vectors[0]

        cache = Cache(self._valkey, workspace_id, "query_embedding")
        return await cache.get_or_load(question, _EMBEDDING_KEPT, load, bytes)


def fuse(*rankings: Sequence[Found]) -> list[Found]:
    """One ranking of several: what stands high in more than one is first."""
    scores: dict[UUID, float] = {}
    known: dict[UUID, Found] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, 1):
            scores[found.id] = scores.get(found.id, 0.0) + 1 / (_RANK + rank)
            known.setdefault(found.id, found)
    return [known[one] for one in sorted(scores, key=lambda one: (-scores[one], str(one)))]
