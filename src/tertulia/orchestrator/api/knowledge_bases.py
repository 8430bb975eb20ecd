"""``/api/knowledge-bases``: making, changing and searching them; their documents are ``documents``' part."""

from uuid import UUID

from fastapi import APIRouter, Response

from tertulia.orchestrator.api.person import IdempotencyKey, In
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.repository.knowledge_bases import BaseRecord
from tertulia.orchestrator.schemas.knowledge import (
    FoundPassage,
    FoundPassages,
    KnowledgeBaseChange,
    KnowledgeBaseView,
    NewKnowledgeBase,
    SearchAsked,
)
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.orchestrator.service.retrieval import Retrieval
from tertulia.platform import idempotency
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.idempotency import StoredResponse
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Cursors, Limit, Page


def router(database: Database, knowledge: Knowledge, retrieval: Retrieval, cursors: Cursors) -> APIRouter:
    made = APIRouter(prefix="/api/knowledge-bases", tags=["knowledge"])

    @made.get("")
    async def list_knowledge_bases(
        of: In, limit: Limit = DEFAULT_LIMIT, after: After = None
    ) -> Page[KnowledgeBaseView]:
        """Newest first: the workspace's, and one's own private ones."""
        position = cursors.read_id("knowledge_bases", of.place, after)
        found = await knowledge.bases(*of.place, limit, position)
        return cursors.page("knowledge_bases", of.place, found, show=_base_view)

    @made.post("", status_code=201, response_model=KnowledgeBaseView)
    async def create_knowledge_base(of: In, new: NewKnowledgeBase, idempotency_key: IdempotencyKey = None) -> Response:
        """An empty one; documents are added to it."""

        async def run(session: WriteSession) -> StoredResponse:
            base = await knowledge.create(session, *of.place, **new.model_dump())
            return StoredResponse(201, _base_view(base).model_dump_json().encode())

        stored = await idempotency.once(
            database,
            tenant(*of.place),
            idempotency_key,
            new.model_dump_json().encode(),
            run,
            operation="POST /api/knowledge-bases",
        )
        return Response(stored.body, stored.status, media_type="application/json")

    @made.get("/{knowledge_base_id}")
    async def get_knowledge_base(of: In, knowledge_base_id: UUID) -> KnowledgeBaseView:
        """Its name, who sees it, and how many documents it has."""
        return _base_view(await knowledge.base(*of.place, knowledge_base_id))

    @made.patch("/{knowledge_base_id}")
    async def change_knowledge_base(of: In, knowledge_base_id: UUID, change: KnowledgeBaseChange) -> KnowledgeBaseView:
        """Who sees it is its maker's to say."""
        return _base_view(await knowledge.change(*of.place, knowledge_base_id, change.model_dump(exclude_none=True)))

    @made.delete("/{knowledge_base_id}", status_code=204)
    async def delete_knowledge_base(of: In, knowledge_base_id: UUID) -> None:
        """With its documents, their passages and files, for good."""
        await knowledge.delete(*of.place, knowledge_base_id)

    @made.post("/{knowledge_base_id}/search")
    async def search_knowledge_base(of: In, knowledge_base_id: UUID, asked: SearchAsked) -> FoundPassages:
        """What an answer would be given for this question; empty where the documents do not tell."""
        found = await retrieval.search(*of.place, [knowledge_base_id], asked.query, asked.limit)
        return FoundPassages(data=[_found_view(one) for one in found])

    return made


def _base_view(base: BaseRecord) -> KnowledgeBaseView:
    return KnowledgeBaseView.model_validate(base, from_attributes=True)


def _found_view(found: Found) -> FoundPassage:
    return FoundPassage(
        chunk_id=found.id,
        document_id=found.document_id,
        document_name=found.document_name,
        text=found.text,
        page=found.page,
        heading=found.heading,
        score=round(found.score, 4),
    )
