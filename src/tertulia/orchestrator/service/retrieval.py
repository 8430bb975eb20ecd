"""Finds the passages of a workspace's own documents that bear on a question.

Candidates are those nearest in meaning and those that hold its telling words; ``knowledge.ranking`` puts them in order.
A question that no passage is near to gets none: better to say that the documents do not tell. One about the documents
as a whole gets some from all over them. What was found is cached as ids: texts stay in their table.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from uuid import UUID

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.knowledge import letters
from tertulia.orchestrator.knowledge.chunking import with_heading
from tertulia.orchestrator.knowledge.ranking import ranked
from tertulia.orchestrator.knowledge.whole import asks_of_the_whole
from tertulia.orchestrator.knowledge.words import any_of, is_named_in, matching
from tertulia.orchestrator.repository import knowledge_bases
from tertulia.orchestrator.repository.chunks import Candidate, Found, written
from tertulia.orchestrator.repository.retrieval import Passages
from tertulia.orchestrator.service.popular import DocumentSearch, PopularSearches
from tertulia.orchestrator.service.request import Search
from tertulia.platform.cache import Cache
from tertulia.platform.db import Database
from tertulia.platform.errors import NotFound
from tertulia.platform.valkey import Valkey

FLOOR = 0.35
"""The cosine below which a passage is about something else, with the embedding model of this machine: a higher one
would refuse more than one in a hundred questions that the packaged documents answer (docs/retrieval.md).
"""

FLOOR_UNSURE = 0.55
"""The same where neither the question nor the passage is English: the same language alone makes it 0.5."""

_CANDIDATES = 40
_EMBEDDING_KEPT = timedelta(hours=24)
_RESULT_KEPT = timedelta(minutes=30)
_LONGEST_QUESTION = 2000


class KnowledgeBaseNotFound(NotFound):
    code, title = "knowledge_base_not_found", "No such knowledge base"


class Retrieval:
    """Without an embedder words alone are looked for."""

    def __init__(
        self,
        database: Database,
        valkey: Valkey,
        embedder: LocalEmbedder | None,
        popular: PopularSearches | None = None,
    ) -> None:
        """``popular`` counts what is asked."""
        self._database = database
        self._valkey = valkey
        self._embedder = embedder
        self._popular = popular

    async def search(
        self, workspace_id: UUID, person_id: UUID, base_ids: Sequence[UUID], question: str, limit: int
    ) -> list[Found]:
        """The best first. Raises: KnowledgeBaseNotFound when the person may not use one of them; Unavailable."""
        made = DocumentSearch(person_id, tuple(base_ids), question[-_LONGEST_QUESTION:], limit)
        embedding = self._embedding(workspace_id, made.question)
        passages: list[Found] | None = None

        async def find() -> list[Found]:
            nonlocal passages
            vector = await embedding
            passages = await self._counted(workspace_id, made, self._find(workspace_id, made, vector))
            return passages

        ids = await self._known(workspace_id, made, find)
        if passages is None:
            found = self._passages(workspace_id, made, ids, await embedding)
            passages = await self._counted(workspace_id, made, found)
        return passages

    async def warm(self, workspace_id: UUID, search: DocumentSearch) -> bool:
        """See to it that the caches know what this finds; whether it had to be found. Raises: as ``search``."""
        missed = False

        async def find() -> list[Found]:
            nonlocal missed
            missed = True
            return await self._find(workspace_id, search, await embedding)

        embedding = self._embedding(workspace_id, search.question)
        await self._known(workspace_id, search, find)
        return missed

    async def _known(
        self, workspace_id: UUID, search: DocumentSearch, find: Callable[[], Awaitable[list[Found]]]
    ) -> list[UUID]:
        """Ids of what is found, from the cache where it knows. Raises: KnowledgeBaseNotFound; Unavailable."""
        revisions = await knowledge_bases.revisions(self._database, workspace_id, search.person_id, search.base_ids)
        if set(revisions) != set(search.base_ids):
            raise KnowledgeBaseNotFound("There is no such knowledge base, or it is somebody else's.")
        named = ",".join(f"{base}:{revision}" for base, revision in sorted(revisions.items()))
        cache = Cache(self._valkey, workspace_id, "retrieval")

        async def load() -> list[UUID]:
            return [found.id for found in await find()]

        key = f"{search.limit}/{named}/{search.question}"
        return await cache.get_or_load(key, _RESULT_KEPT, load, list[UUID])

    async def _passages(
        self, workspace_id: UUID, search: DocumentSearch, ids: Sequence[UUID], vector: bytes | None
    ) -> list[Found]:
        near = None if vector is None else written(vector)
        return await Passages(self._database, workspace_id, search.base_ids).get(ids, near)

    async def _counted(
        self, workspace_id: UUID, search: DocumentSearch, passages: Coroutine[None, None, list[Found]]
    ) -> list[Found]:
        """What is being found; meanwhile the search is counted."""
        if self._popular is None:
            return await passages
        found, _ = await asyncio.gather(passages, self._popular.note(workspace_id, search))
        return found

    def of(self, workspace_id: UUID, person_id: UUID | None) -> Search:
        """The search of a call: in the knowledge bases that the key's maker may use."""

        async def search(base_ids: Sequence[UUID], question: str, limit: int) -> list[Found]:
            if person_id is None:
                raise KnowledgeBaseNotFound("Knowledge bases are asked for a person.")
            return await self.search(workspace_id, person_id, base_ids, question, limit)

        return search

    async def _find(self, workspace_id: UUID, search: DocumentSearch, vector: bytes | None) -> list[Found]:
        question = search.question
        query = any_of(question) if vector is None else matching(question)
        near = None if vector is None else written(vector)
        foreign = letters.is_foreign(question)
        bearing = _by_letters if foreign else ranked if near is None else _by_meaning
        passages = Passages(self._database, workspace_id, search.base_ids)
        if asks_of_the_whole(question):
            return await passages.get(await passages.all_over(search.limit), near)
        found = await passages.candidates(near, query, _CANDIDATES, foreign=question if foreign else "")
        return await passages.get([one.id for one in bearing(question, found)[: search.limit]], near)

    def _embedding(self, workspace_id: UUID, question: str) -> "asyncio.Task[bytes | None]":
        """The question's, begun: it is wanted whatever the caches know."""
        task = asyncio.create_task(self._embedded(workspace_id, question), name="embed a question")
        task.add_done_callback(_heeded)
        return task

    async def _embedded(self, workspace_id: UUID, question: str) -> bytes | None:
        embedder = self._embedder
        if embedder is None:
            return None

        async def load() -> bytes:
            vectors, _ = await embedder.embed([question])
            return vectors[0]

        cache = Cache(self._valkey, workspace_id, "query_embedding")
        return await cache.get_or_load(question, _EMBEDDING_KEPT, load, bytes)


def _by_meaning(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that bear on it, the best first. Where neither is told in English, letters bear it out, or a meaning that
    is nearer than the same language makes it.
    """
    order = ranked(question, candidates)
    if letters.is_of_another_language(question):
        held, enough = letters.shares(question, [_whole(one) for one in order]), letters.floor(question)
    else:
        held, enough = [0.0] * len(order), 0.0

    def bears(one: Candidate, share: float) -> bool:
        if enough and not letters.is_english(_whole(one)):
            return one.score >= FLOOR_UNSURE or share >= enough
        return one.score >= FLOOR

    return [one for one, share in zip(order, held, strict=True) if bears(one, share) or is_named_in(question, one.text)]


def _by_letters(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that hold enough of it, the fullest first."""
    held = letters.shares(question, [_whole(one) for one in candidates])
    order = sorted(zip(held, candidates, strict=True), key=lambda both: (-both[0], str(both[1].id)))
    return [one for share, one in order if share >= letters.floor(question)]


def _whole(passage: Candidate) -> str:
    return with_heading(passage.heading, passage.text)


def _heeded(embedding: "asyncio.Task[bytes | None]") -> None:
    """Its failure is raised to whoever waits for it; nobody does when the search was refused before."""
    if not embedding.cancelled():
        embedding.exception()
