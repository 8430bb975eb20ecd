"""Step ``retrieve``: finds the passages of the workspace's documents that bear on the question.

What is found is told to the reader by its place; ``compose`` redacts it with the window's own placeholders.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from tertulia.contracts.orchestrator import Source
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.repository.chunks import Found

Search = Callable[[UUID, UUID, Sequence[UUID], str, int], Awaitable[list[Found]]]
MOST_PASSAGES = 6


def asks_documents(turn: Turn) -> bool:
    return bool(turn.job.knowledge_base_ids)


class Retrieve:
    def __init__(self, search: Search) -> None:
        self._search = search

    async def __call__(self, turn: Turn) -> None:
        """Raises: KnowledgeBaseNotFound; Unavailable, Overloaded."""
        job = turn.job
        question = turn.searched_for or turn.question
        found = await self._search(job.workspace_id, job.user_id, job.knowledge_base_ids, question, MOST_PASSAGES)
        turn.passages = found
        turn.sources = [_source(number, one) for number, one in enumerate(found, 1)]
        turn.audience.cite(turn.sources)


def _source(number: int, found: Found) -> Source:
    return Source(
        number=number,
        knowledge_base_id=found.knowledge_base_id,
        document_id=found.document_id,
        chunk_id=found.id,
        name=found.document_name,
        media_type=found.media_type or "text/plain",
        page=found.page,
        heading=found.heading,
    )
