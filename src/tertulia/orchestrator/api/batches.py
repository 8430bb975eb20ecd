"""``/v1/files`` and ``/v1/batches``: a file of calls goes in, the batch is looked at, files of answers come out."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from tertulia.orchestrator.api.person import IdempotencyKey, In
from tertulia.orchestrator.api.upload import FIELD, file_in
from tertulia.orchestrator.repository.batches import BatchRecord
from tertulia.orchestrator.repository.files import FileRecord
from tertulia.orchestrator.schemas.batches import (
    LONGEST,
    SHORTEST,
    BatchList,
    BatchView,
    Deleted,
    FileList,
    FileView,
    NewBatch,
    RequestCounts,
)
from tertulia.orchestrator.service.api_files import UPLOADED_FOR, ApiFiles, shown_file
from tertulia.orchestrator.service.batches.batches import BatchService, batch_uuid, counts, shown_batch
from tertulia.platform import idempotency
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Unprocessable
from tertulia.platform.idempotency import StoredResponse
from tertulia.platform.identity import Identity, caller
from tertulia.platform.pagination import DEFAULT_LIMIT, Limit

_MOST_FILES = 10_000
"""On a page: as OpenAI has it, whose clients ask for no more than the first."""

_FIELDS = {
    FIELD: {"type": "string", "format": "binary"},
    "purpose": {"type": "string", "enum": list(UPLOADED_FOR)},
}
_ENDS = {
    "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
    "expires_after[seconds]": {"type": "integer", "minimum": SHORTEST, "maximum": LONGEST},
}
_FORM_SCHEMA = {"type": "object", "required": list(_FIELDS), "properties": _FIELDS | _ENDS}
_FORM = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM_SCHEMA}}}}
Purpose = Literal["assistants", "batch", "batch_output", "fine-tune", "vision", "user_data", "evals"]
Order = Literal["asc", "desc"]
FileLimit = Annotated[int, Query(ge=1, le=_MOST_FILES, description="how many files a page has")]
AfterId = Annotated[str | None, Query(max_length=100, description="the `last_id` of the page before")]


def files_router(files: ApiFiles) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["openai"])

    @made.post("/files", openapi_extra=_FORM)
    async def create_file(of: In, request: Request) -> FileView:
        """Multipart: ``file`` (50 MB) and ``purpose``; for a batch, a file of calls as JSON lines."""
        name, content, fields = await file_in(request, "purpose", *_ENDS)
        return _file_view(await files.upload(*of.place, content, name=name, fields=fields))

    @made.get("/files")
    async def list_files(
        of: In,
        purpose: Annotated[Purpose | None, Query(description="only those; any when left out")] = None,
        limit: FileLimit = _MOST_FILES,
        after: AfterId = None,
        order: Order = "desc",
    ) -> FileList:
        """One's own, newest first when ``order`` is left out."""
        last = None if after is None else (await files.find(*of.place, after)).id
        found = await files.page(*of.place, purpose, last, limit + 1, oldest_first=order == "asc")
        shown = [_file_view(one) for one in found[:limit]]
        return FileList(data=shown, has_more=len(found) > limit, **_ends([one.id for one in shown]))

    @made.get("/files/{file_id}")
    async def get_file(of: In, file_id: str) -> FileView:
        """A file without its content."""
        return _file_view(await files.find(*of.place, file_id))

    @made.get("/files/{file_id}/content", response_class=StreamingResponse)
    async def get_file_content(of: In, file_id: str) -> StreamingResponse:
        """The content, as a download."""
        file = await files.find(*of.place, file_id)
        parts = await _begun(files.content(of.workspace_id, file))
        headers = {"content-length": str(file.size), "content-disposition": "attachment"}
        return StreamingResponse(parts, media_type="application/octet-stream", headers=headers)

    @made.delete("/files/{file_id}")
    async def delete_file(of: In, file_id: str) -> Deleted:
        """For good; a batch that reads it fails, with what it has."""
        await files.delete(*of.place, file_id)
        return Deleted(id=file_id)

    return made


def batches_router(database: Database, batches: BatchService) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["openai"])

    @made.post("/batches", response_model=BatchView)
    async def create_batch(
        of: In, new: NewBatch, identity: Annotated[Identity, Depends(caller)], idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Its lines are answered within a day, behind everything that somebody waits for."""

        async def run(session: WriteSession) -> StoredResponse:
            batch_id = await batches.create(
                session,
                of.place,
                endpoint=new.endpoint,
                input_file_id=new.input_file_id,
                metadata=new.metadata or {},
                output_seconds=new.output_expires_after.seconds if new.output_expires_after else None,
                plan=identity.plan,
                api_key_id=identity.credential_id if identity.kind == "api_key" else None,
            )
            return StoredResponse(200, shown_batch(batch_id).encode())

        body = new.model_dump_json().encode()
        begun = await idempotency.once(
            database, tenant(*of.place), idempotency_key, body, run, operation="POST /v1/batches"
        )
        view = _batch_view(await batches.get(*of.place, begun.body.decode()))
        return Response(view.model_dump_json(), media_type="application/json")

    @made.get("/batches")
    async def list_batches(of: In, limit: Limit = DEFAULT_LIMIT, after: AfterId = None) -> BatchList:
        """One's own, newest first."""
        found = await batches.page(*of.place, limit + 1, _after(after))
        shown = [_batch_view(one) for one in found[:limit]]
        return BatchList(data=shown, has_more=len(found) > limit, **_ends([one.id for one in shown]))

    @made.get("/batches/{batch_id}")
    async def get_batch(of: In, batch_id: str) -> BatchView:
        """How far a batch is, and which files it has written."""
        return _batch_view(await batches.get(*of.place, batch_id))

    @made.post("/batches/{batch_id}/cancel")
    async def cancel_batch(of: In, batch_id: str) -> BatchView:
        """Begins no more lines; what was answered goes to the output file."""
        return _batch_view(await batches.cancel(*of.place, batch_id))

    return made


async def _begun(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same; what cannot be opened is refused before the answer begins."""
    first = await anext(parts, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for part in parts:
            yield part

    return all_of_them()


def _after(shown: str | None) -> UUID | None:
    if shown is None:
        return None
    if (position := batch_uuid(shown)) is None:
        raise Unprocessable("`after` is not a batch's id.", param="after")
    return position


def _ends(ids: list[str]) -> dict[str, str | None]:
    return {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}


def _file_view(file: FileRecord) -> FileView:
    return FileView(
        id=shown_file(file.id),
        bytes=file.size,
        created_at=int(file.created_at.timestamp()),
        expires_at=None if file.expires_at is None else int(file.expires_at.timestamp()),
        filename=file.name,
        purpose=file.purpose,
    )


def _batch_view(batch: BatchRecord) -> BatchView:
    errors = None
    if batch.error_code is not None:
        told = {
            "code": batch.error_code,
            "message": batch.error_detail,
            "line": batch.error_line,
            "param": None,
        }
        errors = {"object": "list", "data": [told]}
    return BatchView(
        id=shown_batch(batch.id),
        endpoint=batch.endpoint,
        errors=errors,
        input_file_id=shown_file(batch.input_file_id),
        status=batch.status,
        output_file_id=batch.output_file_id and shown_file(batch.output_file_id),
        error_file_id=batch.error_file_id and shown_file(batch.error_file_id),
        created_at=int(batch.created_at.timestamp()),
        expires_at=int(batch.expires_at.timestamp()),
        request_counts=RequestCounts(**counts(batch)),
        metadata=batch.batch_metadata,
        **batch.times,
    )
