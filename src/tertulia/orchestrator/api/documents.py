"""``/api/knowledge-bases/{id}/documents``: filling a knowledge base, and looking into what it was filled with."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from tertulia.orchestrator.api.events import EVENTS, Events
from tertulia.orchestrator.api.person import In
from tertulia.orchestrator.api.upload import UPLOAD_BODY, file_in
from tertulia.orchestrator.repository.documents import DocumentRecord
from tertulia.orchestrator.schemas.knowledge import (
    DocumentAccepted,
    DocumentError,
    DocumentView,
    NewUrl,
    PassagesView,
    PassageView,
)
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.orchestrator.service.watching import Watching
from tertulia.platform.errors import FieldError, Unprocessable
from tertulia.platform.http import read_body
from tertulia.platform.http.guard import NotPublic, require_public
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Cursors, Limit, Page
from tertulia.platform.sse import encode

_MOST_JSON = 64 * 1024


def router(knowledge: Knowledge, watching: Watching, cursors: Cursors) -> APIRouter:
    made = APIRouter(prefix="/api/knowledge-bases/{knowledge_base_id}/documents", tags=["knowledge"])

    @made.get("")
    async def list_documents(
        of: In, knowledge_base_id: UUID, limit: Limit = DEFAULT_LIMIT, after: After = None
    ) -> Page[DocumentView]:
        """Newest first."""
        name = f"documents/{knowledge_base_id}"
        position = cursors.read_id(name, of.place, after)
        found = await knowledge.documents(*of.place, knowledge_base_id, limit, position)
        return cursors.page(name, of.place, found, show=_document_view)

    @made.post("", status_code=202, openapi_extra=UPLOAD_BODY)
    async def add_document(of: In, knowledge_base_id: UUID, request: Request) -> DocumentAccepted:
        """A file (multipart, ``file``; 50 MB) or ``{"url": …}``. The same name again is that document's new content."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            name, content, _ = await file_in(request)
            added = await knowledge.upload(*of.place, knowledge_base_id, name, content)
        else:
            added = await knowledge.add_url(*of.place, knowledge_base_id, await _url(request))
        return DocumentAccepted(id=added.id, status=added.status)

    @made.get("/events", response_class=StreamingResponse, responses=EVENTS)
    async def watch_documents(of: In, knowledge_base_id: UUID) -> Events:
        """Server-sent events: each document that is being read, as it stands now, and again at each change.

        One that was ready or had failed a minute ago is not told. The stream ends after ten minutes: come again. Of
        streams that are open at once a workspace has 100.
        """
        await knowledge.base(*of.place, knowledge_base_id)
        changes = watching.changes(*of.place, knowledge_base_id)
        return Events(encode(_document_view(one).model_dump_json().encode()) async for one in changes)

    @made.get("/{document_id}")
    async def get_document(of: In, knowledge_base_id: UUID, document_id: UUID) -> DocumentView:
        """How far its reading is, or why it failed."""
        return _document_view(await knowledge.document(*of.place, knowledge_base_id, document_id))

    @made.delete("/{document_id}", status_code=204)
    async def delete_document(of: In, knowledge_base_id: UUID, document_id: UUID) -> None:
        """With its passages and its file, for good."""
        await knowledge.delete_document(*of.place, knowledge_base_id, document_id)

    @made.post("/{document_id}/retry", status_code=202)
    async def retry_document(of: In, knowledge_base_id: UUID, document_id: UUID) -> DocumentAccepted:
        """Reads a document again whose reading failed."""
        again = await knowledge.retry(*of.place, knowledge_base_id, document_id)
        return DocumentAccepted(id=again.id, status=again.status)

    @made.get("/{document_id}/content", response_class=StreamingResponse)
    async def get_document_content(of: In, knowledge_base_id: UUID, document_id: UUID) -> StreamingResponse:
        """The file as it was uploaded, always as a download: a page of somebody else's must not run here."""
        document, file = await knowledge.file(*of.place, knowledge_base_id, document_id)
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(document.name)}",
            "content-length": str(file.size),
        }
        parts: AsyncIterator[bytes] = knowledge.content(of.workspace_id, file)
        return StreamingResponse(parts, media_type="application/octet-stream", headers=headers)

    @made.get("/{document_id}/passages")
    async def get_passages(
        of: In,
        knowledge_base_id: UUID,
        document_id: UUID,
        around: Annotated[UUID, Query(description="the passage's `chunk_id`")],
    ) -> PassagesView:
        """A passage between its neighbours, as a citation opens it."""
        document = await knowledge.document(*of.place, knowledge_base_id, document_id)
        found = await knowledge.passages(*of.place, knowledge_base_id, document_id, around)
        shown = [PassageView(chunk_id=one.id, text=one.text, page=one.page, heading=one.heading) for one in found]
        return PassagesView(document_id=document.id, document_name=document.name, data=shown)

    return made


async def _url(request: Request) -> str:
    body = await read_body(request.scope, request.receive, _MOST_JSON)
    try:
        url = NewUrl.model_validate_json(body).url
        require_public(url)
    except ValidationError as error:
        wrong = [FieldError(".".join(map(str, one["loc"])) or "body", one["msg"]) for one in error.errors()]
        raise Unprocessable('Send a file as multipart/form-data, or {"url": …} as JSON.', errors=wrong) from None
    except NotPublic:
        raise Unprocessable("This address does not lead to a public web server.", param="url") from None
    return url


def _document_view(document: DocumentRecord) -> DocumentView:
    error = None
    if document.error_code is not None:
        error = DocumentError(code=document.error_code, detail=document.error_detail or "")
    shown: dict[str, Any] = {name: getattr(document, name) for name in DocumentView.model_fields if name != "error"}
    return DocumentView(**shown, error=error)
